//! A live organisation to a snapshot.
//!
//! [`fetch`] asks a service for its metadata and writes the snapshot; [`retrieve`] does the same and writes nothing, for comparison.
//!
//! # How
//! FullRead, or what is wanted of it, comes in parts of ten tables by `RetrieveMetadataChanges`: the one function that gives columns of
//! all types with their options. `$metadata` has what only it says: the names that requests use, inheritance, operations.
//! `GlobalOptionSetDefinitions` has choices that no column uses. Where the service refuses the function,
//! `EntityDefinitions` with casts has to do. The answers are kept as they come, so that an interrupted fetch goes on
//! where it was; the snapshot is put together when all are there, and takes its place at once. Where a fetch goes on, it is put
//! together beside its place first, and takes it with what changed since the interrupted one began: no answer in it is older than
//! the fetch that gives it. What no stamp covers is asked for again, and without a stamp everything is.
//!
//! With the stamp that the service gave (in [`SyncState`]), the next fetch asks for changes only: one request, and a second one
//! for `$metadata` where tables are new. A change of a global choice that no fetched column uses is not among them, nor are
//! changes of operations: no stamp covers them. A stamp that has expired, files that
//! are not those of the last fetch, another question: everything is fetched again, and [`FullFetchReason`] says why.
//!
//! How many requests are on their way, and what happens when the service asks to wait, is the [`Client`]'s.

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

/// Parts on their way at a time, at most; the client has fewer where the service is slow. Each is some megabytes of memory.
const MAX_CONCURRENT_PARTS: usize = 8;

/// How often an answer that came whole and is damaged all the same is asked for again.
const MAX_ATTEMPTS: usize = 4;

/// `ExpiredVersionStamp`.
const EXPIRED_STAMP_CODE: &str = "0x80044352";

/// Fetches the organisation of `client` into the snapshot in the directory `dir`.
///
/// What was not fetched again stays byte for byte; what the service no longer has goes. An interrupted fetch, by an error, a signal or a
/// crash, leaves the snapshot as it was, and the next one with the same options goes on where it was, and asks for what has changed
/// in between before it touches the snapshot.
///
/// # Errors
/// Where the service or the sign-in fails for good, where an answer is no metadata, where `options` choose no table, where
/// another process fetches into the same directory, or where the file system refuses.
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
    // Held to the end, so that nobody else fetches into the same directory.
    let journal = Journal::beside(dir)?;
    // Clears up after a writer that died, and shows whether the directory can be written before anything is asked for.
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
        // Nobody can tell any more what has changed since the interruption.
        journal.forget();
        all = run.read_everything(&journal, FullFetchReason::StampExpired).await?;
    }
    let sink = Sink::Snapshot(Box::new(SnapshotWriter::begin(dir)?));
    let done = run.assemble(&journal, &all, sink)?;
    let summary = run.summary(why, &all, done);
    journal.clear();
    Ok(summary)
}

/// Fetches the organisation of `client` as [`fetch`] does, and gives it instead of writing it. The snapshot in `dir` is what
/// changes are asked for against; nothing is written anywhere.
///
/// # Errors
/// As [`fetch`].
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

/// From where to start.
enum StartingPoint {
    Changes(Box<Store>, Box<SyncState>),
    Full(FullFetchReason),
}

/// What a full fetch has read; the answers themselves are in the journal.
struct FullRead {
    plan: Plan,
    selection: Selection,
    /// Tables that an interrupted fetch had read before.
    resumed: usize,
}

/// One fetch.
struct FetchRun<'a> {
    client: &'a Client,
    options: &'a FetchOptions,
    progress: &'a dyn FetchProgress,
    asked: Value,
    began: Timestamp,
    /// Requests of the client from before.
    before: u64,
}

impl<'a> FetchRun<'a> {
    fn new(client: &'a Client, options: &'a FetchOptions, progress: &'a dyn FetchProgress) -> Self {
        let (asked, began) = (select::asked(options), Timestamp::now());
        Self { client, options, progress, asked, began, before: sent(client) }
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

    fn manner(&self, without_table_type: bool) -> ServiceCapabilities {
        ServiceCapabilities { without_table_type, languages: self.options.languages.clone() }
    }

    /// What changed; `None` where the stamp has expired.
    async fn changes(
        &self,
        store: &Store,
        mut sync: SyncState,
    ) -> Result<Option<(Changes, SyncState)>, Error> {
        self.progress.since(sync.last_fetch.as_deref());
        let selection = Selection::resolve(self.client, self.options).await?;
        let ask = |without| {
            let query = query::everything(Tables::All, &self.manner(without));
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
            complete(&text, store, &mut changes)?;
        }
        Ok(Some((changes, sync)))
    }

    /// Every answer that a full fetch needs, in the journal.
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
        self.read_pieces(journal, &plan).await?;
        Ok(FullRead { plan, selection, resumed })
    }

