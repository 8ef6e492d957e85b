//! Parses the body of a request that writes a row.

use std::collections::BTreeMap;

use dvkit_schema::{Relationship, Table};
use http::StatusCode;
use odata_parser::ast::SegmentKind;
use odata_parser::{ParseOptions, RequestText, parse_request};
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::super::cells;
use super::super::service_error::{INVALID_REQUEST, ServiceError};
use super::super::session::Session;
use super::target::key;
use crate::state::WEB_API_ROOT;

/// The members of a row in a request's body.
#[derive(Clone, Debug, Default)]
pub(super) struct RowBody<'a> {
    /// The stored values of columns, by logical name.
    pub(super) values: BTreeMap<String, Stored>,
    /// The tables of the rows that lookups are bound to, by the lookup's logical name.
    pub(super) bound: BTreeMap<String, &'a Table>,
    /// The rows to create through a navigation property.
    pub(super) children: Vec<(&'a Relationship, Json)>,
}

/// Parses the members of a row of `table`.
///
/// # Errors
/// Returns an error if a member is not a property of the table, if its value does not fit, or if a row that a
/// lookup is bound to does not exist.
pub(super) fn parse<'a>(
    session: &Session<'a>,
    table: &'a Table,
    members: &Map<String, Json>,
) -> Result<RowBody<'a>, ServiceError> {
    let mut body = RowBody::default();
    for (name, value) in members {
        match name.split_once('@') {
            Some((navigation, "odata.bind")) => bind(session, table, navigation, value, &mut body)?,
            // Annotations of values and of the row do not change it.
            Some(_) => {}
            None => property(table, name, value, &mut body)?,
        }
    }
    Ok(body)
}

fn property<'a>(
    table: &'a Table,
    name: &str,
    value: &Json,
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
        body.values.insert(column.logical_name.clone(), cells::parse(table, column, value)?);
        return Ok(());
    }
    if let Some(relationship) = table.navigation(name) {
        if value.is_null() && relationship.is_single() {
            if let Some(column) = &relationship.column {
                body.values.insert(column.clone(), Stored::Null);
            }
            return Ok(());
        }
        body.children.push((relationship, value.clone()));
        return Ok(());
    }
    Err(ServiceError::bad(format!(
        "An error occurred while validating input parameters: Microsoft.OData.ODataException: The property '{name}' does not exist on type 'Microsoft.Dynamics.CRM.{}'. Make sure to only use property names that are defined by the type.",
        table.logical_name
    )))
}

/// Binds the lookup of a navigation property to the row that `value` names.
fn bind<'a>(
    session: &Session<'a>,
    table: &'a Table,
    navigation: &str,
    value: &Json,
    body: &mut RowBody<'a>,
) -> Result<(), ServiceError> {
    let relationship = table.navigation(navigation).ok_or_else(|| {
        ServiceError::bad(format!(
            "An undeclared property '{navigation}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values."
        ))
    })?;
    let (true, Some(column)) = (relationship.is_single(), &relationship.column) else {
        return Err(ServiceError::not_emulated(format_args!("{navigation}@odata.bind of a collection")));
    };
    if value.is_null() {
        body.values.insert(column.clone(), Stored::Null);
        return Ok(());
    }
    let text = value.as_str().unwrap_or_default();
    let (target, id) = reference(session, text)?;
    body.values.insert(column.clone(), Stored::Text(id.to_string()));
    body.bound.insert(column.clone(), target);
    Ok(())
}

/// Returns the table and the id of the row that a reference names: `/accounts(…)`, `accounts(…)`, or the whole
/// URL of a row.
///
/// # Errors
/// Returns an error if the reference is not valid, or if there is no such row.
pub(in crate::data) fn reference<'a>(session: &Session<'a>, text: &str) -> Result<(&'a Table, Uuid), ServiceError> {
    let invalid = || ServiceError::bad(format!("The reference '{text}' does not name a row."));
    let path = match text.split_once(WEB_API_ROOT) {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => text.trim_start_matches('/'),
    };
    let decoded = RequestText::new(path);
    let request = parse_request(&decoded, &ParseOptions::default()).map_err(|_| invalid())?;
    let kinds: Vec<_> = request.path.segments.iter().map(|s| &s.kind).collect();
    let (set, arguments) = match kinds.as_slice() {
        [SegmentKind::Call(call)] => (call.name, call.args.as_slice()),
        [SegmentKind::Name(set), SegmentKind::Key(arguments)] => (*set, arguments.as_slice()),
        _ => return Err(invalid()),
    };
    let table = session.table_of_set(set)?;
    let key = key(table, arguments)?;
    let id = key.id(session, table)?.ok_or_else(|| key.missing(table))?;
    if session.row_version(table, id)?.is_none() {
        return Err(key.missing(table));
    }
    Ok((table, id))
}
