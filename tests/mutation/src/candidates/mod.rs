//! Enumerates the mutants of one source file: what could be changed, where, and with which text.
//!
//! A mutant is a list of insertions into the source text. The text that was there stays, so that the original is what runs while
//! the mutant is off, and no line moves. Each insertion may hold [`ON`], which [`instrument`](crate::instrument) replaces by
//! the condition "this mutant is on".

mod attributes;
mod bodies;
mod operators;
mod visitor;

use std::ops::Range;

use anyhow::Context as _;
use syn::visit::Visit;

pub(crate) use attributes::is_compiled;

/// Character in the text of an insertion that stands for the condition "this mutant is on".
pub(crate) const ON: char = '\u{1}';

/// One change of a source file that compiles, as far as can be said without types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Kind of the change, as the report groups them: `body`, `statement`, `arm`, `guard`, `condition`, `closure`, …
    pub(crate) kind: &'static str,
    /// Name of the outermost function, with its type: `Store::open`.
    pub(crate) function: String,
    /// Number of the outermost function in its file. Two functions of one name have different numbers.
    pub(crate) function_number: usize,
    /// Line on which the change begins, from 1.
    pub(crate) line: usize,
    /// Lines of the outermost function, from 1. Errors of the compiler in them are blamed on the mutant if none is nearer.
    pub(crate) lines: Range<usize>,
    /// Last line of the changed piece.
    pub(crate) last_line: usize,
    /// The change in words, unique within the function.
    pub(crate) change: String,
    /// Byte offset and inserted text, in order of the offsets.
    pub(crate) insertions: Vec<(usize, String)>,
}

/// A module that a file declares and another file holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Submodule {
    /// Names of the inline modules around the declaration, then its own.
    pub(crate) path: Vec<String>,
    /// Value of `#[path = "…"]`.
    pub(crate) file: Option<String>,
}

/// Candidates of one file, and the files that it names.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Candidates in the order of the text.
    pub(crate) candidates: Vec<Candidate>,
    /// Modules in other files that are compiled without tests.
    pub(crate) submodules: Vec<Submodule>,
}

/// Returns the candidates and submodules of a source text.
///
/// # Errors
/// Returns an error if the text is not Rust.
pub(crate) fn scan(text: &str) -> anyhow::Result<Scan> {
    let file = syn::parse_file(text).context("the text is not Rust")?;
    let mut visitor = visitor::Visitor::new(text);
    if is_compiled(&file.attrs) {
        visitor.visit_file(&file);
    }
    Ok(visitor.finish())
}

/// Returns a text on one line, with runs of white space as one space.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
