//! Reads a table page by page, can go on later from a saved link, and reads rows one by one over all pages.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, ErrorKind, Prefer, Request};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::Deserialize;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// A company with a number of people that fits into a byte, which not every company has.
#[derive(Debug, Deserialize)]
pub struct Company {
    name: String,
    numberofemployees: Option<u8>,
}

/// Reads accounts, and writes what was read to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let query = Request::get("accounts").query("$select", "name,numberofemployees").query("$orderby", "name");
    let small = Prefer::new().max_page_size(5);
    let first =
        client.pages::<Company>(query.clone().prefer(small.clone())).try_next().await?.ok_or("no page")?;
    writeln!(out, "{} rows on the first page", first.rows.len())?;

    // The link can be saved, and followed by another process.
    if let Some(link) = first.next {
        let mut rest = client.pages::<Company>(Request::get(link).prefer(small));
        while let Some(page) = rest.try_next().await? {
            writeln!(out, "{} rows more", page.rows.len())?;
        }
    }

    // A row that cannot be decoded is an error in its place; the stream goes on after it.
    let mut rows = client.rows::<Company>(query);
    while let Some(row) = rows.next().await {
        match row {
            Ok(Company { name, numberofemployees: Some(number) }) => writeln!(out, "{name}: {number}")?,
            Ok(Company { name, .. }) => writeln!(out, "{name}: not known")?,
            Err(error) if error.kind() == ErrorKind::Row => {
                let row: serde_json::Value = error.json().unwrap_or_default();
                writeln!(out, "{}: too many for this program", row["name"].as_str().unwrap_or_default())?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
