//! `dvkit parse`: is it OData at all? No schema is looked for.

use std::io;

use anyhow::{Context as _, Result, bail};
use dvkit_diagnostic::Diagnostic;
use odata_parser::{Parsed, parse_filter_recovering, url};
use serde::Serialize;

use crate::batch;
use crate::input::Query;
use crate::lines::{Line, Lines};
use crate::output::{Color, Format, Messages, Outcome, Screen};

/// Parse filters without any schema, and print them back
///
/// Everything of the OData 4.01 expression grammar is understood here, also what Dataverse refuses. Without a QUERY, or
/// for `-`, filters are read from standard input, one a line.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Read JSON lines `{"id":…,"filter":…}` and answer each with one
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
    printed: Option<String>,
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
        let mut lines = Lines::new(io::stdin().lock());
        while let Some((number, line)) =
            lines.next(self.screen.out()).context("cannot read standard input")?
        {
            match line {
                Line::Text(text) => self.one(text)?,
                Line::Bad(why) => {
                    self.screen.aside(&format!("error: line {number}: {why}"))?;
                    self.outcome = self.outcome.max(Outcome::Findings);
                }
            }
        }
        Ok(())
    }

    fn one(&mut self, text: &str) -> Result<()> {
        self.seen += 1;
        let query = Query::read(text);
        let Some(filter) = query.filter.as_deref() else {
            return Ok(self.screen.aside("note: there is no `$filter` in this query: nothing to parse")?);
        };
        let options = odata_parser::Options { holes: self.holes, ..Default::default() };
        let plain = parse_filter_recovering(filter, &options);
        if plain.is_ok() || !url::is_encoded(filter) {
            return self.answer(filter, &plain);
        }
        let decoded = url::decode(filter);
        let mut parsed = parse_filter_recovering(&decoded.text, &options);
        let map = |d: Diagnostic| d.map(|s| decoded.span(s), |r| url::encode(&r).into_owned());
        parsed.diagnostics = parsed.diagnostics.into_iter().map(map).collect();
        self.answer(filter, &parsed)
    }

    fn answer(&mut self, filter: &str, parsed: &Parsed<'_>) -> Result<()> {
        self.outcome = self.outcome.max(Outcome::of(&parsed.diagnostics));
        let printed = parsed.is_ok().then(|| parsed.expr.to_string());
        if self.format == Format::Json {
            let answer =
                Answer { id: self.seen, parsed: parsed.is_ok(), diagnostics: &parsed.diagnostics, printed };
            return self.screen.json(&answer);
        }
        for diagnostic in &parsed.diagnostics {
            self.screen.diagnostic(diagnostic, filter)?;
        }
        if let Some(printed) = printed {
            writeln!(self.screen.out(), "{printed}")?;
        }
        Ok(())
    }
}
