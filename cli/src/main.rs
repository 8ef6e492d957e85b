//! `dvkit`: checks, fixes and explains Dataverse queries against an organisation's schema, offline.
//!
//! This crate is the command line. It parses arguments, calls the crate `ide` and others, and shows their
//! results; it has no query logic of its own. Exit status: 0 nothing is wrong, 1 the input has errors, 2 the
//! command could not run.
#![forbid(unsafe_code)]

mod batch;
mod commands;
mod inputs;
mod interrupt;
mod output;
mod query_args;
mod report;
mod schema_args;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use dvkit_diagnostic::printable;

use output::Outcome;

/// Check, fix and explain Dataverse queries against your organisation's schema, offline
#[derive(Debug, Parser)]
#[command(name = "dvkit", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(commands::check::Args),
    Parse(commands::parse::Args),
    Fmt(commands::fmt::Args),
    Translate(commands::translate::Args),
    Explain(commands::explain::Args),
    Generate(commands::generate::Args),
    #[command(subcommand)]
    Schema(commands::schema::Command),
    #[cfg(feature = "emulator")]
    Emulator(commands::emulator::Args),
    /// Serve the metadata of a snapshot as the Web API does (not in this build)
    #[cfg(not(feature = "emulator"))]
    #[command(disable_help_flag = true)]
    Emulator(commands::absent::Args),
    #[cfg(feature = "gateway")]
    Gateway(commands::gateway::Args),
    /// Serve the organisations of many customers in one API (not in this build)
    #[cfg(not(feature = "gateway"))]
    #[command(disable_help_flag = true)]
    Gateway(commands::absent::Args),
    #[cfg(feature = "lsp")]
    Lsp(commands::lsp::Args),
    /// Run the language server (not in this build)
    #[cfg(not(feature = "lsp"))]
    #[command(disable_help_flag = true)]
    Lsp(commands::absent::Args),
    #[cfg(feature = "mcp")]
    Mcp(commands::mcp::Args),
    /// Serve agents over the Model Context Protocol (not in this build)
    #[cfg(not(feature = "mcp"))]
    #[command(disable_help_flag = true)]
    Mcp(commands::absent::Args),
    #[cfg(feature = "unify")]
    #[command(subcommand)]
    Unify(commands::unify::Command),
    /// Check mappings of one CRM model (not in this build)
    #[cfg(not(feature = "unify"))]
    #[command(disable_help_flag = true)]
    Unify(commands::absent::Args),
    Init(commands::init::Args),
    Completions(commands::completions::Args),
    Man(commands::man::Args),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&escaped(&error).unwrap_or(error)).into(),
    };
    let result = match cli.command {
        Command::Check(args) => commands::check::run(&args),
        Command::Parse(args) => commands::parse::run(&args),
        Command::Fmt(args) => commands::fmt::run(&args),
        Command::Translate(args) => commands::translate::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Generate(args) => commands::generate::run(&args),
        Command::Schema(command) => commands::schema::run(&command),
        #[cfg(feature = "emulator")]
        Command::Emulator(args) => commands::emulator::run(&args),
        #[cfg(not(feature = "emulator"))]
        Command::Emulator(args) => commands::absent::run(&args, "dvkit emulator", "emulator"),
        #[cfg(feature = "gateway")]
        Command::Gateway(args) => commands::gateway::run(&args),
        #[cfg(not(feature = "gateway"))]
        Command::Gateway(args) => commands::absent::run(&args, "dvkit gateway", "gateway"),
        #[cfg(feature = "lsp")]
        Command::Lsp(args) => commands::lsp::run(&args),
        #[cfg(not(feature = "lsp"))]
        Command::Lsp(args) => commands::absent::run(&args, "dvkit lsp", "lsp"),
        #[cfg(feature = "mcp")]
        Command::Mcp(args) => commands::mcp::run(&args),
        #[cfg(not(feature = "mcp"))]
        Command::Mcp(args) => commands::absent::run(&args, "dvkit mcp", "mcp"),
        #[cfg(feature = "unify")]
        Command::Unify(command) => commands::unify::run(&command),
        #[cfg(not(feature = "unify"))]
        Command::Unify(args) => commands::absent::run(&args, "dvkit unify", "unify"),
        Command::Init(args) => commands::init::run(&args),
        Command::Completions(args) => commands::completions::run(&args, Cli::command()),
        Command::Man(args) => commands::man::run(&args, Cli::command()),
    };
    interrupt::wait();
    match result {
        Ok(outcome) => outcome.into(),
        Err(error) if is_broken_pipe(&error) => Outcome::Clean.into(),
        Err(error) => {
            output::failure(&error);
            ExitCode::from(2)
        }
    }
}

/// Returns whether the reader of the output is gone, as in `dvkit … | head`. This does not count as a
/// failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}

/// Returns the parser's error about the user's arguments after these are escaped; `None` if the parser then
/// reports another kind of error or none. The parser quotes the arguments in its message and adds colours,
/// after which escape sequences of the arguments could no longer be distinguished from the colours.
fn escaped(error: &clap::Error) -> Option<clap::Error> {
    let shown = |arg: OsString| printable::line(&arg.to_string_lossy()).to_string();
    let again = Cli::try_parse_from(std::env::args_os().map(shown)).err()?;
    (again.kind() == error.kind()).then_some(again)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_is_gone_is_found_among_the_causes() {
        let io = |kind: io::ErrorKind| io::Error::from(kind);
        let broken = || io(io::ErrorKind::BrokenPipe);
        struct Gone(io::ErrorKind);
        impl io::Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let json = |kind| serde_json::to_writer(Gone(kind), &1).unwrap_err();
        for (error, is_broken) in [
            (anyhow::Error::from(broken()), true),
            (anyhow::Error::from(broken()).context("a"), true),
            (anyhow::Error::from(json(io::ErrorKind::BrokenPipe)), true),
            (anyhow::Error::from(json(io::ErrorKind::NotFound)), false),
            (anyhow::Error::from(io(io::ErrorKind::NotFound)), false),
            (anyhow::Error::from(io(io::ErrorKind::NotFound)).context("broken pipe"), false),
            (anyhow::anyhow!("a"), false),
        ] {
            assert_eq!(is_broken_pipe(&error), is_broken, "{error:?}");
        }
    }
}
