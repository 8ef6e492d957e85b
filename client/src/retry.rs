//! When to try again, and how long to wait before.
use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

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
