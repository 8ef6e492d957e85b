//! Implements `dvkit check`, which checks queries against an organisation's schema. This file has the
//! arguments and the settings made of them; `run` does the work.

mod diff;
mod files;
mod run;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;

use dvkit_diagnostic::Severity;
use dvkit_ide::batch::BatchResponse;
use dvkit_ide::config::{self, Config};
use dvkit_ide::levels::{self, Lint};
use dvkit_ide::{Settings, Workspace};

use crate::batch;
use crate::inputs::{HELP, inputs};
use crate::output::{Color, Messages, Outcome, Screen};
use crate::query_args::table_name;
use crate::report::{CheckMode, ReportFormat, report};
use crate::schema_args::{self, OrgArgs, SAMPLE_NOTICE};
use run::CheckRun;

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
    #[command(flatten)]
    org: OrgArgs,
    /// What a lookup to several tables is followed to: `parentcustomerid=account`
    #[arg(long, value_name = "LOOKUP=TABLE", value_parser = config::parse_target)]
    target: Vec<(String, String)>,
    /// What becomes of a finding, by code or by kind: `DV0502=off`, `performance=error`
    ///
    /// Levels are off, note, warning and error. It wins over `[lints]` of `dvkit.toml`.
    #[arg(long, value_name = "CODE=LEVEL", value_parser = Lint::parse)]
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
    format: Option<ReportFormat>,
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
        (Some(ReportFormat::Json) | None, true) => ReportFormat::Json,
        (Some(_), true) => bail!("`--batch` answers in JSON: leave `--format` out"),
        (format, false) => format.unwrap_or(ReportFormat::Text),
    };
    let inputs = inputs(&args.files, &args.queries)?;
    if args.fix && !inputs.only_files() && format != ReportFormat::Text {
        bail!("`--fix` prints the query alone; with `--format json` it is the member `rewritten`");
    }
    if args.diff && format != ReportFormat::Text {
        bail!("`--diff` prints a diff: leave `--format` out");
    }
    let (config, schemas) = schema_args::find(args.schema.as_deref(), &args.org)?;
    if schemas.has_default() {
        schemas.store(None)?;
    }
    // Standard output is reserved for the corrected query if one is printed.
    let has_result = args.fix && (!inputs.only_files() || args.diff);
    let mut screen = Screen::new(args.color, if has_result { Messages::Stderr } else { Messages::Stdout });
    if schemas.is_sample() && !args.quiet {
        screen.notice(format_args!("{SAMPLE_NOTICE}"))?;
    }
    inputs.tell(&mut screen)?;
    let workspace = Workspace::new(schemas, settings(args, &config));
    let least_severity = least_severity(args.deny);
    if args.batch {
        return batch::run(&mut screen, |number, line| {
            let response = workspace.check_line(number, &line);
            let outcome = match &response {
                BatchResponse::Check(checked) => Outcome::at_least(&checked.diagnostics, least_severity),
                _ => Outcome::Clean,
            };
            (response, outcome)
        });
    }
    let mode = CheckMode { fix: args.fix, diff: args.diff, quiet: args.quiet };
    let run = CheckRun::new(&workspace, &mut screen, report(format, mode), mode, least_severity);
    run.all(inputs.all())
}

/// Returns the lowest severity that counts for the exit status: error, or warning if `deny` is given.
fn least_severity(deny: Option<Deny>) -> Severity {
    match deny {
        Some(Deny::Warnings) => Severity::Warning,
        None => Severity::Error,
    }
}

fn settings(args: &Args, config: &Config) -> Settings {
    let mut targets = config.targets.clone();
    config::overlay(&mut targets, &args.target.iter().cloned().collect());
    let mut levels = config.lints.clone();
    levels.extend(levels::levels(&args.lint));
    let table = table_name(args.table.as_deref(), args.entity_set.as_deref());
    Settings { table, placeholders: args.placeholders, targets, levels }
}
