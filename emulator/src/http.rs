//! Handles HTTP requests: enforces limits, checks tokens, applies faults, and calls the endpoints.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use dvkit_diagnostic::limits::MAX_URL_LENGTH;
use futures_util::{StreamExt as _, stream};
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap,
    HeaderValue, RETRY_AFTER,
};
use http::{Method, StatusCode, Uri};
use jiff::SignedDuration;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::Value;
use uuid::Uuid;

use crate::connection_reset::ConnectionReset;
use crate::data::background::BACKGROUND_ROOT;
use crate::data::control;
use crate::data::search::SEARCH_ROOT;
use crate::faults::{Fault, RetryAfter};
use crate::host;
use crate::request::ApiRequest;
use crate::response::{Content, HttpResponse};
use crate::state::{ServerState, WEB_API_ROOT};
use crate::token::endpoint;
use crate::token::form::Fields;
use crate::trace::RequestDetails;
use crate::web_api;

/// The largest body of a request that is read, in bytes; a batch of 1,000 operations is smaller.
const MAX_BODY_BYTES: usize = 16 << 20;

/// The largest file that is read in one request, in bytes, which is the service's limit ("Use file column data").
const MAX_FILE_BYTES: usize = 128 << 20;

/// The most fields of a form or a query that are read; further ones are ignored.
const MAX_FIELDS: usize = 100;

/// The longest time that the client may take to send the body of a request.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The number of chunks in which a body is sent if a fault makes it slow.
const SLOW_CHUNKS: usize = 16;

/// The time that a connection stays open after the last byte of a truncated response.
const BREAK_PAUSE: Duration = Duration::from_millis(20);

/// The smallest body that is compressed, in bytes, if the client accepts gzip.
const MIN_GZIP_BYTES: usize = 1024;

/// The form fields whose values the emulator stores. Their length is limited to [`MAX_STORED_FIELD_BYTES`].
const STORED_FIELDS: [&str; 6] =
    ["client_id", "scope", "redirect_uri", "code_challenge", "username", "state"];

/// The longest value of a field in [`STORED_FIELDS`], in bytes.
const MAX_STORED_FIELD_BYTES: usize = 2_048;

/// Responds to a request, and records it in the trace. A fault may break the connection with `reset`.
pub(crate) async fn serve(shared: Arc<ServerState>, reset: ConnectionReset, request: Request) -> Response {
    // A limit far above those of the service; further requests wait.
    let Ok(_running) = shared.running.acquire().await else { return Response::default() };
    let seen = (request.method().to_string(), request.uri().to_string());
    if let Some(refusal) = host::refusal(request.uri(), request.headers(), shared.port) {
        shared.record(&seen.0, &seen.1, refusal.status.as_u16(), RequestDetails::default());
        return to_http(refusal, false, Fault::None);
    }
    let fault = match control::is_control(&seen.1) {
        true => Fault::None,
        false => shared.faults.next_fault(request.uri().path()),
    };
    let gzip = accepts_gzip(request.headers());
    if let Fault::Delay(by) = fault {
        tokio::time::sleep(by).await;
    }
    let response = match faulty_response(&shared, fault) {
        Some(response) => response,
        None => route(&shared, request).await,
    };
    let mut response = match fault {
        Fault::Duplicate => duplicated(response),
        _ => response,
    };
    let breaks = matches!(fault, Fault::Reset | Fault::Lost);
    let status = if breaks { 0 } else { response.status.as_u16() };
    let details = response.details.take().map_or_else(RequestDetails::default, |details| *details);
    if !control::is_control(&seen.1) {
        shared.record(&seen.0, &seen.1, status, details);
    }
    if breaks {
        reset.reset();
    }
    to_http(response, gzip, fault)
}

/// Returns the response that a fault sends in place of the real one, or `None` if the fault does not replace
/// the response.
fn faulty_response(shared: &ServerState, fault: Fault) -> Option<HttpResponse> {
    let html = |status: StatusCode, title: &str| {
        let page = format!(
            "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
        );
        HttpResponse::new(status, "text/html; charset=utf-8", page)
    };
    Some(match fault {
        Fault::TooMany(after) => {
            let limits = shared.rate_limiter().limits().to_owned();
            let exceeded = crate::rate_limit::ExceededLimit::Requests;
            let response = HttpResponse::error(
                StatusCode::TOO_MANY_REQUESTS,
                exceeded.code(),
                exceeded.message(&limits),
            );
            retry_after(shared, response, after)
        }
        Fault::Gateway(status, after) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            retry_after(shared, html(status, status.canonical_reason().unwrap_or("Error")), after)
        }
        Fault::Refused(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            let (code, message) = match status {
                StatusCode::FORBIDDEN => ("0x80040220", "The user has not the privilege that this needs."),
                _ => (crate::response::BAD_REQUEST, "The request is not supported."),
            };
            HttpResponse::error(status, code, message)
        }
        Fault::LoginPage => html(StatusCode::OK, "Sign in to your account"),
        Fault::ExpiredToken => unauthorized(shared),
        Fault::Empty | Fault::Reset => HttpResponse::new(StatusCode::OK, "text/plain", ""),
        Fault::None
        | Fault::Lost
        | Fault::Truncate(_)
        | Fault::Slow(_)
        | Fault::Delay(_)
        | Fault::Duplicate => {
            return None;
        }
    })
}

