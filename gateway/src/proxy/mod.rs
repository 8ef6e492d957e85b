//! `/proxy/<account>/…`: any request of the Web API, sent to the account's organisation with the account's token.
//!
//! The path below the account is that of the organisation. Links in both directions are rewritten, so that next
//! links lead back through the gateway. The token is added by the client of the account, which sends it nowhere else.
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use bytes::{Bytes, BytesMut};
use dvkit_client::{Client, Error, Expect, RetryPolicy};
use futures_util::stream::{BoxStream, StreamExt as _, try_unfold};
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use http_body_util::BodyExt as _;
use percent_encoding::percent_decode_str;
use tokio::time::{Instant, timeout_at};

mod headers;
mod path;
mod rewrite;

pub(crate) use headers::{IDEMPOTENCY_KEY, Preferences};
use path::organisation_path;
use rewrite::{BodyKind, LinkRewriter};

use crate::caller::Caller;
use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::idempotency::{self, Replayable};
use crate::limits::{Permit, Refusal};
use crate::store::{Account, Scope};

/// The size up to which a request's body is read before it is sent, so that the request can be sent again.
const MAX_BUFFERED: usize = 1 << 20;

/// The maximum size of a response that is kept for an idempotency key.
const MAX_REPLAYED: usize = 4 << 20;

/// Returns the routes of the proxy.
pub(crate) fn router() -> Router<Gateway> {
    Router::new()
        .route("/proxy/{account}", any(proxy))
        .route("/proxy/{account}/", any(proxy))
        .route("/proxy/{account}/{*path}", any(proxy))
}

async fn proxy(State(gateway): State<Gateway>, caller: Caller, request: Request) -> Response {
    let asked = Preferences::of(request.headers()).wait;
    let until = Instant::now() + gateway.settings().limits.deadline(asked);
    match forward(&gateway, &caller, request, until).await {
        Ok(mut response) => {
            if let Some(asked) = asked
                && let Ok(applied) = HeaderValue::try_from(format!("wait={asked}"))
            {
                response.headers_mut().append("preference-applied", applied);
            }
            response
        }
        Err(error) => error.into_response(),
    }
}

/// The path of a request within its account: the account's id, and what follows it.
fn split_path(path: &str) -> Option<(&str, &str)> {
    let below = path.strip_prefix("/proxy/")?;
    Some(below.split_once('/').unwrap_or((below, "")))
}

async fn forward(
    gateway: &Gateway,
    caller: &Caller,
    request: Request,
    until: Instant,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    caller.require(if reads { Scope::ProxyRead } else { Scope::ProxyWrite })?;
    if parts.uri.scheme().is_some() || parts.uri.authority().is_some() {
        return Err(ApiError::bad_request("the target of the request is an absolute URL; send its path"));
    }
    if matches!(parts.method, Method::CONNECT | Method::TRACE | Method::OPTIONS) {
        return Err(ApiError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method",
            "the Web API does not have this method",
        ));
    }
    let (id, path) = split_path(parts.uri.path()).ok_or_else(|| ApiError::not_found("account"))?;
    let name = percent_decode_str(id).decode_utf8().map_err(|_| ApiError::not_found("account"))?;
    let account = caller.account(gateway, &name).await?;
    let target = organisation_path(path, parts.uri.query())?;
    let client = gateway.connections().client(gateway, &account).await?;
    let permit = admit(gateway, &account, until).await?;
    let links = Links::new(gateway, &account, client.clone());
    let (body, whole) = read_body(gateway, &links, &parts, body, until).await?;
    let prepared = prepared(&parts, target, body, until);
    let key = idempotency::key(&parts.headers)?;
    let (Some(key), false) = (key, reads) else {
        return send(gateway, &account, client, prepared, links, permit).await;
    };
    let whole = whole.ok_or_else(|| {
        ApiError::bad_request("a request with `Idempotency-Key` has a body of at most 1 MiB")
    })?;
    let digest = idempotency::digest(&parts.method, &parts.uri, &whole);
    // The request goes on if the caller is gone, so that its response can be given to a repetition.
    let (shared, owner) = (gateway.clone(), account.clone());
    let sending = async move {
        match send(&shared, &owner, client, prepared, links, permit).await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                let collected = http_body_util::Limited::new(body, MAX_REPLAYED).collect().await;
                let body = collected.map_err(|_| {
                    ApiError::new(
                        StatusCode::BAD_GATEWAY,
                        "response_too_large",
                        "the response is too large to be kept for an idempotency key; the request was executed",
                    )
                    .with("may_have_run", true)
                })?;
                Ok(Response::from_parts(head, Body::from(body.to_bytes())))
            }
            Err(error) => Err(error),
        }
    };
    idempotency::once(gateway, &account, Replayable { key, digest }, sending).await
}

