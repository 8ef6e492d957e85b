//! Fetches the metadata of a live organisation into a snapshot.
//!
//! [`fetch`] requests the metadata from a service and writes the snapshot; [`retrieve`] does the same without
//! writing anything, for comparison.
//!
//! # How
//! The tables are requested in parts of ten from `RetrieveMetadataChanges`, the only function that returns
//! columns of all types with their options. `$metadata` gives what nothing else does: the names that requests
//! use, inheritance, operations. `GlobalOptionSetDefinitions` gives the choices that no column uses. If the
//! service refuses the function, `EntityDefinitions` with casts is used instead.
//!
//! The responses are stored in a journal as they arrive, so that an interrupted fetch continues where it
//! stopped. The snapshot is assembled when all responses are there, and replaces the old one at once. When a
//! fetch continues, the snapshot is first assembled elsewhere and then updated with what changed since the
//! interrupted fetch began, so that no fact in it is older than the fetch that writes it. What no stamp
//! covers is requested again, and without a stamp everything is.
//!
//! The service gives a version stamp, which is kept in [`SyncState`]. With it, the next fetch requests only
//! changes: one request, and a second one for `$metadata` if there are new tables. No stamp covers operations
//! and global choices that no fetched column uses, so their changes are not included. If the stamp has
//! expired, the files are not those of the last fetch, or the options differ, everything is fetched again,
//! and [`FullFetchReason`] says why.
//!
//! The [`Client`] decides how many requests are under way, and what happens when the service asks for a
//! pause.

mod assemble;
mod change_info;
mod changes;
mod definitions;
mod journal;
mod options;
mod progress;
mod query;
mod response;
mod resume;
mod select;

use std::collections::BTreeSet;
use std::path::Path;

use dvkit_client::{Client, Request};
use dvkit_diagnostic::suggest;
use dvkit_schema::diff::Diff;
use dvkit_schema::store::{SnapshotWriter, SyncState};
use dvkit_schema::{Schema, Store, StoreError};
use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use assemble::{Assembled, Sink, wanted_operations};
use change_info::ChangeInfo;
use changes::Changes;
use journal::{Journal, JournalEntry, Plan};
use query::{ServiceCapabilities, Tables};
use response::{count_choices, damage, is_refusal, redacted};
use select::Selection;

pub use options::{FetchOptions, FetchSummary, FullFetchReason};
pub use progress::FetchProgress;

/// The most parts that are requested at the same time; the client requests fewer if the service is slow. Each
/// takes some megabytes of memory.
const MAX_CONCURRENT_PARTS: usize = 8;

/// The most attempts for a response that arrived whole but is damaged.
const MAX_ATTEMPTS: usize = 4;

/// The service's error code `ExpiredVersionStamp`.
const EXPIRED_STAMP_CODE: &str = "0x80044352";

/// Fetches the organisation of `client` into the snapshot in the directory `dir`.
///
/// Files of the snapshot that need no change stay byte for byte the same; what the service no longer has is
/// removed. A fetch that is interrupted by an error, a signal or a crash leaves the snapshot unchanged. The
/// next fetch with the same options continues where it stopped, and asks for what has changed since before it
/// touches the snapshot.
///
/// # Errors
/// If the service or the sign-in fails permanently, a response is not metadata, `options` select no table,
/// another process fetches into the same directory, or a file cannot be read or written.
pub async fn fetch(
    client: &Client,
    dir: impl AsRef<Path>,
    options: &FetchOptions,
    progress: &dyn FetchProgress,
) -> Result<FetchSummary, Error> {
    let fetched = fetch_into(client, dir.as_ref(), options, progress).await;
    fetched.map_err(|error| redacted(error, client))
}

