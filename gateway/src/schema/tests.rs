//! Tests of snapshots, without an organisation.
use jiff::Timestamp;
use pretty_assertions::assert_eq;

use super::*;
use crate::store::AuthKind;
use crate::testing::{self, NoModel};

fn files(all: &[(&str, &str)]) -> SnapshotFiles {
    all.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn a_digest_is_one_of_what_exists() {
    let one = digest(&files(&[("org.json", "a"), ("tables/x.json", "b")]));
    assert_eq!(one.len(), 32);
    let with_time = files(&[("org.json", "a"), ("sync.json", "12:00"), ("tables/x.json", "b")]);
    assert_eq!(digest(&with_time), one, "when it was fetched does not count");
    for other in [
        &[("org.json", "a"), ("tables/x.json", "c")][..],
        &[("org.json", "a"), ("tables/y.json", "b")],
        &[("org.json", "a")],
        &[("org.json", "atables/x.jsonb")],
        &[("org.jso", "na"), ("tables/x.json", "b")],
    ] {
        assert_ne!(digest(&files(other)), one, "{other:?}");
    }
}

#[test]
fn the_files_of_a_snapshot_are_restored_and_collected() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("work").join("acc_1");
    let all = files(&[("org.json", "{}"), ("tables/contact.json", "{\"a\":1}")]);
    restore(&folder, Some(&all)).unwrap();
    assert_eq!(collect(&folder).unwrap(), all);
    assert!(!folder.exists(), "nothing is left");
    // What another fetch has left is gone.
    restore(&folder, Some(&all)).unwrap();
    restore(&folder, Some(&files(&[("org.json", "[]")]))).unwrap();
    assert_eq!(collect(&folder).unwrap(), files(&[("org.json", "[]")]));
    restore(&folder, None).unwrap();
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_snapshot_has_the_tables_of_the_settings_or_those_of_the_model() {
    for (configured, model, expected) in [
        (&[][..], None, &[][..]),
        (&["contact"], None, &["contact"]),
        (&[], Some(&["account", "lead"][..]), &["account", "lead"]),
        (&["contact"], Some(&["account"]), &["contact"]),
    ] {
        let mut settings = testing::settings();
        settings.schema.tables = configured.iter().map(|table| (*table).to_owned()).collect();
        let mut builder = testing::builder(settings).await;
        if let Some(tables) = model {
            builder = builder.model(NoModel(tables));
        }
        assert_eq!(builder.build().unwrap().tables_to_fetch(), expected, "{configured:?} {model:?}");
    }
}

const ORG: &str = r#"{"dvkit_snapshot":1,"org":{"url":"https://contoso.example","languages":[1033],"base_language":1033},
    "tables":[{"logical_name":"account","primary_id":"accountid"},{"logical_name":"contact","primary_id":"contactid"}]}"#;

fn table(name: &str, columns: &[&str]) -> String {
    let columns: Vec<Value> =
        columns.iter().map(|name| json!({ "logical_name": name, "type": "uniqueidentifier" })).collect();
    json!({ "logical_name": name, "primary_id": format!("{name}id"), "columns": columns }).to_string()
}

/// The files of a snapshot with two tables; contacts have these columns.
fn snapshot(columns: &[&str]) -> SnapshotFiles {
    let (account, contact) = (table("account", &["accountid"]), table("contact", columns));
    files(&[("org.json", ORG), ("tables/account.json", &account), ("tables/contact.json", &contact)])
}

#[tokio::test]
async fn a_snapshot_is_shown_with_the_names_of_its_tables_and_what_changed() {
    let gateway = testing::gateway().await;
    let account = testing::connected(&gateway).await;
    let (early, late) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(60).unwrap());
    let drift = Some(json!({ "breaking": 1 }));
    let kept = Snapshot::new("d".to_owned(), snapshot(&["contactid"]), drift.clone(), late, early);
    gateway.store().put_snapshot(&account.id, &kept).await.unwrap();
    let caller = testing::caller(&[Scope::SchemaRead]);
    let Json(view) = read(State(gateway.clone()), caller.clone(), UrlPath(account.id.clone())).await.unwrap();
    let expected = json!({
        "digest": "d",
        "fetched_at": "1970-01-01T00:01:00Z",
        "changed_at": "1970-01-01T00:00:00Z",
        "tables": ["account", "contact"],
        "drift": { "breaking": 1 },
    });
    assert_eq!(serde_json::to_value(view).unwrap(), expected);
    let read_one = async |table: &str| {
        let path = UrlPath((account.id.clone(), table.to_owned()));
        let found = read_table(State(gateway.clone()), caller.clone(), path).await;
        found.map(|Json(table)| table).map_err(|error| (error.status().as_u16(), error.message().to_owned()))
    };
    let found = read_one("contact").await.unwrap();
    assert_eq!((&found["logical_name"], &found["primary_id"]), (&json!("contact"), &json!("contactid")));
    assert_eq!(read_one("lead").await, Err((404, "there is no such table".to_owned())));
}

