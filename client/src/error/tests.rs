//! Tests of errors: what they say of themselves, what they keep, and what is masked.
use pretty_assertions::assert_eq;

use super::*;

/// All kinds, whether they are transient, and whether the service certainly did not execute the request.
#[test]
fn every_kind_says_whether_it_passes_and_whether_the_request_was_executed() {
    use ErrorKind as K;
    for (kind, transient, not_executed) in [
        (K::Configuration, false, true),
        (K::ForeignLink, false, true),
        (K::SignIn, false, true),
        (K::NeedsSignIn, false, true),
        (K::Unauthorized, false, true),
        (K::Forbidden, false, true),
        (K::NotFound, false, true),
        (K::Conflict, false, true),
        (K::PreconditionFailed, false, true),
        (K::BadRequest, false, true),
        (K::Connect, true, true),
        (K::Timeout, true, false),
        (K::Network, true, false),
        (K::Throttled, true, true),
        (K::Service, false, false),
        (K::LoginPage, false, false),
        (K::Gateway, true, false),
        (K::TooLarge, false, false),
        (K::Unexpected, false, false),
        (K::ExpiredDeltaLink, false, true),
        (K::Row, false, false),
    ] {
        let error = Error::new(kind, "m");
        assert_eq!((error.is_transient(), error.not_executed()), (transient, not_executed), "{kind:?}");
        assert_eq!(error.may_have_run(), !not_executed, "{kind:?}");
        assert!(error.clone().with_earlier_attempt(true).may_have_run(), "{kind:?} after another attempt");
        assert!(error.never_executed().not_executed(), "{kind:?} without an attempt");
    }
    for (status, not_executed) in [(401, true), (429, true), (503, false), (200, false)] {
        let error = Error::new(ErrorKind::LoginPage, "m").with_status(StatusCode::from_u16(status).unwrap());
        assert_eq!(error.not_executed(), not_executed, "{status}");
    }
}

#[test]
fn the_text_of_an_error_has_the_facts_that_are_known() {
    let bare = Error::new(ErrorKind::NotFound, "gone");
    assert_eq!(bare.to_string(), "gone");
    assert_eq!(format!("{bare:?}"), "Error(NotFound: gone)");
    for (error, text) in [
        (bare.clone().with_code(Some(String::new())), "gone"),
        (bare.clone().with_code(Some("0x1".into())), "gone (0x1)"),
        (bare.clone().with_attempts(1), "gone"),
        (bare.clone().with_attempts(2), "gone (after 2 attempts)"),
        (
            bare.clone()
                .with_request("GET a".into())
                .with_code(Some("0x1".into()))
                .with_status(StatusCode::NOT_FOUND)
                .with_request_id(Some("7".into()))
                .with_attempts(3),
            "GET a: gone (0x1, HTTP 404, request 7, after 3 attempts)",
        ),
        (bare.append_message("; again"), "gone; again"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

/// Returns the message of an error and those of the errors beneath it.
fn chain(error: &Error) -> Vec<String> {
    let mut texts = vec![error.message().to_owned()];
    let mut beneath = std::error::Error::source(error);
    while let Some(source) = beneath {
        texts.push(source.to_string());
        beneath = source.source();
    }
    texts
}

#[test]
fn each_part_of_an_error_is_redacted_and_the_others_stay() {
    const SECRET: &str = "s3cr3t~Value/with+odd=signs";
    let redactor = Redactor::default();
    redactor.remember(&secrecy::SecretString::from(SECRET));
    let source = |text: &str| std::io::Error::other(text.to_owned());
    let nested = |outer: &str, inner: &str| Error::new(ErrorKind::Connect, outer).with_source(source(inner));
    let base = || Error::new(ErrorKind::Service, "refused");
    let with_header = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("x-a", HeaderValue::try_from(value).unwrap());
        base().with_response(&headers, &Bytes::from_static(b"body"))
    };
    let (found, plain) = (format!("a {SECRET} b"), "a b");
    type Read = fn(&Error) -> Vec<String>;
    let of_header: Read = |error| vec![error.headers()["x-a"].to_str().unwrap().to_owned()];
    let of_body: Read = |error| vec![String::from_utf8(error.body().to_vec()).unwrap()];
    for (name, secret, other, read, kept) in [
        (
            "message",
            Error::new(ErrorKind::Service, &*found),
            Error::new(ErrorKind::Service, plain),
            chain as Read,
            &["a *** b"][..],
        ),
        (
            "code",
            base().with_code(Some(found.clone())),
            base().with_code(Some(plain.to_owned())),
            |error| vec![error.code().unwrap().to_owned()],
            &["a *** b"],
        ),
        (
            "request id",
            base().with_request_id(Some(found.clone())),
            base().with_request_id(Some(plain.to_owned())),
            |error| vec![error.request_id().unwrap().to_owned()],
            &["a *** b"],
        ),
        (
            "request",
            base().with_request(found.clone()),
            base().with_request(plain.to_owned()),
            |error| vec![error.to_string()],
            &["a *** b: refused"],
        ),
        ("body", base().with_body(&found), base().with_body(plain), of_body, &["a *** b"]),
        ("header", with_header(&found), with_header(plain), of_header, &["a *** b"]),
        (
            "source",
            base().with_source(source(&found)),
            base().with_source(source(plain)),
            chain,
            &["refused", "a *** b"],
        ),
        (
            "source of a source",
            base().with_source(nested("outer", &found)),
            base().with_source(nested("outer", plain)),
            chain,
            &["refused", "outer: a *** b"],
        ),
        (
            "source with a source",
            base().with_source(nested(&found, "inner")),
            base().with_source(nested(plain, "inner")),
            chain,
            &["refused", "a *** b: inner"],
        ),
    ] {
        assert_eq!(read(&secret.redacted(&redactor)), kept, "{name}");
        let before = read(&other);
        assert_eq!(read(&other.redacted(&redactor)), before, "{name} without a secret");
    }
}

#[test]
fn the_body_of_an_error_is_cut_and_has_no_cookies() {
    for (length, kept) in [
        (MAX_KEPT_BODY - 1, MAX_KEPT_BODY - 1),
        (MAX_KEPT_BODY, MAX_KEPT_BODY),
        (MAX_KEPT_BODY + 1, MAX_KEPT_BODY),
    ] {
        let body = "x".repeat(length);
        assert_eq!(Error::new(ErrorKind::Row, "m").with_body(&body).body().len(), kept);
        let mut headers = HeaderMap::new();
        headers.insert(SET_COOKIE, HeaderValue::from_static("secret"));
        headers.insert("x-a", HeaderValue::from_static("b"));
        let error = Error::new(ErrorKind::Row, "m").with_response(&headers, &body.into());
        assert_eq!((error.body().len(), error.headers().len()), (kept, 1));
    }
    let inner = r#"{"error":{"innererror":{"message":"m","type":"t","stacktrace":"s"}}}"#;
    let found = Error::new(ErrorKind::Service, "m").with_body(inner).inner_error().unwrap();
    assert_eq!(
        (found.message.as_str(), found.type_name.as_str(), found.stack_trace.as_str()),
        ("m", "t", "s")
    );
    assert!(Error::new(ErrorKind::Service, "m").with_body("{}").inner_error().is_none());
}
