//! Implements `dvkit man`, which prints or writes the manual pages.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Command;
use clap_mangen::Man;
use dvkit_codegen::output::write_if_changed;
use dvkit_diagnostic::suggest;

use crate::output::{Outcome, Screen, counted};

/// Print a manual page, or write all manual pages into a folder
///
/// `dvkit man check | man -l -` shows the page of `dvkit check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The command that the page is about: `check`, `schema fetch`; none for dvkit itself
    #[arg(value_name = "COMMAND", conflicts_with = "output")]
    command: Vec<String>,
    /// Write the pages of all commands into this folder, as `dvkit-check.1` and so on
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Prints or writes manual pages. `command` is the definition of the whole command line. Returns an error if
/// there is no such command, or if a page cannot be written.
pub(crate) fn run(args: &Args, mut command: Command) -> Result<Outcome> {
    command.build();
    let mut screen = Screen::plain();
    if let Some(folder) = &args.output {
        let mut all = Vec::new();
        pages(&command, &mut all)?;
        for (name, page) in &all {
            let path = folder.join(name);
            dvkit_files::output_path(&path)
                .and_then(|_| write_if_changed(&path, page.as_bytes()))
                .with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        screen.line(format_args!("{}: {}", folder.display(), counted(all.len(), "page")))?;
    } else {
        let mut found = &command;
        for name in &args.command {
            let Some(next) = found.find_subcommand(name) else {
                let known: Vec<&str> = found.get_subcommands().map(Command::get_name).collect();
                let near = suggest::closest(name, known.iter().copied()).map_or_else(
                    || format!("there are {}", known.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                bail!("there is no command `{name}`; {near}");
            };
            found = next;
        }
        screen.result(page(found)?.trim_end_matches('\n'))?;
    }
    screen.flush()?;
    Ok(Outcome::Clean)
}

/// Returns the manual page of one command as roff.
fn page(command: &Command) -> Result<String> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(String::from_utf8(page)?)
}

/// Adds the manual pages of a command and of its subcommands to `all`, each as file name and text.
fn pages(command: &Command, all: &mut Vec<(String, String)>) -> Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    all.push((format!("{name}.1"), page(command)?));
    for below in command.get_subcommands().filter(|c| c.get_name() != "help" && !c.is_hide_set()) {
        pages(below, all)?;
    }
    Ok(())
}
