//! The text of a query in one of the three forms that dvkit reads.

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
        /// The logical name of the table that a request without a path (`?$select=name`) selects from. A path
        /// takes precedence.
        table: Option<&'t str>,
        /// The request.
        text: &'t str,
    },
    /// A FetchXML query. Escaped FetchXML, and FetchXML within a URL, is recognised.
    FetchXml(&'t str),
}

impl<'t> QueryText<'t> {
    /// Returns the text of the query.
    #[must_use]
    pub fn text(self) -> &'t str {
        match self {
            Self::Filter { text, .. } | Self::Request { text, .. } | Self::FetchXml(text) => text,
        }
    }

    /// Returns a query of the same form with another text.
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
