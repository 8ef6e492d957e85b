//! The requests about webhooks: make, list, remove, see deliveries, deliver again.
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::caller::{Caller, is_id};
use crate::error::{ApiError, ErrorBody};
use crate::extract::JsonBody;
use crate::gateway::Gateway;
use crate::store::{DeliveryRecord, NewWebhook, Scope, Webhook};

/// The names of all events.
pub(crate) const EVENTS: &[&str] = &[
    crate::gateway::AUTHENTICATION_ERROR,
    "account.schema_changed",
    "account.changes_restarted",
    "resource.created",
    "resource.updated",
    "resource.deleted",
];

/// The number of deliveries in a response.
const MAX_DELIVERIES: u32 = 200;
/// The maximum number of webhooks of a tenant.
const MAX_WEBHOOKS: usize = 100;

/// A webhook, as callers see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookView {
    /// The id.
    id: String,
    /// The address.
    url: String,
    /// The names of the events; empty for all.
    events: Vec<String>,
    /// The account whose events are sent; absent for all accounts.
    account_id: Option<String>,
    /// The secret that signs the events. Only the response to the request that has made the webhook has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// The time at which the webhook was made.
    created_at: String,
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        Self {
            id: webhook.id,
            url: webhook.url,
            events: webhook.events,
            account_id: webhook.account_id,
            secret: None,
            created_at: webhook.created_at.to_string(),
        }
    }
}

/// A request for a webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookRequest {
    /// The address, which begins with `https://`.
    url: String,
    /// The names of the events; empty for all.
    #[serde(default)]
    events: Vec<String>,
    /// The account whose events are sent; absent for all accounts.
    #[serde(default)]
    account_id: Option<String>,
}

/// A list of webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookList {
    /// The webhooks.
    webhooks: Vec<WebhookView>,
}

/// A delivery of an event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// The id.
    id: String,
    /// The name of the event.
    event: String,
    /// The body that was sent.
    body: Value,
    /// The number of attempts so far.
    attempts: i64,
    /// The time of the event.
    created_at: String,
    /// The time of the next attempt.
    next_attempt_at: Option<String>,
    /// The time at which it was received.
    delivered_at: Option<String>,
    /// The time after which no further attempt is made.
    failed_at: Option<String>,
    /// Why the last attempt failed.
    last_error: Option<String>,
}

impl From<DeliveryRecord> for DeliveryView {
    fn from(record: DeliveryRecord) -> Self {
        let text = |at: Option<dvkit_client::jiff::Timestamp>| at.map(|at| at.to_string());
        Self {
            id: record.id,
            event: record.event,
            body: record.body,
            attempts: record.attempts,
            created_at: record.created_at.to_string(),
            next_attempt_at: text(record.next_attempt_at),
            delivered_at: text(record.delivered_at),
            failed_at: text(record.failed_at),
            last_error: record.last_error,
        }
    }
}

/// A list of deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryList {
    /// The latest deliveries, the newest first.
    deliveries: Vec<DeliveryView>,
}

/// Returns the routes about webhooks.
pub(crate) fn router() -> Router<Gateway> {
    Router::new()
        .route("/webhooks", get(list).post(create))
        .route("/webhooks/{id}", get(read).delete(remove))
        .route("/webhooks/{id}/deliveries", get(deliveries))
        .route("/webhooks/{id}/deliveries/{delivery}/redeliver", post(redeliver))
}

/// Returns a webhook that the caller's key reaches.
async fn found(gateway: &Gateway, caller: &Caller, id: &str) -> Result<Webhook, ApiError> {
    if !is_id(id) {
        return Err(ApiError::not_found("webhook"));
    }
    let webhook = gateway.store().webhook(&caller.0.tenant, id).await?;
    let webhook = webhook.filter(|webhook| reaches(caller, webhook));
    webhook.ok_or_else(|| ApiError::not_found("webhook"))
}

/// Returns whether a key reaches a webhook: one that is for some accounts reaches webhooks of these accounts only.
fn reaches(caller: &Caller, webhook: &Webhook) -> bool {
    match &webhook.account_id {
        Some(account) => caller.0.reaches(account),
        None => caller.0.accounts.is_none(),
    }
}

