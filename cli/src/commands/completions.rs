//! Implements `dvkit completions`, which prints the completion script of a shell.

use anyhow::Result;
use clap::Command;
use clap_complete::Shell;

use crate::output::{Outcome, Screen};

/// Print the completion script for a shell
///
/// For bash: `dvkit completions bash > ~/.local/share/bash-completion/completions/dvkit`. For zsh, into a file `_dvkit` of a
/// folder in `$fpath`; for fish, into `~/.config/fish/completions/dvkit.fish`; for PowerShell, into the profile.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the completion script. `command` is the definition of the whole command line.
pub(crate) fn run(args: &Args, mut command: Command) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "dvkit", &mut script);
    let script = String::from_utf8(script)?;
    let mut screen = Screen::plain();
    screen.result(script.trim_end_matches('\n'))?;
    screen.flush()?;
    Ok(Outcome::Clean)
}
