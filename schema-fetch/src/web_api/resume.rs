//! Continues an interrupted fetch with the responses in its journal. As the responses may be outdated, the
//! changes since the interrupted fetch began are requested too.

use std::path::Path;

use dvkit_schema::Store;
use dvkit_schema::store::{SnapshotWriter, SyncState};

use super::assemble::Sink;
use super::journal::{Journal, JournalEntry, Plan};
use super::options::{FetchSummary, FullFetchReason};
use super::run::{FetchRun, FullRead, seconds};
use crate::Error;

impl FetchRun<'_> {
    /// Returns the plan of an interrupted fetch that can be continued, and the number of its tables that are
    /// already in the journal. Returns `None` if no fetch can be continued. `why` is the reason for the full
    /// fetch.
    ///
    /// The responses in the journal may be outdated, so the changes since the interrupted fetch began are
    /// requested later. A plan without the stamp for this later request cannot be continued. Changes of
    /// operations, and of choices that no column uses, cannot be requested. So the responses that contain
    /// them are discarded and requested again.
    pub(super) fn interrupted(&self, journal: &Journal, why: FullFetchReason) -> Option<(Plan, usize)> {
        if why == FullFetchReason::Requested {
            return None;
        }
        let plan = journal.plan(&self.url(), &self.requested).filter(|plan| plan.stamp.is_some())?;
        let there = plan.parts.iter().enumerate().filter(|(n, _)| journal.has(JournalEntry::Part(*n)));
        let resumed = there.map(|(_, names)| names.len()).sum();
        // If no table was read, there is only the list of tables, which is not worth continuing.
        if resumed == 0 {
            return None;
        }
        journal.discard(JournalEntry::Csdl);
        journal.discard(JournalEntry::Choices);
        Some((plan, resumed))
    }

    /// Writes the snapshot in `dir` after an interrupted fetch was continued. `all` is the result of the
    /// continued fetch. Some responses are from before the interruption and may be outdated, so the snapshot
    /// is first assembled in another folder; then the changes since the interrupted fetch began are applied
    /// while it is moved to `dir`. Returns `None`, and writes nothing, if the service no longer has these
    /// changes. Returns an error if a request fails, or if a snapshot cannot be read or written.
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
        // This fetch has read the operations.
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
