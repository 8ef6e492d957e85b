//! Parses the body of a request that writes a row.

use std::collections::BTreeMap;

use dvkit_schema::{Column, ColumnType, Relationship, SourceType, Table};
use http::StatusCode;
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::super::cells::{self, wrong_payload};
use super::super::service_error::{INVALID_REQUEST, ServiceError};
use super::super::session::Session;
use super::rules;
use super::target::reference;

/// The kind of write that a body is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// The body is the row to create.
    Create,
    /// The body has the changes of a row.
    Update,
}

/// A row at the other end of a collection: a new one, or one that exists.
#[derive(Clone, Debug)]
pub(crate) enum RelatedRow<'a> {
    /// The members of a row to create.
    New(Map<String, Json>),
    /// A row that exists.
    Existing(&'a Table, Uuid),
}

/// The members of a row in a request's body.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowBody<'a> {
    /// The stored values of columns, by logical name.
    pub(crate) values: BTreeMap<String, Stored>,
    /// The tables of the rows that lookups are bound to, by the lookup's logical name.
    pub(crate) bound: BTreeMap<String, &'a Table>,
    /// The rows to create before this one, which its lookups then point to.
    pub(crate) before: Vec<(&'a Relationship, Map<String, Json>)>,
    /// The rows to create or to associate after this one.
    pub(crate) after: Vec<(&'a Relationship, Vec<RelatedRow<'a>>)>,
}

/// Parses the members of a row of `table`.
///
/// # Errors
/// Returns an error if a member is not a property of the table, if its value breaks a rule of the column, or
/// if a row that a lookup is bound to does not exist.
pub(crate) fn parse<'a>(
    session: &Session<'a>,
    table: &'a Table,
    members: &Map<String, Json>,
    operation: Operation,
) -> Result<RowBody<'a>, ServiceError> {
    let mut body = RowBody::default();
    for (name, value) in members {
        match name.split_once('@') {
            Some((navigation, "odata.bind")) => bind(session, table, navigation, value, &mut body)?,
            Some(("", "odata.type")) => check_type(table, value)?,
            // Other annotations of values and of the row do not change it.
            Some(_) => {}
            None => property(session, table, name, value, operation, &mut body)?,
        }
    }
    Ok(body)
}

/// Checks that the type which a body names is that of the table: `#Microsoft.Dynamics.CRM.account`.
fn check_type(table: &Table, value: &Json) -> Result<(), ServiceError> {
    let given = value.as_str().unwrap_or_default();
    let given = given.trim_start_matches('#');
    let name = given.strip_prefix("Microsoft.Dynamics.CRM.").or_else(|| given.strip_prefix("mscrm."));
    if name == Some(table.logical_name.as_str()) {
        return Ok(());
    }
    Err(wrong_payload(
        table,
        &format!(
            "A resource with type '{given}' was found, but it is not assignable to the expected type 'Microsoft.Dynamics.CRM.{}'.",
            table.logical_name
        ),
    ))
}

/// Returns whether the service takes the value of a column from a request. It does not take values of columns
/// that are not valid for the operation, nor of calculated columns and rollups.
fn is_writable(table: &Table, column: &Column, operation: Operation) -> bool {
    // Parties are written only as a part of their activity, for which the metadata does not speak.
    if table.logical_name == rules::PARTY {
        return column.logical_name != "versionnumber";
    }
    let valid = match operation {
        Operation::Create => column.valid_for_create,
        Operation::Update => column.valid_for_update,
    };
    // A row is always created in its first state.
    let is_first_state = operation == Operation::Create && matches!(column.ty, ColumnType::State { .. });
    let is_stored = matches!(column.source, None | Some(SourceType::Simple));
    valid.unwrap_or(true) && is_stored && !is_first_state
}

