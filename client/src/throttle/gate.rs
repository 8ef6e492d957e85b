//! The gate of a client: requests wait here, in their order, until the pacer lets them through.
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::{Instant, sleep};

use super::{Admission, Limits, Pacer, RequestOutcome, RequestPool, Ticket, Wait};
use crate::client::{ClientStatus, RoundTripEstimate};

/// The gate of one account in one organisation.
pub(crate) struct Gate {
    pacer: Mutex<Pacer>,
    /// Only who has this waits for the pacer: so the order is kept, and one answer wakes one.
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

    /// Waits until a request may leave. Dropping the future leaves the queue, dropping the permit ends the request.
    ///
    /// # Errors
    /// Where the service has asked for a pause that still lasts longer than `longest_pause`: so long as this gives.
    pub(crate) async fn pass(self: &Arc<Self>, longest_pause: Duration) -> Result<Permit, Duration> {
        let _waiting = Waiting::new(&self.waiting);
        loop {
            let mut permit = self.admitted(longest_pause).await?;
            if let Some(pool) = &self.pool {
                permit.place = pool.try_place();
                if permit.place.is_none() {
                    permit.place = Some(pool.place().await);
                    // The service may have asked for a pause while this one waited for a place.
                    if self.with(|pacer, now| pacer.paused_until(now)).is_some() {
                        permit.give_back();
                        continue;
                    }
                }
            }
            self.sent.fetch_add(1, Ordering::Relaxed);
            return Ok(permit);
        }
    }

    async fn admitted(self: &Arc<Self>, longest_pause: Duration) -> Result<Permit, Duration> {
        let _turn = self.turn.lock().await;
        loop {
            // Asked for before looking, so that no answer in between is missed.
            let changed = self.changed.notified();
            let wait = match self.with(|pacer, now| pacer.admit(now)) {
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
                    // An answer on its way may shift the moment either way.
                    tokio::select! {
                        () = sleep(until.saturating_sub(now).max(Duration::from_millis(1))) => {}
                        () = changed => {}
                    }
                }
            }
        }
    }

    /// The figures of this moment.
    pub(crate) fn status(&self) -> ClientStatus {
        let (concurrency, in_flight, wait, now) =
            self.with(|pacer, now| (pacer.concurrency(), pacer.in_flight(), pacer.wait(now), now));
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

    fn with<T>(&self, act: impl FnOnce(&mut Pacer, Duration) -> T) -> T {
        let now = self.start.elapsed();
        // A panic elsewhere leaves figures that are good enough to go on with.
        act(&mut self.pacer.lock().unwrap_or_else(PoisonError::into_inner), now)
    }
}

/// A request that may be, or is, on its way.
pub(crate) struct Permit {
    gate: Arc<Gate>,
    ticket: Option<Ticket>,
    place: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// Tells the pacer what became of the request.
    pub(crate) fn finish(mut self, answer: RequestOutcome) {
        if matches!(answer, RequestOutcome::Throttled { .. }) {
            self.gate.throttled.fetch_add(1, Ordering::Relaxed);
        }
        self.end(answer);
    }

    fn end(&mut self, answer: RequestOutcome) {
        if let Some(ticket) = self.ticket.take() {
            let round_trip = self.gate.distance.round_trip();
            self.gate.with(|pacer, now| {
                pacer.set_round_trip(round_trip);
                pacer.complete(ticket, now, answer);
            });
            self.gate.changed.notify_one();
        }
    }

    fn give_back(mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.gate.with(|pacer, _| pacer.give_back(ticket));
            self.gate.changed.notify_one();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.end(RequestOutcome::NoResponse);
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
    async fn while_throttled_nothing_leaves() {
        let gate = Gate::new(Limits::default(), None, RoundTripEstimate::default());
        let permit = gate.pass(HOUR).await.unwrap();
        let retry_after = Some(Duration::from_secs(30));
        permit.finish(RequestOutcome::Throttled { retry_after, limit: None, jitter: 0.0 });
        let before = Instant::now();
        let (a, b) = tokio::join!(gate.pass(HOUR), gate.pass(HOUR));
        assert!(before.elapsed() >= Duration::from_secs(30), "{:?}", before.elapsed());
        assert_eq!(gate.status().throttled, 1);
        drop((a, b));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_is_too_long_is_not_waited_for() {
        let gate = Gate::new(Limits::default(), None, RoundTripEstimate::default());
        let permit = gate.pass(HOUR).await.unwrap();
        let retry_after = Some(Duration::from_secs(900));
        let before = Instant::now();
        let mut waits = Box::pin(gate.pass(Duration::from_secs(600)));
        permit.finish(RequestOutcome::Throttled { retry_after, limit: None, jitter: 0.0 });
        assert_eq!((&mut waits).now_or_never().unwrap().err(), retry_after);
        assert_eq!(before.elapsed(), Duration::ZERO);
        // Later it is short enough.
        sleep(Duration::from_secs(300)).await;
        drop(gate.pass(Duration::from_secs(600)).await.unwrap());
        assert_eq!(before.elapsed().as_secs(), 900);
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_holds_up_nobody() {
        let gate = Gate::new(
            Limits { start: 1, concurrent: 1, ..Limits::default() },
            None,
            RoundTripEstimate::default(),
        );
        let first = gate.pass(HOUR).await.unwrap();
        let mut second = Box::pin(gate.pass(HOUR));
        assert!((&mut second).now_or_never().is_none());
        let mut third = Box::pin(gate.pass(HOUR));
        assert!((&mut third).now_or_never().is_none());
        assert_eq!(gate.status().waiting, 2);
        drop(second);
        first.finish(answered());
        third.await.unwrap().finish(answered());
        assert_eq!((gate.status().waiting, gate.status().in_flight), (0, 0));
        assert_eq!(gate.status().sent, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_organisation_holds_up_no_other() {
        let pool = RequestPool::new(1);
        let (a, b) = (
            Gate::new(Limits::default(), Some(pool.clone()), RoundTripEstimate::default()),
            Gate::new(Limits::default(), Some(pool.clone()), RoundTripEstimate::default()),
        );
        let retry_after = Some(Duration::from_secs(300));
        a.pass(HOUR).await.unwrap().finish(RequestOutcome::Throttled {
            retry_after,
            limit: None,
            jitter: 0.0,
        });
        let mut waits = Box::pin(a.pass(HOUR));
        assert!((&mut waits).now_or_never().is_none());
        let before = Instant::now();
        b.pass(HOUR).await.unwrap().finish(answered());
        assert_eq!(before.elapsed(), Duration::ZERO);
    }
}
