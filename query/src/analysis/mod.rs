//! What a text says: parsing, resolving and linting, on which checking, fixing and translating stand.
//!
//! [`analyze`] is the whole of it. The steps for the three kinds of text are in `pipeline`; `missing` searches for a lost or
//! doubled token that explains a syntax error; `suggestions` holds every suggestion to what is promised of it.

mod missing;
mod pipeline;
mod suggestions;

use dvkit_diagnostic::Diagnostic;
use dvkit_schema::{Store, StoreError};

use crate::Options;
pub use pipeline::Analysis;

/// A query as text, in one of the three forms that dvkit reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryText<'t> {
    /// A `$filter` expression.
    Filter {
        /// The logical name of the table whose rows it is about.
        table: &'t str,
        /// The expression, percent-encoded or not.
        text: &'t str,
    },
    /// A whole request: `accounts?$select=name&$filter=…`, relative or absolute, percent-encoded or not.
    Request {
        /// The logical name of the table that a request without a path (`?$select=name`) is about; a path counts for more.
        table: Option<&'t str>,
        /// The request.
        text: &'t str,
    },
    /// A FetchXML query; one that is escaped, or within a URL, is recognised.
    FetchXml(&'t str),
}

impl<'t> QueryText<'t> {
    /// Returns the text itself.
    #[must_use]
    pub fn text(self) -> &'t str {
        match self {
            Self::Filter { text, .. } | Self::Request { text, .. } | Self::FetchXml(text) => text,
        }
    }

    /// Returns the same form of query with another text.
    #[must_use]
    pub fn with_text<'u>(self, text: &'u str) -> QueryText<'u>
    where
        't: 'u,
    {
        match self {
            Self::Filter { table, .. } => QueryText::Filter { table, text },
            Self::Request { table, .. } => QueryText::Request { table, text },
            Self::FetchXml(_) => QueryText::FetchXml(text),
        }
    }

    /// Returns whether this is FetchXML rather than OData.
    #[must_use]
    pub fn is_fetchxml(self) -> bool {
        matches!(self, Self::FetchXml(_))
    }
}

/// Parses, resolves and lints a query; where exactly one text with a token more or less would be right, suggests that token.
///
/// # Errors
/// Where the snapshot cannot be read, or does not hold the table of a filter.
pub fn analyze(store: &Store, query: QueryText<'_>, options: &Options) -> Result<Analysis, StoreError> {
    let mut analysis = pipeline::analyze_as_written(store, query, options)?;
    if analysis.diagnostics.iter().any(Diagnostic::is_error) {
        missing::find(store, query, options, &mut analysis)?;
    }
    Ok(analysis)
}
