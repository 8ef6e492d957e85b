//! The errors of the gateway's own, as callers get them: a status, a code for programs, and a message for people.
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use dvkit_client::ErrorKind;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::store::StoreError;

/// The error of a request. In a response it is `{"error": {"code": …, "message": …}}`.
#[derive(Debug, Clone)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    retry_after: Option<Duration>,
    details: Map<String, Value>,
}

/// The body of an error.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ErrorBody {
    error: ErrorDetails,
}

/// An error: a code for programs, and a message for people.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ErrorDetails {
    /// The code, such as `account_needs_sign_in`.
    code: String,
    /// The message.
    message: String,
    /// Further facts, such as `sign_in_url`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    details: Map<String, Value>,
}

impl ApiError {
    /// Creates an error.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None, details: Map::new() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "send an API key: `Authorization: Bearer dvk_…`; this one is missing, unknown, expired or revoked",
        )
    }

    /// What is not there and what belongs to somebody else are not told apart.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no such {what}"))
    }

    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the gateway failed; its log says why")
    }

    pub(crate) fn unavailable(message: impl Into<String>, retry_after: Duration) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message).retry_after(retry_after)
    }

    /// Sets the header `Retry-After`, in whole seconds, rounded up.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Adds a fact for programs.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// Returns whether the request may have had an effect although it failed, as far as that was said.
    pub(crate) fn may_have_run(&self) -> bool {
        self.details.get("may_have_run").and_then(Value::as_bool).unwrap_or(false)
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Returns the message for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the error for a request to an organisation that failed. Errors that the service itself has sent are
    /// not among them: they are passed on as they are.
    pub(crate) fn of_client(error: &dvkit_client::Error) -> Self {
        let message = error.message().to_owned();
        let wait = error.retry_after().unwrap_or(Duration::from_secs(1)).max(Duration::from_secs(1));
        let transient = error.is_transient();
        let may_have_run = error.may_have_run();
        let api = match error.kind() {
            ErrorKind::Throttled => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "throttled", message).retry_after(wait)
            }
            ErrorKind::Timeout if !may_have_run => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "deadline", message).retry_after(wait)
            }
            ErrorKind::Timeout => Self::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message),
            ErrorKind::Configuration | ErrorKind::ForeignLink => {
                Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
            }
            ErrorKind::SignIn if transient => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "sign_in_unavailable", message).retry_after(wait)
            }
            ErrorKind::SignIn => Self::new(StatusCode::BAD_GATEWAY, "sign_in_failed", message),
            ErrorKind::Unauthorized => Self::new(
                StatusCode::BAD_GATEWAY,
                "token_refused",
                format!("the organisation does not accept the account's token: {message}"),
            ),
            ErrorKind::TooLarge => Self::new(StatusCode::BAD_GATEWAY, "response_too_large", message),
            ErrorKind::Connect | ErrorKind::Network => {
                Self::new(StatusCode::BAD_GATEWAY, "unreachable", message)
            }
            _ => match error.status() {
                Some(status) if !status.is_success() => Self::new(status, "organisation", message),
                _ => Self::new(StatusCode::BAD_GATEWAY, "unexpected_response", message),
            },
        };
        match error.code() {
            Some(code) if !code.is_empty() => api.with("service_code", code),
            _ => api,
        }
        .with("may_have_run", may_have_run)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            tracing::warn!(%error, "the store is not available");
            return Self::unavailable("the gateway's database is not available", Duration::from_secs(2));
        }
        tracing::error!(%error, "the store failed");
        Self::internal()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let details =
            ErrorDetails { code: self.code.to_owned(), message: self.message, details: self.details };
        let mut response = (self.status, Json(ErrorBody { error: details })).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"dvkit gateway\""));
        }
        response
    }
}
