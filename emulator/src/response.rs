//! What is answered, before it becomes HTTP: so that the parts of a batch and whole requests are answered alike.

use std::io::{self, Write as _};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde_json::json;

/// An answer. Clones share the content.
#[derive(Clone, Debug)]
pub(crate) struct HttpResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
}

/// What an answer holds: pieces one behind the other, so that a batch does not copy what it is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub(crate) pieces: Vec<Bytes>,
    /// The same compressed, once somebody wanted that.
    packed: Arc<OnceLock<Bytes>>,
}

impl Content {
    pub(crate) fn of(pieces: Vec<Bytes>) -> Self {
        Self { pieces, packed: Arc::default() }
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }

    /// In one piece.
    pub(crate) fn whole(&self) -> Bytes {
        match self.pieces.as_slice() {
            [] => Bytes::new(),
            [one] => one.clone(),
            many => many.concat().into(),
        }
    }

    /// Compressed; made once.
    pub(crate) fn packed(&self) -> io::Result<Bytes> {
        if let Some(packed) = self.packed.get() {
            return Ok(packed.clone());
        }
        let mut encoder = GzEncoder::new(Vec::with_capacity(self.len() / 16), Compression::fast());
        for piece in &self.pieces {
            encoder.write_all(piece)?;
        }
        let packed = Bytes::from(encoder.finish()?);
        Ok(self.packed.get_or_init(|| packed).clone())
    }
}

/// The service's code for everything that is wrong with a request in the words of OData.
pub(crate) const BAD_REQUEST: &str = "0x80060888";

/// The code of what does not exist.
pub(crate) const NOT_FOUND: &str = "0x80060888";

impl HttpResponse {
    /// A body of some type.
    pub(crate) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers, content: Content::of(vec![body.into()]) }
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
        Self { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), content: Content::default() }
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
