//! Answers requests for one row, one property, or one number.

use dvkit_execute::sqlite::Statement;
use dvkit_query::hir::{Key, Predicate, Query, ResultShape};
use dvkit_schema::{Relationship, TableKind};
use http::StatusCode;
use http::header::{ETAG, HeaderValue};
use rusqlite::types::ValueRef;

use super::super::cells::{write_json, write_text};
use super::super::preferences::{Conditions, etag};
use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::compiled::CheckedQuery;
use super::context;
use super::render::{FORMATTED, Renderer, member, parameters, parameters_with};
use super::request::ReadRequest;
use crate::response::HttpResponse;

/// The memory in bytes that is reserved for a row before it is rendered; most rows are shorter.
const ROW_BYTES: usize = 1_024;
/// The service's code of a row that does not exist, for an alternate key.
const NO_ROW_WITH_KEY: &str = "0x80060891";

/// Returns whether the path of a query leads to at most one row.
///
/// # Errors
/// Returns an error if a table cannot be read.
pub(super) fn is_single(session: &Session<'_>, query: &Query) -> Result<bool, ServiceError> {
    let Some(last) = query.source.steps.last() else { return Ok(query.source.key.is_some()) };
    if last.key.is_some() {
        return Ok(true);
    }
    let before = match query.source.steps.iter().rev().nth(1) {
        Some(step) => session.table(&step.table)?,
        None => session.table_of_set(&query.source.entity_set)?,
    };
    Ok(before.navigation(&last.navigation).is_some_and(Relationship::is_single))
}

/// Runs a statement that returns one number.
///
/// # Errors
/// Returns an error if SQLite refuses the statement.
pub(super) fn number(session: &Session<'_>, statement: &Statement) -> Result<i64, ServiceError> {
    let mut prepared = session.rows.connection.prepare_cached(&statement.text)?;
    Ok(prepared.query_row(parameters(statement, None), |row| row.get(0))?)
}

/// Answers a request for the number of rows, which is at most 5,000 ("Count rows").
///
/// # Errors
/// Returns an error if the row that the path begins with does not exist.
pub(super) fn count(session: &Session<'_>, query: &Query) -> Result<HttpResponse, ServiceError> {
    let sql = session.sql(query)?;
    let number = number(session, &sql.rows)?;
    if number == 0 {
        require_start(session, query)?;
    }
    Ok(HttpResponse::new(StatusCode::OK, "text/plain", number.to_string())
        .with("odata-version", HeaderValue::from_static("4.0")))
}

/// Answers a request for one property of one row. `raw` says whether it is only the value (`/$value`).
///
/// # Errors
/// Returns an error if there is no such row.
pub(super) fn property(
    session: &Session<'_>,
    request: &ReadRequest<'_>,
    query: &Query,
    raw: bool,
) -> Result<HttpResponse, ServiceError> {
    let sql = session.sql(query)?;
    let mut prepared = session.rows.connection.prepare_cached(&sql.rows.text)?;
    let mut rows = prepared.query(parameters(&sql.rows, None))?;
    let Some(row) = rows.next()? else {
        require_start(session, query)?;
        return match query.source.steps.is_empty() {
            true => Err(no_row(query)),
            false => Ok(HttpResponse::odata_empty()),
        };
    };
    let value = row.get_ref(0)?;
    let kind = sql.rows.columns.first().map(|output| output.kind);
    let (false, Some(kind)) = (value == ValueRef::Null, kind) else {
        return Ok(HttpResponse::odata_empty());
    };
    let mut json = Vec::new();
    write_json(&mut json, kind, value);
    if raw {
        let text: serde_json::Value = serde_json::from_slice(&json).unwrap_or_default();
        let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
        return Ok(HttpResponse::new(StatusCode::OK, "text/plain", text)
            .with("odata-version", HeaderValue::from_static("4.0")));
    }
    let mut body = b"{".to_vec();
    if !request.format.without_metadata {
        member(&mut body, 1, "@odata.context");
        write_text(&mut body, &context::of_property(session, query)?);
    }
    member(&mut body, 1, "value");
    body.extend_from_slice(&json);
    body.push(b'}');
    Ok(request.response(body))
}

