//! The Web API: finds the resource that a path names, and calls the code for it.

mod batch;
pub(crate) mod functions;

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

use crate::data;
use crate::data::background::BACKGROUND_ROOT;
use crate::data::search::SEARCH_ROOT;
use crate::metadata;
use crate::organisation::OrganisationState;
use crate::response::HttpResponse;
use crate::state::ServerState;
use crate::token::Caller;

/// A request to the Web API: sent alone, or as a part of a batch.
#[derive(Debug)]
pub(crate) struct ApiRequest {
    pub(crate) method: Method,
    /// The path and query after `/api/data/v9.2/`, as sent.
    pub(crate) url: String,
    pub(crate) caller: Caller,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl ApiRequest {
    /// Returns the first name in the path, percent-decoded.
    fn resource(&self) -> Cow<'_, str> {
        let path = self.url.split('?').next().unwrap_or_default();
        let first = |path: &str| path.find(['(', '/']).unwrap_or(path.len());
        if !path.contains('%') {
            return Cow::Borrowed(path.get(..first(path)).unwrap_or_default());
        }
        let mut decoded = odata_parser::url::decode_keeping_plus(path).text;
        decoded.truncate(first(&decoded));
        Cow::Owned(decoded)
    }

    /// Returns whether this request is a batch.
    pub(crate) fn is_batch(&self) -> bool {
        self.method == Method::POST && self.resource() == "$batch"
    }

    /// Returns whether the response to this request may be large.
    pub(crate) fn may_be_large(&self) -> bool {
        matches!(
            &*self.resource(),
            "$batch"
                | "$metadata"
                | "RetrieveMetadataChanges"
                | "EntityDefinitions"
                | "RelationshipDefinitions"
        )
    }
}

/// Responds to a request.
pub(crate) fn respond(shared: &ServerState, state: &OrganisationState, call: &ApiRequest) -> HttpResponse {
    if call.is_batch() {
        return batch::respond(shared, call);
    }
    read(shared, state, call)
}

/// Returns whether the response depends only on the current metadata and the URL. The response with changes
/// since a stamp also depends on the time, because stamps expire.
fn is_cacheable(resource: &str, url: &str) -> bool {
    match resource {
        "EntityDefinitions" | "RelationshipDefinitions" | "GlobalOptionSetDefinitions" => true,
        "RetrieveMetadataChanges" => !url.to_ascii_lowercase().contains("stamp"),
        _ => false,
    }
}

/// Responds to a request without a body, from the cache if possible.
fn read(shared: &ServerState, state: &OrganisationState, call: &ApiRequest) -> HttpResponse {
    let mut unbounded = u64::MAX;
    read_within_budget(shared, state, call, &mut unbounded).unwrap_or_else(batch::too_much)
}

/// Responds to a request as [`read`] does, and subtracts its cost from `left`. The cost is the number of
/// definitions that have to be examined; a response from the cache costs nothing.
///
/// # Errors
/// Returns an error if the cost is higher than `left`.
fn read_within_budget(
    shared: &ServerState,
    state: &OrganisationState,
    call: &ApiRequest,
    left: &mut u64,
) -> Result<HttpResponse, BudgetExceeded> {
    let resource = call.resource();
    if call.method != Method::GET || !is_cacheable(&resource, &call.url) {
        *left = left.checked_sub(1).ok_or(BudgetExceeded)?;
        return Ok(render(shared, state, call));
    }
    if let Some(response) = state.response_cache.get(&call.url) {
        return Ok(response);
    }
    let path = call.url.split('?').next().unwrap_or_default();
    // A single table is found by its key without examining the others.
    let of_one = resource == "EntityDefinitions" && path.contains('(');
    let cost = if of_one { 1 + state.definitions() / 100 } else { state.definitions() };
    *left = left.checked_sub(cost).ok_or(BudgetExceeded)?;
    let response = render(shared, state, call);
    state.response_cache.put(&call.url, &response);
    Ok(response)
}

/// The error of a request whose cost exceeds the remaining budget.
#[derive(Debug)]
struct BudgetExceeded;

fn render(shared: &ServerState, state: &OrganisationState, call: &ApiRequest) -> HttpResponse {
    if call.method != Method::GET {
        return data::respond(shared, state, call);
    }
    if call.url.starts_with(SEARCH_ROOT) || call.url.starts_with(BACKGROUND_ROOT) {
        return data::respond(shared, state, call);
    }
    let resource = call.resource();
    match &*resource {
        "RetrieveVersion" => functions::version(shared, state),
        "RetrieveProvisionedLanguages" => functions::languages(shared, state),
        "RetrieveCurrentOrganization" => functions::organisation(shared, state, call),
        "RetrieveTimestamp" => functions::timestamp(shared, state),
        "$metadata" => HttpResponse::new(StatusCode::OK, "application/xml", state.csdl()),
        "" => functions::service_document(shared, state),
        "EntityDefinitions" | "RelationshipDefinitions" | "GlobalOptionSetDefinitions" => {
            metadata::definitions(shared, state, &call.url)
        }
        "RetrieveMetadataChanges" => metadata::changes(shared, state, &call.url),
        _ => data::respond(shared, state, call),
    }
}
