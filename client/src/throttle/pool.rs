//! A limit on the requests of one process to all of its organisations.
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A limit on the concurrent requests of many clients together. Clones share it.
///
/// Each organisation has limits and pacing of its own; the pool keeps a process that serves a thousand of
/// them from opening fifty thousand connections. Slots are granted in the order in which they were requested,
/// and only to requests that their own organisation admits: a throttled organisation does not block others.
#[derive(Debug, Clone)]
pub struct RequestPool(Arc<Semaphore>);

impl RequestPool {
    /// Creates a pool of `places` concurrent requests; at least one.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS))))
    }

    pub(crate) fn try_acquire(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }

    pub(crate) async fn acquire(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.0).acquire_owned().await.expect("the semaphore is never closed")
    }
}
