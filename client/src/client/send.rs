//! Sending one request: headers, token, answer read within its bounds, and what became of it.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, AUTHORIZATION, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep};
use url::Url;

use super::{Prefer, Request, Response, Status, address};
use crate::auth::{AccessToken, Account, Audience};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result, is_html, of_response, page_in_place_of_data};
use crate::retry::{Again, RetryPolicy, again};
use crate::throttle::{Answer, Gate, Permit, Protection};

/// What a client was told for all of its requests.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) prefer: Prefer,
    pub(crate) timeout: Duration,
    pub(crate) max_bytes: u64,
    pub(crate) retry: RetryPolicy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            prefer: Prefer::new(),
            timeout: Duration::from_secs(120),
            max_bytes: 64 << 20,
            retry: RetryPolicy::default(),
        }
    }
}

/// What the clones of a client share.
pub(crate) struct Core {
    pub(crate) org: Url,
    pub(crate) base: String,
    pub(crate) account: Account,
    audience: Audience,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    gate: Arc<Gate>,
    settings: Settings,
    bytes: AtomicU64,
    retried: AtomicU64,
}

/// An answer before it is judged.
struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// From sending to the head of the answer.
    took: Duration,
}

impl Core {
    pub(crate) fn new(
        org: Url,
        base: String,
        http: reqwest::Client,
        account: Account,
        clock: Arc<dyn Clock>,
        gate: Arc<Gate>,
        settings: Settings,
    ) -> Self {
        let audience = Audience::of(&org);
        let (bytes, retried) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { org, base, account, audience, http, clock, gate, settings, bytes, retried }
    }

    pub(crate) fn status(&self) -> Status {
        Status {
            bytes: self.bytes.load(Ordering::Relaxed),
            retried: self.retried.load(Ordering::Relaxed),
            token_expires_at: self.account.expires_at(&self.audience),
            ..self.gate.status()
        }
    }

    pub(crate) async fn send(&self, request: &Request) -> Result<Response> {
        request.check()?;
        let url = address::resolve(&self.org, &self.base, &request.target)?;
        let mut attempts = 0;
        self.send_again_and_again(request, &url, &mut attempts)
            .await
            .map_err(|error| error.with_request(request.name()).with_attempts(attempts))
    }

    async fn send_again_and_again(
        &self,
        request: &Request,
        url: &Url,
        attempts: &mut u32,
    ) -> Result<Response> {
        let policy = &self.settings.retry;
        let mut waits = policy.waits();
        let mut give_up = None;
        let mut refused_token = false;
        loop {
            let token = self.account.token(&self.audience).await?;
            let permit = match &give_up {
                None => self.gate.pass().await,
                Some((at, last)) => match tokio::time::timeout_at(*at, self.gate.pass()).await {
                    Ok(permit) => permit,
                    Err(_) => return Err(Error::clone(last)),
                },
            };
            *attempts += 1;
            let outcome = self.attempt(request, url, &token, permit).await;
            let error = match outcome {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            if error.status() == Some(StatusCode::UNAUTHORIZED) && !refused_token {
                // The token was revoked, or ended on its way: one more try with another one.
                tracing::debug!(request = request.name(), "the token was not accepted");
                self.account.reject(&self.audience, &token);
                refused_token = true;
                continue;
            }
            let again = again(&error, request.is_idempotent());
            let (until, _) = give_up.get_or_insert_with(|| (Instant::now() + policy.budget, error.clone()));
            let until = *until;
            give_up = Some((until, error.clone()));
            if again == Again::Never || *attempts >= policy.attempts {
                return Err(error);
            }
            self.retried.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(request = request.name(), %error, attempt = *attempts, "tried again");
            if again == Again::Later {
                let wait = waits.next().unwrap_or(policy.longest_wait);
                if Instant::now() + wait > until {
                    return Err(error);
                }
                sleep(wait).await;
            }
        }
    }

    /// Sends once, and tells the gate what became of it.
    async fn attempt(
        &self,
        request: &Request,
        url: &Url,
        token: &AccessToken,
        permit: Permit,
    ) -> Result<Response> {
        let answered = match self.transmit(request, url.clone(), token).await {
            Ok(answered) => answered,
            Err(error) => {
                permit.finish(Answer::Lost);
                return Err(error);
            }
        };
        let Answered { status, headers, body, took } = answered;
        tracing::debug!(
            request = request.name(),
            status = status.as_u16(),
            bytes = body.len(),
            ?took,
            "answered"
        );
        let error = if status == StatusCode::NOT_MODIFIED
            || (status.is_success() && !unasked_page(request, &headers, &body))
        {
            None
        } else if status.is_success() {
            Some(page_in_place_of_data(status, &headers, &body))
        } else {
            Some(of_response(status, &headers, &body, self.clock.now()))
        };
        permit.finish(what_it_says(status, &headers, took, error.as_ref()));
        match error {
            Some(error) => Err(error),
            None => Ok(Response { status, headers, body, request: request.name() }),
        }
    }

    async fn transmit(&self, request: &Request, url: Url, token: &AccessToken) -> Result<Answered> {
        let timeout = request.timeout.unwrap_or(self.settings.timeout);
        let headers = self.headers(request, token)?;
        let mut ready = self.http.request(request.method.clone(), url).headers(headers).timeout(timeout);
        if let Some(body) = &request.body {
            ready = ready.body(body.clone());
        }
        let sent = Instant::now();
        let mut answer = ready.send().await.map_err(|error| of_transport(error, timeout))?;
        let took = sent.elapsed();
        let headers = std::mem::take(answer.headers_mut());
        let limit = request.max_bytes.unwrap_or(self.settings.max_bytes);
        let body = self.read(&mut answer, limit, timeout).await?;
        Ok(Answered { status: answer.status(), headers, body, took })
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

/// What an answer teaches the pacer.
fn what_it_says(status: StatusCode, headers: &HeaderMap, took: Duration, error: Option<&Error>) -> Answer {
    let number = |name: &str| -> Option<f64> {
        // The service writes thousands with a comma.
        let number: f64 = headers.get(name)?.to_str().ok()?.trim().replace(',', "").parse().ok()?;
        (number.is_finite() && number >= 0.0).then_some(number)
    };
    let retry_after = error.and_then(Error::retry_after);
    let jitter = rand::random();
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            let limit = error.and_then(Error::code).and_then(Protection::of_code);
            Answer::Throttled { retry_after, limit, jitter }
        }
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Answer::Overloaded { retry_after, jitter }
        }
        _ => Answer::Answered {
            took,
            hint: number("x-ms-dop-hint")
                .filter(|hint| (1.0..=1_000.0).contains(hint))
                .map(|hint| hint as u32),
            requests_left: number("x-ms-ratelimit-burst-remaining-xrm-requests"),
            execution_left: number("x-ms-ratelimit-time-remaining-xrm-requests")
                .map(|seconds| Duration::from_secs_f64(seconds.min(1e6))),
        },
    }
}