fn retry_after(shared: &ServerState, mut response: HttpResponse, after: Option<RetryAfter>) -> HttpResponse {
    let value = match after {
        None => None,
        Some(RetryAfter::Seconds(n)) => Some(n.to_string()),
        Some(RetryAfter::Date(n)) => {
            let at = shared.clock.now().saturating_add(SignedDuration::from_secs(n.into()));
            at.ok().and_then(|at| DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok())
        }
    };
    if let Some(value) = value.and_then(|v| HeaderValue::from_str(&v).ok()) {
        response.headers.insert(RETRY_AFTER, value);
    }
    response
}

/// Returns a response in which every element of its collection is repeated.
fn duplicated(response: HttpResponse) -> HttpResponse {
    let Ok(Value::Object(mut body)) = serde_json::from_slice(&response.content.to_bytes()) else {
        return response;
    };
    for name in ["value", "EntityMetadata"] {
        if let Some(Value::Array(elements)) = body.get_mut(name) {
            let again = elements.clone();
            elements.extend(again);
        }
    }
    HttpResponse { content: Content::of(vec![Value::Object(body).to_string().into()]), ..response }
}

async fn route(shared: &Arc<ServerState>, request: Request) -> HttpResponse {
    let uri = request.uri().clone();
    if uri.path_and_query().is_some_and(|p| p.as_str().len() > MAX_URL_LENGTH as usize) {
        return HttpResponse::new(
            StatusCode::URI_TOO_LONG,
            "text/html; charset=utf-8",
            "<h2>Bad Request - Invalid URL</h2>\n",
        );
    }
    let path = uri.path().trim_matches('/').split('/').collect::<Vec<_>>();
    let method = request.method().clone();
    match (&method, path.as_slice()) {
        (&Method::POST, [_tenant, "oauth2", "v2.0", "token"]) => match form(request).await {
            Ok(form) => endpoint::token(shared, &form),
            Err(unread) => unread.into(),
        },
        (&Method::POST, [_tenant, "oauth2", "v2.0", "devicecode"]) => match form(request).await {
            Ok(form) => endpoint::device_code(shared, &form),
            Err(unread) => unread.into(),
        },
        (&Method::GET, [_tenant, "oauth2", "v2.0", "authorize"]) => {
            match fields(uri.query().unwrap_or_default().as_bytes()) {
                Ok(fields) => endpoint::authorize(shared, &fields),
                Err(unread) => unread.into(),
            }
        }
        (&Method::GET, [_tenant, "v2.0", ".well-known", "openid-configuration"]) => {
            endpoint::configuration(shared)
        }
        (_, ["_emulator", ..]) => {
            let (parts, content) = request.into_parts();
            match body(content, MAX_BODY_BYTES).await {
                Err(unread) => unread.into(),
                Ok(content) => {
                    let shared = Arc::clone(shared);
                    let answered =
                        tokio::task::spawn_blocking(move || control::respond(&shared, &parts, &content));
                    answered.await.unwrap_or_else(|_| {
                        HttpResponse::new(
                            StatusCode::INTERNAL_SERVER_ERROR,
                            "text/plain",
                            "An unexpected error occurred.\n",
                        )
                    })
                }
            }
        }
        _ => match resource(&uri) {
            Some(url) => web_api(shared, request, url).await,
            None => HttpResponse::new(StatusCode::NOT_FOUND, "text/plain", "Nothing is here.\n"),
        },
    }
}

/// Responds to a request to the Web API without a socket, as the user `user`.
pub(crate) fn respond_directly(
    shared: &ServerState,
    user: &str,
    request: http::Request<Bytes>,
) -> http::Response<Bytes> {
    let (parts, body) = request.into_parts();
    let response = match resource(&parts.uri) {
        None => HttpResponse::new(StatusCode::NOT_FOUND, "text/plain", "Nothing is here.\n"),
        Some(url) => {
            let caller = crate::token::Caller { name: user.to_owned() };
            let call = ApiRequest { method: parts.method, url, caller, headers: parts.headers, body };
            web_api::respond(shared, &shared.organisation.now(), &call)
        }
    };
    let mut answer = http::Response::new(response.content.to_bytes());
    *answer.status_mut() = response.status;
    *answer.headers_mut() = response.headers;
    answer
}

