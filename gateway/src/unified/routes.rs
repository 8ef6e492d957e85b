//! `/unified/crm/<resource>[/<id>]`: records in the shape of the model. The account is the query's `account_id`, or
//! the header `X-Account-Id`.
use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::stream;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;
use uuid::Uuid;

use super::associations::{associate_record, relationship_of};
use super::parameters::{AccountQuery, RecordPath, ResourcePath};
use super::{ACCOUNT_ID, ListParameters, RecordAddress, UnifiedError, remote_data_of_write};
use crate::caller::Caller;
use crate::error::{ApiError, ErrorBody};
use crate::gateway::Gateway;
use crate::idempotency::{self, Replayable};
use crate::proxy::{Preferences, admit};
use crate::store::{Account, Scope};

/// The parameter of a query that names the account if nothing else does.
const ACCOUNT: &str = "account";
/// The header that names the account.
const ACCOUNT_HEADER: &str = "x-account-id";
/// The maximum size of a record in a request.
const MAX_RECORD_BYTES: usize = 4 << 20;

/// Returns the routes of the model.
pub(crate) fn router() -> Router<Gateway> {
    Router::new()
        .route("/unified/crm/{resource}", get(list).post(create))
        .route("/unified/crm/{resource}/{id}", get(read).patch(update).put(upsert).delete(delete))
        .merge(super::associations::association_routes())
}

/// A page of records.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordPage {
    /// The records.
    result: Vec<Value>,
    /// The cursor of the next page; absent or null at the end.
    next_cursor: Option<String>,
    /// The cursor of the page before; absent or null on the first page.
    previous_cursor: Option<String>,
    /// The values of the organisation that could not be read; absent if there are none. Their fields are null.
    issues: Option<Vec<RecordIssue>>,
}

/// A value of the organisation that could not be read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordIssue {
    /// The id of the record.
    id: String,
    /// The field.
    field: String,
    /// What is wrong with the value.
    message: String,
}

/// The account that a request names, and the parameter of its query that names it.
pub(super) struct NamedAccount {
    pub(super) account: Account,
    pub(super) named_by: &'static str,
}

/// Returns the account that a request names: with `account_id`, the header `X-Account-Id`, or, if there is neither,
/// with `account`. A query that has `account_id` can have a condition on a field `account`.
pub(super) async fn account_of(
    gateway: &Gateway,
    caller: &Caller,
    query: &str,
    headers: &HeaderMap,
) -> Result<NamedAccount, ApiError> {
    let values = |parameter: &str| -> Vec<String> {
        let all = url::form_urlencoded::parse(query.as_bytes());
        all.filter(|(name, _)| name == parameter).map(|(_, value)| value.into_owned()).collect()
    };
    let (ids, names) = (values(ACCOUNT_ID), values(ACCOUNT));
    let in_header: Vec<String> = headers
        .get_all(ACCOUNT_HEADER)
        .iter()
        .map(|value| value.to_str().unwrap_or_default().to_owned())
        .collect();
    let (name, named_by) = match (ids.as_slice(), in_header.as_slice(), names.as_slice()) {
        ([id], [], _) | ([], [id], _) => (id, ACCOUNT_ID),
        ([], [], [name]) => (name, ACCOUNT),
        _ => {
            let message =
                "name the account once: with `account_id` in the query, or the header `X-Account-Id`";
            return Err(ApiError::bad_request(message));
        }
    };
    Ok(NamedAccount { account: caller.account(gateway, name).await?, named_by })
}

/// Runs `act` for the account of a request, within the account's limits and the caller's deadline. `writes` says whether it
/// changes something.
pub(super) async fn within_limits<T>(
    gateway: &Gateway,
    account: &Account,
    headers: &HeaderMap,
    writes: bool,
    act: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    let until = Instant::now() + gateway.settings().limits.deadline(Preferences::of(headers).wait);
    let _permit = admit(gateway, account, until).await?;
    // A model sends its requests without the caller's deadline, so that the pause of an organisation is looked at here.
    let client = gateway.connections().client(gateway, account).await?;
    let before = client.status();
    if let Some(pause) = before.paused_for
        && Instant::now() + pause > until
    {
        return Err(throttled(gateway, pause, false));
    }
    timeout_at(until, act).await.unwrap_or_else(|_| {
        let after = client.status();
        // A pause may have ended just now.
        let was_paused = before.paused_for.is_some() || after.throttled > before.throttled;
        if after.paused_for.is_some() || was_paused {
            return Err(throttled(gateway, after.paused_for.unwrap_or_default(), writes));
        }
        let message = "the request was not finished within its time";
        let error = ApiError::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message);
        Err(error.with("may_have_run", writes))
    })
}

