//! One request as a value: what is asked, with which headers, under which limits. It knows no client and no token, so that the same
//! request can be sent alone, followed over pages or put into a batch.
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

use super::Prefer;
use crate::{Error, ErrorKind, Result};

/// What must be encoded in the value of a query option. Not the characters that OData writes there in plain: they are kept for the eye.
const VALUE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'|')
    .add(b'\\')
    .add(b'^');

/// A request to the Web API.
///
/// ```
/// use dvkit_client::{Prefer, Request};
///
/// let request = Request::get("accounts").query("$select", "name").query("$filter", "name eq 'A & B'");
/// assert_eq!(request.target(), "accounts?$select=name&$filter=name%20eq%20'A%20%26%20B'");
/// let request = request.prefer(Prefer::new().max_page_size(100));
/// ```
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) prefer: Prefer,
    pub(crate) body: Option<Bytes>,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) idempotent: Option<bool>,
    /// The first mistake made while building; told when the request is sent.
    pub(crate) mistake: Option<String>,
}

impl Request {
    /// A request of any method.
    ///
    /// `target` is a path below `/api/data/v9.2/` (`accounts`, `WhoAmI()`), a path of the host when it begins with `/`, or
    /// a whole link as the service gave it (`https://…`), which is followed as it is.
    #[must_use]
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            headers: HeaderMap::new(),
            prefer: Prefer::new(),
            body: None,
            max_bytes: None,
            timeout: None,
            idempotent: None,
            mistake: None,
        }
    }

    /// Reads.
    #[must_use]
    pub fn get(target: impl Into<String>) -> Self {
        Self::new(Method::GET, target)
    }

    /// Creates, or calls an action.
    #[must_use]
    pub fn post(target: impl Into<String>) -> Self {
        Self::new(Method::POST, target)
    }

    /// Changes a row, or creates it where it is missing (see [`Request::only_update`], [`Request::only_create`]).
    #[must_use]
    pub fn patch(target: impl Into<String>) -> Self {
        Self::new(Method::PATCH, target)
    }

    /// Sets one column, or a reference.
    #[must_use]
    pub fn put(target: impl Into<String>) -> Self {
        Self::new(Method::PUT, target)
    }

    /// Deletes.
    #[must_use]
    pub fn delete(target: impl Into<String>) -> Self {
        Self::new(Method::DELETE, target)
    }

    /// Adds a query option. The value is encoded; the name is taken as it is.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let separator = match self.target.find('?') {
            None => "?",
            Some(at) if at + 1 == self.target.len() || self.target.ends_with('&') => "",
            Some(_) => "&",
        };
        self.target.push_str(separator);
        self.target.push_str(name);
        self.target.push('=');
        self.target.extend(utf8_percent_encode(value.as_ref(), VALUE));
        self
    }

    /// Adds a header, or replaces it. A name or value that no header can have is told when the request is sent.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value.as_ref())) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => {
                self.mistake = self
                    .mistake
                    .or(Some(format!("the header `{name}` has a name or value that cannot be sent")))
            }
        }
        self
    }

    /// Adds preferences to those that are there.
    #[must_use]
    pub fn prefer(mut self, prefer: Prefer) -> Self {
        self.prefer = prefer.over(&self.prefer);
        self
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(text) => self.bytes("application/json; charset=utf-8", text),
            Err(error) => {
                self.mistake = self.mistake.or(Some(format!("the body cannot be written as JSON: {error}")));
                self
            }
        }
    }

    /// The body as bytes of a media type.
    #[must_use]
    pub fn bytes(mut self, kind: &str, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self.header(CONTENT_TYPE.as_str(), kind)
    }

    /// Which media type is wanted instead of JSON, as `application/xml` for `$metadata`.
    #[must_use]
    pub fn accept(self, kind: &str) -> Self {
        self.header(ACCEPT.as_str(), kind)
    }

    /// Only if the row still is what this ETag says; else the service answers 412.
    #[must_use]
    pub fn if_match(self, etag: &str) -> Self {
        self.header(IF_MATCH.as_str(), etag)
    }

    /// Only if the row has changed since this ETag; else the answer is 304 ([`Response::not_modified`](super::Response::not_modified)).
    #[must_use]
    pub fn if_none_match(self, etag: &str) -> Self {
        self.header(IF_NONE_MATCH.as_str(), etag)
    }

    /// A change that never creates the row (`If-Match: *`).
    #[must_use]
    pub fn only_update(self) -> Self {
        self.if_match("*")
    }

    /// A creation that never changes a row that is there (`If-None-Match: *`).
    #[must_use]
    pub fn only_create(self) -> Self {
        self.if_none_match("*")
    }

    /// The answer may have so many bytes (unpacked) instead of the client's limit.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// One attempt may take so long instead of the client's limit.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Whether running it twice is the same as running it once. Else the method decides: reading, PUT and DELETE are, POST and
    /// PATCH are not. What is not is repeated only where the service certainly did not run it.
    #[must_use]
    pub fn idempotent(mut self, yes: bool) -> Self {
        self.idempotent = Some(yes);
        self
    }

    /// The path or link that is asked.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Whether it reads, and nobody asked for anything else than JSON.
    pub(crate) fn wants_json(&self) -> bool {
        self.method == Method::GET && !self.headers.contains_key(ACCEPT)
    }

    /// Whether this is a batch, by its media type.
    pub(crate) fn is_batch(&self) -> bool {
        self.method == Method::POST && crate::multipart::is_multipart(&self.headers)
    }

    pub(crate) fn is_idempotent(&self) -> bool {
        self.idempotent.unwrap_or(self.method.is_idempotent())
    }

    /// The request as messages and logs name it: without query, which may hold people's data.
    pub(crate) fn name(&self) -> String {
        let path = self.target.split(['?', '#']).next().unwrap_or_default();
        let path = path
            .split_once("/api/data/")
            .map_or(path, |(_, below)| below.split_once('/').map_or(below, |(_, p)| p));
        let path: String = path.chars().take(120).collect();
        format!("{} {path}", self.method)
    }

    pub(crate) fn check(&self) -> Result<()> {
        match &self.mistake {
            Some(mistake) => Err(Error::new(ErrorKind::Configuration, mistake.clone())),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Request {
    /// Without values of headers and without the body: both may hold what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &self.headers.keys().map(HeaderName::as_str).collect::<Vec<_>>())
            .field("prefer", &self.prefer.to_string())
            .field("body", &self.body.as_ref().map(|body| format!("{} bytes", body.len())))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_no_query() {
        assert_eq!(Request::get("accounts?$filter=name eq 'x'").name(), "GET accounts");
        assert_eq!(
            Request::get("https://a.crm.dynamics.com/api/data/v9.2/accounts?$skiptoken=1").name(),
            "GET accounts"
        );
    }

    #[test]
    fn options_are_joined() {
        assert_eq!(Request::get("a?").query("$top", "1").query("x", "ä+b").target(), "a?$top=1&x=%C3%A4%2Bb");
        assert_eq!(Request::get("a?b=c").query("d", "").target(), "a?b=c&d=");
    }

    #[test]
    fn mistakes_wait_until_sending() {
        let request = Request::get("a").header("x y", "1");
        assert!(request.check().unwrap_err().to_string().contains("`x y`"));
        assert!(Request::get("a").header("x", "line\nbreak").check().is_err());
    }

    #[test]
    fn debug_shows_no_values() {
        let request = Request::post("a").header("x-token", "hunter2").bytes("text/plain", "hunter2");
        assert!(!format!("{request:?}").contains("hunter2"));
    }
}
