//! Estimates the network's round trip time. This part of a response time is certainly not execution time, so
//! the pacer subtracts it.
//!
//! Opening a connection takes one round trip for TCP and one or two for TLS, so one round trip takes at least
//! a third of this time. The estimate should rather be too small than too large. So it is taken from the
//! quickest connection, and the slowest DNS look-up is subtracted.
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tower_layer::Layer;
use tower_service::Service;

/// The maximum number of round trips for opening a connection: one for TCP, two for TLS 1.2.
const ROUND_TRIPS: u32 = 3;

/// The measured times of connections and DNS look-ups. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct RoundTripEstimate(Arc<Measured>);

#[derive(Debug)]
struct Measured {
    /// The time of the quickest connection in microseconds; `u64::MAX` if nothing was measured yet.
    quickest_connection: AtomicU64,
    slowest_look_up: AtomicU64,
}

impl Default for RoundTripEstimate {
    fn default() -> Self {
        Self(Arc::new(Measured {
            quickest_connection: AtomicU64::new(u64::MAX),
            slowest_look_up: AtomicU64::new(0),
        }))
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl RoundTripEstimate {
    fn connected(&self, took: Duration) {
        self.0.quickest_connection.fetch_min(micros(took), Ordering::Relaxed);
    }

    fn looked_up(&self, took: Duration) {
        self.0.slowest_look_up.fetch_max(micros(took), Ordering::Relaxed);
    }

    /// Returns a lower bound of the round trip time; zero if nothing was measured yet.
    pub(crate) fn round_trip(&self) -> Duration {
        let connection = self.0.quickest_connection.load(Ordering::Relaxed);
        if connection == u64::MAX {
            return Duration::ZERO;
        }
        let look_up = self.0.slowest_look_up.load(Ordering::Relaxed);
        Duration::from_micros(connection.saturating_sub(look_up)) / ROUND_TRIPS
    }
}

/// Resolves host names with the system's resolver, and measures how long that takes.
impl Resolve for RoundTripEstimate {
    fn resolve(&self, name: Name) -> Resolving {
        let distance = self.clone();
        Box::pin(async move {
            let start = Instant::now();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            distance.looked_up(start.elapsed());
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl<S> Layer<S> for RoundTripEstimate {
    type Service = Connector<S>;

    fn layer(&self, inner: S) -> Connector<S> {
        Connector { inner, distance: self.clone() }
    }
}

/// A connector that measures how long opening a connection takes.
#[derive(Clone)]
pub(crate) struct Connector<S> {
    inner: S,
    distance: RoundTripEstimate,
}

impl<S, R> Service<R> for Connector<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let start = Instant::now();
        let connection = self.inner.call(request);
        let distance = self.distance.clone();
        Box::pin(async move {
            let connection = connection.await?;
            distance.connected(start.elapsed());
            Ok(connection)
        })
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_estimate_is_a_lower_bound() {
        let distance = RoundTripEstimate::default();
        let ms = Duration::from_millis;
        assert_eq!(distance.round_trip(), ms(0));
        distance.looked_up(ms(30));
        assert_eq!(distance.round_trip(), ms(0));
        distance.connected(ms(150));
        assert_eq!(distance.round_trip(), ms(40));
        // A connection without a look-up that is slower for another reason.
        distance.connected(ms(300));
        distance.looked_up(ms(10));
        assert_eq!(distance.round_trip(), ms(40));
        distance.connected(ms(90));
        assert_eq!(distance.round_trip(), ms(20));
        distance.connected(ms(25));
        assert_eq!(distance.round_trip(), ms(0));
    }

    #[tokio::test]
    async fn only_a_connection_that_was_opened_is_measured() {
        let connect = |succeeds: bool| {
            move |wait: Duration| async move {
                tokio::time::sleep(wait).await;
                if succeeds { Ok("connection") } else { Err("refused") }
            }
        };
        let distance = RoundTripEstimate::default();
        let mut refused = distance.layer(tower::service_fn(connect(false)));
        assert_eq!(refused.call(Duration::from_millis(2)).await, Err("refused"));
        assert_eq!(distance.round_trip(), Duration::ZERO);
        let mut opened = distance.layer(tower::service_fn(connect(true)));
        std::future::poll_fn(|context| opened.poll_ready(context)).await.unwrap();
        assert_eq!(opened.call(Duration::from_millis(6)).await, Ok("connection"));
        assert!(distance.round_trip() >= Duration::from_millis(2), "{:?}", distance.round_trip());
    }

    #[tokio::test]
    async fn a_look_up_is_measured_and_finds_the_host() {
        let distance = RoundTripEstimate::default();
        let found: Vec<SocketAddr> = distance.resolve("localhost".parse().unwrap()).await.unwrap().collect();
        assert!(!found.is_empty() && found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
        assert_ne!(distance.0.slowest_look_up.load(Ordering::Relaxed), 0);
        assert_eq!(micros(Duration::MAX), u64::MAX);
    }
}
