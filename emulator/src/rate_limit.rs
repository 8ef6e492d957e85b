//! The service protection limits: how much one user may request from one web server within five minutes,
//! according to the documentation.
//!
//! [`RateLimiter`] is independent of HTTP and receives the time as an argument, so that a simulation can use
//! it with a virtual time.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use dvkit_diagnostic::limits;
use jiff::Timestamp;

/// The service protection limits. The default values are the documented ones; a real service may allow more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most requests within the window; the default is 6,000.
    pub requests: u32,
    /// The most execution time of all requests within the window; the default is 1,200 seconds.
    pub execution: Duration,
    /// The most concurrent requests; the default is 52.
    pub concurrent: u32,
    /// The length of the sliding window; the default is 300 seconds.
    pub window: Duration,
    /// The number of web servers. Each server has its own counts of a user's requests.
    pub servers: u32,
    /// The least execution time that every request counts as; the default is zero. It is useful with a
    /// stopped clock, with which requests would otherwise take no time.
    pub min_cost: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: limits::MAX_REQUESTS_PER_WINDOW,
            execution: Duration::from_secs(limits::MAX_EXECUTION_SECONDS_PER_WINDOW.into()),
            concurrent: limits::MAX_CONCURRENT_REQUESTS,
            window: Duration::from_secs(limits::PROTECTION_WINDOW_SECONDS.into()),
            servers: 1,
            min_cost: Duration::ZERO,
        }
    }
}

/// One of the three limits, as exceeded by a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExceededLimit {
    /// The number of requests within the window.
    Requests,
    /// The execution time of all requests within the window.
    Execution,
    /// The number of concurrent requests.
    Concurrent,
}

impl ExceededLimit {
    /// Returns the service's error code for this limit.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Requests => "0x80072322",
            Self::Execution => "0x80072321",
            Self::Concurrent => "0x80072326",
        }
    }

    /// Returns the service's error message for this limit.
    #[must_use]
    pub fn message(self, limits: &Limits) -> String {
        let window = limits.window.as_secs();
        match self {
            Self::Requests => format!(
                "Number of requests exceeded the limit of {} over time window of {window} seconds.",
                limits.requests
            ),
            Self::Execution => format!(
                "Combined execution time of incoming requests exceeded limit of {} milliseconds over time window of \
                 {window} seconds. Decrease number of concurrent requests or reduce the duration of requests and try \
                 again later.",
                limits.execution.as_millis()
            ),
            Self::Concurrent => {
                format!("Number of concurrent requests exceeded the limit of {}.", limits.concurrent)
            }
        }
    }
}

/// The refusal of a request that exceeds a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The limit that the request exceeds.
    pub exceeded: ExceededLimit,
    /// The pause before the request may be repeated: whole seconds, at least one.
    pub retry_after: Duration,
}

/// The permit of a running request. The request counts as running until the permit is passed to
/// [`RateLimiter::finish`].
#[derive(Debug)]
pub struct Permit {
    user: String,
    server: u32,
    since: Timestamp,
    /// The number of requests that the user may still send to this server within the window.
    pub requests_left: u32,
    /// The execution time that the user may still use on this server within the window.
    pub execution_left: Duration,
}

/// The requests of one user to one server within the window.
#[derive(Debug, Default)]
struct Usage {
    /// The times at which the requests within the window arrived, the earliest first.
    came: VecDeque<Timestamp>,
    /// The times at which the requests within the window ended, and their execution times.
    took: VecDeque<(Timestamp, Duration)>,
    running: u32,
}

/// Counts the requests of users, and refuses requests that exceed a limit.
#[derive(Debug)]
pub struct RateLimiter {
    limits: Limits,
    usage: HashMap<(String, u32), Usage>,
}

/// The pause that is requested after too many concurrent requests. It is a fixed time, because it is unknown
/// when a running request will end.
const CONCURRENT_RETRY_AFTER: Duration = Duration::from_secs(1);

/// The most users that are counted. When more send requests, the users without requests within the window are
/// discarded.
const MAX_TRACKED_USERS: usize = 4096;

