//! `dvkit schema`: the snapshot itself.

mod import;
mod show;

use anyhow::Result;

use crate::output::Outcome;

/// Make a snapshot of an organisation's metadata, or look into one
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Import(import::Args),
    Show(show::Args),
}

pub(crate) fn run(command: &Command) -> Result<Outcome> {
    match command {
        Command::Import(args) => import::run(args),
        Command::Show(args) => show::run(args),
    }
}
