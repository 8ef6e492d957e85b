//! Serves metadata: definitions, and changes of definitions since a stamp.

mod changes;
mod definitions;
mod filter;
mod ids;
mod path;
mod query_options;
mod types;
mod write;

use dvkit_schema::Schema;
use http::StatusCode;
use odata_parser::{ParseOptions, RequestText, parse_request};

use crate::data::{NO_RESOURCE, ServiceError};
use crate::organisation::OrganisationState;
use crate::response::{BAD_REQUEST, HttpResponse};
use crate::state::ServerState;
use types::MetadataType;

pub(crate) use write::respond as write;

/// The reason why a request is refused, in the service's own words if they are known. It is the error of all
/// functions that answer requests for metadata, and becomes the response.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    /// Creates the refusal of an invalid request, with the status 400.
    fn bad(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: BAD_REQUEST, message: message.into() }
    }

    /// Creates the refusal of a request whose path has a segment that names nothing.
    fn no_segment(segment: &str) -> Self {
        let message = format!("Resource not found for the segment '{segment}'.");
        Self { status: StatusCode::NOT_FOUND, code: NO_RESOURCE, ..Self::bad(message) }
    }

    /// Creates the refusal of a comparison between values of two types.
    fn incompatible(message: impl Into<String>) -> Self {
        Self { code: "0x0", ..Self::bad(message) }
    }

    /// Creates the refusal of the function `name` in a condition on metadata.
    fn function(name: &str) -> Self {
        let message = format!("The \"{name}\" function isn't supported for Metadata Entities.");
        Self { code: "0x8006088a", ..Self::bad(message) }
    }
}

impl From<Refusal> for ServiceError {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.status, refusal.code, refusal.message)
    }
}

impl From<Refusal> for HttpResponse {
    fn from(refusal: Refusal) -> Self {
        Self::error(refusal.status, refusal.code, refusal.message)
    }
}

fn unknown_property(name: &str, ty: &MetadataType) -> Refusal {
    Refusal::bad(format!(
        "Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{}'.",
        ty.name
    ))
}

/// Adds ids, generated from names, to the tables and columns without an id.
pub(crate) fn generate_missing_ids(schema: &mut Schema) {
    for table in schema.tables.values_mut() {
        let name = table.logical_name.clone();
        table.metadata_id.get_or_insert_with(|| ids::generate("table", &name));
        for column in &mut table.columns {
            let name = format!("{name}/{}", column.logical_name);
            column.metadata_id.get_or_insert_with(|| ids::generate("column", &name));
        }
    }
}

/// Responds to requests for `EntityDefinitions`, `RelationshipDefinitions` and `GlobalOptionSetDefinitions`.
/// `url` is the path and query after `/api/data/v9.2/`, as sent.
pub(crate) fn definitions(shared: &ServerState, state: &OrganisationState, url: &str) -> HttpResponse {
    let text = RequestText::new(url);
    match parse_request(&text, &ParseOptions::default()) {
        Ok(request) => {
            let definitions = definitions::Definitions::new(&state.schema, &shared.web_api(), &request);
            definitions.respond().unwrap_or_else(HttpResponse::from)
        }
        Err(mistake) => HttpResponse::bad_request(mistake.message),
    }
}

/// Responds to requests for `RetrieveMetadataChanges`. `url` is the path and query after `/api/data/v9.2/`,
/// as sent.
pub(crate) fn changes(shared: &ServerState, state: &OrganisationState, url: &str) -> HttpResponse {
    let text = RequestText::new(url);
    match parse_request(&text, &ParseOptions::default()) {
        Ok(request) => {
            changes::respond(shared, state, &request, text.decoded()).unwrap_or_else(HttpResponse::from)
        }
        Err(mistake) => HttpResponse::bad_request(mistake.message),
    }
}
