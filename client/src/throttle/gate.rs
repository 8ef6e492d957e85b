//! Queues a client's requests. Each request waits here, in the order of arrival, until the pacer admits it
//! and the pool, if there is one, has a place.
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::{Instant, sleep};

use super::{Admission, Limits, Pacer, RequestOutcome, RequestPool, ServiceLimit, Ticket, Wait};
use crate::client::{ClientStatus, RoundTripEstimate};

/// The queue of one account's requests to one organisation.
pub(crate) struct Gate {
    pacer: Mutex<Pacer>,
    /// The lock of the request at the head of the queue, which alone waits for the pacer. It keeps the
    /// requests in order, and ensures that one response wakes only one request.
    turn: tokio::sync::Mutex<()>,
    changed: Notify,
    start: Instant,
    pool: Option<RequestPool>,
    distance: RoundTripEstimate,
    waiting: AtomicU32,
    sent: AtomicU64,
    throttled: AtomicU64,
}

impl Gate {
    pub(crate) fn new(limits: Limits, pool: Option<RequestPool>, distance: RoundTripEstimate) -> Arc<Self> {
        Arc::new(Self {
            pacer: Mutex::new(Pacer::new(limits)),
            turn: tokio::sync::Mutex::new(()),
            changed: Notify::new(),
            start: Instant::now(),
            pool,
            distance,
            waiting: AtomicU32::new(0),
            sent: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
        })
    }

    /// Waits until a request may be sent, and returns the permit for it. Dropping the future removes the
    /// request from the queue; dropping the permit reports that no response arrived.
    ///
    /// # Errors
    /// Returns the remaining length of the pause that the service has asked for, if the pause is longer than
    /// `longest_pause`.
    pub(crate) async fn acquire(self: &Arc<Self>, longest_pause: Duration) -> Result<Permit, Duration> {
        let _waiting = Waiting::new(&self.waiting);
        loop {
            let mut permit = self.wait_for_pacer(longest_pause).await?;
            if let Some(pool) = &self.pool {
                permit.place = pool.try_acquire();
                if permit.place.is_none() {
                    permit.place = Some(pool.acquire().await);
                    // The service may have asked for a pause while this request waited for the pool.
                    if self.with_pacer(|pacer, now| pacer.paused_until(now)).is_some() {
                        permit.give_back();
                        continue;
                    }
                }
            }
            self.sent.fetch_add(1, Ordering::Relaxed);
            return Ok(permit);
        }
    }

    async fn wait_for_pacer(self: &Arc<Self>, longest_pause: Duration) -> Result<Permit, Duration> {
        let _turn = self.turn.lock().await;
        loop {
            // Registered before the pacer is asked, so that no response in between is missed.
            let changed = self.changed.notified();
            let wait = match self.with_pacer(|pacer, now| pacer.admit(now)) {
                Admission::Granted(ticket) => {
                    return Ok(Permit { gate: Arc::clone(self), ticket: Some(ticket), place: None });
                }
                Admission::Wait(wait) => wait,
            };
            if let Wait::Paused(until) = wait {
                let left = until.saturating_sub(self.start.elapsed());
                if left > longest_pause {
                    return Err(left);
                }
            }
            match wait {
                Wait::ForResponse => changed.await,
                Wait::Paused(until) | Wait::Paced(until) => {
                    let now = self.start.elapsed();
                    tracing::trace!(wait = ?until.saturating_sub(now), "waits for its turn");
                    // A response that arrives meanwhile may shift the moment in either direction.
                    tokio::select! {
                        () = sleep(until.saturating_sub(now).max(Duration::from_millis(1))) => {}
                        () = changed => {}
                    }
                }
            }
        }
    }

