//! Bulk loads: what is sent for which rows, and what their journals hold.

use std::io;
use std::sync::{Arc, Mutex};

use dvkit_client::bulk::{BulkJournal, BulkOptions, BulkResult, BulkRow, BulkTable};
use dvkit_client::{Client, ErrorKind};
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use uuid::Uuid;

use super::{bad, fake, good, sent, serve};

fn accounts() -> BulkTable {
    BulkTable::new("account", "accounts", "accountid")
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// The creation of a row with an id, a name and a key.
fn row(number: u128) -> BulkRow {
    let name = format!("n{number}");
    BulkRow::create_with_id(&accounts(), id(number), &json!({ "name": name })).key(name)
}

/// A row that no id makes repeatable.
fn anonymous(number: u128) -> BulkRow {
    BulkRow::create(&accounts(), &json!({ "name": format!("n{number}") })).key(format!("n{number}"))
}

async fn load(client: &Client, rows: Vec<BulkRow>, options: BulkOptions) -> Vec<String> {
    let results: Vec<BulkResult> = client.bulk(stream::iter(rows), options.concurrency(1)).collect().await;
    let outcome = |result: &BulkResult| match &result.outcome {
        Ok(written) if written.existed => "existed".to_owned(),
        Ok(_) => "written".to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    };
    results.iter().map(|result| format!("{}: {}", result.key, outcome(result))).collect()
}

/// A journal in memory, which its owner can look at. It cannot be kept after `room` keys.
#[derive(Clone)]
struct Journal {
    keys: Arc<Mutex<Vec<String>>>,
    room: usize,
}

impl Journal {
    fn of(keys: &[&str]) -> Self {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Self { keys: Arc::new(Mutex::new(keys)), room: usize::MAX }
    }

    fn keys(&self) -> Vec<String> {
        self.keys.lock().unwrap().clone()
    }
}

impl BulkJournal for Journal {
    fn is_done(&self, key: &str) -> bool {
        self.keys.lock().unwrap().iter().any(|own| own == key)
    }

    fn done(&mut self, keys: &[&str]) -> io::Result<()> {
        let mut own = self.keys.lock().unwrap();
        if own.len() + keys.len() > self.room {
            return Err(io::Error::other("the disk is full"));
        }
        own.extend(keys.iter().map(|key| (*key).to_owned()));
        Ok(())
    }
}

#[tokio::test]
async fn rows_that_a_journal_has_are_not_sent_and_the_others_are_recorded() {
    let (client, record) = serve(false, |_| good()).await;
    let journal = Journal::of(&["n2", "n4", "elsewhere"]);
    let rows = || (1..=5).map(row).collect::<Vec<_>>();
    let options = || BulkOptions::default().max_rows(3).journal(journal.clone());
    assert_eq!(
        load(&client, rows(), options()).await,
        ["n1: written", "n2: existed", "n3: written", "n4: existed", "n5: written"]
    );
    assert_eq!(sent(&record), ["POST accounts/CreateMultiple n1 n3", "POST accounts/CreateMultiple n5"]);
    assert_eq!(journal.keys(), ["n2", "n4", "elsewhere", "n1", "n3", "n5"]);
    // A second run sends nothing, and records nothing twice.
    let all = load(&client, rows(), options()).await;
    assert!(all.iter().all(|result| result.ends_with("existed")), "{all:?}");
    assert_eq!((sent(&record).len(), journal.keys().len()), (2, 6));
}

#[tokio::test]
async fn what_failed_or_has_no_key_is_not_recorded() {
    let (client, record) = serve(false, |seen| match seen.names().iter().any(|name| name == "n2") {
        true => bad(400, "0x80040265"),
        false => good(),
    })
    .await;
    let journal = Journal::of(&[]);
    let rows = vec![row(1), row(2), row(3).key(""), row(4).refuse("a mistake"), row(5)];
    let options = BulkOptions::default().journal(journal.clone());
    assert_eq!(
        load(&client, rows, options).await,
        ["n1: written", "n2: BadRequest", ": Configuration", "n4: Configuration", "n5: written"]
    );
    assert_eq!(
        sent(&record),
        [
            "POST accounts/CreateMultiple n1 n2 n5",
            "batch",
            &format!("PATCH accounts({}) n1", id(1)),
            &format!("PATCH accounts({}) n2", id(2)),
            &format!("PATCH accounts({}) n5", id(5)),
        ]
    );
    assert_eq!(journal.keys(), ["n1", "n5"]);
    // Without a journal a row needs no key.
    let all = load(&client, vec![row(1).key(""), row(3).key("")], BulkOptions::default()).await;
    assert_eq!(all, [": written", ": written"]);
}

#[tokio::test]
async fn a_load_stops_when_its_journal_cannot_be_kept() {
    let (client, record) = serve(false, |_| good()).await;
    let journal = Journal { room: 4, ..Journal::of(&[]) };
    let options = BulkOptions::default().max_rows(2).journal(journal.clone());
    let rows = stream::iter((1..=9).map(row));
    let results: Vec<BulkResult> = client.bulk(rows, options.concurrency(1)).collect().await;
    let keys: Vec<&str> = results.iter().map(|result| result.key.as_str()).collect();
    // The rows of the last request were written; that they are not in the journal is the last result.
    assert_eq!(keys, ["n1", "n2", "n3", "n4", "n5", "n6", ""]);
    assert!(results[..6].iter().all(|result| result.outcome.is_ok()));
    let error = results[6].outcome.as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("the journal cannot be written; the load stops"), "{error}");
    assert_eq!((sent(&record).len(), journal.keys().len()), (3, 4));
}