impl RateLimiter {
    /// Creates a rate limiter that has not counted any request yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, usage: HashMap::new() }
    }

    /// Returns the limits that apply.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Admits a request of the user `user` that arrives at the server `server` (numbered from 0) at the time
    /// `now`.
    ///
    /// # Errors
    /// Returns a rejection if the request exceeds a limit. The request is then not counted.
    pub fn admit(&mut self, user: &str, server: u32, now: Timestamp) -> Result<Permit, Rejection> {
        let limits = self.limits;
        if self.usage.len() >= MAX_TRACKED_USERS {
            self.usage.values_mut().for_each(|u| u.discard_old(&limits, now));
            self.usage.retain(|_, u| u.running > 0 || !u.came.is_empty());
        }
        let usage = self.usage.entry((user.to_owned(), server)).or_default();
        usage.discard_old(&limits, now);
        let spent: Duration = usage.took.iter().map(|(_, took)| *took).sum();
        let refuse = |exceeded, retry_after| Err(Rejection { exceeded, retry_after });
        if usage.running >= limits.concurrent {
            return refuse(ExceededLimit::Concurrent, CONCURRENT_RETRY_AFTER);
        }
        let came = u32::try_from(usage.came.len()).unwrap_or(u32::MAX);
        if came >= limits.requests {
            let free = usage.came.front().copied().unwrap_or(now);
            return refuse(ExceededLimit::Requests, time_until(free, &limits, now));
        }
        if spent >= limits.execution {
            // The requests that have to leave the window until there is execution time again.
            let mut over = spent.saturating_sub(limits.execution);
            let mut free = now;
            for (ended, took) in &usage.took {
                free = *ended;
                match over.checked_sub(*took) {
                    Some(rest) => over = rest,
                    None => break,
                }
            }
            return refuse(ExceededLimit::Execution, time_until(free, &limits, now));
        }
        usage.came.push_back(now);
        usage.running += 1;
        Ok(Permit {
            user: user.to_owned(),
            server,
            since: now,
            requests_left: limits.requests.saturating_sub(came + 1),
            execution_left: limits.execution.saturating_sub(spent),
        })
    }

    /// Records that the request of `permit` has ended at the time `now`.
    pub fn finish(&mut self, permit: Permit, now: Timestamp) {
        let took = Duration::try_from(now.duration_since(permit.since)).unwrap_or_default();
        let least = self.limits.min_cost;
        if let Some(usage) = self.usage.get_mut(&(permit.user, permit.server)) {
            usage.running = usage.running.saturating_sub(1);
            usage.took.push_back((now, took.max(least)));
        }
    }
}

/// Returns the time from `now` until an event at the time `free` leaves the window, in whole seconds and at
/// least one.
fn time_until(free: Timestamp, limits: &Limits, now: Timestamp) -> Duration {
    let age = Duration::try_from(now.duration_since(free)).unwrap_or_default();
    let left = limits.window.saturating_sub(age);
    Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0)).max(Duration::from_secs(1))
}

