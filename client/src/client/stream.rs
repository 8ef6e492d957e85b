//! Reads large responses piece by piece, so that they are never in memory as a whole.
use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _, try_unfold};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use super::attempt::{BodyMode, too_large, transport_error};
use super::{Client, Request, Response};
use crate::{Error, ErrorKind, Result};

/// A response of the service whose body is read piece by piece.
pub struct StreamedResponse {
    response: Response,
    body: reqwest::Body,
    client: Client,
    /// How long the next piece of the body may take.
    timeout: Duration,
    limit: Option<u64>,
}

impl Client {
    /// Sends a request and returns the response as soon as its head has arrived. The body is read by
    /// [`StreamedResponse::into_stream`] or [`StreamedResponse::chunk`].
    ///
    /// Retries, the deadline and the pacing end with the head: a body that breaks off is an error of the
    /// stream. The limit of size of the client does not apply, but that of the request does
    /// ([`Request::max_bytes`]). The time limit of an attempt applies to the head, and then to each piece.
    ///
    /// # Errors
    /// Returns the errors of [`Client::send`].
    pub async fn stream(&self, request: Request) -> Result<StreamedResponse> {
        let received = self.send_within_deadline(&request, BodyMode::Stream).await?;
        let body = received.body.unwrap_or_else(|| received.response.body.clone().into());
        let timeout = request.timeout.unwrap_or(self.options.timeout);
        let limit = request.max_bytes;
        Ok(StreamedResponse { response: received.response, body, client: self.clone(), timeout, limit })
    }
}

impl StreamedResponse {
    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Returns the headers of the response.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Returns the value of the header `name`, or `None` if it is missing or is not text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    /// Reads the next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// Returns an error if the connection breaks, if the piece does not arrive in time, or if the body is
    /// larger than the request allows.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        loop {
            let frame = match timeout(self.timeout, self.body.frame()).await {
                Ok(None) => return Ok(None),
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => return Err(self.failed(transport_error(error.into()))),
                Err(_) => {
                    let message = format!("the response stopped for {:?}", self.timeout);
                    return Err(self.failed(Error::new(ErrorKind::Timeout, message)));
                }
            };
            let Ok(chunk) = frame.into_data() else { continue };
            let size = chunk.len() as u64;
            self.client.core.bytes.fetch_add(size, Ordering::Relaxed);
            if let Some(limit) = &mut self.limit {
                *limit = limit.checked_sub(size).ok_or_else(|| too_large(*limit))?;
            }
            return Ok(Some(chunk));
        }
    }

    /// Returns the body as a stream of its pieces. The stream ends after the first error, which is one of
    /// [`StreamedResponse::chunk`].
    #[must_use]
    pub fn into_stream(self) -> BoxStream<'static, Result<Bytes>> {
        try_unfold(
            self,
            |mut response| async move { Ok(response.chunk().await?.map(|chunk| (chunk, response))) },
        )
        .boxed()
    }

    fn failed(&self, error: Error) -> Error {
        error.with_request(self.response.request.clone()).redacted(&self.response.redactor)
    }
}

impl fmt::Debug for StreamedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.response.fmt(f)
    }
}
