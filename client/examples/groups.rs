//! Counts rows and computes sums: with `$apply`, with FetchXML, and with `$count`.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, Expect, Request};
use futures_util::TryStreamExt as _;
use serde::Deserialize;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// The companies of a city.
#[derive(Debug, Deserialize)]
pub struct City {
    #[serde(rename = "address1_city")]
    name: Option<String>,
    companies: u32,
    people: Option<u32>,
}

/// Groups accounts by their city, and writes the groups to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let apply = "filter(statecode eq 0)/groupby((address1_city),aggregate($count as companies,numberofemployees with sum as people))";
    let mut groups: Vec<City> =
        client.rows(Request::get("accounts").query("$apply", apply)).try_collect().await?;
    groups.sort_by(|one, other| (other.companies, &one.name).cmp(&(one.companies, &other.name)));
    for City { name, companies, people } in groups.iter().take(3) {
        writeln!(
            out,
            "{}: {companies}, {} people",
            name.as_deref().unwrap_or("nowhere"),
            people.unwrap_or(0)
        )?;
    }

    let fetch = "<fetch aggregate='true'><entity name='account'>\
                 <attribute name='address1_city' alias='address1_city' groupby='true'/>\
                 <attribute name='accountid' alias='companies' aggregate='count'/>\
                 <filter><condition attribute='address1_city' operator='eq' value='Dublin'/></filter></entity></fetch>";
    for group in client.fetch_rows::<City>("accounts", fetch).try_collect::<Vec<_>>().await? {
        writeln!(out, "{}: {}", group.name.unwrap_or_default(), group.companies)?;
    }

    // The service counts up to 5,000 rows this way.
    let number =
        client.send(Request::get("accounts/$count").accept("text/plain").expect(Expect::Text)).await?;
    writeln!(out, "all: {}", number.text()?.trim_start_matches('\u{feff}'))?;
    Ok(())
}
