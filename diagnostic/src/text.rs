//! Renders diagnostics as plain text with carets. Panics, logs, build scripts and macro errors show this
//! form, which [`Diagnostic::display`] returns.
//!
//! [`index`] stores the positions of the lines of a source text, [`columns`] makes a source line printable,
//! [`window`] selects the visible parts of a long line, [`snippet`] draws the lines with carets, and
//! [`advice`] writes the help and the suggestions.

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
    /// Whether the position in the file begins the message, instead of a line below it.
    is_position_first: bool,
}

/// The source text of a diagnostic, with or without an index of its lines.
#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Text(&'a str),
    Index(&'a LineIndex<'a>),
}

/// The location of a source text in a file: the file, and the line at which the text begins.
///
/// ```
/// use dvkit_diagnostic::SourceLocation;
/// assert_eq!(SourceLocation::from("queries/open.odata"), SourceLocation { path: "queries/open.odata", line: 1 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceLocation<'a> {
    /// The path of the file as messages show it.
    pub path: &'a str,
    /// The number of the line at which the text begins in the file, counted from 1.
    pub line: usize,
}

impl<'a> From<&'a str> for SourceLocation<'a> {
    fn from(path: &'a str) -> Self {
        Self { path, line: 1 }
    }
}

impl<'a> DisplayDiagnostic<'a> {
    pub(crate) fn new(diagnostic: &'a Diagnostic, source: &'a str) -> Self {
        Self { diagnostic, source: Source::Text(source), origin: None, is_position_first: false }
    }

    pub(crate) fn measured(diagnostic: &'a Diagnostic, source: &'a LineIndex<'a>) -> Self {
        Self { diagnostic, source: Source::Index(source), origin: None, is_position_first: false }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, source: &LineIndex<'_>) -> fmt::Result {
        if let Some(origin) = self.origin.filter(|_| self.is_position_first) {
            write!(f, "{}: ", Position { diagnostic: self.diagnostic, source, origin })?;
        }
        write!(f, "{}", self.diagnostic)?;
        snippet::write(f, self.diagnostic, source, self.origin, self.is_position_first)?;
        for sentence in advice::sentences(self.diagnostic, source.text(), None) {
            write!(f, "\nhelp: {sentence}")?;
        }
        Ok(())
    }

    /// Adds a line ` --> origin:line:column` above the source, which says that the text is from the file
    /// `origin`. The lines of the source are numbered as in that file.
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

    /// Begins the message with `origin:line:column: `, the form of compilers in which terminals and editors
    /// recognise positions. The lines of the source are numbered as in that file.
    ///
    /// ```
    /// use dvkit_diagnostic::{code, Diagnostic, Span};
    /// let d = Diagnostic::error(code::EMPTY, Span::at(0), "there is no filter");
    /// assert!(d.display("").position_first("src/a.cs").to_string().starts_with("src/a.cs:1:1: error[DV0008]: there"));
    /// ```
    #[must_use]
    pub fn position_first(self, origin: impl Into<SourceLocation<'a>>) -> Self {
        Self { origin: Some(origin.into()), is_position_first: true, ..self }
    }
}

/// The position of a finding in its file. `Display` writes `path:line:column`.
pub(crate) struct Position<'a> {
    pub(crate) diagnostic: &'a Diagnostic,
    pub(crate) source: &'a LineIndex<'a>,
    pub(crate) origin: SourceLocation<'a>,
}

impl fmt::Display for Position<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.source.line_column(self.diagnostic.span);
        let path = columns::escape_control_chars(self.origin.path);
        write!(f, "{path}:{}:{column}", line - 1 + self.origin.line)
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
    /// Returns a value whose `Display` writes the whole message: the finding, the source with carets, and the
    /// help, without colours. `source` is the text to which the spans refer.
    #[must_use]
    pub fn display<'a>(&'a self, source: &'a str) -> DisplayDiagnostic<'a> {
        DisplayDiagnostic::new(self, source)
    }

    /// Returns a value whose `Display` writes the same message as [`Diagnostic::display`]. It is faster if
    /// one text has many findings, because the lines of the text are measured only once.
    #[must_use]
    pub fn display_in<'a>(&'a self, source: &'a LineIndex<'a>) -> DisplayDiagnostic<'a> {
        DisplayDiagnostic::measured(self, source)
    }

    /// Returns the sentences that [`Diagnostic::display`] writes after `help:`. The first is the help, and
    /// then come the suggestions with the text that they write into `source`.
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
