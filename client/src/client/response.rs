//! An answer that has been read whole.
use std::fmt;

use bytes::Bytes;
use http::header::{ETAG, HeaderName};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::error::truncate;
use crate::redact::Redactor;
use crate::{Error, ErrorKind, Result};

/// What the service answered: a status of success (or 304, where it was asked for), headers and the whole body, unpacked.
#[derive(Clone)]
pub struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The request, for messages.
    pub(crate) request: String,
    /// What must not get into them.
    pub(crate) redactor: Redactor,
}

impl Response {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// One header as text, where it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The body, without the rest.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.body
    }

    /// The body as text.
    ///
    /// # Errors
    /// Where it is not UTF-8.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.body).map_err(|error| {
            self.unexpected(format!("the answer is not UTF-8 from byte {} on", error.valid_up_to()))
        })
    }

    /// The body as a value.
    ///
    /// # Errors
    /// Where it is no JSON, or JSON of another shape; the message says at which line and column.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        if self.body.is_empty() {
            return Err(self.unexpected("the answer is empty where JSON was expected".to_owned()));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            let what = if error.is_data() { "JSON of another shape than asked for" } else { "no JSON" };
            // The parser quotes what it found.
            self.unexpected(format!("the answer is {what}: {}", truncate(&error.to_string(), 500)))
        })
    }

    /// The row's version, from the header; the same as `@odata.etag` in the body.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.header(ETAG.as_str())
    }

    /// The address of the row that was created or changed (`OData-EntityId`).
    #[must_use]
    pub fn entity_id(&self) -> Option<&str> {
        self.header(HeaderName::from_static("odata-entityid").as_str())
    }

    /// The id under which the service's support finds this request.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        crate::error::request_id(&self.headers)
    }

    /// Whether nothing has changed since the ETag of the request (304).
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
    /// Without the body, which holds people's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("request", &self.request)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
