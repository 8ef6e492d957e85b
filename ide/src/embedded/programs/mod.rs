//! Reads programs: string expressions of programming languages with their escape sequences, and the names in
//! calls of the libraries for Dataverse.
//!
//! The syntax tree comes from the grammar of the language. One file a language says what its nodes mean
//! ([`grammar`]); what they have in common is done once for all: going through the tree (`reader`), texts that
//! statements build (`texts`), literals (`literals`), names (`names`), and calls of libraries (`calls`).

mod calls;
mod csharp;
mod grammar;
mod literals;
mod names;
mod reader;
mod texts;

use super::{FoundText, SourceFile};

/// Texts of which a program has at least one if it contains a query.
pub(super) const MARKERS: [&str; 11] = [
    "<fetch",
    "$select",
    "$filter",
    "$expand",
    "$orderby",
    "$apply",
    "$top",
    "$count",
    "fetchxml",
    "api/data/v",
    "/_api/",
];

/// Texts of which a program has at least one if it contains a query, or names of the SDK for .NET.
pub(super) const MARKERS_WITH_NAMES: [&str; 19] = [
    "<fetch",
    "$select",
    "$filter",
    "$expand",
    "$orderby",
    "$apply",
    "$top",
    "$count",
    "fetchxml",
    "api/data/v",
    "/_api/",
    "<condition",
    "<attribute",
    "ColumnSet",
    "QueryExpression",
    "Entity(",
    "EntityReference(",
    "EntityLogicalName",
    "Retrieve(",
];

/// Returns the queries of a C# file.
pub(super) fn read_csharp(file: &SourceFile) -> Vec<FoundText> {
    reader::read(file, &csharp::CSharp)
}

#[cfg(test)]
mod tests;
