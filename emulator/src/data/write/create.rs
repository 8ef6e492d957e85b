//! Creates rows.

use dvkit_schema::Table;
use rusqlite::params_from_iter;
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::super::files::images;
use super::super::service_error::{INVALID_ARGUMENT, ServiceError};
use super::super::session::{Session, key_of};
use super::super::store::{VERSION, quoted};
use super::body;

/// Creates a row of `table`, and returns its id. The id is `id`, or that in `members`, or a new one.
///
/// # Errors
/// Returns an error if a value is refused, or if there is a row with the same key already.
pub(super) fn create(
    session: &Session<'_>,
    table: &Table,
    id: Option<Uuid>,
    members: &Map<String, Json>,
) -> Result<Uuid, ServiceError> {
    let table = session.table(&table.logical_name)?;
    let (members, images) = images::take(table, members, true)?;
    let body = body::parse(session, table, &members)?;
    let layout = session.layout(&table.logical_name)?;
    let key = key_of(&layout)?;
    let given = match body.values.get(&key) {
        Some(Stored::Text(text)) => Uuid::parse_str(text).ok(),
        _ => None,
    };
    let id = id.or(given).unwrap_or_else(Uuid::new_v4);
    let mut values = body.values;
    values.insert(key, Stored::Text(id.to_string()));
    let version = session.rows.next_version();
    values.insert(VERSION.to_owned(), Stored::Integer(version));
    let names: Vec<String> = values.keys().map(|name| quoted(name)).collect();
    let places: Vec<String> = (1..=names.len()).map(|n| format!("?{n}")).collect();
    let sql =
        format!("INSERT INTO {} ({}) VALUES ({})", quoted(&layout.name), names.join(", "), places.join(", "));
    let mut statement = session.rows.connection.prepare_cached(&sql)?;
    statement.execute(params_from_iter(values.values())).map_err(|error| conflict(error, table))?;
    images::apply(session, table, id, images)?;
    Ok(id)
}

/// Returns the service's error for a row whose key exists already, or the error of SQLite.
pub(super) fn conflict(error: rusqlite::Error, table: &Table) -> ServiceError {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    let code = error.sqlite_error().map(|e| e.extended_code);
    match code {
        Some(SQLITE_CONSTRAINT_PRIMARYKEY) => ServiceError::new(
            http::StatusCode::PRECONDITION_FAILED,
            "0x80040237",
            "Cannot insert duplicate key.",
        ),
        Some(SQLITE_CONSTRAINT_UNIQUE) => ServiceError::new(
            http::StatusCode::PRECONDITION_FAILED,
            "0x80060892",
            format!(
                "A record that has the attribute values of an alternate key of '{}' already exists. The entity key requires that this set of attributes contains unique values. Select unique values and try again.",
                table.logical_name
            ),
        ),
        Some(_) => ServiceError::new(http::StatusCode::BAD_REQUEST, INVALID_ARGUMENT, error.to_string()),
        None => error.into(),
    }
}
