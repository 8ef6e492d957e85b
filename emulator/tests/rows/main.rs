//! Rows over HTTP: what a client sends, and what the emulator answers.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod activity;
mod annotations;
mod background;
mod batch;
mod bulk;
mod changes;
mod control;
mod coverage;
mod crash;
mod create;
mod delete;
mod direct;
mod fabrikam;
mod fetchxml;
mod files;
mod first;
mod impersonation;
mod kept_plans;
mod metadata_writes;
mod model;
mod money;
mod mutated;
mod odata;
mod operations;
mod owner;
mod paging;
mod relate;
mod relationship_writes;
mod search;
mod seeds;
mod sequences;
mod sql;
mod state;
mod system_rows;
mod update;
mod upsert;

use dvkit_emulator::{Clock, Emulator, EmulatorBuilder, RunningEmulator};
use dvkit_schema::{Schema, Store};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

/// The sample organisation.
fn sample() -> Schema {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
    Store::open(folder).unwrap().load().unwrap()
}

/// An emulator of the sample organisation whose clock is stopped.
fn builder() -> EmulatorBuilder {
    Emulator::builder(sample()).clock(Clock::stopped("2026-11-29T12:00:00Z".parse().unwrap()))
}

/// A running emulator with a client.
struct Api {
    running: RunningEmulator,
    client: Client,
}

/// A response: status, headers, and the body as JSON (null if it is empty or not JSON).
struct Answer {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    text: String,
    json: Value,
}

impl Answer {
    /// Returns a header as text; empty if it is missing.
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// Returns the id of the written row.
    fn id(&self) -> String {
        let address = self.header("odata-entityid");
        let (_, id) = address.rsplit_once('(').unwrap_or_else(|| panic!("{}: {}", self.status, self.text));
        id.trim_end_matches(')').to_owned()
    }

    /// Returns the values of a member in all rows of a collection.
    fn all(&self, member: &str) -> Vec<Value> {
        let rows = self.json["value"].as_array().unwrap_or_else(|| panic!("{}: {}", self.status, self.text));
        rows.iter().map(|row| row[member].clone()).collect()
    }
}

impl Api {
    async fn start() -> Self {
        Self::of(builder()).await
    }

    async fn of(builder: EmulatorBuilder) -> Self {
        Self { running: builder.start().await.unwrap(), client: Client::new() }
    }

    /// Returns a request; `path` may be the whole URL of a row.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { self.running.web_api() + path };
        self.client.request(method, url).bearer_auth(self.running.token("ann"))
    }

    async fn send(request: RequestBuilder) -> Answer {
        let response: Response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, json }
    }

    async fn get(&self, path: &str) -> Answer {
        Self::send(self.request(Method::GET, path)).await
    }

    /// Reads with the header `Prefer`.
    async fn get_preferring(&self, path: &str, prefer: &str) -> Answer {
        Self::send(self.request(Method::GET, path).header("prefer", prefer)).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        Self::send(self.request(Method::POST, path).json(&body)).await
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        Self::send(self.request(Method::PATCH, path).json(&body)).await
    }

    async fn delete(&self, path: &str) -> Answer {
        Self::send(self.request(Method::DELETE, path)).await
    }

    /// Checks that the column `versionnumber` of a row has the version in the row's ETag.
    async fn assert_version(&self, path: &str) {
        let row = self.get(&format!("{path}?$select=versionnumber")).await;
        let tag = format!("W/\"{}\"", row.json["versionnumber"]);
        assert_eq!(row.json["@odata.etag"], tag.as_str(), "{path}: {}", row.text);
    }

    /// Creates a row, which has to succeed, and returns its id.
    async fn create(&self, set: &str, body: Value) -> String {
        let answer = self.post(set, body).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
        answer.id()
    }
}
