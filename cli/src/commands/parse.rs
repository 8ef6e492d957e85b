//! `dvkit parse`: is it OData or FetchXML at all? No schema is looked for.

use anyhow::{Result, bail};
use dvkit_diagnostic::{Diagnostic, LineIndex};
use odata_parser::url;
use serde::Serialize;

use crate::batch::{self, Parsed};
use crate::input::{Text, each_query};
use crate::output::{Color, Format, Messages, Outcome, Screen};

/// Parse queries without any schema, and print them back
///
/// QUERY is a filter, a request like `contacts?$select=…&$filter=…`, a whole URL, or FetchXML. Everything of the OData 4.01
/// grammar is understood here, also what Dataverse refuses. Without a QUERY, or for `-`, queries are read from standard
/// input, one a line; FetchXML may have many.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Read JSON lines `{"id":…,"query":…}`, `{"id":…,"filter":…}` or `{"id":…,"fetchxml":…}` and answer each with one
    #[arg(long, conflicts_with = "queries")]
    batch: bool,
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
    parsed: bool,
    diagnostics: &'a [Diagnostic],
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
    let mut run = Run {
        screen: &mut screen,
        format: args.format.unwrap_or(Format::Text),
        holes: args.placeholders,
        seen: 0,
        outcome: Outcome::Clean,
    };
    if args.queries.is_empty() {
        run.stdin()?;
    }
    for query in &args.queries {
        if query == "-" { run.stdin()? } else { run.one(query)? }
    }
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
    fn stdin(&mut self) -> Result<()> {
        each_query(
            self,
            |run| run.screen,
            |run, _, text| run.one(text),
            |run, number, why| {
                run.outcome = run.outcome.max(Outcome::Findings);
                Ok(run.screen.aside(format_args!("error: line {number}: {why}"))?)
            },
        )
    }

    fn one(&mut self, text: &str) -> Result<()> {
        self.seen += 1;
        let text = Text::read(text);
        let plain = Parsed::of(text, self.holes);
        match text {
            Text::Filter(filter) if !plain.is_ok() && url::is_encoded(filter) => {
                let decoded = url::decode(filter);
                let mut parsed = Parsed::of(Text::Filter(&decoded.text), self.holes);
                let map = |d: Diagnostic| d.map(|s| decoded.span(s), |r| url::encode(&r).into_owned());
                parsed.diagnostics = parsed.diagnostics.into_iter().map(map).collect();
                self.answer(filter, &parsed)
            }
            _ => self.answer(text.as_str(), &plain),
        }
    }

    fn answer(&mut self, text: &str, parsed: &Parsed) -> Result<()> {
        self.outcome = self.outcome.max(Outcome::of(&parsed.diagnostics));
        let printed = parsed.printed.as_deref();
        if self.format == Format::Json {
            let (parsed, diagnostics) = (parsed.is_ok(), parsed.diagnostics.as_slice());
            return self.screen.json(&Answer { id: self.seen, parsed, diagnostics, printed });
        }
        let source = LineIndex::new(text);
        for diagnostic in &parsed.diagnostics {
            self.screen.diagnostic(diagnostic, &source, None)?;
        }
        if let Some(printed) = printed {
            self.screen.result(printed)?;
        }
        Ok(())
    }
}
