//! Decides which headers pass the proxy, in both directions.
use std::collections::HashSet;

use http::header::{
    ACCEPT_ENCODING, ALT_SVC, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, COOKIE, EXPECT,
    FORWARDED, HOST, ORIGIN, REFERER, SET_COOKIE, STRICT_TRANSPORT_SECURITY, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE, USER_AGENT, VIA, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::caller::API_KEY;

/// The header of idempotency keys.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The headers that are never passed on, because they are about one connection or one hop (RFC 9110, 7.6.1).
const HOP_BY_HOP: &[HeaderName] = &[CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// The headers of a request that are the gateway's own business. `Content-Length` and `Accept-Encoding` are those
/// of the request that the client makes.
const OF_REQUESTS: &[HeaderName] = &[
    HOST,
    AUTHORIZATION,
    COOKIE,
    FORWARDED,
    ORIGIN,
    REFERER,
    VIA,
    EXPECT,
    USER_AGENT,
    CONTENT_LENGTH,
    ACCEPT_ENCODING,
];

/// Further headers of requests that are not passed on: keys, and those by which a request could be read as one to
/// another host, path or method.
const NAMES_OF_REQUESTS: &[&str] = &[
    API_KEY,
    IDEMPOTENCY_KEY,
    "x-account-id",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "x-real-ip",
    "x-original-url",
    "x-original-host",
    "x-rewrite-url",
    "x-host",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "prefer",
];

/// The headers of a response that belong to the organisation's host and connection. The body was decompressed, and its
/// length may change.
const OF_RESPONSES: &[HeaderName] =
    &[SET_COOKIE, CONTENT_LENGTH, CONTENT_ENCODING, WWW_AUTHENTICATE, STRICT_TRANSPORT_SECURITY, ALT_SVC];

/// Further headers of responses that are not passed on.
const NAMES_OF_RESPONSES: &[&str] =
    &["keep-alive", "proxy-connection", "proxy-authenticate", "public-key-pins", "report-to", "nel"];

/// The headers of a response whose value is a link.
pub(super) const LINKS: &[&str] =
    &["location", "content-location", "odata-entityid", "operation-location", "azure-asyncoperation"];

/// Returns the names in the header `Connection`, which are about one connection too.
fn named_in_connection(headers: &HeaderMap) -> HashSet<String> {
    let values = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect()
}

/// Returns the headers of a request that are sent to the organisation.
pub(super) fn to_organisation(headers: &HeaderMap) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
    let dropped = named_in_connection(headers);
    headers.iter().filter(move |(name, _)| {
        let text = name.as_str();
        !HOP_BY_HOP.contains(name)
            && !OF_REQUESTS.contains(name)
            && !NAMES_OF_REQUESTS.contains(&text)
            && !text.starts_with("x-forwarded")
            && !text.starts_with("sec-")
            && !dropped.contains(text)
    })
}

/// Returns the headers of a response that are sent to the caller.
pub(super) fn to_caller(headers: &HeaderMap) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
    let dropped = named_in_connection(headers);
    headers.iter().filter(move |(name, _)| {
        let text = name.as_str();
        !HOP_BY_HOP.contains(name)
            && !OF_RESPONSES.contains(name)
            && !NAMES_OF_RESPONSES.contains(&text)
            && !text.starts_with("access-control-")
            && !dropped.contains(text)
    })
}

/// The preferences of a request (RFC 7240): how long the caller waits, which is for the gateway, and the others.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Preferences {
    /// The seconds that the caller waits, from `wait`.
    pub(crate) wait: Option<u64>,
    /// The other preferences, for the organisation.
    pub(crate) others: Vec<String>,
}

impl Preferences {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut preferences = Self::default();
        for value in headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()) {
            for preference in split_outside_quotes(value) {
                let (name, number) = preference.split_once('=').unwrap_or((preference, ""));
                if name.trim().eq_ignore_ascii_case("wait") {
                    let seconds =
                        number.split(';').next().unwrap_or_default().trim().trim_matches('"').parse().ok();
                    preferences.wait = preferences.wait.or(seconds);
                } else {
                    preferences.others.push(preference.to_owned());
                }
            }
        }
        preferences
    }
}

