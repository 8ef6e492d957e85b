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

    #[test]
    fn every_fault_is_written_in_one_way() {
        let millis = Duration::from_millis;
        for (text, fault) in [
            ("429", Fault::TooMany(None)),
            ("429 after 0", Fault::TooMany(Some(RetryAfter::Seconds(0)))),
            ("429  date  12", Fault::TooMany(Some(RetryAfter::Date(12)))),
            ("500", Fault::Gateway(500, None)),
            ("502 after 1", Fault::Gateway(502, Some(RetryAfter::Seconds(1)))),
            ("503 date 1", Fault::Gateway(503, Some(RetryAfter::Date(1)))),
            ("504", Fault::Gateway(504, None)),
            ("400", Fault::Refused(400)),
            ("403", Fault::Refused(403)),
            ("404", Fault::Refused(404)),
            ("501", Fault::Refused(501)),
            ("reset", Fault::Reset),
            ("lost", Fault::Lost),
            ("truncate 0", Fault::Truncate(0)),
            ("slow 3", Fault::Slow(millis(3))),
            ("delay 4294967295", Fault::Delay(millis(4_294_967_295))),
            ("login-page", Fault::LoginPage),
            ("expired-token", Fault::ExpiredToken),
            ("empty", Fault::Empty),
            ("duplicate", Fault::Duplicate),
            ("none", Fault::None),
        ] {
            let script: FaultScript = format!("1: {text} # comment").parse().unwrap();
            assert_eq!(script.rules[0].fault, fault, "{text}");
        }
        for text in [
            "",
            "401",
            "505",
            "400 after 1",
            "501 date 1",
            "429 after",
            "429 after 1 2",
            "429 in 1",
            "503 after -1",
            "503 date 4294967296",
            "truncate",
            "truncate -1",
            "truncate 1 2",
            "slow",
            "slow x",
            "delay 1.5",
            "lost now",
            "login-page 1",
            "empty 1",
            "duplicate 2",
            "none 1",
            "Reset",
        ] {
            let error = format!("1: {text}").parse::<FaultScript>().unwrap_err();
            assert!(
                error.message.starts_with(&format!("`{text}` is not a fault; the faults are")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_rule_says_which_of_the_requests_it_counts_fail() {
        for (which, hits) in [
            ("always", &[1, 2, 3, 4, 5, 6, 7][..]),
            ("every 1", &[1, 2, 3, 4, 5, 6, 7]),
            ("every 3", &[3, 6]),
            ("every  3", &[3, 6]),
            ("2", &[2]),
            ("2..4", &[2, 3, 4]),
            ("4..4", &[4]),
            ("6..", &[6, 7]),
            (" 1 .. 2 ", &[1, 2]),
        ] {
            let faults = Faults::default();
            faults.replace_script(format!("{which} on /a: reset").parse().unwrap());
            let mut seen = Vec::new();
            for count in 1..=7 {
                assert_eq!(faults.next_fault("/b"), Fault::None, "{which}");
                if faults.next_fault("/x/a/y") == Fault::Reset {
                    seen.push(count);
                }
            }
            assert_eq!(seen, hits, "{which}");
        }
        for which in ["", "0", "-1", "x", "0..2", "2..1", "..2", "1..x", "every", "every 0", "Always", "1.5"]
        {
            let error = format!("{which}: reset").parse::<FaultScript>().unwrap_err();
            assert!(error.message.contains("is not one of `always`, `every N`"), "{which}: {error}");
        }
    }

    #[test]
    fn a_script_has_at_most_a_thousand_rules() {
        let script = |rules: usize| "always: none\n# comment\n".repeat(rules).parse::<FaultScript>();
        assert_eq!(script(1_000).unwrap().rules.len(), 1_000);
        let error = script(1_001).unwrap_err();
        assert_eq!(error.to_string(), "line 2001: a script has at most 1000 rules");
        // The text after `on` may have what a rule has; the last colon begins the fault.
        let script: FaultScript = "2 on a:b on c: lost".parse().unwrap();
        assert_eq!(script.rules[0].on.as_deref(), Some("a:b on c"));
        assert_eq!(script.rules[0].fault, Fault::Lost);
    }
}
