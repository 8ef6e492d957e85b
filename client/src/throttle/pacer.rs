//! The policy, as a state machine over a clock that is handed in: no sleeping, no time of its own, no chance.
//!
//! Four rules decide whether a request may leave:
//! 1. While the service has asked for a pause (`Retry-After`), nothing leaves.
//! 2. No more are on their way than the width allows. The width starts low, grows by one with every answer until the service first
//!    objects, then by one a round, and halves when it objects (AIMD). The service's hint and the documented number bound it.
//! 3. Requests within the sliding window stay below the documented number,
//! 4. and so does their execution time, taken as the time to the answer without what was surely spent on the way.
//!
//! The last two start from the worst case: one web server, and all of the waiting is execution but for the round trip that [`Pacer::set_round_trip`]
//! was told. What the service says is left
//! corrects that count, never replaces it: with several web servers, or a slow network, more is possible; with another program
//! of the same account, less.
use std::collections::VecDeque;
use std::time::Duration;

use super::window::Window;

/// The service protection limits of one account in one organisation and on one web server.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Requests within the window; 6,000 as documented.
    pub requests: u32,
    /// Execution time of all requests within the window; 1,200 seconds as documented.
    pub execution: Duration,
    /// Requests on their way at a time; 52 as documented. Smaller for a gentler client.
    pub concurrent: u32,
    /// The window; five minutes as documented.
    pub window: Duration,
    /// How many requests are on their way at first.
    pub start: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 6_000,
            execution: Duration::from_secs(1_200),
            concurrent: 52,
            window: Duration::from_secs(300),
            start: 4,
        }
    }
}

/// The share of a limit that is used: clocks differ, and people open the application with the same account.
const SAFETY_FACTOR: f64 = 0.99;
/// Nobody asks for a pause longer than this; the backoff where no pause was named ends here.
const MAX_BACKOFF_SECONDS: f64 = 60.0;
/// A pause is at least so long, whatever was said.
const MIN_PAUSE: Duration = Duration::from_millis(500);
/// How many of the service's figures are kept; the worst of them counts.
const MAX_SAMPLES: usize = 16;
/// The service's figures say nothing before so much of the window is used.
const MIN_USAGE_FOR_FEEDBACK: f64 = 0.05;

/// What the pacer says to a request that wants to leave.
#[derive(Debug)]
pub enum Admission {
    /// It may. The ticket comes back with [`Pacer::complete`].
    Granted(Ticket),
    /// Not yet.
    Wait(Wait),
}

/// Why, and until when, a request has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The service has asked for a pause until then.
    Paused(Duration),
    /// The window is full until then.
    Paced(Duration),
    /// As many as may be are on their way: until one of them is answered.
    ForResponse,
}

/// A request on its way.
#[derive(Debug)]
pub struct Ticket {
    left: Duration,
}

/// Which of the three limits was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceLimit {
    /// Requests within the window: `0x80072322`.
    Requests,
    /// Execution time within the window: `0x80072321`.
    Execution,
    /// Requests at a time: `0x80072326`.
    Concurrency,
}

impl ServiceLimit {
    /// The limit behind the service's code.
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

/// What became of a request.
#[derive(Debug, Clone, Copy)]
pub enum RequestOutcome {
    /// The service answered, whatever it said.
    Responded {
        /// The time from sending to the head of the answer.
        took: Duration,
        /// How many at a time the service suggests (`x-ms-dop-hint`).
        hint: Option<u32>,
        /// How many requests it says are left in the window.
        requests_left: Option<f64>,
        /// How much execution time it says is left in the window.
        execution_left: Option<Duration>,
    },
    /// The service asked for a pause (429).
    Throttled {
        /// How long; `None` where it did not say.
        retry_after: Option<Duration>,
        /// Which limit, where the code tells.
        limit: Option<ServiceLimit>,
        /// A number from 0 to 1, so that many programs do not come back at the same moment.
        jitter: f64,
    },
    /// The service or a gateway is overloaded (502, 503, 504).
    Overloaded {
        /// How long it asked to stay away; `None` where it did not say.
        retry_after: Option<Duration>,
        /// As in [`RequestOutcome::Throttled`].
        jitter: f64,
    },
    /// No answer came, or nobody waits for it any more.
    NoResponse,
}

/// The policy of one account in one organisation. All times are durations since one fixed moment.
#[derive(Debug, Clone)]
pub struct Pacer {
    limits: Limits,
    window: Window,
    in_flight: u32,
    concurrency_window: f64,
    /// Whether the service has never objected so far.
    never_throttled: bool,
    hint: Option<u32>,
    shrunk_at: Option<Duration>,
    paused_until: Duration,
    /// Pauses in a row for which the service named no length.
    pauses_without_hint: u32,
    requests: ServerCountRatio,
    execution: ServerCountRatio,
    /// Seconds a request takes, as a moving average.
    avg_seconds: f64,
    /// Of the time to an answer, what is surely no execution.
    round_trip: Duration,
}

impl Pacer {
    /// A pacer that has sent nothing yet.
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

