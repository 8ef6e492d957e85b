//! What a bulk load tells about each row, and how it follows what the service bears.

use std::time::Duration;

use dvkit_client::bulk::{BulkOptions, BulkResult, BulkRow, BulkTable};
use dvkit_client::{Client, ErrorKind};
use futures_util::{StreamExt as _, stream};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fake::{Reply, client, json as ok, refusal, reply};

fn accounts() -> BulkTable {
    BulkTable::new("account", "accounts", "accountid")
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn anonymous(count: usize) -> Vec<BulkRow> {
    (0..count)
        .map(|number| BulkRow::create(&accounts(), &json!({ "n": number })).key(number.to_string()))
        .collect()
}

async fn load(client: &Client, rows: Vec<BulkRow>, options: BulkOptions) -> Vec<BulkResult> {
    client.bulk(stream::iter(rows), options.concurrency(1)).collect().await
}

/// Returns the ids of the rows that were written.
async fn ids(client: &Client, rows: Vec<BulkRow>) -> Vec<Option<Uuid>> {
    let results = load(client, rows, BulkOptions::default()).await;
    results.into_iter().map(|result| result.outcome.unwrap().id).collect()
}

#[tokio::test]
async fn the_ids_of_created_rows_are_those_of_the_response_in_order() {
    let named = |number: u128| BulkRow::create_with_id(&accounts(), id(number), &json!({}));
    for (body, expected) in [
        (json!({ "Ids": [id(7).to_string(), id(9).to_string()] }).to_string(), [Some(id(7)), Some(id(9))]),
        (json!({ "Ids": [id(7).to_string()] }).to_string(), [Some(id(7)), None]),
        (json!({ "Ids": ["odd", id(9).to_string()] }).to_string(), [None, Some(id(9))]),
        (json!({}).to_string(), [None, None]),
        (String::new(), [None, None]),
    ] {
        let (service, _) = client(move |_, _| reply(200, &[], body.clone()));
        assert_eq!(ids(&service, anonymous(2)).await, expected);
        assert_eq!(ids(&service, vec![named(1), named(2)]).await, [Some(id(1)), Some(id(2))]);
        let by_key = BulkRow::upsert_by_key(&accounts(), "accounts(a='1')", &json!({}));
        assert_eq!(ids(&service, vec![by_key]).await, [None], "only a creation has ids");
    }
    // A body that is something else leaves it open whether the rows were created.
    let (service, _) = client(|_, _| reply(200, &[], "[1]"));
    let results = load(&service, anonymous(1), BulkOptions::default()).await;
    assert_eq!(results[0].outcome.as_ref().unwrap_err().kind(), ErrorKind::Unexpected);
}

#[tokio::test]
async fn the_message_of_a_load_names_the_table_and_asks_for_details() {
    let (service, log) = client(|_, _| reply(204, &[], ""));
    let update = BulkRow::update(&accounts(), id(7), &json!({ "name": "A" }));
    load(&service, vec![update], BulkOptions::default()).await;
    let sent = log.take();
    assert_eq!(sent[0].line, "POST accounts/Microsoft.Dynamics.CRM.UpdateMultiple");
    assert_eq!(
        sent[0].header("prefer"),
        r#"odata.include-annotations="Microsoft.PowerApps.CDS.ErrorDetails.*""#
    );
    assert_eq!(
        serde_json::from_slice::<Value>(&sent[0].body).unwrap(),
        json!({ "Targets": [{
            "@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": id(7).to_string(), "name": "A",
        }] })
    );
}

/// Nothing but a creation changes more when it is sent twice.
#[tokio::test(start_paused = true)]
async fn a_message_whose_response_is_lost_is_sent_again_unless_it_creates() {
    let name = json!({ "name": "A" });
    for (row, messages, batches) in [
        (BulkRow::create(&accounts(), &name), 1, 0),
        (BulkRow::create_with_id(&accounts(), id(1), &name), 1, 1),
        (BulkRow::update(&accounts(), id(1), &name), 5, 5),
        (BulkRow::upsert(&accounts(), id(1), &name), 5, 5),
        (BulkRow::upsert_by_key(&accounts(), "accounts(a='1')", &name), 5, 5),
        (BulkRow::delete(&accounts(), id(1)), 5, 5),
    ] {
        let (service, log) = client(|_, _| None);
        let results = load(&service, vec![row.clone()], BulkOptions::default()).await;
        assert_eq!(results[0].outcome.as_ref().unwrap_err().kind(), ErrorKind::Network, "{row:?}");
        let lines = log.lines();
        let sent = |end: &str| lines.iter().filter(|line| line.ends_with(end)).count();
        // A row that the message leaves in doubt is sent in a batch, if it can be told from others.
        assert_eq!((sent("Multiple"), sent("$batch")), (messages, batches), "{row:?}");
    }
}

/// Requests of a hundred rows grow while they are quick, and shrink when they take long.
#[tokio::test(start_paused = true)]
async fn the_number_of_rows_of_a_request_follows_its_time() {
    let sizes = async |rows: usize, max: usize, answer: fn() -> Reply| {
        let (service, log) = client(move |_, _| answer());
        load(&service, anonymous(rows), BulkOptions::default().max_rows(max)).await;
        let targets =
            |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap()["Targets"].as_array().unwrap().len();
        log.take().iter().map(|sent| targets(&sent.body)).collect::<Vec<_>>()
    };
    let quick: fn() -> Reply = || reply(204, &[], "");
    // With one request at a time, the next one is made when its forerunner has ended.
    assert_eq!(sizes(1_000, 1_000, quick).await, [100, 200, 400, 300]);
    assert_eq!(sizes(500, 150, quick).await, [100, 150, 150, 100]);
    assert_eq!(sizes(120, 50, quick).await, [50, 50, 20]);
}

#[tokio::test]
async fn a_batch_is_sent_again_twenty_times_at_most_for_rows_beyond_the_limits() {
    let (service, log) = client(|_, sent| match sent.line.ends_with("$batch") {
        false => refusal(501),
        true => {
            let part = "--r\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\n\r\n{\"error\":{\"code\":\"0x80072326\",\"message\":\"wait\"}}\r\n--r--\r\n";
            reply(200, &[("content-type", "multipart/mixed; boundary=r")], part)
        }
    });
    tokio::time::pause();
    let results = load(&service, anonymous(1), BulkOptions::default()).await;
    let error = results[0].outcome.as_ref().unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Throttled, "wait"));
    let lines = log.lines();
    assert_eq!((lines[0].as_str(), lines.len()), ("POST accounts/Microsoft.Dynamics.CRM.CreateMultiple", 21));
    assert!(lines[1..].iter().all(|line| line == "POST $batch"), "{lines:?}");
}

#[test]
fn the_options_of_a_load_are_shown() {
    assert_eq!(
        format!("{:?}", BulkOptions::default()),
        "BulkOptions { max_rows: 1000, max_bytes: 4194304, concurrency: None, journal: false }"
    );
    let options = BulkOptions::default().max_rows(7).max_bytes(70_000).concurrency(3);
    assert_eq!(
        format!("{options:?}"),
        "BulkOptions { max_rows: 7, max_bytes: 70000, concurrency: Some(3), journal: false }"
    );
}

#[tokio::test(start_paused = true)]
async fn a_load_sends_one_request_more_than_may_be_in_flight() {
    let gate = std::sync::Arc::new(std::sync::Mutex::new((0_usize, 0_usize)));
    let (service, _) = client(|_, _| ok(json!({})));
    let drawn = std::sync::Arc::clone(&gate);
    let rows = stream::iter(anonymous(100)).inspect(move |_| drawn.lock().unwrap().0 += 1);
    let mut load = service.bulk(rows, BulkOptions::default().max_rows(1));
    load.next().await.unwrap();
    // Five requests are made of a row each (four may be in flight), and the row after them was looked at.
    assert_eq!(gate.lock().unwrap().0, 6);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(load.count().await, 99);
}
