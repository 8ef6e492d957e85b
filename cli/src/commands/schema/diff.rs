//! Implements `dvkit schema diff`, which lists the changes between two snapshots or metadata files, with
//! their impact on programs.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use dvkit_files::{EntryKind, LinkPolicy};
use dvkit_schema::{Schema, Store};
use dvkit_schema_fetch::import;

use super::drift::{self, FailOn};
use crate::output::Outcome;

/// Report the changes between two snapshots, and what they break
///
/// Each change is breaking, risky or harmless, for readers of rows and for writers of rows. Instead of a
/// snapshot, a metadata file of any kind that `dvkit schema import` reads can be given.
///
/// Exit status: 0 if nothing breaks (`--fail-on` selects what counts), 1 if something breaks, 2 if the
/// command could not run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The earlier state: a snapshot, or a metadata file
    before: PathBuf,
    /// The later state: a snapshot, or a metadata file
    after: PathBuf,
    #[command(flatten)]
    drift: drift::Args,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let (before, after) = (load(&args.before)?, load(&args.after)?);
    drift::tell(&args.drift, before, after, FailOn::Breaking)
}

fn load(path: &Path) -> Result<Schema> {
    let cannot = || format!("cannot read `{}`", path.display());
    let real = dvkit_files::resolve(path, LinkPolicy::FollowNamed).with_context(cannot)?;
    let there = dvkit_files::entry_kind(&real).with_context(cannot)?;
    let index = dvkit_files::entry_kind(&real.join("org.json"));
    if there.is_some_and(|kind| kind != EntryKind::Folder) || there.is_some() && matches!(index, Ok(None)) {
        return Ok(import(&[path.to_owned()], &mut ())?.schema);
    }
    Ok(Store::open(path)?.load()?)
}
