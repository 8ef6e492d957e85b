//! Changes of definitions: tables, columns, relationships, choices and alternate keys.
//!
//! A definition in a request is read by the importer of `dvkit_schema`, so that the served schema consists of the
//! same facts as that of a snapshot. The documentation is "Create and update table definitions using the Web API"
//! and its neighbours for columns, relationships, choices and keys. Labels of other languages stay if the request
//! has the header `MSCRM.MergeLabels: true`, as documented there.

mod choices;
mod columns;
mod keys;
mod options;
mod relationships;
mod tables;
mod wire;

use std::sync::Arc;

use dvkit_schema::{Schema, Table};
use http::header::HeaderValue;
use http::{Method, StatusCode};
use odata_parser::{ParseOptions, RequestText, parse_request};
use serde_json::{Map, Value};

use super::path::{Key, PathStep, steps};
use crate::data::preferences::Preferences;
use crate::data::{ServiceError, Session};
use crate::organisation::OrganisationState;
use crate::request::ApiRequest;
use crate::response::HttpResponse;

/// The members of a JSON object.
type Members = Map<String, Value>;

/// The service's code for a definition that other components need.
const DEPENDENCY: &str = "0x8004f01f";
/// The service's code for a definition that does not exist.
const NO_DEFINITION: &str = "0x80040217";

/// A request that changes definitions.
struct Change<'s, 'a> {
    session: &'s Session<'a>,
    call: &'s ApiRequest,
    /// The state to change. It is the current one, because the session may have begun before another change.
    state: Arc<OrganisationState>,
}

/// Responds to a request that changes definitions; `None` for other requests.
///
/// # Errors
/// Returns an error if the request is refused.
pub(crate) fn respond(
    session: &Session<'_>,
    call: &ApiRequest,
) -> Result<Option<HttpResponse>, ServiceError> {
    let path = call.url.split('?').next().unwrap_or_default();
    let name = path.split(['(', '/']).next().unwrap_or_default();
    if call.method == Method::GET {
        return Ok(None);
    }
    let state = session.shared.organisation.now();
    let change = Change { session, call, state };
    match name {
        "EntityDefinitions" | "RelationshipDefinitions" | "GlobalOptionSetDefinitions" => {
            change.definition().map(Some)
        }
        _ if call.method != Method::POST || path.contains('/') => Ok(None),
        "CreateEntities" => tables::create_many(&change).map(Some),
        "InsertOptionValue" => options::insert(&change, false).map(Some),
        "InsertStatusValue" => options::insert(&change, true).map(Some),
        "UpdateOptionValue" | "UpdateStateValue" => options::update(&change).map(Some),
        "DeleteOptionValue" => options::delete(&change).map(Some),
        "OrderOption" => options::order(&change).map(Some),
        // Changes are served at once. The request is checked, as the service checks it.
        "PublishXml" => match change.body()?.get("ParameterXml") {
            Some(Value::String(_)) => Ok(Some(HttpResponse::odata_empty())),
            _ => Err(missing("ParameterXml")),
        },
        "PublishAllXml" => Ok(Some(HttpResponse::odata_empty())),
        _ => Ok(None),
    }
}

