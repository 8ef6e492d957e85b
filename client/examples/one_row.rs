//! Creates a row, reads it, changes it only if nobody else has changed it since, and deletes it.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, ErrorKind, Prefer, Request};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Works on an account of its own, and writes what happens to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let created = client.send(Request::post("accounts").json(&json!({ "name": "Trey Research" }))).await?;
    let address = created.entity_id().ok_or("no address")?.to_owned();

    let row: Value = client.json(Request::get(&address).query("$select", "name")).await?;
    let etag = row["@odata.etag"].as_str().ok_or("no version")?.to_owned();
    let again = client.send(Request::get(&address).query("$select", "name").if_none_match(&etag)).await?;
    writeln!(out, "{}, changed since: {}", row["name"].as_str().unwrap_or_default(), !again.not_modified())?;

    // The changed row comes back if the request asks for it.
    let change = Request::patch(format!("{address}?$select=telephone1"))
        .json(&json!({ "telephone1": "+1 555 0199" }))
        .prefer(Prefer::new().return_representation());
    let changed: Value = client.json(change.clone().if_match(&etag)).await?;
    writeln!(out, "telephone {}", changed["telephone1"].as_str().unwrap_or_default())?;

    // The version is another one by now, so that a change based on the old one is refused.
    match client.send(change.if_match(&etag)).await {
        Err(error) if error.kind() == ErrorKind::PreconditionFailed => {
            writeln!(out, "somebody else was faster")?;
        }
        other => drop(other?),
    }
    client.send(Request::delete(&address)).await?;
    let gone = client.send(Request::get(&address)).await.err().map(|error| error.kind());
    writeln!(out, "deleted: {}", gone == Some(ErrorKind::NotFound))?;
    Ok(())
}
