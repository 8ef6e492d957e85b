//! The parts of a response that do not depend on the resource.

use super::*;

fn headers(name: http::HeaderName, values: &[&'static str]) -> HeaderMap {
    values.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect()
}

#[test]
fn only_resources_of_this_version_of_the_web_api_have_a_path() {
    for (uri, found) in [
        ("/api/data/v9.2/accounts?$top=1", Some("accounts?$top=1")),
        ("/api/data/v9.0/", Some("")),
        ("/api/data/v9.2", None),
        ("/api/data/v9.2?x/y", Some("y")),
        ("/api/data/v8.2/accounts", None),
        ("/api/data/v9/accounts", None),
        ("/api/accounts", None),
        ("/api/data/v9.2/a%2Fb", Some("a%2Fb")),
        ("http://localhost/api/data/v9.2/WhoAmI", Some("WhoAmI")),
        ("/api/search/v2.0/query", Some("/api/search/v2.0/query")),
    ] {
        assert_eq!(resource(&uri.parse().unwrap()).as_deref(), found, "{uri}");
    }
}

#[test]
fn a_client_accepts_gzip_if_one_of_its_headers_names_it() {
    for (values, accepted) in [
        (&[][..], false),
        (&["gzip"], true),
        (&["br", "deflate, GZIP"], true),
        (&["gzip;q=0"], false),
        (&["gzip; q=0.000"], false),
        (&["gzip;q=0.1"], true),
        (&["gzip;q=x"], true),
        (&["gzip;q=0", "gzip"], true),
        (&["*"], false),
    ] {
        assert_eq!(accepts_gzip(&headers(ACCEPT_ENCODING, values)), accepted, "{values:?}");
    }
}

#[test]
fn a_form_has_a_hundred_fields_and_the_stored_ones_are_short() {
    let read = |text: &str| fields(text.as_bytes()).ok();
    let found = read("a=1&b=%C3%A4+x&c&a=2").unwrap();
    let value = |name: &str| found.get(name).map(String::as_str);
    assert_eq!((value("a"), value("b"), value("c")), (Some("2"), Some("ä x"), Some("")));
    let many: String = (0..150).map(|number| format!("n{number}=1&")).collect();
    let many = read(&many).unwrap();
    assert!(many.len() == 100 && many.contains_key("n99") && !many.contains_key("n100"));
    for name in ["client_id", "scope", "redirect_uri", "code_challenge", "username", "state"] {
        assert!(read(&format!("{name}={}", "a".repeat(2_048))).is_some(), "{name}");
        assert!(read(&format!("{name}={}", "a".repeat(2_049))).is_none(), "{name}");
    }
    assert!(read(&format!("code_verifier={}", "a".repeat(2_049))).is_some());
}

#[test]
fn a_duplicated_response_repeats_the_elements_of_its_collections_alone() {
    for (body, twice) in [
        (r#"{"value":[1,2]}"#, r#"{"value":[1,2,1,2]}"#),
        (r#"{"EntityMetadata":[{}],"a":[1]}"#, r#"{"EntityMetadata":[{},{}],"a":[1]}"#),
        (r#"{"value":1}"#, r#"{"value":1}"#),
        ("[1]", "[1]"),
        ("text", "text"),
        ("", ""),
    ] {
        let response = HttpResponse::new(StatusCode::CREATED, "x/y", body);
        let response = duplicated(response);
        assert_eq!(response.content.to_bytes(), twice, "{body}");
        assert_eq!(
            (response.status, &response.headers["content-type"]),
            (StatusCode::CREATED, &"x/y".parse().unwrap())
        );
    }
}

/// A running emulator without tables, whose clock is stopped.
async fn running() -> crate::RunningEmulator {
    let clock = crate::Clock::stopped("2026-11-29T12:00:00Z".parse().unwrap());
    crate::Emulator::builder(dvkit_schema::Schema::default()).clock(clock).start().await.unwrap()
}

#[tokio::test]
async fn a_fault_has_a_whole_response_of_its_own_or_none() {
    let emulator = running().await;
    let shared = emulator.shared();
    let html = |title: &str| {
        format!(
            "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
        )
    };
    let odata = "application/json; odata.metadata=minimal";
    let error =
        |code: &str, message: &str| format!(r#"{{"error":{{"code":"{code}","message":"{message}"}}}}"#);
    let page = "text/html; charset=utf-8";
    let date = "Sun, 29 Nov 2026 12:00:05 GMT";
    let too_many = shared.rate_limiter().limits().to_owned();
    let too_many = error("0x80072322", &crate::rate_limit::ExceededLimit::Requests.message(&too_many));
    for (fault, status, content_type, after, body) in [
        (Fault::TooMany(None), 429, odata, None, too_many.clone()),
        (Fault::TooMany(Some(RetryAfter::Seconds(7))), 429, odata, Some("7"), too_many.clone()),
        (Fault::TooMany(Some(RetryAfter::Date(5))), 429, odata, Some(date), too_many),
        (
            Fault::Gateway(503, Some(RetryAfter::Seconds(1))),
            503,
            page,
            Some("1"),
            html("Service Unavailable"),
        ),
        (Fault::Gateway(502, None), 502, page, None, html("Bad Gateway")),
        (Fault::Gateway(599, None), 599, page, None, html("Error")),
        (Fault::Gateway(1, None), 502, page, None, html("Bad Gateway")),
        (
            Fault::Refused(403),
            403,
            odata,
            None,
            error("0x80040220", "The user has not the privilege that this needs."),
        ),
        (Fault::Refused(404), 404, odata, None, error("0x80060888", "The request is not supported.")),
        (Fault::Refused(1), 400, odata, None, error("0x80060888", "The request is not supported.")),
        (Fault::LoginPage, 200, page, None, html("Sign in to your account")),
        (Fault::ExpiredToken, 401, "text/plain", None, String::new()),
        (Fault::Empty, 200, "text/plain", None, String::new()),
        (Fault::Reset, 200, "text/plain", None, String::new()),
    ] {
        let response = faulty_response(shared, fault).unwrap();
        let header = |name: &str| response.headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(response.status, status, "{fault:?}");
        assert_eq!(header("content-type"), Some(content_type), "{fault:?}");
        assert_eq!(header("retry-after"), after, "{fault:?}");
        assert_eq!(response.content.to_bytes(), body, "{fault:?}");
        let challenge = (fault == Fault::ExpiredToken).then(|| {
            let url = emulator.url();
            format!(
                "Bearer authorization_uri={url}/11111111-2222-4333-8444-555555555555/oauth2/authorize, \
                 resource_id={url}/"
            )
        });
        assert_eq!(header("www-authenticate"), challenge.as_deref(), "{fault:?}");
    }
    for fault in [
        Fault::None,
        Fault::Lost,
        Fault::Truncate(1),
        Fault::Slow(Duration::ZERO),
        Fault::Delay(Duration::ZERO),
        Fault::Duplicate,
    ] {
        assert!(faulty_response(shared, fault).is_none(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_long_response_is_compressed_for_clients_that_accept_it() {
    let body = |length: usize| Bytes::from("a".repeat(length));
    for (pieces, gzip, compressed) in [
        (vec![1023], true, false),
        (vec![1024], true, true),
        (vec![1024], false, false),
        (vec![1000, 23], true, false),
        (vec![1000, 24], true, true),
        (vec![1000, 24], false, false),
        (vec![], true, false),
    ] {
        let mut response = HttpResponse::new(StatusCode::CREATED, "text/plain", "");
        response.content = Content::of(pieces.iter().map(|length| body(*length)).collect());
        let response = to_http(response, gzip, Fault::None);
        assert_eq!(response.status(), StatusCode::CREATED, "{pieces:?} {gzip}");
        let encoding =
            response.headers().get(CONTENT_ENCODING).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(encoding.as_deref(), compressed.then_some("gzip"), "{pieces:?} {gzip}");
        let whole: usize = pieces.iter().sum();
        let length = response.headers().get(CONTENT_LENGTH).map(|value| value.to_str().unwrap().to_owned());
        let several = pieces.len() > 1 && !compressed;
        assert_eq!(length, several.then(|| whole.to_string()), "{pieces:?} {gzip}");
        let sent = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(sent.len() == whole, !compressed, "{pieces:?} {gzip}");
    }
}

#[tokio::test]
async fn a_response_is_cut_or_sent_in_sixteen_pieces() {
    let respond = |length: usize, fault: Fault| {
        to_http(HttpResponse::new(StatusCode::OK, "text/plain", "a".repeat(length)), false, fault)
    };
    for (length, cut, sent) in [(5, 4, Some(4)), (5, 0, Some(0)), (5, 5, None), (5, 6, None), (0, 0, None)] {
        let response = respond(length, Fault::Truncate(cut));
        let header = response.headers().get(CONTENT_LENGTH).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header, sent.map(|_| length.to_string()), "{cut} of {length}");
        let mut body = response.into_body().into_data_stream();
        let first = body.next().await;
        match sent {
            Some(sent) => {
                assert_eq!(first.unwrap().unwrap().len(), sent, "{cut} of {length}");
                assert!(body.next().await.unwrap().is_err(), "{cut} of {length}");
            }
            None => assert_eq!(first.map_or(0, |part| part.unwrap().len()), length, "{cut} of {length}"),
        }
    }
    for (length, pieces) in [
        (0, vec![]),
        (1, vec![1]),
        (16, vec![1; 16]),
        (17, [vec![2; 8], vec![1]].concat()),
        (32, vec![2; 16]),
        (33, vec![3; 11]),
    ] {
        let response = respond(length, Fault::Slow(Duration::ZERO));
        assert_eq!(response.headers()[CONTENT_LENGTH], length.to_string(), "{length}");
        let parts: Vec<usize> =
            response.into_body().into_data_stream().map(|part| part.unwrap().len()).collect().await;
        assert_eq!(parts, pieces, "{length}");
    }
}

#[tokio::test]
async fn a_client_stays_with_the_server_of_its_cookie() {
    let limits = crate::Limits { servers: 3, ..crate::Limits::default() };
    let emulator =
        crate::Emulator::builder(dvkit_schema::Schema::default()).limits(limits).start().await.unwrap();
    let shared = emulator.shared();
    for (cookies, expected) in [
        (&["ARRAffinity=2"][..], Some(2)),
        (&["ARRAffinity=0"], Some(0)),
        (&["a=1; ARRAffinity=1 ; b=2"], Some(1)),
        (&["a=1", "ARRAffinity=2"], Some(2)),
        (&["ARRAffinity=1; ARRAffinity=2"], Some(1)),
        (&["ARRAffinity=3"], None),
        (&["ARRAffinity=x"], None),
        (&["arraffinity=2"], None),
        (&["ARRAffinity"], None),
        (&[], None),
    ] {
        let found: Vec<u32> = (0..3).map(|_| server(shared, &headers(COOKIE, cookies))).collect();
        match expected {
            Some(server) => assert_eq!(found, [server; 3], "{cookies:?}"),
            // The next servers in turn.
            None => assert_eq!(found, [0, 1, 2], "{cookies:?}"),
        }
    }
}
