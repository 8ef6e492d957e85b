//! What an operator sees: health, metrics, the description of the API, an end without interrupted requests.
use dvkit_gateway::store::Scope;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::{Bench, emulator, settings, store};
use crate::changes::Contacts;

#[tokio::test]
async fn health_metrics_and_the_description_need_no_key() {
    let bench = Bench::with(store().await, settings(), |builder| builder.model(Contacts)).await;
    let emulator = emulator().start().await.unwrap();
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    caller.get(&format!("/proxy/{id}/WhoAmI()")).await;
    caller.get("/no/such/path").await;
    let get = async |path: &str| {
        let response = reqwest::get(format!("{}{path}", bench.url)).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(get("/healthz").await, (200, json!({ "status": "ok", "database": "SQLite" }).to_string()));
    let (status, metrics) = get("/metrics").await;
    assert_eq!(status, 200);
    for line in [
        r#"dvkit_gateway_requests_total{route="/proxy/{account}/{*path}",method="GET",status="200"} 1"#,
        r#"dvkit_gateway_accounts{state="connected"} 1"#,
        r#"dvkit_gateway_outbox{state="pending"} 0"#,
        "dvkit_gateway_request_duration_seconds_bucket",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    assert!(!metrics.contains(&id), "a metric names no account");
    let (status, document) = get("/openapi.json").await;
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!((status, &document["openapi"]), (200, &json!("3.1.0")));
    let paths = document["paths"].as_object().unwrap();
    for path in [
        "/accounts",
        "/accounts/{id}",
        "/accounts/{id}/schema",
        "/webhooks",
        "/unified/crm/{resource}/{id}",
        "/unified/crm/contacts/{id}",
        "/unified/crm/contacts/{id}/associations/{other}",
        "/proxy/{account}/{path}",
    ] {
        assert!(paths.contains_key(path), "{path}");
    }
    assert!(document["components"]["schemas"]["contacts_record"].is_object());
    // Every reference leads to a schema.
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}

#[tokio::test]
async fn without_a_model_there_is_no_unified() {
    let (bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    let (status, error) = caller.get(&format!("/unified/crm/contacts?account_id={id}")).await;
    assert_eq!((status, &error["error"]["code"]), (404, &json!("no_model")));
    let (_, document) = caller.get("/openapi.json").await;
    assert!(document["paths"].get("/unified/crm/{resource}").is_none());
}

#[tokio::test]
async fn a_request_that_is_under_way_ends_before_the_gateway() {
    let (mut bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    emulator.faults("always on accounts: delay 1000".parse().unwrap());
    let slow = caller.clone();
    let request = tokio::spawn(async move { slow.get(&format!("/proxy/{id}/accounts?$top=1")).await.0 });
    crate::bench::eventually("the request has reached the gateway", async || {
        caller.get("/metrics").await.1.to_string().contains("dvkit_gateway_requests_running 1")
    })
    .await;
    bench.stop();
    assert_eq!(request.await.unwrap(), 200);
    crate::bench::eventually("the gateway has ended", async || {
        reqwest::get(format!("{}/healthz", bench.url)).await.is_err()
    })
    .await;
}
