//! Writes a row that another system identifies: the row with an alternate key is changed, or created if it does not exist.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, Prefer, Request};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Upserts two accounts by their number, and writes what happened to each to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    for (number, name) in [("A-1001", "Contoso Ltd"), ("A-2001", "Trey Research")] {
        // The service says whether the row is new only where it returns the row; the key alone is enough of it.
        let request = Request::patch(format!("accounts(accountnumber='{number}')?$select=accountid"))
            .json(&json!({ "name": name }))
            .prefer(Prefer::new().return_representation());
        let response = client.send(request).await?;
        let row: Value = response.json()?;
        let what = if response.status() == 201 { "created" } else { "changed" };
        writeln!(out, "{number}: {what}, with an id: {}", row["accountid"].is_string())?;
    }
    // Only one of the two: `only_update` never creates, `only_create` never changes.
    let strict =
        Request::patch("accounts(accountnumber='A-3001')").json(&json!({ "name": "None" })).only_update();
    let missing = client.send(strict).await.err().ok_or("the row exists")?;
    writeln!(out, "A-3001: {:?}", missing.kind())?;
    Ok(())
}
