//! Responses that are read piece by piece: their heads, their pieces, and the limits of both.

use std::time::Duration;

use axum::http;
use bytes::Bytes;
use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, ErrorKind, Request, RetryPolicy, Transport, TransportError, reqwest};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http_body_util::{BodyExt as _, Full, StreamBody};
use pretty_assertions::assert_eq;

use super::fake::{client, refusal, reply};

/// A part of a body as it arrives.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// These bytes.
    Bytes(&'static str),
    /// Bytes after so many seconds.
    After(u64, &'static str),
    /// The connection breaks.
    Broken,
}

/// Returns a client of a service that answers every request with these parts.
fn sends(parts: &'static [Part]) -> Client {
    let answer = move |_: http::Request<reqwest::Body>| async move {
        let frames = stream::iter(parts).then(|part| async move {
            let bytes = match part {
                Part::Bytes(bytes) => *bytes,
                Part::After(seconds, bytes) => {
                    tokio::time::sleep(Duration::from_secs(*seconds)).await;
                    *bytes
                }
                Part::Broken => return Err(std::io::Error::other("broken")),
            };
            let mut full = Full::new(Bytes::from_static(bytes.as_bytes()));
            Ok(full.frame().await.unwrap().unwrap_or_else(|never| match never {}))
        });
        let body = reqwest::Body::wrap(StreamBody::new(frames));
        Ok::<_, TransportError>(http::Response::builder().header("x-own", "1").body(body).unwrap())
    };
    Client::builder("http://127.0.0.1:1")
        .token_source(StaticToken::new("secret-of-many-letters"))
        .retry(RetryPolicy::none())
        .layer(tower_layer::layer_fn(move |_: Transport| tower::service_fn(answer)))
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_head_of_a_streamed_response_is_known_before_its_body() {
    let (client, log) = client(|_, _| reply(200, &[("x-own", "1"), ("etag", "2")], "0123456789"));
    let mut response = client.stream(Request::get("a?$select=secret")).await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers().len()), (200, 2));
    assert_eq!((response.header("X-Own"), response.header("x-other")), (Some("1"), None));
    assert_eq!(format!("{response:?}"), r#"Response { status: 200, request: "GET a", bytes: 0, .. }"#);
    assert_eq!(client.status().bytes, 0, "nothing of the body was read");
    assert_eq!(response.chunk().await.unwrap().unwrap(), "0123456789");
    assert_eq!(client.status().bytes, 10);
    assert!(response.chunk().await.unwrap().is_none());
    assert_eq!(log.lines(), ["GET a?$select=secret"]);
}

#[tokio::test]
async fn a_body_comes_in_the_pieces_in_which_it_was_sent() {
    const PARTS: &[Part] = &[Part::Bytes("ab"), Part::Bytes("c"), Part::Bytes("def")];
    let client = sends(PARTS);
    let pieces: Vec<Bytes> =
        client.stream(Request::get("a")).await.unwrap().into_stream().try_collect().await.unwrap();
    assert_eq!(pieces, ["ab", "c", "def"]);
    assert_eq!(client.status().bytes, 6);
    // The limit of the client does not apply; that of the request counts all pieces.
    for (limit, read) in
        [(None, 6), (Some(7), 6), (Some(6), 6), (Some(5), 3), (Some(3), 3), (Some(2), 2), (Some(1), 0)]
    {
        let small = client.with(|options| options.max_bytes(1));
        let request = match limit {
            None => Request::get("a"),
            Some(limit) => Request::get("a").max_bytes(limit),
        };
        let mut stream = small.stream(request).await.unwrap().into_stream();
        let mut bytes = 0;
        let mut end = None;
        while let Some(piece) = stream.next().await {
            match piece {
                Ok(piece) => bytes += piece.len(),
                Err(error) => end = Some(error.kind()),
            }
        }
        assert_eq!(bytes, read, "{limit:?}");
        assert_eq!(end, (read < 6).then_some(ErrorKind::TooLarge), "{limit:?}");
    }
}

/// A body of any length may take any time, as long as it goes on.
#[tokio::test(start_paused = true)]
async fn each_piece_of_a_body_has_a_time_limit_of_its_own() {
    const PARTS: &[Part] =
        &[Part::After(90, "a"), Part::After(90, "b"), Part::After(119, "c"), Part::After(121, "d")];
    for (of_client, of_request, read, message) in [
        (None, None, "abc", "GET a: the response stopped for 120s"),
        (Some(100), None, "ab", "GET a: the response stopped for 100s"),
        (Some(100), Some(122), "abcd", ""),
        (None, Some(60), "", "GET a: the response stopped for 60s"),
    ] {
        let client = sends(PARTS).with(|options| match of_client {
            None => options,
            Some(seconds) => options.timeout(Duration::from_secs(seconds)),
        });
        let request = match of_request {
            None => Request::get("a"),
            Some(seconds) => Request::get("a").timeout(Duration::from_secs(seconds)),
        };
        let mut response = client.stream(request).await.unwrap();
        let (mut text, mut end) = (String::new(), String::new());
        loop {
            match response.chunk().await {
                Ok(Some(piece)) => text.push_str(std::str::from_utf8(&piece).unwrap()),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Timeout);
                    end = error.to_string();
                    break;
                }
            }
        }
        assert_eq!((text.as_str(), end.as_str()), (read, message), "{of_client:?}, {of_request:?}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error_that_names_the_request() {
    const PARTS: &[Part] = &[Part::Bytes("ab"), Part::Broken];
    let mut response = sends(PARTS).stream(Request::get("a?$select=secret")).await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "ab");
    let error = response.chunk().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(error.to_string(), "GET a: the connection broke before the response was complete");
}

#[tokio::test]
async fn an_error_and_a_page_are_no_streams() {
    let (client, _) = client(|number, _| match number {
        0 => refusal(404),
        1 => reply(200, &[("content-type", "text/html")], "<html><title>Proxy</title>"),
        _ => reply(200, &[("content-type", "application/octet-stream")], "<html><title>a file</title>"),
    });
    let error = client.stream(Request::get("a")).await.unwrap_err();
    assert_eq!(error.to_string(), "GET a: refused (0x1, HTTP 404)");
    let error = client.stream(Request::get("a")).await.unwrap_err();
    assert_eq!((error.kind(), error.status().map(|s| s.as_u16())), (ErrorKind::Gateway, Some(200)));
    assert!(error.to_string().starts_with("GET a: an HTML page came instead of data"), "{error}");
    let mut file = client.stream(Request::get("a")).await.unwrap();
    assert_eq!(file.chunk().await.unwrap().unwrap(), "<html><title>a file</title>");
}

#[tokio::test]
async fn a_token_in_a_response_is_recognised_and_masked() {
    const PARTS: &[Part] = &[Part::Bytes("ab")];
    let client = sends(PARTS);
    let text = "Bearer secret-of-many-letters";
    assert_eq!(
        (client.redact(text).as_ref(), client.echoes_token(text.as_bytes())),
        (text, false),
        "not sent yet"
    );
    client.stream(Request::get("a")).await.unwrap();
    assert_eq!((client.redact(text).as_ref(), client.echoes_token(text.as_bytes())), ("Bearer ***", true));
    assert_eq!((client.redact("ab").as_ref(), client.echoes_token(b"ab")), ("ab", false));
}
