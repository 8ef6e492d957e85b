//! Counts rows and adds up their values, by groups.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use contoso::crm::Account;
use contoso::crm::account::AccountState;
use dvkit::prelude::*;
use dvkit::query::Aggregate;
use dvkit_client::Client;
use dvkit_client::auth::StaticToken;
use futures_util::TryStreamExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Groups the active accounts by their industry, and writes those of at least two to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let active = Account::STATECODE.eq(AccountState::Active);
    let (number, revenue) = (Aggregate::count_rows("number"), Account::REVENUE.sum("revenue"));
    let mut groups = Account::group_by(Account::INDUSTRYCODE)
        .filter(active.clone())
        .aggregate(&number)
        .aggregate(&revenue)
        .rows(client);
    let mut lines = Vec::new();
    while let Some(group) = groups.try_next().await? {
        let industry = group.formatted(Account::INDUSTRYCODE).unwrap_or_else(|| "unknown".to_owned());
        if let Some(number) = group.get(&number)?.filter(|number| *number > 1) {
            // An amount keeps all its digits.
            lines.push(format!("{industry}: {number}, {}", group.get(&revenue)?.unwrap_or_default()));
        }
    }
    lines.sort();
    writeln!(out, "{}", lines.join("\n"))?;
    let total = Account::query().filter(active).total(client).await?;
    writeln!(out, "{}{} active", total.rows, if total.limit_exceeded { " or more" } else { "" })?;
    writeln!(out, "{} in all", Account::total_record_count(client).await?)?;
    Ok(())
}
