//! Defines [`Clock`], a source of the time of day. A clock decides when tokens expire and how far a date in
//! `Retry-After` is away; waits use tokio's timers instead.
use std::fmt;

use jiff::Timestamp;
use tokio::time::Instant;

/// A source of the time of day.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the current time.
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

/// A clock for tests that advances with tokio's clock, so that a test with paused time controls both clocks.
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    begin: Timestamp,
    start: Instant,
}

impl TokioClock {
    /// Creates a clock that shows the time `begin` at the moment of creation.
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
