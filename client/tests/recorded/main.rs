//! The client against a server that records what it is sent: bulk loads and their journals, batches whose
//! answers come in another order, and the headers of every option. What needs no server, or another clock, has a
//! transport that answers itself.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod background;
mod builder;
mod bulk;
mod bulk_results;
mod fake;
mod files;
mod options;
mod paging;
mod search;
mod streams;
mod told;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::IntoResponse;
use dvkit_client::auth::StaticToken;
use dvkit_client::{Batch, ChangeSet, Client, Request, RetryPolicy};
use serde_json::{Value, json};

/// A request as it was received, or an operation of a batch.
#[derive(Debug, Clone)]
struct Seen {
    /// The method and the target after the root of the Web API.
    line: String,
    headers: HeaderMap,
    body: String,
}

impl Seen {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The names of the rows in the body of a bulk message, or the one name of a row.
    fn names(&self) -> Vec<String> {
        let body = self.json();
        let name = |row: &Value| row["name"].as_str().unwrap_or("-").to_owned();
        match body["Targets"].as_array() {
            Some(rows) => rows.iter().map(name).collect(),
            None => vec![name(&body)],
        }
    }
}

/// A status and a body.
type Answer = (u16, String);

fn good() -> Answer {
    (204, String::new())
}

fn bad(status: u16, code: &str) -> Answer {
    (status, json!({ "error": { "code": code, "message": "refused" } }).to_string())
}

/// What a server was sent, in the order in which it came. The operations of a batch follow their batch.
type Record = Arc<Mutex<Vec<Seen>>>;

/// Starts a server that answers each request, and each operation of a batch, with `answer`; returns a client
/// of it and the record. `backwards` has the answers to a change set in the opposite order.
async fn serve(
    backwards: bool,
    answer: impl Fn(&Seen) -> Answer + Clone + Send + Sync + 'static,
) -> (Client, Record) {
    let record = Record::default();
    let own = Arc::clone(&record);
    let handle = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let (answer, record) = (answer.clone(), Arc::clone(&own));
        async move {
            let target = uri.to_string();
            let target = target.strip_prefix("/api/data/v9.2/").unwrap_or(&target);
            let body = String::from_utf8_lossy(&body).into_owned();
            let seen = Seen { line: format!("{method} {target}"), headers, body };
            record.lock().unwrap().push(seen.clone());
            if target == "$batch" {
                return batch(&seen, backwards, &|part| {
                    record.lock().unwrap().push(part.clone());
                    answer(part)
                });
            }
            let (status, body) = answer(&seen);
            let kind = [("content-type", "application/json")];
            (StatusCode::from_u16(status).unwrap(), kind, body).into_response()
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handle)).await });
    let mut policy = RetryPolicy::default();
    policy.first_wait = Duration::from_millis(1);
    policy.max_wait = Duration::from_millis(2);
    let client =
        Client::builder(&url).token_source(StaticToken::new("secret")).retry(policy).build().unwrap();
    (client, record)
}

/// Answers the operations of a batch.
fn batch(seen: &Seen, backwards: bool, answer: &dyn Fn(&Seen) -> Answer) -> axum::response::Response {
    let boundary = |headers: &str| {
        headers
            .split("boundary=")
            .nth(1)
            .map(|rest| rest.lines().next().unwrap_or(rest).trim_matches('"').trim().to_owned())
    };
    let outer = boundary(seen.headers["content-type"].to_str().unwrap()).unwrap();
    let parts = |body: &str, boundary: &str| -> Vec<String> {
        let mark = format!("--{boundary}");
        let parts = body.split(&mark).skip(1);
        parts.take_while(|part| !part.starts_with("--")).map(str::to_owned).collect()
    };
    let one = |part: &str| {
        let (head, request) = part.trim_start().split_once("\r\n\r\n").unwrap();
        let (request, body) = request.split_once("\r\n\r\n").unwrap_or((request, ""));
        let line = request.lines().next().unwrap().strip_suffix(" HTTP/1.1").unwrap();
        let id = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-id:"));
        let headers =
            request.lines().skip(1).filter_map(|line| line.split_once(": ")).map(|(name, value)| {
                (
                    name.parse::<axum::http::HeaderName>().unwrap(),
                    value.parse::<axum::http::HeaderValue>().unwrap(),
                )
            });
        let operation = Seen {
            line: line.replace("/api/data/v9.2/", ""),
            headers: headers.collect(),
            body: body.trim_end().to_owned(),
        };
        let (status, body) = answer(&operation);
        let id = id.map_or(String::new(), |id| format!("{id}\r\n"));
        format!(
            "Content-Type: application/http\r\n{id}\r\nHTTP/1.1 {status} X\r\nContent-Type: application/json\r\n\r\n{body}\r\n"
        )
    };
    let mut out = String::new();
    for part in parts(&seen.body, &outer) {
        let inner =
            part.split("\r\n\r\n").next().filter(|head| head.contains("multipart/mixed")).and_then(boundary);
        out.push_str("--r\r\n");
        let Some(inner) = inner else {
            out.push_str(&one(&part));
            continue;
        };
        let mut answers: Vec<String> = parts(&part, &inner).iter().map(|part| one(part)).collect();
        if backwards {
            answers.reverse();
        }
        out.push_str("Content-Type: multipart/mixed; boundary=c\r\n\r\n");
        answers.iter().for_each(|answer| out.push_str(&format!("--c\r\n{answer}")));
        out.push_str("--c--\r\n");
    }
    out.push_str("--r--\r\n");
    (StatusCode::OK, [("content-type", "multipart/mixed; boundary=r")], out).into_response()
}

/// The lines of what was sent, with the names of the rows of each.
fn sent(record: &Record) -> Vec<String> {
    let short = |line: &str| line.replace("Microsoft.Dynamics.CRM.", "");
    let all = record.lock().unwrap();
    let shown = all.iter().map(|seen| match seen.line.ends_with("$batch") {
        true => "batch".to_owned(),
        false => format!("{} {}", short(&seen.line), seen.names().join(" ")),
    });
    shown.collect()
}

#[tokio::test]
async fn the_answers_to_a_change_set_belong_to_their_requests_in_any_order() {
    for backwards in [false, true] {
        let (client, _record) =
            serve(backwards, |seen| (200, json!({ "line": seen.line }).to_string())).await;
        let mut batch = Batch::new();
        let first = batch.add(Request::get("first"));
        let mut changes = ChangeSet::new();
        for number in 0..5 {
            changes.add(Request::patch(format!("accounts({number})")).json(&json!({})));
        }
        let places = batch.change_set(changes);
        let last = batch.add(Request::get("last"));
        let answers = client.batch(batch).await.unwrap();
        answers.all_succeeded().unwrap();
        let line = |place| answers.get(place).unwrap().json::<Value>().unwrap()["line"].clone();
        assert_eq!((line(first), line(last)), (json!("GET first"), json!("GET last")), "{backwards}");
        for (number, place) in places.into_iter().enumerate() {
            assert_eq!(line(place), format!("PATCH accounts({number})"), "{backwards}");
        }
    }
}
