//! Reads programs: string expressions of programming languages with their escape sequences, and the names in
//! calls of the libraries for Dataverse.
//!
//! The syntax tree comes from the grammar of the language. One file a language says what its nodes mean
//! ([`grammar`]); what they have in common is done once for all: going through the tree (`reader`), texts that
//! statements build (`texts`), literals (`literals`), names (`names`), conditions (`conditions`), calls of libraries (`calls`), and requests that
//! write (`methods`), and query options in dictionaries (`parameters`). All of it is
//! the feature `programs`, because the grammars take long to compile.

#[cfg(not(feature = "programs"))]
mod absent;
#[cfg(feature = "programs")]
mod calls;
#[cfg(feature = "programs")]
mod conditions;
#[cfg(feature = "programs")]
mod csharp;
#[cfg(feature = "programs")]
mod csharp_mask;
#[cfg(feature = "programs")]
mod grammar;
#[cfg(feature = "programs")]
mod java;
#[cfg(feature = "programs")]
mod javascript;
#[cfg(feature = "programs")]
mod languages;
#[cfg(feature = "programs")]
mod literals;
#[cfg(all(test, feature = "programs"))]
mod literals_tests;
#[cfg(feature = "programs")]
mod methods;
#[cfg(feature = "programs")]
mod names;
#[cfg(feature = "programs")]
mod parameters;
#[cfg(feature = "programs")]
mod pieces;
#[cfg(feature = "programs")]
mod powershell;
#[cfg(feature = "programs")]
mod powershell_mask;
#[cfg(feature = "programs")]
mod python;
#[cfg(feature = "programs")]
mod razor;
#[cfg(feature = "programs")]
mod razor_skip;
#[cfg(feature = "programs")]
mod reader;
#[cfg(all(test, feature = "programs"))]
mod request_tests;
#[cfg(feature = "programs")]
mod rust;
#[cfg(feature = "programs")]
mod templates;
#[cfg(feature = "programs")]
mod texts;
#[cfg(feature = "programs")]
mod visual_basic;
#[cfg(feature = "programs")]
mod visual_basic_expressions;
#[cfg(all(test, feature = "programs"))]
mod visual_basic_tests;
#[cfg(feature = "programs")]
mod visual_basic_tokens;

#[cfg(not(feature = "programs"))]
pub(super) use absent::{
    read as read_csharp, read as read_java, read as read_javascript, read as read_powershell,
    read as read_python, read as read_razor, read as read_rust, read as read_typescript,
    read as read_visual_basic,
};
#[cfg(feature = "programs")]
pub(super) use languages::{
    read_csharp, read_java, read_javascript, read_powershell, read_python, read_rust, read_typescript,
};
#[cfg(feature = "programs")]
pub(super) use razor::read as read_razor;
#[cfg(feature = "programs")]
pub(super) use visual_basic::read as read_visual_basic;

/// Texts of which a program has at least one if it contains a query.
pub(super) const MARKERS: &[&str] = &[
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
    "%24",
    "<condition",
    "<attribute",
];

/// Texts of which a script has at least one if it contains names for one of the libraries.
pub(super) const SCRIPT_MARKERS: &[&str] = &[
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

/// Texts of which a program has at least one if it contains names for the SDK for .NET.
pub(super) const SDK_MARKERS: &[&str] =
    &["ColumnSet", "QueryExpression", "Entity(", "EntityReference(", "EntityLogicalName", "Retrieve("];

#[cfg(test)]
mod tests;
