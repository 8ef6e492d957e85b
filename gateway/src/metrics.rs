//! Metrics in the form of Prometheus. They have no labels that name tenants, accounts or organisations.
use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::gateway::Gateway;
use crate::store::StoreError;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct JobLabels {
    kind: String,
    outcome: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct StateLabels {
    state: String,
}

/// The metrics of one process.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    duration: Histogram,
    refused: Counter,
    throttled: Counter,
    flagged: Counter,
    deliveries: Family<OutcomeLabels, Counter>,
    jobs: Family<JobLabels, Counter>,
    running: Gauge,
    waiting: Gauge,
    accounts: Family<StateLabels, Gauge>,
    outbox: Family<StateLabels, Gauge>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("dvkit_gateway"),
            requests: Family::default(),
            duration: Histogram::new(exponential_buckets(0.005, 2.0, 16)),
            refused: Counter::default(),
            throttled: Counter::default(),
            flagged: Counter::default(),
            deliveries: Family::default(),
            jobs: Family::default(),
            running: Gauge::default(),
            waiting: Gauge::default(),
            accounts: Family::default(),
            outbox: Family::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("requests", "Requests, by route, method and status", self.requests.clone());
        registry.register(
            "request_duration_seconds",
            "The time to the head of a response",
            self.duration.clone(),
        );
        registry.register(
            "refused",
            "Requests that the limits of their account left no room for",
            self.refused.clone(),
        );
        registry.register(
            "throttled",
            "Requests that the service refused until their deadline",
            self.throttled.clone(),
        );
        registry.register(
            "accounts_flagged",
            "Times that an account needed a new sign-in",
            self.flagged.clone(),
        );
        registry.register("deliveries", "Attempts to send an event, by outcome", self.deliveries.clone());
        registry.register("jobs", "Runs of jobs, by kind and outcome", self.jobs.clone());
        registry.register("requests_running", "Requests to organisations that run", self.running.clone());
        registry.register("requests_waiting", "Requests to organisations that wait", self.waiting.clone());
        registry.register("accounts", "Accounts in the store, by state", self.accounts.clone());
        registry.register("outbox", "Events in the store, by state", self.outbox.clone());
        self
    }

    pub(crate) fn request(
        &self,
        route: &str,
        method: &http::Method,
        status: http::StatusCode,
        took: Duration,
    ) {
        // A method that is not known could be any text.
        let method = match method.as_str() {
            known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
            _ => "other",
        };
        let labels =
            RequestLabels { route: route.to_owned(), method: method.to_owned(), status: status.as_u16() };
        self.requests.get_or_create(&labels).inc();
        self.duration.observe(took.as_secs_f64());
    }

    pub(crate) fn refused(&self) {
        self.refused.inc();
    }

    pub(crate) fn throttled(&self) {
        self.throttled.inc();
    }

    pub(crate) fn flagged(&self) {
        self.flagged.inc();
    }

    pub(crate) fn delivery(&self, outcome: &str) {
        self.deliveries.get_or_create(&OutcomeLabels { outcome: outcome.to_owned() }).inc();
    }

    pub(crate) fn job(&self, kind: &str, outcome: &str) {
        let labels = JobLabels { kind: kind.to_owned(), outcome: outcome.to_owned() };
        self.jobs.get_or_create(&labels).inc();
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Gateway {
    /// Returns the metrics as text. Those of the store are read now.
    pub(crate) async fn metrics_text(&self) -> Result<String, StoreError> {
        let metrics = self.metrics();
        let gauge = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let (running, waiting) = self.scheduler().load();
        metrics.running.set(gauge(running));
        metrics.waiting.set(gauge(waiting));
        let state = |state: &str| StateLabels { state: state.to_owned() };
        metrics.accounts.clear();
        for (name, count) in self.store().count_accounts().await? {
            metrics.accounts.get_or_create(&state(name.name())).set(count);
        }
        let (pending, failed) = self.store().count_deliveries().await?;
        metrics.outbox.get_or_create(&state("pending")).set(pending);
        metrics.outbox.get_or_create(&state("failed")).set(failed);
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &metrics.registry);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use http::{Method, StatusCode};

    use super::*;

    #[test]
    fn every_event_is_counted_where_it_belongs() {
        let metrics = Metrics::new();
        let ok = StatusCode::OK;
        metrics.request("/accounts", &Method::GET, ok, Duration::from_millis(7));
        metrics.request("/accounts", &Method::GET, ok, Duration::from_secs(7));
        metrics.request("/accounts", &Method::from_bytes(b"BREW").unwrap(), ok, Duration::ZERO);
        metrics.refused();
        (0..2).for_each(|_| metrics.throttled());
        (0..3).for_each(|_| metrics.flagged());
        metrics.delivery("retry");
        metrics.job("schema", "failed");
        let mut text = String::new();
        encode(&mut text, &metrics.registry).unwrap();
        for line in [
            r#"dvkit_gateway_requests_total{route="/accounts",method="GET",status="200"} 2"#,
            r#"dvkit_gateway_requests_total{route="/accounts",method="other",status="200"} 1"#,
            "dvkit_gateway_request_duration_seconds_count 3",
            r#"dvkit_gateway_request_duration_seconds_bucket{le="0.005"} 1"#,
            r#"dvkit_gateway_request_duration_seconds_bucket{le="0.01"} 2"#,
            "dvkit_gateway_refused_total 1",
            "dvkit_gateway_throttled_total 2",
            "dvkit_gateway_accounts_flagged_total 3",
            r#"dvkit_gateway_deliveries_total{outcome="retry"} 1"#,
            r#"dvkit_gateway_jobs_total{kind="schema",outcome="failed"} 1"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    }
}
