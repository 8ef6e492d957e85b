//! Finds the table, column or navigation property that a person means by a name.
//!
//! The search is more tolerant than a query: it accepts any letter case, display names, and names with or
//! without quotes. An exact match always wins, because two names may differ only in letter case.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_schema::store::TableEntry;
use dvkit_schema::{Column, LocalizedText, Relationship, Store, StoreError, Table};

use super::page::Page;
use super::{TableContext, description};

/// The number of suggestions for an unknown name.
const SUGGESTIONS: usize = 3;

/// A table, a column or a navigation property of a snapshot.
#[derive(Clone, Copy, Debug)]
pub enum NamedItem<'a> {
    /// A table.
    Table(&'a Table),
    /// A column, with its table.
    Column(&'a Table, &'a Column),
    /// A navigation property, with the table that has it.
    Navigation(&'a Table, &'a Relationship),
}

impl NamedItem<'_> {
    /// Returns the explanation of the item, which is from the snapshot `store`.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn page(self, store: &Store) -> Result<Page, StoreError> {
        Ok(match self {
            Self::Table(table) => Page::of_table(store, table),
            Self::Column(table, column) => Page::of_column(store, table, column)?,
            Self::Navigation(table, relationship) => Page::of_navigation(store, table, relationship),
        })
    }
}

/// Finds the table, column or navigation property that `name` means: `contact`, `contact.fullname`,
/// `contact."Full Name"`. The inner `Err` is a diagnostic with similar names, whose spans refer to `name`.
///
/// # Errors
/// Returns an error if the snapshot cannot be read.
pub fn resolve<'a>(
    store: &'a Store,
    name: &str,
) -> Result<Result<NamedItem<'a>, Box<Diagnostic>>, StoreError> {
    let (table_name, member) = match name.split_once('.') {
        Some((table, member)) => (unquoted(table), Some(unquoted(member))),
        None => (unquoted(name), None),
    };
    let entry = match table(store, table_name) {
        Ok(entry) => entry,
        Err(diagnostic) => return Ok(Err(Box::new(shifted(*diagnostic, position(name, table_name))))),
    };
    let Some(table) = store.table(&entry.logical_name)? else {
        let missing = format!("`{}` is in the index of this snapshot, but not in it", entry.logical_name);
        let span = Span::new(0, name.len());
        return Ok(Err(Box::new(Diagnostic::error(code::TABLE_NOT_IN_SNAPSHOT, span, missing))));
    };
    let here = TableContext { store, table };
    Ok(match member {
        None => Ok(NamedItem::Table(table)),
        Some(member) => self::member(here, member)
            .map_err(|diagnostic| Box::new(shifted(diagnostic, position(name, member)))),
    })
}

fn table<'a>(store: &'a Store, name: &str) -> Result<&'a TableEntry, Box<Diagnostic>> {
    dvkit_query::find_table(store, name)
        .or_else(|diagnostic| store.tables().find(|t| is_called(&t.display_name, name)).ok_or(diagnostic))
}

fn member<'a>(here: TableContext<'a>, name: &str) -> Result<NamedItem<'a>, Diagnostic> {
    let table = here.table;
    let same = |other: &str| other.eq_ignore_ascii_case(name);
    let column = |c| NamedItem::Column(table, c);
    let navigation = |r| NamedItem::Navigation(table, r);
    let by_navigation =
        |r: &&Relationship| r.navigation.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name));
    let exact = table
        .column(name)
        .or_else(|| table.property(name))
        .map(column)
        .or_else(|| table.navigation(name).map(navigation));
    let found = exact
        .or_else(|| {
            let by_name = |c: &&Column| same(&c.logical_name) || same(&c.property_name());
            table.columns.iter().find(by_name).map(column)
        })
        .or_else(|| table.relationships.iter().find(by_navigation).map(navigation));
    if let Some(found) = found {
        return Ok(found);
    }
    let span = Span::new(0, name.len());
    let mut called = table.columns.iter().filter(|c| is_called(&c.display_name, name));
    match (called.next(), called.next()) {
        (Some(only), None) => Ok(column(only)),
        (Some(first), Some(second)) => {
            let text = format!("`{}` has several columns called `{name}`", table.logical_name);
            let all = [first, second].into_iter().chain(called);
            Err(all.fold(Diagnostic::error(code::UNKNOWN_COLUMN, span, text), |d, c| {
                d.suggest(Suggestion::maybe("name the one that you mean", span, &c.logical_name))
            }))
        }
        (None, _) => Err(unknown(here.store, table, name, span)),
    }
}

fn unknown(store: &Store, table: &Table, name: &str, span: Span) -> Diagnostic {
    let text = format!("`{}` has no column and no navigation property `{name}`", table.logical_name);
    let columns = table
        .columns
        .iter()
        .map(|c| (c.logical_name.as_str(), Some(description::text(store, &c.display_name))));
    let navigations = table.relationships.iter().filter_map(|r| Some((r.navigation.as_deref()?, None)));
    let near = suggest::ranked_by(name, columns.chain(navigations), SUGGESTIONS);
    let none = match table.partial {
        true => Diagnostic::error(code::COLUMN_NOT_IN_SNAPSHOT, span, format!("{text} in this snapshot"))
            .help("it knows the table in part: import the organisation's `$metadata` too"),
        false => Diagnostic::error(code::UNKNOWN_COLUMN, span, text),
    };
    near.into_iter().fold(none, |d, near| d.suggest(Suggestion::maybe("did you mean", span, near)))
}

fn is_called(label: &LocalizedText, name: &str) -> bool {
    let lower = name.to_lowercase();
    label.texts().any(|text| text.to_lowercase() == lower)
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    ['"', '\'', '`'].iter().find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q)).unwrap_or(text)
}

/// Returns the byte offset of `part` in `whole`. `part` has to be a slice of `whole`.
fn position(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

fn shifted(diagnostic: Diagnostic, by: usize) -> Diagnostic {
    diagnostic.map(|s| Span::new(s.range().start + by, s.range().end + by), |r| r)
}
