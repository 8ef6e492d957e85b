//! The requests about accounts: connect, list, state, sign in again, disconnect.
use axum::extract::{Path, State};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use dvkit_client::Client;
use dvkit_client::auth::StaticToken;
use http::StatusCode;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::{IntoParams, ToSchema};

use super::sign_in;
use crate::caller::{Caller, MAX_NAME, is_id};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{JsonBody, QueryFields};
use crate::gateway::Gateway;
use crate::store::{Account, AccountState, AuthKind, NewAccount, Scope};

/// The maximum number of accounts in a response.
const MAX_LIMIT: u32 = 500;

/// An account, as callers see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountView {
    /// The id.
    id: String,
    /// The name for people.
    name: String,
    /// The organisation's URL.
    org_url: String,
    /// How the account signs in.
    auth: AuthKind,
    /// The id of the application that signs in.
    client_id: String,
    /// The tenant of Microsoft Entra ID, if one was given.
    entra_tenant: Option<String>,
    /// The state.
    state: AccountState,
    /// Why somebody has to sign in again. In the response to a connection that was made, also why its application could not
    /// sign in so far.
    reason: Option<String>,
    /// The page at which a person signs in; absent if the account is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_url: Option<String>,
    /// The code that a person types, with a device code.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<DeviceView>,
    /// The time at which the account was made.
    created_at: String,
    /// The time of the last change.
    updated_at: String,
}

/// The code that a person types on a page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceView {
    /// The page to open, on any device.
    verification_uri: String,
    /// The code to type there.
    user_code: String,
    /// The seconds for which the code is good.
    expires_in: u64,
}

impl AccountView {
    fn of(gateway: &Gateway, account: Account) -> Self {
        let sign_in_url = (account.state != AccountState::Connected
            && account.auth != AuthKind::ClientCredentials)
            .then(|| gateway.sign_in_url(&account).to_string());
        Self {
            sign_in_url,
            device: None,
            id: account.id,
            name: account.name,
            org_url: account.org_url,
            auth: account.auth,
            client_id: account.application,
            entra_tenant: account.entra_tenant,
            state: account.state,
            reason: account.reason,
            created_at: account.created_at.to_string(),
            updated_at: account.updated_at.to_string(),
        }
    }
}

/// A request to connect an organisation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectRequest {
    /// The name for people.
    name: String,
    /// The organisation's URL, such as `https://contoso.crm4.dynamics.com`.
    org_url: String,
    /// How the account signs in.
    auth: AuthKind,
    /// The name of an application in the configuration; `default` if neither it nor `client_id` is given.
    #[serde(default)]
    application: Option<String>,
    /// The id of the customer's own application.
    #[serde(default)]
    client_id: Option<String>,
    /// The secret of the customer's own application.
    #[serde(default)]
    client_secret: Option<String>,
    /// The tenant of Microsoft Entra ID, by id or domain, if it is not the organisation's.
    #[serde(default)]
    entra_tenant: Option<String>,
    /// The page to which the browser is sent after the sign-in. The configuration has to allow it.
    #[serde(default)]
    return_url: Option<String>,
}

/// A request for a new sign-in.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SignInRequest {
    /// The page to which the browser is sent after the sign-in. The configuration has to allow it.
    return_url: Option<String>,
}

/// A request to replace the secret of an account's application.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretRequest {
    /// The new secret.
    client_secret: String,
}

/// The query of a list of accounts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// The maximum number of accounts; 100 if it is not given.
    #[serde(default)]
    limit: Option<u32>,
    /// The id after which the list begins: `next` of the previous response.
    #[serde(default)]
    after: Option<String>,
}

/// A list of accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountList {
    /// The accounts.
    accounts: Vec<AccountView>,
    /// The value of `after` for the next request; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Returns the routes about accounts.
pub(crate) fn router() -> Router<Gateway> {
    Router::new()
        .route("/accounts", get(list).post(connect))
        .route("/accounts/{id}", get(read).delete(disconnect))
        .route("/accounts/{id}/sign-in", post(sign_in_again))
        .route("/accounts/{id}/secret", put(replace_secret))
        .merge(sign_in::router())
}

