//! Implements `dvkit schema fetch`, which fetches a live organisation's metadata into a snapshot. The crate
//! `schema-fetch` does the work; this file signs in, and shows the progress and the summary.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use dvkit_client::{Client, ClientStatus};
use dvkit_ide::config::{Config, FetchConfig};
use dvkit_schema::diff::{Change, ChangeKind, ChangedObject, Diff};
use dvkit_schema::{Schema, Store};
use dvkit_schema_fetch::web_api::{self, FetchOptions, FetchProgress, FetchSummary, FullFetchReason};

use super::drift::{self, FailOn};
use super::{sign_in, trust};
use crate::interrupt;
use crate::output::{self, Outcome, Screen, counted};

/// Fetch the metadata of a live organisation into a snapshot
///
/// The first fetch reads everything, later ones read only the changes. An interrupted fetch continues where
/// it stopped. These settings can be in `[fetch]` of `dvkit.toml`: `url`, `tables`, `languages`, `solutions`,
/// `publishers`, `tenant`, `client_id`.
///
/// A URL in `dvkit.toml` came with the repository, so a token or a secret is sent to it only if you confirm
/// the host or give `--trust-url`. This is not needed with `--url`, nor with `--device-code` and `--browser`,
/// which show the host to the person who signs in.
///
/// With `--check` nothing is written: the organisation is only compared with the snapshot, for example in a
/// pipeline.
///
/// Exit status: 0 if done, or with `--check` if there are no differences, 1 if there are differences, 2 if
/// the command could not run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The organisation: `https://contoso.crm4.dynamics.com`
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The organisation, by its name in `[orgs]` of `dvkit.toml`, which has its URL and the folder of its
    /// snapshot
    #[arg(long, value_name = "NAME")]
    org: Option<String>,
    /// Send the token to the organisation that `dvkit.toml` names, without asking: for pipelines
    #[arg(long)]
    trust_url: bool,
    /// The tables, by logical name: `account,contact,new_*`; `!` before a name excludes it. By default all
    /// tables
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    tables: Vec<String>,
    /// The tables of a solution, by its unique name
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    solution: Vec<String>,
    /// The tables with a publisher's prefix, by the publisher's unique name
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    publisher: Vec<String>,
    /// The languages of the labels: `1033,1031`. By default all languages
    #[arg(long, value_name = "LCID", value_delimiter = ',')]
    languages: Vec<u32>,
    /// The folder of the snapshot: by default the one in `dvkit.toml`, otherwise `schema`
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Read everything again, even what has not changed
    #[arg(long)]
    full: bool,
    /// Write nothing, and report the differences between the organisation and the snapshot
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    drift: drift::Args,
    #[command(flatten)]
    sign_in: sign_in::Args,
    /// Print errors only
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    if !args.check
        && let Some(flag) = args.drift.given()
    {
        bail!("`{flag}` goes with `--check`");
    }
    let config = Config::find(Path::new(""))?;
    let fetch = &config.fetch;
    let org = config.selected(args.org.as_deref())?;
    // The URL of one organisation must not be used to fill the snapshot of another.
    let (configured, table) = match org {
        Some((name, org)) => (org.url.as_ref(), format!("orgs.{name}")),
        None => (fetch.url.as_ref(), "fetch".to_owned()),
    };
    let url = args.url.as_ref().or(configured);
    let url = url.with_context(|| {
        format!(
            "which organisation? give `--url https://contoso.crm4.dynamics.com`, or `url` below `[{table}]` in dvkit.toml"
        )
    })?;
    if let (None, Some(file)) = (&args.url, &config.file) {
        trust::confirm(url, file, args.trust_url, &args.sign_in)?;
    }
    let dir = match &args.output {
        Some(dir) => Some(dir.clone()),
        None if args.check => org.map(|(_, org)| &org.schema).or(config.schema.as_ref()).cloned(),
        None => config.output(args.org.as_deref())?,
    };
    let dir = dir.unwrap_or_else(|| PathBuf::from("schema"));
    let options = options(args, fetch);
    if !args.check {
        interrupt::watch()?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let started = Instant::now();
    runtime.block_on(async {
        let (client, who) = sign_in::client(url, &args.sign_in, fetch)?;
        let bars = (!args.quiet).then(|| FetchBars::new(&who));
        let progress: &dyn FetchProgress = match &bars {
            Some(bars) => bars,
            None => &(),
        };
        if args.check {
            let before = Store::open(&dir)?.load()?;
            let retrieved = web_api::retrieve(&client, &dir, &options, progress);
            let (after, _): (Schema, _) = watched(retrieved, &client, bars.as_ref()).await?;
            return drift::tell(&args.drift, before, after, FailOn::Any);
        }
        let fetched = web_api::fetch(&client, &dir, &options, progress);
        let summary = watched(fetched, &client, bars.as_ref()).await?;
        if !args.quiet {
            let mut screen = Screen::plain();
            report(&mut screen, &dir, &summary, started.elapsed())?;
            screen.flush()?;
        }
        Ok(Outcome::Clean)
    })
}

