//! Implements `dvkit check`, which checks queries against an organisation's schema. This file has the
//! arguments and the settings made of them; `run` does the work.

mod diff;
mod files;
mod git;
mod run;
mod tree;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;

use dvkit_diagnostic::Severity;
use dvkit_ide::batch::BatchResponse;
use dvkit_ide::config::{self, Config};
use dvkit_ide::levels::{self, Lint};
use dvkit_ide::tree::{OrgWorkspace, TreeCheck};
use dvkit_ide::{Schemas, Settings, Workspace};

use crate::batch;
use crate::inputs::{HELP, tree_inputs};
use crate::output::{Color, Messages, Outcome, Screen};
use crate::query_args::table_name;
use crate::report::{CheckMode, ReportFormat, report};
use crate::schema_args::{self, SAMPLE_NOTICE};
use files::FileOptions;
use run::CheckRun;
use tree::TreeArgs;

/// The part of the help text about source files.
const SOURCES_HELP: &str = "

`check` reads source files too: the arguments above may be source files in the languages that dvkit
knows, and folders with them. A word such as `src` is the folder of that name, if there is one and the
word is not an entity set. `dvkit check --list ./` lists what is found.";

/// Check queries against the schema, and suggest corrections
///
/// QUERY is a filter (`--table` names its table), a request such as `contacts?$select=…&$filter=…`, a
/// complete URL, FetchXML, or a file, folder or pattern (see the end of this help). Without a QUERY, or for
/// `-`, queries are read from standard input.
///
/// In source files and folders, the queries in string literals, flows, views and so on are found and checked.
/// Files that `.gitignore` lists, hidden files, `node_modules` and folders of build results are skipped. A
/// comment `dvkit-ignore DV0203` ignores findings with that code on its line and the next one,
/// `dvkit-ignore-file DV0203` those of the file.
///
/// The schema is that of `--schema`, otherwise that of the nearest `dvkit.toml`, otherwise `./schema`,
/// otherwise a sample organisation.
///
/// Exit status: 0 if there are no errors, 1 if there are errors, 2 if the command could not run. With
/// `--fix`, the fixed files count: 0 if all errors were fixed. With `--diff`, a change that has to be made
/// counts as an error.
#[derive(Debug, clap::Args)]
#[command(after_long_help = format!("{HELP}{SOURCES_HELP}"))]
pub(crate) struct Args {
    /// The table of queries that do not name one, by logical name
    #[arg(long, value_name = "NAME", conflicts_with = "entity_set")]
    table: Option<String>,
    /// The table of queries that do not name one, by entity set, as in a URL
    #[arg(long, value_name = "NAME")]
    entity_set: Option<String>,
    /// The folder of the snapshot to check against
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    /// The organisation whose snapshot is read, by its name in `[orgs]` of `dvkit.toml`; repeatable
    ///
    /// With several, every query is checked against each, and a finding says for which it holds. This option
    /// overrides `orgs` in `[check]` of `dvkit.toml`.
    #[arg(long, value_name = "NAME", conflicts_with = "schema")]
    org: Vec<String>,
    /// The table that a lookup to several tables leads to: `parentcustomerid=account`
    #[arg(long, value_name = "LOOKUP=TABLE", value_parser = config::parse_target)]
    target: Vec<(String, String)>,
    /// The severity of findings, by code or by family: `DV0502=off`, `performance=error`
    ///
    /// The levels are off, note, warning and error. This option overrides `[lints]` of `dvkit.toml`.
    #[arg(long, value_name = "CODE=LEVEL", value_parser = Lint::parse)]
    lint: Vec<Lint>,
    /// Count warnings as errors for the exit status
    #[arg(long, value_enum, value_name = "LEVEL")]
    deny: Option<Deny>,
    /// Files of queries with any name, folders or patterns
    #[arg(long = "queries", value_name = "FILE", num_args = 1.., conflicts_with = "queries")]
    files: Vec<PathBuf>,
    /// Print only the fixed query on standard output, and everything else on standard error; write fixes of
    /// queries in files into the files
    #[arg(long)]
    fix: bool,
    /// Show what `--fix` would change as a unified diff, and write nothing
    #[arg(long, requires = "fix")]
    diff: bool,
    /// Accept placeholders of templates as values: `{id}`, `${id}`, `@{…}`
    #[arg(long)]
    placeholders: bool,
    /// The format of the output
    #[arg(long, value_enum)]
    format: Option<ReportFormat>,
    /// Report errors only
    #[arg(short, long)]
    quiet: bool,
    /// Read JSON lines `{"id":…,"query":…}` or `{"id":…,"table":…,"filter":…}`, and print one JSON line for
    /// each
    #[arg(long, conflicts_with_all = ["fix", "queries", "files", "quiet"])]
    batch: bool,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    color: Color,
    #[command(flatten)]
    tree: TreeArgs,
    /// The queries to check, or files and folders
    #[arg(value_name = "QUERY", help_heading = "Arguments")]
    queries: Vec<String>,
}

