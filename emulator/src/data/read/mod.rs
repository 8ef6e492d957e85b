//! Answers `GET` requests on rows.

mod fields;
mod paging;
mod render;
mod rows;
mod sql;

pub(super) use render::address;

use dvkit_diagnostic::Diagnostic;
use dvkit_query::hir::{OpaqueQuery, Query};
use dvkit_query::{CheckOptions, QueryText, analyze};
use dvkit_schema::Table;
use uuid::Uuid;

use super::preferences::Preferences;
use super::service_error::ServiceError;
use super::session::Session;
use super::url::RowUrl;
use crate::response::HttpResponse;
use crate::web_api::ApiRequest;

/// Responds to a `GET` request on rows.
///
/// # Errors
/// Returns an error if the check refuses the request, or if the emulator does not support it.
pub(super) fn respond(session: &Session<'_>, call: &ApiRequest) -> Result<HttpResponse, ServiceError> {
    let url = RowUrl::parse(&call.url);
    let preferences = Preferences::of(&call.headers);
    let token = url.option("$skiptoken").map(str::to_owned);
    let text = url.encoded_without(|name| name.eq_ignore_ascii_case("$skiptoken"));
    let query = checked(session, QueryText::Request { table: None, text: &text })?;
    match &query.opaque {
        None => rows::respond(session, call, &url, &preferences, &query, token.as_deref()),
        Some(OpaqueQuery::FetchXml(fetch)) => {
            let fetch = checked(session, QueryText::FetchXml(fetch))?;
            rows::fetch(session, call, &preferences, &query, &fetch)
        }
        Some(OpaqueQuery::View(_)) => Err(ServiceError::not_emulated("savedQuery")),
        Some(OpaqueQuery::UserView(_)) => Err(ServiceError::not_emulated("userQuery")),
        Some(OpaqueQuery::Sql(text)) => sql::respond(session, call, &preferences, &query, text),
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
    let query = checked(session, QueryText::Request { table: None, text: &text })?;
    rows::respond(session, call, &url, &Preferences::of(&call.headers), &query, None)
}

/// Checks a query, and returns its meaning.
///
/// # Errors
/// Returns an error with the first finding that is an error.
fn checked(session: &Session<'_>, text: QueryText<'_>) -> Result<Query, ServiceError> {
    let analysis = analyze(session.store, text, &CheckOptions::default())?;
    if let Some(finding) = analysis.diagnostics.into_iter().find(Diagnostic::is_error) {
        return Err(ServiceError::of_finding(finding));
    }
    let query = analysis.query.ok_or_else(|| ServiceError::bad("The query cannot be resolved."))?;
    Ok(*query)
}
