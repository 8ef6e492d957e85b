//! Searches words over many tables, and suggests rows while somebody is typing.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, Search, SearchTable};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Searches the sample rows, and writes what was found to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let accounts = SearchTable::new("account").select(["name", "accountnumber"]).filter("statecode eq 0");
    let found = client.search(&Search::new("contoso").table(accounts).count().top(10)).await?;
    writeln!(out, "{} found", found.count)?;
    for hit in &found.rows {
        writeln!(out, "{}: {}", hit.table, hit.columns["name"].as_str().unwrap_or_default())?;
    }
    let suggestions = client.suggest(&Search::new("conto").top(3)).await?;
    writeln!(out, "suggestions: {}", !suggestions.is_empty())?;
    writeln!(out, "completed: {}", client.autocomplete(&Search::new("conto")).await?)?;
    Ok(())
}