/// `--deny`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Warnings count as errors
    Warnings,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let format = match (args.format, args.batch) {
        (Some(ReportFormat::Json) | None, true) => ReportFormat::Json,
        (Some(_), true) => bail!("`--batch` answers in JSON: leave `--format` out"),
        (format, false) => format.unwrap_or(ReportFormat::Text),
    };
    let here = ["./".to_owned()];
    let no_inputs = args.files.is_empty() && args.queries.is_empty();
    let queries = if no_inputs && args.tree.names_tree() { &here[..] } else { &args.queries };
    // A filter of one word needs a table; a request of one word is an entity set.
    let is_query = |word: &str| {
        let is_set = |schemas: &Schemas| {
            schemas.store(None).is_ok_and(|store| store.table_by_entity_set(word).is_some())
        };
        args.table.is_some()
            || args.entity_set.is_some()
            || schema_args::find_all(args.schema.as_deref(), &args.org)
                .is_ok_and(|(_, all)| all.iter().any(|(_, schemas)| is_set(schemas)))
    };
    let inputs = tree_inputs(&args.files, queries, args.tree.paths, &is_query)?;
    if args.fix && !inputs.only_files() && format != ReportFormat::Text {
        bail!("`--fix` prints the query alone; with `--format json` it is the member `rewritten`");
    }
    if args.diff && format != ReportFormat::Text {
        bail!("`--diff` prints a diff: leave `--format` out");
    }
    if args.tree.list && !inputs.only_files() {
        bail!("`--list` lists the texts in files: name files or folders");
    }
    if args.tree.list && !matches!(format, ReportFormat::Text | ReportFormat::Json) {
        bail!("`--list` prints text, or JSON with `--format json`");
    }
    let (config, schemas) = schema_args::find_all(args.schema.as_deref(), &args.org)?;
    for (_, schemas) in schemas.iter().filter(|(_, schemas)| schemas.has_default()) {
        schemas.store(None)?;
    }
    // Standard output is reserved for the corrected query if one is printed.
    let has_result = args.fix && (!inputs.only_files() || args.diff);
    let mut screen = Screen::new(args.color, if has_result { Messages::Stderr } else { Messages::Stdout });
    if schemas.iter().any(|(_, schemas)| schemas.is_sample()) && !args.quiet {
        screen.notice(format_args!("{SAMPLE_NOTICE}"))?;
    }
    inputs.tell(&mut screen)?;
    let settings = settings(args, &config);
    let org = |(name, schemas)| OrgWorkspace { name, workspace: Workspace::new(schemas, settings.clone()) };
    let orgs: Vec<OrgWorkspace> = schemas.into_iter().map(org).collect();
    let least_severity = least_severity(args.deny);
    if args.batch {
        let [OrgWorkspace { workspace, .. }] = orgs.as_slice() else {
            bail!(
                "`--batch` checks for one organisation, unless a line names another one with `org`: `--org NAME`"
            );
        };
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
    let files = FileOptions {
        selection: args.tree.selection(&config, inputs.all())?,
        baseline: args.tree.baseline(&config)?,
        list: args.tree.list.then_some(format),
    };
    let check = TreeCheck::new(orgs, files.selection.hosts.clone());
    let run = CheckRun::new(&check, &mut screen, report(format, mode), mode, least_severity, files);
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
