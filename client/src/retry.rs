//! Decides whether a failed request is retried, and how long to wait before the retry. Requests are retried
//! only if the service did not execute them or if executing them twice is harmless.
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;
use tokio::time::Instant;

use crate::{Error, ErrorKind};

/// The limits for the retries of a failed request: time, number of attempts, and waits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The longest time spent on retries, counted from the first failure. The pauses that the service asks
    /// for are included.
    pub max_elapsed: Duration,
    /// The maximum number of attempts per request, including the first.
    pub max_attempts: u32,
    /// The maximum number of attempts per request if no response arrives at all. Keep it small, because the
    /// address may be wrong and a person may be waiting. A request that timed out is retried once.
    pub max_unanswered: u32,
    /// The wait before the first retry, unless the service asks for a wait. It doubles with every further
    /// retry.
    pub first_wait: Duration,
    /// The longest wait between two attempts, unless the service asks for a wait.
    pub max_wait: Duration,
}

impl Default for RetryPolicy {
    /// Returns the default policy: retries for fifteen minutes (three time windows of the service protection
    /// limits); at most twelve attempts, or five if no response arrives; waits from half a second to thirty
    /// seconds.
    fn default() -> Self {
        Self {
            max_elapsed: Duration::from_secs(15 * 60),
            max_attempts: 12,
            max_unanswered: 5,
            first_wait: Duration::from_millis(500),
            max_wait: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    /// Returns a policy that never retries.
    #[must_use]
    pub fn none() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// Sets the longest time spent on retries, counted from the first failure.
    #[must_use]
    pub fn max_elapsed(mut self, time: Duration) -> Self {
        self.max_elapsed = time;
        self
    }

    /// Sets the maximum number of attempts per request, including the first; at least 1.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Sets the maximum number of attempts per request if no response arrives at all.
    #[must_use]
    pub fn max_unanswered(mut self, attempts: u32) -> Self {
        self.max_unanswered = attempts.max(1);
        self
    }

    /// Sets the wait before the first retry, and the longest wait between two attempts.
    #[must_use]
    pub fn waits_between(mut self, first: Duration, longest: Duration) -> Self {
        (self.first_wait, self.max_wait) = (first, longest.max(first));
        self
    }

    /// Returns the waits between the attempts of one request, as an endless iterator. Each wait is lengthened
    /// at random, by up to its own length.
    pub(crate) fn waits(&self) -> ExponentialBackoff {
        ExponentialBuilder::default()
            .with_min_delay(self.first_wait)
            .with_max_delay(self.max_wait)
            .without_max_times()
            .with_jitter()
            .build()
    }
}

/// The decision whether a failed request is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// No retry: it would not help, it might execute the request twice, or no time is left.
    Never,
    /// A retry as soon as the pacer admits the request. The pacer observes the pause that the service asked
    /// for.
    WhenAdmitted,
    /// A retry after a wait that doubles with every attempt.
    AfterBackoff,
}

/// Decides whether a failed request is retried. `idempotent` says whether executing the request twice is
/// harmless. It is retried only if the error is transient, and only if it is idempotent or was certainly not
/// executed.
pub(crate) fn retry_decision(error: &Error, idempotent: bool) -> RetryDecision {
    if !error.is_transient() || !(idempotent || error.not_executed()) {
        return RetryDecision::Never;
    }
    match error.kind() {
        ErrorKind::Throttled => RetryDecision::WhenAdmitted,
        _ if error.retry_after().is_some() => RetryDecision::WhenAdmitted,
        _ => RetryDecision::AfterBackoff,
    }
}

/// The longest wait that is read from `Retry-After`: ten years. A longer wait, or a number too large to
/// represent, becomes this wait.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Returns the wait that `Retry-After` asks for, counted from `now`. The header contains seconds (also with a
/// fraction) or an HTTP date in any of its three forms (RFC 9110, 5.6.7 and 10.2.3). A past date means no
/// wait. Returns `None` if the header is missing, negative, or anything else.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') {
        let seconds: f64 = text.parse().ok()?;
        return (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(MAX_RETRY_AFTER.as_secs_f64())));
    }
    let wait = Duration::try_from(http_date(text)?.duration_since(now)).unwrap_or(Duration::ZERO);
    Some(wait.min(MAX_RETRY_AFTER))
}

