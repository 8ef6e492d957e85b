//! Implements `dvkit schema`, the commands that create, compare and show snapshots.

mod diff;
mod drift;
#[cfg(feature = "fetch")]
mod fetch;
mod import;
mod show;
#[cfg(feature = "fetch")]
mod sign_in;
#[cfg(feature = "fetch")]
mod trust;

use anyhow::Result;

use crate::output::Outcome;

/// Make, compare and show snapshots of an organisation's metadata
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    #[cfg(feature = "fetch")]
    Fetch(Box<fetch::Args>),
    /// Fetch the metadata of a live organisation into a snapshot (not in this build)
    #[cfg(not(feature = "fetch"))]
    #[command(disable_help_flag = true)]
    Fetch(super::absent::Args),
    Import(import::Args),
    Diff(diff::Args),
    Show(show::Args),
}

pub(crate) fn run(command: &Command) -> Result<Outcome> {
    match command {
        Command::Import(args) => import::run(args),
        #[cfg(feature = "fetch")]
        Command::Fetch(args) => fetch::run(args),
        #[cfg(not(feature = "fetch"))]
        Command::Fetch(args) => super::absent::run(args, "dvkit schema fetch", "fetch"),
        Command::Diff(args) => diff::run(args),
        Command::Show(args) => show::run(args),
    }
}
