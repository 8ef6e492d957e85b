//! Defines the error type of the client. An error contains its kind, the service's message and code, and
//! whether a retry may succeed.
//!
//! No error contains a header, a token or the body of a sign-in response. Texts from the service are
//! truncated.
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

mod body;

pub(crate) use body::{
    MAX_CODE_LENGTH, error_from_response, is_html, is_transient, request_id, truncate, unexpected_html,
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
    /// The service accepts the caller's identity but denies access: 401 even with a new token, or 403.
    Refused,
    /// The connection could not be opened; nothing was sent.
    Connect,
    /// The response did not arrive in time.
    Timeout,
    /// The connection broke, or the body of the response ended early.
    Network,
    /// The service asked for a pause (429) that is longer than the client may still wait.
    Throttled,
    /// The service responded with an error.
    Service,
    /// A sign-in page (HTML) was returned instead of data.
    LoginPage,
    /// A gateway or proxy responded instead of the service.
    Gateway,
    /// The response is larger than the request allows.
    TooLarge,
    /// The response is not of the expected form: not JSON, or JSON of another structure.
    Unexpected,
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
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

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
    /// twice. This is so if the request was never sent, or if it was refused because of its token or of the
    /// service protection limits.
    #[must_use]
    pub fn not_executed(&self) -> bool {
        match self.0.kind {
            ErrorKind::Connect | ErrorKind::Configuration | ErrorKind::ForeignLink => true,
            ErrorKind::SignIn | ErrorKind::NeedsSignIn | ErrorKind::Throttled => true,
            _ => {
                matches!(self.0.status, Some(StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS))
            }
        }
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
