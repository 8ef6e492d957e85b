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

    /// Returns how long to wait before the next attempt; `None` if nobody has said it.
    pub(crate) fn wait(&self) -> Option<Duration> {
        self.retry_after
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
        let wait = error.retry_after().unwrap_or_default().max(Duration::from_secs(1));
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
                Some(status) if status.is_client_error() || status.is_server_error() => {
                    Self::new(status, "organisation", message)
                }
                // A redirection would send the caller where the gateway does not go.
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

#[cfg(test)]
mod tests {
    use dvkit_client::Error;
    use http_body_util::BodyExt as _;
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::database::DatabaseError;

    /// Returns the status, the header `Retry-After` and the body of the response for an error.
    async fn sent(error: ApiError) -> (u16, Option<String>, Value) {
        let response = error.into_response();
        let status = response.status().as_u16();
        let wait = response.headers().get(RETRY_AFTER).map(|wait| wait.to_str().unwrap().to_owned());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, wait, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn each_failure_of_a_request_has_its_status_its_code_and_its_wait() {
        use ErrorKind as Kind;
        for (kind, is_transient, status, code, wait, may_have_run) in [
            (Kind::Throttled, true, 503, "throttled", Some("1"), false),
            (Kind::Timeout, true, 504, "timeout", None, true),
            (Kind::Configuration, false, 400, "bad_request", None, false),
            (Kind::ForeignLink, false, 400, "bad_request", None, false),
            (Kind::SignIn, true, 503, "sign_in_unavailable", Some("1"), false),
            (Kind::SignIn, false, 502, "sign_in_failed", None, false),
            (Kind::TooLarge, false, 502, "response_too_large", None, true),
            (Kind::Connect, true, 502, "unreachable", None, false),
            (Kind::Network, true, 502, "unreachable", None, true),
            (Kind::Unexpected, false, 502, "unexpected_response", None, true),
            (Kind::LoginPage, false, 502, "unexpected_response", None, true),
        ] {
            let error = Error::new(kind, "why").with_transient(is_transient);
            assert_eq!(error.may_have_run(), may_have_run, "{kind:?}");
            let (sent_status, sent_wait, body) = sent(ApiError::of_client(&error)).await;
            assert_eq!((sent_status, sent_wait.as_deref()), (status, wait), "{kind:?}");
            let expected = serde_json::json!({
                "error": { "code": code, "message": "why", "may_have_run": may_have_run },
            });
            assert_eq!(body, expected, "{kind:?}");
        }
        let (status, _, body) = sent(ApiError::of_client(&Error::new(Kind::Unauthorized, "why"))).await;
        assert_eq!((status, &body["error"]["code"]), (502, &"token_refused".into()));
        assert_eq!(body["error"]["message"], "the organisation does not accept the account's token: why");
    }

    #[tokio::test]
    async fn a_wait_is_in_whole_seconds_and_at_least_one() {
        for (millis, seconds) in [(0, "1"), (1, "1"), (999, "1"), (1_000, "1"), (1_001, "2"), (2_000, "2")] {
            let error = ApiError::unavailable("x", Duration::from_millis(millis));
            let (status, wait, body) = sent(error).await;
            assert_eq!((status, wait.as_deref()), (503, Some(seconds)), "{millis} ms");
            assert_eq!(body["error"]["code"], "unavailable");
        }
    }

    #[tokio::test]
    async fn the_errors_of_the_gateway_have_their_statuses() {
        for (error, status, code) in [
            (ApiError::bad_request("x"), 400, "bad_request"),
            (ApiError::unauthorized(), 401, "unauthorized"),
            (ApiError::not_found("account"), 404, "not_found"),
            (ApiError::internal(), 500, "internal"),
        ] {
            assert_eq!((error.status().as_u16(), error.code()), (status, code));
            let is_401 = status == 401;
            let response = error.clone().into_response();
            assert_eq!(response.headers().contains_key(WWW_AUTHENTICATE), is_401, "{code}");
            let (sent_status, wait, body) = sent(error).await;
            assert_eq!((sent_status, wait), (status, None));
            assert_eq!(body["error"]["code"], code);
            assert!(!body["error"]["message"].as_str().unwrap().is_empty());
        }
        assert_eq!(ApiError::not_found("account").message(), "there is no such account");
    }

    #[test]
    fn what_may_have_run_is_known_only_if_it_was_said() {
        let error = ApiError::internal();
        assert!(!error.may_have_run());
        assert!(error.clone().with("may_have_run", true).may_have_run());
        assert!(!error.clone().with("may_have_run", false).may_have_run());
        assert!(!error.with("may_have_run", "true").may_have_run());
    }

    #[test]
    fn a_store_that_is_busy_is_another_error_than_one_that_is_broken() {
        let broken = ApiError::from(StoreError::from(DatabaseError::corrupt("x")));
        assert_eq!((broken.status().as_u16(), broken.code()), (500, "internal"));
        let busy = ApiError::from(StoreError::from(DatabaseError::busy_for_tests()));
        assert_eq!((busy.status().as_u16(), busy.code()), (503, "unavailable"));
    }

    #[tokio::test]
    async fn each_error_of_the_gateway_has_its_message() {
        for (error, message) in [
            (
                ApiError::unauthorized(),
                "send an API key: `Authorization: Bearer dvk_…`; this one is missing, unknown, expired or revoked",
            ),
            (ApiError::internal(), "the gateway failed; its log says why"),
            (
                ApiError::from(StoreError::from(DatabaseError::corrupt("x"))),
                "the gateway failed; its log says why",
            ),
            (
                ApiError::from(StoreError::from(DatabaseError::busy_for_tests())),
                "the gateway's database is not available",
            ),
            (ApiError::unavailable("later", Duration::ZERO), "later"),
        ] {
            assert_eq!(error.message(), message);
            let (status, _, body) = sent(error.clone()).await;
            assert_eq!(status, error.status().as_u16());
            assert_eq!(body, serde_json::json!({ "error": { "code": error.code(), "message": message } }));
        }
        let busy = ApiError::from(StoreError::from(DatabaseError::busy_for_tests()));
        assert_eq!(busy.wait(), Some(Duration::from_secs(2)));
        assert_eq!(ApiError::internal().wait(), None);
        let response = ApiError::unauthorized().into_response();
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer realm=\"dvkit gateway\"");
        let (_, _, body) = sent(ApiError::bad_request("x").with("a", 1).with("b", "c")).await;
        let expected =
            serde_json::json!({ "error": { "code": "bad_request", "message": "x", "a": 1, "b": "c" } });
        assert_eq!(body, expected);
    }
}