/// Returns the options of the fetch from the command line. Options that are not given come from `dvkit.toml`.
fn options(args: &Args, config: &FetchConfig) -> FetchOptions {
    fn first<T: Clone>(given: &[T], config: &[T]) -> Vec<T> {
        if given.is_empty() { config.to_vec() } else { given.to_vec() }
    }
    let mut options = FetchOptions::default();
    // Tables given on the command line replace the whole selection of `dvkit.toml`.
    let chosen = !args.tables.is_empty() || !args.solution.is_empty() || !args.publisher.is_empty();
    let other = FetchConfig::default();
    let tables = if chosen { &other } else { config };
    options.tables = first(&args.tables, &tables.tables);
    options.solutions = first(&args.solution, &tables.solutions);
    options.publishers = first(&args.publisher, &tables.publishers);
    options.languages = first(&args.languages, &config.languages);
    options.full = args.full;
    options
}

/// Waits for `fetch` to end, and shows the client's status meanwhile. `bars` is `None` with `--quiet`. The
/// error is that of `fetch`.
async fn watched<T>(
    fetch: impl Future<Output = Result<T, dvkit_schema_fetch::Error>>,
    client: &Client,
    bars: Option<&FetchBars>,
) -> Result<T> {
    let mut fetch = pin!(fetch);
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    let result = loop {
        tokio::select! {
            result = &mut fetch => break result,
            _ = tick.tick() => {
                if let Some(bars) = bars {
                    bars.status(&client.status());
                }
            }
        }
    };
    if let Some(bars) = bars {
        bars.clear();
    }
    Ok(result?)
}

/// Progress bars of a fetch on standard error, which appear only on a terminal. Important messages are also
/// printed as lines.
struct FetchBars {
    all: output::ProgressBars,
    tables: output::ProgressBar,
    choices: output::ProgressBar,
    metadata: output::ProgressBar,
    /// The bar for the names of the tables that were read last.
    last: output::ProgressBar,
    started: Instant,
    /// The end of the last pause that was reported as a line.
    paused: Mutex<Option<Instant>>,
}

/// The minimum length of a pause that is reported as a line. Shorter pauses appear only in the bar.
const TOLD_PAUSE: Duration = Duration::from_secs(10);

impl FetchBars {
    fn new(who: &str) -> Self {
        let all = output::ProgressBars::default();
        // Choices and `$metadata` are read in one request each.
        let bars = Self {
            tables: all.add("tables      {bar:14} {pos:>5} of {len}   {wide_msg}", None),
            choices: all.add("choices     {bar:14} {wide_msg}", Some(1)),
            metadata: all.add("$metadata   {bar:14} {wide_msg}", Some(1)),
            last: all.add("            {wide_msg}", None),
            all,
            started: Instant::now(),
            paused: Mutex::default(),
        };
        bars.all.say(format_args!("{who}"));
        bars
    }

