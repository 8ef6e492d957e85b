//! When to try again, and how long to wait before.
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::{Error, ErrorKind};

/// How long and how often a request is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// From the first failure on, no more than so much time goes into trying again, pauses that the service asks for included.
    pub budget: Duration,
    /// How often a request is sent at most.
    pub attempts: u32,
    /// How often it is sent at most where no answer comes at all: the address may be wrong, and people wait.
    pub unanswered: u32,
    /// The first wait, where the service names none; it doubles with every further one.
    pub first_wait: Duration,
    /// The longest such wait.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    /// Fifteen minutes, three windows of the service protection; twelve attempts, five where no answer comes; waits from half a second to thirty.
    fn default() -> Self {
        Self {
            budget: Duration::from_secs(15 * 60),
            attempts: 12,
            unanswered: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    /// Never tries again.
    #[must_use]
    pub fn none() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// The waits of one request, each up to as long again by chance.
    pub(crate) fn waits(&self) -> ExponentialBackoff {
        ExponentialBuilder::default()
            .with_min_delay(self.first_wait)
            .with_max_delay(self.longest_wait)
            .without_max_times()
            .with_jitter()
            .build()
    }
}

/// Whether a failed request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// No: it would not help, might do something twice, or there is no time left.
    Never,
    /// As soon as the gate lets it through: the gate holds the pause.
    AtTheGate,
    /// After a wait of its own.
    Later,
}

/// The rule of sending again: only what may pass by itself, and what may be run twice or surely was not run.
pub(crate) fn again(error: &Error, idempotent: bool) -> Again {
    if !error.is_transient() || !(idempotent || error.surely_not_run()) {
        return Again::Never;
    }
    match error.kind() {
        ErrorKind::Throttled => Again::AtTheGate,
        _ if error.retry_after().is_some() => Again::AtTheGate,
        _ => Again::Later,
    }
}

/// The longest pause that is believed. Longer ones are hours mistaken for seconds, or a service that is gone for the day.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// What `Retry-After` says, in seconds (also with a fraction) or as an HTTP date (RFC 9110, 10.2.3), from now on; at most an hour.
/// A date that is over means no wait. Text that is neither says nothing.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0)
            .then(|| Duration::from_secs_f64(seconds.min(LONGEST.as_secs_f64())));
    }
    let date = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    let wait = Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO);
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn what_may_run_twice_is_not_repeated() {
        let broken = Error::new(ErrorKind::Network, "");
        assert_eq!(again(&broken, true), Again::Later);
        assert_eq!(again(&broken, false), Again::Never);
        assert_eq!(again(&Error::new(ErrorKind::Connect, ""), false), Again::Later);
        assert_eq!(again(&Error::new(ErrorKind::Throttled, ""), false), Again::AtTheGate);
        assert_eq!(again(&Error::new(ErrorKind::Service, ""), true), Again::Never);
        let busy = Error::new(ErrorKind::Gateway, "").with_retry_after(Some(Duration::from_secs(1)));
        assert_eq!(again(&busy, true), Again::AtTheGate);
        assert_eq!(again(&busy, false), Again::Never);
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
    fn every_form_of_retry_after() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        for (text, seconds) in [
            ("7", Some(7.0)),
            (" 7 ", Some(7.0)),
            ("0", Some(0.0)),
            ("1.5", Some(1.5)),
            ("Mon, 23 Nov 2026 12:00:30 GMT", Some(30.0)),
            ("Mon, 23 Nov 2026 11:59:30 GMT", Some(0.0)),
            ("Tue, 24 Nov 2026 12:00:00 GMT", Some(3600.0)),
            ("99999999999999999999", Some(3600.0)),
            ("-1", None),
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
