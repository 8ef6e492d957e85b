//! Implements the pacing policy as a state machine that receives the time as an argument: it does not sleep,
//! read a clock or use random numbers. The client's gate asks it before every request.
//!
//! Four rules decide whether a request may be sent:
//! 1. During a pause that the service has asked for (`Retry-After`), nothing is sent.
//! 2. The number of requests in flight stays within the concurrency window. The window starts small. Until
//!    the service first refuses a request or is overloaded, it grows by one with every response; later by one
//!    when a whole window of requests has succeeded. It is halved when the service refuses a request or is
//!    overloaded (AIMD). It exceeds neither the number that the service recommends nor the documented limit.
//! 3. The number of requests within the sliding time window stays below the documented limit.
//! 4. The execution time of these requests stays below the documented limit. The execution time of a request
//!    is estimated as the time to its response, less the round trip time.
//!
//! Rules 3 and 4 start from the worst case: one web server, and a response time that is all execution except
//! for the round trip set with [`Pacer::set_round_trip`]. The service reports how many requests and how much
//! execution time remain; the pacer's own counts are scaled by these reports, but never replaced. More
//! requests are possible with several web servers or a slow network, and fewer if another program uses the
//! same account.
use std::collections::VecDeque;
use std::time::Duration;

use dvkit_diagnostic::limits;

use super::window::Window;

/// The service protection limits that apply to one account in one organisation on one web server.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// The maximum number of requests within the window; the documented limit is 6,000.
    pub requests: u32,
    /// The maximum execution time of all requests within the window together; the documented limit is 1,200
    /// seconds.
    pub execution: Duration,
    /// The maximum number of requests in flight; the documented limit is 52. A smaller number puts less load
    /// on the service.
    pub concurrent: u32,
    /// The length of the sliding window; five minutes according to the documentation.
    pub window: Duration,
    /// The maximum number of requests in flight at the beginning, before the concurrency window grows.
    pub start: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: limits::MAX_REQUESTS_PER_WINDOW,
            execution: Duration::from_secs(limits::MAX_EXECUTION_SECONDS_PER_WINDOW.into()),
            concurrent: limits::MAX_CONCURRENT_REQUESTS,
            window: Duration::from_secs(limits::PROTECTION_WINDOW_SECONDS.into()),
            start: 4,
        }
    }
}

impl Limits {
    /// Sets the maximum number of requests within the window.
    #[must_use]
    pub fn requests(mut self, requests: u32) -> Self {
        self.requests = requests;
        self
    }

    /// Sets the maximum execution time of all requests within the window together.
    #[must_use]
    pub fn execution(mut self, time: Duration) -> Self {
        self.execution = time;
        self
    }

    /// Sets the maximum number of requests in flight.
    #[must_use]
    pub fn concurrent(mut self, requests: u32) -> Self {
        self.concurrent = requests;
        self
    }

    /// Sets the length of the sliding window.
    #[must_use]
    pub fn window(mut self, length: Duration) -> Self {
        self.window = length;
        self
    }

    /// Sets the maximum number of requests in flight at the beginning.
    #[must_use]
    pub fn start(mut self, requests: u32) -> Self {
        self.start = requests;
        self
    }
}

/// The fraction of each limit that the client uses. It is less than 1 because clocks differ, and because the
/// account's requests from other programs count too.
const SAFETY_FACTOR: f64 = 0.99;
/// The longest pause, in seconds, after a refusal for which the service gives no length.
const MAX_BACKOFF_SECONDS: f64 = 60.0;
/// The shortest pause, even if the service asked for a shorter one.
const MIN_PAUSE: Duration = Duration::from_millis(500);
/// The maximum number of reports of remaining capacity that are kept. The least favourable of the kept
/// reports is used.
const MAX_SAMPLES: usize = 16;
/// The fraction of a limit that has to be used before the service's reports of remaining capacity are
/// considered.
const MIN_USAGE_FOR_FEEDBACK: f64 = 0.05;

/// The pacer's decision whether a request may be sent now.
#[derive(Debug)]
pub enum Admission {
    /// The request may be sent. The ticket has to be passed to [`Pacer::complete`] when the request has
    /// ended.
    Granted(Ticket),
    /// The request has to wait, for the reason given.
    Wait(Wait),
}

/// The reason why a request has to wait, and the time until which the request waits. Times are durations
/// since the fixed moment that the caller of the [`Pacer`] has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The service has asked for a pause, which ends at this time.
    Paused(Duration),
    /// The sliding window is full. At this time the request can be sent.
    Paced(Duration),
    /// As many requests are in flight as the concurrency window allows. The wait ends when one of these
    /// requests ends.
    ForResponse,
}

