//! What responses and requests tell about themselves, and the limits of a client.

use std::time::Duration;

use dvkit_client::{Client, ErrorKind, Expect, Prefer, Request, RequestOptions, Response};
use pretty_assertions::assert_eq;

use super::fake::{Reply, client, reply};

/// Returns the response to a request whose response may be anything.
async fn response(answer: fn() -> Reply) -> Response {
    let (client, _) = client(move |_, _| answer());
    client.send(Request::get("a?$select=secret").expect(Expect::Anything)).await.unwrap()
}

#[tokio::test]
async fn a_response_has_the_facts_of_its_headers() {
    let full = response(|| {
        reply(
            200,
            &[
                ("etag", "W/\"1\""),
                ("odata-entityid", "https://x/a(1)"),
                ("x-ms-session-token", "s"),
                ("x-ms-service-request-id", "q"),
                ("x-own", "1"),
            ],
            "abc",
        )
    })
    .await;
    let facts =
        (full.etag(), full.entity_id(), full.session_token(), full.request_id(), full.header("X-Own"));
    assert_eq!(facts, (Some("W/\"1\""), Some("https://x/a(1)"), Some("s"), Some("q".to_owned()), Some("1")));
    assert_eq!((full.status().as_u16(), full.headers().len()), (200, 5));
    assert_eq!((full.not_modified(), full.is_repeated()), (false, false));
    assert_eq!((&full.bytes()[..], full.text().unwrap()), (&b"abc"[..], "abc"));
    assert_eq!(format!("{full:?}"), r#"Response { status: 200, request: "GET a", bytes: 3, .. }"#);
    assert_eq!(full.into_bytes(), "abc");
    let empty = response(|| reply(304, &[], "")).await;
    let facts =
        (empty.etag(), empty.entity_id(), empty.session_token(), empty.request_id(), empty.header("x-own"));
    assert_eq!(facts, (None, None, None, None, None));
    assert!(empty.not_modified() && empty.bytes().is_empty());
}

#[tokio::test]
async fn a_body_that_is_something_else_is_an_error_that_says_what() {
    type Case = (fn() -> Reply, &'static str);
    let cases: [Case; 4] = [
        (|| reply(200, &[], ""), "the response is empty where JSON was expected"),
        (
            || reply(200, &[], "\"a"),
            "the response is not JSON: EOF while parsing a string at line 1 column 2",
        ),
        (
            || reply(200, &[("x-ms-service-request-id", "q")], "[1]"),
            "the response is JSON of another structure than expected: invalid type: sequence, expected a string",
        ),
        (
            || reply(200, &[], "\u{feff}7"),
            "the response is JSON of another structure than expected: invalid type: integer `7`",
        ),
    ];
    for (answer, message) in cases {
        let response = response(answer).await;
        let error = response.json::<String>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected, "{message}");
        assert!(error.to_string().starts_with(&format!("GET a: {message}")), "{message}: {error}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(200), "{message}");
        assert_eq!(error.request_id(), response.request_id().as_deref(), "{message}");
    }
    let text = response(|| reply(200, &[], "\u{feff}\"a\"")).await;
    assert_eq!((text.text().unwrap(), text.json::<String>().unwrap().as_str()), ("\"a\"", "a"));
    let bytes = response(|| reply(200, &[], &b"ab\xff"[..])).await;
    assert_eq!(
        bytes.text().unwrap_err().to_string(),
        "GET a: the response is not UTF-8 from byte 2 on (HTTP 200)"
    );
}

#[tokio::test]
async fn the_size_of_a_response_is_limited_by_the_client_and_by_the_request() {
    for (of_client, of_request, fits) in [
        (None, None, true),
        (Some(10), None, true),
        (Some(9), None, false),
        (Some(9), Some(10), true),
        (Some(10), Some(9), false),
        (None, Some(9), false),
    ] {
        let (client, _) = client(|_, _| reply(200, &[], "0123456789"));
        let client = client.with(|options| match of_client {
            Some(bytes) => options.max_bytes(bytes),
            None => options,
        });
        let request = Request::get("a").expect(Expect::Text);
        let request = match of_request {
            Some(bytes) => request.max_bytes(bytes),
            None => request,
        };
        let result = client.send(request).await;
        assert_eq!(result.is_ok(), fits, "{of_client:?}, {of_request:?}");
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::TooLarge, "{of_client:?}, {of_request:?}");
        }
    }
}

