//! The owner of rows, and the times and users of their creation and last change.

use std::collections::BTreeMap;

use dvkit_schema::{ColumnType, Table};
use http::StatusCode;
use rusqlite::types::Value as Stored;
use uuid::Uuid;

use super::super::service_error::ServiceError;
use super::super::session::Session;
use dvkit_execute::sqlite::{StorageClass, TableLayout};
use dvkit_query::hir::Value;
use jiff::Timestamp;

/// Returns the time of the request as a stored value, with whole seconds.
pub(crate) fn now(session: &Session<'_>) -> Stored {
    let time = Timestamp::from_second(session.context.now.as_second()).unwrap_or(session.context.now);
    let cell = StorageClass::DateTime.encode(&Value::DateTime(time));
    cell.map_or(Stored::Null, |cell| super::super::connection::stored(&cell))
}

/// Sets a value if the table stores the column.
fn set(layout: &TableLayout, values: &mut BTreeMap<String, Stored>, column: &str, value: Stored) {
    if layout.kind(column).is_some() {
        values.insert(column.to_owned(), value);
    }
}

/// Sets the owner of a row, the columns that follow from it, and the users and times of its creation.
///
/// A row without an owner is the caller's. A creation time that the request overrides is the row's, and the
/// time of the request becomes that of the migration.
/// <https://learn.microsoft.com/power-apps/developer/data-platform/special-update-operation-behavior>
///
/// # Errors
/// Returns an error if the owner is neither a user nor a team.
pub(crate) fn on_create(
    session: &Session<'_>,
    table: &Table,
    layout: &TableLayout,
    id: Uuid,
    values: &mut BTreeMap<String, Stored>,
) -> Result<(), ServiceError> {
    let user = Stored::Text(session.context.user.to_string());
    let now = now(session);
    let created = match values.get("overriddencreatedon") {
        Some(time @ Stored::Text(_)) => {
            let time = time.clone();
            set(layout, values, "overriddencreatedon", now.clone());
            time
        }
        _ => now.clone(),
    };
    set(layout, values, "createdon", created);
    set(layout, values, "modifiedon", now);
    set(layout, values, "createdby", user.clone());
    set(layout, values, "modifiedby", user.clone());
    // "Determine the actual user": the columns with the user who acted for the user of the request.
    set(layout, values, "createdonbehalfby", delegate(session));
    set(layout, values, "modifiedonbehalfby", delegate(session));
    let owner = table.column("ownerid");
    match owner.map(|column| &column.ty) {
        Some(ColumnType::Owner { .. }) => {
            if !matches!(values.get("ownerid"), Some(Stored::Text(_))) {
                values.insert("ownerid".to_owned(), user);
            }
            follow(session, layout, values)?;
        }
        // Users and teams are principals themselves.
        Some(ColumnType::Uniqueidentifier) if table.base.is_some() => {
            set(layout, values, "ownerid", Stored::Text(id.to_string()));
        }
        _ => {}
    }
    let is_team_or_user = matches!(table.logical_name.as_str(), "systemuser" | "team");
    if is_team_or_user && !values.contains_key("businessunitid") {
        let unit = session.context.business_unit.to_string();
        set(layout, values, "businessunitid", Stored::Text(unit));
    }
    if !values.contains_key("organizationid") {
        set(layout, values, "organizationid", Stored::Text(session.shared.identity.organisation_id()));
    }
    Ok(())
}

/// Returns the id of the caller who acts for another user, or null.
fn delegate(session: &Session<'_>) -> Stored {
    session.on_behalf_by.map_or(Stored::Null, |caller| Stored::Text(caller.to_string()))
}

/// Sets the user and the time of the last change, and the columns that follow from a new owner.
///
/// # Errors
/// Returns an error if the owner is neither a user nor a team.
pub(crate) fn on_update(
    session: &Session<'_>,
    layout: &TableLayout,
    values: &mut BTreeMap<String, Stored>,
) -> Result<(), ServiceError> {
    set(layout, values, "modifiedon", now(session));
    set(layout, values, "modifiedby", Stored::Text(session.context.user.to_string()));
    set(layout, values, "modifiedonbehalfby", delegate(session));
    if matches!(values.get("ownerid"), Some(Stored::Text(_))) {
        follow(session, layout, values)?;
    }
    Ok(())
}

/// Sets the columns that follow from the owner: the owning user or team, its type and its business unit.
fn follow(
    session: &Session<'_>,
    layout: &TableLayout,
    values: &mut BTreeMap<String, Stored>,
) -> Result<(), ServiceError> {
    let Some(Stored::Text(text)) = values.get("ownerid").cloned() else { return Ok(()) };
    let Ok(id) = Uuid::parse_str(&text) else { return Ok(()) };
    let own_unit = (id == session.context.user).then_some(session.context.business_unit);
    let unit_in = |name: &str| -> Result<Option<Stored>, ServiceError> {
        // The caller is a user, also if the snapshot has no users.
        if let (Some(unit), "systemuser") = (own_unit, name) {
            return Ok(Some(Stored::Text(unit.to_string())));
        }
        let Some(table) = session.store.table(name)? else { return Ok(None) };
        let own = session.layout(name)?;
        if own.kind("businessunitid").is_none() {
            return Ok(session.row_version(table, id)?.map(|_| Stored::Null));
        }
        Ok(session.values(table, id, &["businessunitid"])?.and_then(|mut values| values.pop()))
    };
    let (kind, unit) = match unit_in("systemuser")? {
        Some(unit) => ("systemuser", unit),
        None => match unit_in("team")? {
            Some(unit) => ("team", unit),
            None => {
                return Err(ServiceError::new(
                    StatusCode::BAD_REQUEST,
                    super::super::service_error::INVALID_ARGUMENT,
                    "The owner of a row has to be a user or a team.",
                ));
            }
        },
    };
    let when = |is: bool| if is { Stored::Text(text.clone()) } else { Stored::Null };
    set(layout, values, "owninguser", when(kind == "systemuser"));
    set(layout, values, "owningteam", when(kind == "team"));
    set(layout, values, "owningbusinessunit", unit);
    set(layout, values, "owneridtype", Stored::Text(kind.to_owned()));
    Ok(())
}
