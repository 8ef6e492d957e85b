//! Reads programs: string expressions of programming languages with their escape sequences, and the names in
//! calls of the libraries for Dataverse.
//!
//! The syntax tree comes from the grammar of the language. One file a language says what its nodes mean
//! ([`grammar`]); what they have in common is done once for all: going through the tree (`reader`), texts that
//! statements build (`texts`), literals (`literals`), names (`names`), and calls of libraries (`calls`).

mod calls;
mod csharp;
mod csharp_mask;
mod grammar;
mod java;
mod javascript;
mod literals;
mod names;
mod powershell;
mod powershell_mask;
mod python;
mod reader;
mod rust;
mod texts;

use super::{FoundText, SourceFile};

/// Texts of which a program has at least one if it contains a query.
pub(super) const MARKERS: [&str; 13] = [
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
];

/// Texts of which a script has at least one if it contains a query, or names for one of the libraries.
pub(super) const MARKERS_OF_SCRIPTS: [&str; 25] = [
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
    "webapi",
    "addCustomFilter",
    "retrieveMultiple",
    "collection:",
    "dataverse",
    "-EntityLogicalName",
    "-TableName",
    "-CrmRecord",
    ".records.",
    "Xrm.Sdk",
    "odata.bind",
    "<filter",
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

/// Returns the queries of a JavaScript file.
pub(super) fn read_javascript(file: &SourceFile) -> Vec<FoundText> {
    reader::read(file, &javascript::JavaScript::Js)
}

/// Returns the queries of a TypeScript file.
pub(super) fn read_typescript(file: &SourceFile) -> Vec<FoundText> {
    let has_elements = file.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tsx"));
    reader::read(file, if has_elements { &javascript::JavaScript::Tsx } else { &javascript::JavaScript::Ts })
}

/// Returns the queries of a Python file.
pub(super) fn read_python(file: &SourceFile) -> Vec<FoundText> {
    reader::read(file, &python::Python)
}

/// Returns the queries of a PowerShell file.
pub(super) fn read_powershell(file: &SourceFile) -> Vec<FoundText> {
    reader::read(file, &powershell::PowerShell)
}

/// Returns the queries of a Java file.
pub(super) fn read_java(file: &SourceFile) -> Vec<FoundText> {
    reader::read(file, &java::Java)
}

/// Returns the queries of a Rust file.
pub(super) fn read_rust(file: &SourceFile) -> Vec<FoundText> {
    reader::read(file, &rust::Rust)
}

#[cfg(test)]
mod tests;
