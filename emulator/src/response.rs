//! Responses in a form that does not depend on the HTTP library. The same code responds to single requests
//! and to the parts of a batch.

use std::io::{self, Write as _};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use crate::trace::RequestDetails;

/// A response: status, headers and content. Clones share the content.
#[derive(Clone, Debug)]
pub(crate) struct HttpResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
    /// What the trace records of the request.
    pub(crate) details: Option<Box<RequestDetails>>,
}

/// The content of a response as consecutive chunks, so that the response to a batch can share the contents of
/// its parts without copying.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub(crate) chunks: Vec<Bytes>,
    /// The compressed content, after it was first requested.
    gzipped: Arc<OnceLock<Bytes>>,
}

impl Content {
    pub(crate) fn of(chunks: Vec<Bytes>) -> Self {
        Self { chunks, gzipped: Arc::default() }
    }

    /// Returns the length of the content in bytes, uncompressed.
    pub(crate) fn len(&self) -> usize {
        self.chunks.iter().map(Bytes::len).sum()
    }

    /// Returns the content as one chunk.
    pub(crate) fn to_bytes(&self) -> Bytes {
        match self.chunks.as_slice() {
            [] => Bytes::new(),
            [one] => one.clone(),
            many => many.concat().into(),
        }
    }

    /// Returns the content compressed with gzip. It is compressed on the first call only.
    pub(crate) fn gzipped(&self) -> io::Result<Bytes> {
        if let Some(gzipped) = self.gzipped.get() {
            return Ok(gzipped.clone());
        }
        let mut encoder = GzEncoder::new(Vec::with_capacity(self.len() / 16), Compression::fast());
        for piece in &self.chunks {
            encoder.write_all(piece)?;
        }
        let gzipped = Bytes::from(encoder.finish()?);
        Ok(self.gzipped.get_or_init(|| gzipped).clone())
    }
}

/// The service's error code for an invalid request.
pub(crate) const BAD_REQUEST: &str = "0x80060888";

impl HttpResponse {
    /// Creates a response with the given status, content type and body.
    pub(crate) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers, content: Content::of(vec![body.into()]), details: None }
    }

    /// Creates a response of the Web API with JSON and the status 200.
    pub(crate) fn odata(body: impl Into<Bytes>) -> Self {
        Self::of_odata(StatusCode::OK, body)
    }

    /// Creates a response of the Web API with JSON and the given status.
    pub(crate) fn odata_with_status(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::of_odata(status, body)
    }

    /// Creates a response of the Web API with the status 204 and without a body.
    pub(crate) fn odata_empty() -> Self {
        Self::empty().with("odata-version", HeaderValue::from_static("4.0"))
    }

    fn of_odata(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::new(status, "application/json; odata.metadata=minimal", body)
            .with("odata-version", HeaderValue::from_static("4.0"))
    }

    /// Creates a response with JSON, for an endpoint outside the Web API.
    pub(crate) fn json(status: StatusCode, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    /// Creates a response with the status 204 and without a body.
    pub(crate) fn empty() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            headers: HeaderMap::new(),
            content: Content::default(),
            details: None,
        }
    }

    /// Creates a response with an error in the format of the Web API.
    pub(crate) fn error(status: StatusCode, code: &str, message: impl AsRef<str>) -> Self {
        let body = json!({ "error": { "code": code, "message": message.as_ref() } });
        Self::of_odata(status, body.to_string())
    }

    /// Creates the response to an invalid request.
    pub(crate) fn bad_request(message: impl AsRef<str>) -> Self {
        Self::error(StatusCode::BAD_REQUEST, BAD_REQUEST, message)
    }

    /// Returns the response with a header added.
    pub(crate) fn with(mut self, name: &'static str, value: HeaderValue) -> Self {
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_response_has_the_status_the_headers_and_the_body_of_its_kind() {
        let odata = [("content-type", "application/json; odata.metadata=minimal"), ("odata-version", "4.0")];
        let json = json!({"a": 1});
        let refused = r#"{"error":{"code":"0x80060888","message":"no"}}"#;
        for (response, status, headers, body) in [
            (HttpResponse::odata("{}"), 200, &odata[..], "{}"),
            (HttpResponse::odata_with_status(StatusCode::CREATED, "{}"), 201, &odata, "{}"),
            (HttpResponse::odata_empty(), 204, &odata[1..], ""),
            (HttpResponse::empty(), 204, &[], ""),
            (HttpResponse::bad_request("no"), 400, &odata, refused),
            (HttpResponse::error(StatusCode::CONFLICT, "0x80060888", "no"), 409, &odata, refused),
            (
                HttpResponse::json(StatusCode::OK, &json),
                200,
                &[("content-type", "application/json; charset=utf-8")],
                r#"{"a":1}"#,
            ),
            (
                HttpResponse::new(StatusCode::OK, "text/plain", "x"),
                200,
                &[("content-type", "text/plain")],
                "x",
            ),
        ] {
            let found: Vec<(&str, &str)> = response
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
                .collect();
            assert_eq!(response.status, status, "{body}");
            assert_eq!(found, headers, "{status} {body}");
            assert_eq!(response.content.to_bytes(), body, "{status}");
        }
    }

    #[test]
    fn the_pieces_of_a_body_are_sent_one_after_the_other_compressed_or_not() {
        for pieces in [&[][..], &["a"], &["a", "", "bc"]] {
            let content =
                Content::of(pieces.iter().map(|piece| Bytes::from_static(piece.as_bytes())).collect());
            let whole = pieces.concat();
            assert_eq!(content.len(), whole.len(), "{pieces:?}");
            assert_eq!(content.to_bytes(), whole, "{pieces:?}");
            for _ in 0..2 {
                let mut text = String::new();
                let gzipped = content.gzipped().unwrap();
                flate2::read::GzDecoder::new(&gzipped[..]).read_to_string(&mut text).unwrap();
                assert_eq!(text, whole, "{pieces:?}");
            }
        }
    }
}
