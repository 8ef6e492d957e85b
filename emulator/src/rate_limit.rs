//! Service protection: three limits on what one user may do on one web server within five minutes, as documented.
//!
//! [`RateLimiter`] knows no HTTP and no clock of its own, so that a simulation can ask it with a virtual time.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

/// The limits. The default is what is documented; a service may allow more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most requests in a window; 6,000.
    pub requests: u32,
    /// The most execution time of all requests of a window together; 1,200 seconds.
    pub execution: Duration,
    /// The most requests at a time; 52.
    pub concurrent: u32,
    /// The length of the sliding window; 300 seconds.
    pub window: Duration,
    /// How many web servers there are: each counts for itself.
    pub servers: u32,
    /// What a request costs at least of the execution time; zero. For clocks that stand still.
    pub min_cost: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 6000,
            execution: Duration::from_secs(1200),
            concurrent: 52,
            window: Duration::from_secs(300),
            servers: 1,
            min_cost: Duration::ZERO,
        }
    }
}

/// Which limit a request exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExceededLimit {
    /// Too many requests.
    Requests,
    /// Too much execution time.
    Execution,
    /// Too many at a time.
    Concurrent,
}

impl ExceededLimit {
    /// The service's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Requests => "0x80072322",
            Self::Execution => "0x80072321",
            Self::Concurrent => "0x80072326",
        }
    }

    /// The service's message.
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

/// A request that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// By which limit.
    pub exceeded: ExceededLimit,
    /// When to come again: whole seconds, at least one.
    pub retry_after: Duration,
}

/// A request that runs; it counts until it is given back to [`RateLimiter::finish`].
#[derive(Debug)]
pub struct Permit {
    user: String,
    server: u32,
    since: Timestamp,
    /// How many requests are left to the user on this server.
    pub requests_left: u32,
    /// How much execution time is left.
    pub execution_left: Duration,
}

/// What a user did on a server.
#[derive(Debug, Default)]
struct Usage {
    /// When requests came, within the window.
    came: VecDeque<Timestamp>,
    /// When requests ended, and what they took.
    took: VecDeque<(Timestamp, Duration)>,
    running: u32,
}

/// Counts requests and refuses those that exceed a limit.
#[derive(Debug)]
pub struct RateLimiter {
    limits: Limits,
    usage: HashMap<(String, u32), Usage>,
}

/// When to come again after too many at a time: nobody knows when one of them ends.
const CONCURRENT_RETRY_AFTER: Duration = Duration::from_secs(1);

/// How many users are counted; beyond it those that have done nothing for a window are forgotten.
const MAX_TRACKED_USERS: usize = 4096;

impl RateLimiter {
    /// Nobody has done anything yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, usage: HashMap::new() }
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A request of a user comes to a server (from 0).
    ///
    /// # Errors
    /// Where it exceeds a limit: it is then not counted.
    pub fn admit(&mut self, user: &str, server: u32, now: Timestamp) -> Result<Permit, Rejection> {
        let limits = self.limits;
        if self.usage.len() >= MAX_TRACKED_USERS {
            self.usage.values_mut().for_each(|u| u.forget(&limits, now));
            self.usage.retain(|_, u| u.running > 0 || !u.came.is_empty());
        }
        let usage = self.usage.entry((user.to_owned(), server)).or_default();
        usage.forget(&limits, now);
        let spent: Duration = usage.took.iter().map(|(_, took)| *took).sum();
        let refuse = |exceeded, retry_after| Err(Rejection { exceeded, retry_after });
        if usage.running >= limits.concurrent {
            return refuse(ExceededLimit::Concurrent, CONCURRENT_RETRY_AFTER);
        }
        let came = u32::try_from(usage.came.len()).unwrap_or(u32::MAX);
        if came >= limits.requests {
            let free = usage.came.front().copied().unwrap_or(now);
            return refuse(ExceededLimit::Requests, until(free, &limits, now));
        }
        if spent >= limits.execution {
            // The requests that have to leave the window until there is time again.
            let mut over = spent.saturating_sub(limits.execution);
            let mut free = now;
            for (ended, took) in &usage.took {
                free = *ended;
                match over.checked_sub(*took) {
                    Some(rest) => over = rest,
                    None => break,
                }
            }
            return refuse(ExceededLimit::Execution, until(free, &limits, now));
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

    /// A request has ended.
    pub fn finish(&mut self, permit: Permit, now: Timestamp) {
        let took = Duration::try_from(now.duration_since(permit.since)).unwrap_or_default();
        let least = self.limits.min_cost;
        if let Some(usage) = self.usage.get_mut(&(permit.user, permit.server)) {
            usage.running = usage.running.saturating_sub(1);
            usage.took.push_back((now, took.max(least)));
        }
    }
}

/// From now until what was at `free` leaves the window.
fn until(free: Timestamp, limits: &Limits, now: Timestamp) -> Duration {
    let age = Duration::try_from(now.duration_since(free)).unwrap_or_default();
    let left = limits.window.saturating_sub(age);
    Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0)).max(Duration::from_secs(1))
}

impl Usage {
    /// Forgets what has left the window.
    fn forget(&mut self, limits: &Limits, now: Timestamp) {
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
    fn the_window_slides_over_requests() {
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
        // Another user and another server are counted by themselves.
        protection.admit("b", 0, at(30)).unwrap();
        protection.admit("a", 1, at(30)).unwrap();
        protection.admit("a", 0, at(300)).unwrap();
        protection.admit("a", 0, at(301)).unwrap_err();
    }

    #[test]
    fn who_comes_when_told_to_is_admitted() {
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
    fn so_many_at_a_time() {
        let mut protection = RateLimiter::new(Limits { concurrent: 2, ..Limits::default() });
        let first = protection.admit("a", 0, at(0)).unwrap();
        let _second = protection.admit("a", 0, at(0)).unwrap();
        assert_eq!(protection.admit("a", 0, at(0)).unwrap_err().exceeded, ExceededLimit::Concurrent);
        protection.finish(first, at(1));
        protection.admit("a", 0, at(1)).unwrap();
    }
}