/// Parses a date of the form `Sun, 06 Nov 1994 08:49:37 GMT`, or of the two obsolete forms that a recipient
/// has to accept: `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. The day of the week is
/// ignored in the obsolete forms. Returns `None` for any other text.
fn http_date(text: &str) -> Option<Timestamp> {
    if let Ok(date) = rfc2822::DateTimeParser::new().parse_timestamp(text) {
        return Some(date);
    }
    let read = |format: &str, text: &str| {
        let date = strtime::parse(format, text).ok()?.to_datetime().ok()?;
        // The last hours of the year 9999 are beyond the range of a timestamp.
        Some(date.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |date| date.timestamp()))
    };
    let (_, after_day) = text.split_once(' ')?;
    ["%d %b %Y %H:%M:%S GMT", "%d-%b-%y %H:%M:%S GMT", "%b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|format| read(format, after_day.trim_start()))
}

/// Formats a wait for people, rounded up: `45 s`, `15 min`, `3 h`, `365 days`.
pub(crate) fn format_wait(wait: Duration) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    match seconds {
        0..=120 => format!("{seconds} s"),
        121..=7_200 => format!("{} min", seconds.div_ceil(60)),
        7_201..=172_800 => format!("{} h", seconds.div_ceil(3_600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

/// Returns the moment that is `wait` from now, or the moment in thirty years if `wait` is too long to
/// represent.
pub(crate) fn deadline_after(wait: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(wait).unwrap_or_else(|| now + 3 * MAX_RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn only_idempotent_or_unexecuted_requests_are_retried() {
        let broken = Error::new(ErrorKind::Network, "");
        assert_eq!(retry_decision(&broken, true), RetryDecision::AfterBackoff);
        assert_eq!(retry_decision(&broken, false), RetryDecision::Never);
        assert_eq!(retry_decision(&Error::new(ErrorKind::Connect, ""), false), RetryDecision::AfterBackoff);
        assert_eq!(retry_decision(&Error::new(ErrorKind::Throttled, ""), false), RetryDecision::WhenAdmitted);
        assert_eq!(retry_decision(&Error::new(ErrorKind::Service, ""), true), RetryDecision::Never);
        let busy = Error::new(ErrorKind::Gateway, "").with_retry_after(Some(Duration::from_secs(1)));
        assert_eq!(retry_decision(&busy, true), RetryDecision::WhenAdmitted);
        assert_eq!(retry_decision(&busy, false), RetryDecision::Never);
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let policy = RetryPolicy::default();
        let waits: Vec<_> = policy.waits().take(12).map(|wait| wait.as_secs_f64()).collect();
        for (i, wait) in waits.iter().enumerate() {
            let base = (0.5 * 2f64.powi(i32::try_from(i).unwrap())).min(30.0);
            assert!((base..=base * 2.0 + 0.001).contains(wait), "{i}: {wait}");
        }
    }

    #[test]
    fn waits_are_formatted_for_people() {
        let said =
            [0, 45, 120, 121, 900, 3_601, 7_201, 31_536_000].map(|s| format_wait(Duration::from_secs(s)));
        assert_eq!(said, ["0 s", "45 s", "120 s", "3 min", "15 min", "61 min", "3 h", "365 days"]);
        assert_eq!(format_wait(Duration::from_millis(1_500)), "2 s");
        assert!(deadline_after(Duration::MAX) > Instant::now() + MAX_RETRY_AFTER);
    }

    #[test]
    fn every_form_of_retry_after_is_read() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        for (text, seconds) in [
            ("7", Some(7.0)),
            (" 7 ", Some(7.0)),
            ("0", Some(0.0)),
            ("1.5", Some(1.5)),
            ("Mon, 23 Nov 2026 12:00:30 GMT", Some(30.0)),
            ("Mon, 23 Nov 2026 11:59:30 GMT", Some(0.0)),
            ("Tue, 24 Nov 2026 12:00:00 GMT", Some(86_400.0)),
            ("Monday, 23-Nov-26 12:00:30 GMT", Some(30.0)),
            ("Mon Nov 23 12:00:30 2026", Some(30.0)),
            ("Sun Nov  6 08:49:37 1994", Some(0.0)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(0.0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(MAX_RETRY_AFTER.as_secs_f64())),
            ("31536000", Some(31_536_000.0)),
            ("99999999999999999999", Some(MAX_RETRY_AFTER.as_secs_f64())),
            ("18446744073709551616", Some(MAX_RETRY_AFTER.as_secs_f64())),
            ("1e400", Some(MAX_RETRY_AFTER.as_secs_f64())),
            ("-1", None),
            ("-0", Some(0.0)),
            ("-99999999999999999999", None),
            ("inf", None),
            ("7, 9", None),
            ("Mon, 23 Nov 99999 12:00:00 GMT", None),
            ("NaN", None),
            ("soon", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
            assert_eq!(retry_after(&headers, now).map(|d| d.as_secs_f64()), seconds, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn the_setters_of_a_policy_set_what_they_name() {
        let second = Duration::from_secs;
        let policy = RetryPolicy::default()
            .max_elapsed(second(7))
            .max_attempts(3)
            .max_unanswered(2)
            .waits_between(second(4), second(9));
        let set = (
            policy.max_elapsed,
            policy.max_attempts,
            policy.max_unanswered,
            policy.first_wait,
            policy.max_wait,
        );
        assert_eq!(set, (second(7), 3, 2, second(4), second(9)));
        let least =
            RetryPolicy::default().max_attempts(0).max_unanswered(0).waits_between(second(9), second(4));
        assert_eq!((least.max_attempts, least.max_unanswered, least.max_wait), (1, 1, second(9)));
        let default = RetryPolicy::default();
        assert_eq!((default.max_elapsed, default.max_attempts, default.max_unanswered), (second(900), 12, 5));
        assert_eq!((default.first_wait, default.max_wait), (Duration::from_millis(500), second(30)));
        assert_eq!(RetryPolicy::none(), RetryPolicy { max_attempts: 1, ..default });
    }

    #[test]
    fn a_decision_follows_from_the_kind_the_pause_and_whether_a_request_can_be_repeated() {
        let pause = Some(Duration::from_secs(1));
        for (kind, after, idempotent, expected) in [
            (ErrorKind::Connect, None, false, RetryDecision::AfterBackoff),
            (ErrorKind::Timeout, None, true, RetryDecision::AfterBackoff),
            (ErrorKind::Timeout, None, false, RetryDecision::Never),
            (ErrorKind::Network, pause, true, RetryDecision::WhenAdmitted),
            (ErrorKind::Throttled, None, false, RetryDecision::WhenAdmitted),
            (ErrorKind::Gateway, None, true, RetryDecision::AfterBackoff),
            (ErrorKind::Gateway, None, false, RetryDecision::Never),
            (ErrorKind::NotFound, None, true, RetryDecision::Never),
            (ErrorKind::SignIn, None, true, RetryDecision::Never),
            (ErrorKind::Unexpected, pause, true, RetryDecision::Never),
        ] {
            let error = Error::new(kind, "").with_retry_after(after);
            assert_eq!(retry_decision(&error, idempotent), expected, "{kind:?} {after:?} {idempotent}");
        }
        let transient = Error::new(ErrorKind::Service, "").with_transient(true);
        assert_eq!(retry_decision(&transient, true), RetryDecision::AfterBackoff);
        assert_eq!(retry_decision(&transient, false), RetryDecision::Never);
    }

    #[test]
    fn the_units_of_a_wait_change_at_their_limits() {
        for (seconds, said) in [
            (1, "1 s"),
            (121, "3 min"),
            (180, "3 min"),
            (181, "4 min"),
            (7_200, "120 min"),
            (7_201, "3 h"),
            (172_800, "48 h"),
            (172_801, "3 days"),
        ] {
            assert_eq!(format_wait(Duration::from_secs(seconds)), said, "{seconds}");
        }
        assert_eq!(format_wait(Duration::from_nanos(1)), "1 s");
    }
}
