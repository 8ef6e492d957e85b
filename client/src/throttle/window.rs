//! Counts the requests within the sliding window, per second. Memory is bounded: an organisation has at most
//! 300 small records, however many requests there are.
use std::collections::VecDeque;
use std::time::Duration;

/// The requests within the sliding window, and their execution time.
///
/// A request is counted from its end, while the service counts it from its arrival. So a request is never
/// dropped here before the service has dropped it.
#[derive(Debug, Clone)]
pub(super) struct Window {
    length: Duration,
    buckets: VecDeque<Bucket>,
    requests: f64,
    time: f64,
}

#[derive(Debug, Clone)]
struct Bucket {
    second: u64,
    requests: f64,
    time: f64,
}

impl Window {
    pub(super) fn new(length: Duration) -> Self {
        Self { length, buckets: VecDeque::new(), requests: 0.0, time: 0.0 }
    }

    /// Removes the requests that have left the window at the time `now`.
    pub(super) fn advance(&mut self, now: Duration) {
        while let Some(first) = self.buckets.front() {
            if self.leaves_at(first) > now {
                break;
            }
            self.requests -= first.requests;
            self.time -= first.time;
            self.buckets.pop_front();
        }
        if self.buckets.is_empty() {
            (self.requests, self.time) = (0.0, 0.0);
        }
    }

    /// Adds a request that has ended at the time `now` and whose execution took `took`.
    pub(super) fn add(&mut self, now: Duration, took: Duration) {
        self.advance(now);
        let took = took.as_secs_f64();
        self.requests += 1.0;
        self.time += took;
        match self.buckets.back_mut() {
            Some(last) if last.second >= now.as_secs() => {
                last.requests += 1.0;
                last.time += took;
            }
            _ => self.buckets.push_back(Bucket { second: now.as_secs(), requests: 1.0, time: took }),
        }
    }

    /// Returns the number of requests in the window.
    pub(super) fn requests(&self) -> f64 {
        self.requests
    }

    /// Returns the execution time in the window, in seconds.
    pub(super) fn time(&self) -> f64 {
        self.time
    }

    /// Returns the time at which `requests` requests and `time` seconds of execution will have left the
    /// window; `None` if the window contains less.
    pub(super) fn time_when_freed(&self, mut requests: f64, mut time: f64) -> Option<Duration> {
        let mut at = None;
        for bucket in &self.buckets {
            if requests <= 0.0 && time <= 0.0 {
                break;
            }
            requests -= bucket.requests;
            time -= bucket.time;
            at = Some(self.leaves_at(bucket));
        }
        (requests <= 1e-9 && time <= 1e-9).then_some(at).flatten()
    }

    fn leaves_at(&self, bucket: &Bucket) -> Duration {
        Duration::from_secs(bucket.second + 1) + self.length
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_request_leaves_the_window_after_its_end() {
        let second = Duration::from_secs;
        let mut window = Window::new(second(300));
        window.add(second(1), second(2));
        window.add(second(10), second(3));
        assert_eq!((window.requests(), window.time()), (2.0, 5.0));
        assert_eq!(window.time_when_freed(1.0, 0.0), Some(second(302)));
        assert_eq!(window.time_when_freed(0.0, 2.5), Some(second(311)));
        assert_eq!(window.time_when_freed(3.0, 0.0), None);
        window.advance(second(301));
        assert_eq!(window.requests(), 2.0);
        window.advance(second(302));
        assert_eq!((window.requests(), window.time()), (1.0, 3.0));
        window.advance(second(1000));
        assert_eq!((window.requests(), window.time()), (0.0, 0.0));
    }

    #[test]
    fn requests_of_one_second_leave_together_and_not_before_its_end() {
        let mut window = Window::new(Duration::from_secs(10));
        let at = Duration::from_millis;
        window.add(at(1_000), at(500));
        window.add(at(1_999), at(500));
        // A clock that goes back a little does not begin a new second.
        window.add(at(900), at(1_000));
        assert_eq!((window.buckets.len(), window.requests(), window.time()), (1, 3.0, 2.0));
        window.add(at(2_000), at(0));
        assert_eq!(window.buckets.len(), 2);
        for (requests, time, freed) in [
            (0.0, 0.0, None),
            (3.0, 0.0, Some(12)),
            (3.1, 0.0, Some(13)),
            (0.0, 2.0, Some(12)),
            (4.0, 2.0, Some(13)),
            (4.1, 0.0, None),
            (0.0, 2.1, None),
        ] {
            let freed = freed.map(Duration::from_secs);
            assert_eq!(window.time_when_freed(requests, time), freed, "{requests} {time}");
        }
        window.advance(at(11_999));
        assert_eq!(window.requests(), 4.0);
        window.advance(at(12_000));
        assert_eq!((window.requests(), window.time()), (1.0, 0.0));
        window.advance(at(13_000));
        assert_eq!((window.requests(), window.buckets.len()), (0.0, 0));
    }

    /// A rest that is due to rounding counts as nothing.
    #[test]
    fn a_time_that_rounding_leaves_over_is_freed() {
        let mut window = Window::new(Duration::from_secs(10));
        window.add(Duration::from_secs(1), Duration::ZERO);
        for (time, freed) in [(1e-9, Some(Duration::from_secs(12))), (1.1e-9, None)] {
            assert_eq!(window.time_when_freed(0.0, time), freed, "{time}");
        }
    }
}