/// Checks the URL of an organisation, and returns it in its normal form.
fn org_url(gateway: &Gateway, text: &str) -> Result<String, ApiError> {
    // A client of HTTP of its own would read the certificates of the system.
    let http = gateway.connections().http().clone();
    let checked = Client::builder(text).token_source(StaticToken::new("")).http_client(http).build();
    let url = checked.map_err(|error| ApiError::bad_request(error.message()))?.org_url().clone();
    if gateway.settings().allows_organisation(&url) {
        return Ok(url.to_string());
    }
    let host = url.host_str().unwrap_or_default();
    Err(ApiError::bad_request(format!(
        "`{host}` is not the host of an organisation that this gateway may connect to"
    )))
}

/// Checks the page to which a browser is to be sent.
fn return_url(gateway: &Gateway, text: Option<&str>) -> Result<Option<Url>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    let url = Url::parse(text).ok().filter(|url| gateway.settings().allows_return_to(url));
    let message = "`return_url` begins with none of the `return_urls` in the configuration of this gateway";
    url.map(Some).ok_or_else(|| ApiError::bad_request(message))
}

/// Connects an organisation.
#[utoipa::path(post, path = "/accounts", tag = "accounts", request_body = ConnectRequest, responses(
    (status = 201, description = "The account. Unless it is connected, a person has to open `sign_in_url` or to type the device code", body = AccountView),
    (status = 400, description = "The request is wrong", body = ErrorBody),
    (status = 409, description = "There is such an account already, with the id `account_id`", body = ErrorBody),
), security(("api_key" = ["accounts.write"])))]
pub(crate) async fn connect(
    State(gateway): State<Gateway>,
    caller: Caller,
    body: Result<JsonBody<ConnectRequest>, ApiError>,
) -> Result<(StatusCode, Json<AccountView>), ApiError> {
    caller.require(Scope::AccountsWrite)?;
    caller.require_all_accounts()?;
    let JsonBody(request) = body?;
    let name = request.name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(ApiError::bad_request(
            "`name` is a text of at most 200 characters, without control characters",
        ));
    }
    let org_url = org_url(&gateway, &request.org_url)?;
    let back = return_url(&gateway, request.return_url.as_deref())?;
    let secret = request.client_secret.filter(|secret| !secret.is_empty()).map(SecretString::from);
    let mut entra_tenant = request.entra_tenant.filter(|tenant| !tenant.is_empty());
    let (application, has_secret) = match (request.client_id, request.application) {
        (Some(_), Some(_)) => return Err(ApiError::bad_request("`application` or `client_id`, not both")),
        (Some(id), None) if !id.is_empty() && id.len() <= 64 => {
            // The secret of an application in the configuration is for those who may use it by its name.
            let configured = gateway.settings().applications.values().any(|one| one.client_id == id);
            if configured {
                return Err(ApiError::bad_request(
                    "this application is in the configuration: use `application`",
                ));
            }
            (id, secret.is_some())
        }
        (Some(_), None) => return Err(ApiError::bad_request("`client_id` is the id of an application")),
        (None, name) => {
            let name = name.as_deref().unwrap_or("default");
            let found = gateway.connections().application(name).ok_or_else(|| {
                ApiError::bad_request(format!(
                    "the configuration of this gateway has no application `{name}`"
                ))
            })?;
            if secret.is_some() {
                return Err(ApiError::bad_request("`client_secret` goes with `client_id`"));
            }
            entra_tenant = entra_tenant.or_else(|| found.0.tenant.clone());
            (found.0.client_id.clone(), found.1.is_some())
        }
    };
    if request.auth == AuthKind::ClientCredentials && !has_secret {
        return Err(ApiError::bad_request("an application that signs in as itself needs a secret"));
    }
    let new = NewAccount {
        tenant: caller.0.tenant.clone(),
        name: name.to_owned(),
        org_url,
        auth: request.auth,
        application,
        secret,
        entra_tenant,
    };
    // Whoever sends the same request again gets no second account, whose name would be ambiguous.
    let named = gateway.store().accounts_named(&new.tenant, &new.name).await?;
    if let Some(known) = named.iter().find(|known| known.org_url == new.org_url && known.auth == new.auth) {
        let message = "an account with this name is connected to this organisation already: use it, or sign in again with \
                       `POST /accounts/<id>/sign-in`, or give this one another name";
        return Err(ApiError::new(StatusCode::CONFLICT, "account_exists", message)
            .with("account_id", known.id.as_str()));
    }
    let account = gateway.store().create_account(new, gateway.now()).await?;
    tracing::info!(account = account.id, org = account.org_url, "an account was made");
    let (mut device, mut failure) = (None, None);
    match account.auth {
        AuthKind::ClientCredentials => {
            gateway.connected(&account, None).await?;
            let connected = current(&gateway, &account).await?;
            if let Err(error) = gateway.sign_in_now(&connected).await {
                tracing::info!(account = account.id, error = error.message(), "the account cannot sign in");
                failure = Some(error.message().to_owned());
            }
        }
        AuthKind::DeviceCode => {
            let prompt = gateway.begin_device_sign_in(&account).await?;
            device = Some(DeviceView {
                verification_uri: prompt.verification_uri,
                user_code: prompt.user_code,
                expires_in: prompt.expires_in.as_secs(),
            });
        }
        AuthKind::AuthorizationCode => {}
    }
    let account = current(&gateway, &account).await?;
    let mut view = AccountView::of(&gateway, account.clone());
    if view.sign_in_url.is_some() {
        view.sign_in_url = Some(gateway.sign_in_url_back_to(&account, back.as_ref()).to_string());
    }
    view.device = device;
    // An organisation that cannot be reached may be later: the account stays, and the caller knows.
    view.reason = view.reason.or(failure);
    Ok((StatusCode::CREATED, Json(view)))
}

