//! Two customers, each with an emulated organisation of its own.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::path::{Path, PathBuf};

use dvkit_client::Client;
use dvkit_client::auth::StaticToken;
use dvkit_emulator::{Emulator, RunningEmulator};
use dvkit_schema::{Store, store};
use saas::{Contact, Customer, Customers, Names, contacts, refresh};
use serde_json::json;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("organisations")
}

fn tier(column: &str) -> Names {
    Names::from([("loyalty_tier".to_owned(), column.to_owned())])
}

fn customers() -> Customers {
    let names = [("contoso", tier("new_loyaltytier")), ("fabrikam", tier("cr5e2_tier"))];
    Customers::open(&folder(), &names.map(|(name, names)| (name.to_owned(), names)).into()).unwrap()
}

async fn organisation(name: &str) -> (RunningEmulator, Client) {
    let mut schema = Store::open(folder().join(name)).unwrap().load().unwrap();
    schema.org.url = None;
    let running = Emulator::builder(schema).generated_ids().start().await.unwrap();
    let token = StaticToken::new(running.token("service"));
    let client = Client::builder(running.url()).token_source(token).build().unwrap();
    (running, client)
}

#[test]
fn a_filter_is_checked_against_the_organisation_of_its_customer() {
    let customers = customers();
    let contoso = customers.get("contoso").unwrap();
    let fabrikam = customers.get("fabrikam").unwrap();
    // The label becomes the number that each organisation has for it.
    let gold = contoso.segment("new_loyaltytier eq 'Gold'").unwrap();
    assert_eq!(gold.filter(), "new_loyaltytier eq 100000000");
    assert_eq!(fabrikam.segment("cr5e2_tier eq 'Gold'").unwrap().filter(), "cr5e2_tier eq 1");
    // What one has, the other does not have.
    let rejected = fabrikam.segment("new_loyaltytier eq 'Gold'").unwrap_err();
    assert_eq!(rejected.messages(), ["`contact` has no column `new_loyaltytier`"]);
    let rejected = contoso.segment("new_loyaltytier eq 'Bronze'").unwrap_err();
    assert_eq!(rejected.messages().len(), 1, "{:?}", rejected.messages());
    assert!(
        rejected.messages()[0].contains("`new_loyaltytier` has no option `Bronze`"),
        "{:?}",
        rejected.messages()
    );
}

#[test]
fn a_column_that_the_service_needs_is_missed_when_the_customer_is_opened() {
    let error = Customer::open("fabrikam", &folder().join("fabrikam"), &tier("cr5e2_teir")).unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("fabrikam: ") && message.contains("did you mean `cr5e2_tier`?"), "{message}");
}

#[test]
fn a_value_cannot_change_the_query() {
    let customers = customers();
    let contoso = customers.get("contoso").unwrap();
    let request = contoso.segment("fullname eq 'O''Neil & Co' or fullname eq '$top=1'").unwrap().request();
    let (_, filter) = request.target().split_once("&$filter=").unwrap();
    assert!(!filter.contains('&') && filter.contains("%26"), "{filter}");
}

#[tokio::test]
async fn each_request_goes_to_the_organisation_of_its_customer() {
    let customers = customers();
    for (name, tier, filter) in [
        ("contoso", "new_loyaltytier", "new_loyaltytier eq 'Gold'"),
        ("fabrikam", "cr5e2_tier", "cr5e2_tier eq 'Gold'"),
    ] {
        let (running, client) = organisation(name).await;
        let rows = json!({ "contacts": [
            { "emailaddress1": format!("ann@{name}.example"), tier: "Gold" },
            { "emailaddress1": format!("bob@{name}.example"), tier: "Silver" },
        ]});
        running.seed(rows).unwrap();
        let segment = customers.get(name).unwrap().segment(filter).unwrap();
        let found = contacts(&client, &segment).await.unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].label(tier), Some("Gold"), "{found:?}");
        let seen = running.requests();
        let target = segment.request().target().to_owned();
        assert!(seen.iter().any(|seen| seen.url.ends_with(&target)), "{target} is not in {seen:?}");
        running.stop().await;
    }
}

#[tokio::test]
async fn a_snapshot_follows_the_organisation_and_tells_which_filters_break() {
    let (running, client) = organisation("contoso").await;
    let home = tempfile::tempdir().unwrap();
    let snapshot = home.path().join("contoso");
    refresh(&client, &snapshot).await.unwrap();
    let contoso = Customer::open("contoso", &snapshot, &Names::new()).unwrap();
    let saved = ["new_loyaltytier eq 100000000", "statecode eq 0"];
    assert_eq!(contoso.broken(&saved).unwrap(), [""; 0]);
    // An administrator removes the column.
    running.change(|schema| {
        let contact = schema.tables.get_mut("contact").unwrap();
        contact.columns.retain(|column| column.logical_name != "new_loyaltytier");
    });
    refresh(&client, &snapshot).await.unwrap();
    let contoso = contoso.refreshed(&client).await.unwrap();
    assert_eq!(contoso.broken(&saved).unwrap(), ["new_loyaltytier eq 100000000"]);
    running.stop().await;
}

#[test]
fn rows_are_read_with_the_labels_of_their_choices() {
    let row = r#"{"contactid": "1", "fullname": "Ann", "cr5e2_tier": 1,
        "cr5e2_tier@OData.Community.Display.V1.FormattedValue": "Gold"}"#;
    let contact: Contact = serde_json::from_str(row).unwrap();
    assert_eq!((contact.name.as_deref(), contact.label("cr5e2_tier")), (Some("Ann"), Some("Gold")));
}

#[test]
fn the_snapshots_are_as_dvkit_writes_them() {
    for name in ["contoso", "fabrikam"] {
        let written = tempfile::tempdir().unwrap();
        let written = written.path().join(name);
        store::write(&written, &Store::open(folder().join(name)).unwrap().load().unwrap()).unwrap();
        for file in ["org.json", "tables/account.json", "tables/contact.json"] {
            let read = |folder: &Path| std::fs::read_to_string(folder.join(file)).unwrap();
            assert_eq!(read(&folder().join(name)), read(&written), "{name}/{file}");
        }
    }
}
