//! `dvkit`: checks, fixes and explains Dataverse queries against an organisation's schema, offline.
//!
//! This crate is what people type: it finds the schema, reads queries, and shows what the libraries found. It decides
//! nothing about queries itself. Exit status: 0 nothing wrong, 1 something is wrong with what was given, 2 it could
//! not run at all.
#![forbid(unsafe_code)]

mod batch;
mod commands;
mod config;
mod files;
mod input;
mod interrupt;
mod lines;
mod lints;
mod output;
mod question;
mod report;
mod sample;
mod session;
mod words;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    Emulator(commands::emulator::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Check(args) => commands::check::run(&args),
        Command::Parse(args) => commands::parse::run(&args),
        Command::Fmt(args) => commands::fmt::run(&args),
        Command::Translate(args) => commands::translate::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Generate(args) => commands::generate::run(&args),
        Command::Schema(command) => commands::schema::run(&command),
        Command::Emulator(args) => commands::emulator::run(&args),
    };
    interrupt::wait();
    match result {
        Ok(outcome) => outcome.into(),
        Err(error) if is_broken_pipe(&error) => Outcome::Clean.into(),
        Err(error) => {
            // Where standard error is gone there is nobody to tell.
            let _ = writeln!(io::stderr().lock(), "error: {}", message(&error));
            ExitCode::from(2)
        }
    }
}

/// `dvkit … | head` is no failure: the reader has seen what it wanted.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}

/// The error and its causes, without those that the message before them has told already.
fn message(error: &anyhow::Error) -> String {
    error
        .chain()
        .map(ToString::to_string)
        .reduce(|text, cause| if text.contains(&cause) { text } else { format!("{text}: {cause}") })
        .unwrap_or_default()
}
