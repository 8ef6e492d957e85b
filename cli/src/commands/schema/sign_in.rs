//! How a command signs in. A secret is never on the command line, where every process of the machine can read it: it
//! comes from the environment or from a file.

use anyhow::{Context as _, Result, bail};
use dvkit_client::Client;
use dvkit_client::auth::{StaticToken, TokenSource};

use crate::config::FetchConfig;

/// Ways of signing in.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sign-in")]
pub(crate) struct Args {
    /// Use the access token in this environment variable
    #[arg(long, value_name = "VARIABLE")]
    token_env: Option<String>,
}

/// A client that signs in as asked, and a line for people about it.
pub(crate) fn client(url: &str, args: &Args, _config: &FetchConfig) -> Result<(Client, String)> {
    let source = source(args)?;
    let who = format!("signing in {}", source.describe());
    let client = Client::builder(url).token_source(source).build()?;
    Ok((client, who))
}

fn source(args: &Args) -> Result<StaticToken> {
    let Some(variable) = &args.token_env else {
        bail!("how to sign in? give `--token-env VARIABLE`");
    };
    let token = std::env::var(variable)
        .with_context(|| format!("`--token-env {variable}`: the environment variable cannot be read"))?;
    Ok(StaticToken::new(token))
}
