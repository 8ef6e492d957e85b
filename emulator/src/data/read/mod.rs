//! Answers `GET` requests on rows.
//!
//! `compiled` checks a query and translates it to SQL; `page`, `single` and `fetch` answer the forms of
//! requests; `fields`, `render`, `formatted` and `locale` render rows; `paging` and `cookie` are the positions
//! of pages; `findings` has the service's words for the findings of the check.

mod compiled;
mod context;
mod cookie;
mod expand_text;
mod fetch;
mod fields;
mod findings;
mod formatted;
mod locale;
mod page;
mod paging;
mod render;
mod request;
mod single;
mod sql;

pub(crate) use compiled::QueryCache;
pub(super) use render::address;

use dvkit_query::QueryText;
use dvkit_query::hir::{OpaqueQuery, Query, QueryHint, ResultShape, UnreadKind};
use dvkit_schema::Table;
use uuid::Uuid;

use super::preferences::Preferences;
use super::service_error::ServiceError;
use super::session::Session;
use super::url::RowUrl;
use crate::response::HttpResponse;
use crate::web_api::ApiRequest;
use compiled::{CheckedQuery, checked};
use render::Renderer;
use request::{Format, ReadRequest};

/// Responds to a `GET` request on rows.
///
/// # Errors
/// Returns an error if the check refuses the request, or if the emulator does not support it.
pub(super) fn respond(session: &Session<'_>, call: &ApiRequest) -> Result<HttpResponse, ServiceError> {
    let url = RowUrl::parse(&call.url);
    let preferences = Preferences::of(&call.headers);
    let request =
        ReadRequest { call, url: &url, preferences: &preferences, format: Format::of(&call.headers)? };
    let text = url.encoded_without(|name| name.eq_ignore_ascii_case("$skiptoken"));
    let checked = checked(session, QueryText::Request { table: None, text: &text })?;
    require_supported(&checked.query)?;
    match &checked.query.opaque {
        None => rows(session, &request, &checked),
        Some(OpaqueQuery::FetchXml(fetch)) => fetch::respond(session, &request, &checked.query, fetch),
        Some(OpaqueQuery::View(id)) => fetch::view(session, &request, &checked.query, "savedquery", id),
        Some(OpaqueQuery::UserView(id)) => fetch::view(session, &request, &checked.query, "userquery", id),
        Some(OpaqueQuery::Sql(text)) => sql::respond(session, &request, &checked.query, text),
    }
}

/// Responds with the row `id` of `table`, with the columns and expansions that the options of `url` select.
///
/// # Errors
/// Returns an error if the check refuses the options, or if there is no such row.
pub(super) fn row(
    session: &Session<'_>,
    call: &ApiRequest,
    url: &RowUrl,
    table: &Table,
    id: Uuid,
) -> Result<HttpResponse, ServiceError> {
    let set = table.entity_set.as_deref().unwrap_or(&table.logical_name);
    let url = RowUrl { path: format!("{set}({id})"), options: url.options.clone() };
    let text = url.encoded_without(|name| !matches!(name, "$select" | "$expand"));
    let preferences = Preferences::of(&call.headers);
    let request =
        ReadRequest { call, url: &url, preferences: &preferences, format: Format::of(&call.headers)? };
    let checked = checked(session, QueryText::Request { table: None, text: &text })?;
    rows(session, &request, &checked)
}

/// Answers an OData query.
fn rows(
    session: &Session<'_>,
    request: &ReadRequest<'_>,
    checked: &CheckedQuery,
) -> Result<HttpResponse, ServiceError> {
    let query = &checked.query;
    match &query.result {
        ResultShape::Count => single::count(session, query),
        ResultShape::Column(_, raw) => single::property(session, request, query, *raw),
        ResultShape::Rows | ResultShape::References if single::is_single(session, query)? => {
            single::row(session, request, checked)
        }
        ResultShape::Rows | ResultShape::References => {
            let texts = context::expansions(request.url);
            let context = context::of_rows(session, query, request.url, &texts, false)?;
            page::respond(session, request, checked, &Renderer::new(session, request), &context)
        }
    }
}

/// Checks that the emulator supports everything in a query that the check accepts.
///
/// # Errors
/// Returns an error with the status 501 for a part that changes the result and is not supported.
fn require_supported(query: &Query) -> Result<(), ServiceError> {
    for hint in &query.hints {
        let what = match hint {
            QueryHint::Retained => "rows in long-term retention".to_owned(),
            QueryHint::CountChildren(..) => "rowaggregate".to_owned(),
            QueryHint::Unread(part) => match (part.kind, part.name.as_str()) {
                (UnreadKind::Option, name) if name.starts_with('$') => name.to_owned(),
                (UnreadKind::Option, "partitionId" | "tag" | "UnMaskedData") => part.name.clone(),
                (
                    UnreadKind::Attribute,
                    "utc-offset" | "min-active-row-version" | "enableprefiltering" | "prefilterparametername",
                ) => format!("the attribute {} in FetchXML", part.name),
                (UnreadKind::Element, name) => format!("the element {name} in FetchXML"),
                (UnreadKind::Segment, name) => format!("the path segment {name}"),
                _ => continue,
            },
            _ => continue,
        };
        return Err(ServiceError::not_emulated(what));
    }
    Ok(())
}
