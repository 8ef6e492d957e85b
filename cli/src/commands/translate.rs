//! `dvkit translate`: the same query in the other language, and what is different about its answer.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;
use dvkit_diagnostic::Diagnostic;
use dvkit_query::emit::{self, Emitted, Refused};
use dvkit_query::hir::Query;
use fetchxml::{FetchText, Style};
use odata_parser::{RequestText, format, parse_request_recovering, url};
use serde::Serialize;

use crate::config::{self, Config};
use crate::files::{Entry, Item, inputs, names::HELP};
use crate::input::{TableName, Text};
use crate::output::{Color, Messages, Outcome, Screen};
use crate::report::Place;
use crate::session::{self, Ask, Session, Verdict};
use crate::{batch, sample};

/// The longest URL of a `GET`, in characters, and of a request within `$batch` (Dataverse, "Use FetchXML to query data").
const LONGEST_URL: usize = 32_768;
const LONGEST_IN_BATCH: usize = 65_536;

/// Translate queries between OData and FetchXML, and say what is different about the answer
///
/// QUERY is FetchXML, a request like `contacts?$select=…&$filter=…`, a whole URL, a filter (`--table` says of what), or the
/// name of files of them (`report.xml`), as told at the end. Without one, or for `-`, queries are read from standard
/// input.
///
/// The translation goes to standard output. Standard error says `exact`, or what is different, or all the reasons why
/// there is none.
///
/// Exit status: 0 translated, 1 it cannot be said or is wrong, 2 it could not run.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// The language that is wanted
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    to: Language,
    /// Print the URL to send, percent-encoded
    #[arg(long)]
    url: bool,
    /// The table that queries without a path are about, by logical name
    #[arg(long, value_name = "NAME", conflicts_with = "entity_set")]
    table: Option<String>,
    /// The same by entity set, as in a URL
    #[arg(long, value_name = "NAME")]
    entity_set: Option<String>,
    /// The snapshot to read names from
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    /// What a lookup to several tables is followed to: `parentcustomerid=account`
    #[arg(long, value_name = "LOOKUP=TABLE", value_parser = config::target)]
    target: Vec<(String, String)>,
    /// Accept placeholders of templates as values: `{id}`, `${id}`, `@{…}`
    #[arg(long)]
    placeholders: bool,
    /// Read JSON lines `{"id":…,"odata":…}` or `{"id":…,"fetchxml":…}` and answer each with one
    #[arg(long, conflicts_with_all = ["queries", "files", "url"])]
    batch: bool,
    /// Files of queries, by any name: also folders and patterns
    #[arg(long = "queries", value_name = "FILE", num_args = 1.., conflicts_with = "queries")]
    files: Vec<PathBuf>,
    /// When to colour
    #[arg(long, value_enum, default_value_t)]
    color: Color,
    /// What to translate
    #[arg(value_name = "QUERY")]
    queries: Vec<String>,
}

/// `--to`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// The query options of the Web API
    Odata,
    /// Microsoft's query language in XML
    Fetchxml,
}

