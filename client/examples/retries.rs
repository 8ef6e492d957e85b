//! Bounds the time of a request and its retries, and puts a layer of `tower` around every attempt.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, ClientBuilder, Request, RetryPolicy, Transport, http, reqwest};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    run(Client::builder(url).token_source(StaticToken::new(token)), &mut io::stdout()).await
}

/// Builds a client with limits of its own, sends requests, and writes what happened to `out`.
pub async fn run(builder: ClientBuilder, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    // A layer sees each attempt, with all headers: here it counts them.
    let attempts = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&attempts);
    let counting = dvkit_client::tower_layer::layer_fn(move |inner: Transport| {
        let counter = Arc::clone(&counter);
        tower::util::MapRequest::new(inner, move |request: http::Request<reqwest::Body>| {
            counter.fetch_add(1, Ordering::Relaxed);
            request
        })
    });
    let policy = RetryPolicy::default()
        .max_attempts(4)
        .max_elapsed(Duration::from_secs(60))
        .waits_between(Duration::from_millis(10), Duration::from_millis(100));
    let client = builder
        .http(|http| http.pool_idle_timeout(Duration::from_secs(30))) // and `proxy`, root certificates, …
        .layer(counting)
        .retry(policy)
        .build()?;

    // A read is repeated when the service is out of order for a moment.
    let found: Value = client.get_json("accounts?$select=name&$top=1").await?;
    writeln!(
        out,
        "{} row after {} attempts",
        found["value"].as_array().map_or(0, Vec::len),
        attempts.load(Ordering::Relaxed)
    )?;

    // A creation whose response is lost is not repeated: it may have been executed.
    let once =
        Request::post("accounts").json(&json!({ "name": "Trey Research" })).deadline(Duration::from_secs(20));
    match client.send(once).await {
        Ok(_) => writeln!(out, "created")?,
        Err(error) => writeln!(out, "{:?}, may have been created: {}", error.kind(), error.may_have_run())?,
    }
    writeln!(out, "{} requests, {} of them repeated", client.status().sent, client.status().retried)?;
    Ok(())
}
