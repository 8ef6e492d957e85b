//! One error for everything that can go wrong between a request and its answer: what it was, what the service said, and whether
//! trying again makes sense.
//!
//! No error holds a header, a token or a body of the sign-in; what the service wrote is kept truncate.
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

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client or the request was put together wrongly: a URL that is none, a header that cannot be sent.
    Configuration,
    /// A link that the client was told to follow leads to another host than the organisation's; the token stays here.
    ForeignLink,
    /// No token could be had: the sign-in service refused or could not be reached.
    SignIn,
    /// The account has to sign in again: its refresh token is no longer good.
    NeedsSignIn,
    /// The service knows who calls and does not let them: 401 after a fresh token, or 403.
    Refused,
    /// No connection could be made; nothing was sent.
    Connect,
    /// The answer did not come in time.
    Timeout,
    /// The connection broke, or the body ended early.
    Network,
    /// The service asked for a pause (429), and the time set aside for waiting is over.
    Throttled,
    /// The service answered with an error of its own.
    Service,
    /// A sign-in page (HTML) came where data was expected.
    LoginPage,
    /// Something between here and the service answered in its place: a gateway's or proxy's page.
    Gateway,
    /// The answer is larger than the request allows.
    TooLarge,
    /// The answer is not what was asked for: no JSON, or JSON of another shape.
    Unexpected,
}

/// An error of the client, small enough to be passed around.
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

/// What most functions here give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of a kind with a message for people. Whether it is transient follows from the kind until
    /// something better is known.
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

    /// Says whether trying again makes sense, where the kind alone does not tell.
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

    /// Says more behind the message.
    pub(crate) fn and(mut self, more: &str) -> Self {
        self.0.message.push_str(more);
        self
    }

    /// The same error without the secrets that were sent, wherever a service brought them back.
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

    /// Keeps the error beneath. It is shown by whoever prints the chain, so it must hold no secret.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// What kind of thing went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What went wrong, in the service's own words where it had any.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The status of the answer, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The service's code, like `0x80040217`, or the sign-in service's, like `invalid_grant`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The id under which the service's support finds this request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the service asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.0.transient
    }

    /// Whether the service certainly did not run the request, so that repeating it cannot do anything twice: it never left, was
    /// refused for its token, or by the service protection limits.
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

    /// How often the request was sent before this was given up.
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

/// What the errors beneath said, where they had to be masked.
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
