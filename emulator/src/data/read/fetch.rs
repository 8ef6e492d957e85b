//! Answers FetchXML queries and stored queries (views), which are FetchXML too.

use dvkit_diagnostic::limits::MAX_ROWS_WITHOUT_COOKIE;
use dvkit_query::QueryText;
use dvkit_query::hir::{Page, Query, Value};
use http::StatusCode;
use rusqlite::OptionalExtension as _;
use uuid::Uuid;

use super::super::cells::write_text;
use super::super::service_error::ServiceError;
use super::super::session::{Session, key_of};
use super::super::store::quoted;
use super::compiled::{CheckedQuery, checked};
use super::context;
use super::cookie::{self, Cookie};
use super::page;
use super::paging::{Position, top};
use super::render::{Renderer, member};
use super::request::ReadRequest;
use super::single::{limits, require_start};
use crate::response::HttpResponse;

/// The annotations of a page of FetchXML.
const COOKIE: &str = "Microsoft.Dynamics.CRM.fetchxmlpagingcookie";
const MORE: &str = "Microsoft.Dynamics.CRM.morerecords";

/// Answers a FetchXML query with the text `fetch`. `outer` is the request that contains it.
///
/// # Errors
/// Returns an error if the query does not select rows of the request's entity set, or if the emulator does not
/// support it.
pub(super) fn respond(
    session: &Session<'_>,
    request: &ReadRequest<'_>,
    outer: &Query,
    fetch: &str,
) -> Result<HttpResponse, ServiceError> {
    let (known, _) = checked(session, QueryText::FetchXml(fetch), Vec::new)?;
    let own;
    let checked = match combined(outer, &known.query, false)? {
        None => &*known,
        Some(query) => {
            own = CheckedQuery::once(query);
            &own
        }
    };
    let query = &checked.query;
    super::require_supported(query)?;
    if request.preferences.max_page_size.is_some() {
        session.choice("page size of FetchXML")?;
    }
    let (most, _) = limits(session, query)?;
    let limit = page::page_size(session, request, query)?.min(most);
    let size = query.page.size.map_or(limit, |size| u64::from(size).min(most));
    let size = top(query).map_or(size, |top| top.min(most));
    let number = u64::from(query.page.number.unwrap_or(1).max(1));
    let position = position(session, query, number, size)?;

    let renderer = Renderer::new(session, request).omitting_null();
    let page = page::rendered(session, request, checked, &renderer, position.as_ref(), size)?;
    if page.rows == 0 {
        require_start(session, query)?;
    }
    let mut body = b"{".to_vec();
    if !request.format.without_metadata {
        member(&mut body, 1, "@odata.context");
        write_text(&mut body, &context::of_fetch(session, query)?);
    }
    let total = query.page.total.then(|| page::total(session, query)).transpose()?;
    if let Some(total) = total.filter(|_| outer.page.total) {
        member(&mut body, 1, "@odata.count");
        body.extend_from_slice(total.rows.to_string().as_bytes());
    }
    page::annotate_total(session, request, &mut body, total);
    let more = page.more && top(query).is_none();
    // The documented requests prefer the annotation; in strict mode only they get it. The last page has no
    // cookie, so that clients stop.
    if more && (request.preferences.includes(COOKIE) || !session.shared.strict) {
        member(&mut body, 1, &format!("@{COOKIE}"));
        let cursor = checked.plan(session, false, None)?;
        let cursor = cursor.cursor.as_ref();
        write_text(&mut body, &cookie::annotation(session, query, cursor, number, &page)?);
    }
    if request.preferences.includes(MORE) {
        member(&mut body, 1, &format!("@{MORE}"));
        body.extend_from_slice(if more { b"true" } else { b"false" });
    }
    member(&mut body, 1, "value");
    body.push(b'[');
    body.extend_from_slice(&page.json);
    body.extend_from_slice(b"]}");
    Ok(request.response(body))
}

