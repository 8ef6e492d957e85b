//! Bulk messages: `CreateMultiple`, `UpdateMultiple`, `UpsertMultiple` and `DeleteMultiple` on the rows of one
//! table, and `BulkDelete`.
//!
//! Each message is one transaction: if a row is refused, nothing is kept.
//! <https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations>

use dvkit_diagnostic::limits::MAX_BATCH_REQUESTS;
use dvkit_schema::{Table, TableKind};
use http::{Method, StatusCode};
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::cells;
use super::preferences::Conditions;
use super::service_error::{INVALID_ARGUMENT, ServiceError};
use super::session::{Session, column_of};
use super::store::quoted;
use super::url::RowUrl;
use super::write::target::{self, RowKey, Target};
use super::write::{create, delete, object, rules, update};
use crate::request::ApiRequest;
use crate::response::HttpResponse;
use crate::state::WEB_API_ROOT;

/// The most rows in one message. The service has no limit of its own but on the size of messages and on time.
const MAX_TARGETS: usize = 100_000;

/// The most conditions, and the most values of one condition, in a query of `BulkDelete`.
const MAX_CONDITIONS: usize = 100;

/// The messages on a table.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Message {
    Create,
    Update,
    Upsert,
    Delete,
}

impl Message {
    fn parse(name: &str) -> Option<Self> {
        Some(match name.strip_prefix("Microsoft.Dynamics.CRM.")? {
            "CreateMultiple" => Self::Create,
            "UpdateMultiple" => Self::Update,
            "UpsertMultiple" => Self::Upsert,
            "DeleteMultiple" => Self::Delete,
            _ => return None,
        })
    }
}

/// Responds to a bulk message; `None` for any other request.
///
/// # Errors
/// Returns an error if the message is not valid, or if a row is refused.
pub(super) fn respond(
    session: &Session<'_>,
    call: &ApiRequest,
) -> Result<Option<HttpResponse>, ServiceError> {
    if call.method != Method::POST {
        return Ok(None);
    }
    let url = RowUrl::parse(&call.url);
    if matches!(url.path.as_str(), "BulkDelete" | "BulkDelete()") {
        return bulk_delete(session, &object(&call.body)?).map(Some);
    }
    let Some((set, name)) = url.path.split_once('/') else { return Ok(None) };
    let Some(message) = Message::parse(name.trim_end_matches("()")) else { return Ok(None) };
    let table = session.table_of_set(set)?;
    let mut body = object(&call.body)?;
    let Some(Json::Array(targets)) = body.remove("Targets") else {
        return Err(invalid("The parameter 'Targets' is required: an array of rows.".into()));
    };
    if let Some((other, _)) = body.iter().find(|(name, _)| !name.starts_with('@')) {
        return Err(invalid(format!("The parameter '{other}' is not a parameter of the action '{name}'.")));
    }
    if targets.is_empty() {
        return Err(ServiceError::new(
            StatusCode::BAD_REQUEST,
            INVALID_ARGUMENT,
            "The parameter 'Targets' does not contain any rows.",
        ));
    }
    if targets.len() > MAX_TARGETS {
        return Err(invalid(format!("The parameter 'Targets' contains more than {MAX_TARGETS} rows.")));
    }
    // Only elastic tables support this message.
    if message == Message::Delete && table.kind != Some(TableKind::Elastic) {
        return Err(rules::unsupported("DeleteMultiple", table));
    }
    let mut ids = Vec::with_capacity(targets.len());
    for target in targets {
        let members = checked(table, target)?;
        ids.push(apply(session, table, message, members)?);
    }
    Ok(Some(match message {
        Message::Create => HttpResponse::odata(
            json!({
                "@odata.context": format!("{}$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse", session.web_api()),
                "Ids": ids.iter().map(Uuid::to_string).collect::<Vec<_>>(),
            })
            .to_string(),
        ),
        // The documentation of `UpsertMultiple` says that its response is not returned.
        _ => HttpResponse::odata_empty(),
    }))
}

fn invalid(message: String) -> ServiceError {
    ServiceError::bad(format!("An error occurred while validating input parameters: {message}"))
}

