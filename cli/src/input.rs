//! Reading a query as people have it at hand: a bare filter, `contacts?$filter=…`, or a whole URL.
//!
//! Finds which piece is the filter and which one names the table. An encoded filter is handed on as it stands, because
//! the checks understand those and answer in kind.

use std::borrow::Cow;

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_schema::store::TableEntry;
use dvkit_schema::{Store, StoreError};
use odata_parser::url;

/// How a table is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TableName {
    /// `contact`; the entity set is understood as well.
    Table(String),
    /// `contacts`: exactly as in a URL.
    EntitySet(String),
}

impl TableName {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Table(name) | Self::EntitySet(name) => name,
        }
    }

    /// The table, or the diagnostic whose source is the name.
    pub(crate) fn find<'a>(&self, store: &'a Store) -> Result<&'a TableEntry, Box<Diagnostic>> {
        match self {
            Self::Table(name) => dvkit_query::find_table(store, name),
            Self::EntitySet(name) => match store.table_of_set(name) {
                Some(entry) => Ok(entry),
                None => Err(unknown_set(store, name)),
            },
        }
    }
}

/// Many people write the logical name where the URL needs the entity set, so that is told apart from other mistakes.
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

/// A query, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Query<'a> {
    /// All of it.
    pub(crate) text: &'a str,
    /// What stands before the `?`, without host and version: `contacts`, `accounts(…)/contact_customer_accounts`.
    pub(crate) path: Option<&'a str>,
    /// The filter; `None` where the query has none.
    pub(crate) filter: Option<Cow<'a, str>>,
    /// What else there is to say, a sentence each.
    pub(crate) notes: Vec<String>,
}

impl<'a> Query<'a> {
    /// Takes `text` apart; what is no URL is a filter.
    pub(crate) fn read(text: &'a str) -> Self {
        let text = text.trim();
        let Some((path, options)) = split_url(text) else {
            return Self { text, path: None, filter: Some(text.into()), notes: Vec::new() };
        };
        let mut query = Self { text, path, filter: None, notes: Vec::new() };
        let mut ignored = Vec::new();
        for option in options.split('&').filter(|o| !o.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let plain = name.strip_prefix("%24").or_else(|| name.strip_prefix('$'));
            match plain {
                Some(plain) if plain.eq_ignore_ascii_case("filter") && query.filter.is_none() => {
                    if plain != "filter" {
                        query.notes.push(format!("`${plain}` is not understood: write `$filter`"));
                    }
                    query.filter = Some(readable(value));
                }
                Some(plain) => ignored.push(format!("`${plain}`")),
                None => ignored.push(format!("`{name}`")),
            }
        }
        if query.filter.as_ref().is_some_and(|f| f.matches('\'').count() % 2 == 1 && !ignored.is_empty()) {
            query.notes.push("an `&` ends an option of a URL; within a text write `%26`".to_owned());
        }
        if !ignored.is_empty() {
            query
                .notes
                .push(format!("only `$filter` is checked so far; not looked at: {}", ignored.join(", ")));
        }
        query
    }

    /// The table that the path leads to; `None` where the query has no path.
    pub(crate) fn table<'s>(&self, store: &'s Store) -> Result<Option<Found<'s>>, StoreError> {
        let Some(path) = self.path else { return Ok(None) };
        let offset = path.as_ptr() as usize - self.text.as_ptr() as usize;
        let mut at = offset;
        let mut entry: Option<&TableEntry> = None;
        for segment in segments(path) {
            let name = segment.split('(').next().unwrap_or(segment);
            let here = Span::new(at, at + name.len());
            at += segment.len() + 1;
            // `/$count` and its like do not lead to another table.
            if name.is_empty() || name.starts_with('$') {
                continue;
            }
            let next = match entry {
                None => TableName::EntitySet(name.to_owned()).find(store),
                Some(from) => follow(store, from, name)?,
            };
            match next {
                Ok(table) => entry = Some(table),
                Err(diagnostic) => {
                    let moved = |s: Span| {
                        Span::new(here.range().start + s.range().start, here.range().start + s.range().end)
                    };
                    return Ok(Some(Err(Box::new(diagnostic.map(moved, |r| r)))));
                }
            }
        }
        Ok(entry.map(Ok))
    }
}

/// The value of an option. What people copy from the address line of a browser has blanks and escapes side by side,
/// which no service would send: only the escapes are undone then.
fn readable(value: &str) -> Cow<'_, str> {
    if value.contains('%') && !url::is_encoded(value) {
        url::decode_keeping_plus(value).text.into()
    } else {
        value.into()
    }
}

/// A table, or why there is none.
pub(crate) type Found<'s> = Result<&'s TableEntry, Box<Diagnostic>>;