#[test]
fn options_and_requests_show_names_and_no_values() {
    let default = format!("{:?}", RequestOptions::default());
    assert_eq!(
        default,
        r#"RequestOptions { headers: [], prefer: "", timeout: 120s, deadline: None, max_bytes: 67108864, .. }"#
    );
    let options = RequestOptions::default()
        .header("x-own", "hunter2")
        .prefer(Prefer::new().max_page_size(3))
        .timeout(Duration::from_secs(7))
        .deadline(Duration::from_secs(9))
        .max_bytes(5);
    assert_eq!(
        format!("{options:?}"),
        r#"RequestOptions { headers: ["x-own"], prefer: "odata.maxpagesize=3", timeout: 7s, deadline: Some(9s), max_bytes: 5, .. }"#
    );
    let request = Request::put("a(1)").header("x-own", "hunter2").bytes("text/plain", "abc");
    assert_eq!(
        format!("{request:?}"),
        r#"Request { method: PUT, target: "a(1)", headers: ["x-own", "content-type"], prefer: "", body: Some("3 bytes"), .. }"#
    );
    assert_eq!((request.method().as_str(), request.target()), ("PUT", "a(1)"));
}

#[test]
fn a_client_is_made_for_an_organisation_and_a_version() {
    let build = |url: &str, version: &str| {
        let source = dvkit_client::auth::StaticToken::new("secret");
        Client::builder(url).token_source(source).api_version(version).build()
    };
    for (url, version, web_api) in [
        ("https://a.crm4.dynamics.com", "v9.2", Some("https://a.crm4.dynamics.com/api/data/v9.2/")),
        ("https://a.crm4.dynamics.com/", "v9.1", Some("https://a.crm4.dynamics.com/api/data/v9.1/")),
        ("https://a.crm4.dynamics.com", "9.2", None),
        ("https://a.crm4.dynamics.com", "v9.2/", None),
        ("https://a.crm4.dynamics.com", "", None),
        ("http://a.crm4.dynamics.com", "v9.2", None),
        ("not a url", "v9.2", None),
    ] {
        match build(url, version) {
            Ok(client) => {
                assert_eq!(Some(client.web_api_url().as_str()), web_api, "{url}, {version}");
                assert_eq!(client.org_url().as_str(), "https://a.crm4.dynamics.com/", "{url}, {version}");
            }
            Err(error) => {
                assert_eq!(web_api, None, "{url}, {version}: {error}");
                assert_eq!(error.kind(), ErrorKind::Configuration, "{url}, {version}");
            }
        }
    }
    let error = Client::builder("https://a.crm4.dynamics.com").build().unwrap_err();
    assert!(error.to_string().starts_with("nothing says how to sign in"), "{error}");
}

/// Collects the fields that are recorded of spans of requests.
#[derive(Clone, Default)]
struct Fields(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

impl tracing::Subscriber for Fields {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_span() && metadata.name() == "dataverse request"
    }
    fn new_span(&self, attributes: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        attributes.record(&mut self.clone());
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

impl tracing::field::Visit for Fields {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push(format!("{field}={value:?}"));
    }
}

#[tokio::test]
async fn the_span_of_a_request_has_its_path_its_status_and_its_attempts() {
    for (statuses, told) in [
        (&[200][..], ["method=GET", "path=\"a\"", "status=200", "attempts=1"]),
        (&[503, 204], ["method=GET", "path=\"a\"", "status=204", "attempts=2"]),
        (&[404], ["method=GET", "path=\"a\"", "status=404", "attempts=1"]),
    ] {
        let fields = Fields::default();
        let (client, _) = client(move |number, _| reply(statuses[number], &[], ""));
        let guard = tracing::subscriber::set_default(fields.clone());
        let sent = client.send(Request::get("a?$filter=secret").expect(Expect::Anything)).await;
        drop(guard);
        assert_eq!(sent.is_ok(), statuses != [404]);
        assert_eq!(*fields.0.lock().unwrap(), told);
    }
}
