//! The limits of the emulator: connections, the time for their heads, the trace, large responses; and the
//! hosts that it responds to.

use std::time::Duration;

use dvkit_emulator::{Emulator, RunningEmulator};
use reqwest::{Client, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{get, sample};

fn address(running: &RunningEmulator) -> String {
    running.url().trim_start_matches("http://").to_owned()
}

/// Sends these bytes and returns everything that is received until the connection ends.
async fn raw(running: &RunningEmulator, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address(running)).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The clock advances while everything waits, so a connection that would be held for ever is closed.
#[tokio::test(start_paused = true)]
async fn silent_connections_are_closed() {
    let running = Emulator::builder(sample()).header_timeout(Duration::from_secs(5)).start().await.unwrap();
    let begin = tokio::time::Instant::now();
    for half in ["", "GET / HT", "GET / HTTP/1.1\r\nhost: localhost\r\nx: "] {
        let mut stream = TcpStream::connect(address(&running)).await.unwrap();
        stream.write_all(half.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!String::from_utf8_lossy(&answer).contains(" 200 "));
    }
    assert!(begin.elapsed() >= Duration::from_secs(10), "{:?}", begin.elapsed());
}

/// Connections beyond the limit wait until another one ends, and are answered then.
#[tokio::test]
async fn the_number_of_connections_is_limited() {
    let running = Emulator::builder(sample()).max_connections(2).start().await.unwrap();
    let request = "GET /x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let held = [
        TcpStream::connect(address(&running)).await.unwrap(),
        TcpStream::connect(address(&running)).await.unwrap(),
    ];
    let mut third = TcpStream::connect(address(&running)).await.unwrap();
    third.write_all(request.as_bytes()).await.unwrap();
    let mut byte = [0];
    // Both connections are held: nothing is received, however often the emulator runs.
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert!(third.try_read(&mut byte).is_err());
    assert!(running.requests().is_empty());
    drop(held);
    let mut answer = String::new();
    third.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

#[tokio::test]
async fn only_requests_to_loopback_names_are_answered() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let port = address(&running).rsplit(':').next().unwrap().to_owned();
    let (token, path) = (running.token("ann"), "/api/data/v9.2/EntityDefinitions?$select=LogicalName");
    let ask = async |target: &str, version: &str, hosts: &[&str], more: &str| {
        let hosts: String = hosts.iter().map(|host| format!("host: {host}\r\n")).collect();
        let head = format!(
            "GET {target} HTTP/{version}\r\n{hosts}{more}authorization: Bearer {token}\r\nconnection: close\r\n\r\n"
        );
        raw(&running, &head).await
    };
    let here = [
        format!("localhost:{port}"),
        format!("127.0.0.1:{port}"),
        format!("[::1]:{port}"),
        "localhost".to_owned(),
    ];
    for host in &here {
        let answer = ask(path, "1.1", &[host], "origin: https://evil.example\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("LogicalName"), "{host}: {answer}");
        assert!(!answer.to_lowercase().contains("access-control"), "{answer}");
    }
    let local = here[0].as_str();
    for (target, version, hosts, status) in [
        (path, "1.1", &["evil.example"][..], 421),
        (path, "1.1", &["localhost.evil.example"], 421),
        (path, "1.1", &["localhost:1"], 421),
        (path, "1.0", &["evil.example"], 421),
        (path, "1.0", &[], 400),
        (path, "1.1", &[], 400),
        (path, "1.1", &[local, "evil.example"], 400),
        (&format!("http://evil.example{path}"), "1.1", &[local], 421),
        (&format!("http://localhost:{port}{path}"), "1.1", &["evil.example"], 421),
    ] {
        let answer = ask(target, version, hosts, "").await;
        assert!(
            answer.contains(&format!(" {status} ")) && !answer.contains("account"),
            "{hosts:?}: {answer}"
        );
        if status == 421 {
            assert!(answer.contains("on this machine alone"), "{answer}");
        }
    }
    let answer = ask(&format!("http://{local}{path}"), "1.1", &[local], "").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // The same applies to the sign-in, because a web page can send a form anywhere.
    let form = "POST /t/oauth2/v2.0/token HTTP/1.1\r\nhost: evil.example\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                content-length: 0\r\nconnection: close\r\n\r\n";
    assert!(raw(&running, form).await.contains(" 421 "));
    assert!(running.requests().iter().any(|seen| seen.status == 421), "the trace tells it");
}

#[tokio::test]
async fn long_urls_are_cut_in_the_trace() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let long = format!("EntityDefinitions?$filter={}", "a".repeat(60_000));
    for _ in 0..20 {
        assert_eq!(get(&running, &long).await.0, StatusCode::URI_TOO_LONG);
    }
    let seen = running.requests();
    assert_eq!(seen.len(), 20);
    assert!(seen.iter().all(|seen| seen.url.len() < 2_100 && seen.url.ends_with('…')));
}

#[tokio::test]
async fn large_responses_are_rendered_once() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let before = running.responses_rendered();
    let mut bodies = Vec::new();
    for _ in 0..20 {
        let (status, body) = get(&running, "EntityDefinitions").await;
        assert_eq!(status, StatusCode::OK);
        bodies.push(body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    assert_eq!(running.responses_rendered() - before, 1);
    // Metadata that has changed is rendered again.
    running.change(|schema| drop(schema.tables.remove("account")));
    let (_, body) = get(&running, "EntityDefinitions").await;
    assert!(bodies[0].contains("\"account\"") && !body.contains("\"LogicalName\":\"account\""));
}

#[tokio::test]
async fn the_length_of_stored_fields_is_limited() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let form = format!("grant_type=client_credentials&client_id={}&client_secret=x", "a".repeat(10_000));
    let request = Client::new()
        .post(running.token_endpoint())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
}
