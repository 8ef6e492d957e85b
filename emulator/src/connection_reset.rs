//! The switch by which a fault breaks the connection of its request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A switch that breaks one connection, so that the client gets a connection reset.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionReset(Arc<AtomicBool>);

impl ConnectionReset {
    /// Breaks the connection: nothing more is written, and bytes that were not sent yet are discarded.
    pub(crate) fn reset(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_reset(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
