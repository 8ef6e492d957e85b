//! Makes one attempt to send a request: adds headers and token, reads the response within the limits of size and
//! time, and examines its status.
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use dvkit_diagnostic::limits;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt as _;
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};
use tower_service::Service as _;
use url::Url;

use super::prefer::Place;
use super::transport::TransportError;
use super::{Client, Expect, Request, Response};
use crate::auth::AccessToken;
use crate::error::{
    Error, ErrorKind, Result, error_from_response, is_html, is_html_type, request_id, unexpected_html,
};
use crate::multipart::{PartResponse, is_multipart, new_boundary, parse_responses, write_single_read};
use crate::throttle::{Permit, RequestOutcome, ServiceLimit};

/// The longest pause that the client observes. If the service asks for a longer one, it uses another unit or
/// is down for the day, so the client tries again after an hour.
const MAX_PAUSE: Duration = Duration::from_secs(60 * 60);

/// How the body of a successful response is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyMode {
    /// It is read completely.
    Whole,
    /// It is passed on unread.
    Stream,
}

/// A successful response.
pub(super) struct Received {
    pub(super) response: Response,
    /// The unread body, with [`BodyMode::Stream`]. The body in `response` is empty then.
    pub(super) body: Option<reqwest::Body>,
}

/// A response whose status was not examined yet.
struct RawResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    unread: Option<reqwest::Body>,
    /// The time from sending the request to receiving the head of the response.
    took: Duration,
}

impl Client {
    /// Sends the request once, with `token`, and reports the outcome to the pacer through `permit`. A
    /// response whose status is neither a success nor 304 is an error.
    pub(super) async fn attempt(
        &self,
        request: &Request,
        url: &Url,
        token: &AccessToken,
        permit: Permit,
        mode: BodyMode,
    ) -> Result<Received> {
        let answered = match self.transmit(request, url.clone(), token, mode).await {
            Ok(answered) => answered,
            Err(error) => {
                permit.finish(RequestOutcome::NoResponse);
                return Err(error.redacted(self.core.redactor()));
            }
        };
        let RawResponse { status, headers, body, unread, took } = answered;
        tracing::debug!(status = status.as_u16(), bytes = body.len(), ?took, "answered");
        let judged = match &unread {
            Some(_) => self.check_head(request, status, headers.clone()),
            None => self.check_response(request, status, headers.clone(), body),
        };
        permit.finish(pacer_feedback(status, &headers, took, judged.as_ref().err()));
        judged.map(|response| Received { response, body: unread })
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
        self.check_status(request, status, headers, body)
            .map_err(|error| error.redacted(self.core.redactor()))
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
        if status == StatusCode::OK && body.is_empty() && request.expected() == Expect::Json {
            return Err(Error::new(ErrorKind::Gateway, "the response is empty where JSON was expected")
                .with_status(status)
                .with_request_id(request_id(&headers))
                .with_request(request.name()));
        }
        if answered_in_parts || status == StatusCode::NOT_MODIFIED || (status.is_success() && !page) {
            let redactor = self.core.redactor().clone();
            let request = request.name();
            return Ok(Response { status, headers, body, request, redactor, repeated: false });
        }
        let error = if page {
            unexpected_html(status, &headers, &body)
        } else {
            error_from_response(status, &headers, &body, self.core.clock.now())
        };
        Err(error.with_request(request.name()))
    }

    /// Returns a successful response whose body is not read yet, or an error if it is a page.
    fn check_head(&self, request: &Request, status: StatusCode, headers: HeaderMap) -> Result<Response> {
        if is_html_type(&headers) {
            return Err(unexpected_html(status, &headers, &Bytes::new()).with_request(request.name()));
        }
        let (redactor, request) = (self.core.redactor().clone(), request.name());
        Ok(Response { status, headers, body: Bytes::new(), request, redactor, repeated: false })
    }

