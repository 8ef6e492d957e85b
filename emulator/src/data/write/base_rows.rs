//! The rows of base tables: every activity has a row with its id in `activitypointer`, and every user and team
//! one in `principal`.

use dvkit_schema::Table;
use rusqlite::types::Value as Stored;
use uuid::Uuid;

use super::super::service_error::ServiceError;
use super::super::session::{Session, key_of};
use super::super::store::{VERSION, quoted};

/// Returns whether other tables have this one as their base, so that its rows are not written by themselves.
pub(crate) fn has_derived(session: &Session<'_>, table: &Table) -> bool {
    session.store.tables().any(|entry| entry.base.as_deref() == Some(table.logical_name.as_str()))
}

/// Returns the table with the row `id` of a base table: the activity's own table for a row of
/// `activitypointer`. Other rows are their own.
///
/// # Errors
/// Returns an error if the rows cannot be read.
pub(crate) fn concrete<'a>(
    session: &Session<'a>,
    table: &'a Table,
    id: Uuid,
) -> Result<&'a Table, ServiceError> {
    if !has_derived(session, table) {
        return Ok(table);
    }
    if session.layout(&table.logical_name)?.kind("activitytypecode").is_some()
        && let Some(values) = session.values(table, id, &["activitytypecode"])?
        && let Some(Stored::Text(name)) = values.first()
        && let Some(own) = session.store.table(name)?
    {
        return Ok(own);
    }
    for entry in session.store.tables().filter(|e| e.base.as_deref() == Some(&table.logical_name)) {
        if let Some(own) = session.store.table(&entry.logical_name)?
            && session.row_version(own, id)?.is_some()
        {
            return Ok(own);
        }
    }
    Ok(table)
}

/// Returns the base of a table if the snapshot has it with its key.
fn base_of<'a>(session: &Session<'a>, table: &Table) -> Result<Option<&'a Table>, ServiceError> {
    let Some(base) = table.base.as_deref() else { return Ok(None) };
    let Some(base) = session.store.table(base)? else { return Ok(None) };
    Ok(key_of(&*session.layout(&base.logical_name)?).is_ok().then_some(base))
}

/// Copies the row `id` of `table` to the row of its base table, with all columns that both have.
///
/// # Errors
/// Returns an error if SQLite fails.
pub(crate) fn sync(session: &Session<'_>, table: &Table, id: Uuid) -> Result<(), ServiceError> {
    let Some(base) = base_of(session, table)? else { return Ok(()) };
    let (own, inherited) = (session.layout(&table.logical_name)?, session.layout(&base.logical_name)?);
    let (own_key, base_key) = (key_of(&own)?, key_of(&inherited)?);
    let mut columns = vec![quoted(&base_key)];
    let mut sources = vec![quoted(&own_key)];
    for (name, kind) in &inherited.columns {
        if *name != base_key && own.kind(name) == Some(*kind) {
            columns.push(quoted(name));
            sources.push(quoted(name));
        }
    }
    columns.push(quoted(VERSION));
    sources.push(quoted(VERSION));
    let changes = columns.iter().skip(1).map(|c| format!("{c} = excluded.{c}")).collect::<Vec<_>>();
    let sql = format!(
        "INSERT INTO {} ({}) SELECT {} FROM {} WHERE {} = ?1 ON CONFLICT ({}) DO UPDATE SET {}",
        quoted(&inherited.name),
        columns.join(", "),
        sources.join(", "),
        quoted(&own.name),
        quoted(&own_key),
        quoted(&base_key),
        changes.join(", ")
    );
    session.rows.connection.prepare_cached(&sql)?.execute([id.to_string()])?;
    Ok(())
}

/// Returns the base table of `table`, if there is a row for the row `id` in it.
///
/// # Errors
/// Returns an error if the rows cannot be read.
pub(crate) fn base_row<'a>(
    session: &Session<'a>,
    table: &Table,
    id: Uuid,
) -> Result<Option<&'a Table>, ServiceError> {
    let Some(base) = base_of(session, table)? else { return Ok(None) };
    Ok(session.row_version(base, id)?.map(|_| base))
}
