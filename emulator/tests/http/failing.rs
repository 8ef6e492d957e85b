//! Service protection limits, and faults on demand.

use std::time::{Duration, Instant};

use dvkit_emulator::{Clock, Emulator, Limits, RunningEmulator};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

use super::{get, json, sample};

async fn plain(running: &RunningEmulator, path: &str) -> reqwest::Result<Response> {
    Client::new().get(running.web_api() + path).bearer_auth(running.token("test")).send().await
}

#[tokio::test]
async fn too_many_requests_are_refused_until_the_window_has_moved() {
    let clock = Clock::stopped("2026-01-01T00:00:00Z".parse().unwrap());
    let limits = Limits { requests: 3, servers: 2, ..Limits::default() };
    let running = Emulator::builder(sample()).clock(clock.clone()).limits(limits).start().await.unwrap();
    let client = Client::new();
    let token = running.token("test");
    // A client without cookies reaches each server in turn.
    let ask = async || client.get(running.web_api() + "WhoAmI").bearer_auth(&token).send().await.unwrap();
    for left in ["2", "2", "1", "1", "0", "0"] {
        let answer = ask().await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["x-ms-ratelimit-burst-remaining-xrm-requests"], left);
    }
    clock.advance(Duration::from_secs(100));
    let refused = ask().await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "200");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["error"]["code"], "0x80072322");
    clock.advance(Duration::from_secs(200));
    assert_eq!(ask().await.status(), StatusCode::OK);
    // A client with the cookie stays on its server.
    let ask = async || {
        let request = client.get(running.web_api() + "WhoAmI").bearer_auth(running.token("other"));
        request.header("cookie", "a=b; ARRAffinity=1").send().await.unwrap().status().as_u16()
    };
    assert_eq!([ask().await, ask().await, ask().await, ask().await], [200, 200, 200, 429]);
}

#[tokio::test]
async fn a_script_decides_the_faults() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let follow = |script: &str| running.faults(script.parse().unwrap());

    follow("1..2 on WhoAmI: 429 after 7\n3 on WhoAmI: 503 date 60\n4 on WhoAmI: 429");
    let answer = plain(&running, "WhoAmI").await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    plain(&running, "WhoAmI").await.unwrap();
    let answer = plain(&running, "WhoAmI").await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers()["retry-after"].to_str().unwrap().ends_with(" GMT"));
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert_eq!(plain(&running, "WhoAmI").await.unwrap().headers().get("retry-after"), None);
    assert_eq!(plain(&running, "WhoAmI").await.unwrap().status(), StatusCode::OK);

    follow("1: reset\n2: truncate 3000\n3: login-page\n4: expired-token\n5: empty\n6: duplicate");
    assert!(plain(&running, "$metadata").await.is_err());
    assert!(plain(&running, "$metadata").await.unwrap().bytes().await.is_err());
    let (status, page) = get(&running, "WhoAmI").await;
    assert!(status == StatusCode::OK && page.starts_with("<!DOCTYPE html>"));
    assert!(plain(&running, "WhoAmI").await.unwrap().headers().contains_key("www-authenticate"));
    assert_eq!(get(&running, "WhoAmI").await, (StatusCode::OK, String::new()));
    let twice = json(&running, "EntityDefinitions?$select=LogicalName").await;
    assert_eq!(twice["value"].as_array().unwrap().len(), 2 * running.schema().tables.len());

    follow("1: slow 1\n2: delay 30");
    assert!(get(&running, "$metadata").await.1.ends_with("</edmx:Edmx>\n"));
    let before = Instant::now();
    assert_eq!(get(&running, "WhoAmI").await.0, StatusCode::OK);
    assert!(before.elapsed() >= Duration::from_millis(30));
    let statuses: Vec<_> = running.requests().iter().map(|seen| seen.status).collect();
    assert_eq!(statuses, [429, 429, 503, 429, 200, 0, 200, 200, 401, 200, 200, 200, 200]);
}

#[tokio::test]
async fn large_responses_are_compressed_on_request() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let ask = async |accepted: &str| {
        let client = Client::builder().no_gzip().build().unwrap();
        let request = client.get(running.web_api() + "$metadata").bearer_auth(running.token("test"));
        request.header("accept-encoding", accepted).send().await.unwrap()
    };
    let small = ask("br, gzip;q=0.5").await;
    assert_eq!(small.headers()["content-encoding"], "gzip");
    let small = small.bytes().await.unwrap().len();
    let great = ask("gzip;q=0, identity").await;
    assert_eq!(great.headers().get("content-encoding"), None);
    assert!(small * 5 < great.bytes().await.unwrap().len());
}
