//! Defines [`Request`], a request as a value: method, target, headers, body and limits. A request does not
//! depend on client or token, so it can be sent alone, followed over pages, or put into a batch.
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::Serialize;

use super::Prefer;
use super::options::insert_header;
use crate::batch::ContentId;
use crate::retry::RetryPolicy;
use crate::{Error, ErrorKind, Result};

/// The characters that are percent-encoded in the value of a query option. Characters that are usual in OData
/// are missing, so that URLs remain readable.
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

/// What a successful response to a request contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expect {
    /// JSON. A page or an empty response with the status 200 is an error.
    Json,
    /// Bytes of any form, even none: the content of a file. A response that calls itself HTML is an error; its
    /// content is not looked at.
    Bytes,
    /// Text of any form, even none. It is treated as [`Expect::Bytes`].
    Text,
    /// Nothing. A body is allowed and ignored, except for a sign-in page.
    Nothing,
    /// Anything but a page that was not asked for.
    Anything,
}

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
    /// A body that is read while it is sent, and so can be sent once.
    pub(crate) streamed: Option<StreamedBody>,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) idempotent: Option<bool>,
    pub(crate) expect: Option<Expect>,
    /// The rows of a change set that the target or the body names.
    pub(crate) references: Vec<ContentId>,
    /// The first mistake made while building the request, as a message; `None` if there was none. The mistake
    /// is reported when the request is sent.
    pub(crate) mistake: Option<String>,
}

/// A body that is read while it is sent. Clones share it, and only one of them can send it.
#[derive(Clone)]
pub(crate) struct StreamedBody(Arc<Mutex<Option<reqwest::Body>>>);

impl StreamedBody {
    fn new(body: reqwest::Body) -> Self {
        Self(Arc::new(Mutex::new(Some(body))))
    }

    fn slot(&self) -> MutexGuard<'_, Option<reqwest::Body>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the body, and `None` after the first time.
    pub(crate) fn take(&self) -> Option<reqwest::Body> {
        self.slot().take()
    }

    /// Returns whether the body was taken.
    pub(crate) fn is_spent(&self) -> bool {
        self.slot().is_none()
    }
}