/// A ticket for one request in flight. It is given back to the pacer when the request has ended.
#[derive(Debug)]
pub struct Ticket {
    left: Duration,
}

/// One of the three service protection limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceLimit {
    /// The number of requests within the window; error code `0x80072322`.
    Requests,
    /// The execution time within the window; error code `0x80072321`.
    Execution,
    /// The number of concurrent requests; error code `0x80072326`.
    Concurrency,
}

impl ServiceLimit {
    /// Returns the limit that an error code of the service reports as exceeded; `None` for other error codes.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        let code = code.to_ascii_lowercase();
        match code.as_str() {
            "0x80072322" | "-2147015902" => Some(Self::Requests),
            "0x80072321" | "-2147015903" => Some(Self::Execution),
            "0x80072326" | "-2147015898" => Some(Self::Concurrency),
            _ => None,
        }
    }
}

/// The outcome of a request, with the facts that the pacer needs.
#[derive(Debug, Clone, Copy)]
pub enum RequestOutcome {
    /// The service responded. Responses with status 429, 502, 503 or 504 have their own variants.
    Responded {
        /// The time from sending the request to the head of the response.
        took: Duration,
        /// The number of concurrent requests that the service recommends (`x-ms-dop-hint`); `None` if it
        /// recommends none.
        hint: Option<u32>,
        /// The number of requests that remain in the window according to the service; `None` if the response
        /// does not say.
        requests_left: Option<f64>,
        /// The execution time that remains in the window according to the service; `None` if the response
        /// does not say.
        execution_left: Option<Duration>,
    },
    /// The service asked for a pause (429).
    Throttled {
        /// The length of the pause that the service asked for; `None` if it gave no length.
        retry_after: Option<Duration>,
        /// The limit that was exceeded; `None` if the error code does not name a limit.
        limit: Option<ServiceLimit>,
        /// A random number from 0 to 1. It lengthens the pause, so that many programs do not resume at the
        /// same moment.
        jitter: f64,
    },
    /// The service or a gateway is overloaded (502, 503, 504).
    Overloaded {
        /// The length of the pause that the service asked for; `None` if it gave no length.
        retry_after: Option<Duration>,
        /// A random number from 0 to 1. It lengthens the pause, so that many programs do not resume at the
        /// same moment.
        jitter: f64,
    },
    /// No response arrived, or the caller stopped waiting for it.
    NoResponse,
}

/// The pacing policy of one account in one organisation. All times that it takes and returns are durations
/// since one fixed moment, which the caller chooses.
#[derive(Debug, Clone)]
pub struct Pacer {
    limits: Limits,
    window: Window,
    in_flight: u32,
    concurrency_window: f64,
    /// Whether the service has never reported an exceeded limit or an overload.
    never_throttled: bool,
    hint: Option<u32>,
    shrunk_at: Option<Duration>,
    paused_until: Duration,
    /// The number of consecutive pauses for which the service gave no length. It determines the length of the
    /// next such pause.
    pauses_without_hint: u32,
    requests: ServerCountRatio,
    execution: ServerCountRatio,
    /// The execution time of one request in seconds, as a moving average.
    avg_seconds: f64,
    /// A lower bound of the network's round trip time, which is not execution time.
    round_trip: Duration,
}

