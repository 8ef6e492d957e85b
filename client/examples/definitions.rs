//! Reads and changes definitions of tables and columns, and the choices of the organisation, as JSON.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, Request};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Reads a definition, adds a column, and writes what it sees to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let account = "EntityDefinitions(LogicalName='account')";
    let table: Value = client.get_json(format!("{account}?$select=EntitySetName,PrimaryIdAttribute")).await?;
    writeln!(out, "{}, {}", table["EntitySetName"], table["PrimaryIdAttribute"])?;

    let label = json!({ "LocalizedLabels": [{ "Label": "Floor", "LanguageCode": 1033 }] });
    let column = json!({
        "@odata.type": "Microsoft.Dynamics.CRM.IntegerAttributeMetadata",
        "SchemaName": "new_Floor", "DisplayName": label, "RequiredLevel": { "Value": "None" },
        "MinValue": 0, "MaxValue": 99,
    });
    client.send(Request::post(format!("{account}/Attributes")).json(&column)).await?;
    // A definition that was written a moment ago is read past the caches.
    let fresh = client.with(|options| options.strong_consistency());
    let read: Value = fresh
        .get_json(format!("{account}/Attributes(LogicalName='new_floor')?$select=AttributeType"))
        .await?;
    writeln!(out, "new_floor: {}", read["AttributeType"])?;

    let choices: Value = client.get_json("GlobalOptionSetDefinitions?$select=Name").await?;
    writeln!(out, "choices: {}", choices["value"].as_array().is_some_and(|all| !all.is_empty()))?;
    Ok(())
}
