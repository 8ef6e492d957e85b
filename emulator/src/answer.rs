//! What is answered, before it becomes HTTP: so that the parts of a batch and whole requests are answered alike.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde_json::json;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The service's code for everything that is wrong with a request in the words of OData.
pub(crate) const BAD_REQUEST: &str = "0x80060888";

/// The code of what does not exist.
pub(crate) const NOT_FOUND: &str = "0x80060888";

impl Answer {
    /// A body of some type.
    pub(crate) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers, body: body.into() }
    }

    /// JSON of the Web API.
    pub(crate) fn odata(body: impl Into<Bytes>) -> Self {
        Self::of_odata(StatusCode::OK, body)
    }

    fn of_odata(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::new(status, "application/json; odata.metadata=minimal", body)
            .with("odata-version", HeaderValue::from_static("4.0"))
    }

    /// JSON of another endpoint.
    pub(crate) fn json(status: StatusCode, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    /// An answer without a body.
    pub(crate) fn empty() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// An error as the Web API words it.
    pub(crate) fn error(status: StatusCode, code: &str, message: impl AsRef<str>) -> Self {
        let body = json!({ "error": { "code": code, "message": message.as_ref() } });
        Self::of_odata(status, body.to_string())
    }

    /// A request that the service does not understand.
    pub(crate) fn bad_request(message: impl AsRef<str>) -> Self {
        Self::error(StatusCode::BAD_REQUEST, BAD_REQUEST, message)
    }

    /// The same with another header.
    pub(crate) fn with(mut self, name: &'static str, value: HeaderValue) -> Self {
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }
}
