//! Pages, their ends, and streams of changes.

use dvkit_client::{Change, ErrorKind, Request};
use futures_util::{StreamExt as _, TryStreamExt as _};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::fake::{Reply, client, json as ok, refusal};

/// Answers with pages of two numbered rows without end.
fn endless(number: usize) -> Reply {
    let row = |at: usize| json!({ "n": 2 * number + at });
    ok(
        json!({"value": [row(0), row(1)], "@odata.nextLink": format!("http://127.0.0.1:1/api/data/v9.2/a?p={number}")}),
    )
}

#[tokio::test]
async fn no_more_rows_come_than_top_asks_for() {
    for (target, sizes) in [
        ("a?$top=0", vec![0]),
        ("a?$top=1", vec![1]),
        ("a?$top=2", vec![2]),
        ("a?$top=3", vec![2, 1]),
        ("a?$TOP=4", vec![2, 2]),
        ("a?x=1&%24top=5", vec![2, 2, 1]),
    ] {
        let (client, log) = client(|number, _| endless(number));
        let pages: Vec<_> = client.pages::<Value>(Request::get(target)).try_collect().await.unwrap();
        assert_eq!(pages.iter().map(|page| page.rows.len()).collect::<Vec<_>>(), sizes, "{target}");
        assert_eq!(log.take().len(), sizes.len(), "{target}");
        for (at, page) in pages.iter().enumerate() {
            assert_eq!(page.next.is_none(), at + 1 == sizes.len(), "{target}: {at}");
        }
        let rows: Vec<Value> = client.rows(Request::get(target)).try_collect().await.unwrap();
        assert_eq!(rows.len(), sizes.iter().sum::<usize>(), "{target}");
    }
    // A number that cannot be read is the service's business.
    let (client, _) = client(|number, _| endless(number));
    let rows =
        client.rows::<Value>(Request::get("a?$top=many")).take(7).try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(rows.len(), 7);
}

