//! The forms that clients send to the sign-in endpoints, and the OAuth 2.0 errors that refuse them.

use std::collections::HashMap;

use http::StatusCode;
use serde_json::json;

use crate::response::HttpResponse;

/// The fields of a form or a query.
pub(crate) type Fields = HashMap<String, String>;

/// A field that is there and not empty.
pub(super) fn field<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    fields.get(name).map(String::as_str).filter(|v| !v.is_empty())
}

/// Why no token is given, in the words of OAuth 2.0.
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
        // As the authority does: an unknown client is 401, everything else 400.
        let status =
            if denied.error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        Self::json(status, &json!({ "error": denied.error, "error_description": denied.why }))
    }
}