#[tokio::test]
async fn requests_have_rows_of_one_table_and_one_write_up_to_a_number_and_a_size() {
    let (client, record) = serve(false, |_| good()).await;
    let contacts = BulkTable::new("contact", "contacts", "contactid");
    let name = |name: &str| json!({ "name": name });
    let rows = vec![
        row(1),
        row(2),
        anonymous(3),
        row(4),
        BulkRow::update(&accounts(), id(5), &name("n5")),
        BulkRow::upsert(&accounts(), id(6), &name("n6")),
        BulkRow::upsert_by_key(&accounts(), "accounts(accountnumber='7')", &name("n7")),
        BulkRow::upsert(&contacts, id(8), &name("n8")),
        BulkRow::delete(&contacts, id(9)),
        BulkRow::delete(&accounts(), id(10)),
        row(11),
    ];
    load(&client, rows, BulkOptions::default().max_rows(3)).await;
    assert_eq!(
        sent(&record),
        [
            "POST accounts/CreateMultiple n1 n2 n3",
            "POST accounts/CreateMultiple n4",
            "POST accounts/UpdateMultiple n5",
            "POST accounts/UpsertMultiple n6 n7",
            "POST contacts/UpsertMultiple n8",
            "POST contacts/DeleteMultiple -",
            "POST accounts/DeleteMultiple -",
            "POST accounts/CreateMultiple n11",
        ]
    );
    // Each of these is a little less than a quarter of the least size, with what a message adds.
    record.lock().unwrap().clear();
    let long = |number: u128, length: usize| {
        BulkRow::create_with_id(&accounts(), id(number), &json!({ "text": "a".repeat(length) }))
    };
    for (length, requests) in [(16_384 - 138, 2), (16_384 - 137, 3)] {
        record.lock().unwrap().clear();
        let rows = (1..=8).map(|number| long(number, length)).collect();
        load(&client, rows, BulkOptions::default().max_bytes(1)).await;
        assert_eq!(record.lock().unwrap().len(), requests, "{length}");
    }
}

#[tokio::test]
async fn a_table_without_a_bulk_message_gets_batches_from_then_on() {
    for (status, code) in [(400, "0x80040800"), (400, "0x80060888"), (404, "0x8006088a"), (501, "other")] {
        let (client, record) = serve(false, move |seen| match seen.line.ends_with("Multiple") {
            true => bad(status, code),
            false => good(),
        })
        .await;
        let all = load(&client, (1..=4).map(row).collect(), BulkOptions::default().max_rows(2)).await;
        assert_eq!(all, ["n1: written", "n2: written", "n3: written", "n4: written"], "{code}");
        let patch = |number| format!("PATCH accounts({}) n{number}", id(number));
        let expected = [
            "POST accounts/CreateMultiple n1 n2".to_owned(),
            "batch".to_owned(),
            patch(1),
            patch(2),
            "batch".to_owned(),
            patch(3),
            patch(4),
        ];
        assert_eq!(sent(&record), expected, "{code}");
    }
}