/// Checks that an item of `Targets` is a row of the table with its type, and returns its members.
fn checked(table: &Table, target: Json) -> Result<Map<String, Json>, ServiceError> {
    let Json::Object(members) = target else {
        return Err(invalid("An item of 'Targets' is not an object.".into()));
    };
    let ty = members.get("@odata.type").and_then(Json::as_str).map(|ty| ty.trim_start_matches('#'));
    let expected = format!("Microsoft.Dynamics.CRM.{}", table.logical_name);
    match ty {
        Some(ty) if ty == expected => Ok(members),
        Some(ty) => Err(invalid(format!(
            "A resource with type '{ty}' was found, but it is not assignable to the expected type '{expected}'."
        ))),
        None => Err(invalid(format!(
            "An item of 'Targets' has no '@odata.type'. Add \"@odata.type\": \"{expected}\"."
        ))),
    }
}

/// Executes the message for one row, and returns its id.
fn apply(
    session: &Session<'_>,
    table: &Table,
    message: Message,
    mut members: Map<String, Json>,
) -> Result<Uuid, ServiceError> {
    if message == Message::Create {
        return create::create(session, table, None, &members);
    }
    let key = key(session, table, &mut members)?;
    let conditions = Conditions { if_match: None, if_none_match: None };
    match message {
        Message::Upsert => Ok(update::upsert(session, table, &key, &conditions, &members)?.0),
        Message::Delete => {
            let (id, _) = key.existing(session, table)?;
            delete::delete(session, table, &key, &conditions)?;
            Ok(id)
        }
        Message::Create | Message::Update => {
            let conditions = Conditions { if_match: Some("*".to_owned()), ..conditions };
            Ok(update::upsert(session, table, &key, &conditions, &members)?.0)
        }
    }
}

/// Returns the key of a row in a message: its `@odata.id`, or its primary key, or else the columns of an
/// alternate key.
fn key<'a>(
    session: &Session<'a>,
    table: &'a Table,
    members: &mut Map<String, Json>,
) -> Result<RowKey<'a>, ServiceError> {
    let primary = table.primary_id.as_deref().unwrap_or_default();
    if let Some(id) = members.get(primary).filter(|id| !id.is_null()) {
        let id = id.as_str().and_then(|id| Uuid::parse_str(id).ok());
        let id = id.ok_or_else(|| invalid(format!("The value of '{primary}' is not a guid.")))?;
        members.remove(primary);
        return Ok(RowKey::Id(id));
    }
    if let Some(reference) = members.get("@odata.id").and_then(Json::as_str) {
        let path = match reference.split_once(WEB_API_ROOT) {
            Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
            None => reference.trim_start_matches('/'),
        };
        let wrong = || {
            invalid(format!(
                "The '@odata.id' of a row of '{}' does not name a row of it.",
                table.logical_name
            ))
        };
        return match target::find(
            session,
            &RowUrl { path: odata_parser::url::decode_keeping_plus(path).text, options: Vec::new() },
        )? {
            Target::Row(found, key) if found.logical_name == table.logical_name => Ok(key),
            _ => Err(wrong()),
        };
    }
    for key in &table.keys {
        let values = key.columns.iter().map(|name| {
            let column = table.column(name)?;
            let value = members.get(&*column.property_name()).filter(|value| !value.is_null())?;
            Some((column.logical_name.as_str(), cells::parse(table, column, value).ok()?))
        });
        if let Some(values) = values.collect::<Option<Vec<(&str, Stored)>>>()
            && !values.is_empty()
        {
            return Ok(RowKey::Alternate(values));
        }
    }
    Err(ServiceError::new(
        StatusCode::BAD_REQUEST,
        INVALID_ARGUMENT,
        format!(
            "A row of '{}' has neither '{primary}' nor '@odata.id' nor the columns of a key.",
            table.logical_name
        ),
    ))
}

