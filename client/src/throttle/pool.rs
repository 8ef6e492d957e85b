//! What one process has on its way to all of its organisations.
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A bound on the requests that many clients have on their way together. Clones share it.
///
/// Each organisation has its own limits and pacing; the pool keeps a process that serves a thousand of them from opening
/// fifty thousand connections. Places are given in the order in which they were asked for, and only to
/// requests that their own organisation lets through: one that is throttled holds up nobody.
#[derive(Debug, Clone)]
pub struct RequestPool(Arc<Semaphore>);

impl RequestPool {
    /// A pool of so many places; at least one.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS))))
    }

    pub(crate) fn try_place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }

    pub(crate) async fn place(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.0).acquire_owned().await.expect("the semaphore is never closed")
    }
}
