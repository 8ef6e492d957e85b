//! Implements `dvkit parse`, which checks the syntax of OData and FetchXML, without a schema.

use std::path::PathBuf;

use anyhow::{Result, bail};
use dvkit_diagnostic::LineIndex;
use dvkit_ide::ParsedQuery;
use dvkit_ide::batch::{BatchResponse, parse_line};
use dvkit_ide::document::{QueryEntry, QueryItem};
use serde::Serialize;

use crate::batch;
use crate::inputs::{HELP, inputs};
use crate::output::{Color, Messages, Outcome, OutputFormat, Screen};
use crate::report::{FileLine, LocatedDiagnostic, QueryOrigin};

/// Parse queries without a schema, and print them
///
/// QUERY is a filter, a request such as `contacts?$select=…&$filter=…`, a complete URL, FetchXML, or a file,
/// folder or pattern of queries (see the end of this help). The whole grammar of OData 4.01 is accepted,
/// including forms that Dataverse refuses. Without a QUERY, or for `-`, queries are read from standard input.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// Read JSON lines `{"id":…,"query":…}`, `{"id":…,"filter":…}` or `{"id":…,"fetchxml":…}`, and print one
    /// JSON line for each
    #[arg(long, conflicts_with_all = ["queries", "files"])]
    batch: bool,
    /// Files of queries with any name, folders or patterns
    #[arg(long = "queries", value_name = "FILE", num_args = 1.., conflicts_with = "queries")]
    files: Vec<PathBuf>,
    /// Accept placeholders of templates as values: `{id}`, `${id}`, `@{…}`
    #[arg(long)]
    placeholders: bool,
    /// The format of the output
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    color: Color,
    /// The queries to parse
    #[arg(value_name = "QUERY")]
    queries: Vec<String>,
}

#[derive(Serialize)]
struct ParseResult<'a> {
    id: usize,
    #[serde(flatten)]
    at: Option<FileLine<'a>>,
    parsed: bool,
    diagnostics: Vec<LocatedDiagnostic<'a>>,
    printed: Option<&'a str>,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    if args.batch && args.format == Some(OutputFormat::Text) {
        bail!("`--batch` answers in JSON: leave `--format text` out");
    }
    let mut screen = Screen::new(args.color, Messages::Stdout);
    if args.batch {
        return batch::run(&mut screen, |number, line| {
            let response = parse_line(args.placeholders, number, &line);
            let outcome = match &response {
                BatchResponse::Parse(parsed) => Outcome::of(&parsed.diagnostics),
                _ => Outcome::Clean,
            };
            (response, outcome)
        });
    }
    let inputs = inputs(&args.files, &args.queries)?;
    inputs.tell(&mut screen)?;
    let mut run = ParseRun {
        screen: &mut screen,
        format: args.format.unwrap_or(OutputFormat::Text),
        placeholders: args.placeholders,
        seen: 0,
        outcome: Outcome::Clean,
    };
    inputs.each(&mut run, |run| run.screen, |run, origin, item| run.one(origin, item))?;
    let outcome = run.outcome;
    screen.flush()?;
    Ok(outcome)
}

/// The state of a run of `parse`.
struct ParseRun<'a> {
    screen: &'a mut Screen,
    format: OutputFormat,
    placeholders: bool,
    seen: usize,
    outcome: Outcome,
}

impl ParseRun<'_> {
    fn one(&mut self, origin: &QueryOrigin, item: &QueryItem<'_>) -> Result<()> {
        let entry = match &item.entry {
            Ok(entry) => entry,
            Err(why) => {
                self.outcome = self.outcome.max(Outcome::Findings);
                return Ok(self.screen.notice(format_args!("error: {}{why}", origin.prefix()))?);
            }
        };
        self.seen += 1;
        let placeholders = entry.request.as_ref().and_then(|request| request.placeholders);
        let parsed = ParsedQuery::decoded(entry.text(), placeholders.unwrap_or(self.placeholders));
        self.show(origin, item, entry, &parsed)
    }

    fn show(
        &mut self,
        origin: &QueryOrigin,
        item: &QueryItem<'_>,
        entry: &QueryEntry<'_>,
        parsed: &ParsedQuery,
    ) -> Result<()> {
        self.outcome = self.outcome.max(Outcome::of(&parsed.diagnostics));
        let printed = parsed.printed.as_deref();
        let located: Vec<_> = parsed.diagnostics.iter().map(|d| entry.query.locate(d.clone())).collect();
        if self.format == OutputFormat::Json {
            return self.screen.json(&ParseResult {
                id: self.seen,
                at: FileLine::of(origin),
                parsed: parsed.is_ok(),
                diagnostics: LocatedDiagnostic::all(origin, item.lines, &parsed.diagnostics, &located),
                printed,
            });
        }
        let source = LineIndex::new(item.lines);
        for diagnostic in &located {
            self.screen.diagnostic(diagnostic, &source, origin.location())?;
        }
        if let Some(printed) = printed {
            self.screen.result(printed)?;
        }
        Ok(())
    }
}
