//! Sending one request: headers, token, answer read within its bounds, and what became of it.
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, AUTHORIZATION, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use url::Url;

use super::{Prefer, Request, Response, Status, address};
use crate::auth::{AccessToken, Audience, TokenSource};
use crate::error::{Error, ErrorKind, Result, is_html, of_response, page_in_place_of_data};

/// What a client was told for all of its requests.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) prefer: Prefer,
    pub(crate) timeout: Duration,
    pub(crate) max_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { prefer: Prefer::new(), timeout: Duration::from_secs(120), max_bytes: 64 << 20 }
    }
}

/// What the clones of a client share.
pub(crate) struct Core {
    pub(crate) org: Url,
    base: String,
    audience: Audience,
    http: reqwest::Client,
    source: Arc<dyn TokenSource>,
    settings: Settings,
    sent: AtomicU64,
    bytes: AtomicU64,
    in_flight: AtomicU32,
}

impl Core {
    pub(crate) fn new(
        org: Url,
        base: String,
        http: reqwest::Client,
        source: Arc<dyn TokenSource>,
        settings: Settings,
    ) -> Self {
        let audience = Audience::of(&org);
        Self {
            org,
            base,
            audience,
            http,
            source,
            settings,
            sent: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            in_flight: AtomicU32::new(0),
        }
    }

    pub(crate) fn status(&self) -> Status {
        Status {
            sent: self.sent.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            ..Status::default()
        }
    }

    pub(crate) async fn send(&self, request: &Request) -> Result<Response> {
        request.check()?;
        let url = address::resolve(&self.org, &self.base, &request.target)?;
        let token = self.source.fetch(&self.audience).await?;
        let outcome = match self.attempt(request, url.clone(), &token).await {
            // A read that the network lost is asked for once more.
            Err(error) if error.kind() == ErrorKind::Network && request.is_idempotent() => {
                self.attempt(request, url, &token).await.map_err(|error| error.with_attempts(2))
            }
            outcome => outcome,
        };
        outcome.map_err(|error| error.with_request(request.name()))
    }

    /// Sends once.
    async fn attempt(&self, request: &Request, url: Url, token: &AccessToken) -> Result<Response> {
        let timeout = request.timeout.unwrap_or(self.settings.timeout);
        let headers = self.headers(request, token)?;
        let mut ready = self.http.request(request.method.clone(), url).headers(headers).timeout(timeout);
        if let Some(body) = &request.body {
            ready = ready.body(body.clone());
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        let _flight = Flight::new(&self.in_flight);
        let mut answer = ready.send().await.map_err(|error| of_transport(error, timeout))?;
        let status = answer.status();
        let headers = std::mem::take(answer.headers_mut());
        let limit = request.max_bytes.unwrap_or(self.settings.max_bytes);
        let body = self.read(&mut answer, limit, timeout).await?;
        tracing::debug!(request = request.name(), status = status.as_u16(), bytes = body.len(), "answered");
        if status == StatusCode::NOT_MODIFIED
            || (status.is_success() && !unasked_page(request, &headers, &body))
        {
            return Ok(Response { status, headers, body, request: request.name() });
        }
        if status.is_success() {
            return Err(page_in_place_of_data(status, &headers, &body));
        }
        Err(of_response(status, &headers, &body, Timestamp::now()))
    }

    async fn read(&self, answer: &mut reqwest::Response, limit: u64, timeout: Duration) -> Result<Bytes> {
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| of_transport(error, timeout))? {
            self.bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            if body.len() as u64 + chunk.len() as u64 > limit {
                return Err(Error::new(
                    ErrorKind::TooLarge,
                    format!(
                        "the answer is larger than {limit} bytes; ask for less, or allow more with `max_bytes`"
                    ),
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn headers(&self, request: &Request, token: &AccessToken) -> Result<HeaderMap> {
        let wrong =
            |what: &str| Error::new(ErrorKind::Configuration, format!("{what} cannot be sent in a header"));
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static("odata-version"), HeaderValue::from_static("4.0"));
        headers.insert(HeaderName::from_static("odata-maxversion"), HeaderValue::from_static("4.0"));
        let prefer = request.prefer.over(&self.settings.prefer);
        if !prefer.is_empty() {
            let value = HeaderValue::try_from(prefer.to_string()).map_err(|_| wrong("a preference"))?;
            headers.insert(HeaderName::from_static("prefer"), value);
        }
        if request.method == Method::GET
            && !request.headers.contains_key(IF_NONE_MATCH)
            && !request.headers.contains_key(IF_MATCH)
        {
            // Keeps the service from answering with expanded rows out of its cache.
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static("null"));
        }
        headers.extend(request.headers.clone());
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.secret().expose_secret()))
            .map_err(|_| wrong("the token"))?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
        Ok(headers)
    }
}

/// HTML where nobody asked for HTML.
fn unasked_page(request: &Request, headers: &HeaderMap, body: &[u8]) -> bool {
    let asked = request
        .headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.contains("html"));
    !asked && !body.is_empty() && is_html(headers, body)
}

/// The error that a broken connection is. The URL is left out: its query may hold people's data.
fn of_transport(error: reqwest::Error, timeout: Duration) -> Error {
    let error = error.without_url();
    let (kind, message) = if error.is_connect() {
        (ErrorKind::Connect, "no connection to the service".to_owned())
    } else if error.is_timeout() {
        (ErrorKind::Timeout, format!("no answer within {timeout:?}"))
    } else if error.is_builder() {
        (ErrorKind::Configuration, "the request cannot be sent".to_owned())
    } else {
        (ErrorKind::Network, "the connection broke before the answer was complete".to_owned())
    };
    Error::new(kind, message).with_source(error)
}

/// Counts a request while it is on its way, however it ends.
struct Flight<'a>(&'a AtomicU32);

impl<'a> Flight<'a> {
    fn new(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