impl Request {
    /// Returns a request with any method.
    ///
    /// `target` is a path below `/api/data/v9.2/` (`accounts`, `WhoAmI()`), a path of the host if it begins
    /// with `/`, or a link from the service (`https://…`), which is used unchanged.
    #[must_use]
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            headers: HeaderMap::new(),
            prefer: Prefer::new(),
            body: None,
            streamed: None,
            max_bytes: None,
            timeout: None,
            deadline: None,
            retry: None,
            idempotent: None,
            expect: None,
            references: Vec::new(),
            mistake: None,
        }
    }

    /// Returns a GET request, which reads.
    #[must_use]
    pub fn get(target: impl Into<String>) -> Self {
        Self::new(Method::GET, target)
    }

    /// Returns a POST request, which creates a row or calls an action.
    #[must_use]
    pub fn post(target: impl Into<String>) -> Self {
        Self::new(Method::POST, target)
    }

    /// Returns a PATCH request, which changes a row, or creates the row if it does not exist.
    /// [`Request::only_update`] and [`Request::only_create`] allow only one of the two.
    #[must_use]
    pub fn patch(target: impl Into<String>) -> Self {
        Self::new(Method::PATCH, target)
    }

    /// Returns a PUT request, which sets one column or a reference.
    #[must_use]
    pub fn put(target: impl Into<String>) -> Self {
        Self::new(Method::PUT, target)
    }

    /// Returns a DELETE request, which deletes a row, a column's value or a reference.
    #[must_use]
    pub fn delete(target: impl Into<String>) -> Self {
        Self::new(Method::DELETE, target)
    }

    /// Adds a query option, such as `$select`. The value is percent-encoded; the name is used unchanged.
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

    /// Sets a header. A name or value that a header cannot contain is reported when the request is sent.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        insert_header(&mut self.headers, &mut self.mistake, name, value.as_ref());
        self
    }

    /// Adds preferences. A preference that was set before gets the new value.
    #[must_use]
    pub fn prefer(mut self, prefer: Prefer) -> Self {
        self.prefer = prefer.merged_over(&self.prefer);
        self
    }

    /// Sets the body to the JSON of `body`. A value that cannot be serialised is reported when the request is
    /// sent.
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

    /// Sets the body to bytes. `kind` is their media type.
    #[must_use]
    pub fn bytes(mut self, kind: &str, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self.header(CONTENT_TYPE.as_str(), kind)
    }

    /// Sets the body to one that is read while it is sent, so that it is never in memory as a whole. `kind` is its media
    /// type. The request is sent once and never retried, because the body cannot be read again; a request that is
    /// refused before its body was read is an error that says so ([`Error::not_executed`]).
    #[must_use]
    pub fn stream_body(mut self, kind: &str, body: impl Into<reqwest::Body>) -> Self {
        self.streamed = Some(StreamedBody::new(body.into()));
        self.body = None;
        self.header(CONTENT_TYPE.as_str(), kind)
    }

    /// Sets the media type of the response. `kind` is, for example, `application/xml` for `$metadata`; the
    /// default is JSON. Unless [`Request::expect`] says otherwise, any body is then accepted.
    #[must_use]
    pub fn accept(self, kind: &str) -> Self {
        self.header(ACCEPT.as_str(), kind)
    }

    /// Makes the request conditional: it is executed only if the row's ETag is `etag`; otherwise the service
    /// responds with 412.
    #[must_use]
    pub fn if_match(self, etag: &str) -> Self {
        self.header(IF_MATCH.as_str(), etag)
    }

    /// Makes the request conditional: the row is returned only if its ETag is no longer `etag`; otherwise the
    /// response is 304 ([`Response::not_modified`](super::Response::not_modified)).
    #[must_use]
    pub fn if_none_match(self, etag: &str) -> Self {
        self.header(IF_NONE_MATCH.as_str(), etag)
    }

    /// Restricts the request to changing an existing row (`If-Match: *`).
    #[must_use]
    pub fn only_update(self) -> Self {
        self.if_match("*")
    }

    /// Restricts the request to creating a row that does not exist yet (`If-None-Match: *`).
    #[must_use]
    pub fn only_create(self) -> Self {
        self.if_none_match("*")
    }

    /// Sets the maximum size of the response's body to `bytes`, counted after decompression, in place of the
    /// client's limit.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Sets how long one attempt may take, in place of the client's limit.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets how long the request may take altogether, with its waits and retries, in place of the client's
    /// deadline.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets how long and how often the request is retried, in place of the client's policy.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Sets what a successful response contains. By default a GET request expects JSON, unless
    /// [`Request::accept`] asks for another media type; other requests accept any response. For the content of
    /// a file column use [`Expect::Bytes`].
    #[must_use]
    pub fn expect(mut self, expect: Expect) -> Self {
        self.expect = Some(expect);
        self
    }

    /// Notes that the target or the body names a row that another request of the same change set creates. A
    /// batch refuses a request whose references belong to another change set, or to a later change.
    #[must_use]
    pub fn refer_to(mut self, row: ContentId) -> Self {
        self.references.push(row);
        self
    }

    /// Notes a mistake that was found while the request was built. Sending the request returns it, as an error of
    /// the kind [`ErrorKind::Configuration`]; nothing is sent. The first mistake counts.
    #[must_use]
    pub fn refuse(mut self, mistake: impl Into<String>) -> Self {
        self.mistake.get_or_insert_with(|| mistake.into());
        self
    }

    /// Sets whether the request is idempotent: whether executing it twice has the effect of executing it
    /// once. By default GET, PUT and DELETE are idempotent, and PATCH without a condition or with
    /// `If-Match: *`, because it sets values of one row; POST is not. A request that is not idempotent is
    /// retried only if the service certainly did not execute it.
    #[must_use]
    pub fn idempotent(mut self, yes: bool) -> Self {
        self.idempotent = Some(yes);
        self
    }

    /// Returns the target: a path or a link, including the query options that were added so far.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns the HTTP method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Returns what a successful response has to contain.
    pub(crate) fn expected(&self) -> Expect {
        let default = match self.method == Method::GET && !self.headers.contains_key(ACCEPT) {
            true => Expect::Json,
            false => Expect::Anything,
        };
        self.expect.unwrap_or(default)
    }

    /// Returns whether the request is a batch, judging by its media type.
    pub(crate) fn is_batch(&self) -> bool {
        self.method == Method::POST && crate::multipart::is_multipart(&self.headers)
    }

    pub(crate) fn is_idempotent(&self) -> bool {
        if self.streamed.is_some() {
            return false;
        }
        let by_method = || {
            let condition = |name| self.headers.get(name).map(HeaderValue::as_bytes);
            self.method.is_idempotent()
                || self.method == Method::PATCH
                    && condition(IF_NONE_MATCH).is_none()
                    && condition(IF_MATCH).is_none_or(|tag| tag == b"*")
        };
        self.idempotent.unwrap_or_else(by_method)
    }

    /// Returns the request for a link that the service gave in the response to this request.
    pub(crate) fn following(&self, link: String) -> Self {
        Self { target: link, ..self.clone() }
    }

    /// Returns whether the target has a query option, such as `$top`.
    pub(crate) fn has_query_option(&self, name: &str) -> bool {
        self.query_option(name).is_some()
    }

    /// Returns the value of a query option of the target, decoded; `None` if the target does not have it.
    pub(crate) fn query_option(&self, name: &str) -> Option<String> {
        self.options().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Returns the names of the query options of the target, decoded.
    pub(crate) fn query_options(&self) -> Vec<String> {
        self.options().map(|(name, _)| name).collect()
    }

    fn options(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        query.split('&').filter(|option| !option.is_empty()).map(move |option| {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            (decoded(name), decoded(value))
        })
    }

    /// Returns the method and the path, to name the request in messages and logs. The query is omitted,
    /// because it may contain personal data.
    pub(crate) fn name(&self) -> String {
        let path = self.target.split(['?', '#']).next().unwrap_or_default();
        let path = path
            .split_once("/api/data/")
            .map_or(path, |(_, below)| below.split_once('/').map_or(below, |(_, p)| p));
        let path: String = path.chars().take(120).collect();
        format!("{} {path}", self.method)
    }

    /// Reports a mistake that was made while the request was built.
    pub(crate) fn check(&self) -> Result<()> {
        let mistake = match &self.mistake {
            Some(mistake) => mistake.clone(),
            None if self.prefer.has_page_size() && self.has_query_option("$top") => {
                "`$top` beside a page size: the service ignores `$top` then and returns all rows; leave one out"
                    .to_owned()
            }
            None => return Ok(()),
        };
        Err(Error::new(ErrorKind::Configuration, mistake))
    }
}

