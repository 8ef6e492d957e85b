//! Copies a table, and from then on asks only for what was created, changed and deleted since the last time.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Change, Client, ErrorKind, Request};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Reads all accounts, changes some, asks for the changes, and writes what came to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let query = || Request::get("accounts").query("$select", "name");
    let mut all = client.track_changes::<Value>(query())?;
    let mut rows = 0;
    while all.try_next().await?.is_some() {
        rows += 1;
    }
    writeln!(out, "{rows} rows")?;
    // A program saves the link with its copy of the rows.
    let link = all.link().ok_or("no link")?.to_owned();

    let key = |number: &str| format!("accounts(accountnumber='{number}')");
    client.send(Request::patch(key("A-1001")).json(&json!({ "name": "Contoso Ltd" })).only_update()).await?;
    client.send(Request::delete(key("A-1008"))).await?;

    let mut changes = client.changes_since::<Value>(link);
    loop {
        match changes.try_next().await {
            Ok(Some(Change::Upserted(row))) => {
                writeln!(out, "new or changed: {}", row["name"].as_str().unwrap_or_default())?;
            }
            Ok(Some(Change::Deleted { reason, .. })) => writeln!(out, "gone: {reason}")?,
            Ok(None) => break,
            // After seven days, by default, the service does not know any more: copy the table again.
            Err(error) if error.kind() == ErrorKind::ExpiredDeltaLink => {
                writeln!(out, "copy the table again: {error}")?;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
    }
    writeln!(out, "a link for the next time: {}", changes.link().is_some())?;
    Ok(())
}
