//! Creates, reads, changes, upserts and deletes rows with the types of the organisation.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use contoso::Card;
use contoso::crm::contact::ContactState;
use contoso::crm::{Account, Contact};
use dvkit::prelude::*;
use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, ErrorKind};
use futures_util::TryStreamExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Works on rows of its own, and writes what happens to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let contoso = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-1001",));
    let ann = Contact::create()
        .set(Contact::FIRSTNAME, "Ann")
        .set(Contact::LASTNAME, "Lo")
        .bind(Contact::PARENTCUSTOMERID_ACCOUNT, &contoso)
        .send(client)
        .await?;
    let card = ann.get_as::<Card>(client).await?;
    writeln!(out, "{}", card.fullname.unwrap_or_default())?;

    let row = ann.get(client).await?;
    let etag = row.extra.etag().ok_or("no version")?;
    let close = Contact::update().set(Contact::STATECODE, ContactState::Inactive);
    ann.update(client, &close).await?;
    let late = ann.update_if_match(client, &close, etag).await.err().map(|error| error.kind());
    writeln!(out, "somebody else was faster: {}", late == Some(ErrorKind::PreconditionFailed))?;

    let trey = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-2001",));
    for telephone in ["1", "2"] {
        let values =
            Account::update().set(Account::NAME, "Trey Research").set(Account::TELEPHONE1, telephone);
        writeln!(out, "created: {}", trey.upsert(client, &values).await?.created)?;
    }

    let query = Contact::query().filter(Contact::LASTNAME.eq("Lo")).order_by(Contact::FULLNAME);
    let cards: Vec<Card> = query.entities::<Card>(client).try_collect().await?;
    writeln!(out, "called Lo: {}", cards.len())?;
    ann.delete(client).await?;
    trey.delete(client).await?;
    Ok(())
}