/// Deletes the rows that queries select. The service does this in the background; the emulator does it at
/// once, and returns the id of the finished job.
/// <https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/bulkdelete>
fn bulk_delete(session: &Session<'_>, body: &Map<String, Json>) -> Result<HttpResponse, ServiceError> {
    session.choice("bulk deletion at once")?;
    let Some(Json::Array(queries)) = body.get("QuerySet") else {
        return Err(invalid("The parameter 'QuerySet' is required: an array of queries.".into()));
    };
    for required in [
        "JobName",
        "SendEmailNotification",
        "ToRecipients",
        "CCRecipients",
        "RecurrencePattern",
        "StartDateTime",
    ] {
        if !body.contains_key(required) {
            return Err(invalid(format!("The parameter '{required}' is required.")));
        }
    }
    if body.get("RecurrencePattern").and_then(Json::as_str).is_some_and(|pattern| !pattern.is_empty()) {
        return Err(ServiceError::not_emulated("a bulk deletion that recurs"));
    }
    if queries.len() > MAX_CONDITIONS {
        return Err(invalid(format!("The parameter 'QuerySet' has more than {MAX_CONDITIONS} queries.")));
    }
    let mut deleted = 0_i64;
    for query in queries {
        deleted += delete_selected(session, query)?;
    }
    let job = Uuid::new_v4();
    record(session, body, job, deleted)?;
    Ok(HttpResponse::odata(
        json!({
            "@odata.context": format!("{}$metadata#Microsoft.Dynamics.CRM.BulkDeleteResponse", session.web_api()),
            "JobId": job.to_string(),
        })
        .to_string(),
    ))
}