impl Usage {
    /// Discards the requests that have left the window at the time `now`.
    fn discard_old(&mut self, limits: &Limits, now: Timestamp) {
        let old =
            |at: &Timestamp| Duration::try_from(now.duration_since(*at)).unwrap_or_default() >= limits.window;
        while self.came.front().is_some_and(old) {
            self.came.pop_front();
        }
        while self.took.front().is_some_and(|(at, _)| old(at)) {
            self.took.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn requests_leave_the_sliding_window() {
        let mut protection = RateLimiter::new(Limits { requests: 3, ..Limits::default() });
        for second in 0..3 {
            let permit = protection.admit("a", 0, at(second * 10)).unwrap();
            assert_eq!(permit.requests_left, 2 - u32::try_from(second).unwrap());
            protection.finish(permit, at(second * 10));
        }
        let refused = protection.admit("a", 0, at(30)).unwrap_err();
        assert_eq!((refused.exceeded, refused.retry_after.as_secs()), (ExceededLimit::Requests, 270));
        assert_eq!(
            refused.exceeded.message(protection.limits()),
            "Number of requests exceeded the limit of 3 over time window of 300 seconds."
        );
        // Another user and another server are counted separately.
        protection.admit("b", 0, at(30)).unwrap();
        protection.admit("a", 1, at(30)).unwrap();
        protection.admit("a", 0, at(300)).unwrap();
        protection.admit("a", 0, at(301)).unwrap_err();
    }

    #[test]
    fn a_request_after_the_given_pause_is_admitted() {
        let limits = Limits { execution: Duration::from_secs(100), ..Limits::default() };
        let mut protection = RateLimiter::new(limits);
        for start in [0, 40, 80] {
            let permit = protection.admit("a", 0, at(start)).unwrap();
            protection.finish(permit, at(start + 40));
        }
        let refused = protection.admit("a", 0, at(120)).unwrap_err();
        assert_eq!(refused.exceeded, ExceededLimit::Execution);
        let later = 120 + i64::try_from(refused.retry_after.as_secs()).unwrap();
        protection.admit("a", 0, at(later)).unwrap();
    }

    #[test]
    fn concurrent_requests_are_limited() {
        let mut protection = RateLimiter::new(Limits { concurrent: 2, ..Limits::default() });
        let first = protection.admit("a", 0, at(0)).unwrap();
        let _second = protection.admit("a", 0, at(0)).unwrap();
        assert_eq!(protection.admit("a", 0, at(0)).unwrap_err().exceeded, ExceededLimit::Concurrent);
        protection.finish(first, at(1));
        protection.admit("a", 0, at(1)).unwrap();
    }

    fn at_millis(millis: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
    }

    #[test]
    fn a_request_leaves_the_window_when_it_is_as_old_as_the_window_and_not_before() {
        for (millis, admitted, pause) in [
            (0, false, 300),
            (1, false, 300),
            (999, false, 300),
            (1_000, false, 299),
            (298_999, false, 2),
            (299_000, false, 1),
            (299_999, false, 1),
            (300_000, true, 0),
        ] {
            let mut limiter = RateLimiter::new(Limits { requests: 1, ..Limits::default() });
            limiter.admit("a", 0, at_millis(0)).unwrap();
            let answer = limiter.admit("a", 0, at_millis(millis));
            assert_eq!(answer.is_ok(), admitted, "{millis}");
            let waits = answer.err().map_or(0, |refused| refused.retry_after.as_secs());
            assert_eq!(waits, pause, "{millis}");
        }
    }

    #[test]
    fn the_execution_time_is_free_again_when_enough_of_it_has_left_the_window() {
        // The requests end at these seconds and took so long; the limit is ten seconds.
        for (took, now, pause, left) in [
            (&[(10, 4), (20, 5)][..], 21, 0, 1),
            (&[(10, 4), (20, 6)], 21, 289, 0),
            (&[(10, 4), (20, 6)], 309, 1, 0),
            (&[(10, 4), (20, 6)], 310, 0, 4),
            // The first one alone is not enough: what is left would be the limit, which is too much still.
            (&[(10, 4), (20, 10)], 21, 299, 0),
            (&[(10, 5), (20, 10)], 21, 299, 0),
            (&[(10, 1), (20, 1), (30, 9)], 31, 289, 0),
        ] {
            let limits = Limits { execution: Duration::from_secs(10), ..Limits::default() };
            let mut limiter = RateLimiter::new(limits);
            let permits: Vec<_> = took
                .iter()
                .map(|(end, took)| (limiter.admit("a", 0, at(end - took)).unwrap(), *end))
                .collect();
            for (permit, end) in permits {
                limiter.finish(permit, at(end));
            }
            let (waits, rest) = match limiter.admit("a", 0, at(now)) {
                Ok(permit) => (0, permit.execution_left.as_secs()),
                Err(refused) => {
                    assert_eq!(refused.exceeded, ExceededLimit::Execution, "{took:?}");
                    (refused.retry_after.as_secs(), 0)
                }
            };
            assert_eq!((waits, rest), (pause, left), "{took:?} at {now}");
        }
    }

    #[test]
    fn every_request_costs_at_least_the_least_cost() {
        let second = Duration::from_secs(1);
        for (took, left) in [(0, 8), (1, 8), (2, 8), (3, 7)] {
            let limits = Limits { execution: second * 10, min_cost: second * 2, ..Limits::default() };
            let mut limiter = RateLimiter::new(limits);
            let permit = limiter.admit("a", 0, at(0)).unwrap();
            assert_eq!(permit.execution_left, second * 10, "{took}");
            limiter.finish(permit, at(took));
            assert_eq!(limiter.admit("a", 0, at(took)).unwrap().execution_left, second * left, "{took}");
        }
    }

    #[test]
    fn a_refused_request_is_not_counted_and_the_concurrent_ones_are_looked_at_first() {
        let mut limiter = RateLimiter::new(Limits { concurrent: 1, requests: 2, ..Limits::default() });
        let permit = limiter.admit("a", 0, at(0)).unwrap();
        for _ in 0..5 {
            let refused = limiter.admit("a", 0, at(0)).unwrap_err();
            assert_eq!(refused.exceeded, ExceededLimit::Concurrent);
            assert_eq!(refused.retry_after, Duration::from_secs(1));
        }
        limiter.finish(permit, at(1));
        let permit = limiter.admit("a", 0, at(1)).unwrap();
        assert_eq!(permit.requests_left, 0);
        assert_eq!(limiter.admit("a", 0, at(1)).unwrap_err().exceeded, ExceededLimit::Concurrent);
        limiter.finish(permit, at(1));
        assert_eq!(limiter.admit("a", 0, at(1)).unwrap_err().exceeded, ExceededLimit::Requests);
    }

    #[test]
    fn users_without_requests_in_the_window_are_forgotten_when_there_are_too_many() {
        let mut limiter = RateLimiter::new(Limits { concurrent: 1, requests: 1, ..Limits::default() });
        let running = limiter.admit("running", 0, at(0)).unwrap();
        for user in 2..MAX_TRACKED_USERS {
            let permit = limiter.admit(&format!("u{user}"), 0, at(0)).unwrap();
            limiter.finish(permit, at(0));
        }
        let recent = limiter.admit("recent", 0, at(100)).unwrap();
        limiter.finish(recent, at(100));
        assert_eq!(limiter.usage.len(), MAX_TRACKED_USERS);
        // Nobody can be forgotten yet.
        limiter.admit("new", 0, at(299)).unwrap();
        assert_eq!(limiter.usage.len(), MAX_TRACKED_USERS + 1);
        limiter.admit("newer", 0, at(300)).unwrap();
        let mut left: Vec<&str> = limiter.usage.keys().map(|(user, _)| user.as_str()).collect();
        left.sort_unstable();
        assert_eq!(left, ["new", "newer", "recent", "running"]);
        limiter.finish(running, at(300));
        assert_eq!(limiter.admit("recent", 0, at(300)).unwrap_err().retry_after.as_secs(), 100);
    }

    #[test]
    fn the_limits_are_those_of_the_documentation() {
        let limits = Limits::default();
        assert_eq!((limits.requests, limits.concurrent, limits.servers), (6_000, 52, 1));
        assert_eq!((limits.execution.as_secs(), limits.window.as_secs()), (1_200, 300));
        assert_eq!(limits.min_cost, Duration::ZERO);
        for (exceeded, code, message) in [
            (
                ExceededLimit::Requests,
                "0x80072322",
                "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
            ),
            (
                ExceededLimit::Execution,
                "0x80072321",
                "Combined execution time of incoming requests exceeded limit of 1200000 milliseconds over time window \
                 of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try \
                 again later.",
            ),
            (
                ExceededLimit::Concurrent,
                "0x80072326",
                "Number of concurrent requests exceeded the limit of 52.",
            ),
        ] {
            assert_eq!((exceeded.code(), &*exceeded.message(&limits)), (code, message));
        }
    }
}
