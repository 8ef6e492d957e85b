//! The forms that clients send to the sign-in endpoints, and the OAuth 2.0 errors that the endpoints return.

use std::collections::HashMap;

use http::StatusCode;
use serde_json::json;

use crate::response::HttpResponse;

/// The fields of a form or a query: names and values.
pub(crate) type Fields = HashMap<String, String>;

/// Returns the value of a field, or `None` if it is missing or empty.
pub(super) fn field<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    fields.get(name).map(String::as_str).filter(|v| !v.is_empty())
}

/// The refusal of a token request: an error code and a description, as OAuth 2.0 defines them.
#[derive(Debug)]
pub(super) struct OauthError {
    pub(super) error: &'static str,
    pub(super) why: String,
}

impl OauthError {
    pub(super) fn new(error: &'static str, why: impl Into<String>) -> Self {
        Self { error, why: why.into() }
    }
}

impl From<OauthError> for HttpResponse {
    fn from(denied: OauthError) -> Self {
        // As Microsoft's service does: 401 for an unknown client, 400 for everything else.
        let status =
            if denied.error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        Self::json(status, &json!({ "error": denied.error, "error_description": denied.why }))
    }
}
