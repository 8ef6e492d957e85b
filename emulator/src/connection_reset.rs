//! The switch with which a fault breaks the connection that its request came on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Breaks one connection: the peer sees a reset.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionReset(Arc<AtomicBool>);

impl ConnectionReset {
    /// From now on nothing is written, and what is in flight is thrown away.
    pub(crate) fn reset(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_reset(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
