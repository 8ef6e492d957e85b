//! Resolves names as people write them: logical names in any letter case, lookups without `_…_value`, and
//! display names that are unique.
//!
//! A name that is not found here is left to the check of the whole request, which reports it with the most
//! similar names. Only texts that are not names at all are refused here, so that a name can never change the
//! structure of a request.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_query::{CheckOptions, QueryText, check};
use dvkit_schema::{Column, Relationship, Store, Table};

use super::error::{Error, Result};

/// A name or a path, resolved as far as the snapshot knows it.
pub(super) struct Resolved<'s> {
    /// The path as OData has it.
    pub(super) path: String,
    /// The column at the end of the path; `None` if it is unknown.
    pub(super) column: Option<&'s Column>,
}

/// Finds the column of `table` with this name. `Err` has the columns that share a display name.
pub(super) fn find<'t>(table: &'t Table, name: &str) -> Result<Option<&'t Column>, Vec<&'t Column>> {
    let name = name.trim();
    if let Some(column) = table.property(name).or_else(|| table.column(name)) {
        return Ok(Some(column));
    }
    let lower = name.to_lowercase();
    if let Some(column) = table.property(&lower).or_else(|| table.column(&lower)) {
        return Ok(Some(column));
    }
    let by_property =
        table.columns.iter().find(|c| c.is_property() && c.property_name().eq_ignore_ascii_case(name));
    if by_property.is_some() {
        return Ok(by_property);
    }
    let labelled: Vec<&Column> = table
        .columns
        .iter()
        .filter(|c| c.is_property() && c.display_name.texts().any(|text| text.trim() == name))
        .collect();
    match labelled.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(labelled),
    }
}

/// Finds the navigation property of `table` with this name. A lookup with one target may be named by its
/// column.
pub(super) fn navigation<'t>(table: &'t Table, name: &str) -> Option<&'t Relationship> {
    if let Some(relationship) = table.navigation(name) {
        return Some(relationship);
    }
    let named = |r: &&Relationship| r.navigation.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name));
    if let Some(relationship) = table.relationships.iter().find(named) {
        return Some(relationship);
    }
    let column = find(table, name).ok().flatten().filter(|c| c.ty.is_lookup())?;
    let mut all = table.lookups_of(&column.logical_name).filter(|r| r.navigation.is_some());
    match (all.next(), all.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// Resolves a path such as `parentcustomerid_account/name` from the rows of the table `from`. `None` as `from`
/// is a table that is not known.
pub(super) fn path<'s>(store: &'s Store, from: Option<&str>, path: &str) -> Result<Resolved<'s>> {
    let mut table = known(store, from)?;
    // A display name may contain a slash, so the whole text is tried first.
    if let Some(column) = column_at(table, path, path)? {
        return Ok(Resolved { path: column.property_name().into_owned(), column: Some(column) });
    }
    let mut written = String::new();
    let mut segments = path.split('/').peekable();
    let mut column = None;
    while let Some(segment) = segments.next() {
        let name = if segments.peek().is_some() {
            let found = table.and_then(|t| navigation(t, segment));
            table = known(store, found.map(|r| r.table.as_str()))?;
            found.and_then(|r| r.navigation.clone())
        } else {
            column = column_at(table, segment, path)?;
            column.map(|c| c.property_name().into_owned())
        };
        if !written.is_empty() {
            written.push('/');
        }
        written.push_str(&name.unwrap_or_else(|| segment.to_owned()));
    }
    only_name(table, path, &written)?;
    Ok(Resolved { path: written, column })
}

/// Resolves a path of navigation properties, and returns it with the logical name of the table to which it
/// leads; `None` if the table is not known.
pub(super) fn navigations(store: &Store, from: Option<&str>, path: &str) -> Result<(String, Option<String>)> {
    let mut table = known(store, from)?;
    let mut target = None;
    let mut written = String::new();
    for segment in path.split('/') {
        let found = table.and_then(|t| navigation(t, segment));
        if !written.is_empty() {
            written.push('/');
        }
        written.push_str(found.and_then(|r| r.navigation.as_deref()).unwrap_or(segment));
        only_name(table, path, &written)?;
        target = found.map(|r| r.table.clone());
        table = known(store, target.as_deref())?;
    }
    Ok((written, target))
}