/// Returns the error for a request that the organisation makes wait for longer than the caller waits.
fn throttled(gateway: &Gateway, pause: Duration, may_have_run: bool) -> ApiError {
    gateway.metrics().throttled();
    let message = "the organisation is at its limits, and asks to wait for longer than the request may take";
    let error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "throttled", message);
    error.retry_after(pause).with("may_have_run", may_have_run)
}

/// Returns the response with a text of JSON, which is not copied.
fn json_text(status: StatusCode, text: String) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], text).into_response()
}

/// Returns the response with a text of JSON in parts, which are not copied.
fn json_parts(status: StatusCode, parts: Vec<Vec<u8>>) -> Response {
    let length = parts.iter().map(Vec::len).sum::<usize>();
    let body = Body::from_stream(stream::iter(parts.into_iter().map(Ok::<_, Infallible>)));
    (status, [(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_LENGTH, length.to_string())], body)
        .into_response()
}

/// Returns the text of a JSON value, which is not copied.
fn text_of(value: Box<RawValue>) -> String {
    Box::<str>::from(value).into_string()
}

/// Lists records.
#[utoipa::path(get, path = "/unified/crm/{resource}", tag = "unified", params(
    ResourcePath,
    AccountQuery,
    ("limit" = Option<u32>, Query, description = "The number of records of a page"),
    ("cursor" = Option<String>, Query, description = "`next_cursor` or `previous_cursor` of another page; `next_cursor` is another name of this parameter"),
    ("modified_after" = Option<String>, Query, description = "Only records that were changed after this time"),
    ("modified_before" = Option<String>, Query, description = "Only records that were changed before this time"),
    ("created_after" = Option<String>, Query, description = "Only records that were created after this time"),
    ("created_before" = Option<String>, Query, description = "Only records that were created before this time"),
    ("search" = Option<String>, Query, description = "Only records that have this text in their names"),
    ("sort" = Option<String>, Query, description = "Fields to order by, with `-` before a field for the greatest value first"),
    ("remote_data" = Option<bool>, Query, description = "Whether records have the organisation's row"),
), responses(
    (status = 200, description = "A page of records", body = RecordPage),
    (status = 404, description = "There is no such account or resource", body = ErrorBody),
    (status = 409, description = "A person has to sign in again, at `sign_in_url`", body = ErrorBody),
), security(("api_key" = ["unified.read"])))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(ResourcePath { resource }): Path<ResourcePath>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.require(Scope::UnifiedRead)?;
    let query = query.unwrap_or_default();
    let NamedAccount { account, named_by } = account_of(&gateway, &caller, &query, &headers).await?;
    let request = gateway.of_model(&account, ListParameters::of_query(&query, named_by)).await?;
    within_limits(&gateway, &account, &headers, false, async {
        let model = gateway.unified(&account).await?;
        let page = model.list(&resource, &request).await.map_err(UnifiedError::of_list);
        let page = gateway.of_model(&account, page).await?;
        Ok(json_parts(StatusCode::OK, page))
    })
    .await
}

/// Reads a record.
#[utoipa::path(get, path = "/unified/crm/{resource}/{id}", tag = "unified", params(
    RecordPath,
    AccountQuery,
), responses(
    (status = 200, description = "The record", body = Value),
    (status = 404, description = "There is no such account, resource or record", body = ErrorBody),
), security(("api_key" = ["unified.read"])))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(RecordPath { resource, id }): Path<RecordPath>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.require(Scope::UnifiedRead)?;
    let query = query.unwrap_or_default();
    let NamedAccount { account, named_by } = account_of(&gateway, &caller, &query, &headers).await?;
    let options = gateway.of_model(&account, ListParameters::of_query(&query, named_by)).await?;
    within_limits(&gateway, &account, &headers, false, async {
        let model = gateway.unified(&account).await?;
        let record = model.get(&resource, &id, options.remote_data).await;
        Ok(json_text(StatusCode::OK, text_of(gateway.of_model(&account, record).await?)))
    })
    .await
}

