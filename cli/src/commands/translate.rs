//! `dvkit translate`: the same query in the other language, and what is different about its answer.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;
use dvkit_diagnostic::{LineIndex, Span};
use dvkit_query::hir::Query;
use dvkit_translate::Translation;
use dvkit_translate::TranslationOutcome;
use fetchxml::{FetchText, PrintStyle};
use odata_parser::{RequestText, format, parse_request_recovering, url};
use serde::Serialize;

use crate::config::{self, Config};
use crate::files::{Item, inputs, names::HELP};
use crate::input::{TableName, Text};
use crate::output::{Color, Messages, Outcome, Screen};
use crate::report::Place;
use crate::session::{self, Ask, Prepared, Session};
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
        screen.aside(format_args!("{}", sample::NOTICE))?;
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

/// Translates one query; none where nobody says which table it is about.
///
/// # Errors
/// Where the snapshot cannot be read.
pub(crate) fn translate(
    session: &Session,
    to: Language,
    ask: &Ask<'_>,
) -> Result<Option<TranslationOutcome>, dvkit_schema::StoreError> {
    let to = match to {
        Language::Odata => dvkit_translate::Language::OData,
        Language::Fetchxml => dvkit_translate::Language::FetchXml,
    };
    Ok(match session.prepared(ask) {
        Prepared::Ready(source, options) => {
            Some(dvkit_translate::translate(&session.store, source, to, &options)?)
        }
        Prepared::WrongTable { diagnostic, .. } => Some(TranslationOutcome::from_error(*diagnostic)),
        Prepared::NoTable => None,
    })
}

/// FetchXML, however it was encoded, in this style.
fn laid_out(fetch: &str, placeholders: bool, style: &PrintStyle) -> String {
    let text = FetchText::new(fetch);
    let options = fetchxml::ParseOptions { placeholders, ..fetchxml::ParseOptions::default() };
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
        let done = match translate(self.session, self.to, &ask)? {
            Some(done) => done,
            None if query.json.is_none() && matches!(place, Place::Given(_)) => bail!(
                "which table is this about? give `--table contact` or `--entity-set contacts`, or write \
                 `contacts?$filter=…`"
            ),
            None => {
                let why = "which table is this about? give `--table contact`, or name it beside the query";
                return self.unusable(place, why);
            }
        };
        let source = LineIndex::new(item.lines);
        for diagnostic in &done.diagnostics {
            self.screen.diagnostic(&query.query.locate(diagnostic.clone()), &source, place.origin())?;
        }
        let TranslationOutcome { query, translation, .. } = &done;
        match (query, translation) {
            (Some(query), Some(translation)) => self.translation(query, translation),
            _ if done.untranslatable => self.refused(ask.text, &done),
            _ => {
                self.outcome = self.outcome.max(Outcome::Findings);
                let why = "not translated: `dvkit check --fix` puts right what is certain";
                Ok(self.screen.aside(format_args!("{why}"))?)
            }
        }
    }

    fn unusable(&mut self, place: &Place, why: &str) -> Result<()> {
        self.outcome = self.outcome.max(Outcome::Findings);
        let name = place.name().map_or_else(String::new, |name| format!("{name}: "));
        Ok(self.screen.aside(format_args!("error: {name}{why}"))?)
    }

    fn translation(&mut self, query: &Query, translation: &Translation) -> Result<()> {
        let text = match (self.url, self.to) {
            (false, _) => translation.text.clone(),
            (true, Language::Fetchxml) => self.checked(fetch_url(self.session, query, &translation.text)?)?,
            (true, Language::Odata) => {
                let text = RequestText::new(&translation.text);
                self.checked(format::minify(&parse_request_recovering(&text, &Default::default()).request))?
            }
        };
        self.screen.result(&text)?;
        if translation.is_exact() {
            self.screen.aside(format_args!("exact"))?;
        }
        for note in &translation.differences {
            self.screen.aside(format_args!("{note}"))?;
        }
        Ok(())
    }

    fn refused(&mut self, text: Text<'_>, refused: &TranslationOutcome) -> Result<()> {
        self.outcome = self.outcome.max(Outcome::Findings);
        let reasons = match refused.diagnostics.iter().filter(|d| d.is_error()).count() {
            1 => "this reason".to_owned(),
            n => format!("these {n} reasons"),
        };
        self.screen.aside(format_args!("it cannot be written in {}, for {reasons}", self.to.name()))?;
        if let Some(nearest) = &refused.nearest {
            self.screen.aside(format_args!("without that, the same rows come back:"))?;
            self.screen.aside_lines(nearest)?;
        }
        if let (Text::Fetch(fetch), Some(query)) = (text, &refused.query)
            && let Ok(url) = fetch_url(self.session, query, fetch)
        {
            let set = url.split('?').next().unwrap_or_default();
            let length = url.len();
            self.screen.aside(format_args!(
                "send it as it is: GET {set}?fetchXml=… ({length} characters; `--to fetchxml --url` prints it)"
            ))?;
        }
        Ok(())
    }

    /// A URL, and whether it may be as long as it is.
    fn checked(&mut self, url: String) -> Result<String> {
        let length = url.len();
        if length > LONGEST_IN_BATCH {
            self.screen.aside(format_args!(
                "warning: {length} characters, and Dataverse takes {LONGEST_IN_BATCH}, in `$batch`"
            ))?;
        } else if length > LONGEST_URL {
            self.screen.aside(format_args!(
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
    let short = laid_out(text, session.placeholders, &PrintStyle::minified());
    Ok(format!("{set}?fetchXml={}", url::encode(&short)))
}

/// A note for programs.
#[derive(Serialize)]
pub(crate) struct NoteAnswer<'a> {
    kind: &'static str,
    text: &'a str,
    /// Where in the query, where it is about one piece of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<Span>,
}

impl<'a> NoteAnswer<'a> {
    pub(crate) fn all(translation: &'a Translation) -> Vec<Self> {
        translation
            .differences
            .iter()
            .map(|n| Self { kind: n.kind.as_str(), text: &n.text, span: n.span })
            .collect()
    }
}
