//! `dvkit check`: is this filter right in this organisation, and if not, what is?

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use dvkit_diagnostic::Diagnostic;
use dvkit_query::{Checked, Options};
use dvkit_schema::Store;
use serde::Serialize;

use crate::config::{self, Config};
use crate::input::{Query, TableName};
use crate::lines::{Line, Lines};
use crate::output::{Color, Format, Messages, Outcome, Screen, Tally, counted};
use crate::{batch, sample};

/// Check filters against the schema, and say what to write instead
///
/// QUERY is a filter, or `contacts?$filter=…`, or a whole URL. Without one, or for `-`, filters are read from standard
/// input, one a line.
///
/// The schema is `--schema`, else the one that the nearest `dvkit.toml` names, else `./schema`, else a sample
/// organisation. Exit status: 0 nothing is wrong, 1 there are errors, 2 it could not run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The table that bare filters are about, by logical name
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
    /// Print only the right filter on standard output, and everything else on standard error
    #[arg(long)]
    fix: bool,
    /// Accept placeholders of templates as values: `{id}`, `${id}`, `@{…}`
    #[arg(long)]
    placeholders: bool,
    /// How to answer
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Read JSON lines `{"id":…,"table":…,"filter":…}` and answer each with one
    #[arg(long, conflicts_with_all = ["fix", "queries"])]
    batch: bool,
    /// When to colour
    #[arg(long, value_enum, default_value_t)]
    color: Color,
    /// What to check
    #[arg(value_name = "QUERY")]
    queries: Vec<String>,
}

/// Everything that stays the same from query to query.
pub(crate) struct Session {
    pub(crate) store: Store,
    pub(crate) table: Option<TableName>,
    pub(crate) placeholders: bool,
    config: Config,
    targets: BTreeMap<String, String>,
}

impl Session {
    /// The options for a filter on `table`: targets of `dvkit.toml`, over them those of the command line, over them
    /// `own`.
    pub(crate) fn options(&self, table: &str, own: &BTreeMap<String, String>, placeholders: bool) -> Options {
        let mut targets = self.config.targets(table);
        targets.extend(config::for_table(&self.targets, table));
        targets.extend(config::for_table(own, table));
        Options { targets, placeholders, ..Options::default() }
    }
}

/// A query that was not given as JSON, answered in it.
#[derive(Serialize)]
struct Answer<'a> {
    id: usize,
    table: Option<&'a str>,
    filter: Option<&'a str>,
    ok: bool,
    parsed: bool,
    diagnostics: &'a [Diagnostic],
    rewritten: Option<&'a str>,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let format = match (args.format, args.batch) {
        (Some(Format::Text), true) => bail!("`--batch` answers in JSON: leave `--format text` out"),
        (Some(Format::Json), _) | (None, true) => Format::Json,
        (Some(Format::Text) | None, _) => Format::Text,
    };
    if args.fix && format == Format::Json {
        bail!("`--fix` prints the filter alone; in JSON it is the member `rewritten`");
    }
    let config = Config::find()?;
    let opened = config.open(args.schema.as_deref())?;
    let messages = if args.fix { Messages::Stderr } else { Messages::Stdout };
    let mut screen = Screen::new(args.color, messages);
    if opened.is_sample {
        screen.aside(sample::NOTICE)?;
    }
    let table = match (&args.table, &args.entity_set) {
        (Some(name), _) => Some(TableName::Table(name.clone())),
        (None, set) => set.clone().map(TableName::EntitySet),
    };
    let targets = args.target.iter().cloned().collect();
    let session = Session { store: opened.store, table, placeholders: args.placeholders, config, targets };
    if args.batch {
        return batch::check(&session, &mut screen);
    }
    Run {
        session: &session,
        screen: &mut screen,
        format,
        fix: args.fix,
        seen: 0,
        wrong: 0,
        tally: Tally::default(),
    }
    .all(&args.queries)
}

/// One run over queries for people, or for programs that have no JSON to ask with.
struct Run<'a> {
    session: &'a Session,
    screen: &'a mut Screen,
    format: Format,
    fix: bool,
    seen: usize,
    wrong: usize,
    tally: Tally,
}

