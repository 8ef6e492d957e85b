//! The endpoints of the authority: token, authorize, device code.

use std::collections::HashMap;

use http::StatusCode;
use http::header::HeaderValue;
use serde_json::{Value, json};
use url::Url;

use super::grants;
use super::{Caller, Code, DEVICE_INTERVAL, DEVICE_LIFE, Device, Grant, keep};
use crate::answer::Answer;
use crate::server::Shared;

/// The fields of a form or a query.
pub(crate) type Fields = HashMap<String, String>;

/// A field that is there and not empty.
pub(super) fn field<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    fields.get(name).map(String::as_str).filter(|v| !v.is_empty())
}

/// Why no token is given, in the words of OAuth 2.0.
#[derive(Debug)]
pub(super) struct Denied {
    pub(super) error: &'static str,
    pub(super) why: String,
}

impl Denied {
    pub(super) fn new(error: &'static str, why: impl Into<String>) -> Self {
        Self { error, why: why.into() }
    }
}

impl From<Denied> for Answer {
    fn from(denied: Denied) -> Self {
        // As the authority does: an unknown client is 401, everything else 400.
        let status =
            if denied.error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        Self::json(status, &json!({ "error": denied.error, "error_description": denied.why }))
    }
}

/// Answers a request for a token.
pub(crate) fn token(shared: &Shared, form: &Fields) -> Answer {
    match grants::grant(shared, form) {
        Ok(body) => {
            Answer::json(StatusCode::OK, &body).with("cache-control", HeaderValue::from_static("no-store"))
        }
        Err(denied) => denied.into(),
    }
}

/// The authorize endpoint: the user signs in at once, and the browser is sent back.
pub(crate) fn authorize(shared: &Shared, query: &Fields) -> Answer {
    // What is wrong with the request itself is shown to the user, never sent to an address nobody knows.
    let page =
        |why: &str| Answer::new(StatusCode::BAD_REQUEST, "text/plain; charset=utf-8", format!("{why}\n"));
    let Some(client) = field(query, "client_id") else { return page("The request has no client_id.") };
    let redirect = field(query, "redirect_uri").and_then(|r| Url::parse(r).ok());
    let Some(redirect) = redirect.filter(is_loopback) else {
        return page("The redirect_uri is no address on loopback, as http://localhost:8400.");
    };
    let answer = |parameters: &[(&str, &str)]| {
        let mut to = redirect.clone();
        to.query_pairs_mut().extend_pairs(parameters);
        if let Some(state) = field(query, "state") {
            to.query_pairs_mut().append_pair("state", state);
        }
        let mut answer = Answer::empty();
        answer.status = StatusCode::FOUND;
        match HeaderValue::from_str(to.as_str()) {
            Ok(to) => answer.with("location", to),
            Err(_) => page("The redirect_uri cannot be sent back."),
        }
    };
    let denied = |denied: Denied| answer(&[("error", denied.error), ("error_description", &denied.why)]);
    if field(query, "response_type") != Some("code") {
        return denied(Denied::new("unsupported_response_type", "Only response_type=code is emulated."));
    }
    if field(query, "code_challenge").is_some() && field(query, "code_challenge_method") != Some("S256") {
        return denied(Denied::new("invalid_request", "The code_challenge_method has to be S256."));
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
    let code = keep(&mut shared.tokens.out().codes, code, shared.clock.now(), super::CODE_LIFE);
    answer(&[("code", &code)])
}

/// Who signs in where nobody is named.
const USER: &str = "user@emulated.example";

fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http" && matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// The device code endpoint.
pub(crate) fn device_code(shared: &Shared, form: &Fields) -> Answer {
    let Some(client) = field(form, "client_id") else {
        return Denied::new("invalid_request", "The request has no client_id.").into();
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
    let code = keep(&mut shared.tokens.out().devices, device, shared.clock.now(), DEVICE_LIFE);
    let user_code: String = code.chars().rev().take(8).collect::<String>().to_uppercase();
    let body: Value = json!({
        "device_code": code,
        "user_code": user_code,
        "verification_uri": format!("{}/devicelogin", shared.url),
        "expires_in": DEVICE_LIFE.as_secs(),
        "interval": DEVICE_INTERVAL.as_secs(),
        "message": format!("To sign in, open {}/devicelogin and enter the code {user_code}.", shared.url),
    });
    Answer::json(StatusCode::OK, &body)
}

/// `/.well-known/openid-configuration`, as far as it is about these endpoints.
pub(crate) fn configuration(shared: &Shared) -> Answer {
    let authority = shared.authority();
    let body = json!({
        "issuer": format!("{authority}/v2.0"),
        "authorization_endpoint": format!("{authority}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{authority}/oauth2/v2.0/token"),
        "device_authorization_endpoint": format!("{authority}/oauth2/v2.0/devicecode"),
    });
    Answer::json(StatusCode::OK, &body)
}
