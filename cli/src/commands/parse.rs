//! `dvkit parse`: is it OData or FetchXML at all? No schema is looked for.

use std::path::PathBuf;

use anyhow::{Result, bail};
use dvkit_diagnostic::{Diagnostic, LineIndex};
use odata_parser::url;
use serde::Serialize;

use crate::batch::{self, Parsed};
use crate::files::{Entry, Item, inputs, names::HELP};
use crate::input::Text;
use crate::output::{Color, Format, Messages, Outcome, Screen};
use crate::report::{At, Located, Place};

/// Parse queries without any schema, and print them back
///
/// QUERY is a filter, a request like `contacts?$select=…&$filter=…`, a whole URL, FetchXML, or the name of files of them,
/// as told at the end. Everything of the OData 4.01 grammar is understood here, also what Dataverse refuses. Without a
/// QUERY, or for `-`, queries are read from standard input.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// Read JSON lines `{"id":…,"query":…}`, `{"id":…,"filter":…}` or `{"id":…,"fetchxml":…}` and answer each with one
    #[arg(long, conflicts_with_all = ["queries", "files"])]
    batch: bool,
    /// Files of queries, by any name: also folders and patterns
    #[arg(long = "queries", value_name = "FILE", num_args = 1.., conflicts_with = "queries")]
    files: Vec<PathBuf>,
    /// Accept placeholders of templates as values: `{id}`, `${id}`, `@{…}`
    #[arg(long)]
    placeholders: bool,
    /// How to answer
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// When to colour
    #[arg(long, value_enum, default_value_t)]
    color: Color,
    /// What to parse
    #[arg(value_name = "QUERY")]
    queries: Vec<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: usize,
    #[serde(flatten)]
    at: Option<At<'a>>,
    parsed: bool,
    diagnostics: Vec<Located<'a>>,
    printed: Option<&'a str>,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    if args.batch && args.format == Some(Format::Text) {
        bail!("`--batch` answers in JSON: leave `--format text` out");
    }
    let mut screen = Screen::new(args.color, Messages::Stdout);
    if args.batch {
        return batch::parse(args.placeholders, &mut screen);
    }
    let inputs = inputs(&args.files, &args.queries)?;
    inputs.tell(&mut screen)?;
    let mut run = Run {
        screen: &mut screen,
        format: args.format.unwrap_or(Format::Text),
        holes: args.placeholders,
        seen: 0,
        outcome: Outcome::Clean,
    };
    inputs.each(&mut run, |run| run.screen, |run, place, item| run.one(place, item))?;
    let outcome = run.outcome;
    screen.flush()?;
    Ok(outcome)
}

struct Run<'a> {
    screen: &'a mut Screen,
    format: Format,
    holes: bool,
    seen: usize,
    outcome: Outcome,
}

impl Run<'_> {
    fn one(&mut self, place: &Place, item: &Item<'_>) -> Result<()> {
        let entry = match &item.entry {
            Ok(entry) => entry,
            Err(why) => {
                self.outcome = self.outcome.max(Outcome::Findings);
                let name = place.name().map_or_else(String::new, |name| format!("{name}: "));
                return Ok(self.screen.aside(format_args!("error: {name}{why}"))?);
            }
        };
        self.seen += 1;
        let text = entry.text();
        let holes = entry.question().and_then(|q| q.placeholders).unwrap_or(self.holes);
        let mut parsed = Parsed::of(text, holes);
        if let Text::Filter(filter) = text
            && !parsed.is_ok()
            && url::is_encoded(filter)
        {
            let decoded = url::decode(filter);
            parsed = Parsed::of(Text::Filter(&decoded.text), holes);
            let map = |d: Diagnostic| d.map(|s| decoded.to_encoded(s), |r| url::encode(&r).into_owned());
            parsed.diagnostics = parsed.diagnostics.into_iter().map(map).collect();
        }
        self.answer(place, item, entry, &parsed)
    }

    fn answer(&mut self, place: &Place, item: &Item<'_>, entry: &Entry<'_>, parsed: &Parsed) -> Result<()> {
        self.outcome = self.outcome.max(Outcome::of(&parsed.diagnostics));
        let printed = parsed.printed.as_deref();
        let located: Vec<_> = parsed.diagnostics.iter().map(|d| entry.query.locate(d.clone())).collect();
        if self.format == Format::Json {
            return self.screen.json(&Answer {
                id: self.seen,
                at: At::of(place),
                parsed: parsed.is_ok(),
                diagnostics: Located::all(place, item.lines, &parsed.diagnostics, &located),
                printed,
            });
        }
        let source = LineIndex::new(item.lines);
        for diagnostic in &located {
            self.screen.diagnostic(diagnostic, &source, place.origin())?;
        }
        if let Some(printed) = printed {
            self.screen.result(printed)?;
        }
        Ok(())
    }
}
