//! The CRM model over two differently customised organisations, through the gateway.
use dvkit_emulator::{Emulator, RunningEmulator};
use dvkit_gateway::store::Scope;
use dvkit_gateway::unified::CrmModel;
use dvkit_unify::Mapping;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::{Bench, CLIENT_ID, CLIENT_SECRET, Caller, eventually, settings, store};
use crate::webhooks::Receiver;

/// A gateway with the CRM model, and the accounts of Contoso and Fabrikam.
struct Customers {
    /// The gateway runs as long as this value lives.
    _bench: Bench,
    caller: Caller,
    emulators: [RunningEmulator; 2],
    ids: [String; 2],
}

async fn customers() -> Customers {
    let mapping = include_str!("../../../unify/tests/crm.toml");
    let model = CrmModel::new(Mapping::parse(mapping).unwrap(), None);
    let bench = Bench::with(store().await, settings(), |builder| builder.model(model)).await;
    let caller = bench.caller("a", Scope::ALL).await;
    let start = async |builder: dvkit_emulator::EmulatorBuilder| {
        builder.seed_sample().application(CLIENT_ID, CLIENT_SECRET).start().await.unwrap()
    };
    let emulators = [start(Emulator::sample()).await, start(Emulator::fabrikam()).await];
    let mut ids = Vec::new();
    for (emulator, name) in emulators.iter().zip(["contoso", "fabrikam"]) {
        let body = json!({ "name": name, "org_url": emulator.url(), "auth": "client_credentials" });
        let (status, account) = caller.send("POST", "/accounts", Some(body)).await;
        assert_eq!(status, 201, "{account}");
        ids.push(account["id"].as_str().unwrap().to_owned());
    }
    Customers { _bench: bench, caller, emulators, ids: ids.try_into().unwrap() }
}

/// Returns all records of a resource, page by page.
async fn all(caller: &Caller, id: &str, resource: &str, limit: u32) -> Vec<Value> {
    let base = format!("/unified/crm/{resource}?account_id={id}&limit={limit}&remote_data=false");
    let (mut records, mut cursor) = (Vec::new(), String::new());
    loop {
        let (status, page) = caller.get(&format!("{base}{cursor}")).await;
        assert_eq!(status, 200, "{page}");
        records.extend(page["result"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return records,
        }
    }
}

#[tokio::test]
async fn two_organisations_have_records_of_one_shape() {
    let c = customers().await;
    for resource in ["accounts", "contacts", "users"] {
        let mut shapes = Vec::new();
        for id in &c.ids {
            let records = all(&c.caller, id, resource, 5).await;
            assert!(!records.is_empty(), "{resource}");
            let whole = all(&c.caller, id, resource, 500).await;
            assert_eq!(records, whole, "{resource}: the pages together are the whole");
            let names: Vec<String> = records[0].as_object().unwrap().keys().cloned().collect();
            shapes.push(names);
        }
        assert_eq!(shapes[0], shapes[1], "{resource}");
    }
    // A cursor is one of its account and its query.
    let path = |id: &str, more: &str| format!("/unified/crm/contacts?account_id={id}&limit=2{more}");
    let (_, page) = c.caller.get(&path(&c.ids[0], "")).await;
    let cursor = page["next_cursor"].as_str().unwrap();
    for (id, more) in [(&c.ids[1], ""), (&c.ids[0], "&sort=last_name")] {
        let (status, error) = c.caller.get(&path(id, &format!("{more}&cursor={cursor}"))).await;
        assert_eq!((status, &error["error"]["code"]), (400, &json!("cursor")), "{error}");
    }
    let (status, error) = c.caller.get(&path(&c.ids[0], "&last_nam=x")).await;
    assert!(status == 400 && error["error"]["message"].as_str().unwrap().contains("last_name"), "{error}");
}

#[tokio::test]
async fn records_are_created_changed_and_deleted_in_both_and_told_as_events() {
    let c = customers().await;
    let receiver = Receiver::start(&[]).await;
    let body = json!({ "url": receiver.url, "events": ["resource.created", "resource.updated", "resource.deleted"] });
    assert_eq!(c.caller.send("POST", "/webhooks", Some(body)).await.0, 201);
    for (id, emulator) in c.ids.iter().zip(&c.emulators) {
        eventually("the changes of contacts are polled", async || {
            emulator
                .requests()
                .iter()
                .any(|request| request.url.contains("/contacts") && request.url.contains("deltatoken"))
        })
        .await;
        let path = format!("/unified/crm/contacts?account_id={id}");
        let new = json!({ "first_name": "Ann", "last_name": "Of the gateway" });
        let (status, created) = c.caller.send("POST", &path, Some(new)).await;
        assert_eq!((status, &created["last_name"]), (201, &json!("Of the gateway")), "{created}");
        let record = created["id"].as_str().unwrap();
        let path = format!("/unified/crm/contacts/{record}?account_id={id}");
        let (status, changed) = c.caller.send("PATCH", &path, Some(json!({ "first_name": "Bea" }))).await;
        assert_eq!((status, &changed["first_name"]), (200, &json!("Bea")), "{changed}");
        let (_, read) = c.caller.get(&path).await;
        assert_eq!(read["first_name"], "Bea");
        eventually("the new record is told", async || {
            receiver.events().iter().any(|event| {
                event["account_id"] == json!(id)
                    && event["data"]["resource"] == "contacts"
                    && event["data"]["record"]["id"] == json!(record)
            })
        })
        .await;
        assert_eq!(c.caller.send("DELETE", &path, None).await.0, 204);
        assert_eq!(c.caller.get(&path).await.0, 404);
        eventually("its deletion is told", async || {
            receiver
                .events()
                .iter()
                .any(|event| event["event"] == "resource.deleted" && event["data"]["id"] == json!(record))
        })
        .await;
    }
}
