//! Renders diagnostics as plain text with carets. This form is used in panics, logs, build scripts and macro
//! errors.
//!
//! [`index`] stores facts about the lines of a source text, [`columns`] turns a source line into printable
//! characters with known widths, [`window`] selects the visible parts of a long line, [`snippet`] draws the
//! lines with their annotations, and [`advice`] writes the help and the suggestions.

pub(crate) mod advice;
pub(crate) mod columns;
mod index;
#[cfg(test)]
pub(crate) mod properties;
mod snippet;
#[cfg(test)]
mod tests;
mod window;

use std::fmt;

use crate::Diagnostic;
pub use index::LineIndex;

/// A diagnostic with its source text. `Display` writes the whole message, without a line break at its end.
///
/// ```
/// use dvkit_diagnostic::{code, Diagnostic, Span};
/// let d = Diagnostic::error(code::FOREIGN_OPERATOR, Span::new(9, 11), "`==` is not an OData operator")
///     .label(Span::new(9, 11), "write `eq`");
/// assert_eq!(d.display("fullname == 'Ann'").to_string(), "\
/// error[DV0007]: `==` is not an OData operator
///   |
/// 1 | fullname == 'Ann'
///   |          ^^ write `eq`");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DisplayDiagnostic<'a> {
    diagnostic: &'a Diagnostic,
    source: Source<'a>,
    origin: Option<SourceLocation<'a>>,
}

/// A source text, with or without an index of its lines.
#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Text(&'a str),
    Index(&'a LineIndex<'a>),
}

/// The location of a text: a file, and the line where the text begins.
///
/// ```
/// use dvkit_diagnostic::SourceLocation;
/// assert_eq!(SourceLocation::from("queries/open.odata"), SourceLocation { path: "queries/open.odata", line: 1 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceLocation<'a> {
    /// The path of the file, as it is shown in messages.
    pub path: &'a str,
    /// The number of the line of the file where the text begins, counted from 1.
    pub line: usize,
}

impl<'a> From<&'a str> for SourceLocation<'a> {
    fn from(path: &'a str) -> Self {
        Self { path, line: 1 }
    }
}

impl<'a> DisplayDiagnostic<'a> {
    pub(crate) fn new(diagnostic: &'a Diagnostic, source: &'a str) -> Self {
        Self { diagnostic, source: Source::Text(source), origin: None }
    }

    pub(crate) fn measured(diagnostic: &'a Diagnostic, source: &'a LineIndex<'a>) -> Self {
        Self { diagnostic, source: Source::Index(source), origin: None }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, source: &LineIndex<'_>) -> fmt::Result {
        write!(f, "{}", self.diagnostic)?;
        snippet::write(f, self.diagnostic, source, self.origin)?;
        for sentence in advice::sentences(self.diagnostic, source.text(), None) {
            write!(f, "\nhelp: {sentence}")?;
        }
        Ok(())
    }

    /// Adds a line ` --> origin:line:column` above the source, for a text from a file. The lines of the
    /// source are numbered as in that file.
    ///
    /// ```
    /// use dvkit_diagnostic::{code, Diagnostic, Span};
    /// let d = Diagnostic::error(code::EMPTY, Span::at(0), "there is no filter");
    /// assert!(d.display("").origin("queries/open.odata").to_string().contains(" --> queries/open.odata:1:1\n"));
    /// ```
    #[must_use]
    pub fn origin(self, origin: impl Into<SourceLocation<'a>>) -> Self {
        Self { origin: Some(origin.into()), ..self }
    }
}

impl fmt::Display for DisplayDiagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            Source::Text(text) => self.write(f, &LineIndex::new(text)),
            Source::Index(index) => self.write(f, index),
        }
    }
}

impl Diagnostic {
    /// Returns a value whose `Display` is the whole message: the source with carets, without colours.
    #[must_use]
    pub fn display<'a>(&'a self, source: &'a str) -> DisplayDiagnostic<'a> {
        DisplayDiagnostic::new(self, source)
    }

    /// Returns a value whose `Display` is that of [`Diagnostic::display`]. It is faster if there are many
    /// findings in one text, because the lines of the text are measured only once.
    #[must_use]
    pub fn display_in<'a>(&'a self, source: &'a LineIndex<'a>) -> DisplayDiagnostic<'a> {
        DisplayDiagnostic::measured(self, source)
    }

    /// Returns the sentences that [`Diagnostic::display`] writes after `help:`: the help, then the
    /// suggestions with the text that they write into `source`.
    ///
    /// ```
    /// use dvkit_diagnostic::{code, Diagnostic, Span, Suggestion};
    /// let d = Diagnostic::error(code::FOREIGN_OPERATOR, Span::new(2, 4), "`==` is not an OData operator")
    ///     .suggest(Suggestion::fix("write", Span::new(2, 4), "eq"));
    /// assert_eq!(d.advice("a == 1"), ["write: `eq`"]);
    /// ```
    #[must_use]
    pub fn advice(&self, source: &str) -> Vec<String> {
        advice::sentences(self, source, None)
    }
}