/// What a write does.
pub(super) enum Write {
    Create,
    Update(String),
    Upsert(String),
    Delete(String),
    Associate(String),
    Disassociate { id: String, other: String, other_id: String },
}

/// A write that was read from its request.
struct WriteRequest {
    account: Account,
    /// The parameter that names the account.
    named_by: &'static str,
    parts: Parts,
    body: Vec<u8>,
}

async fn read_write(gateway: &Gateway, caller: &Caller, request: Request) -> Result<WriteRequest, ApiError> {
    caller.require(Scope::UnifiedWrite)?;
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let NamedAccount { account, named_by } = account_of(gateway, caller, query, &parts.headers).await?;
    let until = Instant::now() + gateway.settings().limits.deadline(Preferences::of(&parts.headers).wait);
    let read = timeout_at(until, Limited::new(body, MAX_RECORD_BYTES).collect()).await;
    let too_large = || {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "request_too_large",
            "a record has at most 4 MiB, and arrives in time",
        )
    };
    let body = read.map_err(|_| too_large())?.map_err(|_| too_large())?.to_bytes();
    Ok(WriteRequest { account, named_by, parts, body: body.to_vec() })
}

/// Executes a write, once if it has an idempotency key.
pub(super) async fn write(
    gateway: Gateway,
    caller: Caller,
    resource: String,
    write: Write,
    request: Request,
) -> Result<Response, ApiError> {
    let WriteRequest { account, named_by, parts, body } = read_write(&gateway, &caller, request).await?;
    let remote_data = match &write {
        Write::Create | Write::Update(_) | Write::Upsert(_) => {
            let query = parts.uri.query().unwrap_or_default();
            gateway.of_model(&account, remote_data_of_write(query, named_by)).await?
        }
        Write::Delete(_) | Write::Associate(_) | Write::Disassociate { .. } => true,
    };
    let key = idempotency::key(&parts.headers)?;
    let row_id = key.as_ref().map(|key| {
        let digest =
            idempotency::digest(&parts.method, &parts.uri, format!("{}\0{key}", account.id).as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        uuid::Builder::from_custom_bytes(id).into_uuid()
    });
    let replayable =
        key.map(|key| Replayable { key, digest: idempotency::digest(&parts.method, &parts.uri, &body) });
    let (shared, owner) = (gateway.clone(), account.clone());
    let executing = async move {
        within_limits(&shared, &owner, &parts.headers, true, async {
            let query = parts.uri.query().unwrap_or_default();
            execute(&shared, &owner, &resource, write, (query, &body), (row_id, remote_data)).await
        })
        .await
    };
    match replayable {
        Some(replayable) => idempotency::once(&gateway, &account, replayable, executing).await,
        None => executing.await,
    }
}

async fn execute(
    gateway: &Gateway,
    account: &Account,
    resource: &str,
    write: Write,
    (query, body): (&str, &[u8]),
    (row_id, remote_data): (Option<Uuid>, bool),
) -> Result<Response, ApiError> {
    let model = gateway.unified(account).await?;
    let fields = || -> Result<Map<String, Value>, ApiError> {
        serde_json::from_slice(body)
            .map_err(|error| ApiError::bad_request(format!("the body is not a JSON object: {error}")))
    };
    let written = match write {
        Write::Create => {
            model.create(resource, &fields()?, row_id).await.map(|written| (StatusCode::CREATED, written.id))
        }
        Write::Update(id) => model.update(resource, &id, &fields()?).await.map(|()| (StatusCode::OK, id)),
        Write::Upsert(external) => model
            .upsert(resource, &external, &fields()?)
            .await
            .map(|written| (if written.created { StatusCode::CREATED } else { StatusCode::OK }, written.id)),
        Write::Delete(id) => {
            gateway.of_model(account, model.delete(resource, &id).await).await?;
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        Write::Associate(id) => {
            let from = RecordAddress { resource, id: &id };
            return associate_record(gateway, account, model.as_ref(), from, body).await;
        }
        Write::Disassociate { id, other, other_id } => {
            let from = RecordAddress { resource, id: &id };
            let to = RecordAddress { resource: &other, id: &other_id };
            let relationship = relationship_of(query)?;
            let ended = model.disassociate(from, to, relationship.as_deref()).await;
            gateway.of_model(account, ended).await?;
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    };
    let (status, id) = gateway.of_model(account, written).await?;
    let mut response = match model.get(resource, &id, remote_data).await {
        Ok(record) => json_text(status, text_of(record)),
        // The write took place, whatever became of the reading.
        Err(error) => {
            if let UnifiedError::Client(error) = &error {
                tracing::info!(account = account.id, %error, "a record that was written cannot be read");
            }
            (status, Json(serde_json::json!({ "id": id }))).into_response()
        }
    };
    if status == StatusCode::CREATED
        && let Ok(location) = HeaderValue::try_from(format!(
            "{}unified/crm/{resource}/{id}?{ACCOUNT_ID}={}",
            gateway.public_url(),
            account.id
        ))
    {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// Creates a record.
#[utoipa::path(post, path = "/unified/crm/{resource}", tag = "unified", params(
    ResourcePath,
    AccountQuery,
    ("remote_data" = Option<bool>, Query, description = "Whether the record has the organisation's row"),
    ("Idempotency-Key" = Option<String>, Header, description = "A text by which a repetition is recognised, and gets the response of the first request"),
), request_body = Value, responses(
    (status = 201, description = "The record", body = Value),
    (status = 400, description = "The record is wrong, in the field `field`", body = ErrorBody),
), security(("api_key" = ["unified.write"])))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(ResourcePath { resource }): Path<ResourcePath>,
    request: Request,
) -> Result<Response, ApiError> {
    write(gateway, caller, resource, Write::Create, request).await
}

/// Changes a record.
#[utoipa::path(patch, path = "/unified/crm/{resource}/{id}", tag = "unified", params(
    RecordPath,
    AccountQuery,
    ("remote_data" = Option<bool>, Query, description = "Whether the record has the organisation's row"),
), request_body = Value, responses(
    (status = 200, description = "The record", body = Value),
    (status = 404, description = "There is no such account, resource or record", body = ErrorBody),
), security(("api_key" = ["unified.write"])))]
pub(crate) async fn update(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(RecordPath { resource, id }): Path<RecordPath>,
    request: Request,
) -> Result<Response, ApiError> {
    write(gateway, caller, resource, Write::Update(id), request).await
}

