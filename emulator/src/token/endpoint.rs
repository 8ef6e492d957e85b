//! The endpoints of the sign-in service: token, authorize, device code and configuration.

use http::StatusCode;
use http::header::HeaderValue;
use serde_json::{Value, json};
use url::Url;

use super::form::{Fields, OauthError, field};
use super::grants;
use super::{Caller, Code, DEVICE_CODE_LIFETIME, DEVICE_POLL_INTERVAL, Device, Grant, store_secret};
use crate::response::HttpResponse;
use crate::state::ServerState;

/// Responds to a token request.
pub(crate) fn token(shared: &ServerState, form: &Fields) -> HttpResponse {
    match grants::grant(shared, form) {
        Ok(body) => HttpResponse::json(StatusCode::OK, &body)
            .with("cache-control", HeaderValue::from_static("no-store")),
        Err(denied) => denied.into(),
    }
}

/// Responds to a request to the authorize endpoint. The user signs in immediately, and the browser is
/// redirected to the application.
pub(crate) fn authorize(shared: &ServerState, query: &Fields) -> HttpResponse {
    // Mistakes in the request itself are shown to the user, and not sent to an unknown address.
    let page = |why: &str| {
        HttpResponse::new(StatusCode::BAD_REQUEST, "text/plain; charset=utf-8", format!("{why}\n"))
    };
    let Some(client) = field(query, "client_id") else { return page("The request has no client_id.") };
    let redirect = field(query, "redirect_uri").and_then(|r| Url::parse(r).ok());
    let Some(redirect) = redirect.filter(is_loopback) else {
        return page("The redirect_uri is not an address on loopback, such as http://localhost:8400.");
    };
    let response = |parameters: &[(&str, &str)]| {
        let mut to = redirect.clone();
        to.query_pairs_mut().extend_pairs(parameters);
        if let Some(state) = field(query, "state") {
            to.query_pairs_mut().append_pair("state", state);
        }
        let mut response = HttpResponse::empty();
        response.status = StatusCode::FOUND;
        match HeaderValue::from_str(to.as_str()) {
            Ok(to) => response.with("location", to),
            Err(_) => page("The redirect_uri cannot be sent back."),
        }
    };
    let denied =
        |denied: OauthError| response(&[("error", denied.error), ("error_description", &denied.why)]);
    if field(query, "response_type") != Some("code") {
        return denied(OauthError::new("unsupported_response_type", "Only response_type=code is emulated."));
    }
    if field(query, "code_challenge").is_some() && field(query, "code_challenge_method") != Some("S256") {
        return denied(OauthError::new("invalid_request", "The code_challenge_method has to be S256."));
    }
    let scope = field(query, "scope").unwrap_or_default();
    if let Err(why) = grants::check_scope(shared, scope, false) {
        return denied(why);
    }
    let name = field(query, "login_hint").unwrap_or(USER).to_owned();
    let grant = Grant { client: client.to_owned(), caller: Caller { name }, scope: scope.to_owned() };
    let code = Code {
        grant,
        redirect: field(query, "redirect_uri").unwrap_or_default().to_owned(),
        challenge: field(query, "code_challenge").map(str::to_owned),
    };
    let code =
        store_secret(&mut shared.tokens.issued().codes, code, shared.clock.now(), super::CODE_LIFETIME);
    response(&[("code", &code)])
}

/// The name of the user who signs in if the request names none.
const USER: &str = "user@emulated.example";

fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http" && matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// Responds to a request for a device code.
pub(crate) fn device_code(shared: &ServerState, form: &Fields) -> HttpResponse {
    let Some(client) = field(form, "client_id") else {
        return OauthError::new("invalid_request", "The request has no client_id.").into();
    };
    let scope = field(form, "scope").unwrap_or_default();
    if let Err(denied) = grants::check_scope(shared, scope, false) {
        return denied.into();
    }
    let grant = Grant {
        client: client.to_owned(),
        caller: Caller { name: USER.to_owned() },
        scope: scope.to_owned(),
    };
    let device = Device { grant, asked: 0, last: None };
    let code =
        store_secret(&mut shared.tokens.issued().devices, device, shared.clock.now(), DEVICE_CODE_LIFETIME);
    let user_code: String = code.chars().rev().take(8).collect::<String>().to_uppercase();
    let body: Value = json!({
        "device_code": code,
        "user_code": user_code,
        "verification_uri": format!("{}/devicelogin", shared.url),
        "expires_in": DEVICE_CODE_LIFETIME.as_secs(),
        "interval": DEVICE_POLL_INTERVAL.as_secs(),
        "message": format!("To sign in, open {}/devicelogin and enter the code {user_code}.", shared.url),
    });
    HttpResponse::json(StatusCode::OK, &body)
}

/// Returns the response for `/.well-known/openid-configuration`, which contains the URLs of the endpoints.
pub(crate) fn configuration(shared: &ServerState) -> HttpResponse {
    let authority = shared.authority();
    let body = json!({
        "issuer": format!("{authority}/v2.0"),
        "authorization_endpoint": format!("{authority}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{authority}/oauth2/v2.0/token"),
        "device_authorization_endpoint": format!("{authority}/oauth2/v2.0/devicecode"),
    });
    HttpResponse::json(StatusCode::OK, &body)
}
