//! Implements `dvkit translate`, which translates a query to the other language and reports the differences
//! in its results.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;
use dvkit_diagnostic::LineIndex;
use dvkit_diagnostic::limits::{MAX_URL_LENGTH, MAX_URL_LENGTH_IN_BATCH};
use dvkit_ide::batch::BatchResponse;
use dvkit_ide::document::QueryItem;
use dvkit_ide::{CheckRequest, QueryForm, Settings, TranslateOutcome, Workspace, config, fetch_url};
use dvkit_query::hir::Query;
use dvkit_translate::{Translation, TranslationOutcome};
use odata_parser::{RequestText, format, parse_request_recovering};

use crate::batch;
use crate::inputs::{HELP, inputs};
use crate::output::{Color, Messages, Outcome, Screen};
use crate::query_args::{WHICH_TABLE, table_name};
use crate::report::QueryOrigin;
use crate::schema_args::{self, OrgArgs, SAMPLE_NOTICE};

/// Translate queries between OData and FetchXML, and report how their results differ
///
/// QUERY is FetchXML, a request such as `contacts?$select=…&$filter=…`, a complete URL, a filter (`--table`
/// names its table), or a file, folder or pattern of queries (see the end of this help). Without a QUERY, or
/// for `-`, queries are read from standard input.
///
/// The translation is printed on standard output. Standard error contains `exact`, or the differences, or all
/// reasons why there is no translation.
///
/// Exit status: 0 if translated, 1 if a query is invalid or cannot be translated, 2 if the command could not
/// run.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// The language to translate to
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    to: Language,
    /// Print the URL to send, percent-encoded
    #[arg(long)]
    url: bool,
    /// The table of queries that do not name one, by logical name
    #[arg(long, value_name = "NAME", conflicts_with = "entity_set")]
    table: Option<String>,
    /// The table of queries that do not name one, by entity set, as in a URL
    #[arg(long, value_name = "NAME")]
    entity_set: Option<String>,
    /// The folder of the snapshot that has the names
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    org: OrgArgs,
    /// The table that a lookup to several tables leads to: `parentcustomerid=account`
    #[arg(long, value_name = "LOOKUP=TABLE", value_parser = config::parse_target)]
    target: Vec<(String, String)>,
    /// Accept placeholders of templates as values: `{id}`, `${id}`, `@{…}`
    #[arg(long)]
    placeholders: bool,
    /// Read JSON lines `{"id":…,"odata":…}` or `{"id":…,"fetchxml":…}`, and print one JSON line for each
    #[arg(long, conflicts_with_all = ["queries", "files", "url"])]
    batch: bool,
    /// Files of queries with any name, folders or patterns
    #[arg(long = "queries", value_name = "FILE", num_args = 1.., conflicts_with = "queries")]
    files: Vec<PathBuf>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    color: Color,
    /// The queries to translate
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
    let (config, schemas) = schema_args::find(args.schema.as_deref(), &args.org)?;
    if schemas.has_default() {
        schemas.store(None)?;
    }
    let mut screen = Screen::new(args.color, Messages::Stderr);
    if schemas.is_sample() {
        screen.notice(format_args!("{SAMPLE_NOTICE}"))?;
    }
    let table = table_name(args.table.as_deref(), args.entity_set.as_deref());
    let mut targets = config.targets.clone();
    config::overlay(&mut targets, &args.target.iter().cloned().collect());
    let settings = Settings { table, placeholders: args.placeholders, targets, levels: config.lints };
    let workspace = Workspace::new(schemas, settings);
    if args.batch {
        return batch::run(&mut screen, |number, line| {
            let response = workspace.translate_line(args.to.into(), number, &line);
            let outcome = match &response {
                BatchResponse::Translate(translated) if translated.ok => Outcome::Clean,
                _ => Outcome::Findings,
            };
            (response, outcome)
        });
    }
    let inputs = inputs(&args.files, &args.queries)?;
    inputs.tell(&mut screen)?;
    let mut run = TranslateRun {
        workspace: &workspace,
        screen: &mut screen,
        to: args.to,
        url: args.url,
        outcome: Outcome::Clean,
    };
    inputs.each(&mut run, |run| run.screen, |run, origin, item| run.one(origin, item))?;
    let outcome = run.outcome;
    screen.flush()?;
    Ok(outcome)
}

impl From<Language> for dvkit_translate::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::Odata => Self::OData,
            Language::Fetchxml => Self::FetchXml,
        }
    }
}

/// The state of a run of `translate`.
struct TranslateRun<'a> {
    workspace: &'a Workspace,
    screen: &'a mut Screen,
    to: Language,
    url: bool,
    outcome: Outcome,
}

