//! Calls a function and actions by their names in the Web API.
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

/// Calls operations, and writes their results to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    // A function is a GET request. Parameters are aliases, so that their values are encoded.
    let me: Value = client.get_json("WhoAmI()").await?;
    let me = me["UserId"].as_str().ok_or("no user")?;
    let count =
        Request::get("RetrieveTotalRecordCount(EntityNames=@names)").query("@names", r#"["account"]"#);
    let counts: Value = client.json(count).await?;
    writeln!(out, "accounts: {}", counts["EntityRecordCountCollection"]["Values"][0])?;

    // An action is a POST request with its parameters in the body. This one is bound to a row.
    let teams: Value = client.get_json("teams?$select=teamid&$top=1").await?;
    let team = teams["value"][0]["teamid"].as_str().ok_or("no team")?;
    let members =
        json!({ "Members": [{ "@odata.type": "Microsoft.Dynamics.CRM.systemuser", "systemuserid": me }] });
    let action = Request::post(format!("teams({team})/Microsoft.Dynamics.CRM.AddMembersTeam")).json(&members);
    client.send(action).await?;
    let filter = format!("systemuserid eq {me}");
    let members = Request::get(format!("teams({team})/teammembership_association"))
        .query("$select", "systemuserid")
        .query("$filter", filter);
    let found: Value = client.json(members).await?;
    writeln!(out, "a member: {}", found["value"].as_array().is_some_and(|rows| rows.len() == 1))?;
    Ok(())
}