async fn fetch_into(
    client: &Client,
    dir: &Path,
    options: &FetchOptions,
    progress: &dyn FetchProgress,
) -> Result<FetchSummary, Error> {
    // Held to the end, so that no other process fetches into the same directory.
    let journal = Journal::beside(dir)?;
    // Cleans up after a writer that crashed, and shows whether the directory is writable before anything is
    // requested.
    drop(SnapshotWriter::begin(dir)?);
    let run = FetchRun::new(client, options, progress);
    let why = match run.starting_point(dir)? {
        StartingPoint::Changes(store, sync) => match run.changes(&store, *sync).await? {
            Some((changes, sync)) => {
                let summary = run.write_changes(dir, &store, changes, &sync)?;
                journal.clear();
                return Ok(summary);
            }
            None => FullFetchReason::StampExpired,
        },
        StartingPoint::Full(why) => why,
    };
    let mut all = run.read_everything(&journal, why).await?;
    if all.resumed > 0 {
        if let Some(summary) = run.catch_up(dir, &journal, why, &all).await? {
            journal.clear();
            return Ok(summary);
        }
        // The service no longer knows what has changed since the interruption.
        journal.forget();
        all = run.read_everything(&journal, FullFetchReason::StampExpired).await?;
    }
    let sink = Sink::Snapshot(Box::new(SnapshotWriter::begin(dir)?));
    let done = run.assemble(&journal, &all, sink)?;
    let summary = run.summary(why, &all, done);
    journal.clear();
    Ok(summary)
}

/// Fetches the organisation of `client` as [`fetch`] does, and returns the schema instead of writing it.
/// Changes are requested relative to the snapshot in `dir`.
///
/// # Errors
/// As for [`fetch`].
pub async fn retrieve(
    client: &Client,
    dir: impl AsRef<Path>,
    options: &FetchOptions,
    progress: &dyn FetchProgress,
) -> Result<(Schema, FetchSummary), Error> {
    let retrieved = retrieve_against(client, dir.as_ref(), options, progress).await;
    retrieved.map_err(|error| redacted(error, client))
}

async fn retrieve_against(
    client: &Client,
    dir: &Path,
    options: &FetchOptions,
    progress: &dyn FetchProgress,
) -> Result<(Schema, FetchSummary), Error> {
    let run = FetchRun::new(client, options, progress);
    let why = match run.starting_point(dir)? {
        StartingPoint::Changes(store, sync) => match run.changes(&store, *sync).await? {
            Some((changes, sync)) => return run.apply_changes(&store, changes, &sync),
            None => FullFetchReason::StampExpired,
        },
        StartingPoint::Full(why) => why,
    };
    let journal = Journal::in_memory();
    let all = run.read_everything(&journal, why).await?;
    let mut done = run.assemble(&journal, &all, Sink::Memory(Box::default()))?;
    let schema = done.schema.take().unwrap_or_default();
    Ok((schema, run.summary(why, &all, done)))
}

/// What a fetch starts from.
enum StartingPoint {
    Changes(Box<Store>, Box<SyncState>),
    Full(FullFetchReason),
}

/// The outcome of a full read; the responses themselves are in the journal.
struct FullRead {
    plan: Plan,
    selection: Selection,
    /// The number of tables that an interrupted fetch had read before.
    resumed: usize,
}

/// The state of one fetch.
struct FetchRun<'a> {
    client: &'a Client,
    options: &'a FetchOptions,
    progress: &'a dyn FetchProgress,
    asked: Value,
    began: Timestamp,
    /// The number of requests that the client had sent before.
    before: u64,
}

impl<'a> FetchRun<'a> {
    fn new(client: &'a Client, options: &'a FetchOptions, progress: &'a dyn FetchProgress) -> Self {
        let (asked, began) = (select::to_json(options), Timestamp::now());
        Self { client, options, progress, asked, began, before: requests_sent(client) }
    }

    fn url(&self) -> String {
        self.client.org_url().as_str().trim_end_matches('/').to_owned()
    }