impl TranslateRun<'_> {
    fn one(&mut self, origin: &QueryOrigin, item: &QueryItem<'_>) -> Result<()> {
        let query = match &item.entry {
            Ok(query) => query,
            Err(why) => return self.unusable(origin, why),
        };
        let table = query.table_name();
        let request = CheckRequest::of_entry(query, table.as_ref());
        let is_argument = query.request.is_none() && matches!(origin, QueryOrigin::Given(_));
        let done = match self.workspace.translate(&request, self.to.into())? {
            TranslateOutcome::Translated(done) => *done,
            TranslateOutcome::NoTable if is_argument => bail!("{WHICH_TABLE}"),
            TranslateOutcome::NoTable => {
                let why = "which table is this about? give `--table contact`, or name it beside the query";
                return self.unusable(origin, why);
            }
            TranslateOutcome::NoOrg(why) if is_argument => bail!("{why}"),
            TranslateOutcome::NoOrg(why) => return self.unusable(origin, &why),
        };
        let source = LineIndex::new(item.lines);
        for diagnostic in &done.diagnostics {
            self.screen.diagnostic(&query.query.locate(diagnostic.clone()), &source, origin.location())?;
        }
        let TranslationOutcome { query, translation, .. } = &done;
        match (query, translation) {
            (Some(query), Some(translation)) => self.translation(&request, query, translation),
            _ if done.untranslatable => self.refused(&request, &done),
            _ => {
                self.outcome = self.outcome.max(Outcome::Findings);
                let why = "not translated: `dvkit check --fix` puts right what is certain";
                Ok(self.screen.notice(format_args!("{why}"))?)
            }
        }
    }

    fn unusable(&mut self, origin: &QueryOrigin, why: &str) -> Result<()> {
        self.outcome = self.outcome.max(Outcome::Findings);
        Ok(self.screen.notice(format_args!("error: {}{why}", origin.prefix()))?)
    }

    fn translation(
        &mut self,
        request: &CheckRequest<'_>,
        query: &Query,
        translation: &Translation,
    ) -> Result<()> {
        let text = match (self.url, self.to) {
            (false, _) => translation.text.clone(),
            (true, Language::Fetchxml) => {
                let Some(url) = self.fetch_url(request, query, &translation.text)? else {
                    bail!("`{}` has no entity set: no URL leads to its rows", query.table);
                };
                self.checked(url)?
            }
            (true, Language::Odata) => {
                let text = RequestText::new(&translation.text);
                self.checked(format::minify(&parse_request_recovering(&text, &Default::default()).request))?
            }
        };
        self.screen.result(&text)?;
        if translation.is_exact() {
            self.screen.notice(format_args!("exact"))?;
        }
        for note in &translation.differences {
            self.screen.notice(format_args!("{note}"))?;
        }
        Ok(())
    }

    fn refused(&mut self, request: &CheckRequest<'_>, refused: &TranslationOutcome) -> Result<()> {
        self.outcome = self.outcome.max(Outcome::Findings);
        let reasons = match refused.diagnostics.iter().filter(|d| d.is_error()).count() {
            1 => "this reason".to_owned(),
            n => format!("these {n} reasons"),
        };
        self.screen.notice(format_args!("it cannot be written in {}, for {reasons}", self.to.name()))?;
        if let Some(nearest) = &refused.nearest {
            self.screen.notice(format_args!("without that, the same rows come back:"))?;
            self.screen.notice_lines(nearest)?;
        }
        if let (QueryForm::Fetch(fetch), Some(query)) = (request.query, &refused.query)
            && let Some(url) = self.fetch_url(request, query, fetch)?
        {
            let set = url.split('?').next().unwrap_or_default();
            let length = url.len();
            self.screen.notice(format_args!(
                "send it as it is: GET {set}?fetchXml=… ({length} characters; `--to fetchxml --url` prints it)"
            ))?;
        }
        Ok(())
    }

    fn fetch_url(&self, request: &CheckRequest<'_>, query: &Query, text: &str) -> Result<Option<String>> {
        let store = self.workspace.store(request.org)?;
        Ok(fetch_url(store, query, text, self.workspace.settings.placeholders))
    }

    /// Returns the URL unchanged. Prints a warning if the URL is too long for a request.
    fn checked(&mut self, url: String) -> Result<String> {
        let length = u32::try_from(url.len()).unwrap_or(u32::MAX);
        if length > MAX_URL_LENGTH_IN_BATCH {
            self.screen.notice(format_args!(
                "warning: {length} characters, and Dataverse takes {MAX_URL_LENGTH_IN_BATCH}, in `$batch`"
            ))?;
        } else if length > MAX_URL_LENGTH {
            self.screen.notice(format_args!(
                "warning: {length} characters, and a `GET` takes {MAX_URL_LENGTH}: only `$batch` carries it, up to {MAX_URL_LENGTH_IN_BATCH}"
            ))?;
        }
        Ok(url)
    }
}
