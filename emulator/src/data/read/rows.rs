//! Runs checked queries, and answers with their rows.

use dvkit_diagnostic::limits::MAX_ROWS_PER_RESPONSE;
use dvkit_query::hir::{Key, Predicate, Query, ResultShape};
use http::header::{ETAG, HeaderValue};
use http::{HeaderMap, StatusCode};
use rusqlite::params_from_iter;

use dvkit_execute::sqlite::{SqlQuery, Statement};

use super::super::cells::{write_json, write_text};
use super::super::preferences::{Conditions, Preferences, etag};
use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::super::url::RowUrl;
use super::fields::RowFields;
use super::paging::{Cursor, PageToken, Position, cell, top};
use super::render::{Renderer, parameters};
use crate::response::HttpResponse;
use crate::web_api::ApiRequest;

/// Answers an OData query. `token` is its `$skiptoken`.
///
/// # Errors
/// Returns an error if the row does not exist, if the token is invalid, or if the emulator does not support
/// the query.
pub(super) fn respond(
    session: &Session<'_>,
    call: &ApiRequest,
    url: &RowUrl,
    preferences: &Preferences,
    query: &Query,
    token: Option<&str>,
) -> Result<HttpResponse, ServiceError> {
    match &query.result {
        ResultShape::Count => {
            let sql = session.sql(query)?;
            Ok(HttpResponse::new(StatusCode::OK, "text/plain", number(session, &sql.rows)?.to_string()))
        }
        ResultShape::Column(_, raw) => property(session, query, *raw),
        ResultShape::Rows | ResultShape::References if is_single(session, query)? => {
            single(session, call, url, preferences, query)
        }
        ResultShape::Rows | ResultShape::References => page(session, call, url, preferences, query, token),
    }
}

/// Returns whether the path of a query leads to at most one row.
fn is_single(session: &Session<'_>, query: &Query) -> Result<bool, ServiceError> {
    let Some(last) = query.source.steps.last() else { return Ok(query.source.key.is_some()) };
    if last.key.is_some() {
        return Ok(true);
    }
    let before = match query.source.steps.iter().rev().nth(1) {
        Some(step) => session.table(&step.table)?,
        None => session.table_of_set(&query.source.entity_set)?,
    };
    Ok(before.navigation(&last.navigation).is_some_and(dvkit_schema::Relationship::is_single))
}

/// Runs a statement that returns one number.
fn number(session: &Session<'_>, statement: &Statement) -> Result<i64, ServiceError> {
    let mut prepared = session.rows.connection.prepare_cached(&statement.text)?;
    Ok(prepared.query_row(params_from_iter(parameters(statement, None)?), |row| row.get(0))?)
}

/// Answers a request for one column of one row.
fn property(session: &Session<'_>, query: &Query, raw: bool) -> Result<HttpResponse, ServiceError> {
    let sql = session.sql(query)?;
    let mut prepared = session.rows.connection.prepare_cached(&sql.rows.text)?;
    let mut rows = prepared.query(params_from_iter(parameters(&sql.rows, None)?))?;
    let Some(row) = rows.next()? else { return Err(no_row(query)) };
    let value = row.get_ref(0)?;
    let kind = sql.rows.columns.first().map(|output| output.kind);
    let (false, Some(kind)) = (value == rusqlite::types::ValueRef::Null, kind) else {
        return Ok(HttpResponse::empty());
    };
    let mut json = Vec::new();
    write_json(&mut json, kind, value);
    if raw {
        let text: serde_json::Value = serde_json::from_slice(&json).unwrap_or_default();
        let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
        return Ok(HttpResponse::new(StatusCode::OK, "text/plain", text));
    }
    let mut body = b"{\"@odata.context\":".to_vec();
    write_text(&mut body, &format!("{}$metadata#{}", session.web_api(), property_context(session, query)?));
    body.extend_from_slice(b",\"value\":");
    body.extend_from_slice(&json);
    body.push(b'}');
    Ok(HttpResponse::odata(body))
}

/// Returns the fragment of the context URL for one property: `accounts(…)/name`.
fn property_context(session: &Session<'_>, query: &Query) -> Result<String, ServiceError> {
    let table = session.table(&query.table)?;
    let set = table.entity_set.as_deref().unwrap_or(&table.logical_name);
    let ResultShape::Column(column, _) = &query.result else { return Ok(set.to_owned()) };
    let property = table.column(&column.column).map(|c| c.property_name().into_owned());
    let key = match &query.source.key {
        Some(Key::Id(value)) if query.source.steps.is_empty() => dvkit_query::odata::value(value).to_string(),
        _ => String::new(),
    };
    Ok(format!("{set}({key})/{}", property.unwrap_or_else(|| column.column.clone())))
}

