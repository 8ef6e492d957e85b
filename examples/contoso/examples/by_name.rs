//! Works with an organisation whose names are known only when the program runs: tables, columns and values are checked
//! against its snapshot before anything is sent.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`; `DVKIT_SCHEMA` is the
//! folder of the snapshot.

use std::io::{self, Write};

use dvkit::by_name::{Organisation, RowKey, column};
use dvkit_client::Client;
use dvkit_client::auth::StaticToken;
use dvkit_schema::Store;
use futures_util::TryStreamExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    let organisation = Organisation::new(Store::open(std::env::var("DVKIT_SCHEMA")?)?);
    run(&client, &organisation, &mut io::stdout()).await
}

/// Reads and writes accounts, and writes what happened to `out`.
pub async fn run(
    client: &Client,
    organisation: &Organisation,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    // A label or a number names an option, and a mistake is found before anything is sent.
    let accounts = organisation.table("account")?;
    let berlin = column("address1_city").eq("Berlin").and(column("statecode").eq("Active"));
    let query = accounts.query().select(["name", "industrycode", "revenue"]).filter(berlin).order_by("name");
    for row in query.rows(client).try_collect::<Vec<_>>().await? {
        let industry = row.formatted("industrycode")?.unwrap_or_default();
        let revenue = row.decimal("revenue")?.map_or("unknown".to_owned(), |revenue| revenue.to_string());
        writeln!(out, "{}, {industry}, {revenue}", row.text("name")?.unwrap_or_default())?;
    }
    let wrong = accounts.query().select(["nam"]).request().err().ok_or("no mistake")?;
    writeln!(out, "refused, with a proposal: {}", wrong.to_string().contains("did you mean `name`?"))?;

    let key = RowKey::columns([("accountnumber", "A-2001")]);
    let upsert = accounts.upsert(key.clone()).set("name", "Trey Research").set("industrycode", "Consulting");
    writeln!(out, "created: {}", upsert.send(client).await?.created)?;
    accounts.delete(key).send(client).await?;
    Ok(())
}