impl Language {
    fn name(self) -> &'static str {
        match self {
            Self::Odata => "OData",
            Self::Fetchxml => "FetchXML",
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let config = Config::find()?;
    let opened = config.open(args.schema.as_deref())?;
    let mut screen = Screen::new(args.color, Messages::Stderr);
    if opened.is_sample {
        screen.aside(sample::NOTICE)?;
    }
    let table = match (&args.table, &args.entity_set) {
        (Some(name), _) => Some(TableName::Table(name.clone())),
        (None, set) => set.clone().map(TableName::EntitySet),
    };
    let mut targets = config.targets.clone();
    config::overlay(&mut targets, &args.target.iter().cloned().collect());
    let session = Session {
        store: opened.store,
        table,
        placeholders: args.placeholders,
        targets,
        severities: config.lints.clone(),
        deny_warnings: false,
    };
    if args.batch {
        return batch::translate(&session, args.to, &mut screen);
    }
    let inputs = inputs(&args.files, &args.queries)?;
    inputs.tell(&mut screen)?;
    let mut run =
        Run { session: &session, screen: &mut screen, to: args.to, url: args.url, outcome: Outcome::Clean };
    inputs.each(&mut run, |run| run.screen, |run, place, item| run.one(place, item))?;
    let outcome = run.outcome;
    screen.flush()?;
    Ok(outcome)
}

/// What became of one query.
pub(crate) enum Translation {
    /// It is wrong as it stands, or its table is: findings, and the text that their spans are in.
    Wrong(Vec<Diagnostic>),
    /// It was translated, perhaps.
    Done(Box<Query>, Result<Emitted, Refused>),
}

/// Checks and translates one query; none where nobody says which table it is about.
///
/// # Errors
/// Where the snapshot cannot be read.
pub(crate) fn translate(
    session: &Session,
    to: Language,
    ask: &Ask<'_>,
) -> Result<Option<Translation>, dvkit_schema::StoreError> {
    let checked = match session.check(ask)? {
        Verdict::Checked(checked) => checked,
        Verdict::WrongTable { diagnostic, .. } => return Ok(Some(Translation::Wrong(vec![*diagnostic]))),
        Verdict::NoTable => return Ok(None),
    };
    let ok = checked.ok();
    Ok(Some(match checked.query {
        Some(query) if ok => {
            let placeholders = ask.placeholders.unwrap_or(session.placeholders);
            let translated = match (to, ask.text) {
                (Language::Odata, _) => emit::translate::odata(&query, &session.store),
                // It is what it is: nothing of it gets lost on the way through its meaning.
                (Language::Fetchxml, Text::Fetch(fetch)) => {
                    Ok(Emitted { text: laid_out(fetch, placeholders, &Style::default()), notes: Vec::new() })
                }
                (Language::Fetchxml, _) => emit::fetchxml::fetchxml(&query, &session.store),
            };
            let placed = translated.map_err(|refused| match ask.text {
                Text::Filter(filter) => refused.in_filter(filter, placeholders),
                Text::Request(request) => refused.in_request(request, placeholders),
                Text::Fetch(fetch) => refused.in_fetchxml(fetch, placeholders),
            });
            Translation::Done(Box::new(query), placed)
        }
        _ => Translation::Wrong(checked.diagnostics),
    }))
}

/// FetchXML, however it was encoded, in this style.
fn laid_out(fetch: &str, placeholders: bool, style: &Style) -> String {
    let text = FetchText::new(fetch);
    let options = fetchxml::Options { holes: placeholders, ..fetchxml::Options::default() };
    fetchxml::print(&fetchxml::parse_text(&text, &options).fetch, style)
}

struct Run<'a> {
    session: &'a Session,
    screen: &'a mut Screen,
    to: Language,
    url: bool,
    outcome: Outcome,
}