fn known<'s>(store: &'s Store, name: Option<&str>) -> Result<Option<&'s Table>> {
    Ok(match name {
        Some(name) => store.table(name)?,
        None => None,
    })
}

fn column_at<'t>(table: Option<&'t Table>, name: &str, whole: &str) -> Result<Option<&'t Column>> {
    let Some(table) = table else { return Ok(None) };
    find(table, name).map_err(|several| ambiguous(whole, name, &several))
}

fn ambiguous(whole: &str, name: &str, several: &[&Column]) -> Error {
    let start = whole.rfind(name).unwrap_or(0);
    let span = Span::new(start, start + name.len());
    let message = format!("{} columns have the display name `{name}`", several.len());
    let mut finding = Diagnostic::error(code::UNKNOWN_COLUMN, span, message);
    for column in several.iter().take(5) {
        finding = finding.suggest(Suggestion::maybe("write", span, column.property_name()));
    }
    Error::finding(whole, finding)
}

/// Returns an error if `resolved` contains a character that no name has. `written` is what the program gave.
fn only_name(table: Option<&Table>, written: &str, resolved: &str) -> Result<()> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | '$' | '@' | '-');
    if !resolved.is_empty() && resolved.chars().all(is_name) {
        return Ok(());
    }
    let span = Span::new(0, written.len());
    let owner = table.map_or_else(String::new, |t| format!("`{}` has no column ", t.logical_name));
    let message = match owner.is_empty() {
        true => format!("`{written}` is not the name of a column"),
        false => format!("{owner}`{written}`"),
    };
    let mut finding = Diagnostic::error(code::UNKNOWN_COLUMN, span, message);
    if let Some(table) = table {
        let names = table.columns.iter().filter(|c| c.is_property());
        let pairs: Vec<(String, Option<&str>)> =
            names.map(|c| (c.property_name().into_owned(), c.display_name.texts().next())).collect();
        let close = suggest::ranked_by(written, pairs.iter().map(|(name, label)| (name.as_str(), *label)), 3);
        for name in close {
            finding = finding.suggest(Suggestion::maybe("did you mean", span, name));
        }
    }
    Err(Error::finding(written, finding))
}

impl super::Table {
    /// Returns the column with this name: its logical name, the name of its property, or its display name if
    /// only one column has it.
    ///
    /// # Errors
    /// Returns an error with the most similar names if there is no such column.
    pub fn column(&self, name: &str) -> Result<&dvkit_schema::Column> {
        column_or_error(self, name)
    }
}

/// Returns the column of a table with this name, or the error of the check for an unknown column.
fn column_or_error<'t>(table: &'t super::Table, name: &str) -> Result<&'t Column> {
    let schema = table.schema()?;
    match column_at(Some(schema), name, name)? {
        Some(column) => Ok(column),
        None => Err(unknown(table, name)?),
    }
}

/// Returns the error for a column that `table` does not have. It is that of the check, whose suggestions know
/// display names and typing errors.
fn unknown(table: &super::Table, name: &str) -> Result<Error> {
    only_name(Some(table.schema()?), name, name)?;
    let before = format!("{}?$select=", table.entity_set());
    let text = format!("{before}{name}");
    let request = QueryText::Request { table: None, text: &text };
    let report = check(table.organisation.store(), request, &CheckOptions::default())?;
    let by = before.len();
    let moved =
        |span: Span| Span::new(span.range().start.saturating_sub(by), span.range().end.saturating_sub(by));
    let finding = report.diagnostics.into_iter().find(|d| d.is_error() && d.span.range().start >= by);
    let finding = finding.map(|d| d.map(moved, |text| text)).unwrap_or_else(|| {
        let message = format!("`{}` has no column `{name}`", table.name());
        Diagnostic::error(code::UNKNOWN_COLUMN, Span::new(0, name.len()), message)
    });
    Ok(Error::finding(name, finding))
}