    /// Whether one more request may leave now.
    pub fn admit(&mut self, now: Duration) -> Admission {
        match self.wait(now) {
            Some(wait) => Admission::Wait(wait),
            None => {
                self.in_flight += 1;
                Admission::Granted(Ticket { left: now })
            }
        }
    }

    /// A request is on its way, there and back, for at least so long. Zero until somebody knows better.
    pub fn set_round_trip(&mut self, at_least: Duration) {
        self.round_trip = at_least;
    }

    /// What an answer may have taken to execute. Whatever was measured, half of the time is taken to be execution.
    fn execution_time(&self, took: Duration) -> Duration {
        took.saturating_sub(self.round_trip.min(took / 2))
    }

    /// A ticket that was not used after all: nothing left.
    pub fn give_back(&mut self, _ticket: Ticket) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// What a request would have to wait for now.
    pub fn wait(&mut self, now: Duration) -> Option<Wait> {
        if now < self.paused_until {
            return Some(Wait::Paused(self.paused_until));
        }
        if self.in_flight >= self.concurrency() {
            return Some(Wait::ForResponse);
        }
        self.window.advance(now);
        let in_flight = f64::from(self.in_flight);
        let (requests_ratio, time_ratio) = (self.requests.get(now), self.execution.get(now));
        let requests = self.window.requests() + in_flight + 1.0;
        let too_many = requests - f64::from(self.limits.requests) * SAFETY_FACTOR / requests_ratio;
        let time = self.window.time() + (in_flight + 1.0) * self.avg_seconds;
        let too_long = time - self.limits.execution.as_secs_f64() * SAFETY_FACTOR / time_ratio;
        if too_many <= 0.0 && too_long <= 0.0 {
            return None;
        }
        // What the window does not hold cannot leave it: a single request that is larger than the whole window leaves when it is empty.
        let relief =
            self.window.relieved_at(too_many.min(self.window.requests()), too_long.min(self.window.time()));
        match relief {
            Some(at) => Some(Wait::Paced(at)),
            None if self.in_flight > 0 => Some(Wait::ForResponse),
            None => None,
        }
    }

    /// A request has ended.
    pub fn complete(&mut self, ticket: Ticket, now: Duration, answer: RequestOutcome) {
        let full = self.in_flight >= self.concurrency();
        self.in_flight = self.in_flight.saturating_sub(1);
        match answer {
            RequestOutcome::Responded { took, hint, requests_left, execution_left } => {
                let took = self.execution_time(took);
                self.window.add(now, took);
                self.avg_seconds +=
                    (took.as_secs_f64() - self.avg_seconds) * if self.avg_seconds == 0.0 { 1.0 } else { 0.1 };
                self.hint = hint.map(|hint| hint.max(1)).or(self.hint);
                self.pauses_without_hint = 0;
                self.learn(now, requests_left, execution_left);
                if full {
                    self.concurrency_window +=
                        if self.never_throttled { 1.0 } else { 1.0 / self.concurrency_window };
                }
                self.concurrency_window =
                    self.concurrency_window.min(f64::from(self.limits.concurrent.max(1)));
            }
            RequestOutcome::Throttled { retry_after, limit, jitter } => {
                self.refused(now, limit);
                self.window.add(now, Duration::ZERO);
                let pause = retry_after.unwrap_or_else(|| self.backoff(now));
                self.pause(now, pause, jitter);
                self.shrink(&ticket, now);
            }
            RequestOutcome::Overloaded { retry_after, jitter } => {
                self.window.add(now, self.execution_time(now.saturating_sub(ticket.left)));
                if let Some(pause) = retry_after {
                    self.pause(now, pause, jitter);
                }
                self.shrink(&ticket, now);
            }
            RequestOutcome::NoResponse => {
                self.window.add(now, self.execution_time(now.saturating_sub(ticket.left)))
            }
        }
    }