/// Returns the error of a row that a path leads to and that does not exist.
fn no_row(query: &Query) -> ServiceError {
    let id = match &query.source.key {
        Some(Key::Id(value)) => dvkit_query::odata::value(value).to_string(),
        Some(Key::Columns(columns)) => {
            let pairs =
                columns.iter().map(|(name, value)| format!("{name}={}", dvkit_query::odata::value(value)));
            return ServiceError::new(
                StatusCode::NOT_FOUND,
                super::super::service_error::ROW_NOT_FOUND,
                format!(
                    "A record with the specified key values does not exist in {} entity ({})",
                    query.table,
                    pairs.collect::<Vec<_>>().join(",")
                ),
            );
        }
        None => String::new(),
    };
    ServiceError::no_row(&query.table, &id)
}

/// Returns the context URL of a response with rows.
fn context(session: &Session<'_>, query: &Query, url: &RowUrl, single: bool) -> Result<String, ServiceError> {
    let table = session.table(&query.table)?;
    let set = table.entity_set.as_deref().unwrap_or(&table.logical_name);
    if query.result == ResultShape::References {
        let kind = if single { "$ref" } else { "Collection($ref)" };
        return Ok(format!("{}$metadata#{kind}", session.web_api()));
    }
    let mut shown: Vec<String> = Vec::new();
    if let Some(select) = url.option("$select") {
        shown.extend(select.split(',').map(|name| name.trim().to_owned()));
    }
    if let Some(expand) = url.option("$expand") {
        shown.extend(expansions(expand));
    }
    let shown = if shown.is_empty() { String::new() } else { format!("({})", shown.join(",")) };
    let entity = if single { "/$entity" } else { "" };
    Ok(format!("{}$metadata#{set}{shown}{entity}", session.web_api()))
}

/// Returns the expansions of `$expand` as a context URL shows them: `primarycontactid(fullname)`.
fn expansions(expand: &str) -> Vec<String> {
    let mut items = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in expand.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                items.extend(expand.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    items.extend(expand.get(start..));
    let shown = |item: &str| {
        let (name, options) = item.split_once('(').unwrap_or((item, ""));
        let select = options.split(';').find_map(|o| o.trim().strip_prefix("$select="));
        format!("{}({})", name.trim(), select.unwrap_or_default().trim_end_matches(')'))
    };
    items.into_iter().map(shown).collect()
}

/// Answers a request for one row.
fn single(
    session: &Session<'_>,
    call: &ApiRequest,
    url: &RowUrl,
    preferences: &Preferences,
    query: &Query,
) -> Result<HttpResponse, ServiceError> {
    let sql = session.sql(query)?;
    let mut fields = RowFields::of_query(session, query, &sql.rows, &[])?;
    fields.reference = query.result == ResultShape::References;
    let mut prepared = session.rows.connection.prepare_cached(&sql.rows.text)?;
    let mut rows = prepared.query(params_from_iter(parameters(&sql.rows, None)?))?;
    let Some(row) = rows.next()? else {
        return match query.source.steps.last() {
            // A lookup without a value leads to no row, which is not an error.
            Some(_) if exists(session, query)? => Ok(HttpResponse::empty()),
            _ => Err(no_row(query)),
        };
    };
    let version = fields.version.map(|index| row.get::<_, i64>(index)).transpose()?;
    let tag = version.map(etag);
    if let (Some(known), Some(tag)) = (Conditions::of(&call.headers).if_none_match, &tag)
        && (known == *tag || known == "*")
        && query.expand.is_empty()
    {
        return Ok(with_etag(
            HttpResponse { status: StatusCode::NOT_MODIFIED, ..HttpResponse::empty() },
            tag,
        ));
    }
    let mut body = Vec::new();
    let renderer = Renderer::new(session, preferences);
    let context = context(session, query, url, true)?;
    renderer.object(&mut body, &fields, &sql.rows, row, Some(&context))?;
    let response = applied(HttpResponse::odata(body), &call.headers);
    Ok(match tag {
        Some(tag) => with_etag(response, &tag),
        None => response,
    })
}

/// Returns whether the row at the beginning of a query's path exists.
fn exists(session: &Session<'_>, query: &Query) -> Result<bool, ServiceError> {
    let table = session.table_of_set(&query.source.entity_set)?;
    let mut start = Query::rows(table.logical_name.clone(), Predicate::Constant(true));
    start.source.entity_set.clone_from(&query.source.entity_set);
    start.source.key.clone_from(&query.source.key);
    start.result = ResultShape::Count;
    Ok(number(session, &session.sql(&start)?.rows)? > 0)
}

fn with_etag(response: HttpResponse, tag: &str) -> HttpResponse {
    match HeaderValue::from_str(tag) {
        Ok(tag) => response.with(ETAG.as_str(), tag),
        Err(_) => response,
    }
}

/// Adds the header that names the preferences which the response applies.
fn applied(response: HttpResponse, headers: &HeaderMap) -> HttpResponse {
    let names = ["odata.include-annotations", "odata.maxpagesize"];
    let given = headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok());
    let given = given.flat_map(|v| v.split(", ")).filter(|p| names.iter().any(|n| p.trim().starts_with(n)));
    match HeaderValue::from_str(&given.collect::<Vec<_>>().join(",")) {
        Ok(value) if !value.is_empty() => response.with("preference-applied", value),
        _ => response,
    }
}