/// Reads an account again.
async fn current(gateway: &Gateway, account: &Account) -> Result<Account, ApiError> {
    let found = gateway.store().account(&account.tenant, &account.id).await?;
    found.ok_or_else(|| ApiError::not_found("account"))
}

/// Lists the accounts that the API key reaches.
#[utoipa::path(get, path = "/accounts", tag = "accounts", params(ListQuery), responses(
    (status = 200, description = "The accounts", body = AccountList),
), security(("api_key" = ["accounts.read"])))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    caller: Caller,
    query: Result<QueryFields<ListQuery>, ApiError>,
) -> Result<Json<AccountList>, ApiError> {
    caller.require(Scope::AccountsRead)?;
    let QueryFields(query) = query?;
    let limit = query.limit.unwrap_or(100).clamp(1, MAX_LIMIT);
    let after = query.after.unwrap_or_default();
    if !after.is_empty() && !is_id(&after) {
        return Err(ApiError::bad_request("`after` is `next` of the previous response"));
    }
    let found = gateway.store().list_accounts(&caller.0.tenant, &after, limit).await?;
    let next =
        (found.len() == limit as usize).then(|| found.last().map(|account| account.id.clone())).flatten();
    let mine = found.into_iter().filter(|account| caller.0.reaches(&account.id));
    let accounts = mine.map(|account| AccountView::of(&gateway, account)).collect();
    Ok(Json(AccountList { accounts, next }))
}

/// Reads an account.
#[utoipa::path(get, path = "/accounts/{id}", tag = "accounts", params(("id" = String, Path, description = "The id")), responses(
    (status = 200, description = "The account", body = AccountView),
    (status = 404, description = "There is no such account", body = ErrorBody),
), security(("api_key" = ["accounts.read"])))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<AccountView>, ApiError> {
    caller.require(Scope::AccountsRead)?;
    let account = caller.account(&gateway, &id).await?;
    Ok(Json(AccountView::of(&gateway, account)))
}

