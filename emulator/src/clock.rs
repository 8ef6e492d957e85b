//! The clock of the emulator, which tests can stop and advance.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A clock that either runs or is stopped and moves only when it is advanced. Clones share the clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Mutex<ClockMode>>);

#[derive(Debug)]
enum ClockMode {
    /// A clock that runs. It is ahead of the system's time by a fixed duration.
    Running {
        ahead: SignedDuration,
    },
    Stopped {
        at: Timestamp,
    },
}

impl Clock {
    /// Creates a clock that shows the system's time.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(ClockMode::Running { ahead: SignedDuration::ZERO })))
    }

    /// Creates a stopped clock that shows `at` until [`advance`](Self::advance) moves it.
    #[must_use]
    pub fn stopped(at: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(ClockMode::Stopped { at })))
    }

    fn face(&self) -> MutexGuard<'_, ClockMode> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &*self.face() {
            ClockMode::Running { ahead } => Timestamp::now().saturating_add(*ahead).unwrap_or(Timestamp::MAX),
            ClockMode::Stopped { at } => *at,
        }
    }

    /// Sets the clock to `at`. A clock that runs goes on from there; a stopped one stays stopped.
    pub fn set(&self, at: Timestamp) {
        match &mut *self.face() {
            ClockMode::Running { ahead } => *ahead = at.duration_since(Timestamp::now()),
            ClockMode::Stopped { at: shown } => *shown = at,
        }
    }

    /// Returns whether the clock is stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        matches!(&*self.face(), ClockMode::Stopped { .. })
    }

    /// Moves the clock forward, whether it runs or is stopped. It never moves beyond the latest time that can
    /// be represented.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        match &mut *self.face() {
            ClockMode::Running { ahead } => *ahead = ahead.saturating_add(by),
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
    fn a_stopped_clock_moves_only_when_advanced() {
        let clock = Clock::stopped(Timestamp::UNIX_EPOCH);
        let same = clock.clone();
        clock.advance(Duration::from_secs(90));
        assert_eq!(same.now().as_second(), 90);
        clock.advance(Duration::MAX);
        assert_eq!(same.now(), Timestamp::MAX);
        clock.set(Timestamp::UNIX_EPOCH);
        assert!(same.now() == Timestamp::UNIX_EPOCH && same.is_stopped());
    }

    #[test]
    fn a_running_clock_can_be_advanced_too() {
        let clock = Clock::system();
        let before = Timestamp::now();
        clock.advance(Duration::from_secs(3600));
        assert!(clock.now().duration_since(before) >= SignedDuration::from_secs(3600));
    }
}