impl fmt::Debug for Request {
    /// Shows the request without the values of its headers and without its body, because both may be secret.
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
    fn the_name_of_a_request_omits_the_query() {
        assert_eq!(Request::get("accounts?$filter=name eq 'x'").name(), "GET accounts");
        assert_eq!(
            Request::get("https://a.crm.dynamics.com/api/data/v9.2/accounts?$skiptoken=1").name(),
            "GET accounts"
        );
    }

    #[test]
    fn query_options_are_appended_and_encoded() {
        assert_eq!(Request::get("a?").query("$top", "1").query("x", "ä+b").target(), "a?$top=1&x=%C3%A4%2Bb");
        assert_eq!(Request::get("a?b=c").query("d", "").target(), "a?b=c&d=");
    }

    #[test]
    fn a_mistake_is_reported_when_the_request_is_sent() {
        let request = Request::get("a").header("x y", "1");
        assert!(request.check().unwrap_err().to_string().contains("`x y`"));
        assert!(Request::get("a").header("x", "line\nbreak").check().is_err());
    }

    #[test]
    fn a_change_of_one_row_is_idempotent_unless_it_has_a_version() {
        let patch = || Request::patch("accounts(1)");
        for (request, idempotent) in [
            (Request::get("a"), true),
            (Request::delete("a(1)"), true),
            (Request::post("a"), false),
            (patch(), true),
            (patch().only_update(), true),
            (patch().only_create(), false),
            (patch().if_match("W/\"1\""), false),
            (patch().idempotent(false), false),
        ] {
            assert_eq!(request.is_idempotent(), idempotent, "{request:?}");
        }
    }

