//! Sends a request: adds headers and token, reads the response within the limits of size and time, and
//! retries. Every method of [`Client`](super::Client) that sends something ends here.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use dvkit_diagnostic::limits;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep};
use url::Url;

use super::{ClientStatus, Prefer, Request, Response, address};
use crate::auth::{AccessToken, Account, Audience};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result, error_from_response, is_html, request_id, unexpected_html};
use crate::multipart::{PartResponse, is_multipart, new_boundary, parse_responses, write_single_read};
use crate::redact::Redactor;
use crate::retry::{RetryDecision, RetryPolicy, deadline_after, format_wait, retry_decision};
use crate::throttle::{Gate, Permit, RequestOutcome, ServiceLimit};

/// The longest pause that the client observes. If the service asks for a longer one, it uses another unit or
/// is down for the day, so the client tries again after an hour.
const MAX_PAUSE: Duration = Duration::from_secs(60 * 60);

/// The settings of a client that apply to all its requests.
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

/// The state that the clones of a client share.
pub(crate) struct Core {
    pub(crate) org: Url,
    base: String,
    pub(crate) account: Account,
    audience: Audience,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    gate: Arc<Gate>,
    pub(crate) settings: Settings,
    bytes: AtomicU64,
    retried: AtomicU64,
    /// The redactor that masks the tokens sent to this organisation.
    redactor: Redactor,
}