#[tokio::test]
async fn a_message_that_fails_is_repeated_row_by_row_if_its_rows_may_be_the_reason() {
    // What the message is answered, what the rows are answered; the outcomes of two rows and of one row.
    for (message, single, two, one) in [
        (400, 204, "written", "BadRequest"),
        (404, 204, "written", "NotFound"),
        (403, 204, "written", "Forbidden"),
        (412, 204, "written", "PreconditionFailed"),
        (412, 412, "PreconditionFailed", "PreconditionFailed"),
        (409, 409, "Conflict", "Conflict"),
        (413, 204, "written", "BadRequest"),
    ] {
        let (client, record) = serve(false, move |seen| match seen.line.ends_with("Multiple") {
            true => bad(message, "0x1"),
            false if single == 204 => good(),
            false => bad(single, "0x2"),
        })
        .await;
        let _ = &record;
        let all = load(&client, vec![row(1), row(2)], BulkOptions::default()).await;
        assert_eq!(all, [format!("n1: {two}"), format!("n2: {two}")], "{message} {single}");
        let all = load(&client, vec![row(1)], BulkOptions::default()).await;
        assert_eq!(all, [format!("n1: {one}")], "{message} {single}");
    }
}

#[tokio::test]
async fn rows_in_doubt_are_sent_again_if_they_can_be_told_from_others() {
    // The message is executed, and its answer is lost: the rows exist already.
    let start = async || {
        serve(false, |seen| match seen.line.ends_with("Multiple") {
            true => bad(500, "0x80040216"),
            false if seen.line.starts_with("DELETE") => bad(404, "0x80040217"),
            false if seen.headers.get("if-none-match").is_some_and(|v| v == "*") => bad(412, "0x80040237"),
            false => good(),
        })
        .await
    };
    let name = json!({ "name": "n" });
    for (rows, outcomes) in [
        (vec![row(1), row(2)], ["n1: existed", "n2: existed"]),
        (vec![row(1), anonymous(2)], ["n1: Service", "n2: Service"]),
        (vec![anonymous(1), anonymous(2)], ["n1: Service", "n2: Service"]),
        (
            vec![
                BulkRow::delete(&accounts(), id(1)).key("n1"),
                BulkRow::delete(&accounts(), id(2)).key("n2"),
            ],
            ["n1: existed", "n2: existed"],
        ),
        (
            vec![
                BulkRow::update(&accounts(), id(1), &name).key("n1"),
                BulkRow::update(&accounts(), id(2), &name).key("n2"),
            ],
            ["n1: written", "n2: written"],
        ),
    ] {
        let (client, _record) = start().await;
        assert_eq!(load(&client, rows, BulkOptions::default()).await, outcomes, "{outcomes:?}");
    }
}

#[tokio::test]
async fn only_the_rows_of_a_batch_that_were_beyond_the_limits_are_sent_again() {
    let refused = Arc::new(Mutex::new(vec!["n2", "n3", "n2"]));
    let (client, record) = serve(false, move |seen| {
        if seen.line.ends_with("Multiple") {
            return bad(501, "x");
        }
        let (mut left, name) = (refused.lock().unwrap(), seen.names().remove(0));
        match left.iter().position(|own| *own == name) {
            Some(at) => {
                left.remove(at);
                bad(429, "0x80072322")
            }
            None => good(),
        }
    })
    .await;
    let all = load(&client, (1..=4).map(row).collect(), BulkOptions::default()).await;
    assert_eq!(all, ["n1: written", "n2: written", "n3: written", "n4: written"]);
    let names: Vec<String> =
        sent(&record).iter().map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect();
    assert_eq!(names[1..], ["batch", "n1", "n2", "n3", "n4", "batch", "n2", "n3", "batch", "n2"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_in_doubt_is_sent_once_more_if_all_of_its_rows_can_be() {
    for (rows, batches) in [
        (vec![row(1), row(2)], 2),
        (vec![row(1), anonymous(2)], 1),
        (vec![anonymous(1), row(2)], 1),
        (vec![anonymous(1), anonymous(2)], 1),
    ] {
        let (client, log) = fake::client(|_, sent| match sent.line.ends_with("Multiple") {
            true => fake::refusal(501),
            false => None,
        });
        let all = load(&client, rows, BulkOptions::default()).await;
        assert_eq!(all, ["n1: Network", "n2: Network"]);
        let lines = log.lines();
        assert_eq!(lines.iter().filter(|line| *line == "POST $batch").count(), batches, "{lines:?}");
    }
}