/// Returns the position of a page, from its cookie or else from its number.
///
/// # Errors
/// Returns an error if the page begins after more rows than the service skips without a cookie.
fn position(
    session: &Session<'_>,
    query: &Query,
    number: u64,
    size: u64,
) -> Result<Option<Position>, ServiceError> {
    if number == 1 {
        return Ok(None);
    }
    let given = query.page.cookie.as_deref();
    // A cookie of another page is ignored ("Page results using FetchXml").
    let given = given.and_then(Cookie::parse).filter(|cookie| cookie.page.saturating_add(1) == number);
    let bare = Query { page: Page::default(), ..query.clone() };
    if let (Some(cookie), Some(cursor)) = (&given, super::paging::Cursor::of(session, &bare)?)
        && let Some(values) = cookie.values(session, query, &cursor)?
    {
        return Ok(Some(Position::After(values)));
    }
    let skipped = (number - 1).saturating_mul(size);
    if given.is_none() && skipped > MAX_ROWS_WITHOUT_COOKIE.into() {
        return Err(ServiceError::new(
            StatusCode::BAD_REQUEST,
            "0x80041129",
            "Paging cookie is required when trying to retrieve a set of records on any high pages.",
        ));
    }
    Ok(Some(Position::Offset(skipped)))
}

/// Returns the query of a request that contains the FetchXML query `fetch`; `None` if it is `fetch` itself. The
/// path may lead to a collection of one row, and `$count=true` counts the rows. `is_view` says whether the
/// query is a stored one.
///
/// # Errors
/// Returns an error if the query selects rows of another table, or if the request has other options.
fn combined(outer: &Query, fetch: &Query, is_view: bool) -> Result<Option<Query>, ServiceError> {
    if outer.table != fetch.table {
        return Err(ServiceError::bad(format!(
            "The entity name '{}' in the FetchXML does not match the entity name '{}' of the request.",
            fetch.table, outer.table
        )));
    }
    let mut bare = Query {
        source: outer.source.clone(),
        opaque: outer.opaque.clone(),
        ..Query::rows(outer.table.clone(), dvkit_query::hir::Predicate::Constant(true))
    };
    bare.hints.clone_from(&outer.hints);
    bare.page.total = outer.page.total;
    bare.page.token.clone_from(&outer.page.token);
    if bare != *outer {
        let kind = if is_view { "a stored query" } else { "fetchXml" };
        return Err(ServiceError::not_emulated(format_args!("query options beside {kind}")));
    }
    if outer.source.key.is_none() && !outer.page.total {
        return Ok(None);
    }
    let mut query = fetch.clone();
    query.source.clone_from(&outer.source);
    query.page.total |= outer.page.total;
    Ok(Some(query))
}

/// Answers a request for the rows of a stored query. `view` is its id, and `table` the logical name of the table
/// that contains it (`savedquery` or `userquery`). Its pages have next links.
///
/// # Errors
/// Returns an error if there is no such query, or if it does not select rows of the request's entity set.
pub(super) fn view(
    session: &Session<'_>,
    request: &ReadRequest<'_>,
    outer: &Query,
    table: &'static str,
    view: &Value,
) -> Result<HttpResponse, ServiceError> {
    let Value::Guid(id) = view else { return Err(ServiceError::bad("The id of the query is not a guid.")) };
    let fetch = text_of_view(session, table, *id)?;
    let (known, _) = checked(session, QueryText::FetchXml(&fetch), Vec::new)?;
    let mut query = match combined(outer, &known.query, true)? {
        Some(query) => query,
        None => known.query.clone(),
    };
    super::require_supported(&query)?;
    // The number of a page that is in the stored text has no meaning for the rows of the view.
    query.page.number = None;
    query.page.cookie = None;
    let context = context::member(&context::of_fetch(session, &query)?);
    let renderer = Renderer::new(session, request).omitting_null();
    page::respond(session, request, &CheckedQuery::once(query), &renderer, &context)
}

/// Returns the FetchXML of a stored query.
fn text_of_view(session: &Session<'_>, table: &'static str, id: Uuid) -> Result<String, ServiceError> {
    let layout = session.layout(table)?;
    let missing = || ServiceError::no_row(table, &id.to_string());
    if layout.kind("fetchxml").is_none() {
        return Err(missing());
    }
    let sql = format!("SELECT fetchxml FROM {} WHERE {} = ?1", quoted(table), quoted(&key_of(&layout)?));
    let mut statement = session.rows.connection.prepare_cached(&sql)?;
    let text: Option<Option<String>> = statement.query_row([id.to_string()], |row| row.get(0)).optional()?;
    text.flatten().ok_or_else(missing)
}
