//! The associations between records, and the fields that an organisation has.
use axum::Router;
use axum::extract::{Path, RawQuery, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::parameters::{AccountQuery, RecordPath};
use super::routes::{NamedAccount, Write, account_of, within_limits, write};
use super::{RecordAddress, Unified};
use crate::caller::Caller;
use crate::error::{ApiError, ErrorBody};
use crate::gateway::Gateway;
use crate::store::{Account, Scope};

/// The parameter of a query with the name of a relationship.
const RELATIONSHIP: &str = "relationship";
/// The parameter of a query with the name of a resource.
const RESOURCE: &str = "resource";

/// Returns the routes of associations and fields.
pub(super) fn association_routes() -> Router<Gateway> {
    Router::new()
        .route("/unified/crm/fields", get(fields))
        .route("/unified/crm/{resource}/{id}/associations", post(associate))
        .route("/unified/crm/{resource}/{id}/associations/{other}", get(associated))
        .route("/unified/crm/{resource}/{id}/associations/{other}/{other_id}", delete(disassociate))
}

/// The other record of an association.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssociateRequest {
    /// The resource of the other record.
    resource: String,
    /// The id of the other record.
    id: String,
    /// The name of the relationship; it may be left out if the records have only one.
    #[serde(default)]
    relationship: Option<String>,
}

/// The records that are associated with a record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssociatedRecords {
    /// The records.
    #[schema(value_type = Vec<Value>)]
    result: Box<RawValue>,
}

/// The fields of an organisation's resources.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldList {
    /// The resources with their fields.
    result: Vec<ResourceFields>,
}

/// The fields of a resource, as an organisation has them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResourceFields {
    /// The resource.
    resource: String,
    /// The fields: each with its `name`, `label`, `type`, `options`, and what it can be used for. A column that is not
    /// mapped has no name.
    #[schema(value_type = Vec<Value>)]
    fields: Box<RawValue>,
}

/// Returns the only value of a parameter; `None` if the query does not have it.
fn parameter(query: &str, parameter: &str) -> Result<Option<String>, ApiError> {
    let mut values = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == parameter);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(ApiError::bad_request(format!("`{parameter}` is given twice"))),
        (value, None) => Ok(value.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())),
    }
}

/// Returns the relationship that a query names; `None` if it names none.
pub(super) fn relationship_of(query: &str) -> Result<Option<String>, ApiError> {
    parameter(query, RELATIONSHIP)
}

/// Associates a record with the one that a body names.
pub(super) async fn associate_record(
    gateway: &Gateway,
    account: &Account,
    model: &dyn Unified,
    from: RecordAddress<'_>,
    body: &[u8],
) -> Result<Response, ApiError> {
    let other: AssociateRequest = serde_json::from_slice(body)
        .map_err(|error| ApiError::bad_request(format!("the body is not an association: {error}")))?;
    let to = RecordAddress { resource: &other.resource, id: &other.id };
    let associated = model.associate(from, to, other.relationship.as_deref()).await;
    gateway.of_model(account, associated).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Associates a record with another one, through a many-to-many relationship.
#[utoipa::path(post, path = "/unified/crm/{resource}/{id}/associations", tag = "unified", params(
    RecordPath,
    AccountQuery,
), request_body = AssociateRequest, responses(
    (status = 204, description = "The records are associated"),
    (status = 400, description = "The records have no such relationship", body = ErrorBody),
    (status = 404, description = "There is no such account, resource or record", body = ErrorBody),
), security(("api_key" = ["unified.write"])))]
pub(crate) async fn associate(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(RecordPath { resource, id }): Path<RecordPath>,
    request: Request,
) -> Result<Response, ApiError> {
    write(gateway, caller, resource, Write::Associate(id), request).await
}

/// Ends an association of a record with another one.
#[utoipa::path(delete, path = "/unified/crm/{resource}/{id}/associations/{other}/{other_id}", tag = "unified", params(
    RecordPath,
    ("other" = String, Path, description = "The resource of the other record"),
    ("other_id" = String, Path, description = "The id of the other record"),
    ("relationship" = Option<String>, Query, description = "The name of the relationship, if the records have several"),
    AccountQuery,
), responses(
    (status = 204, description = "The records are not associated any more"),
    (status = 400, description = "The records have no such relationship", body = ErrorBody),
    (status = 404, description = "There is no such account, resource or record", body = ErrorBody),
), security(("api_key" = ["unified.write"])))]
pub(crate) async fn disassociate(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((resource, id, other, other_id)): Path<(String, String, String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    write(gateway, caller, resource, Write::Disassociate { id, other, other_id }, request).await
}

/// Lists the records that are associated with a record, at most 5,000.
#[utoipa::path(get, path = "/unified/crm/{resource}/{id}/associations/{other}", tag = "unified", params(
    RecordPath,
    ("other" = String, Path, description = "The resource of the records to list"),
    ("relationship" = Option<String>, Query, description = "The name of the relationship, if the records have several"),
    AccountQuery,
), responses(
    (status = 200, description = "The records", body = AssociatedRecords),
    (status = 400, description = "The records have no such relationship", body = ErrorBody),
    (status = 404, description = "There is no such account, resource or record", body = ErrorBody),
), security(("api_key" = ["unified.read"])))]
pub(crate) async fn associated(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((resource, id, other)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.require(Scope::UnifiedRead)?;
    let query = query.unwrap_or_default();
    let NamedAccount { account, .. } = account_of(&gateway, &caller, &query, &headers).await?;
    let relationship = relationship_of(&query)?;
    within_limits(&gateway, &account, &headers, false, async {
        let model = gateway.unified(&account).await?;
        let from = RecordAddress { resource: &resource, id: &id };
        let associated = model.associated(from, &other, relationship.as_deref()).await;
        let result = gateway.of_model(&account, associated).await?;
        Ok(axum::Json(AssociatedRecords { result }).into_response())
    })
    .await
}

/// Tells which fields an organisation has: those of the model, its own, and the columns that are not mapped.
#[utoipa::path(get, path = "/unified/crm/fields", tag = "unified", params(
    ("resource" = Option<String>, Query, description = "The resource; all if it is not given"),
    AccountQuery,
), responses(
    (status = 200, description = "The fields", body = FieldList),
    (status = 404, description = "There is no such account or resource", body = ErrorBody),
), security(("api_key" = ["unified.read"])))]
pub(crate) async fn fields(
    State(gateway): State<Gateway>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.require(Scope::UnifiedRead)?;
    let query = query.unwrap_or_default();
    let NamedAccount { account, .. } = account_of(&gateway, &caller, &query, &headers).await?;
    let only = parameter(&query, RESOURCE)?;
    within_limits(&gateway, &account, &headers, false, async {
        let model = gateway.unified(&account).await?;
        let resources = only.map_or_else(|| model.resources(), |only| vec![only]);
        let mut result = Vec::with_capacity(resources.len());
        for resource in resources {
            let fields = gateway.of_model(&account, model.fields(&resource)).await?;
            result.push(ResourceFields { resource, fields });
        }
        Ok(axum::Json(FieldList { result }).into_response())
    })
    .await
}
