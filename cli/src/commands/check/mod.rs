//! `dvkit check`: is this query right in this organisation, and if not, what is?

mod diff;
mod files;
mod run;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::config::{self, Config};
use crate::files::{inputs, names::HELP};
use crate::input::TableName;
use crate::lints::{self, Lint};
use crate::output::{Color, Messages, Outcome, Screen};
use crate::report::{Format, Style, report};
use crate::session::Session;
use crate::{batch, sample};
use run::Run;

/// Check queries against the schema, and say what to write instead
///
/// QUERY is a filter (`--table` says of what), a request like `contacts?$select=…&$filter=…`, a whole URL, FetchXML, or
/// the name of files of them, as told at the end. Without one, or for `-`, queries are read from standard input.
///
/// The schema is `--schema`, else the one that the nearest `dvkit.toml` names, else `./schema`, else a sample
/// organisation.
///
/// Exit status: 0 nothing is wrong, 1 there are errors, 2 it could not run. With `--fix`, files are looked at as they
/// are afterwards: 0 where everything could be put right. With `--diff` a change that is to be made counts as an error.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// The table that queries without a path are about, by logical name
    #[arg(long, value_name = "NAME", conflicts_with = "entity_set")]
    table: Option<String>,
    /// The same by entity set, as in a URL
    #[arg(long, value_name = "NAME")]
    entity_set: Option<String>,
    /// The snapshot to check against
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    /// What a lookup to several tables is followed to: `parentcustomerid=account`
    #[arg(long, value_name = "LOOKUP=TABLE", value_parser = config::target)]
    target: Vec<(String, String)>,
    /// What becomes of a finding, by code or by kind: `DV0502=off`, `performance=error`
    ///
    /// Levels are off, note, warning and error. It wins over `[lints]` of `dvkit.toml`.
    #[arg(long, value_name = "CODE=LEVEL", value_parser = Lint::flag)]
    lint: Vec<Lint>,
    /// Let warnings count as errors for the exit status
    #[arg(long, value_enum, value_name = "LEVEL")]
    deny: Option<Deny>,
    /// Files of queries, by any name: also folders and patterns
    #[arg(long = "queries", value_name = "FILE", num_args = 1.., conflicts_with = "queries")]
    files: Vec<PathBuf>,
    /// Print only the right query on standard output, and everything else on standard error; of queries in files, write
    /// it into the files
    #[arg(long)]
    fix: bool,
    /// Show what `--fix` would change as a unified diff, and write nothing
    #[arg(long, requires = "fix")]
    diff: bool,
    /// Accept placeholders of templates as values: `{id}`, `${id}`, `@{…}`
    #[arg(long)]
    placeholders: bool,
    /// How to answer
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Tell errors only
    #[arg(short, long)]
    quiet: bool,
    /// Read JSON lines `{"id":…,"query":…}` or `{"id":…,"table":…,"filter":…}` and answer each with one
    #[arg(long, conflicts_with_all = ["fix", "queries", "files", "quiet"])]
    batch: bool,
    /// When to colour
    #[arg(long, value_enum, default_value_t)]
    color: Color,
    /// What to check
    #[arg(value_name = "QUERY")]
    queries: Vec<String>,
}

/// `--deny`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// A query with warnings is as wrong as one with errors
    Warnings,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let format = match (args.format, args.batch) {
        (Some(Format::Json) | None, true) => Format::Json,
        (Some(_), true) => bail!("`--batch` answers in JSON: leave `--format` out"),
        (format, false) => format.unwrap_or(Format::Text),
    };
    let inputs = inputs(&args.files, &args.queries)?;
    if args.fix && !inputs.only_files() && format != Format::Text {
        bail!("`--fix` prints the query alone; with `--format json` it is the member `rewritten`");
    }
    if args.diff && format != Format::Text {
        bail!("`--diff` prints a diff: leave `--format` out");
    }
    let config = Config::find()?;
    let opened = config.open(args.schema.as_deref())?;
    // Standard output is for the result where there is one to be piped on.
    let aside = args.fix && (!inputs.only_files() || args.diff);
    let mut screen = Screen::new(args.color, if aside { Messages::Stderr } else { Messages::Stdout });
    if opened.is_sample && !args.quiet {
        screen.aside(format_args!("{}", sample::NOTICE))?;
    }
    inputs.tell(&mut screen)?;
    let session = session(args, &config, opened.store);
    if args.batch {
        return batch::check(&session, &mut screen);
    }
    let style = Style { fix: args.fix, diff: args.diff, quiet: args.quiet };
    let run = Run::new(&session, &mut screen, report(format, style), style);
    run.all(&inputs.all)
}

fn session(args: &Args, config: &Config, store: dvkit_schema::Store) -> Session {
    let table = match (&args.table, &args.entity_set) {
        (Some(name), _) => Some(TableName::Table(name.clone())),
        (None, set) => set.clone().map(TableName::EntitySet),
    };
    let mut targets = config.targets.clone();
    config::overlay(&mut targets, &args.target.iter().cloned().collect());
    let mut severities = config.lints.clone();
    severities.extend(lints::levels(&args.lint));
    Session {
        store,
        table,
        placeholders: args.placeholders,
        targets,
        severities,
        deny_warnings: args.deny == Some(Deny::Warnings),
    }
}
