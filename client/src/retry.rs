//! When to try again, and how long to wait before.
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;
use tokio::time::Instant;

use crate::{Error, ErrorKind};

/// How long and how often a request is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// From the first failure on, no more than so much time goes into trying again, pauses that the service asks for included.
    pub max_elapsed: Duration,
    /// How often a request is sent at most.
    pub max_attempts: u32,
    /// How often it is sent at most where no answer comes at all: the address may be wrong, and people wait. What was waited for in vain
    /// until its time was over is repeated once.
    pub max_unanswered: u32,
    /// The first wait, where the service names none; it doubles with every further one.
    pub first_wait: Duration,
    /// The longest such wait.
    pub max_wait: Duration,
}

impl Default for RetryPolicy {
    /// Fifteen minutes, three windows of the service protection; twelve attempts, five where no answer comes; waits from half a second to thirty.
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
    /// Never tries again.
    #[must_use]
    pub fn none() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// The waits of one request, each up to as long again by chance.
    pub(crate) fn waits(&self) -> ExponentialBackoff {
        ExponentialBuilder::default()
            .with_min_delay(self.first_wait)
            .with_max_delay(self.max_wait)
            .without_max_times()
            .with_jitter()
            .build()
    }
}

/// Whether a failed request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// No: it would not help, might do something twice, or there is no time left.
    Never,
    /// As soon as the gate lets it through: the gate holds the pause.
    WhenAdmitted,
    /// After a wait of its own.
    AfterBackoff,
}

/// The rule of sending again: only what may pass by itself, and what may be run twice or surely was not run.
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

/// Nobody names a longer pause: ten years. What is longer, or no number that can be written down, is taken for this.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// What `Retry-After` says, in seconds (also with a fraction) or as an HTTP date in any of its three forms (RFC 9110, 5.6.7 and 10.2.3),
/// from now on. A date that is over means no wait. Text that is neither, and a negative number, say nothing.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') {
        let seconds: f64 = text.parse().ok()?;
        return (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(MAX_RETRY_AFTER.as_secs_f64())));
    }
    let wait = Duration::try_from(http_date(text)?.duration_since(now)).unwrap_or(Duration::ZERO);
    Some(wait.min(MAX_RETRY_AFTER))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, and the two obsolete forms that a recipient has to know: `Sunday, 06-Nov-94 08:49:37 GMT` and
/// `Sun Nov  6 08:49:37 1994`. The day of the week is not looked at in those.
fn http_date(text: &str) -> Option<Timestamp> {
    if let Ok(date) = rfc2822::DateTimeParser::new().parse_timestamp(text) {
        return Some(date);
    }
    let read = |format: &str, text: &str| {
        let date = strtime::parse(format, text).ok()?.to_datetime().ok()?;
        // The last hours of the year 9999 are beyond the calendar.
        Some(date.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |date| date.timestamp()))
    };
    let (_, after_day) = text.split_once(' ')?;
    ["%d %b %Y %H:%M:%S GMT", "%d-%b-%y %H:%M:%S GMT", "%b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|format| read(format, after_day.trim_start()))
}

/// A wait as people say it, rounded up: `45 s`, `15 min`, `3 h`, `365 days`.
pub(crate) fn format_wait(wait: Duration) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    match seconds {
        0..=120 => format!("{seconds} s"),
        121..=7_200 => format!("{} min", seconds.div_ceil(60)),
        7_201..=172_800 => format!("{} h", seconds.div_ceil(3_600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

/// The moment so long from now; where that is beyond every clock, in thirty years.
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
    fn what_may_run_twice_is_not_repeated() {
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
    fn waits_double_and_end_at_the_longest() {
        let policy = RetryPolicy::default();
        let waits: Vec<_> = policy.waits().take(12).map(|wait| wait.as_secs_f64()).collect();
        for (i, wait) in waits.iter().enumerate() {
            let base = (0.5 * 2f64.powi(i32::try_from(i).unwrap())).min(30.0);
            assert!((base..=base * 2.0 + 0.001).contains(wait), "{i}: {wait}");
        }
    }

    #[test]
    fn waits_in_words() {
        let said =
            [0, 45, 120, 121, 900, 3_601, 7_201, 31_536_000].map(|s| format_wait(Duration::from_secs(s)));
        assert_eq!(said, ["0 s", "45 s", "120 s", "3 min", "15 min", "61 min", "3 h", "365 days"]);
        assert_eq!(format_wait(Duration::from_millis(1_500)), "2 s");
        assert!(deadline_after(Duration::MAX) > Instant::now() + MAX_RETRY_AFTER);
    }

    #[test]
    fn every_form_of_retry_after() {
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
}
