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

    #[tokio::test]
    async fn the_metrics_are_those_of_the_process_and_of_the_store() {
        use crate::store::{AuthKind, NewEvent, NewWebhook};
        let gateway = crate::testing::gateway().await;
        crate::testing::account(&gateway, AuthKind::DeviceCode).await;
        let account = crate::testing::connected(&gateway).await;
        let new = NewWebhook {
            tenant: "t".to_owned(),
            url: "https://hooks.contoso.com/".to_owned(),
            events: Vec::new(),
            account_id: None,
        };
        gateway.store().create_webhook(new, gateway.now()).await.unwrap();
        let event = NewEvent::new("t", &account.id, "x", &serde_json::json!({}), gateway.now());
        gateway.store().enqueue(&event, gateway.now()).await.unwrap();
        let until = tokio::time::Instant::now() + Duration::from_secs(5);
        let _running = gateway.scheduler().admit(&account.id, until).await.unwrap();
        gateway.metrics().request("/a", &Method::GET, StatusCode::OK, Duration::from_secs(2));
        gateway.metrics().delivery("failed");
        gateway.metrics().job("schema", "done");
        let text = gateway.metrics_text().await.unwrap();
        let mut lines: Vec<&str> =
            text.lines().filter(|line| !line.contains("duration_seconds_bucket")).collect();
        // The order of the states is not fixed.
        lines.sort_unstable();
        let expected = [
            "# EOF",
            "# HELP dvkit_gateway_accounts Accounts in the store, by state.",
            "# HELP dvkit_gateway_accounts_flagged Times that an account needed a new sign-in.",
            "# HELP dvkit_gateway_deliveries Attempts to send an event, by outcome.",
            "# HELP dvkit_gateway_jobs Runs of jobs, by kind and outcome.",
            "# HELP dvkit_gateway_outbox Events in the store, by state.",
            "# HELP dvkit_gateway_refused Requests that the limits of their account left no room for.",
            "# HELP dvkit_gateway_request_duration_seconds The time to the head of a response.",
            "# HELP dvkit_gateway_requests Requests, by route, method and status.",
            "# HELP dvkit_gateway_requests_running Requests to organisations that run.",
            "# HELP dvkit_gateway_requests_waiting Requests to organisations that wait.",
            "# HELP dvkit_gateway_throttled Requests that the service refused until their deadline.",
            "# TYPE dvkit_gateway_accounts gauge",
            "# TYPE dvkit_gateway_accounts_flagged counter",
            "# TYPE dvkit_gateway_deliveries counter",
            "# TYPE dvkit_gateway_jobs counter",
            "# TYPE dvkit_gateway_outbox gauge",
            "# TYPE dvkit_gateway_refused counter",
            "# TYPE dvkit_gateway_request_duration_seconds histogram",
            "# TYPE dvkit_gateway_requests counter",
            "# TYPE dvkit_gateway_requests_running gauge",
            "# TYPE dvkit_gateway_requests_waiting gauge",
            "# TYPE dvkit_gateway_throttled counter",
            r#"dvkit_gateway_accounts_flagged_total 0"#,
            r#"dvkit_gateway_accounts{state="connected"} 1"#,
            r#"dvkit_gateway_accounts{state="pending"} 1"#,
            r#"dvkit_gateway_deliveries_total{outcome="failed"} 1"#,
            r#"dvkit_gateway_jobs_total{kind="schema",outcome="done"} 1"#,
            r#"dvkit_gateway_outbox{state="failed"} 0"#,
            r#"dvkit_gateway_outbox{state="pending"} 1"#,
            "dvkit_gateway_refused_total 0",
            "dvkit_gateway_request_duration_seconds_count 1",
            "dvkit_gateway_request_duration_seconds_sum 2.0",
            "dvkit_gateway_requests_running 1",
            r#"dvkit_gateway_requests_total{route="/a",method="GET",status="200"} 1"#,
            "dvkit_gateway_requests_waiting 0",
            "dvkit_gateway_throttled_total 0",
        ];
        pretty_assertions::assert_eq!(lines, expected);
        // A state that no account has any more is not told.
        gateway.store().delete_account("t", &account.id).await.unwrap();
        let text = gateway.metrics_text().await.unwrap();
        assert!(!text.contains(r#"state="connected""#) && text.contains(r#"accounts{state="pending"} 1"#));
    }

    #[test]
    fn each_known_method_has_its_name_and_the_buckets_double() {
        let metrics = Metrics::new();
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"]
        {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            metrics.request("/a", &method, StatusCode::NO_CONTENT, Duration::from_secs(1_000));
        }
        let mut text = String::new();
        encode(&mut text, &metrics.registry).unwrap();
        for (method, count) in [
            ("GET", 1),
            ("HEAD", 1),
            ("POST", 1),
            ("PUT", 1),
            ("PATCH", 1),
            ("DELETE", 1),
            ("OPTIONS", 1),
            ("other", 3),
        ] {
            let line = format!(
                "dvkit_gateway_requests_total{{route=\"/a\",method=\"{method}\",status=\"204\"}} {count}\n"
            );
            assert!(text.contains(&line), "{line} in {text}");
        }
        let buckets = text.lines().filter_map(|line| {
            line.strip_prefix("dvkit_gateway_request_duration_seconds_bucket{le=\"")?.split_once('"')
        });
        let buckets: Vec<&str> = buckets.map(|(bucket, _)| bucket).collect();
        let expected = [
            "0.005", "0.01", "0.02", "0.04", "0.08", "0.16", "0.32", "0.64", "1.28", "2.56", "5.12", "10.24",
            "20.48", "40.96", "81.92", "163.84", "+Inf",
        ];
        pretty_assertions::assert_eq!(buckets, expected);
        assert_eq!(format!("{metrics:?}"), "Metrics");
    }
}
