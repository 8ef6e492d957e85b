//! The record of the latest requests, for tests. It is limited in number and size.

use std::collections::VecDeque;

use bytes::Bytes;
use http::HeaderMap;

/// A request that the emulator has responded to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method, such as `GET`.
    pub method: String,
    /// The path and query as sent. A very long one is truncated and ends in `…`. For an operation of a batch it
    /// is what follows the root of the Web API.
    pub url: String,
    /// The status of the response; 0 if the connection was reset without a response.
    pub status: u16,
    /// The name of the caller; `None` if the request had no valid token.
    pub caller: Option<String>,
    /// The headers that change what a request does, in lower case with their values: `prefer`, `if-match`,
    /// `if-none-match`, `content-type`, `content-range`, and those whose names begin with `mscrm` or `x-ms`.
    pub headers: Vec<(String, String)>,
    /// The first kilobytes of the body, as text. The body of a batch is omitted.
    pub body: String,
    /// The operations of a batch that were executed, in their order.
    pub operations: Vec<RecordedRequest>,
}

impl RecordedRequest {
    /// Returns the value of a header, whose name is in lower case; `None` if the request did not have it, or
    /// if it is not recorded.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// The part of a request's record that is known only after its body was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestDetails {
    caller: Option<String>,
    headers: Vec<(String, String)>,
    body: String,
    pub(crate) operations: Vec<RecordedRequest>,
}

impl RequestDetails {
    /// Returns the details of a request with these headers and this body.
    pub(crate) fn of(caller: &str, headers: &HeaderMap, body: &Bytes) -> Self {
        let is_recorded = |name: &str| {
            RECORDED_HEADERS.contains(&name) || name.starts_with("mscrm") || name.starts_with("x-ms")
        };
        let recorded =
            headers.iter().filter(|(name, _)| is_recorded(name.as_str())).take(MAX_RECORDED_HEADERS);
        let text =
            |value: &http::HeaderValue| cut(&String::from_utf8_lossy(value.as_bytes()), MAX_HEADER_BYTES);
        let start = body.get(..body.len().min(MAX_BODY_BYTES)).unwrap_or_default();
        Self {
            caller: Some(cut(caller, MAX_HEADER_BYTES)),
            headers: recorded.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
            body: String::from_utf8_lossy(start).into_owned(),
            operations: Vec::new(),
        }
    }

    /// Returns the details of a batch with these operations; the rest is not known yet.
    pub(crate) fn of_batch(operations: Vec<RecordedRequest>) -> Self {
        Self { operations, ..Self::default() }
    }

    /// Returns the record of a request, or of an operation of a batch.
    pub(crate) fn operation(self, method: &str, url: &str, status: u16) -> RecordedRequest {
        RecordedRequest {
            method: cut(method, MAX_METHOD_BYTES),
            url: cut(url, MAX_URL_BYTES),
            status,
            caller: self.caller,
            headers: self.headers,
            body: self.body,
            operations: self.operations,
        }
    }

    /// Removes the body, because it is that of a batch, whose operations are recorded.
    pub(crate) fn without_body(self) -> Self {
        Self { body: String::new(), ..self }
    }
}

/// The headers that are recorded, in addition to those of the service's own.
const RECORDED_HEADERS: [&str; 7] =
    ["prefer", "if-match", "if-none-match", "content-type", "content-range", "range", "callerobjectid"];

/// The most headers of one request that are recorded.
const MAX_RECORDED_HEADERS: usize = 32;

/// The longest value of a header that is recorded completely, in bytes.
const MAX_HEADER_BYTES: usize = 512;

/// The bytes of a body that are recorded.
const MAX_BODY_BYTES: usize = 4_096;

/// The most requests that the record contains.
const MAX_REQUESTS: usize = 20_000;

/// The most bytes that the record takes; the earliest requests are discarded.
const MAX_BYTES: usize = 8 << 20;

/// The longest URL that is recorded completely, in bytes; longer ones are truncated.
const MAX_URL_BYTES: usize = 2_048;

/// The longest method that is recorded completely, in bytes; a client may send a method with any name.
const MAX_METHOD_BYTES: usize = 32;

/// The record of the latest requests.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    requests: VecDeque<RecordedRequest>,
    bytes: usize,
}

impl Trace {
    /// Records a request, and discards the earliest ones if the record is full.
    pub(crate) fn record(&mut self, method: &str, url: &str, status: u16, details: RequestDetails) {
        let request = details.operation(method, url, status);
        self.bytes += size(&request);
        self.requests.push_back(request);
        while self.requests.len() > MAX_REQUESTS || self.bytes > MAX_BYTES {
            let Some(first) = self.requests.pop_front() else { break };
            self.bytes -= size(&first);
        }
    }

    /// Discards all recorded requests.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Returns the recorded requests, the earliest first.
    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.iter().cloned().collect()
    }
}

fn size(request: &RecordedRequest) -> usize {
    let headers: usize = request.headers.iter().map(|(name, value)| 64 + name.len() + value.len()).sum();
    let caller = request.caller.as_ref().map_or(0, String::len);
    let texts = request.method.len() + request.url.len() + request.body.len();
    size_of::<RecordedRequest>()
        + texts
        + caller
        + headers
        + request.operations.iter().map(size).sum::<usize>()
}

