//! The emulator over HTTP.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::net::SocketAddr;
use std::time::Duration;

use dvkit_emulator::{Clock, Emulator, Running};
use dvkit_schema::{Schema, Store};
use reqwest::{Client, StatusCode};
use serde_json::Value;

/// The sample organisation.
fn sample() -> Schema {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
    Store::open(folder).unwrap().load().unwrap()
}

async fn get(running: &Running, path: &str) -> (StatusCode, String) {
    let request = Client::new().get(running.web_api() + path).bearer_auth(running.token("test"));
    let response = request.send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

async fn json(running: &Running, path: &str) -> Value {
    let (status, text) = get(running, path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {text}");
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}: {text}"))
}

#[tokio::test]
async fn who_has_no_token_is_told_where_to_get_one() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let response = Client::new().get(running.web_api() + "WhoAmI").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let challenge = response.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains(&format!("authorization_uri={}/oauth2/authorize", running.authority())));

    let form = [("grant_type", "client_credentials"), ("client_id", "app"), ("client_secret", "s")];
    let answer = Client::new().post(running.token_endpoint()).form(&form).send().await.unwrap();
    let token: Value = answer.json().await.unwrap();
    let token = token["access_token"].as_str().unwrap();
    let response = Client::new().get(running.web_api() + "WhoAmI").bearer_auth(token).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    running.stop().await;
}

#[tokio::test]
async fn tokens_end_when_the_clock_says_so() {
    let clock = Clock::stopped("2026-01-01T00:00:00Z".parse().unwrap());
    let builder = Emulator::builder(sample()).clock(clock.clone()).token_lifetime(Duration::from_secs(60));
    let running = builder.start().await.unwrap();
    let token = running.token("test");
    let status = async || {
        let request = Client::new().get(running.web_api() + "RetrieveVersion()").bearer_auth(&token);
        request.send().await.unwrap().status()
    };
    clock.advance(Duration::from_secs(59));
    assert_eq!(status().await, StatusCode::OK);
    clock.advance(Duration::from_secs(1));
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let anywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let error = Emulator::builder(sample()).address(anywhere).start().await.unwrap_err();
    assert!(error.to_string().contains("loopback only"), "{error}");
}

#[tokio::test]
async fn metadata_is_read_in_three_ways() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let tables = running.schema().tables.len();
    let changes = json(&running, "RetrieveMetadataChanges()").await;
    assert_eq!(changes["EntityMetadata"].as_array().unwrap().len(), tables);
    let definitions = json(&running, "EntityDefinitions").await;
    assert_eq!(definitions["value"].as_array().unwrap().len(), tables);
    let (status, csdl) = get(&running, "$metadata").await;
    assert_eq!(status, StatusCode::OK);
    assert!(csdl.contains("<EntityType Name=\"account\""));
}
