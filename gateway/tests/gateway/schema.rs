//! Snapshots: fetched in the background, refreshed, and what changed is told.
use dvkit_gateway::store::Scope;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::{Bench, emulator, eventually, settings, store};
use crate::webhooks::Receiver;

#[tokio::test]
async fn a_snapshot_is_fetched_and_its_drift_is_told() {
    let mut settings = settings();
    settings.schema.tables = vec!["account".to_owned(), "contact".to_owned(), "new_project".to_owned()];
    settings.schema.refresh_seconds = 1;
    let bench = Bench::with(store().await, settings, |builder| builder).await;
    let emulator = emulator().generated_ids().start().await.unwrap();
    let caller = bench.caller("a", Scope::ALL).await;
    let receiver = Receiver::start(&[]).await;
    let body = json!({ "url": receiver.url, "events": ["account.schema_changed"] });
    caller.send("POST", "/webhooks", Some(body)).await;
    let id = caller.connect(&emulator).await;
    let path = format!("/accounts/{id}/schema");
    eventually("the snapshot is fetched", async || caller.get(&path).await.0 == 200).await;
    let (_, before) = caller.get(&path).await;
    assert_eq!(before["tables"], json!(["account", "contact", "new_project"]));
    assert_eq!(before["drift"], Value::Null);
    let (status, table) = caller.get(&format!("{path}/contact")).await;
    assert_eq!((status, &table["logical_name"]), (200, &json!("contact")));
    assert_eq!(caller.get(&format!("{path}/lead")).await.0, 404);
    emulator.change(|schema| {
        schema.tables.get_mut("contact").unwrap().columns.retain(|column| column.logical_name != "jobtitle");
    });
    eventually("the change is told", async || !receiver.events().is_empty()).await;
    let (_, after) = caller.get(&path).await;
    assert_ne!(after["digest"], before["digest"]);
    assert!(after["drift"]["breaking"].as_u64() > Some(0), "{after}");
    let event = &receiver.events()[0];
    assert_eq!((&event["account_id"], &event["data"]["digest"]), (&json!(id), &after["digest"]));
    assert!(event["data"]["drift"]["changes"].to_string().contains("jobtitle"), "{event}");
    let (status, same) = caller.send("POST", &format!("{path}/refresh"), None).await;
    assert_eq!((status, &same["digest"]), (200, &after["digest"]));
}