/// A response whose status was not examined yet.
struct RawResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// The time from sending the request to receiving the head of the response.
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
        let redactor = Redactor::default();
        Self { org, base, account, audience, http, clock, gate, settings, bytes, retried, redactor }
    }

    /// Returns the redactor that masks the tokens sent to this organisation.
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Returns the name of the request for messages and logs. Secrets in it are masked, because its target
    /// may be a link written by the service.
    fn name(&self, request: &Request) -> String {
        self.redactor.mask(&request.name()).into_owned()
    }

    pub(crate) fn status(&self) -> ClientStatus {
        ClientStatus {
            bytes: self.bytes.load(Ordering::Relaxed),
            retried: self.retried.load(Ordering::Relaxed),
            token_expires_at: self.account.expires_at(&self.audience),
            ..self.gate.status()
        }
    }

    pub(crate) async fn send(&self, request: &Request) -> Result<Response> {
        let mut attempts = 0;
        self.send_with_retries(request, &mut attempts).await.map_err(|error| {
            error.with_request(request.name()).with_attempts(attempts).redacted(&self.redactor)
        })
    }

    async fn send_with_retries(&self, request: &Request, attempts: &mut u32) -> Result<Response> {
        request.check()?;
        let url = self.resolve(&request.target)?;
        let policy = &self.settings.retry;
        let mut waits = policy.waits();
        let mut give_up: Option<(Instant, Error)> = None;
        let mut refused_token = false;
        let (mut unanswered, mut timed_out) = (0, 0);
        loop {
            let token = self.account.token(&self.audience).await?;
            self.redactor.remember(token.secret());
            let permit = match &give_up {
                None => match self.gate.acquire(policy.max_elapsed).await {
                    Ok(permit) => permit,
                    Err(pause) => return Err(pause_too_long_error(pause, policy.max_elapsed)),
                },
                Some((at, last)) => {
                    let left = at.saturating_duration_since(Instant::now());
                    match tokio::time::timeout_at(*at, self.gate.acquire(left)).await {
                        Ok(Ok(permit)) => permit,
                        Ok(Err(pause)) => {
                            return Err(Error::clone(last).append_message(&pause_too_long_note(pause, left)));
                        }
                        Err(_) => return Err(Error::clone(last)),
                    }
                }
            };
            *attempts += 1;
            let outcome = self.attempt(request, &url, &token, permit).await;
            let error = match outcome {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let unaccepted =
                error.status() == Some(StatusCode::UNAUTHORIZED) || error.kind() == ErrorKind::LoginPage;
            if unaccepted && !refused_token {
                // The token was revoked or expired on its way: a further attempt uses another one.
                tracing::debug!(request = self.name(request), "the token was not accepted");
                self.account.reject(&self.audience, &token);
                refused_token = true;
                continue;
            }
            let decision = retry_decision(&error, request.is_idempotent());
            let (until, _) =
                give_up.get_or_insert_with(|| (deadline_after(policy.max_elapsed), error.clone()));
            let until = *until;
            give_up = Some((until, error.clone()));
            unanswered = if error.status().is_none() { unanswered + 1 } else { 0 };
            timed_out += u32::from(error.kind() == ErrorKind::Timeout);
            if decision == RetryDecision::Never
                || *attempts >= policy.max_attempts
                || unanswered >= policy.max_unanswered
                || timed_out > 1
            {
                return Err(error);
            }
            let left = until.saturating_duration_since(Instant::now());
            let wait = match decision {
                RetryDecision::AfterBackoff => waits.next().unwrap_or(policy.max_wait),
                RetryDecision::WhenAdmitted | RetryDecision::Never => {
                    error.retry_after().unwrap_or(Duration::ZERO)
                }
            };
            if wait > left {
                // There is no point in waiting longer than the policy allows.
                return Err(match error.retry_after() {
                    Some(asked) => error.append_message(&pause_too_long_note(asked, left)),
                    None => error,
                });
            }
            self.retried.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(request = self.name(request), %error, attempt = *attempts, "tried again");
            if decision == RetryDecision::AfterBackoff {
                sleep(wait).await;
            }
        }
    }

    /// Sends the request once, with `token`, and reports the outcome to the pacer through `permit`. A
    /// response whose status is neither a success nor 304 is an error.
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
                permit.finish(RequestOutcome::NoResponse);
                return Err(error.redacted(&self.redactor));
            }
        };
        let RawResponse { status, headers, body, took } = answered;
        tracing::debug!(
            request = self.name(request),
            status = status.as_u16(),
            bytes = body.len(),
            ?took,
            "answered"
        );
        let judged = self.check_response(request, status, headers.clone(), body);
        permit.finish(pacer_feedback(status, &headers, took, judged.as_ref().err()));
        judged
    }

    /// Returns the response if its status is a success or 304, otherwise the error that it contains. Tokens
    /// in the error are masked.
    pub(crate) fn check_response(
        &self,
        request: &Request,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response> {
        self.check_status(request, status, headers, body).map_err(|error| error.redacted(&self.redactor))
    }

    fn check_status(
        &self,
        request: &Request,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response> {
        // A batch gets a response per part, whatever its own status is.
        let answered_in_parts = request.is_batch() && is_multipart(&headers);
        let page = status.is_success() && is_unrequested_html(request, &headers, &body);
        if status == StatusCode::OK && body.is_empty() && request.wants_json() {
            return Err(Error::new(ErrorKind::Gateway, "the response is empty where JSON was expected")
                .with_status(status)
                .with_request_id(request_id(&headers))
                .with_request(request.name()));
        }
        if answered_in_parts || status == StatusCode::NOT_MODIFIED || (status.is_success() && !page) {
            let redactor = self.redactor.clone();
            return Ok(Response { status, headers, body, request: request.name(), redactor });
        }
        let error = if page {
            unexpected_html(status, &headers, &body)
        } else {
            error_from_response(status, &headers, &body, self.clock.now())
        };
        Err(error.with_request(request.name()))
    }

    /// Returns the URL of a request's target. Returns an error if the target is not a URL, or is one of
    /// another organisation.
    pub(crate) fn resolve(&self, target: &str) -> Result<Url> {
        address::resolve(&self.org, &self.base, target)
    }

    async fn transmit(&self, request: &Request, url: Url, token: &AccessToken) -> Result<RawResponse> {
        let timeout = request.timeout.unwrap_or(self.settings.timeout);
        let mut headers = self.plain_headers(request)?;
        let (mut method, mut target, mut body) = (request.method.clone(), url, request.body.clone());
        let in_batch = method == Method::GET && target.as_str().len() > limits::MAX_URL_LENGTH as usize;
        if in_batch {
            let boundary = new_boundary("batch");
            body = Some(write_single_read(&target, &headers, &boundary)?);
            let kind = format!("multipart/mixed; boundary={boundary}");
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::try_from(kind).expect("a boundary is made of letters and digits"),
            );
            headers.insert(ACCEPT, HeaderValue::from_static("multipart/mixed"));
            headers.remove(IF_NONE_MATCH);
            headers.remove(IF_MATCH);
            (method, target) = (Method::POST, self.resolve("$batch")?);
            tracing::debug!(request = self.name(request), "goes in a batch: its URL is too long to go alone");
        }
        headers.insert(AUTHORIZATION, bearer(token)?);
        let mut ready = self.http.request(method, target).headers(headers).timeout(timeout);
        if let Some(body) = body {
            ready = ready.body(body);
        }
        let sent = Instant::now();
        let mut received = ready.send().await.map_err(|error| transport_error(error, timeout))?;
        let took = sent.elapsed();
        let (status, headers) = (received.status(), std::mem::take(received.headers_mut()));
        let limit = request.max_bytes.unwrap_or(self.settings.max_bytes);
        let body = self.read(&mut received, limit, timeout).await?;
        if in_batch && is_multipart(&headers) {
            let reply = parse_responses(&headers, &body)?.into_iter().flatten().next();
            let PartResponse { status, headers, body, .. } = reply
                .ok_or_else(|| Error::new(ErrorKind::Unexpected, "the service returned an empty batch"))?;
            return Ok(RawResponse { status, headers, body, took });
        }
        Ok(RawResponse { status, headers, body, took })
    }

    async fn read(&self, received: &mut reqwest::Response, limit: u64, timeout: Duration) -> Result<Bytes> {
        let mut body = BytesMut::new();
        while let Some(chunk) = received.chunk().await.map_err(|error| transport_error(error, timeout))? {
            self.bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            if body.len() as u64 + chunk.len() as u64 > limit {
                return Err(Error::new(
                    ErrorKind::TooLarge,
                    format!(
                        "the response is larger than {limit} bytes; ask for less, or allow more with `max_bytes`"
                    ),
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// Returns the headers of a request except `Authorization`. Returns an error if a preference cannot be
    /// sent in a header.
    pub(crate) fn plain_headers(&self, request: &Request) -> Result<HeaderMap> {
        let wrong =
            |what: &str| Error::new(ErrorKind::Configuration, format!("{what} cannot be sent in a header"));
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static("odata-version"), HeaderValue::from_static("4.0"));
        headers.insert(HeaderName::from_static("odata-maxversion"), HeaderValue::from_static("4.0"));
        let prefer = request.prefer.merged_over(&self.settings.prefer);
        if !prefer.is_empty() {
            let value = HeaderValue::try_from(prefer.to_string()).map_err(|_| wrong("a preference"))?;
            headers.insert(HeaderName::from_static("prefer"), value);
        }
        if request.method == Method::GET
            && !request.headers.contains_key(IF_NONE_MATCH)
            && !request.headers.contains_key(IF_MATCH)
        {
            // Without it the service may return expanded rows from its cache.
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static("null"));
        }
        headers.extend(request.headers.clone());
        Ok(headers)
    }
}

/// Returns the error for a request that was not sent, because the service has asked for a pause longer than
/// `max_pause`.
fn pause_too_long_error(pause: Duration, max_pause: Duration) -> Error {
    let message = format!("not sent{}", pause_too_long_note(pause, max_pause));
    Error::new(ErrorKind::Throttled, message).with_retry_after(Some(pause))
}

fn pause_too_long_note(pause: Duration, max_pause: Duration) -> String {
    format!(
        "; the service asks to wait {}, longer than the {} that it may take",
        format_wait(pause),
        format_wait(max_pause)
    )
}

fn bearer(token: &AccessToken) -> Result<HeaderValue> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.secret().expose_secret()))
        .map_err(|_| Error::new(ErrorKind::SignIn, "the token cannot be sent in a header"))?;
    bearer.set_sensitive(true);
    Ok(bearer)
}