/// Makes a webhook.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = WebhookRequest, responses(
    (status = 201, description = "The webhook, with the secret that signs its events", body = WebhookView),
    (status = 400, description = "The address is not one of the public internet, or an event is unknown", body = ErrorBody),
), security(("api_key" = ["webhooks.write"])))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    body: Result<JsonBody<WebhookRequest>, ApiError>,
) -> Result<(StatusCode, Json<WebhookView>), ApiError> {
    caller.require(Scope::WebhooksWrite)?;
    let JsonBody(request) = body?;
    let account_id = match &request.account_id {
        Some(account) => Some(caller.account(&gateway, account).await?.id),
        None => {
            caller.require_all_accounts()?;
            None
        }
    };
    if let Some(unknown) = request.events.iter().find(|event| !EVENTS.contains(&event.as_str())) {
        let unknown: String = unknown.chars().take(80).collect();
        let message = format!("`{unknown}` is not an event; the events are {}", EVENTS.join(", "));
        return Err(ApiError::bad_request(message));
    }
    let url = gateway.sender().check_url(&request.url).map_err(ApiError::bad_request)?;
    if gateway.store().list_webhooks(&caller.0.tenant).await?.len() >= MAX_WEBHOOKS {
        return Err(ApiError::bad_request("a tenant has at most 100 webhooks"));
    }
    let new = NewWebhook { tenant: caller.0.tenant.clone(), url, events: request.events, account_id };
    let (webhook, secret) = gateway.store().create_webhook(new, gateway.now()).await?;
    let mut view = WebhookView::from(webhook);
    view.secret = Some(secret.expose_secret().to_owned());
    Ok((StatusCode::CREATED, Json(view)))
}

/// Lists the webhooks.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", responses(
    (status = 200, description = "The webhooks", body = WebhookList),
), security(("api_key" = ["webhooks.read"])))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    caller: Caller,
) -> Result<Json<WebhookList>, ApiError> {
    caller.require(Scope::WebhooksRead)?;
    let all = gateway.store().list_webhooks(&caller.0.tenant).await?;
    let mine = all.into_iter().filter(|webhook| reaches(&caller, webhook));
    Ok(Json(WebhookList { webhooks: mine.map(WebhookView::from).collect() }))
}

/// Reads a webhook.
#[utoipa::path(get, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path, description = "The id")), responses(
    (status = 200, description = "The webhook", body = WebhookView),
    (status = 404, description = "There is no such webhook", body = ErrorBody),
), security(("api_key" = ["webhooks.read"])))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<WebhookView>, ApiError> {
    caller.require(Scope::WebhooksRead)?;
    Ok(Json(found(&gateway, &caller, &id).await?.into()))
}

/// Removes a webhook, with the events that were not delivered yet.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path, description = "The id")), responses(
    (status = 204, description = "The webhook is removed"),
    (status = 404, description = "There is no such webhook", body = ErrorBody),
), security(("api_key" = ["webhooks.write"])))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    caller.require(Scope::WebhooksWrite)?;
    let webhook = found(&gateway, &caller, &id).await?;
    match gateway.store().delete_webhook(&webhook.tenant, &webhook.id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::not_found("webhook")),
    }
}

/// Lists the latest deliveries of a webhook.
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "webhooks", params(("id" = String, Path, description = "The id")), responses(
    (status = 200, description = "The deliveries", body = DeliveryList),
    (status = 404, description = "There is no such webhook", body = ErrorBody),
), security(("api_key" = ["webhooks.read"])))]
pub(crate) async fn deliveries(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<DeliveryList>, ApiError> {
    caller.require(Scope::WebhooksRead)?;
    let webhook = found(&gateway, &caller, &id).await?;
    let latest = gateway.store().deliveries(&webhook.tenant, &webhook.id, MAX_DELIVERIES).await?;
    Ok(Json(DeliveryList { deliveries: latest.into_iter().map(DeliveryView::from).collect() }))
}

/// Sends an event again.
#[utoipa::path(post, path = "/webhooks/{id}/deliveries/{delivery}/redeliver", tag = "webhooks", params(
    ("id" = String, Path, description = "The id of the webhook"),
    ("delivery" = String, Path, description = "The id of the delivery"),
), responses(
    (status = 202, description = "The event will be sent"),
    (status = 404, description = "There is no such webhook or delivery", body = ErrorBody),
), security(("api_key" = ["webhooks.write"])))]
pub(crate) async fn redeliver(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    caller.require(Scope::WebhooksWrite)?;
    let webhook = found(&gateway, &caller, &id).await?;
    if !is_id(&delivery) {
        return Err(ApiError::not_found("delivery"));
    }
    let due = gateway.store().redeliver(&webhook.tenant, &webhook.id, &delivery, gateway.now()).await?;
    if due { Ok(StatusCode::ACCEPTED) } else { Err(ApiError::not_found("delivery")) }
}

#[cfg(test)]
mod tests;
