//! Defines [`QueryText`], the text of a query together with its form: a filter, a request or FetchXML. All
//! entry points of this crate take it.

/// The text of a query in one of the three forms that dvkit reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryText<'t> {
    /// A `$filter` expression, such as `name eq 'x'`.
    Filter {
        /// The logical name of the table whose rows are filtered.
        table: &'t str,
        /// The text of the expression. It may be percent-encoded.
        text: &'t str,
    },
    /// A whole request such as `accounts?$select=name&$filter=…`. It may be relative or absolute, and
    /// percent-encoded or not.
    Request {
        /// The logical name of the table for a request without a path, such as `?$select=name`. It is ignored
        /// if the request has a path.
        table: Option<&'t str>,
        /// The text of the request.
        text: &'t str,
    },
    /// A FetchXML query. The text may also be escaped FetchXML or a URL that contains FetchXML.
    FetchXml(&'t str),
}

impl<'t> QueryText<'t> {
    /// Returns the text of the query as it was given.
    #[must_use]
    pub fn text(self) -> &'t str {
        match self {
            Self::Filter { text, .. } | Self::Request { text, .. } | Self::FetchXml(text) => text,
        }
    }

    /// Returns a [`QueryText`] of the same form and table with the text `text`.
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

    /// Returns whether the query is written in FetchXML; otherwise it is OData.
    #[must_use]
    pub fn is_fetchxml(self) -> bool {
        matches!(self, Self::FetchXml(_))
    }
}
