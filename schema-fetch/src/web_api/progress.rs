//! What a fetch tells while it goes on.

use super::FullFetchReason;

/// Told what a fetch is doing. The functions do nothing unless they are written. How fast the service answers and whether it
/// asks to wait is the client's to tell: [`Client::status`](dvkit_client::Client::status).
///
/// It may be told from any thread, so that a fetch can be spawned.
pub trait FetchProgress: Send + Sync {
    /// Only what changed since then is asked for.
    fn since(&self, fetched: Option<&str>) {
        let _ = fetched;
    }

    /// Everything is read, for this reason.
    fn full(&self, why: FullFetchReason) {
        let _ = why;
    }

    /// An interrupted fetch goes on: so many of its tables are there already.
    fn resumed(&self, tables: usize) {
        let _ = tables;
    }

    /// So many tables are to be read.
    fn planned(&self, tables: usize) {
        let _ = tables;
    }

    /// These have been read.
    fn tables(&self, names: &[String]) {
        let _ = names;
    }

    /// So many global choices have been read.
    fn choices(&self, count: usize) {
        let _ = count;
    }

    /// The names that requests use have been read: so many bytes of `$metadata`.
    fn metadata(&self, bytes: usize) {
        let _ = bytes;
    }

    /// Everything has been read, and is put together.
    fn assembling(&self) {}
}

/// Tells nobody.
impl FetchProgress for () {}
