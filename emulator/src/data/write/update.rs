//! Changes rows, and creates those that an upsert does not find.

use std::collections::BTreeMap;

use dvkit_schema::{RequiredLevel, Table};
use http::StatusCode;
use rusqlite::params_from_iter;
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::super::files::images;
use super::super::preferences::{Conditions, etag};
use super::super::relate;
use super::super::service_error::ServiceError;
use super::super::session::{Session, key_of};
use super::super::store::{VERSION, quoted};
use super::body::{self, Operation, RelatedRow, check_target};
use super::create::{Preset, attachment, conflict, create_with, set_lookup_types};
use super::target::RowKey;
use super::{base_rows, delete, money, names, owner, rules, state};

/// Changes the row with this key, or creates it if there is none and the conditions allow it. Returns its id,
/// and whether it was created.
///
/// # Errors
/// Returns an error if a condition is not met, or if a value is refused.
pub(crate) fn upsert(
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
            update(session, table, id, &without_key(table, key, members))?;
            Ok((id, false))
        }
        _ if conditions.if_match.is_some() => Err(key.missing(table)),
        _ => {
            let preset: Preset<'_> = match key {
                RowKey::Id(_) => Vec::new(),
                RowKey::Alternate(values) => {
                    values.iter().map(|(name, value)| ((*name).to_owned(), value.clone(), None)).collect()
                }
            };
            let members = without_key(table, key, members);
            Ok((create_with(session, table, id, &members, preset, 0)?, true))
        }
    }
}

/// Returns the members of a body without the columns of the key in the URL, which decides their values.
/// <https://learn.microsoft.com/power-apps/developer/data-platform/use-upsert-insert-update-record>
fn without_key(table: &Table, key: &RowKey<'_>, members: &Map<String, Json>) -> Map<String, Json> {
    let mut members = members.clone();
    if let RowKey::Alternate(values) = key {
        for (name, _) in values {
            if let Some(column) = table.column(name) {
                members.remove(&*column.property_name());
            }
        }
        // The id of an upsert's target is that of the row.
        if let Some(id) = &table.primary_id {
            members.remove(id);
        }
    }
    members
}

/// Checks the condition `If-Match` against the version of a row.
///
/// # Errors
/// Returns an error with the status 412 if the row has another version.
pub(crate) fn check_version(conditions: &Conditions, version: i64) -> Result<(), ServiceError> {
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
pub(crate) fn update(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    members: &Map<String, Json>,
) -> Result<(), ServiceError> {
    let table = session.table(&table.logical_name)?;
    if base_rows::has_derived(session, table) {
        return Err(rules::unsupported("Update", table));
    }
    let (members, images) = images::take(table, members, false)?;
    let body = body::parse(session, table, &members, Operation::Update)?;
    if let Some((relationship, _)) = body.before.first() {
        return Err(deep(relationship));
    }
    update_values(session, table, id, body.values, &body.bound)?;
    images::apply(session, table, id, images)?;
    for (relationship, related) in body.after {
        // The parties of an activity are replaced as a whole.
        let are_parties = relationship.table == rules::PARTY;
        if are_parties {
            delete::remove_parties(session, id)?;
        }
        for row in related {
            match row {
                RelatedRow::Existing(target, target_id) => {
                    check_target(table, relationship, target)?;
                    relate::associate(session, table, id, relationship, target, target_id)?;
                }
                RelatedRow::New(members) if are_parties => {
                    relate::create_related(session, table, id, relationship, &members, 1)?;
                }
                RelatedRow::New(_) => return Err(deep(relationship)),
            }
        }
    }
    Ok(())
}

/// Returns the error of a row within the row that is changed, which only a new row can have.
fn deep(relationship: &dvkit_schema::Relationship) -> ServiceError {
    ServiceError::bad(format!(
        "Rows within a row can be created only together with it, and not by an update: navigation property '{}'.",
        relationship.navigation.as_deref().unwrap_or_default()
    ))
}

/// Changes values of the row `id` of `table`, which exists, and sets all the values that the service sets.
///
/// # Errors
/// Returns an error if a required value becomes null, if the values do not fit each other, or if another row
/// has the same alternate key.
pub(crate) fn update_values(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    mut values: BTreeMap<String, Stored>,
    bound: &BTreeMap<String, &Table>,
) -> Result<(), ServiceError> {
    let layout = session.layout(&table.logical_name)?;
    let key = key_of(&layout)?;
    if let Some(given) = values.remove(&key)
        && given != Stored::Text(id.to_string())
    {
        session.choice("primary key in an update")?;
        return Err(ServiceError::bad(format!("The id of a row cannot be changed: '{key}' is not {id}.")));
    }
    let cleared = table.columns.iter().find(|column| {
        column.required == Some(RequiredLevel::System)
            && values.get(&column.logical_name) == Some(&Stored::Null)
    });
    if let Some(column) = cleared {
        session.choice("required columns")?;
        return Err(rules::required(table, column));
    }
    state::on_update(session, table, id, &mut values)?;
    let new_owner = match values.get("ownerid") {
        Some(Stored::Text(owner)) => Uuid::parse_str(owner).ok(),
        _ => None,
    };
    let old_owner = match new_owner.and(table.column("ownerid")) {
        Some(_) => session.values(table, id, &["ownerid"])?.and_then(|mut values| values.pop()),
        None => None,
    };
    owner::on_update(session, &layout, &mut values)?;
    money::apply(session, table, Some(id), &mut values)?;
    names::compose(session, table, Some(id), &mut values)?;
    set_lookup_types(table, &mut values, bound);
    attachment(table, &mut values);
    write(session, table, id, values)?;
    match (old_owner, new_owner) {
        (Some(Stored::Text(old)), Some(new)) if old != new.to_string() => {
            relate::cascade_assign(session, table, id, &old, new)
        }
        _ => Ok(()),
    }
}

/// Writes values of the row `id` of `table` as they are, with a new version.
///
/// # Errors
/// Returns an error if another row has the same alternate key.
pub(crate) fn write(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    mut values: BTreeMap<String, Stored>,
) -> Result<(), ServiceError> {
    let layout = session.layout(&table.logical_name)?;
    let key = key_of(&layout)?;
    let version = session.rows.next_version();
    values.retain(|name, _| layout.kind(name).is_some());
    if layout.kind("versionnumber").is_some() {
        values.insert("versionnumber".to_owned(), Stored::Integer(version));
    }
    values.insert(VERSION.to_owned(), Stored::Integer(version));
    let set: Vec<String> =
        values.keys().enumerate().map(|(n, name)| format!("{} = ?{}", quoted(name), n + 2)).collect();
    let sql = format!("UPDATE {} SET {} WHERE {} = ?1", quoted(&layout.name), set.join(", "), quoted(&key));
    let own_id = Stored::Text(id.to_string());
    let parameters = std::iter::once(&own_id).chain(values.values());
    let mut statement = session.rows.connection.prepare_cached(&sql)?;
    statement.execute(params_from_iter(parameters)).map_err(|error| conflict(error, table))?;
    base_rows::sync(session, table, id)
}
