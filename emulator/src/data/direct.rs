//! Inserts and deletes rows without the rules of the Web API, for tests and for large seeds.

use dvkit_execute::interpreter::Row;
use rusqlite::params_from_iter;
use rusqlite::types::Value as Stored;

use super::connection::stored;
use super::service_error::ServiceError;
use super::store::{RowStoreError, VERSION, insert_sql, quoted};
use crate::state::ServerState;

/// Inserts rows with these values into a table, as they are.
///
/// # Errors
/// Returns an error if the organisation does not have the table or a column, if a value does not fit its
/// column, or if a key exists already. No row is inserted then.
pub(crate) fn insert_rows(
    shared: &ServerState,
    table: &str,
    rows: impl IntoIterator<Item = Row>,
) -> Result<(), RowStoreError> {
    let state = shared.organisation.now();
    let store = shared.rows.lock();
    let insert = || -> Result<(), ServiceError> {
        let layout = store.layout(state.store(), state.number, table)?;
        let layout = layout.ok_or_else(|| ServiceError::bad(format!("there is no table {table}")))?;
        let columns = layout.columns.iter().map(|(name, _)| name.as_str()).chain([VERSION]);
        let sql = insert_sql("INSERT", &layout.name, columns);
        let mut statement = store.connection.prepare(&sql)?;
        for row in rows {
            if let Some(unknown) = row.keys().find(|name| layout.kind(name).is_none()) {
                return Err(ServiceError::bad(format!("{table}.{unknown} is not stored")));
            }
            let mut cells = Vec::with_capacity(layout.columns.len() + 1);
            for (name, kind) in &layout.columns {
                cells.push(match row.get(name) {
                    None => Stored::Null,
                    Some(value) => kind.encode(value).map(|cell| stored(&cell)).ok_or_else(|| {
                        ServiceError::bad(format!("{table}.{name} cannot have the value {value:?}"))
                    })?,
                });
            }
            cells.push(Stored::Integer(store.next_version()));
            statement.execute(params_from_iter(cells))?;
        }
        Ok(())
    };
    store.transaction(insert).map_err(|error| RowStoreError::Invalid(error.message))
}

/// Deletes all rows of a table.
///
/// # Errors
/// Returns an error if the organisation does not have the table.
pub(crate) fn clear_rows(shared: &ServerState, table: &str) -> Result<(), RowStoreError> {
    let state = shared.organisation.now();
    let store = shared.rows.lock();
    let layout = store.layout(state.store(), state.number, table);
    let layout = layout.map_err(|error| RowStoreError::Invalid(error.message))?;
    let layout = layout.ok_or_else(|| RowStoreError::Invalid(format!("there is no table {table}")))?;
    store.connection.execute(&format!("DELETE FROM {}", quoted(&layout.name)), [])?;
    Ok(())
}
