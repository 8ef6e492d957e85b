//! Defines the errors of queries and writes by name.

use core::fmt;

use dvkit_diagnostic::{Diagnostic, Span};
use dvkit_schema::StoreError;

/// The result type of this module.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// An error of a query or a write by name.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The check refuses the query or the write, so nothing was sent.
    Findings(Findings),
    /// A value of a row is not of the type that was asked for, or the row does not have it.
    RowValue(RowValueError),
    /// The snapshot cannot be read.
    Store(Box<StoreError>),
    /// The request failed.
    Client(dvkit_client::Error),
}

impl Error {
    /// Returns the findings of the check; `None` if the check did not refuse anything.
    #[must_use]
    pub fn findings(&self) -> Option<&Findings> {
        match self {
            Self::Findings(findings) => Some(findings),
            _ => None,
        }
    }

    /// Returns the error of the client; `None` if no request was sent.
    #[must_use]
    pub fn client(&self) -> Option<&dvkit_client::Error> {
        match self {
            Self::Client(error) => Some(error),
            _ => None,
        }
    }

    /// Returns an error with one finding about a text.
    pub(super) fn finding(text: impl Into<String>, finding: Diagnostic) -> Self {
        Self::Findings(Findings { text: text.into(), diagnostics: vec![finding], fixed: None })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Findings(findings) => findings.fmt(f),
            Self::RowValue(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Client(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => error.source(),
            Self::Client(error) => error.source(),
            Self::Findings(_) | Self::RowValue(_) => None,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl From<dvkit_client::Error> for Error {
    fn from(error: dvkit_client::Error) -> Self {
        Self::Client(error)
    }
}

impl From<RowValueError> for Error {
    fn from(error: RowValueError) -> Self {
        Self::RowValue(error)
    }
}

impl From<Findings> for Error {
    fn from(findings: Findings) -> Self {
        Self::Findings(findings)
    }
}

/// The mistakes that the check found in a query or a write. `Display` writes each with the text, carets and
/// help.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    text: String,
    diagnostics: Vec<Diagnostic>,
    fixed: Option<String>,
}

impl Findings {
    pub(super) fn new(text: String, diagnostics: Vec<Diagnostic>, fixed: Option<String>) -> Self {
        Self { text, diagnostics, fixed }
    }

    /// Returns the text to which the spans of the findings refer: the request or the FetchXML in readable
    /// form, or for a write a line `column = value` for each mistake.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the findings. Each has a code, a span, a message and suggestions.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Returns the text with all fixes that are certain; `None` if a mistake has no such fix.
    #[must_use]
    pub fn fixed(&self) -> Option<&str> {
        self.fixed.as_deref()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// Appends the findings of `more`, whose text becomes further lines of this text.
    pub(super) fn append(&mut self, more: Self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let by = self.text.len();
        self.text.push_str(&more.text);
        let moved = |span: Span| Span::new(span.range().start + by, span.range().end + by);
        self.diagnostics.extend(more.diagnostics.into_iter().map(|d| d.map(moved, |text| text)));
        self.fixed = None;
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, diagnostic) in self.diagnostics.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}", diagnostic.display(&self.text))?;
        }
        match &self.fixed {
            Some(fixed) if *fixed != self.text => write!(f, "\nfixed: {fixed}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Findings {}

/// The error for a value that a row does not have, or that has another type. The message names the column and
/// its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowValueError {
    pub(super) name: String,
    pub(super) message: String,
}

impl RowValueError {
    /// Returns the name of the column, as the program gave it.
    #[must_use]
    pub fn column(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for RowValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RowValueError {}