impl Run<'_> {
    fn one(&mut self, place: &Place, item: &Item<'_>) -> Result<()> {
        let query = match &item.entry {
            Ok(query) => query,
            Err(why) => return self.unusable(place, why),
        };
        let table = session::table(query);
        let ask = Ask::entry(query, table.as_ref());
        match translate(self.session, self.to, &ask)? {
            None if query.json.is_none() && matches!(place, Place::Given(_)) => bail!(
                "which table is this about? give `--table contact` or `--entity-set contacts`, or write \
                 `contacts?$filter=…`"
            ),
            None => self.unusable(
                place,
                "which table is this about? give `--table contact`, or name it beside the query",
            ),
            Some(Translation::Wrong(diagnostics)) => {
                self.outcome = self.outcome.max(Outcome::Findings);
                for diagnostic in diagnostics.iter().filter(|d| d.is_error()) {
                    self.tell(place, item, query, diagnostic)?;
                }
                Ok(self.screen.aside("not translated: `dvkit check --fix` puts right what is certain")?)
            }
            Some(Translation::Done(meaning, Err(refused))) => {
                for reason in &refused.reasons {
                    self.tell(place, item, query, reason)?;
                }
                self.refused(&meaning, ask.text, &refused)
            }
            Some(Translation::Done(meaning, Ok(emitted))) => self.emitted(&meaning, &emitted),
        }
    }

    fn unusable(&mut self, place: &Place, why: &str) -> Result<()> {
        self.outcome = self.outcome.max(Outcome::Findings);
        let name = place.name().map_or_else(String::new, |name| format!("{name}: "));
        Ok(self.screen.aside(&format!("error: {name}{why}"))?)
    }

    /// Tells a finding at its place.
    fn tell(&mut self, place: &Place, item: &Item<'_>, query: &Entry<'_>, found: &Diagnostic) -> Result<()> {
        let located = query.query.locate(found.clone());
        Ok(self.screen.diagnostic(&located, item.lines, place.origin())?)
    }

    fn emitted(&mut self, query: &Query, emitted: &Emitted) -> Result<()> {
        let text = match (self.url, self.to) {
            (false, _) => emitted.text.clone(),
            (true, Language::Fetchxml) => self.checked(fetch_url(self.session, query, &emitted.text)?)?,
            (true, Language::Odata) => {
                let text = RequestText::new(&emitted.text);
                self.checked(format::minify(&parse_request_recovering(&text, &Default::default()).request))?
            }
        };
        writeln!(self.screen.out(), "{text}")?;
        if emitted.is_exact() {
            self.screen.aside("exact")?;
        }
        for note in &emitted.notes {
            self.screen.aside(&format!("{note}"))?;
        }
        Ok(())
    }

    fn refused(&mut self, query: &Query, text: Text<'_>, refused: &Refused) -> Result<()> {
        self.outcome = self.outcome.max(Outcome::Findings);
        let reasons = match refused.reasons.len() {
            1 => "this reason".to_owned(),
            n => format!("these {n} reasons"),
        };
        self.screen.aside(&format!("it cannot be written in {}, for {reasons}", self.to.name()))?;
        if let Some(nearest) = &refused.nearest {
            self.screen.aside(&format!("without that, the same rows come back:\n{nearest}"))?;
        }
        if let Text::Fetch(fetch) = text {
            let url = fetch_url(self.session, query, fetch)?;
            let set = url.split('?').next().unwrap_or_default();
            let length = url.len();
            self.screen.aside(&format!(
                "send it as it is: GET {set}?fetchXml=… ({length} characters; `--to fetchxml --url` prints it)"
            ))?;
        }
        Ok(())
    }

    /// A URL, and whether it may be as long as it is.
    fn checked(&mut self, url: String) -> Result<String> {
        let length = url.len();
        if length > LONGEST_IN_BATCH {
            self.screen.aside(&format!(
                "warning: {length} characters, and Dataverse takes {LONGEST_IN_BATCH}, in `$batch`"
            ))?;
        } else if length > LONGEST_URL {
            self.screen.aside(&format!(
                "warning: {length} characters, and a `GET` takes {LONGEST_URL}: only `$batch` carries it, up to {LONGEST_IN_BATCH}"
            ))?;
        }
        Ok(url)
    }
}

/// The URL that carries FetchXML.
fn fetch_url(session: &Session, query: &Query, text: &str) -> Result<String> {
    let entry = session.store.entry(&query.table);
    let Some(set) = entry.and_then(|e| e.entity_set.as_deref()) else {
        bail!("`{}` has no entity set: no URL leads to its rows", query.table);
    };
    let short = laid_out(text, session.placeholders, &Style::minified());
    Ok(format!("{set}?fetchXml={}", url::encode(&short)))
}

/// A note for programs.
#[derive(Serialize)]
pub(crate) struct NoteAnswer<'a> {
    kind: &'static str,
    text: &'a str,
}

impl<'a> NoteAnswer<'a> {
    pub(crate) fn all(emitted: &'a Emitted) -> Vec<Self> {
        emitted.notes.iter().map(|n| Self { kind: n.kind.as_str(), text: &n.text }).collect()
    }
}
