//! Servers that never end: interim responses, headers, bodies, pauses, device codes. The client limits each
//! of them.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dvkit_client::auth::{Credentials, StaticToken};
use dvkit_client::{Client, ErrorKind, Request};
use flate2::Compression;
use flate2::write::GzEncoder;
use pretty_assertions::assert_eq;
use tokio::time::Instant;

/// The numbers of requests and of pieces that the server has seen and sent.
#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    /// The number of pieces written after the first.
    pieces: AtomicU64,
}

/// Runs a server in threads of its own. For each request it writes `head`, and then `again` until the client
/// stops reading.
fn serve(head: impl Into<Vec<u8>>, again: &'static [u8]) -> (String, Arc<Counts>) {
    let (head, counts) = (head.into(), Arc::new(Counts::default()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shared = Arc::clone(&counts);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let (head, counts) = (head.clone(), Arc::clone(&shared));
            std::thread::spawn(move || converse(connection.unwrap(), &head, again, &counts));
        }
    });
    (url, counts)
}

fn converse(mut connection: TcpStream, head: &[u8], again: &[u8], counts: &Counts) {
    let (mut asked, mut byte) = (Vec::new(), [0]);
    loop {
        asked.clear();
        while !asked.ends_with(b"\r\n\r\n") {
            match connection.read(&mut byte) {
                Ok(1) => asked.push(byte[0]),
                _ => return,
            }
        }
        counts.requests.fetch_add(1, Ordering::Relaxed);
        if connection.write_all(head).is_err() {
            return;
        }
        if !again.is_empty() {
            while connection.write_all(again).is_ok() {
                counts.pieces.fetch_add(1, Ordering::Relaxed);
                // The client reads interim responses one by one, which takes a while in a debug build.
                if again.starts_with(b"HTTP/1.1 1") {
                    std::thread::sleep(Duration::from_micros(200));
                }
            }
            return;
        }
    }
}

fn client(url: &str) -> Client {
    Client::builder(url).token_source(StaticToken::new("token")).build().unwrap()
}

fn asked(counts: &Counts) -> u64 {
    counts.requests.load(Ordering::Relaxed)
}

/// The clock stands still while bytes are under way (otherwise tokio would run ahead of the sockets), and is
/// advanced when enough have arrived.
#[tokio::test(start_paused = true)]
async fn endless_interim_responses_end_at_the_timeout() {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let hold = tokio::task::spawn_blocking(move || stopped.recv());
    for interim in [&b"HTTP/1.1 100 Continue\r\n\r\n"[..], b"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n"] {
        let (url, counts) = serve("", interim);
        let client = client(&url);
        let begin = Instant::now();
        let request = tokio::spawn(async move { client.send(Request::get("accounts")).await });
        let mut pieces = 0;
        while !request.is_finished() {
            let now = counts.pieces.load(Ordering::Relaxed);
            if now > pieces + 200 {
                pieces = now;
                tokio::time::advance(Duration::from_secs(60)).await;
            } else if begin.elapsed() >= Duration::from_secs(120) && asked(&counts) == 1 {
                // The wait before the second attempt.
                tokio::time::advance(Duration::from_millis(50)).await;
                std::thread::sleep(Duration::from_millis(1));
            }
            tokio::task::yield_now().await;
        }
        let error = request.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 2), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(600), "{:?}", begin.elapsed());
        assert_eq!(asked(&counts), 2);
    }
    drop(stop);
    let _ = hold.await;
}

#[tokio::test]
async fn endless_headers_are_an_error() {
    let (url, counts) = serve("HTTP/1.1 200 OK\r\n", b"x-a: 0123456789012345678901234567890123456789\r\n");
    let mut policy = dvkit_client::RetryPolicy::default();
    policy.first_wait = Duration::from_millis(1);
    policy.max_wait = Duration::from_millis(1);
    let client = Client::builder(&url).token_source(StaticToken::new("token")).retry(policy).build().unwrap();
    let error = client.send(Request::get("accounts")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Network, 5), "{error}");
    // The buffers of the system hold some bytes too.
    assert!(counts.pieces.load(Ordering::Relaxed) < 1_000_000);
}

