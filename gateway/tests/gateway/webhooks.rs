//! Webhooks: signed, repeated until they are received, never to inside addresses.
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use axum::Router;
use axum::extract::State;
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dvkit_gateway::store::Scope;
use http::{HeaderMap, StatusCode};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::accounts::connect_by_code;
use crate::bench::{Bench, TurnedClock, emulator, eventually, settings, store};

/// A receiver of events, which answers with the given statuses and then with 200.
#[derive(Clone, Default)]
pub(crate) struct Receiver {
    received: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    statuses: Arc<Mutex<Vec<u16>>>,
    pub(crate) url: String,
}

impl Receiver {
    pub(crate) async fn start(statuses: &[u16]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let mut statuses = statuses.to_vec();
        statuses.reverse();
        let receiver = Self { statuses: Arc::new(Mutex::new(statuses)), url, ..Self::default() };
        let router = Router::new().fallback(any(receive)).with_state(receiver.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        receiver
    }

    /// Returns the bodies of the events that were received, in their order.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.received.lock().unwrap().iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect()
    }
}

async fn receive(
    State(receiver): State<Receiver>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, HeaderMap) {
    receiver.received.lock().unwrap().push((headers, body));
    let status = receiver.statuses.lock().unwrap().pop().unwrap_or(200);
    let mut headers = HeaderMap::new();
    if status == 302 {
        headers.insert("location", "http://127.0.0.1:9/elsewhere".parse().unwrap());
    }
    (StatusCode::from_u16(status).unwrap(), headers)
}

#[tokio::test]
async fn an_event_is_signed_and_sent_until_it_is_received() {
    let clock = TurnedClock::new();
    let turned = clock.clone();
    let bench = Bench::with(store().await, settings(), |builder| builder.clock(turned)).await;
    let emulator = emulator().start().await.unwrap();
    let caller = bench.caller("a", Scope::ALL).await;
    let id = connect_by_code(&caller, &emulator).await;
    let receiver = Receiver::start(&[500, 302]).await;
    let body = json!({ "url": receiver.url, "events": ["account.authentication_error"] });
    let (status, webhook) = caller.send("POST", "/webhooks", Some(body)).await;
    assert_eq!(status, 201, "{webhook}");
    let secret = webhook["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap().to_owned();
    let (_, list) = caller.get("/webhooks").await;
    assert_eq!(list["webhooks"][0]["secret"], Value::Null, "the secret is shown once");
    emulator.revoke_refresh_tokens();
    emulator.expire_tokens();
    for _ in 0..3 {
        assert_eq!(caller.get(&format!("/proxy/{id}/WhoAmI()")).await.0, 409);
    }
    for attempt in 1..=3usize {
        eventually("the next attempt is made", async || receiver.events().len() == attempt).await;
        clock.advance(60);
    }
    let path = format!("/webhooks/{}/deliveries", webhook["id"].as_str().unwrap());
    eventually("the delivery is noted", async || {
        caller.get(&path).await.1["deliveries"][0]["delivered_at"].is_string()
    })
    .await;
    let received = receiver.received.lock().unwrap().clone();
    assert_eq!(received.len(), 3, "it is sent no more, and its redirect is not followed");
    let ids: Vec<&str> =
        received.iter().map(|(headers, _)| headers["webhook-id"].to_str().unwrap()).collect();
    assert!(ids.iter().all(|id| *id == ids[0] && id.starts_with("evt_")), "{ids:?}");
    for (headers, body) in &received {
        let event: Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            (&event["event"], &event["account_id"]),
            (&json!("account.authentication_error"), &json!(id))
        );
        assert!(event["data"]["sign_in_url"].as_str().unwrap().contains("/connect/"), "{event}");
        let signed = format!("{}.{}.{body}", ids[0], headers["webhook-timestamp"].to_str().unwrap());
        let signature = headers["webhook-signature"].to_str().unwrap().strip_prefix("v1,").unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(&secret).unwrap());
        hmac::verify(&key, signed.as_bytes(), &STANDARD.decode(signature).unwrap()).unwrap();
    }
    // It can be asked for again.
    let (_, told) = caller.get(&path).await;
    let delivery = told["deliveries"][0]["id"].as_str().unwrap();
    assert_eq!(caller.send("POST", &format!("{path}/{delivery}/redeliver"), None).await.0, 202);
    eventually("the event is sent again", async || receiver.events().len() == 4).await;
}

#[tokio::test]
async fn an_event_that_was_not_delivered_survives_the_process() {
    let shared = store().await;
    let mut first = Bench::with(shared.clone(), settings(), |builder| builder).await;
    let emulator = emulator().start().await.unwrap();
    let caller = first.caller("a", Scope::ALL).await;
    let id = connect_by_code(&caller, &emulator).await;
    let receiver = Receiver::start(&[500]).await;
    caller.send("POST", "/webhooks", Some(json!({ "url": receiver.url, "account_id": id }))).await;
    emulator.revoke_refresh_tokens();
    emulator.expire_tokens();
    caller.get(&format!("/proxy/{id}/WhoAmI()")).await;
    eventually("the first attempt is made", async || receiver.events().len() == 1).await;
    first.stop();
    let _second = Bench::with(shared, settings(), |builder| builder).await;
    eventually("another process sends it", async || receiver.events().len() >= 2).await;
}

#[tokio::test]
async fn a_webhook_to_an_inside_address_is_refused() {
    let mut settings = settings();
    settings.webhooks.allow_loopback = false;
    let bench = Bench::with(store().await, settings, |builder| builder).await;
    let caller = bench.caller("a", Scope::ALL).await;
    for url in [
        "http://127.0.0.1:9/x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://localhost/",
        "https://a.localhost/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://10.1.2.3/",
        "https://192.168.1.1/",
        "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://metadata.google.internal/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://0.0.0.0/",
        "https://printer/",
        "http://hooks.contoso.com/",
        "https://a:b@hooks.contoso.com/",
        "file:///etc/passwd",
    ] {
        let (status, error) = caller.send("POST", "/webhooks", Some(json!({ "url": url }))).await;
        assert_eq!(status, 400, "{url}: {error}");
    }
    let unknown = json!({ "url": "https://hooks.contoso.com/", "events": ["x"] });
    assert_eq!(caller.send("POST", "/webhooks", Some(unknown)).await.0, 400);
    assert_eq!(caller.get("/webhooks").await.1["webhooks"], json!([]));
}
