//! The Web API: finds the resource that a path names, and calls the code for it.

mod batch;
pub(crate) mod functions;

use http::{Method, StatusCode};

use crate::data::background::BACKGROUND_ROOT;
use crate::data::search::SEARCH_ROOT;
use crate::data::{self, WorkBudget};
use crate::metadata;
use crate::organisation::OrganisationState;
pub(crate) use crate::request::ApiRequest;
use crate::response::HttpResponse;
use crate::state::ServerState;

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
    let mut budget = RequestBudget { definitions: u64::MAX, work: WorkBudget::default() };
    read_within_budget(shared, state, call, &mut budget).unwrap_or_else(batch::too_much)
}

/// The cost that a request, or all requests of a batch, may still have.
#[derive(Debug)]
struct RequestBudget {
    /// The definitions that may be examined.
    definitions: u64,
    /// The work of the database.
    work: WorkBudget,
}

/// Responds to a request as [`read`] does, and subtracts its cost from `budget`: the number of definitions that
/// have to be examined, and the work of the database. A response from the cache costs nothing.
///
/// # Errors
/// Returns an error if more definitions have to be examined than the budget has. A request that needs more work
/// than the budget has is answered with the service's error for that.
fn read_within_budget(
    shared: &ServerState,
    state: &OrganisationState,
    call: &ApiRequest,
    budget: &mut RequestBudget,
) -> Result<HttpResponse, BudgetExceeded> {
    let left = &mut budget.definitions;
    let resource = call.resource();
    if call.method != Method::GET || !is_cacheable(&resource, &call.url) {
        *left = left.checked_sub(1).ok_or(BudgetExceeded)?;
        return Ok(render(shared, state, call, &budget.work));
    }
    if let Some(response) = state.response_cache.get(&call.url) {
        return Ok(response);
    }
    let path = call.url.split('?').next().unwrap_or_default();
    // A single table is found by its key without examining the others.
    let of_one = resource == "EntityDefinitions" && path.contains('(');
    let cost = if of_one { 1 + state.definitions() / 100 } else { state.definitions() };
    *left = left.checked_sub(cost).ok_or(BudgetExceeded)?;
    let response = render(shared, state, call, &budget.work);
    state.response_cache.put(&call.url, &response);
    Ok(response)
}

/// The error of a request whose cost exceeds the remaining budget.
#[derive(Debug)]
struct BudgetExceeded;

fn render(
    shared: &ServerState,
    state: &OrganisationState,
    call: &ApiRequest,
    work: &WorkBudget,
) -> HttpResponse {
    if call.method != Method::GET {
        return data::respond(shared, state, call, work, metadata::write);
    }
    if call.url.starts_with(SEARCH_ROOT) || call.url.starts_with(BACKGROUND_ROOT) {
        return data::respond(shared, state, call, work, metadata::write);
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
        _ => data::respond(shared, state, call, work, metadata::write),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_cached_unless_the_client_sends_a_stamp() {
        for (resource, url, expected) in [
            ("EntityDefinitions", "EntityDefinitions?stamp", true),
            ("RelationshipDefinitions", "RelationshipDefinitions", true),
            ("GlobalOptionSetDefinitions", "GlobalOptionSetDefinitions", true),
            ("RetrieveMetadataChanges", "RetrieveMetadataChanges(Query=@q)?@q={}", true),
            ("RetrieveMetadataChanges", "RetrieveMetadataChanges(ClientVersionStamp='x')", false),
            ("RetrieveMetadataChanges", "RetrieveMetadataChanges(clientversionSTAMP=@s)", false),
            ("RetrieveVersion", "RetrieveVersion", false),
            ("accounts", "accounts", false),
        ] {
            assert_eq!(is_cacheable(resource, url), expected, "{url}");
        }
    }

    #[tokio::test]
    async fn a_request_costs_the_definitions_that_it_examines_unless_its_response_is_cached() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
        let builder = crate::Emulator::from_store(&dvkit_schema::Store::open(folder).unwrap()).unwrap();
        let running = builder.start().await.unwrap();
        let state = running.shared().organisation.now();
        let all = state.definitions();
        assert!(all > 200, "{all}");
        let respond = |method: Method, url: &str, definitions: u64| {
            let call = ApiRequest {
                method,
                url: url.to_owned(),
                caller: crate::token::Caller { name: "ann".to_owned() },
                headers: http::HeaderMap::new(),
                body: bytes::Bytes::new(),
            };
            let mut budget = RequestBudget { definitions, work: WorkBudget::default() };
            let response = read_within_budget(running.shared(), &state, &call, &mut budget);
            response.ok().map(|_| definitions - budget.definitions)
        };
        for (url, cost) in [
            ("EntityDefinitions", all),
            ("EntityDefinitions?$filter=LogicalName eq 'x(y)'", all),
            ("EntityDefinitions(LogicalName='account')", 1 + all / 100),
            ("RelationshipDefinitions(SchemaName='account_primary_contact')", all),
            ("GlobalOptionSetDefinitions", all),
            ("RetrieveMetadataChanges()", all),
        ] {
            assert_eq!(respond(Method::GET, url, cost - 1), None, "{url}");
            assert_eq!(respond(Method::GET, url, cost), Some(cost), "{url}");
            assert_eq!(respond(Method::GET, url, 0), Some(0), "the response to {url} is cached");
            assert_eq!(respond(Method::DELETE, url, 0), None, "{url}");
            assert_eq!(respond(Method::DELETE, url, 5), Some(1), "{url}");
        }
        for url in ["WhoAmI", "accounts?$top=1", "RetrieveVersion()"] {
            for _ in 0..2 {
                assert_eq!(
                    (respond(Method::GET, url, 0), respond(Method::GET, url, 1)),
                    (None, Some(1)),
                    "{url}"
                );
            }
        }
    }
}
