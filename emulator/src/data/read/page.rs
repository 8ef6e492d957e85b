//! Answers requests for collections with one page of their rows.

use dvkit_diagnostic::limits::MAX_AGGREGATED_ROWS;
use dvkit_execute::sqlite::Statement;
use dvkit_query::hir::{Columns, Predicate, Query, QueryHint};
use http::StatusCode;

use super::super::cells::write_text;
use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::compiled::{CheckedQuery, Plan};
use super::paging::{Cell, PageToken, Position, cell, top};
use super::render::{FORMATTED, Renderer, member, parameters};
use super::request::ReadRequest;
use super::single::{limits, require_start};
use crate::response::HttpResponse;

/// The annotations of a result with the number of all rows.
const TOTAL: &str = "Microsoft.Dynamics.CRM.totalrecordcount";
const TOTAL_EXCEEDED: &str = "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded";
const METADATA_VERSION: &str = "Microsoft.Dynamics.CRM.globalmetadataversion";

/// The rows of one page, as JSON.
pub(super) struct RenderedPage {
    /// The rows, separated by commas.
    pub(super) json: Vec<u8>,
    pub(super) rows: u64,
    /// Whether rows follow after this page.
    pub(super) more: bool,
    /// The values of the cursor in the first and the last row; empty without a cursor or without rows.
    pub(super) first: Vec<Option<Cell>>,
    pub(super) last: Vec<Option<Cell>>,
}

/// The longest text of the values that a token or a cookie contains, in bytes. URLs have a limit; a page after
/// longer values is found by the number of rows before it.
pub(super) const MAX_VALUES_BYTES: usize = 4_096;

/// Returns the position of the page after `page`. `seen` is the number of rows up to the end of `page`.
fn next_position(page: RenderedPage, seen: u64) -> Position {
    let text = |cell: &Option<Cell>| match cell {
        Some(Cell::Text(text)) => text.len(),
        _ => 0,
    };
    match page.last.is_empty() || page.last.iter().map(text).sum::<usize>() > MAX_VALUES_BYTES {
        true => Position::Offset(seen),
        false => Position::After(page.last),
    }
}

/// Renders at most `size` rows of a query from `position` on; `None` for the first page.
///
/// # Errors
/// Returns an error if the position does not belong to the query, or if SQL cannot express the query.
pub(super) fn rendered<'a>(
    session: &Session<'a>,
    request: &ReadRequest<'_>,
    checked: &CheckedQuery,
    renderer: &Renderer<'_, 'a>,
    position: Option<&Position>,
    size: u64,
) -> Result<RenderedPage, ServiceError> {
    let plan = checked.plan(session, request.preferences.includes(FORMATTED), None)?;
    require_few_aggregated(session, &checked.query)?;
    let mut skipped = 0;
    let mut statement = match position {
        None => plan.sql.rows.clone(),
        Some(Position::Offset(rows)) => {
            skipped = *rows;
            plan.sql.rows.clone()
        }
        Some(Position::After(values)) => after(session, &plan, values)?,
    };
    let limit = i64::try_from(size.saturating_add(1)).unwrap_or(i64::MAX);
    debug_assert_eq!(statement.columns, plan.sql.rows.columns, "all pages have the same columns");
    statement.set_page(limit, i64::try_from(skipped).unwrap_or(i64::MAX));
    let indexes = plan.cursor.as_ref().and_then(|cursor| cursor.indexes(&statement)).unwrap_or_default();

    let mut prepared = session.rows.connection.prepare_cached(&statement.text)?;
    let mut rows = prepared.query(parameters(&statement, None))?;
    let mut page =
        RenderedPage { json: Vec::new(), rows: 0, more: false, first: Vec::new(), last: Vec::new() };
    while let Some(row) = rows.next()? {
        if page.rows == size {
            page.more = true;
            break;
        }
        if page.rows > 0 {
            page.json.push(b',');
        }
        renderer.object(&mut page.json, &plan.fields, &statement, row, None)?;
        page.rows += 1;
        let values =
            || indexes.iter().map(|index| row.get_ref(*index).map(cell)).collect::<Result<Vec<_>, _>>();
        if page.rows == 1 {
            page.first = values()?;
        }
        if page.rows == size {
            page.last = values()?;
        }
    }
    Ok(page)
}

/// Returns the SQL for the rows after the row with these values.
fn after(session: &Session<'_>, plan: &Plan, values: &[Option<Cell>]) -> Result<Statement, ServiceError> {
    let Some(cursor) = &plan.cursor else {
        return Err(ServiceError::bad("The skiptoken does not belong to this request."));
    };
    let after = cursor.after(session, &plan.query, values)?;
    let mut query = plan.query.clone();
    query.predicate = Predicate::and(vec![query.predicate, after]);
    Ok(session.sql(&query)?.rows)
}

