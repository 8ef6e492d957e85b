//! Signs people in: the link that a customer opens, the consent page of Microsoft, the way back, and device codes.
//!
//! A link is signed and expires, and needs no API key, because a person opens it. The sign-in that it begins belongs
//! to the browser that opened it, by a cookie, so that nobody can make another person complete it.
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use dvkit_client::auth::{
    Audience, Credentials, DevicePrompt, PendingSignIn, RedirectResponse, SignInOptions, WebSignIn,
};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, REFERRER_POLICY, SET_COOKIE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use url::Url;

use super::connections::SharedClock;
use crate::crypto::random_text;
use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::store::{Account, AuthKind, JobKind};

/// How long a link can be opened.
const LINK_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a sign-in that was begun can be completed.
const SIGN_IN_LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// How long the sign-in service may take to give a device code.
const DEVICE_TIMEOUT: Duration = Duration::from_secs(30);
/// The cookie of the browser that has begun a sign-in.
const COOKIE_NAME: &str = "dvkit_sign_in";
/// What links are signed for.
const LINK: &str = "connect";
/// How long after the sign-in the refresh token is first renewed, unless it was used.
const FIRST_RENEWAL: SignedDuration = SignedDuration::from_hours(12);

/// What a link contains.
#[derive(Serialize, Deserialize)]
struct Link {
    account: String,
    expires: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    return_url: Option<String>,
}

/// What is kept of a sign-in that is under way.
#[derive(Serialize, Deserialize)]
struct Begun {
    pending: PendingSignIn,
    browser: String,
    return_url: Option<String>,
}

/// Returns the routes that browsers open.
pub(super) fn router() -> Router<Gateway> {
    Router::new().route("/connect/callback", get(callback)).route("/connect/{link}", get(open))
}

impl Gateway {
    /// Returns the address at which a person signs in to an account. It is good for a week.
    pub(crate) fn sign_in_url(&self, account: &Account) -> Url {
        self.sign_in_url_back_to(account, None)
    }

    /// Returns the address at which a person signs in to an account, and is sent to `return_url` afterwards.
    pub(crate) fn sign_in_url_back_to(&self, account: &Account, return_url: Option<&Url>) -> Url {
        let expires = self.now().saturating_add(LINK_LIFETIME).unwrap_or(Timestamp::MAX).as_second();
        let return_url = return_url.map(|url| url.as_str().to_owned());
        let link = Link { account: account.id.clone(), expires, return_url };
        let link = serde_json::to_string(&link).expect("a link has texts and numbers");
        let mut url = self.public_url().clone();
        url.set_path(&format!("/connect/{}", self.store().keys().signed(LINK, &link)));
        url
    }

    /// Returns the URL to which the sign-in page sends browsers back. It is registered with the application.
    fn redirect_uri(&self) -> String {
        format!("{}connect/callback", self.public_url())
    }

    async fn web_sign_in(&self, account: &Account) -> Result<WebSignIn, ApiError> {
        let failed = |error: dvkit_client::Error| ApiError::of_client(&error);
        let mut credentials =
            Credentials::authorization_code(account.application.as_str(), &self.redirect_uri())
                .map_err(failed)?;
        if let Some(secret) = self.connections().secret(self, account).await? {
            credentials = credentials.authenticate_with_secret(secret);
        }
        if let Some(tenant) = &account.entra_tenant {
            credentials = credentials.tenant(tenant.as_str());
        }
        let credentials = credentials
            .store(self.store().tokens(&account.id))
            .http_client(self.connections().http().clone());
        let builder = credentials.web_sign_in(&account.org_url).map_err(failed)?;
        Ok(builder.clock(SharedClock(self.clock())).build())
    }

    /// Notes that an account is connected, and makes its jobs.
    pub(crate) async fn connected(&self, account: &Account, user_key: Option<&str>) -> Result<(), ApiError> {
        let now = self.now();
        self.store().set_connected(&account.id, user_key, now).await?;
        self.connections().forget(&account.id);
        self.store().ensure_job(&account.id, JobKind::Schema, "", now).await?;
        if account.auth != AuthKind::ClientCredentials {
            let first = now.saturating_add(FIRST_RENEWAL).unwrap_or(Timestamp::MAX);
            self.store().ensure_job(&account.id, JobKind::Renewal, "", first).await?;
        }
        tracing::info!(account = account.id, "the account is connected");
        Ok(())
    }

    /// Begins a sign-in with a device code. The account is connected when the person has typed it.
    pub(crate) async fn begin_device_sign_in(&self, account: &Account) -> Result<DevicePrompt, ApiError> {
        let (told, prompted) = oneshot::channel();
        let told = std::sync::Mutex::new(Some(told));
        let mut credentials = Credentials::device_code(account.application.as_str(), move |prompt| {
            let told = told.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            if let Some(told) = told {
                // The one who has asked may be gone.
                drop(told.send(prompt.clone()));
            }
        })
        .person(account.id.as_str())
        .store(self.store().tokens_of_new_sign_in(&account.id));
        if let Some(tenant) = &account.entra_tenant {
            credentials = credentials.tenant(tenant.as_str());
        }
        let signs_in = self.connections().account(self, account, credentials)?.build();
        let (gateway, account) = (self.clone(), account.clone());
        let audience = Audience::of(&Url::parse(&account.org_url).map_err(|_| ApiError::internal())?);
        let task = tokio::spawn(async move {
            let result = signs_in.token(&audience).await;
            match &result {
                Ok(_) => {
                    if let Err(error) = gateway.connected(&account, None).await {
                        tracing::warn!(
                            account = account.id,
                            error = error.message(),
                            "the sign-in was not stored"
                        );
                    }
                }
                Err(error) => tracing::info!(account = account.id, %error, "nobody has signed in"),
            }
            result.map(drop)
        });
        match tokio::time::timeout(DEVICE_TIMEOUT, prompted).await {
            Ok(Ok(prompt)) => Ok(prompt),
            Ok(Err(_)) => match task.await {
                Ok(Err(error)) => Err(ApiError::of_client(&error)),
                _ => Err(ApiError::internal()),
            },
            Err(_) => {
                Err(ApiError::unavailable("the sign-in service gives no code", Duration::from_secs(30)))
            }
        }
    }
}