    #[test]
    fn top_beside_a_page_size_is_refused() {
        let request = Request::get("accounts?$top=5").prefer(Prefer::new().max_page_size(2));
        assert!(request.check().unwrap_err().to_string().contains("ignores `$top`"));
        assert_eq!(Request::get("a?%24top=5&x").query_option("$top").as_deref(), Some("5"));
        assert_eq!(Request::get("a?$top=5&x").query_option("X").as_deref(), Some(""));
    }

    #[test]
    fn debug_omits_headers_and_body() {
        let request = Request::post("a").header("x-token", "hunter2").bytes("text/plain", "hunter2");
        assert!(!format!("{request:?}").contains("hunter2"));
    }

    #[test]
    fn the_query_options_of_a_target_are_read_decoded() {
        for (target, options) in [
            ("a", &[][..]),
            ("a?", &[]),
            ("a?b", &[("b", "")]),
            ("a?b=", &[("b", "")]),
            ("a?b=c=d=e", &[("b", "c=d=e")]),
            ("a?b=1&&b=2&c", &[("b", "1"), ("b", "2"), ("c", "")]),
            ("a?b=1?c=2", &[("b", "1?c=2")]),
            ("a?b=%31%26&%24c=%C3%A4", &[("b", "1&"), ("$c", "ä")]),
            ("a?b=1#c=2", &[("b", "1")]),
            ("a#b?c=1", &[("c", "1")]),
        ] {
            let request = Request::get(target);
            let found: Vec<(String, String)> = request.options().collect();
            let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            assert_eq!(found, options, "{target}");
            assert_eq!(request.query_options(), options.iter().map(|(name, _)| *name).collect::<Vec<_>>());
            for (name, _) in options {
                // The first one counts.
                let value =
                    options.iter().find(|(other, _)| other == name).map(|(_, value)| (*value).to_owned());
                assert_eq!(request.query_option(&name.to_uppercase()), value, "{target}");
                assert!(request.has_query_option(name), "{target}");
            }
            assert!(!request.has_query_option("other"), "{target}");
        }
    }

    #[test]
    fn a_request_is_named_by_its_method_and_at_most_120_characters_of_its_path() {
        let long = "ä".repeat(121);
        for (request, name) in [
            (Request::put("a(1)/b#c?d"), "PUT a(1)/b".to_owned()),
            (Request::get("/api/data/v9.2/a/b?c"), "GET a/b".to_owned()),
            (Request::get("https://x/api/data/v9.2"), "GET v9.2".to_owned()),
            (Request::get("https://x/api/data/v9.2/"), "GET ".to_owned()),
            (Request::get("/api/search/v2.0/query"), "GET /api/search/v2.0/query".to_owned()),
            (Request::get(&long), format!("GET {}", "ä".repeat(120))),
            (Request::get(&long["ä".len()..]), format!("GET {}", "ä".repeat(120))),
        ] {
            assert_eq!(request.name(), name);
        }
    }

    #[test]
    fn what_a_response_contains_follows_from_the_request_unless_it_says_so() {
        for (request, expected) in [
            (Request::get("a"), Expect::Json),
            (Request::get("a").accept("application/xml"), Expect::Anything),
            (Request::post("a"), Expect::Anything),
            (Request::patch("a"), Expect::Anything),
            (Request::delete("a").expect(Expect::Nothing), Expect::Nothing),
            (Request::get("a").accept("x/y").expect(Expect::Json), Expect::Json),
        ] {
            assert_eq!(request.expected(), expected, "{request:?}");
        }
        let multipart = "multipart/mixed; boundary=b";
        for (request, is_batch) in [
            (Request::post("$batch").bytes(multipart, "x"), true),
            (Request::post("$batch").bytes("application/json", "x"), false),
            (Request::put("$batch").bytes(multipart, "x"), false),
            (Request::post("$batch"), false),
        ] {
            assert_eq!(request.is_batch(), is_batch, "{request:?}");
        }
    }

    #[test]
    fn a_request_that_follows_a_link_keeps_everything_else() {
        let request = Request::get("a").header("x", "1").prefer(Prefer::new().max_page_size(2)).max_bytes(3);
        let following = request.following("b?c".to_owned());
        assert_eq!((following.target(), request.target()), ("b?c", "a"));
        assert_eq!(
            (following.headers, following.prefer, following.max_bytes),
            (request.headers, request.prefer, Some(3))
        );
    }
}
