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
pub(crate) struct Customers {
    /// The gateway runs as long as this value lives.
    _bench: Bench,
    pub(crate) caller: Caller,
    emulators: [RunningEmulator; 2],
    pub(crate) ids: [String; 2],
}

/// A resource that the model does not have, whose records are in a many-to-many relationship with users.
const PROJECTS: &str = r#"
[projects]
table = "new_project"
optional = true
name = "new_name"
"#;

pub(crate) async fn customers() -> Customers {
    let mapping = [include_str!("../../../unify/tests/crm.toml"), PROJECTS].concat();
    let model = CrmModel::new(Mapping::parse(&mapping).unwrap(), None);
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
async fn the_location_of_a_record_leads_to_it() {
    let c = customers().await;
    for id in &c.ids {
        let path = format!("/unified/crm/contacts?account_id={id}");
        let request = c.caller.request("POST", &path).json(&json!({ "last_name": "Here" }));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 201, "{id}");
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        let (_, path) = location.split_at(location.find("/unified").unwrap());
        let (status, record) = c.caller.get(path).await;
        assert_eq!((status, record["last_name"].as_str()), (200, Some("Here")), "{location}: {record}");
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

#[tokio::test]
async fn an_account_is_named_by_its_id_or_its_name() {
    let c = customers().await;
    let (_, by_id) = c.caller.get(&format!("/unified/crm/users?account_id={}", c.ids[1])).await;
    for query in ["account_id=fabrikam", "account=fabrikam"] {
        let (status, page) = c.caller.get(&format!("/unified/crm/users?{query}")).await;
        assert_eq!((status, &page["result"]), (200, &by_id["result"]), "{query}");
    }
    let request = c.caller.request("GET", "/unified/crm/users").header("x-account-id", "fabrikam");
    let page: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(page["result"], by_id["result"]);
    assert_eq!(c.caller.get("/proxy/fabrikam/accounts?$top=1").await.0, 200);
    assert_eq!(c.caller.get("/accounts/fabrikam").await.1["id"], json!(c.ids[1]));
    for query in [
        "",
        "account_id=",
        "account_id=nobody",
        "account_id=fabrikam&account_id=fabrikam",
        "account=fabrikam&account=contoso",
    ] {
        let (status, error) = c.caller.get(&format!("/unified/crm/users?{query}")).await;
        let expected = if query.matches('=').count() == 1 { 404 } else { 400 };
        assert_eq!(status, expected, "{query}: {error}");
    }
    // With `account_id`, `account` is a field of the records.
    let (status, error) = c.caller.get("/unified/crm/users?account_id=fabrikam&account=contoso").await;
    assert_eq!((status, &error["error"]["field"]), (400, &json!("account")), "{error}");
    // A name that two accounts have names neither.
    let body = json!({ "name": "fabrikam", "org_url": c.emulators[0].url(), "auth": "client_credentials" });
    assert_eq!(c.caller.send("POST", "/accounts", Some(body)).await.0, 201);
    let (status, error) = c.caller.get("/unified/crm/users?account=fabrikam").await;
    assert_eq!((status, &error["error"]["code"]), (400, &json!("ambiguous_account")), "{error}");
    assert_eq!(error["error"]["account_ids"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn records_are_associated_and_separated() {
    let c = customers().await;
    let contoso = format!("account_id={}", c.ids[0]);
    let first = async |resource: &str| {
        let (status, page) = c.caller.get(&format!("/unified/crm/{resource}?{contoso}&limit=2")).await;
        assert_eq!(status, 200, "{page}");
        page["result"][0]["id"].as_str().unwrap().to_owned()
    };
    let (project, user) = (first("projects").await, first("users").await);
    let associations = format!("/unified/crm/projects/{project}/associations");
    let associated = async || {
        let (status, list) = c.caller.get(&format!("{associations}/users?{contoso}")).await;
        assert_eq!(status, 200, "{list}");
        let ids = list["result"].as_array().unwrap().iter().map(|record| record["id"].clone());
        ids.collect::<Vec<_>>()
    };
    let (one, all) = (format!("{associations}/users/{user}?{contoso}"), format!("{associations}?{contoso}"));
    // The sample rows may have associated them already.
    c.caller.send("DELETE", &one, None).await;
    assert!(!associated().await.contains(&json!(user)));
    let body = json!({ "resource": "users", "id": user });
    assert_eq!(c.caller.send("POST", &all, Some(body)).await.0, 204);
    assert!(associated().await.contains(&json!(user)));
    assert_eq!(c.caller.send("DELETE", &one, None).await.0, 204);
    assert!(!associated().await.contains(&json!(user)));
    for (body, code) in [
        (json!({ "resource": "users" }), "bad_request"),
        (json!({ "resource": "users", "id": user, "x": 1 }), "bad_request"),
        (json!({ "resource": "contacts", "id": user }), "invalid"),
        (json!({ "resource": "users", "id": user, "relationship": "no_such" }), "invalid"),
        (json!({ "resource": "nothing", "id": user }), "unknown_resource"),
    ] {
        let (status, error) = c.caller.send("POST", &all, Some(body)).await;
        assert!((400..500).contains(&status), "{error}");
        assert_eq!(error["error"]["code"], code, "{error}");
    }
}

#[tokio::test]
async fn the_fields_of_an_organisation_have_labels_and_types() {
    let c = customers().await;
    let (status, all) = c.caller.get(&format!("/unified/crm/fields?account_id={}", c.ids[1])).await;
    assert_eq!(status, 200, "{all}");
    let resources = all["result"].as_array().unwrap();
    assert!(resources.len() > 5, "{all}");
    let opportunities = resources.iter().find(|one| one["resource"] == "opportunities").unwrap();
    let fields = opportunities["fields"].as_array().unwrap();
    let margin = fields.iter().find(|field| field["name"] == "custom_fields.margin").unwrap();
    assert!(margin["label"].is_string() && margin["custom"] == true, "{margin}");
    let path = format!("/unified/crm/fields?account_id={}&resource=", c.ids[1]);
    let (_, one) = c.caller.get(&format!("{path}opportunities")).await;
    assert_eq!(one["result"], json!([opportunities]));
    assert_eq!(c.caller.get(&format!("{path}nothing")).await.0, 404);
    assert_eq!(c.caller.get(&format!("{path}users&resource=users")).await.0, 400);
}

#[tokio::test]
async fn a_connection_whose_application_cannot_sign_in_yet_says_why() {
    let bench = Bench::with(store().await, settings(), |builder| builder).await;
    let caller = bench.caller("a", Scope::ALL).await;
    // A server that is no organisation: it does not say where to sign in.
    let other = Receiver::start(&[]).await;
    let url = other.url.trim_end_matches(|c| c != '/').trim_end_matches('/').to_owned();
    let body = json!({ "name": "other", "org_url": url, "auth": "client_credentials" });
    let (status, account) = caller.send("POST", "/accounts", Some(body)).await;
    assert_eq!(status, 201, "{account}");
    assert!(account["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{account}");
}