    fn starting_point(&self, dir: &Path) -> Result<StartingPoint, Error> {
        let store = match Store::open(dir) {
            Ok(store) => store,
            Err(StoreError::Missing { .. }) => return Ok(StartingPoint::Full(FullFetchReason::NoSnapshot)),
            Err(e) => return Err(e.into()),
        };
        if self.options.full {
            return Ok(StartingPoint::Full(FullFetchReason::Requested));
        }
        let Some(sync) = SyncState::read(dir)?.filter(|s| s.stamp.is_some()) else {
            return Ok(StartingPoint::Full(FullFetchReason::NoStamp));
        };
        if sync.url != self.url() || sync.requested != self.asked {
            return Ok(StartingPoint::Full(FullFetchReason::OptionsChanged));
        }
        if !sync.belongs_to(&store)? {
            return Ok(StartingPoint::Full(FullFetchReason::SnapshotModified));
        }
        Ok(StartingPoint::Changes(Box::new(store), Box::new(sync)))
    }

    fn capabilities(&self, without_table_type: bool) -> ServiceCapabilities {
        ServiceCapabilities { without_table_type, languages: self.options.languages.clone() }
    }

    /// Returns the changes since the stamp, or `None` if the stamp has expired.
    async fn changes(
        &self,
        store: &Store,
        mut sync: SyncState,
    ) -> Result<Option<(Changes, SyncState)>, Error> {
        self.progress.since(sync.last_fetch.as_deref());
        let selection = Selection::resolve(self.client, self.options).await?;
        let ask = |without| {
            let query = query::everything(Tables::All, &self.capabilities(without));
            self.text(query::request(&query, sync.stamp.as_deref()))
        };
        let has_expired =
            |e: &dvkit_client::Error| e.code().is_some_and(|c| c.eq_ignore_ascii_case(EXPIRED_STAMP_CODE));
        let text = match ask(false).await {
            Err(Error::Service(e)) if is_refusal(&e) && !has_expired(&e) => ask(true).await,
            other => other,
        };
        let text = match text {
            Err(Error::Service(e)) if has_expired(&e) => return Ok(None),
            other => other?,
        };
        let mut changes = changes::read(&text, store, &selection, &self.options.languages, &mut sync)?;
        if changes.new_tables {
            let text = self.text(query::csdl()).await?;
            self.progress.metadata(text.len());
            complete_new_tables(&text, store, &mut changes)?;
        }
        Ok(Some((changes, sync)))
    }

    /// Requests every response that a full fetch needs, and stores them in the journal.
    async fn read_everything(&self, journal: &Journal, why: FullFetchReason) -> Result<FullRead, Error> {
        self.progress.full(why);
        let selection = Selection::resolve(self.client, self.options).await?;
        let (plan, resumed) = match self.interrupted(journal, why) {
            Some((plan, resumed)) => {
                self.progress.resumed(resumed);
                (plan, resumed)
            }
            None => {
                let plan = self.plan(&selection).await?;
                journal.begin(&plan)?;
                (plan, 0)
            }
        };
        self.progress.planned(plan.parts.iter().map(Vec::len).sum());
        self.read_entries(journal, &plan).await?;
        Ok(FullRead { plan, selection, resumed })
    }

    /// Requests the names of all tables, which also shows which functions the service supports.
    async fn plan(&self, selection: &Selection) -> Result<Plan, Error> {
        let mut plan = Plan::new(self.url(), self.asked.clone());
        let names = |without| self.text(query::request(&query::names(&self.capabilities(without)), None));
        let refused =
            |answer: &Result<String, Error>| matches!(answer, Err(Error::Service(e)) if is_refusal(e));
        let mut answer = names(false).await;
        if refused(&answer) {
            answer = names(true).await;
            plan.without_table_type = !refused(&answer);
        }
        if refused(&answer) {
            plan.used_entity_definitions = true;
            answer = self.text(definitions::names()).await;
        }
        let marks = ChangeInfo::read(&answer?)
            .map_err(|e| Error::Response { what: "the list of tables".to_owned(), message: e.to_string() })?;
        plan.stamp = marks.stamp.clone().filter(|_| !plan.used_entity_definitions);
        let mut taken = BTreeSet::new();
        let mut all = Vec::new();
        for table in marks.tables {
            let Some(name) = table.logical_name else { continue };
            if selection.selects(&name, table.metadata_id.as_deref()) {
                taken.insert(name.clone());
            } else {
                plan.left_out.push(name.clone());
            }
            all.push(name);
        }
        if let Some(pattern) = selection.unmatched_pattern(&all) {
            let near = suggest::closest(pattern, all.iter().map(String::as_str)).map(ToString::to_string);
            return Err(Error::NoTable { pattern: pattern.to_owned(), near });
        }
        let taken: Vec<String> = taken.into_iter().collect();
        plan.parts = taken.chunks(query::TABLES_PER_PART).map(<[String]>::to_vec).collect();
        Ok(plan)
    }

