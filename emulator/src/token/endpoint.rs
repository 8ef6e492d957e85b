//! The token endpoint.

use std::collections::HashMap;

use http::StatusCode;
use serde_json::json;

use super::Caller;
use crate::answer::Answer;
use crate::server::Shared;

/// Answers a request for a token, given as a form.
pub(crate) fn token(shared: &Shared, form: &HashMap<String, String>) -> Answer {
    let field = |name: &str| form.get(name).map(String::as_str).filter(|v| !v.is_empty());
    let refuse = |error: &str, why: &str| {
        Answer::json(StatusCode::BAD_REQUEST, &json!({ "error": error, "error_description": why }))
    };
    let Some(client) = field("client_id") else {
        return refuse("invalid_request", "The request has no client_id.");
    };
    match field("grant_type") {
        Some("client_credentials") => {
            if field("client_secret").is_none() && field("client_assertion").is_none() {
                return refuse(
                    "invalid_client",
                    "The request has neither client_secret nor client_assertion.",
                );
            }
            let token = shared.tokens.issue(Caller { name: client.to_owned() }, shared.clock.now());
            let lifetime = shared.tokens.lifetime().as_secs();
            Answer::json(
                StatusCode::OK,
                &json!({ "token_type": "Bearer", "expires_in": lifetime, "access_token": token }),
            )
        }
        Some(_) => refuse("unsupported_grant_type", "The grant type is not one of those that are emulated."),
        None => refuse("invalid_request", "The request has no grant_type."),
    }
}
