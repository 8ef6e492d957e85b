//! Limits the number of concurrent requests of one process to all its organisations together. Several clients
//! share a pool.
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A limit on the concurrent requests of many clients together. Clones share the limit.
///
/// Each organisation has its own limits and pacing; the pool keeps a process that uses a thousand
/// organisations from opening fifty thousand connections. Requests are admitted in the order of their
/// arrival, but only after their own organisation has admitted them: a throttled organisation does not block
/// others.
#[derive(Debug, Clone)]
pub struct RequestPool(Arc<Semaphore>);

impl RequestPool {
    /// Returns a pool that allows `places` concurrent requests; 0 counts as 1.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_has_between_one_place_and_as_many_as_there_can_be() {
        for (places, expected) in [(0, 1), (1, 1), (3, 3), (usize::MAX, Semaphore::MAX_PERMITS)] {
            let pool = RequestPool::new(places);
            assert_eq!(pool.0.available_permits(), expected, "{places}");
        }
        let pool = RequestPool::new(1);
        let held = pool.try_acquire();
        assert!(held.is_some() && pool.clone().try_acquire().is_none());
        drop(held);
        assert!(pool.try_acquire().is_some());
    }
}