    /// Returns the URL of a request, with the query options of the client.
    pub(crate) fn url_of(&self, request: &Request) -> Result<Url> {
        let mut url = self.core.resolve(&request.target)?;
        for (name, value) in &self.options.query {
            if !request.has_query_option(name) {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        Ok(url)
    }

    async fn transmit(
        &self,
        request: &Request,
        url: Url,
        token: &AccessToken,
        mode: BodyMode,
    ) -> Result<RawResponse> {
        let timeout = request.timeout.unwrap_or(self.options.timeout);
        let place = if request.is_batch() { Place::Batch } else { Place::Alone };
        let mut headers = self.plain_headers(request, place)?;
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
            (method, target) = (Method::POST, self.core.resolve("$batch")?);
            tracing::debug!("goes in a batch: its URL is too long to go alone");
        }
        headers.insert(AUTHORIZATION, bearer(token)?);
        let body = match &request.streamed {
            Some(streamed) => streamed.take().ok_or_else(|| {
                Error::new(
                    ErrorKind::Configuration,
                    "the body of the request was sent already, and cannot be read again",
                )
            })?,
            None => reqwest::Body::from(body.unwrap_or_default()),
        };
        let mut ready =
            http::Request::builder().method(method).uri(target.as_str()).body(body).map_err(|error| {
                Error::new(ErrorKind::Configuration, "the request cannot be sent").with_source(error)
            })?;
        *ready.headers_mut() = headers;
        let sent = Instant::now();
        let until = sent + timeout;
        let too_late = || Error::new(ErrorKind::Timeout, format!("no response within {timeout:?}"));
        let mut transport = self.core.transport.clone();
        let sending = async move {
            std::future::poll_fn(|context| transport.poll_ready(context)).await?;
            transport.call(ready).await
        };
        let received = timeout_at(until, sending).await.map_err(|_| too_late())?.map_err(transport_error)?;
        let took = sent.elapsed();
        let (parts, body) = received.into_parts();
        let (status, headers) = (parts.status, parts.headers);
        if mode == BodyMode::Stream && status.is_success() && !in_batch {
            return Ok(RawResponse { status, headers, body: Bytes::new(), unread: Some(body), took });
        }
        let limit = request.max_bytes.unwrap_or(self.options.max_bytes);
        let body = timeout_at(until, self.read(body, limit)).await.map_err(|_| too_late())??;
        if in_batch && is_multipart(&headers) {
            let reply = parse_responses(&headers, &body)?.into_iter().flatten().next();
            let PartResponse { status, headers, body, .. } = reply
                .ok_or_else(|| Error::new(ErrorKind::Unexpected, "the service returned an empty batch"))?;
            return Ok(RawResponse { status, headers, body, unread: None, took });
        }
        Ok(RawResponse { status, headers, body, unread: None, took })
    }

    async fn read(&self, mut received: reqwest::Body, limit: u64) -> Result<Bytes> {
        let mut body = BytesMut::new();
        while let Some(frame) = received.frame().await {
            let Ok(chunk) = frame.map_err(|error| transport_error(error.into()))?.into_data() else {
                continue;
            };
            self.core.bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            if body.len() as u64 + chunk.len() as u64 > limit {
                return Err(too_large(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// Returns the headers of a request except `Authorization`. Returns an error if a preference cannot be
    /// sent in a header.
    pub(crate) fn plain_headers(&self, request: &Request, place: Place) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        let media_type = match request.expected() {
            Expect::Bytes | Expect::Text => "*/*",
            Expect::Json | Expect::Nothing | Expect::Anything => "application/json",
        };
        headers.insert(ACCEPT, HeaderValue::from_static(media_type));
        headers.insert(HeaderName::from_static("odata-version"), HeaderValue::from_static("4.0"));
        headers.insert(HeaderName::from_static("odata-maxversion"), HeaderValue::from_static("4.0"));
        let prefer = request.prefer.merged_over(&self.options.prefer.applicable(request, place));
        if !prefer.is_empty() {
            let value = HeaderValue::try_from(prefer.to_string()).map_err(|_| {
                Error::new(ErrorKind::Configuration, "a preference cannot be sent in a header")
            })?;
            headers.insert(HeaderName::from_static("prefer"), value);
        }
        let conditional =
            |headers: &HeaderMap| headers.contains_key(IF_NONE_MATCH) || headers.contains_key(IF_MATCH);
        if request.method == Method::GET
            && !conditional(&request.headers)
            && !conditional(&self.options.headers)
        {
            // Without it the service may return expanded rows from its cache.
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static("null"));
        }
        for (name, value) in &self.options.headers {
            headers.insert(name.clone(), value.clone());
        }
        headers.extend(request.headers.clone());
        Ok(headers)
    }
}

/// Returns the error for a response whose body has more than `limit` bytes.
pub(super) fn too_large(limit: u64) -> Error {
    let message =
        format!("the response is larger than {limit} bytes; ask for less, or allow more with `max_bytes`");
    Error::new(ErrorKind::TooLarge, message)
}

fn bearer(token: &AccessToken) -> Result<HeaderValue> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.secret().expose_secret()))
        .map_err(|_| Error::new(ErrorKind::SignIn, "the token cannot be sent in a header"))?;
    bearer.set_sensitive(true);
    Ok(bearer)
}

/// Returns whether the response is HTML although the request asked for something else. Where a request expects
/// bytes or text, the content may be HTML, and only the media type counts: the service sends the content of
/// files as `application/octet-stream`.
fn is_unrequested_html(request: &Request, headers: &HeaderMap, body: &[u8]) -> bool {
    let asked = request
        .headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.contains("html"));
    let found = match request.expected() {
        Expect::Bytes | Expect::Text => is_html_type(headers),
        Expect::Json | Expect::Nothing | Expect::Anything => is_html(headers, body),
    };
    !asked && !body.is_empty() && found
}

