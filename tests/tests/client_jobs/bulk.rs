//! Bulk loads: order, results of single rows, limits, and loads that are broken off and started again.
use std::collections::BTreeSet;
use std::time::Duration;

use dvkit_client::bulk::{BulkOptions, BulkResult, BulkRow, BulkTable, FileJournal};
use dvkit_client::throttle::Limits;
use dvkit_client::{Client, ErrorKind, Request};
use dvkit_emulator::{Emulator, FaultScript, Limits as ServiceLimits};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use uuid::Uuid;

fn accounts() -> BulkTable {
    BulkTable::new("account", "accounts", "accountid")
}

/// Returns the upsert of the account number `n` by its alternate key.
fn row(n: usize) -> BulkRow {
    let path = format!("accounts(accountnumber='B-{n}')");
    BulkRow::upsert_by_key(&accounts(), path, &json!({ "name": format!("Company {n}") }))
        .key(format!("B-{n}"))
}

async fn numbers(client: &Client) -> Vec<String> {
    let request = Request::get("accounts?$select=accountnumber&$filter=startswith(accountnumber,'B-')");
    let rows: Vec<Value> = client.rows(request).try_collect().await.unwrap();
    rows.iter().map(|row| row["accountnumber"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn results_have_the_order_of_the_rows_and_name_the_wrong_ones() {
    let (_running, client) = super::sample().await;
    let id = Uuid::from_u128(0x00b1_0000_4000_8000_0000_0000_0000);
    let rows: Vec<BulkRow> = (0..300)
        .map(|n| match n {
            // A number that is not one, a row of another table in between, and a name that is too long.
            17 => BulkRow::upsert_by_key(
                &accounts(),
                "accounts(accountnumber='B-17')",
                &json!({ "numberofemployees": "many" }),
            )
            .key("B-17"),
            99 => BulkRow::create_with_id(
                &BulkTable::new("contact", "contacts", "contactid"),
                id,
                &json!({ "lastname": "Lee" }),
            )
            .key("B-99"),
            200 => BulkRow::create(&accounts(), &json!({ "name": "x".repeat(5_000) })).key("B-200"),
            299 => BulkRow::delete(&accounts(), Uuid::from_u128(7)).key("B-299"),
            n => row(n),
        })
        .collect();
    let results: Vec<BulkResult> = client.bulk(stream::iter(rows), BulkOptions::default()).collect().await;
    let keys: Vec<String> = results.iter().map(|result| result.key.clone()).collect();
    assert_eq!(keys, (0..300).map(|n| format!("B-{n}")).collect::<Vec<_>>());
    let failed: Vec<(&str, ErrorKind, bool)> = results
        .iter()
        .filter_map(|r| r.outcome.as_ref().err().map(|e| (r.key.as_str(), e.kind(), e.may_have_run())))
        .collect();
    assert_eq!(
        failed,
        [
            ("B-17", ErrorKind::BadRequest, false),
            ("B-200", ErrorKind::BadRequest, false),
            ("B-299", ErrorKind::NotFound, false),
        ]
    );
    assert_eq!(results[99].outcome.as_ref().unwrap().id, Some(id));
    assert_eq!(numbers(&client).await.len(), 296);
}

#[tokio::test]
async fn a_load_that_is_broken_off_twice_ends_with_every_row_once() {
    let folder = tempfile::tempdir().unwrap();
    let journal = || FileJournal::open(folder.path().join("load.journal")).unwrap();
    // Limits a tenth of the service's.
    let limits = ServiceLimits { requests: 600, ..ServiceLimits::default() };
    let (running, client) = super::started(Emulator::sample().limits(limits)).await;
    running.faults("every 7 on Multiple: lost\nevery 5 on Multiple: 503".parse::<FaultScript>().unwrap());
    const ROWS: usize = 3_000;
    for stop in [400, 1_100, usize::MAX] {
        let options = BulkOptions::default().max_rows(100).journal(journal());
        let results: Vec<BulkResult> =
            client.bulk(stream::iter((0..ROWS).map(row)), options).take(stop).collect().await;
        for result in &results {
            assert!(result.outcome.is_ok(), "{result:?}");
        }
    }
    let found = numbers(&client).await;
    assert_eq!(found.len(), ROWS);
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), ROWS);
    assert_eq!(journal().len(), ROWS);
}

#[tokio::test]
async fn a_row_without_a_key_is_refused_beside_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (_running, client) = super::sample().await;
    let journal = FileJournal::open(folder.path().join("load.journal")).unwrap();
    let rows = [BulkRow::create(&accounts(), &json!({ "accountnumber": "B-1" })), row(2)];
    let options = BulkOptions::default().journal(journal);
    let results: Vec<BulkResult> = client.bulk(stream::iter(rows), options).collect().await;
    assert_eq!(results[0].outcome.as_ref().unwrap_err().kind(), ErrorKind::Configuration);
    assert!(results[1].outcome.is_ok());
    assert_eq!(numbers(&client).await, ["B-2"]);
}

#[tokio::test]
async fn a_creation_without_an_id_is_never_repeated_in_doubt() {
    let (running, client) = super::sample().await;
    running.faults("1 on CreateMultiple: lost".parse::<FaultScript>().unwrap());
    let rows = (0..5).map(|n| BulkRow::create(&accounts(), &json!({ "accountnumber": format!("B-{n}") })));
    let results: Vec<BulkResult> = client.bulk(stream::iter(rows), BulkOptions::default()).collect().await;
    assert!(results.iter().all(|r| r.outcome.as_ref().is_err_and(dvkit_client::Error::may_have_run)));
    assert_eq!(numbers(&client).await.len(), 5);
}

#[tokio::test]
async fn a_load_keeps_within_the_limits_of_the_service() {
    let limits = ServiceLimits { requests: 60, window: Duration::from_secs(6), ..ServiceLimits::default() };
    let (running, _) = super::started(Emulator::sample().limits(limits)).await;
    let token = dvkit_client::auth::StaticToken::new(running.token("ann"));
    let own = Limits::default().requests(60).window(Duration::from_secs(6));
    let client = Client::builder(running.url()).token_source(token).limits(own).build().unwrap();
    let options = BulkOptions::default().max_rows(10);
    let results: Vec<BulkResult> = client.bulk(stream::iter((0..1_000).map(row)), options).collect().await;
    assert!(results.iter().all(|result| result.outcome.is_ok()));
    assert_eq!(client.status().throttled, 0);
}
