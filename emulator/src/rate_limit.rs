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
}
