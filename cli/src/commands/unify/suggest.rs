//! Implements `dvkit unify suggest`.

use anyhow::Result;
use dvkit_unify::mapping::{override_text, propose};

use super::{CompiledOne, MappingArgs};
use crate::output::{Messages, Outcome, Screen};

/// Propose what a mapping should say about an organisation
///
/// For every field that the organisation does not have as mapped, the columns whose names, labels and types are
/// closest are proposed, as TOML to be added to the mapping after a look at it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    common: MappingArgs,
}

pub(crate) fn run(Args { common: args }: &Args) -> Result<Outcome> {
    let mut screen = Screen::new(args.color, Messages::Stderr);
    let several = "proposals are made for one organisation: choose it with `--org`";
    let Some(CompiledOne { organisation, name, report, .. }) = args.compile_one(&mut screen, several)? else {
        return Ok(Outcome::Findings);
    };
    let proposed = propose(&report.mapping, &organisation);
    if proposed.is_empty() {
        screen.message(format_args!("nothing to propose: no column looks like what is missing"))?;
    } else {
        screen.result(override_text(name.as_deref().unwrap_or("NAME"), &proposed).trim_end())?;
    }
    screen.flush()?;
    Ok(Outcome::Clean)
}
