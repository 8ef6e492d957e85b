//! The emulator over HTTP.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod bounded;
mod changes;
mod control;
mod credentials;
mod failing;
mod hostile;
mod metadata;
mod protected;
mod sign_in;

use dvkit_emulator::RunningEmulator;
use dvkit_schema::{Schema, Store};
use reqwest::{Client, StatusCode};
use serde_json::Value;

/// The sample organisation.
fn sample() -> Schema {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
    Store::open(folder).unwrap().load().unwrap()
}

async fn get(running: &RunningEmulator, path: &str) -> (StatusCode, String) {
    let request = Client::new().get(running.web_api() + path).bearer_auth(running.token("test"));
    let response = request.send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

async fn json(running: &RunningEmulator, path: &str) -> Value {
    let (status, text) = get(running, path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {text}");
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}: {text}"))
}
