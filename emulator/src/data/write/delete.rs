//! Deletes rows.

use dvkit_schema::Table;
use uuid::Uuid;

use super::super::preferences::Conditions;
use super::super::service_error::ServiceError;
use super::super::session::{Session, key_of};
use super::super::store::quoted;
use super::target::RowKey;
use super::update::check_version;

/// Deletes the row with this key.
///
/// # Errors
/// Returns an error if there is no such row, or if a condition is not met.
pub(super) fn delete(
    session: &Session<'_>,
    table: &Table,
    key: &RowKey<'_>,
    conditions: &Conditions,
) -> Result<(), ServiceError> {
    let id = key.id(session, table)?.ok_or_else(|| key.missing(table))?;
    let version = session.row_version(table, id)?.ok_or_else(|| key.missing(table))?;
    check_version(conditions, version)?;
    remove(session, table, id)
}

/// Deletes the row `id` of `table`, and records the deletion.
///
/// # Errors
/// Returns an error if the row cannot be deleted.
pub(super) fn remove(session: &Session<'_>, table: &Table, id: Uuid) -> Result<(), ServiceError> {
    let layout = session.layout(&table.logical_name)?;
    let sql = format!("DELETE FROM {} WHERE {} = ?1", quoted(&layout.name), quoted(&key_of(&layout)?));
    session.rows.connection.prepare_cached(&sql)?.execute([id.to_string()])?;
    session
        .rows
        .connection
        .prepare_cached("INSERT INTO \"*deleted\" (version, entity, id) VALUES (?1, ?2, ?3)")?
        .execute((session.rows.next_version(), &table.logical_name, id.to_string()))?;
    Ok(())
}
