//! Options of a client, errors, transports, references of change sets, search and the background.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dvkit_client::{
    Batch, BypassLogic, ChangeSet, Client, ErrorKind, Expect, Prefer, Request, Search, SearchTable, Transport,
};
use dvkit_emulator::{Emulator, FaultScript, OperationError};
use futures_util::TryStreamExt as _;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn a_clone_has_its_own_headers_and_preferences() {
    let (running, client) = super::sample().await;
    let amy = Uuid::parse_str("00000001-0000-4000-8000-0000000000aa").unwrap();
    let import = client.as_user(amy).with(|options| {
        options
            .bypass_custom_logic(BypassLogic::All)
            .tag("import")
            .prefer(Prefer::new().return_representation())
    });
    let row: Value = import
        .json(Request::post("accounts?$select=name,_createdby_value").json(&json!({ "name": "X" })))
        .await
        .unwrap();
    assert_eq!(row["_createdby_value"], amy.to_string());
    let sent = running.requests().pop().unwrap();
    assert!(sent.url.contains("tag=import"), "{}", sent.url);
    let row: Value = client
        .json(
            Request::post("accounts?$select=_createdby_value")
                .json(&json!({ "name": "Y" }))
                .prefer(Prefer::new().return_representation()),
        )
        .await
        .unwrap();
    assert_ne!(row["_createdby_value"], amy.to_string());
}