/// Deletes the rows that a `QueryExpression` selects, and returns their number. A row that restricts its
/// deletion stays, as in a job of the service.
fn delete_selected(session: &Session<'_>, query: &Json) -> Result<i64, ServiceError> {
    let name = query.get("EntityName").and_then(Json::as_str).unwrap_or_default();
    let table = session.store.table(name)?.ok_or_else(|| {
        ServiceError::new(
            StatusCode::BAD_REQUEST,
            "0x80041102",
            format!("The entity with a name = '{name}' was not found in the MetadataCache."),
        )
    })?;
    for part in ["LinkEntities", "Orders"] {
        if query.get(part).and_then(Json::as_array).is_some_and(|items| !items.is_empty()) {
            return Err(ServiceError::not_emulated(format_args!("{part} in a query of BulkDelete")));
        }
    }
    let layout = session.layout(name)?;
    let mut values = Vec::new();
    let condition = match query.get("Criteria") {
        Some(Json::Object(filter)) => filter_sql(table, filter, &mut values, 0)?,
        _ => "1".to_owned(),
    };
    let key = super::session::key_of(&layout)?;
    let sql = format!("SELECT {} FROM {} WHERE {condition}", quoted(&key), quoted(&layout.name));
    let ids: Vec<String> = {
        let mut statement = session.rows.connection.prepare(&sql)?;
        let rows = statement.query_map(rusqlite::params_from_iter(values.iter()), |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let mut deleted = 0;
    for id in ids.iter().filter_map(|id| Uuid::parse_str(id).ok()) {
        // The row may have been deleted with another one.
        if session.row_version(table, id)?.is_none() {
            continue;
        }
        let none = Conditions { if_match: None, if_none_match: None };
        match delete::delete(session, table, &RowKey::Id(id), &none) {
            Ok(()) => deleted += 1,
            Err(error) if error.status == StatusCode::BAD_REQUEST => {}
            Err(error) => return Err(error),
        }
    }
    Ok(deleted)
}

/// Returns the SQL of a `FilterExpression`, and adds its values.
fn filter_sql(
    table: &Table,
    filter: &Map<String, Json>,
    values: &mut Vec<Stored>,
    depth: usize,
) -> Result<String, ServiceError> {
    let operator = match filter.get("FilterOperator") {
        Some(Json::String(operator)) if operator == "Or" => " OR ",
        Some(Json::Number(operator)) if operator.as_i64() == Some(1) => " OR ",
        _ => " AND ",
    };
    let items = |name: &str| filter.get(name).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    if depth > 8 || items("Conditions").len() + items("Filters").len() > MAX_CONDITIONS {
        return Err(invalid(format!(
            "A filter has more than {MAX_CONDITIONS} conditions, or too many levels."
        )));
    }
    let mut parts = Vec::new();
    for condition in items("Conditions") {
        parts.push(condition_sql(table, condition, values)?);
    }
    for inner in items("Filters").iter().filter_map(Json::as_object) {
        parts.push(filter_sql(table, inner, values, depth + 1)?);
    }
    Ok(match parts.is_empty() {
        true => "1".to_owned(),
        false => format!("({})", parts.join(operator)),
    })
}

fn condition_sql(table: &Table, condition: &Json, values: &mut Vec<Stored>) -> Result<String, ServiceError> {
    let name = condition.get("AttributeName").and_then(Json::as_str).unwrap_or_default();
    let column = match table.column(name) {
        Some(column) => column,
        None => column_of(table, name)?,
    };
    if dvkit_execute::sqlite::StorageClass::of(&column.ty).is_none() {
        return Err(ServiceError::not_emulated(format_args!("a condition on {name}")));
    }
    let given = condition.get("Values").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    if given.len() > MAX_BATCH_REQUESTS as usize * 100 {
        return Err(invalid("A condition has too many values.".into()));
    }
    let mut parsed = Vec::with_capacity(given.len());
    for value in given {
        // A value is an object with its type: `{"Value": "…", "Type": "System.Guid"}`.
        let value = value.get("Value").unwrap_or(value);
        let numeric = value.as_str().and_then(|text| text.parse::<serde_json::Number>().ok());
        let value = match (column.ty.edm(), numeric) {
            (Some(edm), Some(number)) if edm != dvkit_schema::Edm::String => Json::Number(number),
            _ => value.clone(),
        };
        parsed.push(cells::parse(table, column, &value)?);
    }
    let column = quoted(&column.logical_name);
    let operator = condition.get("Operator").and_then(Json::as_str).unwrap_or("Equal");
    let test = match (operator, parsed.len()) {
        ("Null", 0) => return Ok(format!("{column} IS NULL")),
        ("NotNull", 0) => return Ok(format!("{column} IS NOT NULL")),
        ("In", 1..) => {
            let places = vec!["?"; parsed.len()].join(", ");
            values.extend(parsed);
            return Ok(format!("{column} IN ({places})"));
        }
        ("Equal", 1) => "=",
        ("GreaterThan", 1) => ">",
        ("GreaterEqual", 1) => ">=",
        ("LessThan", 1) => "<",
        ("LessEqual", 1) => "<=",
        ("NotEqual", 1) => {
            values.extend(parsed);
            return Ok(format!("({column} IS NULL OR {column} <> ?)"));
        }
        _ => {
            return Err(ServiceError::not_emulated(format_args!(
                "the condition operator {operator} in BulkDelete"
            )));
        }
    };
    values.extend(parsed);
    Ok(format!("{column} {test} ?"))
}

/// Records the finished job as a row of the table of system jobs, if the organisation has that table.
fn record(
    session: &Session<'_>,
    body: &Map<String, Json>,
    job: Uuid,
    deleted: i64,
) -> Result<(), ServiceError> {
    let Some(table) = session.store.table("asyncoperation")? else { return Ok(()) };
    let mut values = std::collections::BTreeMap::new();
    let name = body.get("JobName").and_then(Json::as_str).unwrap_or_default();
    let rows = [
        ("name", Stored::Text(name.chars().take(256).collect())),
        // A bulk deletion that has succeeded.
        ("operationtype", Stored::Integer(13)),
        ("statecode", Stored::Integer(3)),
        ("statuscode", Stored::Integer(30)),
        ("message", Stored::Text(format!("{deleted} rows were deleted."))),
    ];
    let layout = session.layout("asyncoperation")?;
    for (column, value) in rows.into_iter().filter(|(column, _)| layout.kind(column).is_some()) {
        values.insert(column.to_owned(), value);
    }
    create::insert_values(session, table, job, values, &std::collections::BTreeMap::new())
}
