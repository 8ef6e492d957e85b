//! The HTTP server: the routes, what every request passes through, and an end without interrupted requests.
use std::future::Future;
use std::io;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS};
use http::uri::Authority;
use http::{HeaderName, HeaderValue, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;
use url::Url;

use crate::crypto::random_text;
use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::settings::is_loopback_host;
use crate::{accounts, openapi, proxy, schema, unified, webhooks, worker};

/// How long requests that are under way may take when the gateway is to end.
const GRACE: Duration = Duration::from_secs(30);
/// The header with the id of a request in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The routes that any `Host` may ask for: probes of a platform use addresses.
const ANY_HOST: &[&str] = &["/healthz", "/metrics"];

impl Gateway {
    /// Returns the routes of the gateway, for a server of one's own. [`Gateway::serve`] also does the work in the
    /// background.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/healthz", get(health))
            .route("/metrics", get(metrics))
            .route("/openapi.json", get(description))
            .merge(accounts::router())
            .merge(schema::router())
            .merge(webhooks::router())
            .merge(proxy::router())
            .merge(unified::router())
            .fallback(|| async { ApiError::not_found("path") })
            .method_not_allowed_fallback(|| async {
                ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method", "the path does not have this method")
            })
            .layer(middleware::from_fn_with_state(self.clone(), observe))
            .layer(middleware::from_fn_with_state(self.clone(), check_host))
            .with_state(self.clone())
    }

    /// Serves requests and does the work in the background until `stop` is ready. Requests that are under way then
    /// have half a minute to end.
    ///
    /// # Errors
    /// Returns an error if the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let (ending, ended) = watch::channel(false);
        let work = tokio::spawn(worker::run(self.clone(), ended.clone()));
        let router = self.router();
        let mut graceful = ended.clone();
        // Without this the end of a response can wait 40 ms for the caller to confirm what it has got.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection sends its small packets late");
            }
        });
        let server = axum::serve(listener, router).with_graceful_shutdown(async move {
            // An error means that the sender is gone, and so the gateway.
            let _ = graceful.wait_for(|ending| *ending).await;
        });
        let mut serving = tokio::spawn(server.into_future());
        let result = tokio::select! {
            result = &mut serving => result,
            () = stop => {
                tracing::info!("the gateway ends");
                ending.send_replace(true);
                match timeout(GRACE, &mut serving).await {
                    Ok(result) => result,
                    Err(_) => {
                        tracing::warn!("requests were interrupted");
                        serving.abort();
                        Ok(Ok(()))
                    }
                }
            }
        };
        ending.send_replace(true);
        if timeout(GRACE, work).await.is_err() {
            tracing::warn!("the work in the background was interrupted; another process takes it up");
        }
        self.remove_work_folders().await;
        result.unwrap_or(Ok(()))
    }

    /// Returns whether a request may have this `Host`.
    fn is_own_host(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        if host.contains('@') {
            return false;
        }
        let named = |url: &Url| {
            url.host_str().is_some_and(|name| name.eq_ignore_ascii_case(authority.host()))
                && authority.port_u16().or(default_port(url)) == url.port_or_known_default()
        };
        let listens = self.settings().listen;
        // Programs on this machine reach a gateway on loopback by its port.
        let local = listens.ip().is_loopback() && is_loopback_host(authority.host());
        named(self.public_url())
            || local
            || self.settings().hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
    }
}

fn default_port(url: &Url) -> Option<u16> {
    match url.scheme() {
        "https" => Some(443),
        _ => Some(80),
    }
}

/// Refuses requests for other hosts, so that a page in a browser cannot reach a gateway on loopback by a name of its
/// own.
async fn check_host(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next(), request.uri().authority()) {
        (Some(host), None, _) => host.to_str().ok().map(str::to_owned),
        // HTTP/2 has the host in the target.
        (None, None, Some(authority)) => Some(authority.as_str().to_owned()),
        _ => None,
    };
    let is_own = host.is_some_and(|host| gateway.is_own_host(&host));
    if is_own || ANY_HOST.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let message = "this gateway does not serve the host that the request names";
    ApiError::new(StatusCode::MISDIRECTED_REQUEST, "host", message).into_response()
}

