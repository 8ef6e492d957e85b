//! Faults on demand. A script defines which requests fail, and how.
//!
//! A script has one rule per line: the requests that it matches, and their fault. If several rules match a
//! request, the first one applies. Each rule has its own count, from 1, of the requests that its `on`
//! matches.
//!
//! ```text
//! # comment
//! 1..3 on RetrieveMetadataChanges: 429 after 2
//! every 5: 503
//! 2 on $metadata: truncate 4000
//! always on token: delay 250
//! ```
//!
//! A rule begins with the counts that it matches: `always`, `every N`, `N`, `N..M` or `N..`. If it has
//! `on TEXT`, it counts only requests whose path contains the text.
//!
//! | fault | what happens |
//! |---|---|
//! | `429 [after SECONDS \| date SECONDS]` | too many requests, with `Retry-After` in seconds, as a date, or without the header |
//! | `502`, `503`, `504`, `500` `[after SECONDS]` | an HTML page of a gateway with this status |
//! | `400`, `403`, `404`, `501` | an error of the service with this status |
//! | `reset` | the connection is reset in place of a response; the request is not executed |
//! | `lost` | the request is executed, and the connection is reset in place of a response |
//! | `truncate BYTES` | the response breaks off after that many bytes of its body |
//! | `slow MILLISECONDS` | the body is sent in 16 chunks, with a pause before each |
//! | `delay MILLISECONDS` | the response is delayed |
//! | `login-page` | an HTML sign-in page, with status 200 |
//! | `expired-token` | the token is refused as expired: 401 |
//! | `empty` | status 200 without a body |
//! | `duplicate` | every element of the collection in the response is repeated |
//! | `none` | no fault: the request is answered as usual |

mod script;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use script::{FaultScript, FaultScriptError};

/// The fault that is applied to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    TooMany(Option<RetryAfter>),
    Gateway(u16, Option<RetryAfter>),
    Refused(u16),
    Reset,
    /// The request is executed, and the connection is reset in place of the response.
    Lost,
    Truncate(usize),
    Slow(Duration),
    Delay(Duration),
    LoginPage,
    ExpiredToken,
    Empty,
    Duplicate,
}

/// The value of a `Retry-After` header: a number of seconds, or a date that many seconds from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryAfter {
    Seconds(u32),
    Date(u32),
}

/// The current script, and how many requests its rules have counted.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<ActiveScript>);

#[derive(Debug, Default)]
struct ActiveScript {
    script: FaultScript,
    /// For each rule, the number of requests that its `on` matched so far.
    counts: Vec<u64>,
}

impl Faults {
    /// Replaces the script, and sets the counts of its rules to zero.
    pub(crate) fn replace_script(&self, script: FaultScript) {
        *self.followed() = ActiveScript { counts: vec![0; script.rules.len()], script };
    }

    fn followed(&self) -> MutexGuard<'_, ActiveScript> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request with the path `path`, and returns the fault to apply to it.
    pub(crate) fn next_fault(&self, path: &str) -> Fault {
        let mut followed = self.followed();
        let ActiveScript { script, counts } = &mut *followed;
        let mut fault = Fault::None;
        let mut decided = false;
        for (rule, count) in script.rules.iter().zip(counts) {
            if !rule.on.as_ref().is_none_or(|text| path.contains(text)) {
                continue;
            }
            *count += 1;
            if !decided && rule.which.matches(*count) {
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
    fn each_rule_counts_its_own_requests() {
        let faults = Faults::default();
        assert_eq!(faults.next_fault("/x"), Fault::None);
        let script = "2..3 on meta: reset\nevery 2: 503 after 4 # even ones\n\n# the rest\nalways: none\n";
        faults.replace_script(script.parse().unwrap());
        let unavailable = Fault::Gateway(503, Some(RetryAfter::Seconds(4)));
        let found: Vec<_> =
            ["/meta", "/meta", "/other", "/meta", "/meta"].map(|p| faults.next_fault(p)).into();
        assert_eq!(found, [Fault::None, Fault::Reset, Fault::None, Fault::Reset, Fault::None]);
        assert_eq!(faults.next_fault("/other"), unavailable);
    }

    #[test]
    fn a_mistake_in_a_script_is_reported_with_its_line() {
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