/// Returns path and query after `/api/data/v9.2/`, still percent-encoded, or `None` if the URL is not in the
/// Web API.
fn resource(uri: &Uri) -> Option<String> {
    let whole = uri.path_and_query()?.as_str();
    // Two further APIs of the organisation, whose whole paths tell them apart from resources of the Web API.
    if whole.starts_with(SEARCH_ROOT) || whole.starts_with(BACKGROUND_ROOT) {
        return Some(whole.to_owned());
    }
    let rest = whole.strip_prefix(WEB_API_ROOT)?;
    let (version, rest) = rest.split_once('/')?;
    version.starts_with("v9.").then(|| rest.to_owned())
}

/// Parses the fields of a form or a query string.
///
/// # Errors
/// Returns an error if the value of a stored field is too long.
fn fields(text: &[u8]) -> Result<Fields, UnreadableBody> {
    let fields: Fields = url::form_urlencoded::parse(text)
        .take(MAX_FIELDS)
        .map(|(k, v)| (k.into_owned(), v.into_owned()))
        .collect();
    let too_long = |(name, value): (&String, &String)| {
        STORED_FIELDS.contains(&name.as_str()) && value.len() > MAX_STORED_FIELD_BYTES
    };
    match fields.iter().any(too_long) {
        true => Err(UnreadableBody(StatusCode::BAD_REQUEST, "A field is longer than any client sends.\n")),
        false => Ok(fields),
    }
}

/// The reason why the body of a request is not accepted: the status and the message of the response.
struct UnreadableBody(StatusCode, &'static str);

impl From<UnreadableBody> for HttpResponse {
    fn from(UnreadableBody(status, why): UnreadableBody) -> Self {
        Self::new(status, "text/plain", why)
    }
}

async fn form(request: Request) -> Result<Fields, UnreadableBody> {
    let ty = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !ty.starts_with("application/x-www-form-urlencoded") {
        return Err(UnreadableBody(StatusCode::UNSUPPORTED_MEDIA_TYPE, "A form is expected.\n"));
    }
    fields(&body(request.into_body(), 64 * 1024).await?)
}

/// Reads the whole body of a request. The body may have up to `limit` bytes and has to arrive in time. The
/// error says which of the two limits was exceeded.
async fn body(body: Body, limit: usize) -> Result<Bytes, UnreadableBody> {
    let refuse = |status, text| Err(UnreadableBody(status, text));
    match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => refuse(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large, or broke off.\n"),
        Err(_) => refuse(StatusCode::REQUEST_TIMEOUT, "The body took too long.\n"),
    }
}

async fn web_api(shared: &Arc<ServerState>, request: Request, url: String) -> HttpResponse {
    let bearer = request.headers().get(AUTHORIZATION).and_then(|v| v.to_str().ok());
    let token = bearer.and_then(|b| b.strip_prefix("Bearer ")).unwrap_or_default();
    let Some(caller) = shared.tokens.caller(token, shared.clock.now()) else {
        return unauthorized(shared);
    };
    let server = server(shared, request.headers());
    let admitted = shared.rate_limiter().admit(&caller.name, server, shared.clock.now());
    let permit = match admitted {
        Ok(permit) => permit,
        Err(refused) => {
            let message = refused.exceeded.message(shared.rate_limiter().limits());
            let response =
                HttpResponse::error(StatusCode::TOO_MANY_REQUESTS, refused.exceeded.code(), message);
            return response.with("retry-after", refused.retry_after.as_secs().into());
        }
    };
    let (requests_left, execution_left) = (permit.requests_left, permit.execution_left);
    // The permit is also returned if the client disconnects and this future is dropped.
    let guard = PermitGuard { shared: Arc::clone(shared), permit: Some(permit) };
    let (parts, content) = request.into_parts();
    // Files in one request may be larger than other bodies; few of them are read at the same time.
    let size = parts.headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    let is_file = parts.headers.get(CONTENT_TYPE).is_some_and(|ty| ty == "application/octet-stream");
    let (limit, uploading) = match is_file && size.is_some_and(|size| size > MAX_BODY_BYTES) {
        true => (MAX_FILE_BYTES, shared.rendering.acquire().await.ok()),
        false => (MAX_BODY_BYTES, None),
    };
    let mut response = match body(content, limit).await {
        Err(unread) => unread.into(),
        Ok(content) => {
            let call =
                ApiRequest { method: parts.method, url, caller, headers: parts.headers, body: content };
            // Large responses take time and memory. Their number is limited, so that the other connections do
            // not wait for them.
            let mut details = RequestDetails::of(&call.caller.name, &call.headers, &call.body);
            if call.is_batch() {
                details = details.without_body();
            }
            let _rendering = match call.may_be_large() && uploading.is_none() {
                true => shared.rendering.acquire().await.ok(),
                false => None,
            };
            let shared = Arc::clone(shared);
            let answered = tokio::task::spawn_blocking(move || {
                let state = shared.organisation.now();
                web_api::respond(&shared, &state, &call)
            });
            let mut response = answered.await.unwrap_or_else(|_| {
                HttpResponse::error(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "0x80040216",
                    "An unexpected error occurred.",
                )
            });
            details.operations = response.details.take().map(|d| d.operations).unwrap_or_default();
            response.details = Some(Box::new(details));
            response
        }
    };
    drop(guard);
    let headers = [
        ("x-ms-ratelimit-burst-remaining-xrm-requests", requests_left.to_string()),
        ("x-ms-ratelimit-time-remaining-xrm-requests", format!("{:.2}", execution_left.as_secs_f64())),
        ("x-ms-service-request-id", Uuid::new_v4().to_string()),
        ("set-cookie", format!("{AFFINITY_COOKIE}={server}; Path=/; HttpOnly")),
    ];
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response = response.with(name, value);
        }
    }
    if let Some(hint) = shared.dop_hint {
        response = response.with("x-ms-dop-hint", hint.into());
    }
    response
}