    fn status(&self, status: &ClientStatus) {
        if let Some(line) = status.paused_for.and_then(|pause| self.long_pause(pause)) {
            self.all.say(format_args!("{line}"));
        }
        match (status.paused_for, status.paced_for) {
            (Some(pause), _) => {
                self.tables.say(format_args!("the service asks to wait {} s", pause.as_secs().max(1)));
            }
            (None, Some(pause)) if status.in_flight == 0 => {
                self.tables.say(format_args!(
                    "waiting {} s to stay within the service's limits",
                    pause.as_secs().max(1)
                ));
            }
            _ => {
                let speed = speed(status.bytes, self.started.elapsed());
                let repeated = match status.retried {
                    0 => String::new(),
                    n => format!(", {n} repeated"),
                };
                let (at_once, throttled) = (status.in_flight, status.throttled);
                self.tables
                    .say(format_args!("{at_once} at a time, {throttled} throttled, {speed}{repeated}"));
            }
        }
    }

    /// Returns a line about a long pause; `None` for a short pause, and for one that was reported before. The
    /// bars alone are not enough, because they appear only on a terminal.
    fn long_pause(&self, pause: Duration) -> Option<String> {
        let until = Instant::now() + pause;
        let mut told = self.paused.lock().unwrap_or_else(PoisonError::into_inner);
        if pause < TOLD_PAUSE || told.is_some_and(|told| until < told + TOLD_PAUSE / 2) {
            return None;
        }
        *told = Some(until);
        Some(format!("the service asks to wait {} s", pause.as_secs()))
    }

    fn clear(&self) {
        self.tables.clear();
        self.choices.clear();
        self.metadata.clear();
        self.last.clear();
    }
}

impl FetchProgress for FetchBars {
    fn full(&self, why: FullFetchReason) {
        // This callback may be called a second time.
        self.tables.set_position(0);
        if why != FullFetchReason::NoSnapshot {
            self.all.say(format_args!("reading everything: {why}"));
        }
    }

    fn resumed(&self, tables: usize) {
        self.all.say(format_args!(
            "going on where the last one was interrupted: {} are there",
            counted(tables, "table")
        ));
        self.tables.advance(tables as u64);
    }

    fn planned(&self, tables: usize) {
        self.tables.set_length(tables as u64);
    }

    fn tables(&self, names: &[String]) {
        self.tables.advance(names.len() as u64);
        self.last.say(format_args!("{}", names.join(", ")));
    }

    fn choices(&self, count: usize) {
        self.choices.set_position(1);
        self.choices.say(format_args!("{count}"));
    }

    fn metadata(&self, bytes: usize) {
        self.metadata.set_position(1);
        self.metadata.say(format_args!("{}", megabytes(bytes as u64)));
    }

    fn assembling(&self) {
        self.last.say(format_args!("putting it together"));
    }
}

fn megabytes(bytes: u64) -> String {
    // The loss of precision is irrelevant with one decimal.
    #[allow(clippy::cast_precision_loss)]
    let n = bytes as f64 / 1e6;
    format!("{n:.1} MB")
}

/// Formats a transfer rate: `1.2 MB/s`. `bytes` were received during `took`.
fn speed(bytes: u64, took: Duration) -> String {
    #[allow(clippy::cast_precision_loss)]
    let a_second = bytes as f64 / 1e6 / took.as_secs_f64().max(0.001);
    format!("{a_second:.1} MB/s")
}

fn report(screen: &mut Screen, dir: &Path, summary: &FetchSummary, took: Duration) -> io::Result<()> {
    if summary.full.is_none() {
        let day = |time: &Option<String>| match time.as_deref().and_then(|s| s.split('T').next()) {
            Some(day) => day.to_owned(),
            None => "the last time".to_owned(),
        };
        screen.line(format_args!("since {}: {}", day(&summary.since), changes(&summary.changes)))?;
        screen.line(format_args!(
            "not asked for since {}, as no version stamp covers them: operations, and choices that no column uses (`--full` does)",
            day(&summary.operations_as_of)
        ))?;
    }
    if summary.used_entity_definitions {
        screen.line(format_args!(
            "the service refuses RetrieveMetadataChanges: the next fetch reads everything again"
        ))?;
    }
    let done = if summary.written.unchanged { "is up to date" } else { "written" };
    let columns = summary.columns.map_or_else(String::new, |n| format!(" {},", counted(n, "column")));
    screen.line(format_args!(
        "{} {done}: {},{columns} {}, {}, {:.1} s, {}",
        dir.display(),
        counted(summary.tables, "table"),
        counted(summary.choices, "choice"),
        counted(summary.operations, "operation"),
        took.as_secs_f64(),
        counted(usize::try_from(summary.requests).unwrap_or(usize::MAX), "request"),
    ))
}