/// Begins a new sign-in to an account.
#[utoipa::path(post, path = "/accounts/{id}/sign-in", tag = "accounts", params(("id" = String, Path, description = "The id")),
    request_body = SignInRequest, responses(
    (status = 200, description = "The account, with `sign_in_url` or a device code", body = AccountView),
    (status = 404, description = "There is no such account", body = ErrorBody),
), security(("api_key" = ["accounts.write"])))]
pub(crate) async fn sign_in_again(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    body: Result<Option<JsonBody<SignInRequest>>, ApiError>,
) -> Result<Json<AccountView>, ApiError> {
    caller.require(Scope::AccountsWrite)?;
    let account = caller.account(&gateway, &id).await?;
    let request = body?.map(|JsonBody(request)| request).unwrap_or_default();
    let back = return_url(&gateway, request.return_url.as_deref())?;
    let mut view = AccountView::of(&gateway, account.clone());
    match account.auth {
        AuthKind::AuthorizationCode => {
            view.sign_in_url = Some(gateway.sign_in_url_back_to(&account, back.as_ref()).to_string());
        }
        AuthKind::DeviceCode => {
            let prompt = gateway.begin_device_sign_in(&account).await?;
            view.device = Some(DeviceView {
                verification_uri: prompt.verification_uri,
                user_code: prompt.user_code,
                expires_in: prompt.expires_in.as_secs(),
            });
        }
        AuthKind::ClientCredentials => {
            gateway.connected(&account, None).await?;
            gateway.sign_in_now(&current(&gateway, &account).await?).await?;
            view = AccountView::of(&gateway, current(&gateway, &account).await?);
        }
    }
    Ok(Json(view))
}

/// Replaces the secret of an account's own application.
#[utoipa::path(put, path = "/accounts/{id}/secret", tag = "accounts", params(("id" = String, Path, description = "The id")),
    request_body = SecretRequest, responses(
    (status = 200, description = "The account", body = AccountView),
    (status = 404, description = "There is no such account", body = ErrorBody),
), security(("api_key" = ["accounts.write"])))]
pub(crate) async fn replace_secret(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    body: Result<JsonBody<SecretRequest>, ApiError>,
) -> Result<Json<AccountView>, ApiError> {
    caller.require(Scope::AccountsWrite)?;
    let account = caller.account(&gateway, &id).await?;
    let JsonBody(request) = body?;
    let configured = gateway.settings().applications.values().any(|one| one.client_id == account.application);
    if configured || request.client_secret.is_empty() {
        return Err(ApiError::bad_request("only the secret of a customer's own application can be replaced"));
    }
    let secret = SecretString::from(request.client_secret);
    gateway.store().set_client_secret(&account.id, &secret, gateway.now()).await?;
    if account.auth == AuthKind::ClientCredentials {
        gateway.connected(&account, None).await?;
        if let Err(error) = gateway.sign_in_now(&current(&gateway, &account).await?).await {
            tracing::info!(account = account.id, error = error.message(), "the account cannot sign in");
        }
    }
    Ok(Json(AccountView::of(&gateway, current(&gateway, &account).await?)))
}

/// Disconnects an organisation: removes the account with its tokens, snapshot and cursors.
#[utoipa::path(delete, path = "/accounts/{id}", tag = "accounts", params(("id" = String, Path, description = "The id")), responses(
    (status = 204, description = "The account is removed"),
    (status = 404, description = "There is no such account", body = ErrorBody),
), security(("api_key" = ["accounts.write"])))]
pub(crate) async fn disconnect(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    caller.require(Scope::AccountsWrite)?;
    let account = caller.account(&gateway, &id).await?;
    if !gateway.store().delete_account(&account.tenant, &account.id).await? {
        return Err(ApiError::not_found("account"));
    }
    gateway.connections().forget(&account.id);
    gateway.compiled().forget(&account.id);
    tracing::info!(account = account.id, "an account was removed");
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests;