/// Answers a request for one row.
///
/// # Errors
/// Returns an error if there is no such row.
pub(super) fn row(
    session: &Session<'_>,
    request: &ReadRequest<'_>,
    checked: &CheckedQuery,
) -> Result<HttpResponse, ServiceError> {
    let query = &checked.query;
    let plan = checked.plan(session, request.preferences.includes(FORMATTED), request.id)?;
    let id = plan.bound_id(request.id);
    let mut prepared = session.rows.connection.prepare_cached(&plan.sql.rows.text)?;
    let mut rows = prepared.query(parameters_with(&plan.sql.rows, id.as_ref()))?;
    let Some(row) = rows.next()? else {
        return match query.source.steps.last() {
            // A lookup without a value leads to no row, which is not an error.
            Some(last) if last.key.is_none() => {
                require_start(session, query)?;
                Ok(HttpResponse::odata_empty())
            }
            _ => Err(no_row(&checked.query_for(request.id))),
        };
    };
    let version = plan.fields.version.map(|index| row.get::<_, i64>(index)).transpose()?;
    let tag = version.map(etag);
    // "Perform conditional operations": a row that expands others is returned in any case.
    if let (Some(known), Some(tag)) = (Conditions::of(&request.call.headers).if_none_match, &tag)
        && (known == *tag || known == "*")
        && query.expand.is_empty()
    {
        let unchanged = HttpResponse { status: StatusCode::NOT_MODIFIED, ..HttpResponse::odata_empty() };
        return Ok(with_etag(unchanged, tag));
    }
    let mut body = Vec::with_capacity(ROW_BYTES);
    let context = checked.context(session, request.url, true)?;
    Renderer::new(session, request).object(&mut body, &plan.fields, &plan.sql.rows, row, Some(context))?;
    let response = request.response(body);
    Ok(match tag {
        Some(tag) => with_etag(response, &tag),
        None => response,
    })
}

fn with_etag(response: HttpResponse, tag: &str) -> HttpResponse {
    let mut response = response;
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers.insert(ETAG, tag);
    }
    response
}

/// Checks that the row at the beginning of a query's path exists. A path that begins with all rows is fine.
///
/// # Errors
/// Returns an error with the status 404 if there is no such row.
pub(super) fn require_start(session: &Session<'_>, query: &Query) -> Result<(), ServiceError> {
    if query.source.key.is_none() {
        return Ok(());
    }
    let table = session.table_of_set(&query.source.entity_set)?;
    let mut start = Query::rows(table.logical_name.clone(), Predicate::Constant(true));
    start.source.entity_set.clone_from(&query.source.entity_set);
    start.source.key.clone_from(&query.source.key);
    start.result = ResultShape::Count;
    match number(session, &session.sql(&start)?.rows)? {
        0 => Err(no_row(&start)),
        _ => Ok(()),
    }
}

/// Returns the error of a row that a path leads to and that does not exist.
fn no_row(query: &Query) -> ServiceError {
    let key = query.source.steps.last().map_or(&query.source.key, |step| &step.key);
    match key {
        Some(Key::Id(value)) => {
            ServiceError::no_row(&query.table, &dvkit_query::odata::value(value).to_string())
        }
        Some(Key::Columns(_)) => ServiceError::new(
            StatusCode::NOT_FOUND,
            NO_ROW_WITH_KEY,
            format!("A record with the specified key values does not exist in {} entity", query.table),
        ),
        None => ServiceError::no_row(&query.table, ""),
    }
}

/// Returns the most rows that a response or a count has for the rows of this query: elastic tables have lower
/// limits.
///
/// # Errors
/// Returns an error if the table cannot be read.
pub(super) fn limits(session: &Session<'_>, query: &Query) -> Result<(u64, u64), ServiceError> {
    use dvkit_diagnostic::limits::{
        MAX_COUNTED_ELASTIC_ROWS, MAX_COUNTED_ROWS, MAX_ELASTIC_ROWS_PER_RESPONSE, MAX_ROWS_PER_RESPONSE,
    };
    let (rows, counted) = match session.table(&query.table)?.kind {
        Some(TableKind::Elastic) => (MAX_ELASTIC_ROWS_PER_RESPONSE, MAX_COUNTED_ELASTIC_ROWS),
        _ => (MAX_ROWS_PER_RESPONSE, MAX_COUNTED_ROWS),
    };
    Ok((rows.into(), counted.into()))
}
