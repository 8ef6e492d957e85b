//! Defines the error type of the client. An error contains its kind, the service's message and code, and
//! whether a retry may succeed.
//!
//! No error contains a header, a token or the body of a sign-in response. Texts from the service are
//! truncated.
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

mod body;

pub(crate) use body::{
    MAX_CODE_LENGTH, error_from_response, is_html, is_html_type, is_transient, request_id, truncate,
    unexpected_html, without_byte_order_mark,
};

use crate::redact::Redactor;

/// The kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client or the request was not built correctly: an invalid URL, or a header that cannot be sent.
    Configuration,
    /// A link leads to another host than the organisation's. The link was not followed, so the token was not
    /// sent to the other host.
    ForeignLink,
    /// No token was obtained: the sign-in service refused, or could not be reached.
    SignIn,
    /// A person has to sign in again, because the account's refresh token is no longer valid.
    NeedsSignIn,
    /// The service does not accept the token, not even a new one (401).
    Unauthorized,
    /// The caller may not do this (403): a privilege is missing, or the user is disabled.
    Forbidden,
    /// The row, the table or the operation does not exist (404).
    NotFound,
    /// The write collides with another row: an alternate key or an id exists already, or duplicate detection
    /// found a match.
    Conflict,
    /// The row's version is not the one that the request gave in `If-Match` (412), or the row exists or is
    /// missing although `If-Match: *` or `If-None-Match: *` demanded the contrary.
    PreconditionFailed,
    /// The service refuses the request as it is (any other 4xx): an unknown name, a value of the wrong type, a
    /// rule of the table, or an error that custom logic raised.
    BadRequest,
    /// The connection could not be opened; nothing was sent.
    Connect,
    /// The response did not arrive in time.
    Timeout,
    /// The connection broke, or the body of the response ended early.
    Network,
    /// The service asked for a pause (429) that is longer than the client may still wait.
    Throttled,
    /// The service failed (5xx).
    Service,
    /// A sign-in page (HTML) was returned instead of data.
    LoginPage,
    /// A gateway or proxy responded instead of the service.
    Gateway,
    /// The response is larger than the request allows.
    TooLarge,
    /// The response is not of the expected form: not JSON, or JSON of another structure.
    Unexpected,
    /// A delta link has expired: the changes since it are no longer known, and all rows have to be read again.
    ExpiredDeltaLink,
    /// One row of a page cannot be decoded. The other rows are not affected: a stream of rows goes on after
    /// this error. [`Error::body`] is the JSON of the row.
    Row,
}

/// An error of the client. The type is one pointer in size, so that results are cheap to pass around.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    status: Option<StatusCode>,
    code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    transient: bool,
    request: Option<String>,
    attempts: u32,
    /// Whether an earlier attempt of the same request may have been executed.
    earlier_attempt_may_have_run: bool,
    /// Whether no attempt has reached the service, whatever the kind of the error is.
    never_executed: bool,
    headers: HeaderMap,
    body: Bytes,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// The inner error of the service's response: details for developers, such as the exception of a plug-in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct InnerError {
    /// The message of the exception.
    #[serde(default)]
    pub message: String,
    /// The type of the exception, such as `System.ServiceModel.FaultException`.
    #[serde(default, rename = "type")]
    pub type_name: String,
    /// The stack trace; empty if the service gave none.
    #[serde(default, rename = "stacktrace")]
    pub stack_trace: String,
}

/// The maximum size of a response's body that an error keeps, in bytes. A larger body is cut.
const MAX_KEPT_BODY: usize = 64 << 10;