    /// Passes to the pacer that the service refused a part of a batch because of its limits.
    pub(crate) fn part_throttled(&self, retry_after: Option<Duration>, limit: Option<ServiceLimit>) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
        let jitter = rand::random();
        self.with_pacer(|pacer, now| pacer.part_throttled(now, retry_after, limit, jitter));
        self.changed.notify_one();
    }

    /// Returns the counters and the remaining waits at this moment.
    pub(crate) fn status(&self) -> ClientStatus {
        let (concurrency, in_flight, wait, now) =
            self.with_pacer(|pacer, now| (pacer.concurrency(), pacer.in_flight(), pacer.wait(now), now));
        let mut status = ClientStatus {
            sent: self.sent.load(Ordering::Relaxed),
            throttled: self.throttled.load(Ordering::Relaxed),
            waiting: self.waiting.load(Ordering::Relaxed),
            concurrency,
            in_flight,
            ..ClientStatus::default()
        };
        match wait {
            Some(Wait::Paused(until)) => status.paused_for = Some(until.saturating_sub(now)),
            Some(Wait::Paced(until)) => status.paced_for = Some(until.saturating_sub(now)),
            Some(Wait::ForResponse) | None => {}
        }
        status
    }

    fn with_pacer<T>(&self, act: impl FnOnce(&mut Pacer, Duration) -> T) -> T {
        let now = self.start.elapsed();
        // After a panic elsewhere, the figures are still good enough to continue with.
        act(&mut self.pacer.lock().unwrap_or_else(PoisonError::into_inner), now)
    }
}

/// The permit to send one request, held until the request has ended. Dropping it without [`Permit::finish`]
/// reports that no response arrived.
pub(crate) struct Permit {
    gate: Arc<Gate>,
    ticket: Option<Ticket>,
    place: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// Passes the outcome of the request to the pacer, and ends the permit.
    pub(crate) fn finish(mut self, outcome: RequestOutcome) {
        if matches!(outcome, RequestOutcome::Throttled { .. }) {
            self.gate.throttled.fetch_add(1, Ordering::Relaxed);
        }
        self.complete(outcome);
    }

    fn complete(&mut self, outcome: RequestOutcome) {
        if let Some(ticket) = self.ticket.take() {
            let round_trip = self.gate.distance.round_trip();
            self.gate.with_pacer(|pacer, now| {
                pacer.set_round_trip(round_trip);
                pacer.complete(ticket, now, outcome);
            });
            self.gate.changed.notify_one();
        }
    }

    fn give_back(mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.gate.with_pacer(|pacer, _| pacer.give_back(ticket));
            self.gate.changed.notify_one();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.complete(RequestOutcome::NoResponse);
    }
}