/// Counts and logs a request. The log has the route, and neither the query nor headers, which may be personal or secret.
async fn observe(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let id = random_text::<12>();
    let span = tracing::info_span!(
        "request",
        id,
        %method,
        route,
        tenant = tracing::field::Empty,
        key = tracing::field::Empty,
    );
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = begun.elapsed();
    gateway.metrics().request(&route, &method, response.status(), took);
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), ?took, "answered"));
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn health(State(gateway): State<Gateway>) -> Response {
    match gateway.store().ping().await {
        Ok(()) => {
            Json(serde_json::json!({ "status": "ok", "database": gateway.store().kind() })).into_response()
        }
        Err(error) => ApiError::from(error).into_response(),
    }
}

async fn metrics(State(gateway): State<Gateway>) -> Response {
    const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match gateway.metrics_text().await {
        Ok(text) => ([(CONTENT_TYPE, TYPE)], text).into_response(),
        Err(error) => ApiError::from(error).into_response(),
    }
}

async fn description(State(gateway): State<Gateway>) -> Response {
    Json(openapi::document(&gateway)).into_response()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::crypto::KeyRing;
    use crate::database::Sqlite;
    use crate::settings::Settings;
    use crate::store::Store;

    #[tokio::test]
    async fn a_request_names_a_host_of_the_gateway() {
        let store =
            Store::new(Sqlite::in_memory().await.unwrap(), KeyRing::parse(&KeyRing::generate("k1")).unwrap());
        let gateway = |listen: &str, public_url: Option<&str>| {
            let settings = Settings {
                listen: listen.parse().unwrap(),
                public_url: public_url.map(|url| url.parse().unwrap()),
                hosts: vec!["gateway.internal:8080".to_owned()],
                ..Settings::default()
            };
            Gateway::builder(store.clone(), settings).build().unwrap()
        };
        let public = gateway("0.0.0.0:8780", Some("https://gw.contoso.com"));
        let other_port = gateway("0.0.0.0:8780", Some("https://gw.contoso.com:8443"));
        let local = gateway("127.0.0.1:8780", None);
        for (host, of_public, of_other_port, of_local) in [
            ("gw.contoso.com", true, false, false),
            ("GW.Contoso.COM", true, false, false),
            ("gw.contoso.com:443", true, false, false),
            ("gw.contoso.com:80", false, false, false),
            ("gw.contoso.com:8443", false, true, false),
            ("gateway.internal:8080", true, true, true),
            ("Gateway.Internal:8080", true, true, true),
            ("gateway.internal", false, false, false),
            ("127.0.0.1:8780", false, false, true),
            ("localhost:1", false, false, true),
            ("[::1]:8780", false, false, true),
            ("user@gw.contoso.com", false, false, false),
            ("user@localhost", false, false, false),
            ("evil.example", false, false, false),
            ("gw.contoso.com.evil.example", false, false, false),
            ("", false, false, false),
            ("a b", false, false, false),
        ] {
            let found = [&public, &other_port, &local].map(|gateway| gateway.is_own_host(host));
            assert_eq!(found, [of_public, of_other_port, of_local], "{host}");
        }
        assert_eq!(default_port(&"https://a".parse().unwrap()), Some(443));
        assert_eq!(default_port(&"http://a".parse().unwrap()), Some(80));
    }

    #[tokio::test]
    async fn every_response_has_the_headers_of_the_gateway() {
        let gateway = crate::testing::gateway().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(gateway.clone().serve(listener, async {
            let _ = stopped.await;
        }));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let (own, text) = ("gw.contoso.com", "application/openmetrics-text; version=1.0.0; charset=utf-8");
        let json = "application/json";
        for (method, path, host, status, kind, part) in [
            ("GET", "/healthz", "probe", 200, json, r#"{"database":"SQLite","status":"ok"}"#),
            ("GET", "/metrics", "probe", 200, text, "dvkit_gateway_requests_running 0"),
            ("GET", "/openapi.json", own, 200, json, r#""openapi":"3."#),
            (
                "GET",
                "/openapi.json",
                "probe",
                421,
                json,
                "this gateway does not serve the host that the request names",
            ),
            ("GET", "/nothing", own, 404, json, "there is no such path"),
            ("POST", "/healthz", own, 405, json, "the path does not have this method"),
            ("GET", "/accounts", own, 401, json, "send an API key"),
        ] {
            let request = http.request(method.parse().unwrap(), format!("{url}{path}"));
            let response = request.header(HOST, host).send().await.unwrap();
            assert_eq!(response.status().as_u16(), status, "{method} {path} {host}");
            let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(header(CONTENT_TYPE).as_deref(), Some(kind), "{path}");
            if status != 421 {
                assert_eq!(header(X_CONTENT_TYPE_OPTIONS).as_deref(), Some("nosniff"), "{path}");
                assert_eq!(header(CACHE_CONTROL).as_deref(), Some("no-store"), "{path}");
                assert_eq!(header(REQUEST_ID).unwrap().len(), 16, "{path}");
            }
            let body = response.text().await.unwrap();
            assert!(body.contains(part), "{method} {path}: {body}");
        }
        let text = gateway.metrics_text().await.unwrap();
        for line in [
            r#"dvkit_gateway_requests_total{route="/healthz",method="GET",status="200"} 1"#,
            r#"dvkit_gateway_requests_total{route="/healthz",method="POST",status="405"} 1"#,
            r#"dvkit_gateway_requests_total{route="/accounts",method="GET",status="401"} 1"#,
            r#"dvkit_gateway_requests_total{route="other",method="GET",status="404"} 1"#,
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        stop.send(()).unwrap();
        serving.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn the_gateway_ends_when_the_event_that_is_being_sent_has_arrived() {
        use std::sync::Arc;

        use tokio::sync::Notify;

        use crate::store::{NewEvent, NewWebhook};
        let (arrived, answers) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let receiver = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", receiver.local_addr().unwrap());
        let (told, waits) = (Arc::clone(&arrived), Arc::clone(&answers));
        let router = Router::new().fallback(move || {
            let (told, waits) = (Arc::clone(&told), Arc::clone(&waits));
            async move {
                told.notify_one();
                waits.notified().await;
            }
        });
        tokio::spawn(axum::serve(receiver, router).into_future());
        let mut settings = crate::testing::settings();
        settings.webhooks.allow_loopback = true;
        let gateway = crate::testing::builder(settings).await.build().unwrap();
        let new = NewWebhook { tenant: "t".to_owned(), url, events: Vec::new(), account_id: None };
        gateway.store().create_webhook(new, gateway.now()).await.unwrap();
        let event = NewEvent::new("t", "acc_1", "x", &serde_json::json!({}), gateway.now());
        gateway.store().enqueue(&event, gateway.now()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(gateway.clone().serve(listener, async {
            let _ = stopped.await;
        }));
        arrived.notified().await;
        stop.send(()).unwrap();
        let answering = async {
            // A gateway that does not wait has ended by then.
            tokio::time::sleep(Duration::from_millis(100)).await;
            answers.notify_one();
        };
        let (served, ()) = tokio::join!(serving, answering);
        served.unwrap().unwrap();
        assert_eq!(gateway.store().count_deliveries().await.unwrap(), (0, 0));
        assert!(gateway.metrics_text().await.unwrap().contains(r#"deliveries_total{outcome="delivered"} 1"#));
    }
}
