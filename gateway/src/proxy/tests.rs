//! Tests of what the proxy decides before a request is sent.
use futures_util::stream;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::settings::Limits;
use crate::store::AuthKind;
use crate::testing;

mod organisation;

#[test]
fn the_account_is_the_first_segment() {
    assert_eq!(split_path("/proxy/acc_1/a/b"), Some(("acc_1", "a/b")));
    assert_eq!(split_path("/proxy/acc_1"), Some(("acc_1", "")));
    assert_eq!(split_path("/proxy//evil"), Some(("", "evil")));
    assert_eq!(split_path("/proxy/acc_1/"), Some(("acc_1", "")));
    assert_eq!(split_path("/other"), None);
}

/// Sends a request through the proxy. Returns the status, the header `Preference-Applied`, and the body.
async fn answered(gateway: &Gateway, scopes: &[Scope], request: Request) -> (u16, Option<String>, Value) {
    let response = proxy(State(gateway.clone()), testing::caller(scopes), request).await;
    let status = response.status().as_u16();
    let applied = response.headers().get("preference-applied");
    let applied = applied.map(|value| value.to_str().unwrap().to_owned());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, applied, serde_json::from_slice(&body).unwrap())
}

fn request(method: &str, uri: &str) -> Request {
    http::Request::builder().method(method).uri(uri).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_request_that_is_refused_is_told_why_before_anything_is_sent() {
    let gateway = testing::gateway().await;
    let account = testing::account(&gateway, AuthKind::AuthorizationCode).await;
    let (read, write) = (Scope::ProxyRead, Scope::ProxyWrite);
    let path = format!("/proxy/{}/contacts", account.id);
    for (method, uri, scopes, status, code, message) in [
        ("GET", "/proxy/x/a", &[][..], 403, "missing_scope", "the API key has not the scope `proxy.read`"),
        ("HEAD", "/proxy/x/a", &[], 403, "missing_scope", "the API key has not the scope `proxy.read`"),
        ("POST", "/proxy/x/a", &[read], 403, "missing_scope", "the API key has not the scope `proxy.write`"),
        (
            "DELETE",
            "/proxy/x/a",
            &[read],
            403,
            "missing_scope",
            "the API key has not the scope `proxy.write`",
        ),
        (
            "OPTIONS",
            "/proxy/x/a",
            &[read],
            403,
            "missing_scope",
            "the API key has not the scope `proxy.write`",
        ),
        ("GET", "/proxy/x/a", &[read], 404, "not_found", "there is no such account"),
        ("HEAD", "/proxy/x/a", &[read], 404, "not_found", "there is no such account"),
        ("GET", "/proxy/x/a", &[write], 404, "not_found", "there is no such account"),
        ("PATCH", "/proxy/x/a", &[write], 404, "not_found", "there is no such account"),
        ("GET", "/proxy/%ff/a", &[read], 404, "not_found", "there is no such account"),
        ("GET", "/other", &[read], 404, "not_found", "there is no such account"),
        (
            "GET",
            "https://gw.contoso.com/proxy/x/a",
            &[read],
            400,
            "bad_request",
            "the target of the request is an absolute URL; send its path",
        ),
        ("OPTIONS", "/proxy/x/a", &[write], 405, "method", "the Web API does not have this method"),
        ("TRACE", "/proxy/x/a", &[write], 405, "method", "the Web API does not have this method"),
        ("CONNECT", "/proxy/x/a", &[write], 405, "method", "the Web API does not have this method"),
        (
            "GET",
            &format!("{path}//x"),
            &[read],
            400,
            "bad_request",
            "the path after `/proxy/<account>/` has an empty segment",
        ),
        ("GET", &path, &[read], 409, "account_needs_sign_in", "nobody has signed in to this account yet"),
        (
            "GET",
            "/proxy/Contoso%20authorization_code/contacts",
            &[read],
            409,
            "account_needs_sign_in",
            "nobody has signed in to this account yet",
        ),
    ] {
        let (found, applied, body) = answered(&gateway, scopes, request(method, uri)).await;
        assert_eq!((found, applied), (status, None), "{method} {uri}");
        let error = &body["error"];
        assert_eq!((&error["code"], &error["message"]), (&json!(code), &json!(message)), "{method} {uri}");
    }
}

#[tokio::test]
async fn a_write_with_a_key_that_is_wrong_is_not_sent() {
    let gateway = testing::gateway().await;
    let account = testing::connected(&gateway).await;
    let uri = format!("/proxy/{}/contacts", account.id);
    let mut wrong = request("POST", &uri);
    wrong.headers_mut().insert(IDEMPOTENCY_KEY, HeaderValue::from_static(""));
    let (status, _, body) = answered(&gateway, &[Scope::ProxyWrite], wrong).await;
    assert_eq!(status, 400);
    assert_eq!(body["error"]["message"], "`Idempotency-Key` is one text of at most 255 characters");
    let mut large = request("POST", &uri);
    large.headers_mut().insert(IDEMPOTENCY_KEY, HeaderValue::from_static("a"));
    *large.body_mut() = Body::from(vec![b' '; MAX_BUFFERED + 1]);
    let (status, _, body) = answered(&gateway, &[Scope::ProxyWrite], large).await;
    assert_eq!(status, 400);
    assert_eq!(body["error"]["message"], "a request with `Idempotency-Key` has a body of at most 1 MiB");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_busy_is_told_why_its_request_was_refused() {
    let limits = Limits { concurrent: 1, waiting: 1, ..Limits::default() };
    let settings = crate::settings::Settings { limits, ..testing::settings() };
    let gateway = testing::builder(settings).await.build().unwrap();
    let account = testing::connected(&gateway).await;
    let later = Instant::now() + Duration::from_secs(5);
    let held = admit(&gateway, &account, later).await.unwrap();
    let waiting = async { admit(&gateway, &account, later).await.unwrap_err() };
    let refused = async {
        tokio::task::yield_now().await;
        admit(&gateway, &account, later).await.unwrap_err()
    };
    let (waited, refused) = tokio::join!(waiting, refused);
    for (error, message) in [
        (waited, "the requests of this account left no time for this one"),
        (refused, "too many requests of this account wait already"),
    ] {
        assert_eq!((error.status().as_u16(), error.code()), (503, "too_many_requests"));
        assert_eq!((error.message(), error.wait()), (message, Some(Duration::from_secs(1))));
        let body = error.into_response().into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"]["may_have_run"], false);
    }
    assert!(gateway.metrics_text().await.unwrap().contains("\ndvkit_gateway_refused_total 2\n"));
    drop(held);
    assert!(admit(&gateway, &account, Instant::now() + Duration::from_secs(5)).await.is_ok());
}

async fn links(gateway: &Gateway) -> (Links, Account) {
    let account = testing::connected(gateway).await;
    let client = gateway.connections().client(gateway, &account).await.unwrap();
    (Links::new(gateway, &account, client), account)
}

#[tokio::test]
async fn links_lead_through_the_gateway_and_back() {
    let gateway = testing::gateway().await;
    let (links, account) = links(&gateway).await;
    let (org, base) =
        ("https://contoso.crm4.dynamics.com", format!("https://gw.contoso.com/proxy/{}", account.id));
    for path in ["/api/data/v9.2/contacts(1)", "/api/data/v9.2/contacts?$skiptoken=%3Ca%3E&$top=1"] {
        let (outside, inside) = (format!("{base}{path}"), format!("{org}{path}"));
        assert_eq!(links.outward(&inside).as_deref(), Some(outside.as_str()));
        assert_eq!(links.inward(&outside).as_deref(), Some(inside.as_str()));
    }
    // A path that is short for one of the Web API is one of the organisation, too.
    assert_eq!(
        links.inward(&format!("{base}/contacts?$top=1")).as_deref(),
        Some("https://contoso.crm4.dynamics.com/api/data/v9.2/contacts?$top=1")
    );
    for other in ["contacts(1)", "/api/data/v9.2/contacts", "https://evil.example/api/data/v9.2/x", ""] {
        assert_eq!((links.outward(other), links.inward(other)), (None, None), "{other}");
    }
    for wrong in [base.clone(), format!("{base}x/contacts"), format!("{base}/../x"), format!("{base}//x")] {
        assert_eq!(links.inward(&wrong), None, "{wrong}");
    }
}

#[tokio::test]
async fn headers_with_links_are_rewritten_and_others_pass() {
    let gateway = testing::gateway().await;
    let (links, account) = links(&gateway).await;
    let inside = "https://contoso.crm4.dynamics.com/api/data/v9.2/x";
    let outside = format!("https://gw.contoso.com/proxy/{}/api/data/v9.2/x", account.id);
    for (name, value, expected) in [
        ("location", inside, Some(outside.as_str())),
        ("content-location", inside, Some(&outside)),
        ("odata-entityid", inside, Some(&outside)),
        ("operation-location", inside, Some(&outside)),
        ("azure-asyncoperation", inside, Some(&outside)),
        ("location", "https://evil.example/", Some("https://evil.example/")),
        ("link", inside, Some(inside)),
        ("etag", "W/\"1\"", Some("W/\"1\"")),
        ("set-cookie", "a=b", None),
    ] {
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
        let passed = response_headers(&headers, &links);
        let found = passed.get(name).map(|value| value.to_str().unwrap());
        assert_eq!((found, passed.len()), (expected, usize::from(expected.is_some())), "{name} {value}");
    }
}

/// Returns a gateway with a limit on the bodies of requests.
async fn limited(limit: u64) -> Gateway {
    let limits = Limits { request_bytes: limit, ..Limits::default() };
    let settings = crate::settings::Settings { limits, ..testing::settings() };
    testing::builder(settings).await.build().unwrap()
}

/// Reads the body of a request. Returns the kind and bytes of what is sent, and the length of what was received.
async fn read(
    gateway: &Gateway,
    headers: &[(&'static str, &'static str)],
    body: Body,
) -> Result<(&'static str, Option<Vec<u8>>, Option<usize>), ApiError> {
    let (links, account) = links(gateway).await;
    let mut request = http::Request::new(());
    for (name, value) in headers {
        request.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    let (parts, ()) = request.into_parts();
    let until = Instant::now() + Duration::from_secs(5);
    let (sent, whole) = read_body(gateway, &links, &parts, body, until).await?;
    let whole = whole.map(|whole| whole.len());
    let base = format!("https://gw.contoso.com/proxy/{}", account.id);
    assert_eq!(links.base, base);
    Ok(match sent {
        RequestBody::None => ("none", None, whole),
        RequestBody::Whole(body) => ("whole", Some(body.to_vec()), whole),
        RequestBody::Streamed(body) => {
            let body = body.collect().await.ok();
            ("streamed", body.map(|body| body.to_bytes().to_vec()), whole)
        }
    })
}

#[tokio::test]
async fn the_body_of_a_request_is_read_up_to_its_limit() {
    let small = limited(10).await;
    for (length, expected) in [
        (0, Ok(("none", None, Some(0)))),
        (1, Ok(("whole", Some(1), Some(1)))),
        (9, Ok(("whole", Some(9), Some(9)))),
        (10, Ok(("whole", Some(10), Some(10)))),
        (11, Err((413, "request_too_large", "the body of a request has at most 10 bytes".to_owned()))),
    ] {
        let found = read(&small, &[], Body::from(vec![b'x'; length])).await;
        let found = found.map(|(kind, sent, whole)| (kind, sent.map(|sent| sent.len()), whole));
        let found =
            found.map_err(|error| (error.status().as_u16(), error.code(), error.message().to_owned()));
        assert_eq!(found, expected, "{length}");
    }
    for (declared, is_right) in [("9", true), ("10", true), ("11", false), ("x", true), ("", true)] {
        let found = read(&small, &[("content-length", declared)], Body::empty()).await;
        assert_eq!(found.is_ok(), is_right, "{declared}");
    }
    let most = MAX_BUFFERED as u64;
    let (exact, large) = (limited(most).await, limited(most + 11).await);
    for (length, gateway, kind) in [
        (MAX_BUFFERED, &exact, "whole"),
        (MAX_BUFFERED, &large, "whole"),
        (MAX_BUFFERED + 1, &large, "streamed"),
    ] {
        let body = vec![b'x'; length];
        let (found, sent, whole) = read(gateway, &[], Body::from(body.clone())).await.unwrap();
        assert_eq!((found, sent == Some(body)), (kind, true), "{length}");
        assert_eq!(whole, (kind == "whole").then_some(length), "{length}");
    }
    // What comes after the beginning of a stream counts as well.
    for (rest, is_sent) in [(0, true), (9, true), (10, true), (11, false)] {
        let pieces = [vec![b'x'; MAX_BUFFERED + 1], vec![b'y'; rest]];
        let expected = is_sent.then(|| pieces.concat());
        let body = Body::from_stream(stream::iter(pieces.map(Ok::<_, std::io::Error>)));
        let (kind, sent, whole) = read(&large, &[], body).await.unwrap();
        assert_eq!((kind, sent == expected, whole), ("streamed", true, None), "{rest}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_off_or_does_not_arrive_is_refused() {
    let gateway = limited(100).await;
    let first = || Ok::<_, std::io::Error>(Bytes::from_static(b"{"));
    let broken = stream::iter([first(), Err(std::io::Error::other("gone"))]);
    let slow = stream::iter([first()]).chain(stream::pending());
    for (body, status, code, message) in [
        (Body::from_stream(broken), 400, "bad_request", "the body of the request broke off"),
        (Body::from_stream(slow), 408, "slow_request", "the body of the request did not arrive in time"),
    ] {
        let error = read(&gateway, &[], body).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.code(), error.message()), (status, code, message));
    }
}

#[tokio::test]
async fn links_in_the_body_of_a_request_lead_to_the_organisation() {
    let gateway = testing::gateway().await;
    let (links, account) = links(&gateway).await;
    let body = format!("{{\"a@odata.bind\":\"https://gw.contoso.com/proxy/{}/contacts(1)\"}}", account.id);
    let until = Instant::now() + Duration::from_secs(5);
    for (kind, is_rewritten) in [(Some("application/json"), true), (Some("text/plain"), false), (None, false)]
    {
        let mut request = http::Request::new(());
        if let Some(kind) = kind {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        let (parts, ()) = request.into_parts();
        let read = read_body(&gateway, &links, &parts, Body::from(body.clone()), until).await.unwrap();
        let (RequestBody::Whole(sent), Some(whole)) = read else { panic!("{kind:?}") };
        assert_eq!(whole, body, "it is remembered as it was received");
        let expected = match is_rewritten {
            true => r#"{"a@odata.bind":"https://contoso.crm4.dynamics.com/api/data/v9.2/contacts(1)"}"#,
            false => body.as_str(),
        };
        assert_eq!(sent, expected, "{kind:?}");
    }
}
