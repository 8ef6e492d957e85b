//! Plain caret text: the rendering that works in a panic, a log, a build script and a macro error alike.
//!
//! This room knows terminals' columns and nothing else: [`index`] keeps what was measured of a source, [`columns`] turns one source line into escape_control_chars characters
//! with known widths, [`window`] decides what of a long line is shown, [`snippet`] draws the lines and what stands
//! under them, and [`advice`] words the help and the suggestions.

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

/// A diagnostic together with its source; `Display` is the whole message, without a line break at its end.
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

/// A text, measured before or not.
#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Text(&'a str),
    Index(&'a LineIndex<'a>),
}

/// Where a text came from: a file, and the line of it that the text begins at.
///
/// ```
/// use dvkit_diagnostic::SourceLocation;
/// assert_eq!(SourceLocation::from("queries/open.odata"), SourceLocation { path: "queries/open.odata", line: 1 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceLocation<'a> {
    /// The file, as the reader knows it.
    pub path: &'a str,
    /// The number of the text's first line, from one.
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

    /// The same with a line ` --> origin:line:column` above the source, for text that came from a file. Lines are
    /// numbered as in that file.
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