/// Returns the number of rows of a query, at most `most`.
///
/// # Errors
/// Returns an error if SQL cannot express the query.
pub(super) fn count_up_to(session: &Session<'_>, query: &Query, most: u64) -> Result<u64, ServiceError> {
    let mut all = Query { page: dvkit_query::hir::Page::default(), ..query.clone() };
    all.expand.clear();
    if all.grouping.is_none() && !all.distinct {
        all.columns = Columns::Listed(Vec::new());
        all.aliases.clear();
        all.order.clear();
    }
    let mut statement = session.sql(&all)?.rows;
    statement.set_page(i64::try_from(most).unwrap_or(i64::MAX), 0);
    let text = format!("SELECT count(*) FROM ({})", statement.text);
    let mut prepared = session.rows.connection.prepare_cached(&text)?;
    let count: i64 = prepared.query_row(parameters(&statement, None), |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Checks that a query with groups does not aggregate more rows than the service allows ("Aggregate data").
fn require_few_aggregated(session: &Session<'_>, query: &Query) -> Result<(), ServiceError> {
    if query.grouping.is_none() {
        return Ok(());
    }
    let own = query.hints.iter().find_map(|hint| match hint {
        QueryHint::AggregateLimit(most) => Some(*most),
        _ => None,
    });
    let most = u64::from(own.unwrap_or(MAX_AGGREGATED_ROWS).min(MAX_AGGREGATED_ROWS));
    let rows = Query { grouping: None, order: Vec::new(), ..query.clone() };
    if count_up_to(session, &rows, most + 1)? <= most {
        return Ok(());
    }
    Err(ServiceError::new(
        StatusCode::BAD_REQUEST,
        "0x8004e023",
        "AggregateQueryRecordLimit exceeded. Cannot perform this operation.",
    ))
}

/// The number of all rows of a result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Total {
    /// The number, up to the service's limit.
    pub(super) rows: u64,
    /// Whether there are more.
    pub(super) exceeded: bool,
}

/// Counts all rows of a query up to the service's limit.
///
/// # Errors
/// Returns an error if SQL cannot express the query.
pub(super) fn total(session: &Session<'_>, query: &Query) -> Result<Total, ServiceError> {
    let (_, most) = limits(session, query)?;
    let rows = count_up_to(session, query, most + 1)?;
    Ok(Total { rows: rows.min(most), exceeded: rows > most })
}

/// Appends the annotations with the number of all rows, as far as the request prefers them. The number is -1
/// if the request does not ask for a count ("Count rows using FetchXml").
pub(super) fn annotate_total(
    session: &Session<'_>,
    request: &ReadRequest<'_>,
    body: &mut Vec<u8>,
    total: Option<Total>,
) {
    let preferences = request.preferences;
    if preferences.includes(TOTAL) {
        member(body, 1, &format!("@{TOTAL}"));
        body.extend_from_slice(total.map_or_else(|| "-1".to_owned(), |t| t.rows.to_string()).as_bytes());
    }
    if preferences.includes(TOTAL_EXCEEDED) {
        member(body, 1, &format!("@{TOTAL_EXCEEDED}"));
        body.extend_from_slice(if total.is_some_and(|t| t.exceeded) { b"true" } else { b"false" });
    }
    if preferences.includes(METADATA_VERSION) {
        member(body, 1, &format!("@{METADATA_VERSION}"));
        write_text(body, session.state.stamp().split('!').next().unwrap_or_default());
    }
}

/// Returns the number of rows of a page: what the client prefers, at most the service's limit.
///
/// # Errors
/// Returns an error if the table cannot be read.
pub(super) fn page_size(
    session: &Session<'_>,
    request: &ReadRequest<'_>,
    query: &Query,
) -> Result<u64, ServiceError> {
    let most = (session.shared.page_size as u64).min(limits(session, query)?.0);
    Ok(request.preferences.max_page_size.map_or(most, |size| u64::from(size).min(most)))
}

/// Answers a request for a collection. `renderer` and `context`, the member with the context URL as JSON, depend
/// on the language of the query.
///
/// # Errors
/// Returns an error if the token is invalid, or if SQL cannot express the query.
pub(super) fn respond<'a>(
    session: &Session<'a>,
    request: &ReadRequest<'_>,
    checked: &CheckedQuery,
    renderer: &Renderer<'_, 'a>,
    context: &str,
) -> Result<HttpResponse, ServiceError> {
    let query = &checked.query;
    let token = request.url.option("$skiptoken").map(PageToken::parse).transpose()?;
    let top = top(query);
    let seen = token.as_ref().map_or(0, |t| t.seen);
    let left = top.map_or(u64::MAX, |top| top.saturating_sub(seen));
    // `$top` prevents the preference for a page size from being applied ("Page results"), so that a page ends
    // before it only at the service's limit.
    let size = match top {
        Some(_) => left.min(limits(session, query)?.0),
        None => page_size(session, request, query)?,
    };
    let position = token.as_ref().map(|t| &t.position);
    let page = rendered(session, request, checked, renderer, position, size)?;
    if page.rows == 0 && token.is_none() {
        require_start(session, query)?;
    }
    let mut body = b"{".to_vec();
    if !request.format.without_metadata {
        body.extend_from_slice(context.as_bytes());
    }
    let total = query.page.total.then(|| total(session, query)).transpose()?;
    if let Some(total) = total {
        member(&mut body, 1, "@odata.count");
        body.extend_from_slice(total.rows.to_string().as_bytes());
    }
    annotate_total(session, request, &mut body, total);
    member(&mut body, 1, "value");
    body.push(b'[');
    body.extend_from_slice(&page.json);
    body.push(b']');
    if page.more && page.rows < left {
        let seen = seen + page.rows;
        let next = PageToken {
            page: token.as_ref().map_or(2, |t| t.page.saturating_add(1)),
            seen,
            position: next_position(page, seen),
        };
        let link = request.url.encoded_without(|name| name.eq_ignore_ascii_case("$skiptoken"));
        let separator = if link.contains('?') { '&' } else { '?' };
        member(&mut body, 1, "@odata.nextLink");
        write_text(&mut body, &format!("{}{link}{separator}$skiptoken={}", session.web_api(), next.text()));
    }
    body.push(b'}');
    Ok(request.response(body))
}
