//! Sets lookups while rows are created, and relates rows that exist by references (`$ref`), many-to-many too.
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

/// Relates rows in several ways, and writes the results to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    // A lookup of a new row, to the row with an alternate key.
    let ann = json!({ "lastname": "Lo", "parentcustomerid_account@odata.bind": "/accounts(accountnumber='A-1002')" });
    let ann = client.send(Request::post("contacts").json(&ann)).await?;
    let ann = ann.entity_id().ok_or("no address")?.to_owned();
    let read = Request::get(&ann)
        .query("$select", "lastname")
        .query("$expand", "parentcustomerid_account($select=name)");
    let row: Value = client.json(read).await?;
    writeln!(out, "works for {}", row["parentcustomerid_account"]["name"].as_str().unwrap_or_default())?;

    // A lookup of a row that exists. The reference is an absolute address.
    let contoso = "accounts(accountnumber='A-1001')";
    client
        .send(Request::put(format!("{contoso}/primarycontactid/$ref")).json(&json!({ "@odata.id": ann })))
        .await?;
    let row: Value =
        client.get_json(format!("{contoso}?$select=name&$expand=primarycontactid($select=lastname)")).await?;
    writeln!(out, "primary contact {}", row["primarycontactid"]["lastname"].as_str().unwrap_or_default())?;
    client.send(Request::delete(format!("{contoso}/primarycontactid/$ref"))).await?;

    // A many-to-many relationship: rows are added to a collection, and removed from it.
    let team = first(client, "teams?$select=teamid&$top=1", "teamid").await?;
    let user =
        first(client, "systemusers?$select=systemuserid&$filter=lastname eq 'Lo'", "systemuserid").await?;
    let members = format!("teams({team})/teammembership_association");
    let reference = json!({ "@odata.id": format!("{}systemusers({user})", client.web_api_url()) });
    client.send(Request::post(format!("{members}/$ref")).json(&reference)).await?;
    let found: Value =
        client.get_json(format!("{members}?$select=lastname&$filter=lastname eq 'Lo'")).await?;
    writeln!(out, "members called Lo: {}", found["value"].as_array().map_or(0, Vec::len))?;
    client.send(Request::delete(format!("{members}({user})/$ref"))).await?;
    Ok(())
}

async fn first(client: &Client, query: &str, key: &str) -> Result<String, Box<dyn std::error::Error>> {
    let rows: Value = client.get_json(query).await?;
    Ok(rows["value"][0][key].as_str().ok_or("no row")?.to_owned())
}
