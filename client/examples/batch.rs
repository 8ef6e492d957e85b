//! Sends several operations in one request: reads, and a change set whose changes are executed together or not at all.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Batch, ChangeSet, Client, Request};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Sends two batches, and writes their results to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    // The contact is created with a lookup to the account that the same change set creates.
    let mut changes = ChangeSet::new();
    let account = changes.add(Request::post("accounts").json(&json!({ "name": "Trey Research" })));
    let contact = json!({ "lastname": "Lo", "parentcustomerid_account@odata.bind": account.reference() });
    changes.add(Request::post("contacts").json(&contact).refer_to(account));
    let mut batch = Batch::new();
    let created = batch.change_set(changes);
    let filter = "lastname eq 'Lo' and parentcustomerid_account/name eq 'Trey Research'";
    let read = batch.add(Request::get("contacts").query("$select", "lastname").query("$filter", filter));
    let responses = client.batch(batch).await?;
    responses.all_succeeded()?;
    writeln!(out, "created {}", created.len())?;
    let found: Value = responses.get(read)?.json()?;
    writeln!(out, "found {}", found["value"].as_array().map_or(0, Vec::len))?;

    // Operations that do not depend on each other go on after a failure.
    let mut batch = Batch::new().continue_on_error();
    let numbers = ["A-1001", "A-9999", "A-1002"];
    let reads = numbers
        .map(|number| batch.add(Request::get(format!("accounts(accountnumber='{number}')?$select=name"))));
    let responses = client.batch(batch).await?;
    for (number, read) in numbers.into_iter().zip(reads) {
        match responses.get(read) {
            Ok(response) => {
                writeln!(
                    out,
                    "{number}: {}",
                    response.json::<Value>()?["name"].as_str().unwrap_or_default()
                )?;
            }
            Err(error) => writeln!(out, "{number}: {:?}", error.kind())?,
        }
    }
    Ok(())
}