#[tokio::test]
async fn a_link_that_was_followed_before_ends_the_pages() {
    for (links, pages) in [(vec!["1", "2", "1"], 2), (vec!["1", "1"], 1), (vec!["1", "2", "3", "2"], 3)] {
        let (client, _) = client(move |number, _| {
            ok(
                json!({"value": [1], "@odata.nextLink": format!("http://127.0.0.1:1/api/data/v9.2/a?p={}", links[number])}),
            )
        });
        let all: Vec<_> = client.pages::<Value>(Request::get("a?$select=b")).collect().await;
        assert_eq!(all.len(), pages + 1);
        assert!(all[..pages].iter().all(Result::is_ok));
        let error = all[pages].as_ref().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected);
        assert!(
            error.to_string().starts_with("GET a: the service leads to a page that was already read"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_decoded_costs_no_other_row() {
    let (client, _) = client(|_, _| ok(json!({"value": [1, "two", 3]})));
    let rows: Vec<_> = client.rows::<i32>(Request::get("a")).collect().await;
    assert_eq!(
        rows.iter().map(|row| row.as_ref().ok().copied()).collect::<Vec<_>>(),
        [Some(1), None, Some(3)]
    );
    assert_eq!(rows[1].as_ref().unwrap_err().kind(), ErrorKind::Row);
    let page = client.pages::<i32>(Request::get("a")).next().await.unwrap().unwrap();
    assert_eq!(page.into_rows().unwrap_err().kind(), ErrorKind::Row);
    let page = client.pages::<Value>(Request::get("a")).next().await.unwrap().unwrap();
    assert_eq!(page.into_rows().unwrap(), [json!(1), json!("two"), json!(3)]);
}

#[tokio::test]
async fn change_tracking_takes_few_query_options() {
    let (client, log) = client(|_, _| ok(json!({"value": []})));
    for (query, taken) in [
        ("", true),
        ("$select=name", true),
        ("$SELECT=name", true),
        ("%24select=name", true),
        ("$skiptoken=1", true),
        ("$deltatoken=1", true),
        ("tag=x", true),
        ("partitionId=x&$select=a", true),
        ("$filter=a eq 1", false),
        ("$select=a&$orderby=a", false),
        ("$top=1", false),
        ("$expand=a", false),
        ("$apply=a", false),
        ("$count=true", false),
        ("fetchXml=x", false),
        ("FETCHXML=x", false),
        ("savedQuery=1", false),
        ("userquery=1", false),
    ] {
        match client.track_changes::<Value>(Request::get(format!("a?{query}"))) {
            Ok(changes) => {
                assert!(taken, "{query}");
                assert!(changes.try_collect::<Vec<_>>().await.unwrap().is_empty(), "{query}");
                let sent = log.take();
                assert_eq!((sent.len(), sent[0].header("prefer")), (1, "odata.track-changes"), "{query}");
            }
            Err(error) => {
                assert!(!taken, "{query}: {error}");
                assert_eq!(error.kind(), ErrorKind::Configuration, "{query}");
                let option = query.rsplit('&').next().unwrap().split('=').next().unwrap();
                let message = format!("GET a: `{option}` cannot be used with change tracking");
                assert!(error.to_string().starts_with(&message), "{query}: {error}");
            }
        }
    }
    assert!(log.take().is_empty());
}

#[tokio::test]
async fn the_delta_link_is_known_at_the_end_of_the_changes() {
    const DELTA: &str = "http://127.0.0.1:1/api/data/v9.2/a?$deltatoken=9";
    let (client, log) = client(|number, _| match number {
        0 => ok(
            json!({"value": [{"a": 1}, 7], "@odata.nextLink": "http://127.0.0.1:1/api/data/v9.2/a?$skiptoken=2"}),
        ),
        _ => ok(json!({"value": [{"a": 2}], "@odata.deltaLink": DELTA})),
    });
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Row {
        a: i32,
    }
    let mut changes = client.changes_since::<Row>("http://127.0.0.1:1/api/data/v9.2/a?$deltatoken=1");
    let mut told = Vec::new();
    while let Some(change) = changes.next().await {
        assert_eq!(changes.link(), None);
        told.push(change.map_err(|error| error.kind()));
    }
    assert_eq!(
        told,
        [Ok(Change::Upserted(Row { a: 1 })), Err(ErrorKind::Row), Ok(Change::Upserted(Row { a: 2 }))]
    );
    assert_eq!(changes.link(), Some(DELTA));
    assert_eq!(log.lines(), ["GET a?$deltatoken=1", "GET a?$skiptoken=2"]);
}

#[tokio::test]
async fn changes_that_end_with_an_error_have_no_link() {
    let (client, _) = client(|number, _| match number {
        0 => ok(json!({
            "value": [1], "@odata.nextLink": "http://127.0.0.1:1/api/data/v9.2/a?p=1",
            "@odata.deltaLink": "http://127.0.0.1:1/api/data/v9.2/a?d=1",
        })),
        _ => refusal(400),
    });
    let mut changes = client.changes_since::<Value>("a");
    assert!(changes.next().await.unwrap().is_ok());
    assert_eq!(changes.next().await.unwrap().unwrap_err().kind(), ErrorKind::BadRequest);
    assert!(changes.next().await.is_none());
    assert_eq!(changes.link(), None);
}

#[test]
fn a_deletion_names_its_row_in_every_form() {
    const ID: &str = "78914942-34cb-ed11-b596-0022481d68cd";
    let context = "https://x/$metadata#contacts/$deletedEntity";
    for (row, told) in [
        (json!({"@odata.context": context, "id": ID, "reason": "deleted"}), "Deleted deleted"),
        (json!({"@odata.context": context, "id": ID}), "Deleted "),
        (
            json!({"@odata.context": context, "id": format!("https://x/contacts({ID})"), "reason": "changed"}),
            "Deleted changed",
        ),
        (json!({"@odata.context": context, "id": "7"}), "a deleted row has no id"),
        (json!({"@odata.context": context}), "a deleted row has no id"),
        (json!({"@odata.context": format!("{context}/x"), "id": ID}), "Upserted"),
        (json!({"id": ID, "note": "$deletedEntity"}), "Upserted"),
        (json!({"id": ID}), "Upserted"),
    ] {
        let found = match serde_json::from_value::<Change<Value>>(row.clone()) {
            Ok(Change::Deleted { id, reason }) => {
                assert_eq!(id.to_string(), ID, "{row}");
                format!("Deleted {reason}")
            }
            Ok(Change::Upserted(same)) => {
                assert_eq!(same, row);
                "Upserted".to_owned()
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(found, told, "{row}");
    }
}
