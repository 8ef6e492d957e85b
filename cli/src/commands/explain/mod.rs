//! stub
use anyhow::Result;
use crate::output::Outcome;
/// Explain
#[derive(Debug, clap::Args)]
pub(crate) struct Args { }
pub(crate) fn run(_: &Args) -> Result<Outcome> { Ok(Outcome::Clean) }
