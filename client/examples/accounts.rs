//! Reads and writes accounts, as it would in an organisation: `dvkit emulator --seed sample` prints an address and a token
//! for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, Prefer, Request};
use serde_json::{Value, json};

const INDUSTRY: &str = "industrycode@OData.Community.Display.V1.FormattedValue";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Creates an account, changes it, and writes the active accounts in Berlin to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let account = json!({ "name": "Trey Research", "address1_city": "Berlin", "industrycode": 8 });
    let created = client.send(Request::post("accounts").json(&account)).await?;
    let address = created.entity_id().ok_or("no id")?;
    client.send(Request::patch(address).json(&json!({ "numberofemployees": 12 })).only_update()).await?;

    let berlin = Request::get("accounts")
        .query("$select", "name,numberofemployees,industrycode")
        .query("$filter", "address1_city eq 'Berlin' and statecode eq 0")
        .query("$orderby", "name")
        .prefer(Prefer::new().annotations("OData.Community.Display.V1.FormattedValue"));
    let found: Value = client.json(berlin).await?;
    for account in found["value"].as_array().into_iter().flatten() {
        let text = |member: &str| account[member].as_str().unwrap_or_default();
        writeln!(out, "{}, {}, {}", text("name"), account["numberofemployees"], text(INDUSTRY))?;
    }
    client.send(Request::delete(address)).await?;
    Ok(())
}