impl Run<'_> {
    fn all(mut self, queries: &[String]) -> Result<Outcome> {
        // A wrong name for all of them is told once, before anything is read.
        if let Some(name) = &self.session.table
            && let Err(diagnostic) = name.find(&self.session.store)
        {
            if self.format == Format::Json {
                self.json(None, None, false, std::slice::from_ref(&diagnostic), None)?;
            } else {
                self.screen.diagnostic(&diagnostic, name.as_str())?;
            }
            self.screen.flush()?;
            return Ok(Outcome::Findings);
        }
        let several = queries.len() > 1;
        if queries.is_empty() {
            self.stdin()?;
        }
        for (n, query) in queries.iter().enumerate() {
            if query == "-" {
                self.stdin()?;
            } else {
                self.one(query, several.then(|| format!("query {}", n + 1)))?;
            }
        }
        if self.seen > 1 && self.format == Format::Text {
            let counts =
                if self.tally.is_empty() { String::new() } else { format!(": {}", self.tally.counts()) };
            let seen = match self.seen {
                1 => counted(1, "query"),
                n => format!("{n} queries"),
            };
            let line = format!("{seen}, {} wrong{counts}", self.wrong);
            writeln!(self.screen.messages(), "{line}")?;
        }
        self.screen.flush()?;
        Ok(if self.wrong > 0 { Outcome::Findings } else { Outcome::Clean })
    }

    fn stdin(&mut self) -> Result<()> {
        if io::stdin().is_terminal() {
            self.screen.aside("reading filters, one a line; end with Ctrl-D (Ctrl-Z on Windows)")?;
        }
        let mut lines = Lines::new(io::stdin().lock());
        while let Some((number, line)) =
            lines.next(self.screen.out()).context("cannot read standard input")?
        {
            match line {
                Line::Text(text) => self.one(text, Some(format!("line {number}")))?,
                Line::Bad(why) => {
                    self.screen.aside(&format!("error: line {number}: {why}"))?;
                    self.seen += 1;
                    self.wrong += 1;
                }
            }
        }
        Ok(())
    }

    fn one(&mut self, text: &str, place: Option<String>) -> Result<()> {
        self.seen += 1;
        let query = Query::read(text);
        for note in &query.notes {
            let place = place.as_ref().map_or_else(String::new, |p| format!("{p}: "));
            self.screen.aside(&format!("note: {place}{note}"))?;
        }
        let store = &self.session.store;
        let entry = match (query.table(store)?, &self.session.table) {
            (Some(found), _) => found,
            (None, Some(name)) => name.find(store),
            (None, None) => bail!(
                "which table is this about? give `--table contact` or `--entity-set contacts`, or write \
                 `contacts?$filter=…`"
            ),
        };
        let entry = match entry {
            Ok(entry) => entry,
            Err(diagnostic) => {
                return self.answer(
                    place,
                    None,
                    None,
                    query.text,
                    &Checked {
                        parsed: false,
                        table: None,
                        diagnostics: vec![*diagnostic],
                        query: None,
                        rewritten: None,
                    },
                );
            }
        };
        let table = entry.logical_name.as_str();
        let Some(filter) = query.filter.as_deref() else {
            self.screen.aside("note: there is no `$filter` in this query: nothing to check")?;
            let checked =
                Checked { parsed: true, table: None, diagnostics: Vec::new(), query: None, rewritten: None };
            return self.answer(place, Some(table), None, "", &checked);
        };
        let options = self.session.options(table, &BTreeMap::new(), self.session.placeholders);
        let checked = dvkit_query::check(store, table, filter, &options)?;
        self.answer(place, Some(table), Some(filter), filter, &checked)
    }

    fn answer(
        &mut self,
        place: Option<String>,
        table: Option<&str>,
        filter: Option<&str>,
        source: &str,
        checked: &Checked,
    ) -> Result<()> {
        self.wrong += usize::from(!checked.ok());
        self.tally.add(Tally::of(&checked.diagnostics));
        if self.format == Format::Json {
            let rewritten = checked.rewritten.as_deref();
            return self.json(table, filter, checked.parsed, &checked.diagnostics, rewritten);
        }
        Ok(self.text(place, filter, source, checked)?)
    }

    fn json(
        &mut self,
        table: Option<&str>,
        filter: Option<&str>,
        parsed: bool,
        diagnostics: &[Diagnostic],
        rewritten: Option<&str>,
    ) -> Result<()> {
        let ok = Outcome::of(diagnostics) == Outcome::Clean;
        self.screen.json(&Answer { id: self.seen, table, filter, ok, parsed, diagnostics, rewritten })
    }

    fn text(
        &mut self,
        place: Option<String>,
        filter: Option<&str>,
        source: &str,
        checked: &Checked,
    ) -> io::Result<()> {
        let tally = Tally::of(&checked.diagnostics);
        let prefix = place.as_ref().map_or_else(String::new, |p| format!("{p}: "));
        if tally.is_empty() {
            // With `--fix` the filter itself is the answer.
            if !self.fix {
                writeln!(self.screen.messages(), "{prefix}ok")?;
            }
        } else {
            if let Some(place) = place {
                let heading = self.screen.bold(&format!("{place}:"));
                writeln!(self.screen.messages(), "{heading}")?;
            }
            for diagnostic in &checked.diagnostics {
                self.screen.diagnostic(diagnostic, source)?;
            }
        }
        let rewritten = checked.rewritten.as_deref();
        if self.fix {
            if let Some(right) = rewritten.map(Cow::Borrowed) {
                writeln!(self.screen.out(), "{right}")?;
            }
        } else if let Some(right) = rewritten.filter(|r| Some(*r) != filter) {
            let fixed = self.screen.bold("fixed:");
            writeln!(self.screen.messages(), "{fixed} {right}")?;
        }
        if !tally.is_empty() {
            let hint =
                if self.fix || rewritten.is_none() { "" } else { " (`--fix` prints the result alone)" };
            let line = format!("{}; {}{hint}", tally.counts(), tally.fixes());
            writeln!(self.screen.messages(), "{line}")?;
        }
        Ok(())
    }
}
