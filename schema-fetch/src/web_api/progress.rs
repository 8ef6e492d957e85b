//! Defines [`FetchProgress`], the trait by which a caller of a fetch receives its progress, for example to
//! show a progress bar.

use super::FullFetchReason;

/// Receives the progress of a fetch. A caller implements the methods that it needs; each does nothing by
/// default. The client itself reports the numbers of requests, and the pauses that the service asks for:
/// [`Client::status`](dvkit_client::Client::status).
///
/// The methods may be called from any thread, so that a fetch can be spawned as a task.
pub trait FetchProgress: Send + Sync {
    /// Called if only the changes since the last fetch are requested. `fetched` is the time of the last fetch
    /// (RFC 3339); `None` if it is unknown.
    fn since(&self, fetched: Option<&str>) {
        let _ = fetched;
    }

    /// Called if everything is fetched. `why` is the reason.
    fn full(&self, why: FullFetchReason) {
        let _ = why;
    }

    /// Called if an interrupted fetch is continued. `tables` is the number of tables whose definitions were
    /// already received.
    fn resumed(&self, tables: usize) {
        let _ = tables;
    }

    /// Called when it is known which tables to fetch. `tables` is the number of these tables.
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

    /// Called when `$metadata`, which contains the names that requests use, has been read. `bytes` is the
    /// document's length.
    fn metadata(&self, bytes: usize) {
        let _ = bytes;
    }

    /// Called when all responses have been read, before the snapshot is assembled.
    fn assembling(&self) {}
}

/// Ignores the progress of a fetch.
impl FetchProgress for () {}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use dvkit_client::Client;

    use super::FetchProgress;
    use crate::web_api::{FetchOptions, fetch, retrieve};

    /// Takes what an executor with several threads takes as a task.
    fn spawn<F: Future<Output: Send> + Send + 'static>(_: F) {}

    /// Never called: it compiles only if fetches can be spawned, with any progress.
    #[expect(dead_code, reason = "the test is that it compiles")]
    fn fetches_can_be_spawned(client: Client, dir: PathBuf, progress: Box<dyn FetchProgress>) {
        let options = FetchOptions::default();
        spawn(async move {
            let fetched = fetch(&client, &dir, &options, progress.as_ref()).await;
            (fetched.is_ok(), retrieve(&client, &dir, &options, &()).await.is_ok())
        });
    }
}
