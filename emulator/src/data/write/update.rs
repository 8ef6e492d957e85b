//! Changes rows, and creates those that an upsert does not find.

use dvkit_schema::Table;
use http::StatusCode;
use rusqlite::params_from_iter;
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::super::files::images;
use super::super::preferences::{Conditions, etag};
use super::super::service_error::ServiceError;
use super::super::session::{Session, key_of};
use super::super::store::{VERSION, quoted};
use super::body;
use super::create::{conflict, create};
use super::target::RowKey;

/// Changes the row with this key, or creates it if there is none and the conditions allow it. Returns its id,
/// and whether it was created.
///
/// # Errors
/// Returns an error if a condition is not met, or if a value is refused.
pub(super) fn upsert(
    session: &Session<'_>,
    table: &Table,
    key: &RowKey<'_>,
    conditions: &Conditions,
    members: &Map<String, Json>,
) -> Result<(Uuid, bool), ServiceError> {
    let id = key.id(session, table)?;
    let version = match id {
        Some(id) => session.row_version(table, id)?,
        None => None,
    };
    match (version, id) {
        (Some(version), Some(id)) => {
            if conditions.if_none_match.as_deref() == Some("*") {
                return Err(ServiceError::new(
                    StatusCode::PRECONDITION_FAILED,
                    "0x80040237",
                    "A record with matching key values already exists.",
                ));
            }
            check_version(conditions, version)?;
            update(session, table, id, members)?;
            Ok((id, false))
        }
        _ if conditions.if_match.is_some() => Err(key.missing(table)),
        _ => {
            let mut members = members.clone();
            if let RowKey::Alternate(values) = key {
                for (column, value) in values {
                    let value = match value {
                        Stored::Integer(n) => Json::from(*n),
                        Stored::Real(d) => Json::from(*d),
                        Stored::Text(text) => Json::from(text.clone()),
                        _ => Json::Null,
                    };
                    members.insert((*column).to_owned(), value);
                }
            }
            Ok((create(session, table, id, &members)?, true))
        }
    }
}

/// Checks the condition `If-Match` against the version of a row.
///
/// # Errors
/// Returns an error with the status 412 if the row has another version.
pub(super) fn check_version(conditions: &Conditions, version: i64) -> Result<(), ServiceError> {
    match &conditions.if_match {
        Some(tag) if tag != "*" && *tag != etag(version) => Err(ServiceError::new(
            StatusCode::PRECONDITION_FAILED,
            "0x80060882",
            "The version of the existing record doesn't match the RowVersion property provided.",
        )),
        _ => Ok(()),
    }
}

/// Changes the row `id` of `table`, which exists.
///
/// # Errors
/// Returns an error if a value is refused.
pub(super) fn update(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    members: &Map<String, Json>,
) -> Result<(), ServiceError> {
    let table = session.table(&table.logical_name)?;
    let (members, images) = images::take(table, members, false)?;
    let body = body::parse(session, table, &members)?;
    let layout = session.layout(&table.logical_name)?;
    let key = key_of(&layout)?;
    let mut values = body.values;
    values.remove(&key);
    values.insert(VERSION.to_owned(), Stored::Integer(session.rows.next_version()));
    let set: Vec<String> =
        values.keys().enumerate().map(|(n, name)| format!("{} = ?{}", quoted(name), n + 2)).collect();
    let sql = format!("UPDATE {} SET {} WHERE {} = ?1", quoted(&layout.name), set.join(", "), quoted(&key));
    let row = Stored::Text(id.to_string());
    let parameters = std::iter::once(&row).chain(values.values());
    let mut statement = session.rows.connection.prepare_cached(&sql)?;
    statement.execute(params_from_iter(parameters)).map_err(|error| conflict(error, table))?;
    images::apply(session, table, id, images)
}
