//! Metadata: definitions, and changes of them.

mod changes;
mod definitions;
mod filter;
mod ids;
mod path;
mod query_options;
mod types;

use dvkit_schema::Schema;
use http::StatusCode;
use odata_parser::{ParseOptions, RequestText, parse_request};

use crate::organisation::OrganisationState;
use crate::response::{BAD_REQUEST, HttpResponse};
use crate::state::ServerState;
use types::MetadataType;

pub(crate) use ids::made as made_id;

/// Why a request is refused, in the service's words as far as they are known.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    /// A request that the service does not understand.
    fn bad(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: BAD_REQUEST, message: message.into() }
    }

    /// A resource that does not exist.
    fn missing(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, ..Self::bad(message) }
    }

    /// A comparison of two types.
    fn incompatible(message: impl Into<String>) -> Self {
        Self { code: "0x0", ..Self::bad(message) }
    }

    /// A function in a condition on metadata.
    fn function(name: &str) -> Self {
        let message = format!("The \"{name}\" function isn't supported for Metadata Entities.");
        Self { code: "0x8006088a", ..Self::bad(message) }
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

/// Gives tables and columns without an id one that is made of their names.
pub(crate) fn make_ids(schema: &mut Schema) {
    for table in schema.tables.values_mut() {
        let name = table.logical_name.clone();
        table.metadata_id.get_or_insert_with(|| ids::made("table", &name));
        for column in &mut table.columns {
            let name = format!("{name}/{}", column.logical_name);
            column.metadata_id.get_or_insert_with(|| ids::made("column", &name));
        }
    }
}

/// Answers for `EntityDefinitions`, `RelationshipDefinitions` and `GlobalOptionSetDefinitions`. `url`: path and query
/// as sent, without the root of the Web API.
pub(crate) fn definitions(shared: &ServerState, state: &OrganisationState, url: &str) -> HttpResponse {
    let text = RequestText::new(url);
    match parse_request(&text, &ParseOptions::default()) {
        Ok(request) => {
            let definitions = definitions::Definitions::new(&state.schema, &shared.web_api(), &request);
            definitions.answer().unwrap_or_else(HttpResponse::from)
        }
        Err(mistake) => HttpResponse::bad_request(mistake.message),
    }
}

/// Answers for `RetrieveMetadataChanges`.
pub(crate) fn changes(shared: &ServerState, state: &OrganisationState, url: &str) -> HttpResponse {
    let text = RequestText::new(url);
    match parse_request(&text, &ParseOptions::default()) {
        Ok(request) => {
            changes::answer(shared, state, &request, text.decoded()).unwrap_or_else(HttpResponse::from)
        }
        Err(mistake) => HttpResponse::bad_request(mistake.message),
    }
}
