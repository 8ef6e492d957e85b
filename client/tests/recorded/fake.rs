//! A transport that answers without a network, so that a test can pause the clock.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::http::{self, HeaderMap};
use bytes::Bytes;
use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, RetryPolicy, Transport, TransportError, reqwest};
use http_body_util::BodyExt as _;
use tower_service::Service;

/// A request as the transport was given it.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    /// The method and the target after the root of the Web API.
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Sent {
    /// Returns a header; empty if it was not sent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A response, or a connection that breaks.
pub(crate) type Reply = Option<http::Response<Bytes>>;

/// Returns a response.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Some(response.body(body.into()).unwrap())
}

/// Returns a response with JSON.
pub(crate) fn json(body: serde_json::Value) -> Reply {
    reply(200, &[("content-type", "application/json")], body.to_string())
}

/// Returns the response of a service that refuses a request.
pub(crate) fn refusal(status: u16) -> Reply {
    reply(status, &[], r#"{"error":{"code":"0x1","message":"refused"}}"#)
}

type Answer = dyn Fn(usize, &Sent) -> Reply + Send + Sync;

#[derive(Clone)]
struct Fake {
    number: Arc<AtomicUsize>,
    sent: Arc<Mutex<Vec<Sent>>>,
    answer: Arc<Answer>,
}

impl Service<http::Request<reqwest::Body>> for Fake {
    type Response = http::Response<reqwest::Body>;
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, TransportError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<reqwest::Body>) -> Self::Future {
        let fake = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let target = parts.uri.path_and_query().unwrap().as_str();
            let target = target.strip_prefix("/api/data/v9.2/").unwrap_or(target);
            let line = format!("{} {target}", parts.method);
            let sent = Sent { line, headers: parts.headers, body: body.collect().await?.to_bytes() };
            let number = fake.number.fetch_add(1, Ordering::Relaxed);
            fake.sent.lock().unwrap().push(sent.clone());
            match (fake.answer)(number, &sent) {
                Some(response) => Ok(response.map(reqwest::Body::from)),
                None => Err("the connection broke".into()),
            }
        })
    }
}

/// What a client has sent, in order.
#[derive(Clone)]
pub(crate) struct Log(Arc<Mutex<Vec<Sent>>>);

impl Log {
    /// Returns the requests since the last call.
    pub(crate) fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// Returns the lines of the requests since the last call.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.take().into_iter().map(|sent| sent.line).collect()
    }
}

/// Returns a client whose requests `answer` answers, which gets the number of the request from 0, and the log of the
/// requests.
pub(crate) fn client(answer: impl Fn(usize, &Sent) -> Reply + Send + Sync + 'static) -> (Client, Log) {
    let fake = Fake { number: Arc::default(), sent: Arc::default(), answer: Arc::new(answer) };
    let log = Log(Arc::clone(&fake.sent));
    let mut policy = RetryPolicy::default();
    policy.first_wait = std::time::Duration::from_millis(1);
    policy.max_wait = std::time::Duration::from_millis(2);
    let client = Client::builder("http://127.0.0.1:1")
        .token_source(StaticToken::new("secret"))
        .retry(policy)
        .layer(tower_layer::layer_fn(move |_: Transport| fake.clone()))
        .build()
        .unwrap();
    (client, log)
}
