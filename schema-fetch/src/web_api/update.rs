//! Requests the changes since the last fetch, and applies them to the snapshot. If the service no longer has
//! these changes, the caller makes a full fetch instead.

use std::path::Path;

use dvkit_schema::diff::Diff;
use dvkit_schema::store::{SnapshotWriter, SyncState};
use dvkit_schema::{Schema, Store};
use jiff::Timestamp;

use super::assemble::wanted_operations;
use super::changes::{self, Changes};
use super::options::FetchSummary;
use super::query::{self, Tables};
use super::response::is_refusal;
use super::run::{FetchRun, requests_sent, seconds};
use super::select::Selection;
use crate::Error;

/// The service's error code `ExpiredVersionStamp`.
const EXPIRED_STAMP_CODE: &str = "0x80044352";

impl FetchRun<'_> {
    /// Requests the changes since the stamp in `sync`. Returns the changes, and the state for the next fetch;
    /// `None` if the stamp has expired. Returns an error if a request fails otherwise, or if the response is
    /// invalid.
    pub(super) async fn changes(
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

    /// Writes the changed tables and choices to the snapshot in `dir`. All other files stay byte for byte the
    /// same. `store` is the snapshot before the changes, and `sync` the state after them. Returns an error if
    /// the old snapshot cannot be read, or if the new one cannot be written.
    pub(super) fn write_changes(
        &self,
        dir: &Path,
        store: &Store,
        mut changes: Changes,
        sync: &SyncState,
    ) -> Result<FetchSummary, Error> {
        let (diff, languages) = differences(store, &changes)?;
        let since = sync.last_fetch.clone();
        let mut org = store.org().clone();
        org.languages.extend(languages);
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
            requests: requests_sent(self.client) - self.requests_before,
            written,
            ..FetchSummary::default()
        })
    }

    /// Returns the schema of the snapshot with the changes applied, and a summary. Writes nothing. Returns an
    /// error if the snapshot cannot be read.
    pub(super) fn apply_changes(
        &self,
        store: &Store,
        changes: Changes,
        sync: &SyncState,
    ) -> Result<(Schema, FetchSummary), Error> {
        let (diff, languages) = differences(store, &changes)?;
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
        schema.org.languages.extend(languages);
        schema.sort();
        let summary = FetchSummary {
            since: sync.last_fetch.clone(),
            operations_as_of: sync.last_full_fetch.clone(),
            changes: diff,
            tables: schema.tables.len(),
            choices: schema.choices.len(),
            operations: schema.operations.len(),
            requests: requests_sent(self.client) - self.requests_before,
            ..FetchSummary::default()
        };
        Ok((schema, summary))
    }
}

/// Returns the differences between the snapshot and the changed tables and choices, and the languages (LCIDs)
/// of the labels in the latter. Returns an error if the snapshot cannot be read.
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

/// Completes new tables with the facts that only `$metadata` gives, and reads the operations into `changes`.
/// `text` is the `$metadata` document. Returns an error if `text` is not valid CSDL.
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
