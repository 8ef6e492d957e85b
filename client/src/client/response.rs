//! Defines [`Response`], a response whose body was read completely. Methods of [`Client`](super::Client) and
//! batches return it.
use std::fmt;

use bytes::Bytes;
use http::header::{ETAG, HeaderName};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::error::truncate;
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

    /// Returns the body as text.
    ///
    /// # Errors
    /// Returns an error if the body is not UTF-8.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.body).map_err(|error| {
            self.unexpected(format!("the response is not UTF-8 from byte {} on", error.valid_up_to()))
        })
    }

    /// Parses the body as JSON.
    ///
    /// # Errors
    /// Returns an error if the body is not JSON of type `T`. The message gives line and column.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        if self.body.is_empty() {
            return Err(self.unexpected("the response is empty where JSON was expected".to_owned()));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            let what = if error.is_data() { "JSON of another structure than expected" } else { "not JSON" };
            // The message of the parser quotes the body.
            self.unexpected(format!("the response is {what}: {}", truncate(&error.to_string(), 500)))
        })
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

    fn unexpected(&self, message: String) -> Error {
        Error::new(ErrorKind::Unexpected, message)
            .with_status(self.status)
            .with_request_id(self.request_id())
            .with_request(self.request.clone())
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
