//! The text of a query (a filter, a request or FetchXML) and the name of its table.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_query::QueryText;
use dvkit_schema::Store;
use dvkit_schema::store::TableEntry;

/// The name of a table, by logical name or by entity set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableName {
    /// A logical name such as `contact`; an entity set is accepted as well.
    Table(String),
    /// An entity set such as `contacts`, exactly as in a URL.
    EntitySet(String),
}

impl TableName {
    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Table(name) | Self::EntitySet(name) => name,
        }
    }

    /// Finds the table in `store`.
    ///
    /// # Errors
    /// A diagnostic with spans into the name, if there is no such table.
    pub fn find<'a>(&self, store: &'a Store) -> Result<&'a TableEntry, Box<Diagnostic>> {
        match self {
            Self::Table(name) => dvkit_query::find_table(store, name),
            Self::EntitySet(name) => match store.table_by_entity_set(name) {
                Some(entry) => Ok(entry),
                None => Err(unknown_set(store, name)),
            },
        }
    }
}

/// Returns the diagnostic of an unknown entity set. A logical name in its place is a common mistake, with a
/// message of its own.
fn unknown_set(store: &Store, name: &str) -> Box<Diagnostic> {
    let entry = match dvkit_query::find_table(store, name) {
        Ok(entry) => entry,
        Err(diagnostic) => return diagnostic,
    };
    let span = Span::new(0, name.len());
    let diagnostic = Diagnostic::error(
        code::UNKNOWN_TABLE,
        span,
        format!("`{name}` is the logical name of a table, not an entity set"),
    );
    Box::new(match &entry.entity_set {
        Some(set) => diagnostic
            .help(format!("a URL names the entity set: `{set}`"))
            .suggest(Suggestion::maybe("name the entity set", span, set.clone())),
        None => diagnostic.help("this table has no entity set: the Web API does not offer its rows"),
    })
}

/// The text of a query by its form, before its table is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryForm<'a> {
    /// A `$filter` alone.
    Filter(&'a str),
    /// A request: `contacts?$select=…`, a whole URL, or options without a path.
    Request(&'a str),
    /// FetchXML, or a URL that carries it.
    Fetch(&'a str),
}

impl<'a> QueryForm<'a> {
    /// Returns the query with the table given beside it, if its text names none. Returns `None` if the table
    /// is needed and not given.
    #[must_use]
    pub fn with_table(self, table: Option<&'a str>) -> Option<QueryText<'a>> {
        Some(match self {
            Self::Filter(text) => QueryText::Filter { table: table?, text },
            Self::Request(text) => QueryText::Request { table, text },
            Self::Fetch(text) => QueryText::FetchXml(text),
        })
    }

    /// Detects the form of a text, and trims the surrounding spaces.
    #[must_use]
    pub fn read(text: &'a str) -> Self {
        let text = text.trim();
        if fetchxml::is_fetchxml(text) {
            Self::Fetch(text)
        } else if odata_parser::is_request(text) {
            Self::Request(text)
        } else {
            Self::Filter(text)
        }
    }

    /// Detects the form like [`read`](Self::read), but keeps the surrounding spaces, so that spans match the
    /// original text.
    #[must_use]
    pub fn untrimmed(text: &'a str) -> Self {
        match Self::read(text) {
            Self::Filter(_) => Self::Filter(text),
            Self::Request(_) => Self::Request(text),
            Self::Fetch(_) => Self::Fetch(text),
        }
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        match self {
            Self::Filter(text) | Self::Request(text) | Self::Fetch(text) => text,
        }
    }

    /// Returns whether the text names its table, as the path of a request and FetchXML do.
    #[must_use]
    pub fn has_path(self) -> bool {
        match self {
            Self::Filter(_) => false,
            Self::Fetch(_) => true,
            Self::Request(text) => {
                let text = text.trim_start();
                !text.is_empty() && !["?", "$", "%24"].iter().any(|option| text.starts_with(option))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fetchxml_is_told_from_the_rest() {
        for text in ["<fetch/>", "%3Cfetch/%3E", "&lt;fetch/&gt;", "accounts?fetchXml=%3Cfetch/%3E"] {
            assert_eq!(QueryForm::read(text), QueryForm::Fetch(text));
        }
    }

    #[test]
    fn requests_are_told_from_filters() {
        for text in ["name eq 'what?'", "contains(name,'?a=1')", "a eq 1", "name eq 'https://x/y?z=1'"] {
            assert_eq!(QueryForm::read(text), QueryForm::Filter(text));
            assert!(!QueryForm::read(text).has_path());
        }
        for (text, path) in [
            ("contacts?$filter=a eq 1", true),
            ("/contacts", true),
            ("https://org/api/data/v9.2/contacts?$top=3", true),
            ("?$select=a", false),
            ("$select=a&$filter=b eq 1", false),
            ("%24select=a", false),
        ] {
            assert_eq!(QueryForm::read(text), QueryForm::Request(text));
            assert_eq!(QueryForm::read(text).has_path(), path, "{text}");
        }
    }
}
