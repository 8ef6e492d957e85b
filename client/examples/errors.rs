//! Tells errors apart: what the service said, whether trying again can help, and whether a write may have happened.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, Error, ErrorKind, Request};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Sends requests that fail, and writes what each program can know of the failure to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let account = |name: &str, number: &str| json!({ "name": name, "accountnumber": number });
    for request in [
        Request::get("accounts(00000000-0000-0000-0000-000000000001)"),
        Request::get("accounts?$select=nam"),
        Request::post("accounts").json(&account("Twice", "A-1001")),
        Request::patch("accounts(accountnumber='A-1001')").json(&json!({ "name": "N" })).if_match("W/\"1\""),
    ] {
        if let Err(error) = client.send(request).await {
            writeln!(out, "{}", advice(&error))?;
        }
    }
    Ok(())
}

/// Returns what a person or a program should do after an error.
fn advice(error: &Error) -> String {
    let what = match error.kind() {
        ErrorKind::NotFound => "there is no such row",
        ErrorKind::Conflict => "another row has this key",
        ErrorKind::PreconditionFailed => "read the row again: somebody has changed it",
        ErrorKind::BadRequest => "the request is wrong",
        ErrorKind::Forbidden | ErrorKind::Unauthorized => "the user lacks a privilege",
        ErrorKind::NeedsSignIn => "sign in again",
        _ if error.may_have_run() => "look whether it was done before it is repeated",
        _ if error.is_transient() => "try again later",
        _ => "tell the administrator",
    };
    let status = error.status().map_or(0, |status| status.as_u16());
    let details = error.inner_error().is_some_and(|inner| !inner.message.is_empty());
    format!("{what} (HTTP {status}, code {}, details: {details})", error.code().unwrap_or("none"))
}