    async fn read_entries(&self, journal: &Journal, plan: &Plan) -> Result<(), Error> {
        let pieces = [JournalEntry::Csdl, JournalEntry::Choices, JournalEntry::Organisation].into_iter();
        let pieces =
            pieces.chain((0..plan.parts.len()).map(JournalEntry::Part)).filter(|entry| !journal.has(*entry));
        let capabilities = &self.capabilities(plan.without_table_type);
        let mut answers =
            stream::iter(pieces)
                .map(|entry| async move {
                    self.entry(plan, entry, capabilities).await.map(|bytes| (entry, bytes))
                })
                .buffer_unordered(MAX_CONCURRENT_PARTS);
        while let Some(answer) = answers.next().await {
            let (entry, bytes) = answer?;
            let count = match entry {
                JournalEntry::Csdl | JournalEntry::Organisation => bytes.len(),
                JournalEntry::Choices => count_choices(&bytes),
                JournalEntry::Part(n) => n,
            };
            // Stored before it is reported, because the receiver of the report may end the process.
            journal.put(entry, bytes)?;
            match entry {
                JournalEntry::Csdl => self.progress.metadata(count),
                JournalEntry::Choices => self.progress.choices(count),
                JournalEntry::Organisation => {}
                JournalEntry::Part(n) => {
                    self.progress.tables(plan.parts.get(n).map(Vec::as_slice).unwrap_or_default());
                }
            }
        }
        Ok(())
    }

    /// Requests one response. A response that arrived whole but was damaged on its way is requested again.
    async fn entry(
        &self,
        plan: &Plan,
        entry: JournalEntry,
        capabilities: &ServiceCapabilities,
    ) -> Result<Vec<u8>, Error> {
        let mut attempt = 1;
        loop {
            let bytes = match entry {
                JournalEntry::Csdl => self.bytes(query::csdl()).await?,
                JournalEntry::Choices => self.choices().await?,
                JournalEntry::Organisation => self.organisation().await?,
                JournalEntry::Part(n) => {
                    let tables = plan.parts.get(n).map(Vec::as_slice).unwrap_or_default();
                    if plan.used_entity_definitions {
                        definitions::part(self.client, tables, capabilities).await?
                    } else {
                        let query = query::everything(Tables::Named(tables), capabilities);
                        self.bytes(query::request(&query, None)).await?
                    }
                }
            };
            match damage(entry, &bytes) {
                None => return Ok(bytes),
                Some(message) if attempt == MAX_ATTEMPTS => {
                    let what = match entry {
                        JournalEntry::Csdl => "$metadata".to_owned(),
                        JournalEntry::Choices => "GlobalOptionSetDefinitions".to_owned(),
                        JournalEntry::Organisation => "organizations".to_owned(),
                        JournalEntry::Part(n) => {
                            let tables = plan.parts.get(n).map(|t| t.join(", ")).unwrap_or_default();
                            format!("the response for {tables}")
                        }
                    };
                    return Err(Error::Response { what, message });
                }
                Some(_) => attempt += 1,
            }
        }
    }

