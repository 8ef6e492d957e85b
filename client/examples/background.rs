//! Runs a custom API in the background: the request returns at once, and the result is fetched when it is there.
//! The organisation needs the custom API `new_RecalculateBudgets` of the sample organisation.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, Request};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Starts the operation, waits for it, and writes its result to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let action = Request::post("new_RecalculateBudgets").json(&json!({ "AsOf": "2026-01-01T00:00:00Z" }));
    let operation = client.start_in_background(action).await?;
    // The address can be saved: another process can wait for the same operation.
    let saved = operation.address().to_owned();

    let values = client.background_operation(&saved).wait().await?;
    writeln!(out, "result: {}", values["Result"])?;

    // An operation that failed is an error with the service's message; `cancel` ends one that still runs.
    let action = Request::post("new_RecalculateBudgets").json(&json!({ "AsOf": "1999-01-01T00:00:00Z" }));
    let failed = client.start_in_background(action).await?;
    if let Err(error) = failed.wait().await {
        writeln!(out, "failed: {}", error.message())?;
    }
    Ok(())
}
