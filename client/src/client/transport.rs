//! Defines [`Transport`], the service through which a client sends its HTTP requests. Programs and tests can
//! put layers of `tower` around it.
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tower::util::BoxCloneSyncService;
use tower_service::Service;

/// The error of a [`Transport`]. Errors of [`reqwest`] are recognised; any other counts as a broken connection.
pub type TransportError = Box<dyn std::error::Error + Send + Sync>;

/// The service that sends single HTTP requests, one attempt each, after the client has added headers and token.
/// [`ClientBuilder::layer`](super::ClientBuilder::layer) puts a layer around it: for example one that records
/// requests, adds a header for tracing, or fails on purpose.
pub type Transport =
    BoxCloneSyncService<http::Request<reqwest::Body>, http::Response<reqwest::Body>, TransportError>;

/// The innermost transport, which sends requests over the network.
#[derive(Clone)]
pub(super) struct Network(pub(super) reqwest::Client);

impl Service<http::Request<reqwest::Body>> for Network {
    type Response = http::Response<reqwest::Body>;
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<reqwest::Body>) -> Self::Future {
        let http = self.0.clone();
        Box::pin(async move {
            let response = http.execute(reqwest::Request::try_from(request)?).await?;
            Ok(response.into())
        })
    }
}