    /// Asks for the names of all tables, which also shows how the service can be asked.
    async fn plan(&self, selection: &Selection) -> Result<Plan, Error> {
        let mut plan = Plan::new(self.url(), self.asked.clone());
        let names = |without| self.text(query::request(&query::names(&self.manner(without)), None));
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
            .map_err(|e| Error::Answer { what: "the list of tables".to_owned(), message: e.to_string() })?;
        plan.stamp = marks.stamp.clone().filter(|_| !plan.used_entity_definitions);
        let mut taken = BTreeSet::new();
        let mut all = Vec::new();
        for table in marks.tables {
            let Some(name) = table.logical_name else { continue };
            if selection.takes(&name, table.metadata_id.as_deref()) {
                taken.insert(name.clone());
            } else {
                plan.left_out.push(name.clone());
            }
            all.push(name);
        }
        if let Some(pattern) = selection.idle_pattern(&all) {
            let near = suggest::closest(pattern, all.iter().map(String::as_str)).map(ToString::to_string);
            return Err(Error::NoTable { pattern: pattern.to_owned(), near });
        }
        let taken: Vec<String> = taken.into_iter().collect();
        plan.parts = taken.chunks(query::TABLES_PER_PART).map(<[String]>::to_vec).collect();
        Ok(plan)
    }

    async fn read_pieces(&self, journal: &Journal, plan: &Plan) -> Result<(), Error> {
        let pieces = [JournalEntry::Csdl, JournalEntry::Choices, JournalEntry::Organisation].into_iter();
        let pieces =
            pieces.chain((0..plan.parts.len()).map(JournalEntry::Part)).filter(|piece| !journal.has(*piece));
        let manner = &self.manner(plan.without_table_type);
        let mut answers = stream::iter(pieces)
            .map(|piece| async move { self.piece(plan, piece, manner).await.map(|bytes| (piece, bytes)) })
            .buffer_unordered(MAX_CONCURRENT_PARTS);
        while let Some(answer) = answers.next().await {
            let (piece, bytes) = answer?;
            let count = match piece {
                JournalEntry::Csdl | JournalEntry::Organisation => bytes.len(),
                JournalEntry::Choices => count_choices(&bytes),
                JournalEntry::Part(n) => n,
            };
            // Kept first: who is told of it may end the process.
            journal.put(piece, bytes)?;
            match piece {
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

    /// One answer. Something between here and the service may have damaged one that came whole: it is asked for again.
    async fn piece(
        &self,
        plan: &Plan,
        piece: JournalEntry,
        manner: &ServiceCapabilities,
    ) -> Result<Vec<u8>, Error> {
        let mut attempt = 1;
        loop {
            let bytes = match piece {
                JournalEntry::Csdl => self.bytes(query::csdl()).await?,
                JournalEntry::Choices => self.choices().await?,
                JournalEntry::Organisation => self.organisation().await?,
                JournalEntry::Part(n) => {
                    let tables = plan.parts.get(n).map(Vec::as_slice).unwrap_or_default();
                    if plan.used_entity_definitions {
                        definitions::part(self.client, tables, manner).await?
                    } else {
                        let query = query::everything(Tables::Named(tables), manner);
                        self.bytes(query::request(&query, None)).await?
                    }
                }
            };
            match damage(piece, &bytes) {
                None => return Ok(bytes),
                Some(message) if attempt == MAX_ATTEMPTS => {
                    let what = match piece {
                        JournalEntry::Csdl => "$metadata".to_owned(),
                        JournalEntry::Choices => "GlobalOptionSetDefinitions".to_owned(),
                        JournalEntry::Organisation => "organizations".to_owned(),
                        JournalEntry::Part(n) => {
                            let tables = plan.parts.get(n).map(|t| t.join(", ")).unwrap_or_default();
                            format!("the answer about {tables}")
                        }
                    };
                    return Err(Error::Answer { what, message });
                }
                Some(_) => attempt += 1,
            }
        }
    }

    /// All global choices. Where the service leaves their options out, casts bring them.
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

    /// The row of the organisation; an empty answer where who asks may read metadata and not that row.
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
            .map_err(|_| Error::Answer { what, message: "it is not UTF-8".to_owned() })
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
            requests: sent(self.client) - self.before,
            used_entity_definitions: all.plan.used_entity_definitions,
            resumed: all.resumed,
            written: done.written.unwrap_or_default(),
            ..FetchSummary::default()
        }
    }

    /// Writes the snapshot anew: what changed, and everything else byte for byte as it was.
    fn write_changes(
        &self,
        dir: &Path,
        store: &Store,
        mut changes: Changes,
        sync: &SyncState,
    ) -> Result<FetchSummary, Error> {
        let (diff, spoken) = told(store, &changes)?;
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
            requests: sent(self.client) - self.before,
            written,
            ..FetchSummary::default()
        })
    }

    /// The snapshot with the changes, in memory.
    fn apply_changes(
        &self,
        store: &Store,
        changes: Changes,
        sync: &SyncState,
    ) -> Result<(Schema, FetchSummary), Error> {
        let (diff, spoken) = told(store, &changes)?;
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
            requests: sent(self.client) - self.before,
            ..FetchSummary::default()
        };
        Ok((schema, summary))
    }
}

/// What is different, and the languages of what is new.
fn told(store: &Store, changes: &Changes) -> Result<(Diff, Vec<u32>), Error> {
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

/// Adds to new tables what only `$metadata` says, and takes the operations out of it.
fn complete(text: &str, store: &Store, changes: &mut Changes) -> Result<(), Error> {
    let csdl = crate::csdl::read(text)
        .map_err(|e| Error::Answer { what: "$metadata".to_owned(), message: e.to_string() })?;
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

/// Requests of a client so far, those that were repeated counted once.
fn sent(client: &Client) -> u64 {
    let status = client.status();
    status.sent.saturating_sub(status.retried)
}

fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