/// Waits until a request of the account may run.
pub(crate) async fn admit(gateway: &Gateway, account: &Account, until: Instant) -> Result<Permit, ApiError> {
    gateway.scheduler().admit(&account.id, until).await.map_err(|refusal| {
        gateway.metrics().refused();
        let message = match refusal {
            Refusal::QueueFull => "too many requests of this account wait already",
            Refusal::Deadline => "the requests of this account left no time for this one",
        };
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_requests", message)
            .retry_after(Duration::from_secs(1))
            .with("may_have_run", false)
    })
}

/// The links of one account, in both directions.
#[derive(Clone)]
struct Links {
    client: Client,
    /// The beginning of the links that lead to the account through the gateway, without a slash at the end.
    base: String,
}

impl Links {
    fn new(gateway: &Gateway, account: &Account, client: Client) -> Self {
        Self { client, base: format!("{}proxy/{}", gateway.public_url(), account.id) }
    }

    /// Returns the link through the gateway for one of the organisation; `None` for other texts.
    fn outward(&self, link: &str) -> Option<String> {
        self.client.path_of_link(link).map(|path| format!("{}{path}", self.base))
    }

    /// Returns the organisation's link for one through the gateway; `None` for other texts.
    fn inward(&self, link: &str) -> Option<String> {
        let path = link.strip_prefix(&self.base)?.strip_prefix('/')?;
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let path = organisation_path(path, query).ok()?;
        Some(format!("{}{path}", self.client.org_url().as_str().trim_end_matches('/')))
    }
}

enum RequestBody {
    None,
    Whole(Bytes),
    Streamed(reqwest::Body),
}

/// Reads the body of a request: as a whole if it is small, otherwise as a stream. The second value is the body as it
/// was received, unless it is a stream.
async fn read_body(
    gateway: &Gateway,
    links: &Links,
    parts: &Parts,
    body: Body,
    until: Instant,
) -> Result<(RequestBody, Option<Bytes>), ApiError> {
    let limit = gateway.settings().limits.request_bytes;
    let too_large = || {
        let message = format!("the body of a request has at most {limit} bytes");
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", message)
    };
    let declared =
        parts.headers.get("content-length").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut stream = body.into_data_stream();
    let mut read = BytesMut::new();
    loop {
        let piece = timeout_at(until, stream.next()).await.map_err(|_| {
            ApiError::new(
                StatusCode::REQUEST_TIMEOUT,
                "slow_request",
                "the body of the request did not arrive in time",
            )
        })?;
        match piece {
            None => break,
            Some(Ok(piece)) => read.extend_from_slice(&piece),
            Some(Err(_)) => return Err(ApiError::bad_request("the body of the request broke off")),
        }
        if read.len() as u64 > limit {
            return Err(too_large());
        }
        if read.len() > MAX_BUFFERED {
            break;
        }
    }
    let kind = BodyKind::of(parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()));
    let inward = links.clone();
    let mut rewriter = LinkRewriter::new(kind, move |link| inward.inward(link));
    let read = read.freeze();
    if read.len() <= MAX_BUFFERED {
        let rewritten = [rewriter.push(read.clone()), rewriter.finish()].concat();
        let body =
            if rewritten.is_empty() { RequestBody::None } else { RequestBody::Whole(rewritten.into()) };
        return Ok((body, Some(read)));
    }
    let rest = futures_util::stream::once(async { Ok(read) }).chain(stream).boxed();
    let pieces = try_unfold((rest, Some(rewriter), limit), |(mut rest, rewriter, left)| async move {
        let Some(mut rewriter) = rewriter else { return Ok(None) };
        match rest.next().await {
            None => Ok(Some((rewriter.finish(), (rest, None, left)))),
            Some(Err(_)) => Err(std::io::Error::other("the body of the request broke off")),
            Some(Ok(piece)) => {
                let left = left.checked_sub(piece.len() as u64);
                let left =
                    left.ok_or_else(|| std::io::Error::other("the body of the request is too large"))?;
                Ok(Some((rewriter.push(piece), (rest, Some(rewriter), left))))
            }
        }
    });
    Ok((RequestBody::Streamed(reqwest::Body::wrap_stream(pieces)), None))
}

