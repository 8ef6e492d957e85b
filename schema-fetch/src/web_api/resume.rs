//! Going on where an interrupted fetch was.

use std::path::Path;

use dvkit_schema::Store;
use dvkit_schema::store::{SnapshotWriter, SyncState};

use super::assemble::Sink;
use super::journal::{Journal, JournalEntry, Plan};
use super::{FetchRun, FetchSummary, FullFetchReason, FullRead, seconds};
use crate::Error;

impl FetchRun<'_> {
    /// The plan of an interrupted fetch to go on with, and how many of its tables are there already.
    ///
    /// Its answers are of use only where a stamp from before the first of them tells what has changed since. Operations and
    /// choices that no column uses have no stamp: what holds them is asked for again.
    pub(super) fn interrupted(&self, journal: &Journal, why: FullFetchReason) -> Option<(Plan, usize)> {
        if why == FullFetchReason::Requested {
            return None;
        }
        let plan = journal.plan(&self.url(), &self.asked).filter(|plan| plan.stamp.is_some())?;
        let there = plan.parts.iter().enumerate().filter(|(n, _)| journal.has(JournalEntry::Part(*n)));
        let resumed = there.map(|(_, names)| names.len()).sum();
        // Without any of them the list of tables is all there is, and not worth to be caught up with.
        if resumed == 0 {
            return None;
        }
        journal.drop_piece(JournalEntry::Csdl);
        journal.drop_piece(JournalEntry::Choices);
        Some((plan, resumed))
    }

    /// Writes the snapshot from what was read before an interruption and after it. Some of it may have changed since: it is put
    /// together beside its place, as it would have been, and what the service has changed since goes into it on the way to its place.
    /// `None` where the service does not tell any more; nothing was written then.
    pub(super) async fn catch_up(
        &self,
        dir: &Path,
        journal: &Journal,
        why: FullFetchReason,
        all: &FullRead,
    ) -> Result<Option<FetchSummary>, Error> {
        let Some(draft) = journal.draft()? else { return Ok(None) };
        let done = self.assemble(journal, all, Sink::Snapshot(Box::new(SnapshotWriter::begin(&draft)?)))?;
        let store = Store::open(&draft)?;
        let Some(sync) = SyncState::read(&draft)? else { return Ok(None) };
        let Some((changes, mut sync)) = self.changes(&store, sync).await? else { return Ok(None) };
        // Operations were read by this fetch.
        sync.last_full_fetch = Some(seconds(self.began));
        let columns = changes.tables.is_empty().then_some(done.columns);
        let later = self.write_changes(dir, &store, changes, &sync)?;
        let (tables, choices, operations) = (later.tables, later.choices, later.operations);
        let written = later.written;
        Ok(Some(FetchSummary {
            columns,
            tables,
            choices,
            operations,
            written,
            ..self.summary(why, all, done)
        }))
    }
}