/// Splits a list at its commas, except those in quotation marks.
fn split_outside_quotes(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let parts = text.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn map(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn headers_of_the_connection_and_the_caller_are_not_passed_on() {
        let headers = map(&[
            ("host", "evil.example"),
            ("authorization", "Bearer dvk_x"),
            ("x-api-key", "dvk_x"),
            ("cookie", "a=b"),
            ("connection", "keep-alive, X-Drop-Me"),
            ("x-drop-me", "1"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-for", "1.2.3.4"),
            ("forwarded", "host=evil.example"),
            ("x-original-url", "/admin"),
            ("x-http-method-override", "DELETE"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("idempotency-key", "1"),
            ("prefer", "wait=5"),
            ("accept", "application/json"),
            ("if-match", "*"),
            ("mscrm.solutionuniquename", "x"),
        ]);
        let names: Vec<&str> = to_organisation(&headers).map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["accept", "if-match", "mscrm.solutionuniquename"]);
        let headers = map(&[
            ("set-cookie", "ARRAffinity=1"),
            ("content-length", "5"),
            ("content-encoding", "gzip"),
            ("connection", "close"),
            ("access-control-allow-origin", "*"),
            ("www-authenticate", "Bearer"),
            ("odata-version", "4.0"),
            ("x-ms-service-request-id", "1"),
        ]);
        let names: Vec<&str> = to_caller(&headers).map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["odata-version", "x-ms-service-request-id"]);
    }

    #[test]
    fn the_deadline_is_taken_out_of_the_preferences() {
        let headers = map(&[
            ("prefer", "odata.include-annotations=\"a,b\", wait=20, odata.maxpagesize=10"),
            ("prefer", "return=representation"),
        ]);
        assert_eq!(
            Preferences::of(&headers),
            Preferences {
                wait: Some(20),
                others: [
                    "odata.include-annotations=\"a,b\"",
                    "odata.maxpagesize=10",
                    "return=representation"
                ]
                .map(str::to_owned)
                .to_vec()
            }
        );
        assert_eq!(Preferences::of(&map(&[("prefer", "wait=soon, Wait=\"7\"")])).wait, Some(7));
    }

    #[test]
    fn a_preference_to_wait_is_a_number_of_seconds_and_the_first_one_counts() {
        for (value, wait, others) in [
            ("wait=5", Some(5), &[][..]),
            ("WAIT = 5", Some(5), &[]),
            ("wait=5; x=1", Some(5), &[]),
            ("wait=5;x=1;9", Some(5), &[]),
            ("wait=\"5\"", Some(5), &[]),
            ("wait= \"5\" ;a", Some(5), &[]),
            ("wait=0", Some(0), &[]),
            ("wait", None, &[]),
            ("wait=", None, &[]),
            ("wait=-1", None, &[]),
            ("wait=1.5", None, &[]),
            ("wait=;5", None, &[]),
            ("wait=5,wait=6", Some(5), &[]),
            ("wait=x,wait=6,wait=7", Some(6), &[]),
            ("waiting=5", None, &["waiting=5"]),
            (" a , , b=\"c, d\" ,wait=3,", Some(3), &["a", "b=\"c, d\""]),
            ("a=\"b\",c", None, &["a=\"b\"", "c"]),
            ("a=\"wait=5, b", None, &["a=\"wait=5, b"]),
            ("", None, &[]),
        ] {
            let expected =
                Preferences { wait, others: others.iter().map(|other| (*other).to_owned()).collect() };
            assert_eq!(Preferences::of(&map(&[("prefer", value)])), expected, "{value}");
        }
        let several = map(&[("prefer", "a"), ("prefer", "wait=1"), ("prefer", "b, wait=2")]);
        let expected = Preferences { wait: Some(1), others: vec!["a".to_owned(), "b".to_owned()] };
        assert_eq!(Preferences::of(&several), expected);
        assert_eq!(Preferences::of(&HeaderMap::new()), Preferences::default());
    }

    #[test]
    fn each_header_of_the_lists_is_dropped_and_its_neighbours_are_not() {
        let name = |text: &str| text.parse::<HeaderName>().unwrap();
        let value = HeaderValue::from_static("x");
        let requests = HOP_BY_HOP.iter().chain(OF_REQUESTS).cloned();
        let requests = requests.chain(NAMES_OF_REQUESTS.iter().copied().map(name));
        let prefixed = ["x-forwarded", "x-forwarded-proto", "sec-fetch-site"].map(name);
        for dropped in requests.chain(prefixed) {
            let headers = HeaderMap::from_iter([(dropped.clone(), value.clone())]);
            assert_eq!(to_organisation(&headers).count(), 0, "{dropped}");
        }
        let responses = HOP_BY_HOP.iter().chain(OF_RESPONSES).cloned();
        let responses = responses.chain(NAMES_OF_RESPONSES.iter().copied().map(name));
        for dropped in responses.chain([name("access-control-allow-headers")]) {
            let headers = HeaderMap::from_iter([(dropped.clone(), value.clone())]);
            assert_eq!(to_caller(&headers).count(), 0, "{dropped}");
        }
        for passed in
            ["x-forward", "secret-agent", "content-type", "if-none-match", "mscrmcallerid", "x-host-name"]
        {
            let headers = HeaderMap::from_iter([(name(passed), value.clone())]);
            assert_eq!(to_organisation(&headers).count(), 1, "{passed}");
        }
        for passed in ["location", "retry-after", "etag", "access", "preference-applied", "content-type"] {
            let headers = HeaderMap::from_iter([(name(passed), value.clone())]);
            assert_eq!(to_caller(&headers).count(), 1, "{passed}");
        }
        // What the header `Connection` names is dropped in both directions.
        let headers = map(&[
            ("connection", "a , X-B"),
            ("connection", "x-c"),
            ("x-b", "1"),
            ("x-c", "1"),
            ("x-d", "1"),
        ]);
        let sent: Vec<&str> = to_organisation(&headers).map(|(name, _)| name.as_str()).collect();
        let received: Vec<&str> = to_caller(&headers).map(|(name, _)| name.as_str()).collect();
        assert_eq!((sent, received), (vec!["x-d"], vec!["x-d"]));
    }
}
