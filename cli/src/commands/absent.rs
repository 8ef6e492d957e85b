//! Stands in for commands that need a feature that this build does not have. Such a command reports the
//! missing feature.

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

/// Reports that `command` is not in this build.
///
/// # Errors
/// Always returns an error. Its message names `feature` and how to get it.
pub(crate) fn run(_: &Args, command: &str, feature: &str) -> Result<Outcome> {
    bail!(
        "this build has no `{command}`: it was made without the feature `{feature}`. `cargo install --path cli` installs dvkit \
         with all of them; `--features {feature}` adds this one to a build"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    #[command(disable_help_flag = true)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn a_command_that_a_build_lacks_says_how_to_get_it() {
        use clap::Parser as _;
        for given in [&["x"][..], &["x", "--help"], &["x", "--url", "https://x", "-q"]] {
            let args = Command::try_parse_from(given).unwrap().args;
            let error = run(&args, "dvkit schema fetch", "fetch").unwrap_err().to_string();
            assert!(error.starts_with("this build has no `dvkit schema fetch`"), "{error}");
            assert!(
                error.contains("cargo install --path cli") && error.contains("--features fetch"),
                "{error}"
            );
        }
    }
}
