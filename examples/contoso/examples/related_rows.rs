//! Relates rows, creates rows together, and creates them in a change set, in which later changes refer to earlier ones.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use contoso::crm::{Account, Contact};
use dvkit::prelude::*;
use dvkit_client::auth::StaticToken;
use dvkit_client::{Batch, ChangeSet, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Creates and relates rows, and writes how many are related to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let people = ["Ann", "Ben"].map(|name| Contact::create().set(Contact::LASTNAME, name));
    let trey = Account::create()
        .set(Account::NAME, "Trey Research")
        .parent(Account::PRIMARYCONTACTID, Contact::create().set(Contact::LASTNAME, "Boss"))
        .children(Account::CONTACT_CUSTOMER_ACCOUNTS, people)
        .send(client)
        .await?;
    writeln!(out, "{} people", trey.count_related(client, Account::CONTACT_CUSTOMER_ACCOUNTS).await?.rows)?;

    let cem = Contact::create().set(Contact::LASTNAME, "Cem").send(client).await?;
    trey.associate(client, Account::CONTACT_CUSTOMER_ACCOUNTS, cem).await?;
    trey.set_reference(client, Account::PRIMARYCONTACTID, cem).await?;
    writeln!(out, "{} people", trey.count_related(client, Account::CONTACT_CUSTOMER_ACCOUNTS).await?.rows)?;

    let mut changes = ChangeSet::new();
    let group = changes.create(&Account::create().set(Account::NAME, "Trey Group"));
    changes.create(
        &Contact::create().set(Contact::LASTNAME, "Dora").bind(Contact::PARENTCUSTOMERID_ACCOUNT, group),
    );
    changes.add(trey.update_request(&Account::update().bind(Account::PARENTACCOUNTID, group)));
    let mut batch = Batch::new();
    batch.change_set(changes);
    client.batch(batch).await?.all_succeeded()?;
    let parent = trey.query().select(Account::NAME).expand(Account::PARENTACCOUNTID.select(Account::NAME));
    let parent = parent.get(client).await?;
    let parent = parent.extra.expanded(Account::PARENTACCOUNTID)?.and_then(|account| account.name);
    writeln!(out, "belongs to {}", parent.unwrap_or_default())?;
    Ok(())
}
