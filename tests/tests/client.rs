//! The client against the emulator: sign-in, throttling, faults, and the service's protection limits for the
//! pacer.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use dvkit_client::auth::{Credentials, StaticToken};
use dvkit_client::throttle::Limits;
use dvkit_client::{Client, ErrorKind, Request, RetryPolicy};
use dvkit_emulator::{DeviceSignIn, Emulator, FaultScript, RunningEmulator};
use dvkit_schema::{Schema, Table};
use pretty_assertions::assert_eq;
use serde_json::Value;

fn schema() -> Schema {
    let account =
        Table { logical_name: "account".into(), entity_set: Some("accounts".into()), ..Table::default() };
    Schema { tables: [("account".into(), account)].into(), ..Schema::default() }
}

/// Returns a retry policy with very short waits.
fn quick() -> RetryPolicy {
    let mut policy = RetryPolicy::default();
    policy.first_wait = Duration::from_millis(5);
    policy.max_wait = Duration::from_millis(20);
    policy
}

fn client(running: &RunningEmulator) -> Client {
    let token = StaticToken::new(running.token("ann"));
    Client::builder(running.url()).token_source(token).retry(quick()).build().unwrap()
}

async fn who(client: &Client) -> dvkit_client::Result<Value> {
    client.get_json("WhoAmI()").await
}

/// Sends a GET request, and returns the head of the response.
fn get(url: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut connection = TcpStream::connect(host.replace("localhost", "127.0.0.1")).unwrap();
    write!(connection, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sign_in_method_works_against_the_emulator() {
    let running = Emulator::builder(schema())
        .application("app", "secret")
        .device_sign_in(DeviceSignIn::After(0))
        .start()
        .await
        .unwrap();
    let build = |credentials| Client::builder(running.url()).credentials(credentials).build().unwrap();
    who(&build(Credentials::client_secret("app", "secret"))).await.unwrap();
    let error = who(&build(Credentials::client_secret("app", "other"))).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::SignIn, Some("invalid_client")));

    let by_browser = build(Credentials::browser("app", |url| {
        let url = url.to_string();
        std::thread::spawn(move || {
            let answer = get(&url);
            let line = answer.lines().find(|line| line.to_lowercase().starts_with("location:"));
            get(line.unwrap_or_else(|| panic!("{answer}")).split_once(": ").unwrap().1.trim());
        });
    }));
    who(&by_browser).await.unwrap();
    let prompt = |prompt: &dvkit_client::auth::DevicePrompt| assert!(!prompt.user_code.is_empty());
    who(&build(Credentials::device_code("app", prompt))).await.unwrap();

    // An access token that expires early is renewed with the refresh token; an expired refresh token needs a
    // person.
    running.expire_tokens();
    who(&by_browser).await.unwrap();
    assert_eq!(by_browser.account().tokens_fetched(), 2);
    running.expire_tokens();
    running.revoke_refresh_tokens();
    assert_eq!(who(&by_browser).await.unwrap_err().kind(), ErrorKind::NeedsSignIn);
    running.stop().await;
}

#[tokio::test]
async fn transient_faults_are_retried_without_an_error() {
    let running = Emulator::builder(schema()).start().await.unwrap();
    for script in [
        "1: 429 after 1",
        "1..2: 503",
        "1: 502",
        "1: 504 date 1",
        "1: reset",
        "1: truncate 5",
        "1: slow 1",
        "1: delay 50",
        "1: empty",
        "1: duplicate",
    ] {
        let script: FaultScript = script.parse().unwrap();
        running.faults(script.clone());
        let answer = who(&client(&running)).await;
        assert!(answer.is_ok(), "{script:?}: {answer:?}");
    }
    // Faults that the token causes are resolved with another token.
    for script in ["1: expired-token", "1: login-page"] {
        let credentials = Credentials::client_secret("app", "any");
        let client = Client::builder(running.url()).credentials(credentials).build().unwrap();
        who(&client).await.unwrap();
        running.faults(script.parse().unwrap());
        who(&client).await.unwrap();
        assert_eq!(client.account().tokens_fetched(), 2, "{script}");
    }
    running.faults("always: login-page".parse().unwrap());
    assert_eq!(who(&client(&running)).await.unwrap_err().kind(), ErrorKind::LoginPage);
    running.faults("always: 503".parse().unwrap());
    let error = who(&client(&running)).await.unwrap_err();
    assert_eq!((error.status().map(|s| s.as_u16()), error.attempts()), (Some(503), 12));
    running.stop().await;
}

/// Sends many requests from eight workers. Returns how many were refused with 429, and the duration.
async fn flood(limits: Option<Limits>) -> (usize, u64) {
    let protection = dvkit_emulator::Limits {
        requests: 30,
        window: Duration::from_secs(1),
        ..dvkit_emulator::Limits::default()
    };
    let running = Emulator::builder(schema()).limits(protection).dop_hint(Some(8)).start().await.unwrap();
    let token = StaticToken::new(running.token("ann"));
    let mut client = Client::builder(running.url()).token_source(token);
    if let Some(limits) = limits {
        client = client.limits(limits);
    }
    let client = client.build().unwrap();
    let all = (0..8).map(|_| {
        let client = client.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                client.send(Request::get("WhoAmI()")).await.unwrap();
            }
        })
    });
    for worker in all.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    let refused = running.requests().iter().filter(|seen| seen.status == 429).count();
    let throttled = client.status().throttled;
    running.stop().await;
    (refused, throttled)
}

#[tokio::test]
async fn no_request_is_refused_if_the_limits_are_known() {
    let mut limits = Limits::default();
    (limits.requests, limits.window) = (30, Duration::from_secs(1));
    assert_eq!(flood(Some(limits)).await, (0, 0));
}

#[tokio::test]
async fn unknown_limits_cost_only_a_few_refusals() {
    let (refused, throttled) = flood(None).await;
    // At most the requests in flight when the service first refused one, for each of the windows.
    assert!((1..=24).contains(&refused), "{refused}");
    assert_eq!(refused as u64, throttled);
}