fn cut(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let end = (0..=longest).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_requests_are_kept_within_bounds() {
        let mut trace = Trace::default();
        for i in 0..10_000 {
            trace.record("GET", &format!("/{i}/{}", "ä".repeat(40_000)), 200, RequestDetails::default());
        }
        let all = trace.requests();
        assert!(
            all.iter().all(|request| request.url.len() <= MAX_URL_BYTES + 3 && request.url.ends_with('…'))
        );
        let bytes: usize = all.iter().map(size).sum();
        assert!(bytes == trace.bytes && bytes <= MAX_BYTES && all.len() > 1_000, "{bytes} {}", all.len());
        assert!(all[all.len() - 1].url.starts_with("/9999/"));
        for _ in 0..=MAX_REQUESTS {
            trace.record(&"X".repeat(1_000), "/", 200, RequestDetails::default());
        }
        let all = trace.requests();
        assert!(
            all.len() == MAX_REQUESTS && all[0].url == "/" && all[0].method.len() <= MAX_METHOD_BYTES + 3
        );
    }

    #[test]
    fn texts_are_cut_between_characters_and_no_earlier_than_they_have_to() {
        for (text, longest, shown) in [
            ("", 0, ""),
            ("abc", 3, "abc"),
            ("abcd", 3, "abc…"),
            ("aäb", 3, "aä…"),
            ("aäb", 2, "a…"),
            ("ä", 1, "…"),
            ("ä", 2, "ä"),
        ] {
            assert_eq!(cut(text, longest), shown, "{text} {longest}");
        }
    }

    #[test]
    fn only_headers_that_change_what_a_request_does_are_recorded() {
        let mut headers = HeaderMap::new();
        for name in [
            "prefer",
            "if-match",
            "if-none-match",
            "content-type",
            "content-range",
            "range",
            "callerobjectid",
            "mscrmcallerid",
            "mscrm.bypasscustompluginexecution",
            "x-ms-client-request-id",
            "accept",
            "authorization",
            "cookie",
            "content-length",
            "x-other",
        ] {
            headers.insert(http::HeaderName::from_static(name), http::HeaderValue::from_static("1"));
        }
        let request =
            RequestDetails::of("ann", &headers, &Bytes::from_static(b"{}")).operation("GET", "/", 204);
        let mut recorded: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        recorded.sort_unstable();
        assert_eq!(
            recorded,
            [
                "callerobjectid",
                "content-range",
                "content-type",
                "if-match",
                "if-none-match",
                "mscrm.bypasscustompluginexecution",
                "mscrmcallerid",
                "prefer",
                "range",
                "x-ms-client-request-id",
            ]
        );
        assert_eq!((request.header("range"), request.header("accept")), (Some("1"), None));
        assert_eq!((request.caller.as_deref(), &*request.body, request.status), (Some("ann"), "{}", 204));
    }

    #[test]
    fn headers_and_bodies_are_recorded_up_to_a_length() {
        let mut headers = HeaderMap::new();
        for number in 0..40 {
            let name = http::HeaderName::try_from(format!("x-ms-{number}")).unwrap();
            headers.insert(name, "a".repeat(512 + number % 2).parse().unwrap());
        }
        for (length, kept) in [(4_095, 4_095), (4_096, 4_096), (4_097, 4_096)] {
            let body = Bytes::from("b".repeat(length));
            let request = RequestDetails::of(&"c".repeat(513), &headers, &body).operation("POST", "/", 200);
            assert_eq!((request.body.len(), request.headers.len()), (kept, 32), "{length}");
            for (name, value) in &request.headers {
                assert!(value.len() == 512 || value.len() == 512 + '…'.len_utf8(), "{name}: {}", value.len());
            }
            assert_eq!(request.caller.unwrap().len(), 512 + '…'.len_utf8());
        }
        let without = RequestDetails::of("ann", &headers, &Bytes::from_static(b"x")).without_body();
        assert_eq!(without.operation("POST", "/$batch", 200).body, "");
    }

    #[test]
    fn the_size_of_a_request_is_that_of_its_texts_headers_and_operations() {
        let text = |length: usize| "a".repeat(length);
        let plain = RecordedRequest::default();
        let own = size_of::<RecordedRequest>();
        for (request, more) in [
            (plain.clone(), 0),
            (RecordedRequest { method: text(3), ..plain.clone() }, 3),
            (RecordedRequest { url: text(5), ..plain.clone() }, 5),
            (RecordedRequest { body: text(7), ..plain.clone() }, 7),
            (RecordedRequest { caller: Some(text(9)), ..plain.clone() }, 9),
            (RecordedRequest { caller: Some(String::new()), ..plain.clone() }, 0),
            (
                RecordedRequest { headers: vec![(text(2), text(4)), (text(1), text(1))], ..plain.clone() },
                2 * 64 + 8,
            ),
            (RecordedRequest { operations: vec![plain.clone(), plain.clone()], ..plain.clone() }, 2 * own),
        ] {
            assert_eq!(size(&request), own + more, "{request:?}");
        }
    }
}
