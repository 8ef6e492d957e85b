//! Implements `dvkit unify suggest`.

use std::path::PathBuf;

use anyhow::{Result, bail};
use dvkit::by_name::Organisation;
use dvkit_unify::mapping::{CompileTarget, override_text, propose};

use super::organisations::OrganisationArgs;
use super::{ReadMapping, print, read};
use crate::output::{Color, Messages, Outcome, Screen};

/// Propose what a mapping should say about an organisation
///
/// For every field that the organisation does not have as mapped, the columns whose names, labels and types are
/// closest are proposed, as TOML to be added to the mapping after a look at it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The mapping; without one the built-in mapping is taken
    #[arg(value_name = "FILE")]
    mapping: Option<PathBuf>,
    #[command(flatten)]
    organisations: OrganisationArgs,
    /// The environment whose overrides apply
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let mut screen = Screen::new(args.color, Messages::Stderr);
    let path = args.mapping.as_deref();
    let mapping = match read(path)? {
        ReadMapping::Mapping(mapping) => mapping,
        ReadMapping::Wrong(text, findings) => {
            print(&mut screen, path, &text, &findings)?;
            screen.flush()?;
            return Ok(Outcome::Findings);
        }
    };
    let snapshots = args.organisations.find()?;
    let [snapshot] = snapshots.as_slice() else {
        bail!("proposals are made for one organisation: choose it with `--org`");
    };
    let organisation = Organisation::new(snapshot.open()?);
    let name = snapshot.name.as_deref();
    let environment = args.env.as_deref();
    let report = mapping.compile(CompileTarget { organisation: &organisation, name, environment });
    let proposed = propose(&report.mapping, &organisation);
    if proposed.is_empty() {
        screen.message(format_args!("nothing to propose: no column looks like what is missing"))?;
    } else {
        screen.result(override_text(name.unwrap_or("NAME"), &proposed).trim_end())?;
    }
    screen.flush()?;
    Ok(Outcome::Clean)
}