    /// How many may be on their way at a time.
    #[must_use]
    pub fn concurrency(&self) -> u32 {
        // The width is at least one and at most the documented number, which fits.
        let width = self.concurrency_window as u32;
        width.min(self.hint.unwrap_or(u32::MAX)).min(self.limits.concurrent).max(1)
    }

    /// How many are on their way.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Until when the service has asked for a pause, where that is still to come.
    #[must_use]
    pub fn paused_until(&self, now: Duration) -> Option<Duration> {
        (now < self.paused_until).then_some(self.paused_until)
    }

    fn pause(&mut self, now: Duration, pause: Duration, jitter: f64) {
        let pause = pause.max(MIN_PAUSE);
        let jitter = pause.mul_f64(0.1).min(Duration::from_secs(5)).mul_f64(jitter.clamp(0.0, 1.0));
        self.paused_until = self.paused_until.max(now + pause + jitter);
    }

    /// Where the service named no pause: 1, 2, 4 … seconds, one step for all that come back together.
    fn backoff(&mut self, now: Duration) -> Duration {
        if now >= self.paused_until {
            self.pauses_without_hint += 1;
        }
        let steps = self.pauses_without_hint.saturating_sub(1).min(16);
        Duration::from_secs_f64(f64::from(1u32 << steps).min(MAX_BACKOFF_SECONDS))
    }

    /// Halves the width, once for all requests that left before it was last halved.
    fn shrink(&mut self, ticket: &Ticket, now: Duration) {
        if self.shrunk_at.is_some_and(|at| ticket.left < at) {
            return;
        }
        self.concurrency_window = (f64::from(self.concurrency()) / 2.0).max(1.0);
        self.never_throttled = false;
        self.shrunk_at = Some(now);
    }

    fn learn(&mut self, now: Duration, requests_left: Option<f64>, execution_left: Option<Duration>) {
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

    /// The service says a window is full: then our count of it was that much too small.
    fn refused(&mut self, now: Duration, limit: Option<ServiceLimit>) {
        self.window.advance(now);
        match limit {
            Some(ServiceLimit::Requests) => {
                self.requests.refused(now, f64::from(self.limits.requests), self.window.requests());
            }
            Some(ServiceLimit::Execution) => {
                self.execution.refused(now, self.limits.execution.as_secs_f64(), self.window.time());
            }
            Some(ServiceLimit::Concurrency) | None => {}
        }
    }
}

/// By how much the service counts more (or less) than we do, as the worst of its recent figures says.
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
    /// A figure says nothing any more after so long.
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

    fn refused(&mut self, now: Duration, limit: f64, ours: f64) {
        self.margin = (self.margin * 1.05).min(2.0);
        self.samples.clear();
        if ours > 0.0 {
            self.observe(now, limit / ours);
        }
    }

