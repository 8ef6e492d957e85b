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
mod tests {
    use super::*;
    use dvkit_schema::{Column, ColumnType, Table};

    #[test]
    fn a_long_pause_is_told_once() {
        let bars = FetchBars::new("signing in");
        let pauses = [3, 40, 39, 38, 60, 59].map(|seconds| bars.long_pause(Duration::from_secs(seconds)));
        let told: Vec<String> = pauses.into_iter().flatten().collect();
        assert_eq!(told, ["the service asks to wait 40 s", "the service asks to wait 60 s"]);
    }

    /// Returns the position, the length and the message of a bar.
    fn shown(bar: &output::ProgressBar) -> (u64, Option<u64>, String) {
        (bar.position(), bar.length(), bar.message())
    }

    #[test]
    fn the_bars_tell_how_far_a_fetch_is() {
        let bars = FetchBars::new("ann@contoso");
        let tables = || shown(&bars.tables);
        assert_eq!(tables(), (0, None, String::new()));
        bars.planned(10);
        bars.resumed(3);
        assert_eq!(tables(), (3, Some(10), String::new()));
        bars.tables(&["account".to_owned(), "contact".to_owned()]);
        assert_eq!(
            (tables(), shown(&bars.last).2.as_str()),
            ((5, Some(10), String::new()), "account, contact")
        );
        bars.choices(6);
        assert_eq!(shown(&bars.choices), (1, Some(1), "6".to_owned()));
        bars.metadata(1_230_000);
        assert_eq!(shown(&bars.metadata), (1, Some(1), "1.2 MB".to_owned()));
        bars.full(FullFetchReason::NoStamp);
        assert_eq!(tables(), (0, Some(10), String::new()), "everything is read again");
        bars.tables(&["lead".to_owned()]);
        bars.full(FullFetchReason::NoSnapshot);
        assert_eq!(tables(), (0, Some(10), String::new()));
        let all = [&bars.tables, &bars.choices, &bars.metadata, &bars.last];
        assert!(all.iter().all(|bar| !bar.is_cleared()));
        bars.clear();
        assert!(all.iter().all(|bar| bar.is_cleared()));
    }

    #[test]
    fn the_bar_of_tables_tells_what_the_fetch_waits_for() {
        let bars = FetchBars::new("ann@contoso");
        let seconds = |n| Some(Duration::from_secs(n));
        for (paused_for, paced_for, in_flight, retried, told) in [
            (seconds(4), None, 0, 0, "the service asks to wait 4 s"),
            (seconds(0), seconds(9), 3, 0, "the service asks to wait 1 s"),
            (seconds(30), None, 0, 0, "the service asks to wait 30 s"),
            (None, seconds(7), 0, 0, "waiting 7 s to stay within the service's limits"),
            (None, seconds(0), 0, 0, "waiting 1 s to stay within the service's limits"),
            (None, seconds(7), 2, 0, "2 at a time, 5 throttled, 0.0 MB/s"),
            (None, None, 0, 3, "0 at a time, 5 throttled, 0.0 MB/s, 3 repeated"),
        ] {
            let mut status = ClientStatus::default();
            (status.paused_for, status.paced_for) = (paused_for, paced_for);
            (status.in_flight, status.retried, status.throttled) = (in_flight, retried, 5);
            bars.status(&status);
            assert_eq!(shown(&bars.tables).2, told);
        }
    }

    #[test]
    fn speed_is_per_second() {
        assert_eq!(speed(8_300_000, Duration::from_secs(2)), "4.2 MB/s");
        assert_eq!(speed(0, Duration::ZERO), "0.0 MB/s");
    }

    #[test]
    fn changes_are_told_in_one_line() {
        let table = |columns: &[&str]| Table {
            logical_name: "new_project".into(),
            columns: columns.iter().map(|c| Column::new(*c, ColumnType::BigInt)).collect(),
            ..Table::default()
        };
        let schema = |tables: &[Table]| Schema {
            tables: tables.iter().map(|t| (t.logical_name.clone(), t.clone())).collect(),
            ..Schema::default()
        };
        let of = |a: &Schema, b: &Schema| changes(&Diff::between(a, b));
        let (old, new) = (schema(&[table(&["a"])]), schema(&[table(&["a", "new_budget"])]));
        assert_eq!(of(&old, &new), "1 table changed, 1 column added (new_project.new_budget)");
        assert_eq!(of(&old, &schema(&[])), "1 table removed (new_project)");
        assert_eq!(of(&old, &old), "nothing changed");
        let many = schema(&[table(&["a", "b", "c", "d", "e"])]);
        assert!(
            of(&old, &many).ends_with("4 columns added (new_project.b, new_project.c, new_project.d, …)")
        );
    }

    /// Returns a change with these facts.
    fn change(table: Option<&str>, object: ChangedObject, kind: ChangeKind) -> Change {
        let gained = Table { logical_name: "t".into(), ..Table::default() };
        let with_table = Schema { tables: [("t".into(), gained)].into(), ..Schema::default() };
        let mut change = Diff::between(&Schema::default(), &with_table).changes.remove(0);
        (change.table, change.object, change.kind) = (table.map(str::to_owned), object, kind);
        change
    }