/// Converts an error of the transport. The URL is dropped, because its query may contain personal data.
pub(super) fn transport_error(error: TransportError) -> Error {
    let error = match error.downcast::<reqwest::Error>() {
        Ok(error) => error.without_url(),
        Err(error) => {
            let source = std::io::Error::other(error);
            return Error::new(ErrorKind::Network, "the request was not transported").with_source(source);
        }
    };
    let (kind, message) = if error.is_connect() {
        (ErrorKind::Connect, "no connection to the service")
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "no response in time")
    } else if error.is_builder() {
        (ErrorKind::Configuration, "the request cannot be sent")
    } else {
        (ErrorKind::Network, "the connection broke before the response was complete")
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

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        all.iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn the_pacer_is_told_what_the_headers_say() {
        for (all, expected) in [
            (&[][..], (None, None, None)),
            (&[("x-ms-dop-hint", "4")], (Some(4), None, None)),
            (&[("x-ms-dop-hint", "0")], (None, None, None)),
            (&[("x-ms-dop-hint", "1")], (Some(1), None, None)),
            (&[("x-ms-dop-hint", "1,000")], (Some(1_000), None, None)),
            (&[("x-ms-dop-hint", "1,001")], (None, None, None)),
            (&[("x-ms-dop-hint", "many")], (None, None, None)),
            (&[("x-ms-ratelimit-burst-remaining-xrm-requests", " 5,999 ")], (None, Some(5_999.0), None)),
            (&[("x-ms-ratelimit-burst-remaining-xrm-requests", "0")], (None, Some(0.0), None)),
            (&[("x-ms-ratelimit-burst-remaining-xrm-requests", "-1")], (None, None, None)),
            (&[("x-ms-ratelimit-burst-remaining-xrm-requests", "inf")], (None, None, None)),
            (&[("x-ms-ratelimit-time-remaining-xrm-requests", "1,199.5")], (None, None, Some(1_199.5))),
            (&[("x-ms-ratelimit-time-remaining-xrm-requests", "1e300")], (None, None, Some(1e6))),
        ] {
            let outcome = pacer_feedback(StatusCode::OK, &headers(all), Duration::from_secs(2), None);
            let RequestOutcome::Responded { took, hint, requests_left, execution_left } = outcome else {
                panic!("{outcome:?}")
            };
            assert_eq!(took, Duration::from_secs(2));
            assert_eq!(
                (hint, requests_left, execution_left.map(|left| left.as_secs_f64())),
                expected,
                "{all:?}"
            );
        }
    }

    #[test]
    fn the_pacer_is_told_of_refusals_and_overloads() {
        let minute = Duration::from_secs(60);
        let refusal = |after: Option<Duration>| {
            Error::new(ErrorKind::Throttled, "m").with_code(Some("0x80072322".into())).with_retry_after(after)
        };
        for (asked, observed) in [
            (None, None),
            (Some(minute), Some(minute)),
            (Some(MAX_PAUSE), Some(MAX_PAUSE)),
            (Some(MAX_PAUSE + minute), Some(MAX_PAUSE)),
        ] {
            let error = refusal(asked);
            let told = pacer_feedback(StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new(), minute, Some(&error));
            let RequestOutcome::Throttled { retry_after, limit, jitter } = told else { panic!("{told:?}") };
            assert_eq!((retry_after, limit), (observed, Some(ServiceLimit::Requests)), "{asked:?}");
            assert!((0.0..=1.0).contains(&jitter));
            for status in [502, 503, 504] {
                let status = StatusCode::from_u16(status).unwrap();
                let told = pacer_feedback(status, &HeaderMap::new(), minute, Some(&error));
                let RequestOutcome::Overloaded { retry_after, .. } = told else { panic!("{told:?}") };
                assert_eq!(retry_after, observed, "{status} {asked:?}");
            }
        }
        for status in [200, 304, 400, 500] {
            let told = pacer_feedback(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), minute, None);
            assert!(matches!(told, RequestOutcome::Responded { .. }), "{status}");
        }
    }

    #[test]
    fn html_is_an_error_unless_it_was_asked_for() {
        let page = b"<html><title>Sign in</title>";
        let (html, other) = (
            headers(&[("content-type", "text/html")]),
            headers(&[("content-type", "application/octet-stream")]),
        );
        for (request, all, body, unrequested) in [
            (Request::get("a"), &html, &page[..], true),
            (Request::get("a"), &other, &page[..], true),
            (Request::get("a"), &other, b"{}", false),
            (Request::get("a"), &html, b"", false),
            (Request::get("a").accept("text/html"), &html, &page[..], false),
            (Request::get("a").expect(Expect::Bytes), &html, &page[..], true),
            (Request::get("a").expect(Expect::Bytes), &other, &page[..], false),
            (Request::get("a").expect(Expect::Text), &other, &page[..], false),
            (Request::delete("a"), &html, &page[..], true),
        ] {
            assert_eq!(is_unrequested_html(&request, all, body), unrequested, "{request:?} {all:?}");
        }
    }
}
