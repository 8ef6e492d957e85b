//! Implements `dvkit fmt`, which formats or minifies queries, without a schema. A formatted query means the
//! same as before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::ValueEnum;
use dvkit_diagnostic::{Diagnostic, LineIndex};
use dvkit_ide::document::{Document, QueryItem};
use dvkit_ide::format::{self, FormatOptions, FormatResult};
use fetchxml::PrintStyle;

use crate::inputs::{HELP, inputs};
use crate::output::{Color, Messages, Outcome, Screen};
use crate::report::QueryOrigin;

/// Format queries: one clause per line, or as short as possible
///
/// QUERY is a filter, a request such as `contacts?$select=…&$filter=…`, a complete URL, FetchXML, or a file,
/// folder or pattern of queries (see the end of this help). Without a QUERY, or for `-`, queries are read
/// from standard input. Names, values and the order of options, elements and attributes do not change.
/// Requests are printed as URLs, filters without percent-encoding, and FetchXML as XML.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// Print the shortest query with the same meaning, on one line
    #[arg(long)]
    minify: bool,
    /// The quotation marks in FetchXML
    #[arg(long, value_enum, default_value_t)]
    quotes: Quotes,
    /// Write an end tag for every element of FetchXML, even if the element is empty
    #[arg(long)]
    explicit_close: bool,
    /// Remove the comments from FetchXML, as `--minify` does
    #[arg(long)]
    no_comments: bool,
    /// Accept placeholders of templates as values: `{id}`, `${id}`, `@{…}`
    #[arg(long)]
    placeholders: bool,
    /// Files of queries with any name, folders or patterns
    #[arg(long = "queries", visible_alias = "file", value_name = "FILE", num_args = 1.., conflicts_with = "queries")]
    files: Vec<PathBuf>,
    /// Only list the queries in the files that are not minified
    #[arg(long)]
    check: bool,
    /// Replace the queries in their files, and leave the rest of the files unchanged
    #[arg(long, conflicts_with = "check")]
    write: bool,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    color: Color,
    /// The queries to format
    #[arg(value_name = "QUERY")]
    queries: Vec<String>,
}

/// `--quotes`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Quotes {
    /// `"`
    #[default]
    Double,
    /// `'`
    Single,
}

impl Args {
    /// Returns the print style of FetchXML that the flags select.
    fn style(&self) -> PrintStyle {
        let small = self.minify || self.check;
        let layout = if small { PrintStyle::minified() } else { PrintStyle::default() };
        let quotes = match self.quotes {
            Quotes::Double => fetchxml::Quotes::Double,
            Quotes::Single => fetchxml::Quotes::Single,
        };
        let comments = layout.comments && !self.no_comments;
        PrintStyle { quotes, explicit_close: self.explicit_close, comments, ..layout }
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let inputs = inputs(&args.files, &args.queries)?;
    if (args.write || args.check) && !inputs.only_files() {
        bail!("`--write` and `--check` take files: `--queries a.odata`");
    }
    let mut screen = Screen::new(args.color, Messages::Stderr);
    inputs.tell(&mut screen)?;
    let options = FormatOptions {
        minify: args.minify || args.check,
        style: args.style(),
        placeholders: args.placeholders,
    };
    let mut run = FormatRun { screen: &mut screen, options, printed: false, outcome: Outcome::Clean };
    if args.write || args.check {
        for path in inputs.files() {
            run.file(path, args.write)?;
        }
    } else {
        inputs.each(&mut run, |run| run.screen, |run, origin, item| run.one(origin, item))?;
    }
    let outcome = run.outcome;
    screen.flush()?;
    Ok(outcome)
}

/// The state of a run of `fmt`.
struct FormatRun<'a> {
    screen: &'a mut Screen,
    options: FormatOptions,
    /// Whether a query was printed before. If so, an empty line is needed before the next one.
    printed: bool,
    outcome: Outcome,
}

impl FormatRun<'_> {
    /// Formats and prints one query that is not in a file. Returns an error if the output cannot be written.
    /// A query that is invalid is reported and is no error.
    fn one(&mut self, origin: &QueryOrigin, item: &QueryItem<'_>) -> Result<()> {
        let entry = match &item.entry {
            Ok(entry) => entry,
            Err(why) => return self.unusable(origin, why),
        };
        let placeholders = entry.request.as_ref().and_then(|request| request.placeholders);
        let options =
            FormatOptions { placeholders: placeholders.unwrap_or(self.options.placeholders), ..self.options };
        let formatted = match format::format_query(entry.text(), &options) {
            Ok(formatted) => formatted,
            Err(diagnostics) => {
                let located = diagnostics.into_iter().map(|d| entry.query.locate(d));
                return self.wrong(origin, item, &located.collect::<Vec<_>>());
            }
        };
        // An empty line separates queries of several lines.
        if self.printed && !self.options.minify {
            self.screen.blank()?;
        }
        self.printed = true;
        Ok(self.screen.result(&formatted)?)
    }

    /// Formats the queries of a file. If `write` is true, they are replaced in the file, otherwise only
    /// checked for being minified. Returns an error if the file cannot be read or written, or if the output
    /// cannot be written. A query that is invalid is reported and is no error.
    fn file(&mut self, path: &Path, write: bool) -> Result<()> {
        let file = Document::read(path)?;
        let mut changes = BTreeMap::new();
        let options = self.options;
        for (n, query) in format::format_document(&file, &options).enumerate() {
            let origin = QueryOrigin::file(path, &query.item);
            match query.result {
                FormatResult::Same => {}
                FormatResult::Changed(_) if !write => {
                    let at = origin.name().unwrap_or_default();
                    self.screen.line(format_args!("{at}: not minified"))?;
                    self.outcome = self.outcome.max(Outcome::Findings);
                }
                FormatResult::Changed(text) => match format::misfit(&file, n, &text) {
                    Some(why) => self.unusable(&origin, &why)?,
                    None => {
                        changes.insert(n, text);
                    }
                },
                FormatResult::Wrong(diagnostics) => self.wrong(&origin, &query.item, &diagnostics)?,
                FormatResult::LeftAlone(why) => self.unusable(&origin, &why)?,
            }
        }
        match format::formatted_document(&file, &changes) {
            Ok(Some(new)) => Ok(new.write(&file)?),
            Ok(None) => Ok(()),
            Err(why) => self.unusable(
                &QueryOrigin::Given(Some(path.display().to_string())),
                &format!("nothing is written: {why}"),
            ),
        }
    }

    /// Reports why a query is neither valid OData nor valid FetchXML. `located` are the errors, with spans
    /// into the lines of the query.
    fn wrong(&mut self, origin: &QueryOrigin, item: &QueryItem<'_>, located: &[Diagnostic]) -> Result<()> {
        let source = LineIndex::new(item.lines);
        for diagnostic in located {
            self.screen.diagnostic(diagnostic, &source, origin.location())?;
        }
        self.outcome = self.outcome.max(Outcome::Findings);
        Ok(())
    }

    fn unusable(&mut self, origin: &QueryOrigin, why: &str) -> Result<()> {
        self.outcome = self.outcome.max(Outcome::Findings);
        Ok(self.screen.notice(format_args!("error: {}{why}", origin.prefix()))?)
    }
}