impl Pacer {
    /// Returns a pacer for these limits, without any requests in its window.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            window: Window::new(limits.window),
            in_flight: 0,
            concurrency_window: f64::from(limits.start.clamp(1, limits.concurrent.max(1))),
            never_throttled: true,
            hint: None,
            shrunk_at: None,
            paused_until: Duration::ZERO,
            pauses_without_hint: 0,
            requests: ServerCountRatio::default(),
            execution: ServerCountRatio::default(),
            avg_seconds: 0.0,
            round_trip: Duration::ZERO,
            limits,
        }
    }

    /// Decides whether one more request may be sent at the time `now`. A request that may be sent counts as
    /// in flight from then on.
    pub fn admit(&mut self, now: Duration) -> Admission {
        match self.wait(now) {
            Some(wait) => Admission::Wait(wait),
            None => {
                self.in_flight += 1;
                Admission::Granted(Ticket { left: now })
            }
        }
    }

    /// Sets the lower bound of the network's round trip time, which is zero at first.
    pub fn set_round_trip(&mut self, at_least: Duration) {
        self.round_trip = at_least;
    }

    /// Returns the estimated execution time of a request with the response time `took`: the round trip time
    /// is subtracted, but at least half of the response time remains.
    fn execution_time(&self, took: Duration) -> Duration {
        took.saturating_sub(self.round_trip.min(took / 2))
    }

    /// Takes back the ticket of a request that was admitted but not sent.
    pub fn give_back(&mut self, _ticket: Ticket) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Returns the reason why a request has to wait at the time `now`; `None` if it may be sent.
    pub fn wait(&mut self, now: Duration) -> Option<Wait> {
        if now < self.paused_until {
            return Some(Wait::Paused(self.paused_until));
        }
        if self.in_flight >= self.concurrency() {
            return Some(Wait::ForResponse);
        }
        self.window.advance(now);
        let in_flight = f64::from(self.in_flight);
        let (requests_ratio, time_ratio) = (self.requests.value(now), self.execution.value(now));
        let requests = self.window.requests() + in_flight + 1.0;
        let too_many = requests - f64::from(self.limits.requests) * SAFETY_FACTOR / requests_ratio;
        let time = self.window.time() + (in_flight + 1.0) * self.avg_seconds;
        let too_long = time - self.limits.execution.as_secs_f64() * SAFETY_FACTOR / time_ratio;
        if too_many <= 0.0 && too_long <= 0.0 {
            return None;
        }
        // Only what is within the window can leave it. A single request that is larger than the whole window
        // is therefore sent when the window is empty.
        let relief = self
            .window
            .time_when_freed(too_many.min(self.window.requests()), too_long.min(self.window.time()));
        match relief {
            Some(at) => Some(Wait::Paced(at)),
            None if self.in_flight > 0 => Some(Wait::ForResponse),
            None => None,
        }
    }

    /// Records the outcome of a request that has ended at the time `now`.
    pub fn complete(&mut self, ticket: Ticket, now: Duration, outcome: RequestOutcome) {
        let full = self.in_flight >= self.concurrency();
        self.in_flight = self.in_flight.saturating_sub(1);
        match outcome {
            RequestOutcome::Responded { took, hint, requests_left, execution_left } => {
                let took = self.execution_time(took);
                self.window.add(now, took);
                self.avg_seconds +=
                    (took.as_secs_f64() - self.avg_seconds) * if self.avg_seconds == 0.0 { 1.0 } else { 0.1 };
                self.hint = hint.map(|hint| hint.max(1)).or(self.hint);
                self.pauses_without_hint = 0;
                self.record_report(now, requests_left, execution_left);
                if full {
                    self.concurrency_window +=
                        if self.never_throttled { 1.0 } else { 1.0 / self.concurrency_window };
                }
                self.concurrency_window =
                    self.concurrency_window.min(f64::from(self.limits.concurrent.max(1)));
            }
            RequestOutcome::Throttled { retry_after, limit, jitter } => {
                self.record_refusal(now, limit);
                self.window.add(now, Duration::ZERO);
                let pause = retry_after.unwrap_or_else(|| self.backoff(now));
                self.pause(now, pause, jitter);
                self.halve_concurrency_window(&ticket, now);
            }
            RequestOutcome::Overloaded { retry_after, jitter } => {
                self.window.add(now, self.execution_time(now.saturating_sub(ticket.left)));
                if let Some(pause) = retry_after {
                    self.pause(now, pause, jitter);
                }
                self.halve_concurrency_window(&ticket, now);
            }
            RequestOutcome::NoResponse => {
                self.window.add(now, self.execution_time(now.saturating_sub(ticket.left)))
            }
        }
    }

    /// Records, at the time `now`, that the service refused a part of a batch because of its limits. The batch
    /// itself has its own outcome. `jitter` is a random number from 0 to 1.
    pub fn part_throttled(
        &mut self,
        now: Duration,
        retry_after: Option<Duration>,
        limit: Option<ServiceLimit>,
        jitter: f64,
    ) {
        self.record_refusal(now, limit);
        let pause = retry_after.unwrap_or_else(|| self.backoff(now));
        self.pause(now, pause, jitter);
        // A ticket of this moment: everything that left before counts as one refusal.
        self.halve_concurrency_window(&Ticket { left: now }, now);
    }

    /// Returns the number of requests that may be in flight at this moment.
    #[must_use]
    pub fn concurrency(&self) -> u32 {
        // The window is at least one and at most the documented limit, so the conversion is exact enough.
        let width = self.concurrency_window as u32;
        width.min(self.hint.unwrap_or(u32::MAX)).min(self.limits.concurrent).max(1)
    }

    /// Returns the number of requests in flight.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Returns the time at which the pause that the service has asked for ends; `None` if there is no pause
    /// at the time `now`.
    #[must_use]
    pub fn paused_until(&self, now: Duration) -> Option<Duration> {
        (now < self.paused_until).then_some(self.paused_until)
    }

    fn pause(&mut self, now: Duration, pause: Duration, jitter: f64) {
        let pause = pause.max(MIN_PAUSE);
        let jitter = pause.mul_f64(0.1).min(Duration::from_secs(5)).mul_f64(jitter.clamp(0.0, 1.0));
        self.paused_until = self.paused_until.max(now + pause + jitter);
    }

    /// Returns the length of a pause for which the service gave no length: 1 second, then 2, 4 and so on.
    /// Several refusals during one pause count as one.
    fn backoff(&mut self, now: Duration) -> Duration {
        if now >= self.paused_until {
            self.pauses_without_hint += 1;
        }
        let steps = self.pauses_without_hint.saturating_sub(1).min(16);
        Duration::from_secs_f64(f64::from(1u32 << steps).min(MAX_BACKOFF_SECONDS))
    }

    /// Halves the concurrency window. Has no effect if the request of `ticket` was sent before the last
    /// halving, so that several simultaneous refusals halve the window only once.
    fn halve_concurrency_window(&mut self, ticket: &Ticket, now: Duration) {
        if self.shrunk_at.is_some_and(|at| ticket.left < at) {
            return;
        }
        self.concurrency_window = (f64::from(self.concurrency()) / 2.0).max(1.0);
        self.never_throttled = false;
        self.shrunk_at = Some(now);
    }

    fn record_report(&mut self, now: Duration, requests_left: Option<f64>, execution_left: Option<Duration>) {
        let observe = |ratio: &mut ServerCountRatio, limit: f64, left: f64, ours: f64| {
            if ours >= limit * MIN_USAGE_FOR_FEEDBACK {
                ratio.observe(now, (limit - left) / ours);
            }
        };
        if let Some(left) = requests_left {
            observe(&mut self.requests, f64::from(self.limits.requests), left, self.window.requests());
        }
        if let Some(left) = execution_left {
            let limit = self.limits.execution.as_secs_f64();
            observe(&mut self.execution, limit, left.as_secs_f64(), self.window.time());
        }
    }

    /// Corrects the estimate of the service's count after a refusal, which shows that the pacer's own count
    /// was too low. `limit` is the exceeded limit; `None` if it is unknown.
    fn record_refusal(&mut self, now: Duration, limit: Option<ServiceLimit>) {
        self.window.advance(now);
        match limit {
            Some(ServiceLimit::Requests) => {
                self.requests.record_refusal(now, f64::from(self.limits.requests), self.window.requests());
            }
            Some(ServiceLimit::Execution) => {
                self.execution.record_refusal(now, self.limits.execution.as_secs_f64(), self.window.time());
            }
            Some(ServiceLimit::Concurrency) | None => {}
        }
    }
}

