//! Faults on demand: what networks and services do when they fail, by a script.
//!
//! A script has one rule a line: which requests, and what becomes of them. The first rule that means a request decides. Each
//! rule counts by itself the requests that its `on` means, from 1.
//!
//! ```text
//! # comment
//! 1..3 on RetrieveMetadataChanges: 429 after 2
//! every 5: 503
//! 2 on $metadata: truncate 4000
//! always on token: delay 250
//! ```
//!
//! RequestMatcher: `always`, `every N`, `N`, `N..M`, `N..`; `on TEXT` means requests with the text in their path.
//!
//! | fault | what happens |
//! |---|---|
//! | `429 [after SECONDS \| date SECONDS]` | too many requests, with `Retry-After` in seconds or as a date, or without |
//! | `502`, `503`, `504`, `500` `[after SECONDS]` | a page of the gateway with this status |
//! | `400`, `403`, `404`, `501` | refused by the service itself, in its words |
//! | `reset` | the connection is reset instead of an answer |
//! | `truncate BYTES` | the answer breaks off after so many bytes of its body |
//! | `slow MILLISECONDS` | the body comes in 16 pieces, with so long a pause before each |
//! | `delay MILLISECONDS` | the answer comes so much later |
//! | `login-page` | an HTML page to sign in, with status 200 |
//! | `expired-token` | the token is called expired: 401 |
//! | `empty` | status 200 without a body |
//! | `duplicate` | every element of the answer's collection is there twice |
//! | `none` | nothing: the request is answered as usual |

mod script;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use script::{FaultScript, FaultScriptError};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    TooMany(Option<RetryAfter>),
    Gateway(u16, Option<RetryAfter>),
    Refused(u16),
    Reset,
    Truncate(usize),
    Slow(Duration),
    Delay(Duration),
    LoginPage,
    ExpiredToken,
    Empty,
    Duplicate,
}

/// The two forms of `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryAfter {
    Seconds(u32),
    Date(u32),
}

/// The script that is followed, and how far it is.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<ActiveScript>);

#[derive(Debug, Default)]
struct ActiveScript {
    script: FaultScript,
    /// For each rule, how many requests it was asked about.
    counts: Vec<u64>,
}

impl Faults {
    /// Follows another script, from its beginning.
    pub(crate) fn follow(&self, script: FaultScript) {
        *self.followed() = ActiveScript { counts: vec![0; script.rules.len()], script };
    }

    fn followed(&self) -> MutexGuard<'_, ActiveScript> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What becomes of the next request, which has this path.
    pub(crate) fn next(&self, path: &str) -> Fault {
        let mut followed = self.followed();
        let ActiveScript { script, counts } = &mut *followed;
        let mut fault = Fault::None;
        let mut decided = false;
        for (rule, count) in script.rules.iter().zip(counts) {
            if !rule.on.as_ref().is_none_or(|text| path.contains(text)) {
                continue;
            }
            *count += 1;
            if !decided && rule.which.means(*count) {
                (fault, decided) = (rule.fault, true);
            }
        }
        fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_count_for_themselves() {
        let faults = Faults::default();
        assert_eq!(faults.next("/x"), Fault::None);
        let script = "2..3 on meta: reset\nevery 2: 503 after 4 # even ones\n\n# the rest\nalways: none\n";
        faults.follow(script.parse().unwrap());
        let unavailable = Fault::Gateway(503, Some(RetryAfter::Seconds(4)));
        let found: Vec<_> = ["/meta", "/meta", "/other", "/meta", "/meta"].map(|p| faults.next(p)).into();
        assert_eq!(found, [Fault::None, Fault::Reset, Fault::None, Fault::Reset, Fault::None]);
        assert_eq!(faults.next("/other"), unavailable);
    }

    #[test]
    fn mistakes_in_scripts_are_told_with_their_line() {
        for (script, line, word) in [
            ("reset", 1, "`:`"),
            ("\n1: explode", 2, "explode"),
            ("0: reset", 1, "from 1"),
            ("3..2: reset", 1, "3..2"),
            ("every x: reset", 1, "every x"),
            ("1: truncate", 1, "truncate"),
            ("1: 429 after soon", 1, "429 after soon"),
            ("1 on : reset", 1, "on"),
            ("1: reset now", 1, "reset now"),
        ] {
            let error = script.parse::<FaultScript>().unwrap_err();
            assert_eq!(error.line, line, "{script}: {error}");
            assert!(error.to_string().contains(word), "{script}: {error}");
        }
    }
}
