//! The time that the emulator goes by.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A clock that runs, or stands still until it is turned. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Mutex<ClockMode>>);

#[derive(Debug)]
enum ClockMode {
    /// The system's time, and how far this clock is ahead of it.
    RunningEmulator {
        ahead: SignedDuration,
    },
    Stopped {
        at: Timestamp,
    },
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(ClockMode::RunningEmulator { ahead: SignedDuration::ZERO })))
    }

    /// A clock that stands at `at` until [`advance`](Self::advance) turns it.
    #[must_use]
    pub fn stopped(at: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(ClockMode::Stopped { at })))
    }

    fn face(&self) -> MutexGuard<'_, ClockMode> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &*self.face() {
            ClockMode::RunningEmulator { ahead } => {
                Timestamp::now().saturating_add(*ahead).unwrap_or(Timestamp::MAX)
            }
            ClockMode::Stopped { at } => *at,
        }
    }

    /// Turns the clock on, whether it runs or stands. It stops at the end of the calendar.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        match &mut *self.face() {
            ClockMode::RunningEmulator { ahead } => *ahead = ahead.saturating_add(by),
            ClockMode::Stopped { at } => *at = at.saturating_add(by).unwrap_or(Timestamp::MAX),
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_moves_only_when_turned() {
        let clock = Clock::stopped(Timestamp::UNIX_EPOCH);
        let same = clock.clone();
        clock.advance(Duration::from_secs(90));
        assert_eq!(same.now().as_second(), 90);
        clock.advance(Duration::MAX);
        assert_eq!(same.now(), Timestamp::MAX);
    }

    #[test]
    fn a_running_clock_can_be_turned_too() {
        let clock = Clock::system();
        let before = Timestamp::now();
        clock.advance(Duration::from_secs(3600));
        assert!(clock.now().duration_since(before) >= SignedDuration::from_secs(3600));
    }
}