impl<'a> Change<'_, 'a> {
    fn schema(&self) -> &Schema {
        &self.state.schema
    }

    /// Parses the body of the request as a JSON object.
    fn body(&self) -> Result<Members, ServiceError> {
        let body = self.call.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.call.body);
        serde_json::from_slice(body).map_err(|error| {
            ServiceError::bad(format!(
                "An error occurred while validating input parameters: the body is not a JSON object: {error}"
            ))
        })
    }

    /// Reports whether labels of languages that the body does not contain are kept.
    fn merges_labels(&self) -> bool {
        let header = self.call.headers.get("mscrm.mergelabels").and_then(|v| v.to_str().ok());
        header.is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// Applies a change to the schema of the organisation.
    fn apply(&self, change: impl FnOnce(&mut Schema)) {
        self.session.shared.organisation.change(self.session.shared.clock.now(), change);
    }

    /// Returns the table with the name or id in `key`.
    fn table(&self, key: &Key<'_>) -> Result<&Table, ServiceError> {
        let tables = &self.schema().tables;
        let found = match key {
            Key::Named("LogicalName", name) => tables.get(&**name),
            Key::Named("MetadataId", id) | Key::Id(id) => {
                tables.values().find(|t| t.metadata_id.as_ref().is_some_and(|m| m.eq_ignore_ascii_case(id)))
            }
            Key::Named(other, _) => {
                return Err(ServiceError::bad(format!("'{other}' is not a key of a table's definition.")));
            }
        };
        found.ok_or_else(|| unknown_table(key.value()))
    }

    /// Returns the table with this logical name.
    fn table_named(&self, name: &str) -> Result<&Table, ServiceError> {
        self.schema().tables.get(name).ok_or_else(|| unknown_table(name))
    }

    /// Responds to a request on a path of definitions.
    fn definition(&self) -> Result<HttpResponse, ServiceError> {
        let text = RequestText::new(&self.call.url);
        let request = parse_request(&text, &ParseOptions::default()).map_err(ServiceError::of_finding)?;
        let steps = steps(&request.path)?;
        let (first, rest) = steps.split_first().ok_or_else(|| ServiceError::no_segment(""))?;
        // A cast at the end of a path names the type, which the body states too.
        let rest = match rest.split_last() {
            Some((last, before)) if last.is_cast => before,
            _ => rest,
        };
        let method = &self.call.method;
        match (first.name, &first.key, rest) {
            ("EntityDefinitions", None, []) if method == Method::POST => tables::create(self),
            ("EntityDefinitions", Some(key), []) => {
                let table = self.table(key)?;
                self.on_one(|c| tables::update(c, table), |c| tables::delete(c, table))
            }
            ("EntityDefinitions", Some(key), [below]) => {
                let table = self.table(key)?;
                match (below.name, &below.key) {
                    ("Attributes", None) if method == Method::POST => columns::create(self, table),
                    ("Attributes", Some(key)) => {
                        let column = columns::find(table, key)?;
                        self.on_one(
                            |c| columns::update(c, table, column),
                            |c| columns::delete(c, table, column),
                        )
                    }
                    ("Keys", None) if method == Method::POST => keys::create(self, table),
                    ("Keys", Some(key)) if method == Method::DELETE => keys::delete(self, table, key),
                    _ => Err(self.not_allowed(below)),
                }
            }
            ("RelationshipDefinitions", None, []) if method == Method::POST => relationships::create(self),
            ("RelationshipDefinitions", Some(key), []) => {
                let found = relationships::find(self, key)?;
                self.on_one(|c| relationships::update(c, &found), |c| relationships::delete(c, &found))
            }
            ("GlobalOptionSetDefinitions", None, []) if method == Method::POST => choices::create(self),
            ("GlobalOptionSetDefinitions", Some(key), []) => {
                let choice = choices::find(self, key)?;
                self.on_one(|c| choices::update(c, choice), |c| choices::delete(c, choice))
            }
            _ => Err(self.not_allowed(first)),
        }
    }

    /// Calls `update` for `PUT` and `delete` for `DELETE`. The documentation of `PUT` says that a definition
    /// is always replaced as a whole, and that `PATCH` is not supported.
    fn on_one(
        &self,
        update: impl FnOnce(&Self) -> Result<HttpResponse, ServiceError>,
        delete: impl FnOnce(&Self) -> Result<HttpResponse, ServiceError>,
    ) -> Result<HttpResponse, ServiceError> {
        match self.call.method {
            Method::PUT => update(self),
            Method::DELETE => delete(self),
            _ => Err(ServiceError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "0x80060888",
                format!("The requested resource does not support http method '{}'.", self.call.method),
            )),
        }
    }

    fn not_allowed(&self, step: &PathStep<'_>) -> ServiceError {
        ServiceError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "0x80060888",
            format!("The resource '{}' does not support http method '{}' here.", step.name, self.call.method),
        )
    }

    /// Returns the response to a successful change of the definition at `path`. It has the definition as its body if
    /// the request prefers `return=representation`.
    fn changed(&self, path: &str) -> HttpResponse {
        let response = match Preferences::of(&self.call.headers).representation {
            true => {
                let shared = self.session.shared;
                let mut response = super::definitions(shared, &shared.organisation.now(), path);
                if self.call.method == Method::POST && response.status == StatusCode::OK {
                    response.status = StatusCode::CREATED;
                }
                response.with("preference-applied", HeaderValue::from_static("return=representation"))
            }
            false => HttpResponse::odata_empty(),
        };
        let address = format!("{}{path}", self.session.web_api());
        match HeaderValue::from_str(&address) {
            Ok(address) => response.with("odata-entityid", address),
            Err(_) => response,
        }
    }
}

/// Returns the segment that names a table: by its id or, without one, by its name.
fn table_segment(table: &Table) -> String {
    match &table.metadata_id {
        Some(id) => format!("EntityDefinitions({id})"),
        None => format!("EntityDefinitions(LogicalName='{}')", table.logical_name),
    }
}

fn unknown_table(name: &str) -> ServiceError {
    let message = format!("The entity with a name = '{name}' was not found in the MetadataCache.");
    ServiceError::new(StatusCode::NOT_FOUND, "0x80041102", message)
}

fn not_there(key: &Key<'_>) -> ServiceError {
    let message = format!("The definition '{}' does not exist.", key.value());
    ServiceError::new(StatusCode::NOT_FOUND, NO_DEFINITION, message)
}

/// Returns the error for a request without a member that it needs.
fn missing(member: &str) -> ServiceError {
    let message = format!("Required field '{member}' is missing for the request.");
    ServiceError::new(StatusCode::BAD_REQUEST, "0x80040203", message)
}

/// Returns the error for a definition that other definitions need.
fn needed(kind: &str, name: &str, by: &[String]) -> ServiceError {
    let message = format!(
        "The {kind}({name}) component cannot be deleted because it is referenced by {} other components: {}. For a \
         list of referenced components, use the RetrieveDependenciesForDeleteRequest.",
        by.len(),
        by.join(", ")
    );
    ServiceError::new(StatusCode::BAD_REQUEST, DEPENDENCY, message)
}

/// Returns the error for a definition of the system, which cannot be deleted.
fn of_system(kind: &str, name: &str) -> ServiceError {
    let message = format!("The {kind} '{name}' is not a custom component and cannot be deleted.");
    ServiceError::new(StatusCode::BAD_REQUEST, "0x80040203", message)
}

/// Returns a text member of a body, or the error for a missing one.
fn text<'b>(body: &'b Members, member: &str) -> Result<&'b str, ServiceError> {
    match body.get(member) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        _ => Err(missing(member)),
    }
}

/// Returns the logical name for a schema name, after checking that it is a valid name of a definition: ASCII
/// letters, digits and underscores, at most 100 of them, beginning with a letter.
fn logical_name(schema_name: &str) -> Result<String, ServiceError> {
    let valid = schema_name.starts_with(|c: char| c.is_ascii_alphabetic())
        && schema_name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && schema_name.len() <= 100;
    match valid {
        true => Ok(schema_name.to_ascii_lowercase()),
        false => Err(ServiceError::new(
            StatusCode::BAD_REQUEST,
            "0x80048403",
            format!(
                "The name '{schema_name}' is not valid: names consist of letters, digits and underscores, and begin with a letter."
            ),
        )),
    }
}
