//! Signs in as an application with a secret, and shares the sign-in between two clients. `DVKIT_URL`,
//! `DVKIT_CLIENT_ID` and `DVKIT_CLIENT_SECRET` name the organisation, the application and its secret; an emulator takes
//! any application.

use std::io::{self, Write};

use dvkit_client::Client;
use dvkit_client::auth::Credentials;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let variable = std::env::var;
    let credentials =
        Credentials::client_secret(variable("DVKIT_CLIENT_ID")?, variable("DVKIT_CLIENT_SECRET")?);
    run(&variable("DVKIT_URL")?, credentials, &mut io::stdout()).await
}

/// Signs in to the organisation at `url`, and writes who signed in to `out`.
pub async fn run(
    url: &str,
    credentials: Credentials,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    // The tenant is found from the organisation. The account keeps the token, and gets a new one before it expires.
    let account =
        credentials.account(url)?.on_needs_sign_in(|event| drop(writeln!(io::stderr(), "{event}"))).build();
    let client = Client::builder(url).account(&account).build()?;
    let who: Value = client.get_json("WhoAmI()").await?;
    writeln!(out, "signed in: {}", who["UserId"].is_string())?;

    let other = Client::builder(url).account(&account).user_agent("report/1.0").build()?;
    let again: Value = other.get_json("WhoAmI()").await?;
    writeln!(out, "the same user: {}", again["UserId"] == who["UserId"])?;
    Ok(())
}