/// Opens a link: sends the browser to the sign-in page, or shows a device code.
async fn open(State(gateway): State<Gateway>, Path(link): Path<String>) -> Response {
    match begin(&gateway, &link).await {
        Ok(response) => response,
        Err(error) => page(error.status(), error.message()),
    }
}

async fn begin(gateway: &Gateway, link: &str) -> Result<Response, ApiError> {
    let expired =
        || ApiError::new(StatusCode::NOT_FOUND, "link_expired", "This link has expired. Ask for a new one.");
    let link = gateway.store().keys().verified(LINK, link).ok_or_else(expired)?;
    let link: Link = serde_json::from_str(&link).map_err(|_| expired())?;
    if link.expires <= gateway.now().as_second() {
        return Err(expired());
    }
    let account = gateway.store().account_of_any_tenant(&link.account).await?.ok_or_else(expired)?;
    match account.auth {
        AuthKind::AuthorizationCode => {}
        AuthKind::DeviceCode => {
            let prompt = gateway.begin_device_sign_in(&account).await?;
            let text = format!("Open {} and type the code {}.", prompt.verification_uri, prompt.user_code);
            return Ok(page(StatusCode::OK, &text));
        }
        AuthKind::ClientCredentials => {
            let text =
                "This account signs in as an application. Whoever operates it has to replace its secret.";
            return Ok(page(StatusCode::OK, text));
        }
    }
    let web = gateway.web_sign_in(&account).await?;
    let (url, pending) =
        web.begin(&SignInOptions::new()).await.map_err(|error| ApiError::of_client(&error))?;
    let state = url.query_pairs().find(|(name, _)| name == "state").map(|(_, state)| hashed(&state));
    let state = state.ok_or_else(ApiError::internal)?;
    let browser = random_text::<24>();
    let begun = Begun { pending, browser: browser.clone(), return_url: link.return_url };
    let begun = serde_json::to_vec(&begun).map_err(|_| ApiError::internal())?;
    let until = gateway.now().saturating_add(SIGN_IN_LIFETIME).unwrap_or(Timestamp::MAX);
    gateway.store().begin_sign_in(&account.id, &state, &begun, until).await?;
    let secure = if gateway.public_url().scheme() == "https" { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE_NAME}={browser}; Path=/connect; Max-Age=3600; HttpOnly; SameSite=Lax{secure}");
    let mut response = Redirect::to(url.as_str()).into_response();
    let headers = response.headers_mut();
    headers.insert(SET_COOKIE, HeaderValue::try_from(cookie).map_err(|_| ApiError::internal())?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

/// Takes the browser that comes back from the sign-in page.
async fn callback(State(gateway): State<Gateway>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    match complete(&gateway, &query.unwrap_or_default(), &headers).await {
        Ok(Some(url)) => Redirect::to(url.as_str()).into_response(),
        Ok(None) => page(StatusCode::OK, "The organisation is connected. This window can be closed."),
        Err(error) => page(error.status(), error.message()),
    }
}

async fn complete(gateway: &Gateway, query: &str, headers: &HeaderMap) -> Result<Option<Url>, ApiError> {
    let refused = |message: &str| ApiError::new(StatusCode::BAD_REQUEST, "sign_in_refused", message);
    let unknown =
        || refused("This sign-in was begun elsewhere, used already, or has expired. Open the link again.");
    let response = RedirectResponse::parse(query).map_err(|error| refused(error.message()))?;
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    let state =
        parameters.find(|(name, _)| name == "state").map(|(_, state)| hashed(&state)).ok_or_else(unknown)?;
    let taken = gateway.store().take_sign_in(&state, gateway.now()).await?;
    let (account, begun) = taken.ok_or_else(unknown)?;
    let begun: Begun = serde_json::from_str(begun.expose_secret()).map_err(|_| ApiError::internal())?;
    let cookie = cookie(headers).ok_or_else(unknown)?;
    verify_slices_are_equal(cookie.as_bytes(), begun.browser.as_bytes()).map_err(|_| unknown())?;
    let web = gateway.web_sign_in(&account).await?;
    let signed_in = web.complete(begun.pending, response).await.map_err(|error| refused(error.message()))?;
    gateway.connected(&account, Some(&signed_in.user.to_string())).await?;
    let url = begun.return_url.and_then(|url| Url::parse(&url).ok());
    Ok(url.filter(|url| gateway.settings().allows_return_to(url)).map(|mut url| {
        url.query_pairs_mut().append_pair("account_id", &account.id);
        url
    }))
}

/// Returns the hash of a state, under which the sign-in is kept, so that the database does not have the state.
fn hashed(state: &str) -> String {
    let hash = digest::digest(&digest::SHA256, state.as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the value of the cookie of the browser that has begun a sign-in.
fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value.to_owned())
}

/// Returns a page with a sentence.
fn page(status: StatusCode, text: &str) -> Response {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Connect an organisation</title><p>{escaped}</p></html>"
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, html).into_response()
}

#[cfg(test)]
mod tests;
