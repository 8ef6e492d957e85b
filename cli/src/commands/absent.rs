//! Commands that a build lacks, because it was made without a feature: they say so.

#![cfg_attr(all(feature = "fetch", feature = "emulator"), allow(dead_code))] // a build with all features lacks none

use std::ffi::OsString;

use anyhow::{Result, bail};

use crate::output::Outcome;

/// The arguments of a command that this build lacks, whatever they are.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Arguments of the command
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    _arguments: Vec<OsString>,
}

/// Says that the command is not in this build.
///
/// # Errors
/// Always: the message names the feature and how to get it.
pub(crate) fn run(_: &Args, command: &str, feature: &str) -> Result<Outcome> {
    bail!(
        "this build has no `{command}`: it was made without the feature `{feature}`. `cargo install --path cli` installs dvkit \
         with all of them; `--features {feature}` adds this one to a build"
    )
}
