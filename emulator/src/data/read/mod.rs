//! Answers `GET` requests on rows.
//!
//! `compiled` checks a query and translates it to SQL; `page`, `single` and `fetch` answer the forms of
//! requests; `fields`, `render`, `formatted` and `locale` render rows; `paging` and `cookie` are the positions
//! of pages; `findings` has the service's words for the findings of the check; `template` takes the ids of rows out of
//! URLs.

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
mod template;

pub(crate) use compiled::QueryCache;
pub(super) use render::address;

use std::sync::Arc;

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
use compiled::{CheckedQuery, KnownRequest, checked};
use render::Renderer;
use request::{Format, ReadRequest};

/// Responds to a `GET` request on rows.
///
/// # Errors
/// Returns an error if the check refuses the request, or if the emulator does not support it.
pub(super) fn respond(session: &Session<'_>, call: &ApiRequest) -> Result<HttpResponse, ServiceError> {
    let (known, id) = known(session, call)?;
    respond_to(session, call, &Preferences::of(&call.headers), &known, id)
}

/// Responds as [`respond`] does to a request that no area of requests has responded to, and keeps the request for
/// [`respond_to_kept`].
///
/// # Errors
/// Returns the errors of [`respond`].
pub(super) fn respond_and_keep(
    session: &Session<'_>,
    call: &ApiRequest,
) -> Result<HttpResponse, ServiceError> {
    let (known, id) = known(session, call)?;
    session.state.query_cache.keep_request(&call.url, &known, id);
    respond_to(session, call, &Preferences::of(&call.headers), &known, id)
}

/// Responds to a `GET` request if [`respond_and_keep`] has kept it, or one that differs only in the id of the row;
/// `None` for other requests, and for those that track changes.
///
/// # Errors
/// Returns an error if there is no such row, or if the emulator does not support the request.
pub(super) fn respond_to_kept(
    session: &Session<'_>,
    call: &ApiRequest,
) -> Result<Option<HttpResponse>, ServiceError> {
    let Some((known, id)) = session.state.query_cache.request(&call.url) else { return Ok(None) };
    let preferences = Preferences::of(&call.headers);
    match preferences.track_changes {
        true => Ok(None),
        false => respond_to(session, call, &preferences, &known, id).map(Some),
    }
}

/// Decodes and checks a request on rows. Returns it with the id of its row, as [`checked`] does.
///
/// # Errors
/// Returns an error if the check refuses the request.
fn known(
    session: &Session<'_>,
    call: &ApiRequest,
) -> Result<(Arc<KnownRequest>, Option<Uuid>), ServiceError> {
    // The format is refused before the query is.
    Format::of(&call.headers)?;
    let url = RowUrl::parse(&call.url);
    let text = url.encoded_without(|name| name.eq_ignore_ascii_case("$skiptoken"));
    let text = QueryText::Request { table: None, text: &text };
    let (checked, id) = checked(session, text, || context::expansions(&url))?;
    Ok((Arc::new(KnownRequest { url, checked }), id))
}

/// Responds to a request that was checked. `id` is the id of the row, for a query that is kept for all ids.
fn respond_to(
    session: &Session<'_>,
    call: &ApiRequest,
    preferences: &Preferences,
    known: &KnownRequest,
    id: Option<Uuid>,
) -> Result<HttpResponse, ServiceError> {
    let request = ReadRequest { call, url: &known.url, preferences, format: Format::of(&call.headers)?, id };
    let checked = &*known.checked;
    require_supported(&checked.query)?;
    match &checked.query.opaque {
        None => rows(session, &request, checked),
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
    let options = url.options.iter().filter(|(name, _)| matches!(name.as_str(), "$select" | "$expand"));
    let url = RowUrl { path: format!("{set}({id})"), options: options.cloned().collect() };
    let text = url.encoded_without(|_| false);
    let text = QueryText::Request { table: None, text: &text };
    let (checked, id) = checked(session, text, || context::expansions(&url))?;
    let preferences = Preferences::of(&call.headers);
    let request =
        ReadRequest { call, url: &url, preferences: &preferences, format: Format::of(&call.headers)?, id };
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
            let context = checked.context(session, request.url, false)?;
            page::respond(session, request, checked, &Renderer::new(session, request), context)
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