struct Waiting<'a>(&'a AtomicU32);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use pretty_assertions::assert_eq;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn answered() -> RequestOutcome {
        RequestOutcome::Responded {
            took: Duration::from_millis(10),
            hint: None,
            requests_left: None,
            execution_left: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_sent_during_a_pause() {
        let gate = Gate::new(Limits::default(), None, RoundTripEstimate::default());
        let permit = gate.acquire(HOUR).await.unwrap();
        let retry_after = Some(Duration::from_secs(30));
        permit.finish(RequestOutcome::Throttled { retry_after, limit: None, jitter: 0.0 });
        let before = Instant::now();
        let (a, b) = tokio::join!(gate.acquire(HOUR), gate.acquire(HOUR));
        assert!(before.elapsed() >= Duration::from_secs(30), "{:?}", before.elapsed());
        assert_eq!(gate.status().throttled, 1);
        drop((a, b));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_is_too_long_is_reported_at_once() {
        let gate = Gate::new(Limits::default(), None, RoundTripEstimate::default());
        let permit = gate.acquire(HOUR).await.unwrap();
        let retry_after = Some(Duration::from_secs(900));
        let before = Instant::now();
        let mut waits = Box::pin(gate.acquire(Duration::from_secs(600)));
        permit.finish(RequestOutcome::Throttled { retry_after, limit: None, jitter: 0.0 });
        assert_eq!((&mut waits).now_or_never().unwrap().err(), retry_after);
        assert_eq!(before.elapsed(), Duration::ZERO);
        // The rest of the pause is short enough.
        sleep(Duration::from_secs(300)).await;
        drop(gate.acquire(Duration::from_secs(600)).await.unwrap());
        assert_eq!(before.elapsed().as_secs(), 900);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_stops_waiting_blocks_no_other() {
        let gate = Gate::new(
            Limits { start: 1, concurrent: 1, ..Limits::default() },
            None,
            RoundTripEstimate::default(),
        );
        let first = gate.acquire(HOUR).await.unwrap();
        let mut second = Box::pin(gate.acquire(HOUR));
        assert!((&mut second).now_or_never().is_none());
        let mut third = Box::pin(gate.acquire(HOUR));
        assert!((&mut third).now_or_never().is_none());
        assert_eq!(gate.status().waiting, 2);
        drop(second);
        first.finish(answered());
        third.await.unwrap().finish(answered());
        assert_eq!((gate.status().waiting, gate.status().in_flight), (0, 0));
        assert_eq!(gate.status().sent, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_organisation_does_not_block_others() {
        let pool = RequestPool::new(1);
        let (a, b) = (
            Gate::new(Limits::default(), Some(pool.clone()), RoundTripEstimate::default()),
            Gate::new(Limits::default(), Some(pool.clone()), RoundTripEstimate::default()),
        );
        let retry_after = Some(Duration::from_secs(300));
        a.acquire(HOUR).await.unwrap().finish(RequestOutcome::Throttled {
            retry_after,
            limit: None,
            jitter: 0.0,
        });
        let mut waits = Box::pin(a.acquire(HOUR));
        assert!((&mut waits).now_or_never().is_none());
        let before = Instant::now();
        b.acquire(HOUR).await.unwrap().finish(answered());
        assert_eq!(before.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn the_status_says_why_and_for_how_long_requests_wait() {
        let limits = Limits { requests: 3, ..Limits::default() };
        let gate = Gate::new(limits, None, RoundTripEstimate::default());
        for _ in 0..2 {
            gate.acquire(HOUR).await.unwrap().finish(answered());
        }
        let status = gate.status();
        assert_eq!((status.sent, status.in_flight, status.concurrency), (2, 0, 4));
        assert_eq!((status.paused_for, status.paced_for), (None, Some(Duration::from_secs(301))));
        sleep(Duration::from_secs(1)).await;
        assert_eq!(gate.status().paced_for, Some(Duration::from_secs(300)));
        gate.part_throttled(Some(Duration::from_secs(600)), None);
        let status = gate.status();
        assert!(status.paused_for.unwrap() >= Duration::from_secs(600), "{status:?}");
        assert_eq!((status.throttled, status.paced_for, status.concurrency), (1, None, 2));
        // A pause of exactly the longest time that a request may wait is waited for.
        let longest = status.paused_for.unwrap();
        let mut waits = Box::pin(gate.acquire(longest));
        assert!((&mut waits).now_or_never().is_none());
        assert!(
            gate.acquire(longest - Duration::from_millis(1)).now_or_never().is_none(),
            "its turn comes later"
        );
    }

    /// While a request waits for the pool, the service may ask for a pause: it then waits for its end.
    #[tokio::test(start_paused = true)]
    async fn a_request_that_waited_for_the_pool_observes_a_new_pause() {
        let pool = RequestPool::new(1);
        let place = pool.try_acquire().unwrap();
        let gate = Gate::new(Limits::default(), Some(pool), RoundTripEstimate::default());
        let mut waits = Box::pin(gate.acquire(HOUR));
        assert!((&mut waits).now_or_never().is_none());
        assert_eq!(gate.status().in_flight, 1);
        gate.part_throttled(Some(Duration::from_secs(30)), None);
        drop(place);
        let before = Instant::now();
        let permit = waits.await.unwrap();
        assert!(before.elapsed() >= Duration::from_secs(30), "{:?}", before.elapsed());
        assert_eq!((gate.status().in_flight, gate.status().sent), (1, 1));
        drop(permit);
        assert_eq!(gate.status().in_flight, 0);
    }
}