/// A guard that returns the permit of a request to the rate limiter when it is dropped.
struct PermitGuard {
    shared: Arc<ServerState>,
    permit: Option<crate::rate_limit::Permit>,
}

impl Drop for PermitGuard {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.shared.rate_limiter().finish(permit, self.shared.clock.now());
        }
    }
}

/// The name of the cookie that keeps a client on the same web server.
const AFFINITY_COOKIE: &str = "ARRAffinity";

/// Returns the number of the web server that handles a request. It is the number in the request's cookie or,
/// without a cookie, the next number in turn.
fn server(shared: &ServerState, headers: &HeaderMap) -> u32 {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    let of_cookie =
        cookies.filter_map(|c| c.trim().split_once('=')).find(|(name, _)| *name == AFFINITY_COOKIE);
    let servers = shared.rate_limiter().limits().servers.max(1);
    match of_cookie.and_then(|(_, value)| value.parse::<u32>().ok()).filter(|n| *n < servers) {
        Some(server) => server,
        None => shared.next_server() % servers,
    }
}

/// Returns the response to a request without a valid token. It names the sign-in service that issues tokens.
fn unauthorized(shared: &ServerState) -> HttpResponse {
    let challenge = format!(
        "Bearer authorization_uri={}/oauth2/authorize, resource_id={}/",
        shared.authority(),
        shared.url
    );
    let response = HttpResponse::new(StatusCode::UNAUTHORIZED, "text/plain", "");
    match HeaderValue::from_str(&challenge) {
        Ok(challenge) => response.with("www-authenticate", challenge),
        Err(_) => response,
    }
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let all = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|v| v.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let zero = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
        name.trim().eq_ignore_ascii_case("gzip") && !zero
    })
}

fn to_http(mut response: HttpResponse, gzip: bool, fault: Fault) -> Response {
    let mut content = std::mem::take(&mut response.content);
    if gzip
        && content.len() >= MIN_GZIP_BYTES
        && let Ok(packed) = content.gzipped()
    {
        content = Content::of(vec![packed]);
        response.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let length = content.len();
    let body = match fault {
        Fault::Truncate(bytes) if bytes < length => {
            response.headers.insert(CONTENT_LENGTH, length.into());
            let part = content.to_bytes().slice(..bytes);
            let broken = async {
                // What was written has to be sent before the connection is closed.
                tokio::time::sleep(BREAK_PAUSE).await;
                Err(io::Error::from(io::ErrorKind::ConnectionAborted))
            };
            Body::from_stream(stream::iter([Ok(part)]).chain(stream::once(broken)))
        }
        Fault::Slow(pause) => {
            response.headers.insert(CONTENT_LENGTH, length.into());
            let piece = length.div_ceil(SLOW_CHUNKS).max(1);
            Body::from_stream(stream::unfold(content.to_bytes(), move |mut rest| async move {
                if rest.is_empty() {
                    return None;
                }
                tokio::time::sleep(pause).await;
                let part = rest.split_to(piece.min(rest.len()));
                Some((Ok::<_, io::Error>(part), rest))
            }))
        }
        _ if content.chunks.len() > 1 => {
            response.headers.insert(CONTENT_LENGTH, length.into());
            Body::from_stream(stream::iter(content.chunks.into_iter().map(Ok::<_, io::Error>)))
        }
        _ => Body::from(content.to_bytes()),
    };
    let mut http = Response::new(body);
    *http.status_mut() = response.status;
    *http.headers_mut() = response.headers;
    http
}

#[cfg(test)]
mod tests;