#[tokio::test]
async fn a_representation_of_the_client_does_not_break_references() {
    let (_running, client) = super::sample().await;
    let client = client.with(|options| options.prefer(Prefer::new().return_representation()));
    let mut set = ChangeSet::new();
    let row = set.add(Request::post("accounts").json(&json!({ "name": "Z" })));
    let contact = json!({ "lastname": "Z", "parentcustomerid_account@odata.bind": row.reference() });
    set.add(Request::post("contacts").json(&contact).refer_to(row));
    let mut batch = Batch::new();
    batch.change_set(set);
    client.batch(batch).await.unwrap().all_succeeded().unwrap();
    let bound = "contacts?$select=lastname&$filter=parentcustomerid_account/name eq 'Z'";
    assert_eq!(client.rows::<Value>(Request::get(bound)).try_collect::<Vec<_>>().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_reference_to_another_change_set_is_refused() {
    let (running, client) = super::sample().await;
    let bound = |to: &str| {
        Request::post("contacts").json(&json!({ "lastname": "Q", "parentcustomerid_account@odata.bind": to }))
    };
    let mut first = ChangeSet::new();
    let row = first.add(Request::post("accounts").json(&json!({ "name": "One" })));
    let mut second = ChangeSet::new();
    second.add(Request::post("accounts").json(&json!({ "name": "Two" })));
    second.add(bound(&row.reference()).refer_to(row));
    let mut batch = Batch::new();
    batch.change_set(first.clone());
    batch.change_set(second);
    running.clear_requests();
    let error = client.batch(batch).await.unwrap_err();
    assert_eq!((error.kind(), running.requests().len()), (ErrorKind::Configuration, 0), "{error}");
    // A reference in a text is refused by the service: no other row has its number.
    let mut second = ChangeSet::new();
    second.add(Request::post("accounts").json(&json!({ "name": "Two" })));
    second.add(bound(&row.reference()));
    let mut batch = Batch::new();
    batch.change_set(first);
    batch.change_set(second);
    assert!(client.batch(batch).await.unwrap().all_succeeded().is_err());
    let wrong = "contacts?$select=lastname&$filter=lastname eq 'Q'";
    assert!(client.rows::<Value>(Request::get(wrong)).try_collect::<Vec<_>>().await.unwrap().is_empty());
}

#[tokio::test]
async fn errors_tell_what_happened() {
    let (_running, client) = super::sample().await;
    let kind = |request: Request| {
        let client = client.clone();
        async move { client.send(request).await.unwrap_err() }
    };
    let missing = kind(Request::get(format!("accounts({})", Uuid::from_u128(9)))).await;
    assert_eq!((missing.kind(), missing.status().unwrap().as_u16()), (ErrorKind::NotFound, 404));
    assert!(missing.json::<Value>().unwrap()["error"]["message"].is_string());
    let wrong = kind(Request::get("accounts?$select=nam")).await;
    assert_eq!(wrong.kind(), ErrorKind::BadRequest);
    assert!(wrong.inner_error().is_some());
    let twice = json!({ "name": "Twice", "accountnumber": "A-1001" });
    let conflict = kind(Request::post("accounts").json(&twice)).await;
    assert_eq!((conflict.kind(), conflict.may_have_run()), (ErrorKind::Conflict, false));
    let stale = Request::patch("accounts(accountnumber='A-1001')").json(&json!({ "name": "N" }));
    let stale = kind(stale.if_match("W/\"1\"")).await;
    assert_eq!(stale.kind(), ErrorKind::PreconditionFailed);
    assert!(!stale.headers().is_empty() && !format!("{stale:?}").contains("innererror"));
}

#[tokio::test]
async fn a_deadline_ends_waits_and_says_whether_something_was_sent() {
    let (running, client) = super::sample().await;
    running.faults("always: 503 after 5".parse::<FaultScript>().unwrap());
    let request =
        Request::post("accounts").json(&json!({ "name": "D" })).deadline(Duration::from_millis(200));
    let error = client.send(request).await.unwrap_err();
    assert!(error.may_have_run(), "{error}");
    let request = Request::get("accounts?$top=1").deadline(Duration::from_millis(200));
    let error = client.send(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}

#[tokio::test]
async fn a_layer_sees_every_attempt() {
    let (running, _) = super::sample().await;
    running.faults("1 on accounts: 503".parse::<FaultScript>().unwrap());
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    let token = dvkit_client::auth::StaticToken::new(running.token("ann"));
    let layer = tower_layer::layer_fn(move |inner: Transport| {
        let counted = Arc::clone(&counted);
        tower::util::MapRequest::new(inner, move |request: http::Request<reqwest::Body>| {
            counted.fetch_add(1, Ordering::Relaxed);
            request
        })
    });
    let client = Client::builder(running.url()).token_source(token).layer(layer).build().unwrap();
    client.send(Request::get("accounts?$top=1")).await.unwrap();
    assert_eq!(attempts.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_large_response_is_streamed() {
    let (_running, client) = super::sample().await;
    let response = client.stream(Request::get("accounts?$select=name")).await.unwrap();
    let body: Vec<_> = response.into_stream().try_collect().await.unwrap();
    let text = body.concat();
    assert_eq!(serde_json::from_slice::<Value>(&text).unwrap()["value"].as_array().unwrap().len(), 12);
    let limited = Request::get("accounts?$select=name").max_bytes(10);
    let error =
        client.stream(limited).await.unwrap().into_stream().try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let nothing = Request::get("accounts?$top=1").expect(Expect::Nothing);
    client.send(nothing).await.unwrap();
}

#[tokio::test]
async fn texts_are_searched_suggested_and_completed() {
    let (_running, client) = super::sample().await;
    let table = SearchTable::new("account").select(["name", "accountnumber"]).filter("statecode eq 0");
    let search = Search::new("Contoso").table(table).count().top(10);
    let found = client.search(&search).await.unwrap();
    assert_eq!(found.count, 2);
    assert!(found.rows.iter().all(|row| row.table == "account"));
    assert_eq!(found.rows[0].columns["name"].as_str().map(|name| &name[..7]), Some("Contoso"));
    let suggestions = client.suggest(&Search::new("conto")).await.unwrap();
    assert!(!suggestions.is_empty());
    let completed = client.autocomplete(&Search::new("conto")).await.unwrap();
    assert!(completed.to_lowercase().contains("contoso"), "{completed}");
}

#[tokio::test]
async fn an_action_runs_in_the_background() {
    let builder =
        Emulator::sample().operation("new_RecalculateBudgets", |call| {
            match call.parameters["AsOf"].as_str().is_some_and(|day| day.starts_with("1999")) {
                true => Err(OperationError::refused("The books of 1999 are closed.")),
                false => Ok(json!({ "Result": 7 })),
            }
        });
    let (_running, client) = super::started(builder).await;
    let action = |day: &str| Request::post("new_RecalculateBudgets").json(&json!({ "AsOf": day }));
    let operation = client.start_in_background(action("2026-01-01T00:00:00Z")).await.unwrap();
    // The address is enough, in another process too.
    let values = client.background_operation(operation.address()).wait().await.unwrap();
    assert_eq!(values["Result"], 7);
    let failed = client.start_in_background(action("1999-01-01T00:00:00Z")).await.unwrap();
    let error = failed.wait().await.unwrap_err();
    assert!(error.to_string().contains("The books of 1999 are closed."), "{error}");
}