fn property<'a>(
    session: &Session<'a>,
    table: &'a Table,
    name: &str,
    value: &Json,
    operation: Operation,
    body: &mut RowBody<'a>,
) -> Result<(), ServiceError> {
    if let Some(column) = table.property(name) {
        if column.ty.is_lookup() {
            return Err(ServiceError::new(
                StatusCode::BAD_REQUEST,
                INVALID_REQUEST,
                "CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.",
            ));
        }
        let stored = cells::parse(table, column, value)?;
        if Some(&column.logical_name) == table.primary_id.as_ref() {
            body.values.insert(column.logical_name.clone(), stored);
        } else if is_writable(table, column, operation) {
            let stored = rules::accepted(session, table, column, stored)?;
            body.values.insert(column.logical_name.clone(), stored);
        } else {
            session.choice("read-only columns")?;
        }
        return Ok(());
    }
    let Some(relationship) = table.navigation(name) else {
        // The words of the page "Troubleshoot Dataverse Web API client errors".
        return Err(ServiceError::new(
            StatusCode::BAD_REQUEST,
            "0x0",
            format!(
                "An error occurred while validating input parameters: Microsoft.Crm.CrmException: Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.{}'. ---> Microsoft.OData.ODataException: Does not support untyped value in non-open type.",
                table.logical_name
            ),
        ));
    };
    match value {
        Json::Null if relationship.is_single() => clear(relationship, body),
        Json::Object(members) if relationship.is_single() => {
            match members.get("@odata.id").and_then(Json::as_str) {
                Some(existing) if members.len() == 1 => point(session, table, relationship, existing, body)?,
                _ => body.before.push((relationship, members.clone())),
            }
        }
        Json::Array(items) if !relationship.is_single() => {
            let related = items.iter().map(|item| match item {
                Json::Object(members) => match members.get("@odata.id").and_then(Json::as_str) {
                    Some(existing) if members.len() == 1 => {
                        reference(session, existing).map(|(table, id)| RelatedRow::Existing(table, id))
                    }
                    _ => Ok(RelatedRow::New(members.clone())),
                },
                _ => Err(wrong_value(table, name)),
            });
            body.after.push((relationship, related.collect::<Result<_, _>>()?));
        }
        _ => return Err(wrong_value(table, name)),
    }
    Ok(())
}

/// Returns the error of a navigation property whose value is neither a row nor a list of rows.
fn wrong_value(table: &Table, navigation: &str) -> ServiceError {
    let inner = format!(
        "The value of the navigation property '{navigation}' is not valid: a lookup takes an object or null, a collection takes an array of objects."
    );
    wrong_payload(table, &inner)
}

/// Clears the lookup of a navigation property.
fn clear(relationship: &Relationship, body: &mut RowBody<'_>) {
    if let Some(column) = &relationship.column {
        body.values.insert(column.clone(), Stored::Null);
    }
}

/// Binds the lookup of a navigation property, or a collection, to the rows that `value` names.
fn bind<'a>(
    session: &Session<'a>,
    table: &'a Table,
    navigation: &str,
    value: &Json,
    body: &mut RowBody<'a>,
) -> Result<(), ServiceError> {
    let relationship = table.navigation(navigation).ok_or_else(|| {
        wrong_payload(
            table,
            &format!(
                "An undeclared property '{navigation}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values."
            ),
        )
    })?;
    match value {
        Json::Null if relationship.is_single() => clear(relationship, body),
        Json::String(text) if relationship.is_single() => point(session, table, relationship, text, body)?,
        Json::Array(items) if !relationship.is_single() => {
            let related = items.iter().map(|item| {
                let text = item.as_str().ok_or_else(|| wrong_value(table, navigation))?;
                let (table, id) = reference(session, text)?;
                Ok(RelatedRow::Existing(table, id))
            });
            body.after.push((relationship, related.collect::<Result<_, ServiceError>>()?));
        }
        _ => return Err(wrong_value(table, navigation)),
    }
    Ok(())
}

/// Lets the lookup of a navigation property point to the row that `text` names.
fn point<'a>(
    session: &Session<'a>,
    table: &'a Table,
    relationship: &'a Relationship,
    text: &str,
    body: &mut RowBody<'a>,
) -> Result<(), ServiceError> {
    let (target, id) = reference(session, text)?;
    check_target(table, relationship, target)?;
    if let Some(column) = &relationship.column {
        body.values.insert(column.clone(), Stored::Text(id.to_string()));
        body.bound.insert(column.clone(), target);
    }
    Ok(())
}

/// Checks that a navigation property can lead to a row of `target`.
///
/// # Errors
/// Returns an error with the status 400 if it leads to rows of another table.
pub(crate) fn check_target(
    table: &Table,
    relationship: &Relationship,
    target: &Table,
) -> Result<(), ServiceError> {
    let expected = relationship.table.as_str();
    // The owner is a principal in the type system, and a user or a team in rows.
    if target.logical_name == expected || target.base.as_deref() == Some(expected) || expected == "owner" {
        return Ok(());
    }
    Err(wrong_payload(
        table,
        &format!(
            "A resource with type 'Microsoft.Dynamics.CRM.{}' was found, but it is not assignable to the expected type 'Microsoft.Dynamics.CRM.{expected}' of the navigation property '{}'.",
            target.logical_name,
            relationship.navigation.as_deref().unwrap_or_default()
        ),
    ))
}