/// The result type of this crate. The error type is [`Error`] unless another is given.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Returns an error with a message for people. The kind decides whether the error is transient;
    /// [`Error::with_transient`] overrides this.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let transient = matches!(
            kind,
            ErrorKind::Connect
                | ErrorKind::Timeout
                | ErrorKind::Network
                | ErrorKind::Throttled
                | ErrorKind::Gateway
        );
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            status: None,
            code: None,
            request_id: None,
            retry_after: None,
            transient,
            request: None,
            attempts: 0,
            earlier_attempt_may_have_run: false,
            never_executed: false,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            source: None,
        }))
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }

    pub(crate) fn with_request_id(mut self, id: Option<String>) -> Self {
        self.0.request_id = id;
        self
    }

    pub(crate) fn with_retry_after(mut self, after: Option<Duration>) -> Self {
        self.0.retry_after = after;
        self
    }

    /// Sets whether the error is transient, that is, whether a retry may succeed. This replaces the default
    /// for the error's kind.
    #[must_use]
    pub fn with_transient(mut self, transient: bool) -> Self {
        self.0.transient = transient;
        self
    }

    pub(crate) fn with_request(mut self, request: String) -> Self {
        self.0.request = Some(request);
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Sets whether an earlier attempt of the request may have been executed.
    pub(crate) fn with_earlier_attempt(mut self, may_have_run: bool) -> Self {
        self.0.earlier_attempt_may_have_run = may_have_run;
        self
    }

    /// Notes that no attempt of the request has reached the service.
    pub(crate) fn never_executed(mut self) -> Self {
        self.0.never_executed = true;
        self
    }

    /// Keeps the headers and the body of the response. Cookies are dropped, and a long body is cut.
    pub(crate) fn with_response(mut self, headers: &HeaderMap, body: &Bytes) -> Self {
        self.0.headers = headers.clone();
        self.0.headers.remove(SET_COOKIE);
        self.0.body = body.slice(..body.len().min(MAX_KEPT_BODY));
        self
    }

    /// Keeps `body`, the JSON that could not be decoded. A long one is cut.
    pub(crate) fn with_body(mut self, body: &str) -> Self {
        self.0.body = Bytes::copy_from_slice(&body.as_bytes()[..body.len().min(MAX_KEPT_BODY)]);
        self
    }

    /// Appends `more` to the message.
    pub(crate) fn append_message(mut self, more: &str) -> Self {
        self.0.message.push_str(more);
        self
    }

    /// Masks, in the message and in the underlying errors, the secrets that `redactor` knows.
    pub(crate) fn redacted(mut self, redactor: &Redactor) -> Self {
        let inner = &mut *self.0;
        let texts = [&mut inner.code, &mut inner.request_id, &mut inner.request].into_iter().flatten();
        for text in std::iter::once(&mut inner.message).chain(texts) {
            if let Cow::Owned(masked) = redactor.mask(text) {
                *text = masked;
            }
        }
        if let Cow::Owned(masked) = redactor.mask(&String::from_utf8_lossy(&inner.body)) {
            inner.body = masked.into();
        }
        for value in inner.headers.values_mut() {
            if let Cow::Owned(masked) = redactor.mask(&String::from_utf8_lossy(value.as_bytes())) {
                // A mask makes no character that a header cannot contain.
                *value = HeaderValue::try_from(masked).unwrap_or(HeaderValue::from_static("***"));
            }
        }
        let mut beneath = inner.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static));
        let mut said = Vec::new();
        while let Some(error) = beneath {
            said.push(error.to_string());
            beneath = error.source();
        }
        let masked: Vec<Cow<'_, str>> = said.iter().map(|text| redactor.mask(text)).collect();
        if masked.iter().any(|text| matches!(text, Cow::Owned(_))) {
            inner.source = Some(Arc::new(RedactedSource(masked.join(": "))));
        }
        self
    }

    /// Sets the underlying error. Programs print it in the chain of errors, so it must not contain secrets.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the message. If the service gave a message, this is the service's.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the HTTP status of the response; `None` if there was no response.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Returns the error code of the service, such as `0x80040217`, or of the sign-in service, such as
    /// `invalid_grant`; `None` if the response contained no code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns the id of the request, by which Microsoft's support can find it; `None` if no response with an
    /// id arrived.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns the wait that the service asked for in `Retry-After`; `None` if it asked for no wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns whether the same request, sent later, may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.0.transient
    }

    /// Returns whether the service certainly did not execute the request, so that a retry cannot execute it
    /// twice. This is so if the request was never sent, if it was refused because of its token or of the
    /// service protection limits, or if the service refused it with an error of its own (4xx): a request that
    /// fails is rolled back. It is not so if an earlier attempt of the same request got no response.
    #[must_use]
    pub fn not_executed(&self) -> bool {
        !self.0.earlier_attempt_may_have_run && self.last_attempt_not_executed()
    }

    /// Returns whether the service may have executed the request, although it ended with this error. A write
    /// that may have run must not be repeated blindly: read the row first, or use a key that makes the write
    /// idempotent.
    #[must_use]
    pub fn may_have_run(&self) -> bool {
        !self.not_executed()
    }

    /// Returns whether the last attempt certainly was not executed.
    pub(crate) fn last_attempt_not_executed(&self) -> bool {
        if self.0.never_executed {
            return true;
        }
        match self.0.kind {
            ErrorKind::Connect | ErrorKind::Configuration | ErrorKind::ForeignLink => true,
            ErrorKind::SignIn | ErrorKind::NeedsSignIn | ErrorKind::Throttled => true,
            ErrorKind::Unauthorized
            | ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::PreconditionFailed
            | ErrorKind::ExpiredDeltaLink
            | ErrorKind::BadRequest => true,
            _ => {
                matches!(self.0.status, Some(StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS))
            }
        }
    }

    /// Returns the body of the error response, at most 64 KiB of it; empty if there was none. For
    /// [`ErrorKind::Row`] this is the JSON of the row. It may contain personal data, and is therefore not part
    /// of `Debug` and of the message. Tokens in it are masked.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// Returns the headers of the error response, without cookies; empty if there was no response. They are
    /// not part of `Debug`. Tokens in them are masked.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Parses the body as JSON of type `T`, for example to read the details that
    /// `odata.include-annotations="*"` adds to an error; `None` if the body is not such JSON.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(without_byte_order_mark(&self.0.body)).ok()
    }

    /// Returns the inner error of the service's response; `None` if there is none.
    #[must_use]
    pub fn inner_error(&self) -> Option<InnerError> {
        #[derive(Deserialize)]
        struct Body {
            error: Outer,
        }
        #[derive(Deserialize)]
        struct Outer {
            innererror: InnerError,
        }
        self.json::<Body>().map(|body| body.error.innererror)
    }

    /// Returns the number of attempts to send the request, including the first.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(request) = &inner.request {
            write!(f, "{request}: ")?;
        }
        f.write_str(&inner.message)?;
        let mut facts = Vec::new();
        if let Some(code) = inner.code.as_deref().filter(|code| !code.is_empty()) {
            facts.push(code.to_owned());
        }
        if let Some(status) = inner.status {
            facts.push(format!("HTTP {}", status.as_u16()));
        }
        if let Some(id) = &inner.request_id {
            facts.push(format!("request {id}"));
        }
        if inner.attempts > 1 {
            facts.push(format!("after {} attempts", inner.attempts));
        }
        if !facts.is_empty() {
            write!(f, " ({})", facts.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.0.kind)
    }
}

/// The message of an underlying error, with secrets masked.
#[derive(Debug)]
struct RedactedSource(String);

impl fmt::Display for RedactedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RedactedSource {}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests;
