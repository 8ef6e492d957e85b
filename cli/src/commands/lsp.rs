//! Runs the language server over standard input and output.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use dvkit_ide::SchemaChoice;
use dvkit_lsp::{Connection, Exit, Options};

use crate::output::Outcome;
use crate::schema_args::OrgArgs;

/// Run the language server, which checks and completes queries in editors
///
/// An editor starts it and speaks with it over standard input and output. It needs no sign-in and no network: each file
/// is checked against the snapshot that the nearest dvkit.toml names. The folder `editors` of the repository has the
/// settings for Visual Studio Code, Neovim and Helix.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The snapshot for all files, instead of those of dvkit.toml
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    org: OrgArgs,
    /// Speak over standard input and output, which is the only way; many editors add this option
    #[arg(long)]
    stdio: bool,
}

/// Runs the server until the editor ends it.
///
/// # Errors
/// Returns an error if the editor does not speak the protocol, or if the connection is lost.
pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let schema = args.schema.as_ref().map(std::path::absolute).transpose()?;
    let options = Options { schema: SchemaChoice { schema, org: args.org.org.clone() } };
    let (connection, threads) = Connection::stdio();
    let exit =
        dvkit_lsp::run(connection, options).map_err(|why| anyhow!("the editor is not understood: {why}"))?;
    match exit {
        Exit::Requested => {
            threads.join()?;
            Ok(Outcome::Clean)
        }
        // The thread that reads may still wait for input.
        Exit::Lost => Err(anyhow!("the editor is gone without a goodbye: `shutdown` comes before `exit`")),
    }
}