/// Returns the request to the organisation.
fn prepared(parts: &Parts, target: String, body: RequestBody, until: Instant) -> dvkit_client::Request {
    let left = until.saturating_duration_since(Instant::now());
    let mut request = dvkit_client::Request::new(parts.method.clone(), target)
        .expect(Expect::Anything)
        .deadline(left)
        .retry(RetryPolicy::default().max_elapsed(left));
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or("application/json; charset=utf-8");
    request = match body {
        RequestBody::None => request,
        RequestBody::Whole(body) => request.bytes(kind, body),
        RequestBody::Streamed(body) => request.stream_body(kind, body),
    };
    for (name, value) in headers::to_organisation(&parts.headers) {
        // A value that is not text is none that the Web API knows.
        if let Ok(value) = value.to_str()
            && name != CONTENT_TYPE
        {
            request = request.header(name.as_str(), value);
        }
    }
    let preferences = Preferences::of(&parts.headers).others;
    if preferences.is_empty() { request } else { request.header("prefer", preferences.join(",")) }
}

async fn send(
    gateway: &Gateway,
    account: &Account,
    client: Client,
    request: dvkit_client::Request,
    links: Links,
    permit: Permit,
) -> Result<Response, ApiError> {
    let limit = gateway.settings().limits.response_bytes;
    let head_only = *request.method() == Method::HEAD;
    let received = match client.stream(request.max_bytes(limit)).await {
        Ok(received) => received,
        Err(error) => return failed(gateway, account, &links, &error).await,
    };
    let kind = BodyKind::of(received.header(CONTENT_TYPE.as_str()));
    let status = received.status();
    let headers = response_headers(received.headers(), &links);
    let outward = links.clone();
    let rewriter = LinkRewriter::new(kind, move |link| outward.outward(link));
    let body = if head_only || status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED {
        Body::empty()
    } else {
        Body::from_stream(rewritten(received.into_stream(), rewriter, permit))
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Returns a body with its links rewritten. The permit is held until its end.
fn rewritten(
    body: BoxStream<'static, Result<Bytes, Error>>,
    rewriter: LinkRewriter,
    permit: Permit,
) -> impl futures_util::Stream<Item = Result<Bytes, Error>> + Send {
    try_unfold((body, Some((rewriter, permit))), |(mut body, rest)| async move {
        let Some((mut rewriter, permit)) = rest else { return Ok(None) };
        match body.next().await {
            Some(Ok(piece)) => Ok(Some((rewriter.push(piece), (body, Some((rewriter, permit)))))),
            Some(Err(error)) => {
                tracing::info!(%error, "a response broke off");
                Err(error)
            }
            None => Ok(Some((rewriter.finish(), (body, None)))),
        }
    })
}

fn response_headers(headers: &HeaderMap, links: &Links) -> HeaderMap {
    let mut passed = HeaderMap::new();
    for (name, value) in headers::to_caller(headers) {
        let link =
            headers::LINKS.contains(&name.as_str()).then(|| links.outward(value.to_str().ok()?)).flatten();
        let value = link.and_then(|link| HeaderValue::try_from(link).ok()).unwrap_or_else(|| value.clone());
        passed.append(name, value);
    }
    passed
}

/// Returns the response for a request that failed: the organisation's own error as it is, otherwise one of the
/// gateway. A response that asks to wait is passed on as 503, because the gateway has waited already.
async fn failed(
    gateway: &Gateway,
    account: &Account,
    links: &Links,
    error: &Error,
) -> Result<Response, ApiError> {
    use dvkit_client::ErrorKind as Kind;
    tracing::info!(account = account.id, %error, "a request failed");
    let ours = matches!(
        error.kind(),
        Kind::SignIn
            | Kind::NeedsSignIn
            | Kind::Unauthorized
            | Kind::Throttled
            | Kind::LoginPage
            | Kind::Gateway
    );
    let status = error.status().filter(|status| status.is_client_error() || status.is_server_error());
    let (Some(status), false) = (status, ours) else {
        if error.kind() == Kind::Throttled {
            gateway.metrics().throttled();
        }
        return Err(gateway.request_failed(account, error).await);
    };
    let kind = BodyKind::of(error.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()));
    let outward = links.clone();
    let mut rewriter = LinkRewriter::new(kind, move |link| outward.outward(link));
    let body = [rewriter.push(Bytes::copy_from_slice(error.body())), rewriter.finish()].concat();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = response_headers(error.headers(), links);
    if let (Some(wait), true) = (error.retry_after(), status == StatusCode::SERVICE_UNAVAILABLE) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    }
    Ok(response)
}

#[cfg(test)]
mod tests;