/// The rows of one page, as JSON.
struct Rendered {
    /// The rows, separated by commas.
    json: Vec<u8>,
    rows: u64,
    /// The position of the next page; `None` on the last page.
    next: Option<Position>,
}

/// Renders at most `size` rows of a query. `cursor` says which columns position the next page.
fn rendered(
    session: &Session<'_>,
    preferences: &Preferences,
    fields: &RowFields<'_>,
    sql: &SqlQuery,
    size: u64,
    cursor: Option<&Cursor>,
) -> Result<Rendered, ServiceError> {
    let renderer = Renderer::new(session, preferences);
    let mut prepared = session.rows.connection.prepare_cached(&sql.rows.text)?;
    let mut rows = prepared.query(params_from_iter(parameters(&sql.rows, None)?))?;
    let mut page = Rendered { json: Vec::new(), rows: 0, next: None };
    let mut last = None;
    while let Some(row) = rows.next()? {
        if page.rows == size {
            page.next = Some(last.take().map_or(Position::Offset(page.rows), Position::After));
            break;
        }
        if page.rows > 0 {
            page.json.push(b',');
        }
        renderer.object(&mut page.json, fields, &sql.rows, row, None)?;
        page.rows += 1;
        if let (true, Some(cursor)) = (page.rows == size, cursor) {
            let value = |column: &str| {
                let index = sql.rows.columns.iter().position(|o| o.name.as_deref() == Some(column))?;
                Some(row.get_ref(index).map(cell))
            };
            let values = cursor.0.iter().map(|(column, _)| value(&column.column).transpose());
            let values = values.map(|v| v.map(Option::flatten)).collect::<Result<Vec<_>, _>>()?;
            last = Some(values);
        }
    }
    Ok(page)
}

/// Returns the number of rows of a page: what the client prefers, at most the service's limit.
fn page_size(session: &Session<'_>, preferences: &Preferences) -> u64 {
    let most = (session.shared.page_size as u64).min(MAX_ROWS_PER_RESPONSE.into());
    preferences.max_page_size.map_or(most, |size| u64::from(size).min(most))
}

