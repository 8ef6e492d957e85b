//! Sets columns of a row that requests cannot write.

use dvkit_schema::Table;
use rusqlite::params_from_iter;
use rusqlite::types::Value as Stored;
use uuid::Uuid;

use super::service_error::ServiceError;
use super::session::{Session, key_of};
use super::store::{VERSION, quoted};

/// Sets columns of a row by their logical names, and gives the row a new version. Columns that the table does
/// not store are left out.
///
/// # Errors
/// Returns an error if the row cannot be changed.
pub(super) fn set_columns(
    session: &Session<'_>,
    table: &Table,
    row: Uuid,
    values: Vec<(String, Stored)>,
) -> Result<(), ServiceError> {
    let layout = session.layout(&table.logical_name)?;
    let version = (VERSION.to_owned(), Stored::Integer(session.rows.next_version()));
    let stored = values.into_iter().filter(|(name, _)| layout.kind(name).is_some());
    let values: Vec<(String, Stored)> = std::iter::once(version).chain(stored).collect();
    let list: Vec<String> =
        values.iter().enumerate().map(|(n, (name, _))| format!("{} = ?{}", quoted(name), n + 2)).collect();
    let sql = format!(
        "UPDATE {} SET {} WHERE {} = ?1",
        quoted(&layout.name),
        list.join(", "),
        quoted(&key_of(&layout)?)
    );
    let row = Stored::Text(row.to_string());
    let parameters = std::iter::once(&row).chain(values.iter().map(|(_, value)| value));
    session.rows.connection.prepare_cached(&sql)?.execute(params_from_iter(parameters))?;
    Ok(())
}