#[tokio::test]
async fn an_endless_body_is_an_error() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let (url, _) = serve(head, b"10\r\n0123456789abcdef\r\n");
    let client = client(&url);
    let error = client.send(Request::get("accounts").max_bytes(1 << 20)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::TooLarge, 1));
    assert!(client.status().bytes <= (1 << 20) + (64 << 10), "{}", client.status().bytes);
}

#[tokio::test]
async fn an_endless_compressed_body_is_an_error() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        packed.write_all(&[b' '; 1 << 20]).unwrap();
    }
    let packed = packed.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    );
    let (url, _) = serve([head.as_bytes(), &packed].concat(), b"");
    let client = client(&url);
    let error = client.send(Request::get("accounts").max_bytes(1 << 20)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    assert!(client.status().bytes <= 2 << 20, "{} of 64 MiB", client.status().bytes);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (elsewhere, there) = serve("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", b"");
    for status in [301, 302, 303, 307, 308] {
        let head = format!("HTTP/1.1 {status} x\r\nlocation: {elsewhere}/\r\ncontent-length: 0\r\n\r\n");
        let (url, here) = serve(head, b"");
        let error = client(&url).send(Request::get("accounts")).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unexpected | ErrorKind::LoginPage), "{error}");
        assert_eq!((asked(&here), asked(&there)), (1, 0));
    }
}

/// A pause that is longer than the client waits is reported at once, also to later requests, which are not
/// sent.
#[tokio::test]
async fn a_pause_that_is_too_long_is_reported_at_once() {
    for (status, after) in [
        ("429 Too Many Requests", "31536000"),
        ("429 Too Many Requests", "99999999999999999999999999"),
        ("429 Too Many Requests", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ("429 Too Many Requests", "Friday, 31-Dec-49 23:59:59 GMT"),
        ("503 Service Unavailable", "901"),
    ] {
        let head = format!("HTTP/1.1 {status}\r\nretry-after: {after}\r\ncontent-length: 0\r\n\r\n");
        let (url, counts) = serve(head, b"");
        let client = client(&url);
        let begin = std::time::Instant::now();
        let error = client.send(Request::get("accounts")).await.unwrap_err();
        assert_eq!((error.attempts(), asked(&counts)), (1, 1), "{error}");
        let said = error.to_string();
        assert!(said.contains("the service asks to wait ") && said.contains("15 min"), "{said}");
        let later = client.send(Request::get("contacts")).await.unwrap_err();
        assert_eq!((later.kind(), later.attempts(), asked(&counts)), (ErrorKind::Throttled, 0, 1), "{later}");
        assert!(
            later.is_transient() && later.not_executed() && later.to_string().contains("not sent"),
            "{later}"
        );
        assert!(client.status().paused_for.is_some_and(|pause| pause > Duration::from_secs(900)));
        // No time is measured: a client that waited would wait for a quarter of an hour.
        assert!(begin.elapsed() < Duration::from_secs(800));
    }
}

/// A negative pause is ignored, and a past date means no pause: the next attempt is sent.
#[tokio::test]
async fn an_invalid_or_past_pause_is_ignored() {
    for after in ["-1", "-99999999999999", "soon", "Sun, 06 Nov 1994 08:49:37 GMT", "0"] {
        let head = format!("HTTP/1.1 503 x\r\nretry-after: {after}\r\ncontent-length: 0\r\n\r\n");
        let (url, counts) = serve(head, b"");
        let mut policy = dvkit_client::RetryPolicy::default();
        policy.max_attempts = 3;
        policy.first_wait = Duration::from_millis(1);
        let client =
            Client::builder(&url).token_source(StaticToken::new("token")).retry(policy).build().unwrap();
        let error = client.send(Request::get("accounts")).await.unwrap_err();
        assert_eq!((error.attempts(), asked(&counts)), (3, 3), "{after}: {error}");
    }
}

#[tokio::test]
async fn an_endless_response_to_a_sign_in_is_an_error() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let (url, _) = serve(head, b"10\r\n0123456789abcdef\r\n");
    // The organisation's 401 says where to sign in. Here it never ends, so no sign-in is attempted.
    let error = Client::builder(&url)
        .credentials(Credentials::client_secret("app", "secret"))
        .build()
        .unwrap()
        .send(Request::get("accounts"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignIn, "{error}");
}
