//! Defines [`Response`], a response whose body was read completely. Methods of [`Client`](super::Client) and
//! batches return it.
use std::fmt;

use bytes::Bytes;
use http::header::{ETAG, HeaderName};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Request;
use crate::error::{truncate, without_byte_order_mark};
use crate::redact::Redactor;
use crate::{Error, ErrorKind, Result};

/// A response of the service: the status (a success or 304), the headers, and the whole body after
/// decompression.
#[derive(Clone)]
pub struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The name of the request, for messages about this response.
    pub(crate) request: String,
    /// The redactor that masks secrets in messages about this response.
    pub(crate) redactor: Redactor,
    /// Whether an earlier attempt of the request may have been executed, too.
    pub(crate) repeated: bool,
}

impl Response {
    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers of the response.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the value of the header `name`, or `None` if it is missing or is not text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the body as bytes, after decompression.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// Returns the body as bytes, and discards the status and the headers.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.body
    }

    /// Returns the response to a deletion that an earlier attempt of `request` has made.
    pub(crate) fn deleted(request: &Request, redactor: Redactor) -> Self {
        let (status, request) = (StatusCode::NO_CONTENT, request.name());
        Self { status, headers: HeaderMap::new(), body: Bytes::new(), request, redactor, repeated: true }
    }

    /// Returns the body as text, without a byte-order mark.
    ///
    /// # Errors
    /// Returns an error if the body is not UTF-8.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(without_byte_order_mark(&self.body)).map_err(|error| {
            self.unexpected(format!("the response is not UTF-8 from byte {} on", error.valid_up_to()))
        })
    }

    /// Parses the body as JSON.
    ///
    /// # Errors
    /// Returns an error if the body is not JSON of type `T`. The message gives line and column.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        self.json_borrowed()
    }

    /// Parses the body as JSON that may borrow from it.
    pub(crate) fn json_borrowed<'b, T: Deserialize<'b>>(&'b self) -> Result<T> {
        if self.body.is_empty() {
            return Err(self.unexpected("the response is empty where JSON was expected".to_owned()));
        }
        serde_json::from_slice(without_byte_order_mark(&self.body))
            .map_err(|error| self.unexpected_structure(&error))
    }

    /// Returns the error for a body that is not the expected JSON.
    pub(crate) fn unexpected_structure(&self, error: &serde_json::Error) -> Error {
        let what = if error.is_data() { "JSON of another structure than expected" } else { "not JSON" };
        // The message of the parser quotes the body.
        self.unexpected(format!("the response is {what}: {}", truncate(&error.to_string(), 500)))
    }

    /// Returns the version of the row from the header `ETag`; `None` if there is no such header. In the body
    /// the version is `@odata.etag`.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.header(ETAG.as_str())
    }

    /// Returns the address of the row that was created or changed, from the header `OData-EntityId`; `None`
    /// if there is no such header.
    #[must_use]
    pub fn entity_id(&self) -> Option<&str> {
        self.header(HeaderName::from_static("odata-entityid").as_str())
    }

    /// Returns the session token of a write to an elastic table, with which later reads see the write
    /// ([`RequestOptions::session_token`](super::RequestOptions::session_token)); `None` for other tables.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.header("x-ms-session-token")
    }

    /// Returns the id of the request, by which Microsoft's support can find it; `None` if the response
    /// contains no id.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        crate::error::request_id(&self.headers)
    }

    /// Returns whether the status is 304: the row still has the ETag that the request gave.
    #[must_use]
    pub fn not_modified(&self) -> bool {
        self.status == StatusCode::NOT_MODIFIED
    }

    /// Returns whether an earlier attempt of the request may have been executed, too: its response was lost,
    /// and the request was sent again because it is idempotent.
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        self.repeated
    }

    fn unexpected(&self, message: String) -> Error {
        self.error(ErrorKind::Unexpected, message, "")
    }

    /// Returns an error about this response. `json` is the part of it that is kept in the error.
    pub(crate) fn error(&self, kind: ErrorKind, message: String, json: &str) -> Error {
        Error::new(kind, message)
            .with_status(self.status)
            .with_request_id(self.request_id())
            .with_request(self.request.clone())
            .with_body(json)
            .redacted(&self.redactor)
    }
}

impl fmt::Debug for Response {
    /// Shows the response without its body, which may contain personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("request", &self.request)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
