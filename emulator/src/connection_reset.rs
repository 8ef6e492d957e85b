//! The switch with which a fault breaks the connection of its request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A switch that breaks one connection, so that the client sees a reset.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionReset(Arc<AtomicBool>);

impl ConnectionReset {
    /// Stops all writing on the connection and discards the bytes in flight.
    pub(crate) fn reset(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_reset(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
