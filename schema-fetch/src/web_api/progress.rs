//! Progress callbacks of a fetch.

use super::FullFetchReason;

/// Receives the progress of a fetch. All functions do nothing by default. The speed of the service, and the
/// pauses that it asks for, are reported by the client: [`Client::status`](dvkit_client::Client::status).
///
/// The functions may be called from any thread, so that a fetch can be spawned.
pub trait FetchProgress: Send + Sync {
    /// Called when only changes since the last fetch are requested; `fetched` is its time (RFC 3339).
    fn since(&self, fetched: Option<&str>) {
        let _ = fetched;
    }

    /// Called when everything is fetched, with the reason.
    fn full(&self, why: FullFetchReason) {
        let _ = why;
    }

    /// Called when an interrupted fetch is continued; `tables` of its tables are already there.
    fn resumed(&self, tables: usize) {
        let _ = tables;
    }

    /// Called when the number of tables to fetch is known.
    fn planned(&self, tables: usize) {
        let _ = tables;
    }

    /// Called when the tables with these names have been read.
    fn tables(&self, names: &[String]) {
        let _ = names;
    }

    /// Called when `count` global choices have been read.
    fn choices(&self, count: usize) {
        let _ = count;
    }

    /// Called when `$metadata`, which has the names that requests use, has been read; it is `bytes` long.
    fn metadata(&self, bytes: usize) {
        let _ = bytes;
    }

    /// Called when everything has been read, before the snapshot is assembled.
    fn assembling(&self) {}
}

/// Ignores the progress.
impl FetchProgress for () {}
