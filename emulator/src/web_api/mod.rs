//! The Web API: which resource a path names, and who answers for it.

mod batch;
mod components;
mod functions;

use bytes::Bytes;
use http::{Method, StatusCode};

use crate::metadata;
use crate::organisation::OrganisationState;
use crate::response::HttpResponse;
use crate::state::ServerState;
use crate::token::Caller;

/// A request to the Web API, or a part of a batch.
#[derive(Debug)]
pub(crate) struct ApiRequest {
    pub(crate) method: Method,
    /// Path and query as sent, after `/api/data/v9.2/`.
    pub(crate) url: String,
    pub(crate) caller: Caller,
    /// `Prefer: odata.continue-on-error`
    pub(crate) continue_on_error: bool,
}

impl ApiRequest {
    /// The first name of the path, decoded.
    fn resource(&self) -> String {
        let path = self.url.split('?').next().unwrap_or_default();
        let decoded = odata_parser::url::decode_keeping_plus(path).text;
        decoded.split(['(', '/']).next().unwrap_or_default().to_owned()
    }

    /// May the answer be great?
    pub(crate) fn is_great(&self) -> bool {
        matches!(
            self.resource().as_str(),
            "$batch"
                | "$metadata"
                | "RetrieveMetadataChanges"
                | "EntityDefinitions"
                | "RelationshipDefinitions"
        )
    }
}

/// Answers a request with this content, of this type.
pub(crate) fn answer(
    shared: &ServerState,
    state: &OrganisationState,
    call: &ApiRequest,
    ty: &str,
    content: &Bytes,
) -> HttpResponse {
    if call.method == Method::POST && call.resource() == "$batch" {
        return batch::answer(shared, state, call, ty, content);
    }
    read(shared, state, call)
}

/// Whether the answer follows from the organisation as it is and from the URL alone. Changes since a stamp do not: stamps expire.
fn is_lasting(resource: &str, url: &str) -> bool {
    match resource {
        "EntityDefinitions" | "RelationshipDefinitions" | "GlobalOptionSetDefinitions" => true,
        "RetrieveMetadataChanges" => !url.to_ascii_lowercase().contains("stamp"),
        _ => false,
    }
}

/// Answers a request that has no content; what was answered already is not made again.
fn read(shared: &ServerState, state: &OrganisationState, call: &ApiRequest) -> HttpResponse {
    let mut unbounded = u64::MAX;
    read_for(shared, state, call, &mut unbounded).unwrap_or_else(batch::too_much)
}

/// The same, while there is something left of what this request may cost: the definitions that may have to be looked at.
///
/// # Errors
/// Where the answer has to be made, and costs more.
fn read_for(
    shared: &ServerState,
    state: &OrganisationState,
    call: &ApiRequest,
    left: &mut u64,
) -> Result<HttpResponse, BudgetExceeded> {
    let resource = call.resource();
    if call.method != Method::GET || !is_lasting(&resource, &call.url) {
        *left = left.checked_sub(1).ok_or(BudgetExceeded)?;
        return Ok(read_anew(shared, state, call));
    }
    if let Some(answer) = state.response_cache.get(&call.url) {
        return Ok(answer);
    }
    let path = call.url.split('?').next().unwrap_or_default();
    // One table by its key is found at once.
    let of_one = resource == "EntityDefinitions" && path.contains('(');
    let cost = if of_one { 1 + state.definitions() / 100 } else { state.definitions() };
    *left = left.checked_sub(cost).ok_or(BudgetExceeded)?;
    let answer = read_anew(shared, state, call);
    state.response_cache.put(&call.url, &answer);
    Ok(answer)
}

/// A request asks for more than one request may.
#[derive(Debug)]
struct BudgetExceeded;

fn read_anew(shared: &ServerState, state: &OrganisationState, call: &ApiRequest) -> HttpResponse {
    if call.method != Method::GET {
        return HttpResponse::error(
            StatusCode::METHOD_NOT_ALLOWED,
            crate::response::BAD_REQUEST,
            format!("The emulator serves metadata, which is read: {} is not supported.", call.method),
        );
    }
    let resource = call.resource();
    match resource.as_str() {
        "WhoAmI" => functions::who_am_i(shared, call),
        "RetrieveVersion" => functions::version(shared, state),
        "RetrieveProvisionedLanguages" => functions::languages(shared, state),
        "RetrieveCurrentOrganization" => functions::organisation(shared, state, call),
        "RetrieveTimestamp" => functions::timestamp(shared, state),
        "$metadata" => HttpResponse::new(StatusCode::OK, "application/xml", state.csdl()),
        "" => functions::service_document(shared, state),
        "EntityDefinitions" | "RelationshipDefinitions" | "GlobalOptionSetDefinitions" => {
            metadata::definitions(shared, state, &call.url)
        }
        set @ ("solutions" | "solutioncomponents" | "publishers" | "organizations") => {
            components::answer(shared, state, call, set)
        }
        "RetrieveMetadataChanges" => metadata::changes(shared, state, &call.url),
        _ => HttpResponse::error(
            StatusCode::NOT_FOUND,
            crate::response::NOT_FOUND,
            format!("Resource not found for the segment '{resource}'."),
        ),
    }
}
