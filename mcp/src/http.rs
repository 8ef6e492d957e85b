//! Serves clients over streamable HTTP: one request, one response, without sessions.
//!
//! A web page that a user visits can send requests to servers on the user's machine, also under a name that resolves
//! to a loopback address. Therefore a request is refused if its `Host` is not a name of this machine's loopback
//! addresses, or if it has an `Origin` at all, unless that is a loopback address too. Beyond loopback every request
//! needs a token.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use crate::server::{MAX_MESSAGE_BYTES, Server};

/// The path that is served.
const PATH: &str = "/mcp";

/// The maximum number of connections at the same time; further ones wait.
const MAX_CONNECTIONS: usize = 64;

/// The time within which the head of a request has to arrive.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// The minimum length of a token, in bytes.
const MIN_TOKEN: usize = 16;

/// Where and for whom a [`Server`] listens.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    address: SocketAddr,
    token: Option<String>,
    hosts: Vec<String>,
}

/// The reason why a server may not listen on an address.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpOptionsError {
    /// The address is not a loopback address, and no token was given.
    #[error("{0} is not a loopback address: other machines could use the server, so it needs a token")]
    NeedsToken(SocketAddr),
    /// The token is too short to protect the server, or has characters that no header may have.
    #[error(
        "the token has to have at least {MIN_TOKEN} characters, all of them printable ASCII without spaces"
    )]
    WeakToken,
}

impl HttpOptions {
    /// Returns the options for a loopback address.
    ///
    /// # Errors
    /// Returns an error if `address` is not a loopback address.
    pub fn loopback(address: SocketAddr) -> Result<Self, HttpOptionsError> {
        match address.ip().is_loopback() {
            true => Ok(Self { address, token: None, hosts: Vec::new() }),
            false => Err(HttpOptionsError::NeedsToken(address)),
        }
    }

    /// Returns the options for any address. Clients have to send `Authorization: Bearer` with `token`. `hosts` are the
    /// names by which clients reach the server; without any, every name is accepted.
    ///
    /// # Errors
    /// Returns an error if the token has less than 16 characters or characters that a header cannot have.
    pub fn remote(
        address: SocketAddr,
        token: impl Into<String>,
        hosts: impl IntoIterator<Item = String>,
    ) -> Result<Self, HttpOptionsError> {
        let token = token.into();
        match token.len() >= MIN_TOKEN && token.bytes().all(|b| b.is_ascii_graphic()) {
            true => Ok(Self { address, token: Some(token), hosts: hosts.into_iter().collect() }),
            false => Err(HttpOptionsError::WeakToken),
        }
    }
}

/// A server that listens; it stops when it is dropped.
#[derive(Debug)]
pub struct RunningHttp {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl RunningHttp {
    /// Returns the URL that clients use, such as `http://127.0.0.1:8123/mcp`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// Stops the server.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let _ = (&mut self.task).await;
    }
}

type Service = StreamableHttpService<Server, NeverSessionManager>;

/// What all connections share.
struct Shared {
    service: Service,
    /// The hash of the token that clients have to send.
    token: Option<[u8; 32]>,
    connections: Arc<Semaphore>,
}

impl Server {
    /// Serves clients over HTTP, at the path `/mcp`, until the returned value is dropped. Has to be called within a
    /// tokio runtime. A message with more than [`MAX_MESSAGE_BYTES`] is refused.
    ///
    /// # Errors
    /// Returns an error if the server cannot listen on the address.
    pub async fn serve_http(self, options: HttpOptions) -> io::Result<RunningHttp> {
        let listener = TcpListener::bind(options.address).await?;
        let address = listener.local_addr()?;
        let mut config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(MAX_MESSAGE_BYTES);
        config = match (&options.token, options.hosts.is_empty()) {
            // Whoever has the token is no page that a user visits by chance.
            (Some(_), true) => config.disable_allowed_hosts(),
            (Some(_), false) => config.with_allowed_hosts(options.hosts),
            (None, _) => {
                config.with_allowed_origins(["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"])
            }
        };
        let service = StreamableHttpService::new(
            move || Ok(self.clone()),
            Arc::new(NeverSessionManager::default()),
            config,
        );
        let token = options.token.map(|token| Sha256::digest(token).into());
        let shared =
            Arc::new(Shared { service, token, connections: Arc::new(Semaphore::new(MAX_CONNECTIONS)) });
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(listener, shared, stopped));
        Ok(RunningHttp { address, stop: Some(stop), task })
    }
}

