//! Implements `RetrieveVersion()` and other functions about the organisation, and the service
//! document.

use http::StatusCode;
use serde_json::{Value, json};

use crate::organisation::OrganisationState;
use crate::request::ApiRequest;
use crate::response::HttpResponse;
use crate::state::{ServerState, WEB_API_ROOT};

/// The version of the service that is returned if the snapshot does not contain one.
const VERSION: &str = "9.2.0.0";

/// Returns a response with the body `body` and the context URL of the type `ty`.
fn response(shared: &ServerState, ty: &str, mut body: Value) -> HttpResponse {
    if let Some(object) = body.as_object_mut() {
        let context = format!("{}$metadata#{ty}", shared.web_api());
        object.insert("@odata.context".into(), context.into());
    }
    HttpResponse::odata(body.to_string())
}

fn version_of(state: &OrganisationState) -> &str {
    state.schema.org.version.as_deref().unwrap_or(VERSION)
}

/// Implements `RetrieveVersion()`, which returns the version of the service.
pub(super) fn version(shared: &ServerState, state: &OrganisationState) -> HttpResponse {
    response(
        shared,
        "Microsoft.Dynamics.CRM.RetrieveVersionResponse",
        json!({ "Version": version_of(state) }),
    )
}

/// Implements `RetrieveProvisionedLanguages()`, which returns the languages in which the snapshot has labels.
pub(super) fn languages(shared: &ServerState, state: &OrganisationState) -> HttpResponse {
    let body = json!({ "RetrieveProvisionedLanguages": state.schema.org.languages });
    response(shared, "Microsoft.Dynamics.CRM.RetrieveProvisionedLanguagesResponse", body)
}

/// Implements `RetrieveTimestamp()`. The returned timestamp changes with every change of the metadata.
pub(super) fn timestamp(shared: &ServerState, state: &OrganisationState) -> HttpResponse {
    response(
        shared,
        "Microsoft.Dynamics.CRM.RetrieveTimestampResponse",
        json!({ "Timestamp": state.stamp() }),
    )
}

/// Implements `RetrieveCurrentOrganization(AccessType=…)`, which returns the URL, id and version of the
/// organisation.
pub(super) fn organisation(
    shared: &ServerState,
    state: &OrganisationState,
    call: &ApiRequest,
) -> HttpResponse {
    let text = odata_parser::url::decode(&call.url).text;
    if !text.contains("Microsoft.Dynamics.CRM.EndpointAccessType'") {
        return HttpResponse::error(
            StatusCode::BAD_REQUEST,
            crate::response::BAD_REQUEST,
            "The parameter AccessType is missing: \
             RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default').",
        );
    }
    let body = json!({ "Detail": {
        "OrganizationId": shared.identity.organisation_id(),
        "FriendlyName": "Emulated organisation",
        "OrganizationVersion": version_of(state),
        "UrlName": shared.identity.name(),
        "UniqueName": shared.identity.name(),
        "Endpoints": {
            "Count": 1,
            "IsReadOnly": false,
            "Keys": ["WebApplication"],
            "Values": [format!("{}/", shared.url)],
        },
        "State": "Enabled",
    }});
    response(shared, "Microsoft.Dynamics.CRM.RetrieveCurrentOrganizationResponse", body)
}

/// Returns the service document, which lists the entity sets.
pub(super) fn service_document(shared: &ServerState, state: &OrganisationState) -> HttpResponse {
    let sets = state.schema.tables.values().filter_map(|t| t.entity_set.as_deref());
    let sets: Vec<_> = sets.map(|set| json!({ "name": set, "kind": "EntitySet", "url": set })).collect();
    let context = format!("{}{WEB_API_ROOT}v9.2/$metadata", shared.url);
    HttpResponse::odata(json!({ "@odata.context": context, "value": sets }).to_string())
}
