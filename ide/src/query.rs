//! Defines the text of a query before its table is known, with its form (a filter, a request or FetchXML),
//! and the name of a table as a user gives it. All operations of a workspace take them.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_query::QueryText;
use dvkit_schema::Store;
use dvkit_schema::store::TableEntry;

/// The name of a table, as a user or a program gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableName {
    /// A logical name such as `contact`. The name of an entity set is accepted too.
    Table(String),
    /// The name of an entity set such as `contacts`, exactly as in a URL.
    EntitySet(String),
}

impl TableName {
    /// Returns the name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Table(name) | Self::EntitySet(name) => name,
        }
    }

    /// Returns the table with this name in the snapshot `store`.
    ///
    /// # Errors
    /// Returns a diagnostic as an error if there is no such table. Its spans refer to the name.
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

/// Returns the diagnostic for an entity set that does not exist. If `name` is the logical name of a table,
/// the message says so, because that is a common mistake.
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

/// The text of a query with its form. The table of the query need not be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryForm<'a> {
    /// A `$filter` expression, such as `name eq 'x'`.
    Filter(&'a str),
    /// A request: `contacts?$select=…`, an absolute URL, or options without a path.
    Request(&'a str),
    /// FetchXML, or a URL that contains FetchXML.
    Fetch(&'a str),
}

impl<'a> QueryForm<'a> {
    /// Returns the query with the table `table` (a logical name), which applies if the text does not name
    /// one. Returns `None` if the text does not name a table and `table` is `None`.
    #[must_use]
    pub fn with_table(self, table: Option<&'a str>) -> Option<QueryText<'a>> {
        Some(match self {
            Self::Filter(text) => QueryText::Filter { table: table?, text },
            Self::Request(text) => QueryText::Request { table, text },
            Self::Fetch(text) => QueryText::FetchXml(text),
        })
    }

    /// Returns the text without surrounding white space, with the form that it is recognised to have:
    /// FetchXML, otherwise a request ([`odata_parser::is_request`]), otherwise a filter.
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

    /// Recognises the form like [`read`](Self::read), but keeps the surrounding white space, so that spans
    /// refer to `text` itself.
    #[must_use]
    pub fn untrimmed(text: &'a str) -> Self {
        match Self::read(text) {
            Self::Filter(_) => Self::Filter(text),
            Self::Request(_) => Self::Request(text),
            Self::Fetch(_) => Self::Fetch(text),
        }
    }

    /// Returns the text of the query.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        match self {
            Self::Filter(text) | Self::Request(text) | Self::Fetch(text) => text,
        }
    }

    /// Returns whether the text itself names the table: FetchXML does, and a request with a path.
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
        for (given, text) in [(" <fetch/>\n", "<fetch/>"), ("\t%3Cfetch/%3E ", "%3Cfetch/%3E")] {
            assert_eq!(QueryForm::read(given), QueryForm::Fetch(text));
            assert_eq!(QueryForm::untrimmed(given), QueryForm::Fetch(given));
        }
    }

    #[test]
    fn the_spaces_around_a_query_stay_where_positions_refer_to_them() {
        for (given, trimmed, untrimmed) in [
            (" a eq 1 ", QueryForm::Filter("a eq 1"), QueryForm::Filter(" a eq 1 ")),
            ("\n$top=1 ", QueryForm::Request("$top=1"), QueryForm::Request("\n$top=1 ")),
            (" ", QueryForm::Filter(""), QueryForm::Filter(" ")),
        ] {
            assert_eq!((QueryForm::read(given), QueryForm::untrimmed(given)), (trimmed, untrimmed));
            assert_eq!(QueryForm::untrimmed(given).as_str(), given);
        }
    }

    #[test]
    fn a_request_with_options_only_has_no_path() {
        for (query, has_path) in [
            (QueryForm::Filter("a eq 1"), false),
            (QueryForm::Fetch("<fetch/>"), true),
            (QueryForm::Request(""), false),
            (QueryForm::Request("  "), false),
            (QueryForm::Request(" ?$top=1"), false),
            (QueryForm::Request("$top=1"), false),
            (QueryForm::Request(" %24top=1"), false),
            (QueryForm::Request("%20accounts"), true),
            (QueryForm::Request(" accounts"), true),
        ] {
            assert_eq!(query.has_path(), has_path, "{query:?}");
        }
    }

    #[test]
    fn a_filter_needs_a_table_and_other_forms_name_theirs() {
        let table = Some("contact");
        for (query, with, without) in [
            (QueryForm::Filter("a"), Some(QueryText::Filter { table: "contact", text: "a" }), None),
            (
                QueryForm::Request("a"),
                Some(QueryText::Request { table, text: "a" }),
                Some(QueryText::Request { table: None, text: "a" }),
            ),
            (QueryForm::Fetch("a"), Some(QueryText::FetchXml("a")), Some(QueryText::FetchXml("a"))),
        ] {
            assert_eq!((query.with_table(table), query.with_table(None)), (with, without), "{query:?}");
        }
    }

    #[test]
    fn the_name_of_a_table_is_told_from_that_of_an_entity_set() {
        let store = crate::sample::open().unwrap();
        let found = |name: &TableName| match name.find(&store) {
            Ok(entry) => entry.logical_name.clone(),
            Err(diagnostic) => {
                let advice = diagnostic.advice(name.as_str()).join("; ");
                format!("{} {:?} {}: {advice}", diagnostic.code, diagnostic.span.range(), diagnostic.message)
            }
        };
        for (name, as_table, as_set) in [
            (
                "contact",
                "contact",
                "DV0201 0..7 `contact` is the logical name of a table, not an entity set: a URL names the entity set: `contacts`",
            ),
            ("contacts", "contact", "contact"),
            (
                "principal",
                "principal",
                "DV0201 0..9 `principal` is the logical name of a table, not an entity set: this table has no entity set: the Web \
API does not offer its rows",
            ),
            (
                "contct",
                "DV0201 0..6 there is no table and no entity set `contct` in this snapshot: did you mean: `contact`",
                "DV0201 0..6 there is no table and no entity set `contct` in this snapshot: did you mean: `contact`",
            ),
        ] {
            assert_eq!(found(&TableName::Table(name.to_owned())), as_table, "the table {name}");
            assert_eq!(found(&TableName::EntitySet(name.to_owned())), as_set, "the entity set {name}");
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
