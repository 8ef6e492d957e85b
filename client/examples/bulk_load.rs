//! Loads many accounts, and can be killed and started again: the journal remembers what is done, and rows in doubt
//! are upserted by their account number. `dvkit emulator` prints an address and a token for `DVKIT_URL` and
//! `DVKIT_TOKEN`.
//!
//! `cargo run -p dvkit-client --example bulk_load -- 100000 accounts.journal`

use std::io::{self, Write};
use std::time::Instant;

use dvkit_client::Client;
use dvkit_client::auth::StaticToken;
use dvkit_client::bulk::{BulkOptions, BulkRow, BulkTable, FileJournal};
use futures_util::{StreamExt as _, stream};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().ok_or("name the number of rows")?.parse()?;
    let journal = FileJournal::open(arguments.next().ok_or("name the journal")?)?;
    let rows_in_a_request = arguments.next().map_or(Ok(1_000), |rows| rows.parse())?;
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    let options = BulkOptions::default().max_rows(rows_in_a_request).journal(journal);
    run(&client, count, options, &mut io::stdout()).await
}

/// Loads `count` accounts, and writes how far the load is to `out`.
pub async fn run(
    client: &Client,
    count: usize,
    options: BulkOptions,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    let accounts = BulkTable::new("account", "accounts", "accountid");
    let rows = stream::iter(1..=count).map(move |number| {
        let key = format!("L-{number}");
        let values = json!({ "name": format!("Company {number}"), "numberofemployees": number % 1_000 });
        BulkRow::upsert_by_key(&accounts, format!("accounts(accountnumber='{key}')"), &values).key(key)
    });
    let mut results = client.bulk(rows, options);
    let (start, mut done, mut existed, mut failed) = (Instant::now(), 0, 0, 0);
    while let Some(result) = results.next().await {
        done += 1;
        match result.outcome {
            Ok(written) => existed += usize::from(written.existed),
            Err(error) => {
                failed += 1;
                writeln!(io::stderr(), "{}: {error}", result.key)?;
            }
        }
        if done % 10_000 == 0 {
            writeln!(out, "{done} of {count}, {existed} done before, {failed} failed")?;
            out.flush()?;
        }
    }
    let status = client.status();
    let seconds = start.elapsed().as_secs_f64();
    writeln!(
        out,
        "{done} rows in {seconds:.1} s: {existed} done before, {failed} failed; {} requests, {} refused by limits",
        status.sent, status.throttled
    )?;
    Ok(())
}
