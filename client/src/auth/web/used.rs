//! Remembers which responses of sign-in pages were used, because each may be used once.
use std::collections::{HashSet, VecDeque};

use jiff::Timestamp;

use super::MAX_SIGN_IN_SECONDS;

/// The maximum number of states that are remembered. It bounds the memory; the sign-in service refuses a code
/// that is used twice too.
const MAX_STATES: usize = 100_000;

/// The states of the sign-ins that were completed within the longest time that a sign-in may take.
#[derive(Default)]
pub(super) struct UsedStates {
    states: HashSet<String>,
    /// The states in the order of their use, with the time of the use in seconds since 1970.
    order: VecDeque<(i64, String)>,
}

impl UsedStates {
    /// Adds the state of a sign-in. Returns whether it was new.
    pub(super) fn insert(&mut self, state: &str, now: Timestamp) -> bool {
        let now = now.as_second();
        while let Some((time, _)) = self.order.front() {
            if self.order.len() < MAX_STATES && now.saturating_sub(*time) <= MAX_SIGN_IN_SECONDS {
                break;
            }
            if let Some((_, state)) = self.order.pop_front() {
                self.states.remove(&state);
            }
        }
        let is_new = self.states.insert(state.to_owned());
        if is_new {
            self.order.push_back((now, state.to_owned()));
        }
        is_new
    }

    /// Removes the state of a sign-in, so that its response can be used again.
    pub(super) fn remove(&mut self, state: &str) {
        if self.states.remove(state) {
            self.order.retain(|(_, other)| other != state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_new_once_while_it_may_be_used() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut used = UsedStates::default();
        assert!(used.insert("a", at(0)));
        assert!(!used.insert("a", at(MAX_SIGN_IN_SECONDS)));
        used.remove("a");
        assert!(used.insert("a", at(0)) && used.order.len() == 1);
        assert!(used.insert("b", at(MAX_SIGN_IN_SECONDS + 1)));
        assert_eq!((used.states.len(), used.order.len()), (1, 1));
        for number in 0..MAX_STATES {
            used.insert(&number.to_string(), at(MAX_SIGN_IN_SECONDS + 1));
        }
        assert_eq!((used.states.len(), used.order.len()), (MAX_STATES, MAX_STATES));
        assert!(!used.insert(&(MAX_STATES - 1).to_string(), at(MAX_SIGN_IN_SECONDS + 1)));
    }
}
