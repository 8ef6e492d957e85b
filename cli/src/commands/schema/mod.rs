//! `dvkit schema`: the snapshot itself.

mod diff;
mod drift;
mod fetch;
mod import;
mod show;
mod sign_in;
mod trust;

use anyhow::Result;

use crate::output::Outcome;

/// Make a snapshot of an organisation's metadata, or look into one
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Fetch(Box<fetch::Args>),
    Import(import::Args),
    Diff(diff::Args),
    Show(show::Args),
}

pub(crate) fn run(command: &Command) -> Result<Outcome> {
    match command {
        Command::Import(args) => import::run(args),
        Command::Fetch(args) => fetch::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Show(args) => show::run(args),
    }
}