/// Answers a request for a collection with one page of its rows.
fn page(
    session: &Session<'_>,
    call: &ApiRequest,
    url: &RowUrl,
    preferences: &Preferences,
    query: &Query,
    token: Option<&str>,
) -> Result<HttpResponse, ServiceError> {
    let token = token.map(PageToken::parse).transpose()?;
    let top = top(query);
    let seen = token.as_ref().map_or(0, |t| t.seen);
    let left = top.map_or(u64::MAX, |top| top.saturating_sub(seen));
    // `$top` makes one page, so that a page never ends before it (unless the service's limit does).
    let size = match top {
        Some(_) => left.min(MAX_ROWS_PER_RESPONSE.into()),
        None => page_size(session, preferences),
    };
    let mut paged = query.clone();
    paged.page.top = None;
    let total = paged.page.total;
    let cursor = Cursor::of(session, &paged)?;
    let hidden = cursor.as_ref().map(|c| c.select(&mut paged)).unwrap_or_default();
    let mut skipped = 0;
    match (token.as_ref().map(|t| &t.position), &cursor) {
        (Some(Position::After(values)), Some(cursor)) => {
            let after = cursor.after(session, &paged, values)?;
            paged.predicate = Predicate::and(vec![paged.predicate, after]);
            paged.page.total = false;
        }
        (Some(Position::After(_)), None) => {
            return Err(ServiceError::bad("The skiptoken does not belong to this request."));
        }
        (Some(Position::Offset(rows)), _) => skipped = *rows,
        (None, _) => {}
    }
    let mut sql = session.sql(&paged)?;
    let limit = i64::try_from(size.saturating_add(1)).unwrap_or(i64::MAX);
    sql.rows.set_page(limit, i64::try_from(skipped).unwrap_or(i64::MAX));
    let mut fields = RowFields::of_query(session, &paged, &sql.rows, &hidden)?;
    fields.reference = query.result == ResultShape::References;
    let page = rendered(session, preferences, &fields, &sql, size, cursor.as_ref())?;

    let mut body = b"{\"@odata.context\":".to_vec();
    write_text(&mut body, &context(session, query, url, false)?);
    if total {
        let mut all =
            Query { page: dvkit_query::hir::Page { total: true, ..Default::default() }, ..query.clone() };
        all.expand.clear();
        let count = match session.sql(&all)?.total {
            Some(statement) => number(session, &statement)?,
            None => 0,
        };
        body.extend_from_slice(format!(",\"@odata.count\":{count}").as_bytes());
    }
    body.extend_from_slice(b",\"value\":[");
    body.extend_from_slice(&page.json);
    body.push(b']');
    let ended = top.is_some_and(|_| page.rows >= left);
    if let Some(position) = page.next.filter(|_| !ended) {
        let position = match position {
            Position::Offset(rows) => Position::Offset(skipped + rows),
            after => after,
        };
        let next = PageToken {
            page: token.as_ref().map_or(2, |t| t.page.saturating_add(1)),
            seen: seen + page.rows,
            position,
        };
        let link = url.encoded_without(|name| name.eq_ignore_ascii_case("$skiptoken"));
        let separator = if link.contains('?') { '&' } else { '?' };
        body.extend_from_slice(b",\"@odata.nextLink\":");
        write_text(&mut body, &format!("{}{link}{separator}$skiptoken={}", session.web_api(), next.text()));
    }
    body.push(b'}');
    Ok(applied(HttpResponse::odata(body), &call.headers))
}

/// Answers a query with at most `rows` rows after the first `skipped` ones, in one page.
///
/// # Errors
/// Returns an error if the emulator does not support the query.
pub(super) fn limited(
    session: &Session<'_>,
    call: &ApiRequest,
    preferences: &Preferences,
    query: &Query,
    skipped: u64,
    rows: Option<u64>,
) -> Result<HttpResponse, ServiceError> {
    let mut sql = session.sql(query)?;
    let most = rows.map_or(MAX_ROWS_PER_RESPONSE.into(), |rows| rows.min(MAX_ROWS_PER_RESPONSE.into()));
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    sql.rows.set_page(number(most), number(skipped));
    let fields = RowFields::of_query(session, query, &sql.rows, &[])?;
    let page = rendered(session, preferences, &fields, &sql, u64::MAX, None)?;
    let mut body = b"{\"@odata.context\":".to_vec();
    write_text(&mut body, &context(session, query, &RowUrl::default(), false)?);
    body.extend_from_slice(b",\"value\":[");
    body.extend_from_slice(&page.json);
    body.extend_from_slice(b"]}");
    Ok(applied(HttpResponse::odata(body), &call.headers))
}

/// Answers a FetchXML query. `request` is the request that contains it.
///
/// # Errors
/// Returns an error if the query does not select rows of the request's entity set, or if the emulator does not
/// support it.
pub(super) fn fetch(
    session: &Session<'_>,
    call: &ApiRequest,
    preferences: &Preferences,
    request: &Query,
    query: &Query,
) -> Result<HttpResponse, ServiceError> {
    if request.table != query.table {
        return Err(ServiceError::bad(format!(
            "The entity name '{}' in the FetchXML does not match the entity name '{}' of the request.",
            query.table, request.table
        )));
    }
    let sql = session.sql(query)?;
    let fields = RowFields::of_query(session, query, &sql.rows, &[])?;
    let page = rendered(session, preferences, &fields, &sql, u64::MAX, None)?;
    let mut body = b"{\"@odata.context\":".to_vec();
    write_text(&mut body, &context(session, query, &RowUrl::default(), false)?);
    body.extend_from_slice(b",\"value\":[");
    body.extend_from_slice(&page.json);
    body.extend_from_slice(b"]}");
    Ok(applied(HttpResponse::odata(body), &call.headers))
}