/// Creates or changes the record with an external id.
#[utoipa::path(put, path = "/unified/crm/{resource}/{id}", tag = "unified", params(
    ("resource" = String, Path, description = "The resource, such as `contacts`"),
    ("id" = String, Path, description = "The external id"),
    AccountQuery,
    ("remote_data" = Option<bool>, Query, description = "Whether the record has the organisation's row"),
), request_body = Value, responses(
    (status = 200, description = "The record, which was there", body = Value),
    (status = 201, description = "The record, which is new", body = Value),
), security(("api_key" = ["unified.write"])))]
pub(crate) async fn upsert(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(RecordPath { resource, id }): Path<RecordPath>,
    request: Request,
) -> Result<Response, ApiError> {
    write(gateway, caller, resource, Write::Upsert(id), request).await
}

/// Deletes a record.
#[utoipa::path(delete, path = "/unified/crm/{resource}/{id}", tag = "unified", params(
    RecordPath,
    AccountQuery,
), responses(
    (status = 204, description = "The record is deleted"),
    (status = 404, description = "There is no such account, resource or record", body = ErrorBody),
), security(("api_key" = ["unified.write"])))]
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(RecordPath { resource, id }): Path<RecordPath>,
    request: Request,
) -> Result<Response, ApiError> {
    write(gateway, caller, resource, Write::Delete(id), request).await
}

#[cfg(test)]
mod tests;
