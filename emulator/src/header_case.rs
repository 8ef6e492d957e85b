//! The case of the names of headers. HTTP ignores it. Clients that copy the headers of a response into a map of their own
//! do not: the asynchronous client of Microsoft's Python SDK looks for `OData-EntityId`, as the service writes it.
//!
//! `hyper` writes names in small letters, unless a response has the extension in which `hyper` keeps the names of a
//! request as they were sent. The extension can only be made by reading a request, so one is read here.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use http::{Extensions, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt as _;

/// The names of headers that the service does not write in small letters.
const NAMES: &[&str] = &[
    "Accept-Ranges",
    "Access-Control-Expose-Headers",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Range",
    "Content-Type",
    "Date",
    "ETag",
    "Location",
    "OData-EntityId",
    "OData-Version",
    "Preference-Applied",
    "Retry-After",
    "Set-Cookie",
    "Vary",
    "WWW-Authenticate",
];

/// The most bytes of the request and of the response to it.
const BUFFER: usize = 4096;

/// Returns the extension for responses whose headers are written as the service writes them. It is empty if the request
/// cannot be read; names are then in small letters.
pub(crate) async fn of_the_service() -> Extensions {
    let names: String = NAMES.iter().map(|name| format!("{name}: x\r\n")).collect();
    let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{names}Connection: close\r\n\r\n");
    let (mut client, server) = tokio::io::duplex(BUFFER);
    if client.write_all(request.as_bytes()).await.is_err() {
        return Extensions::new();
    }
    let read = Arc::new(Mutex::new(Extensions::new()));
    let keep = Arc::clone(&read);
    let respond = service_fn(move |request: Request<Incoming>| {
        *keep.lock().unwrap_or_else(PoisonError::into_inner) = request.extensions().clone();
        async { Ok::<_, Infallible>(Response::new(Body::empty())) }
    });
    let served = http1::Builder::new()
        .preserve_header_case(true)
        .serve_connection(TokioIo::new(server), respond)
        .await;
    drop((served, client));
    read.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[cfg(test)]
mod tests {
    use super::of_the_service;

    #[tokio::test]
    async fn a_request_with_the_names_is_read() {
        assert_eq!(of_the_service().await.len(), 1);
    }
}