/// The factor by which the service's count of requests or of execution time exceeds the pacer's own count. It
/// is the largest factor in the service's recent reports, times a margin.
#[derive(Debug, Clone)]
struct ServerCountRatio {
    samples: VecDeque<(Duration, f64)>,
    margin: f64,
}

impl Default for ServerCountRatio {
    fn default() -> Self {
        Self { samples: VecDeque::new(), margin: 1.02 }
    }
}

impl ServerCountRatio {
    const MIN_RATIO: f64 = 1.0 / 16.0;
    const MAX_RATIO: f64 = 8.0;
    /// The age from which a report is ignored.
    const MAX_SAMPLE_AGE: Duration = Duration::from_secs(300);

    fn observe(&mut self, now: Duration, ratio: f64) {
        if !ratio.is_finite() {
            return;
        }
        if self.samples.len() == MAX_SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back((now, ratio.clamp(Self::MIN_RATIO, Self::MAX_RATIO)));
    }

    fn record_refusal(&mut self, now: Duration, limit: f64, ours: f64) {
        self.margin = (self.margin * 1.05).min(2.0);
        self.samples.clear();
        if ours > 0.0 {
            self.observe(now, limit / ours);
        }
    }

    fn value(&self, now: Duration) -> f64 {
        let fresh =
            self.samples.iter().filter(|(at, _)| *at + Self::MAX_SAMPLE_AGE > now).map(|(_, ratio)| *ratio);
        fresh.reduce(f64::max).map_or(1.0, |worst| worst * self.margin)
    }
}

#[cfg(test)]
mod tests;