#[tokio::test]
async fn a_snapshot_that_is_not_there_yet_is_told_from_an_account_that_is_not_connected() {
    let gateway = testing::gateway().await;
    let connected = testing::connected(&gateway).await;
    let pending = testing::account(&gateway, AuthKind::DeviceCode).await;
    let fetched = "the snapshot of this account is being fetched";
    for (scopes, id, status, code, message, wait) in [
        (&[Scope::SchemaRead][..], &connected.id, 503, "unavailable", fetched, Some(5)),
        (
            &[Scope::SchemaRead],
            &pending.id,
            409,
            "account_needs_sign_in",
            "nobody has signed in to this account yet",
            None,
        ),
        (&[Scope::SchemaRead], &"acc_0".to_owned(), 404, "not_found", "there is no such account", None),
        (&[], &connected.id, 403, "missing_scope", "the API key has not the scope `schema.read`", None),
    ] {
        let caller = testing::caller(scopes);
        let error = read(State(gateway.clone()), caller.clone(), UrlPath(id.clone())).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.code(), error.message()), (status, code, message));
        assert_eq!(error.wait(), wait.map(Duration::from_secs), "{message}");
        let path = UrlPath((id.clone(), "contact".to_owned()));
        let error = read_table(State(gateway.clone()), caller.clone(), path).await.unwrap_err();
        let expected = if status == 403 { 403 } else { 404 };
        assert_eq!(error.status().as_u16(), expected, "{message}");
        if status == 403 {
            let refused = refresh(State(gateway.clone()), caller, UrlPath(id.clone())).await.unwrap_err();
            assert_eq!(refused.code(), code);
        }
    }
    let kept =
        Snapshot::new("d".to_owned(), files(&[("org.json", "?")]), None, Timestamp::MIN, Timestamp::MIN);
    gateway.store().put_snapshot(&connected.id, &kept).await.unwrap();
    let caller = testing::caller(&[Scope::SchemaRead]);
    let error = read(State(gateway), caller, UrlPath(connected.id)).await.unwrap_err();
    assert_eq!(error.code(), "internal", "what the store has cannot be read");
}

#[tokio::test]
async fn what_changed_between_two_snapshots_is_counted_by_its_impact() {
    let at = Timestamp::UNIX_EPOCH;
    for (before, after, breaking, harmless) in [
        (&["contactid"][..], &["contactid"][..], 0, 0),
        (&["contactid", "new_id"], &["contactid"], 1, 0),
        (&["contactid"], &["contactid", "new_id"], 0, 1),
    ] {
        let drift = drift_between(snapshot(before), snapshot(after), at).await.unwrap();
        assert_eq!(drift["at"], "1970-01-01T00:00:00Z");
        assert_eq!((&drift["breaking"], &drift["harmless"]), (&json!(breaking), &json!(harmless)), "{drift}");
        assert_eq!(drift["risky"], 0, "{drift}");
        assert_eq!(drift["changes"].as_array().unwrap().len(), breaking + harmless, "{drift}");
    }
    // At most 500 changes are told one by one, and all are counted.
    for (columns, told) in [(499, 499), (500, 500), (501, 500)] {
        let names: Vec<String> = (0..columns).map(|number| format!("new_{number}")).collect();
        let names: Vec<&str> = ["contactid"].into_iter().chain(names.iter().map(String::as_str)).collect();
        let drift = drift_between(snapshot(&["contactid"]), snapshot(&names), at).await.unwrap();
        assert_eq!(drift["harmless"], columns, "{columns}");
        assert_eq!(drift["changes"].as_array().unwrap().len(), told, "{columns}");
    }
    let error = drift_between(files(&[("org.json", "?")]), snapshot(&[]), at).await.unwrap_err();
    assert_eq!(error.code(), "internal");
}

#[tokio::test]
async fn the_folders_in_which_snapshots_are_fetched_belong_to_the_process_and_are_removed() {
    let gateway = testing::gateway().await;
    let folder = gateway.work_folder("acc_1");
    let process = format!("dvkit-gateway-{}", gateway.store().process_name());
    assert_eq!(folder, std::env::temp_dir().join(process).join("acc_1"));
    restore(&folder, Some(&snapshot(&["contactid"]))).unwrap();
    assert!(folder.join("tables/contact.json").exists());
    gateway.remove_work_folders().await;
    assert!(!gateway.work_folders().exists());
    gateway.remove_work_folders().await;
}

#[tokio::test]
async fn a_refresh_without_a_secret_fails_before_anything_is_fetched() {
    let gateway = testing::gateway().await;
    let account = testing::connected(&gateway).await;
    let other = Account { application: "other".to_owned(), ..account };
    let error = gateway.refresh_snapshot(&other).await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.code()), (409, "no_secret"));
    assert!(gateway.store().try_lease(&format!("schema {}", other.id)).await.unwrap().is_some());
}