/// Accepts connections until `stopped` is sent or dropped.
async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stopped: oneshot::Receiver<()>) {
    loop {
        let Ok(permit) = Arc::clone(&shared.connections).acquire_owned().await else { return };
        let stream = tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Too many open files, for example: others end soon.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        // Without this the end of an answer can wait 40 ms for the agent to confirm what it has got; a connection on which it
        // cannot be set still answers.
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(move |request| respond(Arc::clone(&shared), request));
            // A connection that fails concerns its client only.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(permit);
        });
    }
}

async fn respond(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    if let Some(token) = &shared.token
        && !has_token(request.headers(), token)
    {
        let mut response = plain(StatusCode::UNAUTHORIZED, "the request needs the token of the server\n");
        response.headers_mut().insert(WWW_AUTHENTICATE, http::HeaderValue::from_static("Bearer"));
        return Ok(response);
    }
    if request.uri().path() != PATH {
        return Ok(plain(StatusCode::NOT_FOUND, "nothing is here; the server is at /mcp\n"));
    }
    Ok(shared.service.handle(request).await)
}

/// Returns whether the headers have the token with this hash. Hashes are compared, so that the time of the comparison
/// tells nothing about the token.
fn has_token(headers: &HeaderMap, token: &[u8; 32]) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    given.is_some_and(|given| <[u8; 32]>::from(Sha256::digest(given)) == *token)
}

fn plain(status: StatusCode, text: &'static str) -> Response<BoxBody<Bytes, Infallible>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())).boxed());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_beyond_loopback_needs_a_token_of_sixteen_printable_characters() {
        for (address, expected) in [
            ("127.0.0.1:80", Ok(())),
            ("127.9.9.9:80", Ok(())),
            ("[::1]:80", Ok(())),
            (
                "0.0.0.0:80",
                Err(
                    "0.0.0.0:80 is not a loopback address: other machines could use the server, so it needs a token",
                ),
            ),
            (
                "192.0.2.1:8123",
                Err(
                    "192.0.2.1:8123 is not a loopback address: other machines could use the server, so it needs a token",
                ),
            ),
        ] {
            let found = HttpOptions::loopback(address.parse().unwrap()).map(drop).map_err(|e| e.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{address}");
        }
        let weak = "the token has to have at least 16 characters, all of them printable ASCII without spaces";
        for (token, is_right) in [
            ("", false),
            ("0123456789abcde", false),
            ("0123456789abcdef", true),
            ("0123456789abcdefg", true),
            ("!\"#$%&'()*+,-./~", true),
            ("0123456789 abcdef", false),
            ("0123456789\tabcdef", false),
            ("0123456789abcdé", false),
            ("0123456789abcdef\u{7f}", false),
        ] {
            let found = HttpOptions::remote("192.0.2.1:80".parse().unwrap(), token, []);
            let found = found.map(drop).map_err(|e| e.to_string());
            assert_eq!(found, if is_right { Ok(()) } else { Err(weak.to_owned()) }, "{token:?}");
        }
    }

    #[test]
    fn a_token_is_given_with_the_scheme_bearer() {
        let token = <[u8; 32]>::from(Sha256::digest("0123456789abcdef"));
        for (given, expected) in [
            ("Bearer 0123456789abcdef", true),
            ("bearer 0123456789abcdef", true),
            ("BEARER   0123456789abcdef ", true),
            ("0123456789abcdef", false),
            ("Basic 0123456789abcdef", false),
            ("Bearer 0123456789abcdeg", false),
            ("Bearer 0123456789abcde", false),
            ("Bearer0123456789abcdef", false),
            ("Bearer ", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, http::HeaderValue::from_static(given));
            assert_eq!(has_token(&headers, &token), expected, "{given}");
        }
        assert!(!has_token(&HeaderMap::new(), &token), "no header");
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, http::HeaderValue::from_bytes(b"Bearer \xff").unwrap());
        assert!(!has_token(&headers, &token), "a header that is not text");
    }
}
