//! Calls a function, an action of the service, and an action that the organisation has made.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use contoso::crm::operations::{AddMembersTeam, NewArchiveAccount, WhoAmI};
use contoso::crm::{Account, SystemUser, Team};
use dvkit::Guid;
use dvkit::prelude::*;
use dvkit_client::Client;
use dvkit_client::auth::StaticToken;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Calls operations, and writes their results to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let me: Guid = WhoAmI::new().send(client).await?.get("UserId")?;
    let team = Team::query().first(client).await?.and_then(|team| team.teamid).ok_or("no team")?;
    AddMembersTeam::on(Team::id(team), [SystemUser::id(me)]).send(client).await?;
    writeln!(out, "a member of a team")?;

    // A forgotten parameter, or a row of another table, does not compile.
    let contoso = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-1001",));
    NewArchiveAccount::on(contoso, "closed").send(client).await?;
    writeln!(out, "archived")?;
    Ok(())
}
