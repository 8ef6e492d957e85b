//! Finds the tables to which paths lead: navigation properties, casts, and variables of lambdas.

use dvkit_schema::{Column, Relationship, Store, StoreError, Table};

use super::expression::{Frame, FrameKind};

/// The namespace of Dataverse's types and functions, with its dot.
pub(super) const NAMESPACE: &str = dvkit_query::functions::NAMESPACE;

/// The rows to which a path leads.
#[derive(Clone, Copy, Debug)]
pub(in crate::editor) struct Rows<'a> {
    pub(in crate::editor) table: &'a Table,
    /// Whether the path leads to a collection, so that `any`, `all` or `$count` is expected.
    pub(in crate::editor) many: bool,
}

/// Returns the table with this logical name or entity set; `None` if the snapshot does not have it.
pub(in crate::editor) fn named_table<'a>(
    store: &'a Store,
    name: &str,
) -> Result<Option<&'a Table>, StoreError> {
    let entry = store.table_by_entity_set(name).or_else(|| store.entry(name));
    let entry = entry.or_else(|| store.entry(&name.to_lowercase())).or_else(|| {
        store.tables().find(|t| t.entity_set.as_deref().is_some_and(|set| set.eq_ignore_ascii_case(name)))
    });
    entry.map_or(Ok(None), |entry| store.table(&entry.logical_name))
}

/// Returns the navigation property `name` of `table`, in any letter case, or the only one of the lookup column
/// `name`.
pub(super) fn navigation<'a>(table: &'a Table, name: &str) -> Option<&'a Relationship> {
    table.navigation(name).or_else(|| {
        let same = |r: &&Relationship| r.navigation.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name));
        let of_lookup = |r: &&Relationship| r.is_single() && r.column.as_deref() == Some(name);
        let relationships = &table.relationships;
        relationships.iter().find(same).or_else(|| relationships.iter().find(of_lookup))
    })
}

/// Returns the rows to which the segment `name` leads from a row of `table`; `None` if it does not lead to
/// rows.
pub(super) fn step<'a>(
    store: &'a Store,
    table: &'a Table,
    name: &str,
) -> Result<Option<Rows<'a>>, StoreError> {
    if let Some(cast) = name.strip_prefix(NAMESPACE) {
        return Ok(store.table(cast)?.map(|table| Rows { table, many: false }));
    }
    let Some(relationship) = navigation(table, name) else { return Ok(None) };
    let target = store.table(&relationship.table)?;
    Ok(target.map(|table| Rows { table, many: !relationship.is_single() }))
}

/// Returns the rows to which `path` leads from the rows of `base`, within the open `frames`. A path that begins
/// with the variable of a lambda leads from the row of the variable.
pub(in crate::editor) fn follow<'a>(
    store: &'a Store,
    base: Option<&'a Table>,
    frames: &[Frame<'_>],
    path: &[&str],
) -> Result<Option<Rows<'a>>, StoreError> {
    let (mut table, mut rest) = (base, path);
    if let Some((first, more)) = path.split_first() {
        let lambda = frames.iter().enumerate().rev().find_map(|(depth, frame)| match &frame.kind {
            FrameKind::Lambda { variable: Some(name), path, .. } if name == first => Some((depth, path)),
            _ => None,
        });
        if let Some((depth, collection)) = lambda {
            // The collection is named outside of the lambda, so every step has fewer frames.
            let outer = frames.get(..depth).unwrap_or_default();
            table = follow(store, base, outer, collection)?.map(|rows| rows.table);
            rest = more;
        } else if *first == "$it" || *first == "$this" {
            rest = more;
        }
    }
    let Some(mut rows) = table.map(|table| Rows { table, many: false }) else { return Ok(None) };
    for name in rest {
        match step(store, rows.table, name)? {
            Some(next) => rows = next,
            None => return Ok(None),
        }
    }
    Ok(Some(rows))
}

/// Returns the column to which `path` leads, together with its table; `None` if it does not lead to a column.
pub(in crate::editor) fn column<'a>(
    store: &'a Store,
    base: Option<&'a Table>,
    frames: &[Frame<'_>],
    path: &[&str],
) -> Result<Option<(&'a Table, &'a Column)>, StoreError> {
    let Some((name, rows)) = path.split_last() else { return Ok(None) };
    let Some(rows) = follow(store, base, frames, rows)? else { return Ok(None) };
    let lower = name.to_lowercase();
    let column = rows.table.property(name).or_else(|| rows.table.column(&lower));
    Ok(column.or_else(|| rows.table.property(&lower)).map(|column| (rows.table, column)))
}