/// A function that returns whether a change is of a certain kind.
type ChangeTest = fn(&Change) -> bool;

/// The maximum number of names that are listed for each kind of change.
const NAMED: usize = 3;

/// Summarises the changes in words: `3 tables changed, 1 column added (new_project.new_budget), 1 option
/// renamed`.
fn changes(diff: &Diff) -> String {
    let mut tables: Vec<&str> = diff
        .changes
        .iter()
        .filter(|c| {
            (c.object != ChangedObject::Table || c.kind == ChangeKind::Changed)
                && !matches!(c.object, ChangedObject::Operation(_))
        })
        .filter_map(|c| c.table.as_deref())
        .collect();
    tables.dedup();
    let mut parts = Vec::new();
    if !tables.is_empty() {
        parts.push(format!("{} changed", counted(tables.len(), "table")));
    }
    let words: [(&str, &str, ChangeTest); 13] = [
        ("table", "added", |c| c.object == ChangedObject::Table && c.kind == ChangeKind::Added),
        ("table", "removed", |c| c.object == ChangedObject::Table && c.kind == ChangeKind::Removed),
        ("column", "added", |c| matches!(c.object, ChangedObject::Column(_)) && c.kind == ChangeKind::Added),
        ("column", "removed", |c| {
            matches!(c.object, ChangedObject::Column(_)) && c.kind == ChangeKind::Removed
        }),
        ("relationship", "added", |c| {
            matches!(c.object, ChangedObject::Relationship(_)) && c.kind == ChangeKind::Added
        }),
        ("relationship", "removed", |c| {
            matches!(c.object, ChangedObject::Relationship(_)) && c.kind == ChangeKind::Removed
        }),
        ("option", "added", |c| c.option.is_some() && c.kind == ChangeKind::Added),
        ("option", "removed", |c| c.option.is_some() && c.kind == ChangeKind::Removed),
        ("option", "renamed", |c| c.option.is_some() && c.fact.as_deref() == Some("label")),
        ("choice", "changed", |c| {
            c.table.is_none() && c.option.is_none() && matches!(c.object, ChangedObject::Choice(_))
        }),
        ("operation", "added", |c| {
            matches!(c.object, ChangedObject::Operation(_)) && c.kind == ChangeKind::Added
        }),
        ("operation", "removed", |c| {
            matches!(c.object, ChangedObject::Operation(_)) && c.kind == ChangeKind::Removed
        }),
        ("operation", "changed", |c| {
            matches!(c.object, ChangedObject::Operation(_)) && c.kind == ChangeKind::Changed
        }),
    ];
    for (noun, verb, is) in words {
        let found: Vec<String> = diff.changes.iter().filter(|c| is(c)).map(name).collect();
        if !found.is_empty() {
            let more = if found.len() > NAMED { ", …" } else { "" };
            let names = found.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            parts.push(format!("{} {verb} ({names}{more})", counted(found.len(), noun)));
        }
    }
    if parts.is_empty() { "nothing changed".to_owned() } else { parts.join(", ") }
}

fn name(change: &Change) -> String {
    let item = match &change.object {
        ChangedObject::Organisation | ChangedObject::Table => None,
        ChangedObject::Column(name)
        | ChangedObject::Key(name)
        | ChangedObject::Relationship(name)
        | ChangedObject::Choice(name)
        | ChangedObject::Operation(name) => Some(name),
    };
    let path: Vec<&str> = change.table.as_deref().into_iter().chain(item.map(String::as_str)).collect();
    match change.option {
        Some(value) => format!("{} {value}", path.join(".")),
        None => path.join("."),
    }
}

#[cfg(test)]
mod tests;