    #[test]
    fn each_kind_of_change_has_its_words() {
        use ChangeKind::{Added, Changed, Removed};
        use ChangedObject::{Choice, Column, Key, Operation, Organisation, Relationship, Table as Whole};
        let option = |table, object: ChangedObject, kind, fact: Option<&str>| {
            let mut change = change(table, object, kind);
            (change.option, change.fact) = (Some(7), fact.map(str::to_owned));
            change
        };
        let column = || Column("c".into());
        for (change, told) in [
            (change(None, Organisation, Changed), "nothing changed"),
            (change(Some("t"), Whole, Added), "1 table added (t)"),
            (change(Some("t"), Whole, Removed), "1 table removed (t)"),
            (change(Some("t"), Whole, Changed), "1 table changed"),
            (change(Some("t"), column(), Added), "1 table changed, 1 column added (t.c)"),
            (change(Some("t"), column(), Removed), "1 table changed, 1 column removed (t.c)"),
            (change(Some("t"), column(), Changed), "1 table changed"),
            (change(Some("t"), Key("k".into()), Added), "1 table changed"),
            (
                change(Some("t"), Relationship("r".into()), Added),
                "1 table changed, 1 relationship added (t.r)",
            ),
            (
                change(Some("t"), Relationship("r".into()), Removed),
                "1 table changed, 1 relationship removed (t.r)",
            ),
            (change(Some("t"), Relationship("r".into()), Changed), "1 table changed"),
            (option(None, Choice("g".into()), Added, None), "1 option added (g 7)"),
            (option(None, Choice("g".into()), Removed, None), "1 option removed (g 7)"),
            (option(None, Choice("g".into()), Changed, Some("label")), "1 option renamed (g 7)"),
            (option(None, Choice("g".into()), Changed, Some("color")), "nothing changed"),
            (
                option(Some("t"), column(), Changed, Some("label")),
                "1 table changed, 1 option renamed (t.c 7)",
            ),
            (change(None, Choice("g".into()), Changed), "1 choice changed (g)"),
            (change(None, Choice("g".into()), Added), "1 choice changed (g)"),
            (change(None, Operation("o".into()), Added), "1 operation added (o)"),
            (change(None, Operation("o".into()), Removed), "1 operation removed (o)"),
            (change(None, Operation("o".into()), Changed), "1 operation changed (o)"),
            (change(Some("t"), Operation("o".into()), Changed), "1 operation changed (t.o)"),
        ] {
            let diff = Diff { changes: vec![change] };
            assert_eq!(changes(&diff), told, "{diff:?}");
        }
    }

    #[test]
    fn changes_of_a_kind_are_counted_and_three_of_them_named() {
        let added = |n: usize| change(Some("t"), ChangedObject::Column(format!("c{n}")), ChangeKind::Added);
        for (count, told) in [
            (2, "1 table changed, 2 columns added (t.c0, t.c1)"),
            (3, "1 table changed, 3 columns added (t.c0, t.c1, t.c2)"),
            (4, "1 table changed, 4 columns added (t.c0, t.c1, t.c2, …)"),
        ] {
            assert_eq!(changes(&Diff { changes: (0..count).map(added).collect() }), told);
        }
        let of = |table| change(Some(table), ChangedObject::Key("k".into()), ChangeKind::Changed);
        assert_eq!(changes(&Diff { changes: vec![of("a"), of("a"), of("b")] }), "2 tables changed");
    }

    #[test]
    fn bytes_are_told_in_megabytes() {
        for (bytes, shown) in [(0, "0.0 MB"), (100_000, "0.1 MB"), (8_300_000, "8.3 MB")] {
            assert_eq!(megabytes(bytes), shown);
        }
    }

    #[test]
    fn tables_of_the_command_line_replace_the_whole_selection_of_the_file() {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            args: Args,
        }
        let config = FetchConfig {
            tables: vec!["account".into()],
            solutions: vec!["core".into()],
            publishers: vec!["contoso".into()],
            languages: vec![1031],
            ..FetchConfig::default()
        };
        let shown = |flags: &[&str]| {
            let all = ["fetch"].iter().chain(flags);
            let args = <Command as clap::Parser>::try_parse_from(all).unwrap().args;
            let found = options(&args, &config);
            let names = [found.tables, found.solutions, found.publishers].map(|names| names.join("+"));
            format!("{} {:?} {}", names.join("/"), found.languages, found.full)
        };
        for (flags, found) in [
            (&[][..], "account/core/contoso [1031] false"),
            (&["--full"], "account/core/contoso [1031] true"),
            (&["--tables=a,b"], "a+b// [1031] false"),
            (&["--solution=s"], "/s/ [1031] false"),
            (&["--publisher=p"], "//p [1031] false"),
            (&["--languages=1033,1036"], "account/core/contoso [1033, 1036] false"),
            (&["--tables=a", "--solution=s", "--publisher=p", "--languages=1033"], "a/s/p [1033] false"),
        ] {
            assert_eq!(shown(flags), found, "{flags:?}");
        }
    }
}
