//! Says which grammar reads the files of each language.

use super::super::{FoundText, SourceFile};
use super::{csharp, java, javascript, powershell, python, reader, rust};

/// Returns the queries of a C# file.
pub(in crate::embedded) fn read_csharp(file: &SourceFile) -> Vec<FoundText> {
    reader::read(file, &csharp::CSharp)
}

/// Returns the queries of a JavaScript file.
pub(in crate::embedded) fn read_javascript(file: &SourceFile) -> Vec<FoundText> {
    reader::read(file, &javascript::JavaScript::Js)
}

/// Returns the queries of a TypeScript file.
pub(in crate::embedded) fn read_typescript(file: &SourceFile) -> Vec<FoundText> {
    let has_elements = file.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tsx"));
    reader::read(file, if has_elements { &javascript::JavaScript::Tsx } else { &javascript::JavaScript::Ts })
}

/// Returns the queries of a Python file.
pub(in crate::embedded) fn read_python(file: &SourceFile) -> Vec<FoundText> {
    reader::read(file, &python::Python)
}

/// Returns the queries of a PowerShell file.
pub(in crate::embedded) fn read_powershell(file: &SourceFile) -> Vec<FoundText> {
    reader::read(file, &powershell::PowerShell)
}

/// Returns the queries of a Java file.
pub(in crate::embedded) fn read_java(file: &SourceFile) -> Vec<FoundText> {
    reader::read(file, &java::Java)
}

/// Returns the queries of a Rust file.
pub(in crate::embedded) fn read_rust(file: &SourceFile) -> Vec<FoundText> {
    reader::read(file, &rust::Rust)
}