/// Returns whether the response is HTML although the request asked for something else.
fn is_unrequested_html(request: &Request, headers: &HeaderMap, body: &[u8]) -> bool {
    let asked = request
        .headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.contains("html"));
    !asked && !body.is_empty() && is_html(headers, body)
}

/// Converts an error of the HTTP client. `timeout` is the limit of the attempt, for the message. The URL is
/// dropped, because its query may contain personal data.
fn transport_error(error: reqwest::Error, timeout: Duration) -> Error {
    let error = error.without_url();
    let (kind, message) = if error.is_connect() {
        (ErrorKind::Connect, "no connection to the service".to_owned())
    } else if error.is_timeout() {
        (ErrorKind::Timeout, format!("no response within {timeout:?}"))
    } else if error.is_builder() {
        (ErrorKind::Configuration, "the request cannot be sent".to_owned())
    } else {
        (ErrorKind::Network, "the connection broke before the response was complete".to_owned())
    };
    Error::new(kind, message).with_source(error)
}

/// Returns the facts of a response that the pacer needs. `took` is the time from sending the request to
/// receiving the head of the response; `error` is the error that the response contains.
fn pacer_feedback(
    status: StatusCode,
    headers: &HeaderMap,
    took: Duration,
    error: Option<&Error>,
) -> RequestOutcome {
    let number = |name: &str| -> Option<f64> {
        // The service writes thousands with a comma.
        let number: f64 = headers.get(name)?.to_str().ok()?.trim().replace(',', "").parse().ok()?;
        (number.is_finite() && number >= 0.0).then_some(number)
    };
    let retry_after = error.and_then(Error::retry_after).map(|pause| pause.min(MAX_PAUSE));
    let jitter = rand::random();
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            let limit = error.and_then(Error::code).and_then(ServiceLimit::of_code);
            RequestOutcome::Throttled { retry_after, limit, jitter }
        }
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            RequestOutcome::Overloaded { retry_after, jitter }
        }
        _ => RequestOutcome::Responded {
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
