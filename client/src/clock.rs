//! What time it is, for expiry of tokens and `Retry-After` dates. All waiting is tokio's.
use std::fmt;

use jiff::Timestamp;
use tokio::time::Instant;

/// Tells the time of day.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that goes with tokio's, so that a test with paused time turns both at once.
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    begin: Timestamp,
    start: Instant,
}

impl TokioClock {
    /// A clock that shows `begin` now.
    #[must_use]
    pub fn starting(begin: Timestamp) -> Self {
        Self { begin, start: Instant::now() }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        self.begin.saturating_add(self.start.elapsed()).unwrap_or(Timestamp::MAX)
    }
}