    /// Requests all global choices. If the service omits their options, casts are used to request them.
    async fn choices(&self) -> Result<Vec<u8>, Error> {
        #[derive(Deserialize)]
        struct Choices {
            value: Vec<Value>,
        }
        const PATH: &str = "GlobalOptionSetDefinitions";
        let all = self.bytes(Request::get(PATH)).await?;
        let is_bare = |choice: &Value| choice.get("Options").or(choice.get("TrueOption")).is_none();
        let bare = serde_json::from_slice::<Choices>(&all).is_ok_and(|c| c.value.iter().any(is_bare));
        if !bare {
            return Ok(all);
        }
        let mut casts = Vec::new();
        for class in ["OptionSetMetadata", "BooleanOptionSetMetadata"] {
            casts.extend(self.bytes(Request::get(format!("{PATH}/Microsoft.Dynamics.CRM.{class}"))).await?);
            casts.push(b'\n');
        }
        Ok(casts)
    }

    /// Requests the row of the organisation. Returns an empty response if the caller may read metadata but
    /// not that row.
    async fn organisation(&self) -> Result<Vec<u8>, Error> {
        match self.bytes(query::organisation()).await {
            Err(Error::Service(e)) if is_refusal(&e) => Ok(br#"{"value":[]}"#.to_vec()),
            other => other,
        }
    }

    async fn bytes(&self, request: Request) -> Result<Vec<u8>, Error> {
        response::bytes(self.client, request).await
    }

    async fn text(&self, request: Request) -> Result<String, Error> {
        let what = request.target().split(['?', '(']).next().unwrap_or_default().to_owned();
        String::from_utf8(self.bytes(request).await?)
            .map_err(|_| Error::Response { what, message: "it is not UTF-8".to_owned() })
    }

    fn assemble(&self, journal: &Journal, all: &FullRead, sink: Sink) -> Result<Assembled, Error> {
        self.progress.assembling();
        let plan = &all.plan;
        let mut sync = SyncState::new(self.url(), self.asked.clone());
        sync.stamp.clone_from(&plan.stamp);
        sync.last_fetch = Timestamp::from_second(plan.started).ok().map(seconds);
        sync.last_full_fetch.clone_from(&sync.last_fetch);
        assemble::assemble(journal, plan, &all.selection, &self.options.languages, sync, sink)
    }

    fn summary(&self, why: FullFetchReason, all: &FullRead, done: Assembled) -> FetchSummary {
        FetchSummary {
            full: Some(why),
            tables: done.tables,
            columns: Some(done.columns),
            choices: done.choices,
            operations: done.operations,
            requests: requests_sent(self.client) - self.before,
            used_entity_definitions: all.plan.used_entity_definitions,
            resumed: all.resumed,
            written: done.written.unwrap_or_default(),
            ..FetchSummary::default()
        }
    }

    /// Writes the snapshot: what changed, and everything else byte for byte as it was.
    fn write_changes(
        &self,
        dir: &Path,
        store: &Store,
        mut changes: Changes,
        sync: &SyncState,
    ) -> Result<FetchSummary, Error> {
        let (diff, spoken) = differences(store, &changes)?;
        let since = sync.last_fetch.clone();
        let mut org = store.org().clone();
        org.languages.extend(spoken);
        let mut writer = SnapshotWriter::begin(dir)?;
        let names: Vec<String> = store.tables().map(|t| t.logical_name.clone()).collect();
        for name in names {
            match changes.tables.remove(&name) {
                Some(Some(table)) => writer.table(&table)?,
                Some(None) => {}
                None => {
                    writer.keep_table(store, &name)?;
                }
            }
        }
        for table in changes.tables.into_values().flatten() {
            writer.table(&table)?;
        }
        let names: Vec<String> = store.choices().map(str::to_owned).collect();
        for name in names {
            match changes.choices.remove(&name) {
                Some(Some(choice)) => writer.choice(&choice)?,
                Some(None) => {}
                None => {
                    if let Some(choice) = store.choice(&name)? {
                        writer.choice(choice)?;
                    }
                }
            }
        }
        for choice in changes.choices.into_values().flatten() {
            writer.choice(&choice)?;
        }
        match &changes.operations {
            Some(operations) => writer.operations(operations)?,
            None => writer.keep_operations(store)?,
        }
        let mut sync = sync.clone();
        sync.last_fetch = Some(seconds(Timestamp::now()));
        let written = writer.finish(&org, &sync)?;
        Ok(FetchSummary {
            since,
            operations_as_of: sync.last_full_fetch,
            changes: diff,
            tables: written.tables,
            choices: written.choices,
            operations: written.operations,
            requests: requests_sent(self.client) - self.before,
            written,
            ..FetchSummary::default()
        })
    }

    /// Returns the schema of the snapshot with the changes applied.
    fn apply_changes(
        &self,
        store: &Store,
        changes: Changes,
        sync: &SyncState,
    ) -> Result<(Schema, FetchSummary), Error> {
        let (diff, spoken) = differences(store, &changes)?;
        let mut schema = store.load()?;
        for (name, table) in changes.tables {
            match table {
                Some(table) => drop(schema.tables.insert(name, table)),
                None => drop(schema.tables.remove(&name)),
            }
        }
        for (name, choice) in changes.choices {
            match choice {
                Some(choice) => drop(schema.choices.insert(name, choice)),
                None => drop(schema.choices.remove(&name)),
            }
        }
        if let Some(operations) = changes.operations {
            schema.operations = operations;
        }
        schema.org.languages.extend(spoken);
        schema.sort();
        let summary = FetchSummary {
            since: sync.last_fetch.clone(),
            operations_as_of: sync.last_full_fetch.clone(),
            changes: diff,
            tables: schema.tables.len(),
            choices: schema.choices.len(),
            operations: schema.operations.len(),
            requests: requests_sent(self.client) - self.before,
            ..FetchSummary::default()
        };
        Ok((schema, summary))
    }
}

/// Returns the differences, and the languages of the new labels.
fn differences(store: &Store, changes: &Changes) -> Result<(Diff, Vec<u32>), Error> {
    let (mut before, mut after) = (Schema::default(), Schema::default());
    for (name, table) in &changes.tables {
        before.tables.extend(store.table(name)?.map(|old| (name.clone(), old.clone())));
        after.tables.extend(table.clone().map(|new| (name.clone(), new)));
    }
    for (name, choice) in &changes.choices {
        before.choices.extend(store.choice(name)?.map(|old| (name.clone(), old.clone())));
        after.choices.extend(choice.clone().map(|new| (name.clone(), new)));
    }
    if let Some(operations) = &changes.operations {
        before.operations = store.operations()?.to_vec();
        after.operations.clone_from(operations);
    }
    after.sort();
    let diff = Diff::between(&before, &after);
    after.collect_languages();
    Ok((diff, after.org.languages))
}

/// Adds to new tables the facts that only `$metadata` gives, and reads the operations from it.
fn complete_new_tables(text: &str, store: &Store, changes: &mut Changes) -> Result<(), Error> {
    let csdl = crate::csdl::read(text)
        .map_err(|e| Error::Response { what: "$metadata".to_owned(), message: e.to_string() })?;
    let Schema { mut tables, operations, .. } = csdl.schema;
    let left_out = |table: &str| {
        let there = store.entry(table).is_some() || changes.tables.get(table).is_some_and(Option::is_some);
        tables.contains_key(table) && (!there || changes.tables.get(table).is_some_and(Option::is_none))
    };
    changes.operations = Some(wanted_operations(operations, left_out));
    for (name, table) in &mut changes.tables {
        if let (Some(table), None, Some(more)) = (table, store.entry(name), tables.remove(name)) {
            let one = |table| Schema { tables: [(name.clone(), table)].into(), ..Schema::default() };
            let mut both = one(std::mem::take(table));
            both.merge(one(more));
            *table = both.tables.remove(name).unwrap_or_default();
        }
    }
    Ok(())
}

/// Returns the number of requests that a client has sent so far, without retries.
fn requests_sent(client: &Client) -> u64 {
    let status = client.status();
    status.sent.saturating_sub(status.retried)
}

fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