    fn get(&self, now: Duration) -> f64 {
        let fresh =
            self.samples.iter().filter(|(at, _)| *at + Self::MAX_SAMPLE_AGE > now).map(|(_, ratio)| *ratio);
        fresh.reduce(f64::max).map_or(1.0, |worst| worst * self.margin)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn second(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn quick(seconds: f64) -> RequestOutcome {
        RequestOutcome::Responded {
            took: second(seconds),
            hint: None,
            requests_left: None,
            execution_left: None,
        }
    }

    fn throttled(after: Option<f64>) -> RequestOutcome {
        RequestOutcome::Throttled { retry_after: after.map(second), limit: None, jitter: 0.0 }
    }

    fn go(pacer: &mut Pacer, now: f64) -> Ticket {
        match pacer.admit(second(now)) {
            Admission::Granted(ticket) => ticket,
            Admission::Wait(wait) => panic!("has to wait: {wait:?}"),
        }
    }

    #[test]
    fn starts_low_grows_and_halves() {
        let mut pacer = Pacer::new(Limits::default());
        let mut tickets: Vec<_> = (0..4).map(|_| go(&mut pacer, 0.0)).collect();
        assert_eq!(pacer.wait(second(0.0)), Some(Wait::ForResponse));
        pacer.complete(tickets.pop().unwrap(), second(0.1), quick(0.1));
        assert_eq!(pacer.concurrency(), 5);
        pacer.complete(tickets.pop().unwrap(), second(0.2), throttled(Some(7.0)));
        assert_eq!(pacer.concurrency(), 2);
        // The others left before: they say nothing new.
        pacer.complete(tickets.pop().unwrap(), second(0.3), throttled(Some(7.0)));
        assert_eq!(pacer.concurrency(), 2);
        assert_eq!(pacer.wait(second(1.0)), Some(Wait::Paused(second(7.3))));
        assert_eq!(pacer.wait(second(7.3)), None);
    }

    #[test]
    fn the_hint_bounds_the_width() {
        let mut pacer = Pacer::new(Limits::default());
        for i in 0..100 {
            let ticket = go(&mut pacer, f64::from(i));
            let answer = RequestOutcome::Responded {
                took: second(0.1),
                hint: Some(3),
                requests_left: None,
                execution_left: None,
            };
            pacer.complete(ticket, second(f64::from(i)), answer);
        }
        assert_eq!(pacer.concurrency(), 3);
    }

    #[test]
    fn a_pause_without_a_length_doubles() {
        let mut pacer = Pacer::new(Limits::default());
        let mut now = 0.0;
        for expected in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0] {
            let ticket = go(&mut pacer, now);
            pacer.complete(ticket, second(now), throttled(None));
            let until = pacer.paused_until(second(now)).unwrap().as_secs_f64();
            assert!((until - now - expected).abs() < 1e-6, "{until} {now} {expected}");
            now = until;
        }
    }

    #[test]
    fn the_window_is_never_overrun() {
        let mut pacer = Pacer::new(Limits { requests: 100, ..Limits::default() });
        let mut sent = 0;
        while pacer.wait(second(1.0)).is_none() {
            let ticket = go(&mut pacer, 1.0);
            pacer.complete(ticket, second(1.0), quick(0.01));
            sent += 1;
        }
        assert_eq!(sent, 99);
        assert_eq!(pacer.wait(second(1.0)), Some(Wait::Paced(second(302.0))));
        assert_eq!(pacer.wait(second(302.0)), None);
    }

    #[test]
    fn what_the_service_says_is_left_corrects_the_count() {
        let mut pacer = Pacer::new(Limits { requests: 100, ..Limits::default() });
        let mut sent = 0.0;
        // Four web servers: each has samples a quarter.
        while sent < 1000.0 && pacer.wait(second(1.0)).is_none() {
            let ticket = go(&mut pacer, 1.0);
            sent += 1.0;
            let left = Some(100.0 - sent / 4.0);
            let answer = RequestOutcome::Responded {
                took: second(0.01),
                hint: None,
                requests_left: left,
                execution_left: None,
            };
            pacer.complete(ticket, second(1.0), answer);
        }
        assert!((380.0..=396.0).contains(&sent), "{sent}");
    }

    #[test]
    fn one_request_larger_than_the_window_still_leaves() {
        let mut pacer = Pacer::new(Limits { execution: second(1.0), ..Limits::default() });
        let ticket = go(&mut pacer, 0.0);
        pacer.complete(ticket, second(10.0), quick(10.0));
        assert!(matches!(pacer.wait(second(10.0)), Some(Wait::Paced(_))));
        assert_eq!(pacer.wait(second(400.0)), None);
    }

    #[test]
    fn what_is_surely_spent_on_the_way_is_no_execution() {
        let of = |round_trip: f64| {
            let mut pacer = Pacer::new(Limits { execution: second(10.0), ..Limits::default() });
            pacer.set_round_trip(second(round_trip));
            let mut sent = 0;
            while pacer.wait(second(1.0)).is_none() {
                let ticket = go(&mut pacer, 1.0);
                pacer.complete(ticket, second(1.0), quick(0.32));
                sent += 1;
            }
            sent
        };
        // 9.9 seconds in all: of 0.32 each, of 0.2, and of a half where nobody can believe the rest.
        assert_eq!((of(0.0), of(0.12), of(0.31)), (30, 49, 61));
    }

    #[test]
    fn abandoned_requests_free_their_place() {
        let mut pacer = Pacer::new(Limits { start: 1, ..Limits::default() });
        let ticket = go(&mut pacer, 0.0);
        assert_eq!(pacer.wait(second(0.0)), Some(Wait::ForResponse));
        pacer.complete(ticket, second(1.0), RequestOutcome::NoResponse);
        assert_eq!(pacer.wait(second(1.0)), None);
    }
}
