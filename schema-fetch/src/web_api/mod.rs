//! Fetches the metadata of a live organisation into a snapshot.
//!
//! [`fetch`] requests the metadata from a service and writes the snapshot. [`retrieve`] requests the metadata
//! and returns it without writing anything, so that it can be compared.
//!
//! # How a fetch works
//! The tables are requested in parts of ten tables from `RetrieveMetadataChanges`, the only function that
//! returns columns of all types with their options. Only `$metadata` contains the names that requests use,
//! inheritance, and operations. `GlobalOptionSetDefinitions` gives the choices that no column uses. If the
//! service refuses the function, `EntityDefinitions` with casts is used instead.
//!
//! The responses are stored in a journal as they arrive, so that an interrupted fetch continues where it
//! stopped. The snapshot is assembled when all responses have arrived, and replaces the old one atomically.
//! When a fetch continues after an interruption, the snapshot is assembled in another folder and updated with
//! the changes since the interrupted fetch began. No fact in it is therefore older than the fetch that writes
//! it. Operations and global choices that no fetched column uses are requested again, because no stamp covers
//! them; if there is no stamp, everything is requested again.
//!
//! The service gives a version stamp, which is kept in [`SyncState`](dvkit_schema::store::SyncState). With
//! it, the next fetch requests only changes: one request, and a second one for `$metadata` if there are new
//! tables. Changes of operations, and of global choices that no fetched column uses, are not included,
//! because no stamp covers them. Everything is fetched again if the stamp has expired, if the files of the
//! snapshot were modified, or if the options differ from those of the last fetch. [`FullFetchReason`] gives
//! the reason.
//!
//! The [`Client`] limits the number of concurrent requests, and waits if the service asks for a pause.

mod assemble;
mod change_info;
mod changes;
mod definitions;
mod journal;
mod options;
mod progress;
mod query;
mod read;
mod response;
mod resume;
mod run;
mod select;
mod update;

use std::path::Path;

use dvkit_client::Client;
use dvkit_schema::Schema;
use dvkit_schema::store::SnapshotWriter;

use crate::Error;
use assemble::Sink;
use journal::Journal;
use response::redacted;
use run::{FetchRun, StartingPoint};

pub use options::{FetchOptions, FetchSummary, FullFetchReason};
pub use progress::FetchProgress;

/// Fetches the organisation of `client` into the snapshot in the directory `dir`.
///
/// Files of the snapshot that need no change stay byte for byte the same; tables that the service no longer
/// has are removed. A fetch that is interrupted by an error, a signal or a crash leaves the snapshot
/// unchanged. The next fetch with the same options continues where the interrupted one stopped. Before that
/// next fetch writes the snapshot, it also requests the changes since the interrupted fetch began.
///
/// # Errors
/// Returns an error if the service or the sign-in fails permanently, if a response is not metadata, if
/// `options` select no table, if another process fetches into the same directory, or if a file cannot be read
/// or written.
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

/// Fetches the organisation of `client` as [`fetch`] does, but returns the schema and writes nothing. If the
/// snapshot in `dir` has a stamp, only the changes since the stamp are requested and applied to a copy of the
/// snapshot's schema.
///
/// # Errors
/// Returns the errors of [`fetch`].
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