/// Where the navigation property `name` of `from` leads to.
fn follow<'s>(store: &'s Store, from: &TableEntry, name: &str) -> Result<Found<'s>, StoreError> {
    let span = Span::new(0, name.len());
    let Some(table) = store.table(&from.logical_name)? else {
        return Ok(dvkit_query::find_table(store, name));
    };
    let Some(relationship) = table.navigation(name) else {
        let navigations = table.relationships.iter().filter_map(|r| r.navigation.as_deref());
        let diagnostic = Diagnostic::error(
            code::UNKNOWN_COLUMN,
            span,
            format!("`{}` has no navigation property `{name}`", from.logical_name),
        );
        return Ok(Err(Box::new(match suggest::closest(name, navigations) {
            Some(near) => diagnostic.suggest(Suggestion::maybe("did you mean", span, near)),
            None => diagnostic,
        })));
    };
    let target = relationship.table.as_str();
    Ok(store.entry(target).ok_or_else(|| {
        Box::new(Diagnostic::error(
            code::TABLE_NOT_IN_SNAPSHOT,
            span,
            format!("`{name}` leads to `{target}`, which this snapshot does not hold"),
        ))
    }))
}

/// Path and options of what is a URL or the end of one: with a scheme, with a leading `/` or `?`, beginning with an
/// option, or with only a path before the first `?`.
fn split_url(text: &str) -> Option<(Option<&str>, &str)> {
    let after_scheme = ["https://", "http://"]
        .iter()
        .find(|scheme| text.get(..scheme.len()).is_some_and(|t| t.eq_ignore_ascii_case(scheme)))
        .and_then(|scheme| text.get(scheme.len()..));
    let rest = match after_scheme {
        Some(rest) => rest.split_once('/').map_or("", |(_, path)| path),
        None if text.starts_with('/') => text.trim_start_matches('/'),
        None if text.starts_with('?') => return Some((None, text.trim_start_matches('?'))),
        None if ["$filter=", "%24filter="].iter().any(|o| text.starts_with(o)) => return Some((None, text)),
        None => {
            let (path, options) = text.split_once('?')?;
            return (is_path(path) && options.contains('=')).then(|| (Some(resource(path)), options));
        }
    };
    let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
    Some((Some(resource(path)), options))
}

/// Could this stand before the `?` of a URL? A `?` within a text of a bare filter has an open quote before it.
fn is_path(text: &str) -> bool {
    let closed = text.matches('(').count() == text.matches(')').count()
        && text.matches('\'').count().is_multiple_of(2);
    let plain = |c: char| c.is_alphanumeric() || "_/.-(),='$@".contains(c);
    !text.is_empty() && closed && text.chars().all(plain)
}

/// The path behind `api/data/v9.2/`.
fn resource(path: &str) -> &str {
    let Some((_, rest)) = path.split_once("api/data/") else { return path };
    rest.split_once('/').map_or("", |(_, resource)| resource)
}

/// Splits at the slashes that are not within parentheses.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    path.split(move |c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == '/' && depth <= 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (Option<&str>, Option<String>, usize) {
        let query = Query::read(text);
        (query.path, query.filter.map(Cow::into_owned), query.notes.len())
    }

    fn filter(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_bare_filter_is_left_alone() {
        for text in [
            "name eq 'what?'",
            "contains(name,'?a=1')",
            "contains(name, '?a=1&b=2')",
            "a eq 1",
            "",
            "contacts",
            "name eq 'https://x/y?z=1'",
            "startswith(websiteurl,'https://x/?a=b')",
        ] {
            assert_eq!(parts(text), (None, filter(text), 0), "{text}");
        }
    }

    #[test]
    fn urls_are_taken_apart() {
        let set = Some("contacts");
        assert_eq!(parts("contacts?$filter=a eq 1"), (set, filter("a eq 1"), 0));
        assert_eq!(parts("/contacts?$filter=a%20eq%201"), (set, filter("a%20eq%201"), 0));
        assert_eq!(
            parts("https://org.crm.dynamics.com/api/data/v9.2/contacts?$select=a&$filter=a eq 'x=y'&$top=3"),
            (set, filter("a eq 'x=y'"), 1)
        );
        assert_eq!(parts("HTTPS://org/api/data/v9.2/contacts?%24filter=a"), (set, filter("a"), 0));
        assert_eq!(parts("contacts?$Filter=a eq 1"), (set, filter("a eq 1"), 1));
        assert_eq!(parts("contacts?$filter=a eq 'b & c'"), (set, filter("a eq 'b "), 2));
        assert_eq!(parts("contacts?$filter=a eq 'R%26D'"), (set, filter("a eq 'R&D'"), 0));
        assert_eq!(parts("?$filter=a eq 1"), (None, filter("a eq 1"), 0));
        assert_eq!(parts("$filter=a eq 1"), (None, filter("a eq 1"), 0));
        assert_eq!(parts("/contacts"), (set, None, 0));
        assert_eq!(parts("contacts?$top=3"), (set, None, 1));
        assert_eq!(parts("https://org"), (Some(""), None, 0));
        assert_eq!(parts("accounts(name='a/b')/x?$filter=b").0, Some("accounts(name='a/b')/x"));
        assert_eq!(segments("accounts(name='a/b')/x/$count").count(), 3);
    }
}
