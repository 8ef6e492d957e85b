//! Tests of the requests about webhooks, without a server.
use dvkit_client::jiff::Timestamp;
use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::store::{ApiKey, DeliveryOutcome, NewEvent};
use crate::testing;

/// What a request gave: the body, or the status, code and message of its error.
type Answer = Result<Value, (u16, &'static str, String)>;

fn answer<T: Serialize>(answer: Result<T, ApiError>) -> Answer {
    let body = answer.map(|view| serde_json::to_value(view).unwrap());
    body.map_err(|error| (error.status().as_u16(), error.code(), error.message().to_owned()))
}

fn refused(status: u16, code: &'static str, message: &str) -> Answer {
    Err((status, code, message.to_owned()))
}

/// A caller whose key is for these accounts only.
fn limited(scopes: &[Scope], accounts: &[&str]) -> Caller {
    let accounts = accounts.iter().map(|account| (*account).to_owned()).collect();
    Caller(ApiKey { accounts: Some(accounts), ..testing::caller(scopes).0 })
}

async fn make(gateway: &Gateway, caller: Caller, body: Value) -> Answer {
    let body = serde_json::from_value(body).map(JsonBody).map_err(|_| ApiError::bad_request("the body"));
    answer(create(State(gateway.clone()), caller, body).await.map(|(status, Json(view))| {
        assert_eq!(status, StatusCode::CREATED);
        view
    }))
}

const URL: &str = "https://hooks.contoso.com/";
const WRITE: &[Scope] = &[Scope::WebhooksWrite];
const READ: &[Scope] = &[Scope::WebhooksRead];

#[tokio::test]
async fn a_webhook_is_shown_as_it_was_made_with_its_secret_once() {
    let gateway = testing::gateway().await;
    let account = testing::connected(&gateway).await.id;
    for (events, of) in [(&[][..], None), (&["resource.created", "account.schema_changed"], Some(&account))] {
        let mut request = json!({ "url": URL, "events": events });
        if let Some(of) = of {
            request["account_id"] = json!(of);
        }
        let mut made = make(&gateway, testing::caller(WRITE), request).await.unwrap();
        let secret = made.as_object_mut().unwrap().remove("secret").unwrap();
        assert!(secret.as_str().unwrap().starts_with("whsec_"));
        let id = made["id"].as_str().unwrap().to_owned();
        let expected = json!({
            "id": id, "url": URL, "events": events, "account_id": of, "created_at": "1970-01-01T00:00:00Z",
        });
        assert_eq!(made, expected);
        let path = Path(id);
        let found = read(State(gateway.clone()), testing::caller(WRITE), path).await;
        assert_eq!(answer(found.map(|Json(view)| view)), Ok(expected));
    }
}

#[tokio::test]
async fn each_mistake_in_a_request_for_a_webhook_is_told() {
    let gateway = testing::gateway().await;
    let account = testing::connected(&gateway).await.id;
    let events = EVENTS.join(", ");
    let unknown = |name: &str| format!("`{name}` is not an event; the events are {events}");
    assert_eq!(
        events,
        "account.authentication_error, account.schema_changed, account.changes_restarted, resource.created, \
         resource.updated, resource.deleted"
    );
    for (caller, body, expected) in [
        (
            testing::caller(READ),
            json!({}),
            refused(403, "missing_scope", "the API key has not the scope `webhooks.write`"),
        ),
        (
            limited(WRITE, &[&account]),
            json!({ "url": URL }),
            refused(403, "limited_key", "the API key is for some accounts only"),
        ),
        (
            limited(WRITE, &["acc_0"]),
            json!({ "url": URL, "account_id": account }),
            refused(404, "not_found", "there is no such account"),
        ),
        (
            testing::caller(WRITE),
            json!({ "url": URL, "events": ["resource.created", "x"] }),
            refused(400, "bad_request", &unknown("x")),
        ),
        (
            testing::caller(WRITE),
            json!({ "url": URL, "events": ["x".repeat(81)] }),
            refused(400, "bad_request", &unknown(&"x".repeat(80))),
        ),
        (
            testing::caller(WRITE),
            json!({ "url": "http://hooks.contoso.com/" }),
            refused(400, "bad_request", "the address of a webhook begins with `https://`"),
        ),
        (testing::caller(WRITE), json!({ "url": URL, "more": 1 }), refused(400, "bad_request", "the body")),
    ] {
        assert_eq!(make(&gateway, caller, body.clone()).await, expected, "{body}");
    }
    for number in 0..100 {
        let made = make(&gateway, testing::caller(WRITE), json!({ "url": URL })).await;
        assert!(made.is_ok(), "{number}: {made:?}");
    }
    let message = "a tenant has at most 100 webhooks";
    let found = make(&gateway, testing::caller(WRITE), json!({ "url": URL })).await;
    assert_eq!(found, refused(400, "bad_request", message));
}

#[tokio::test]
async fn a_key_for_some_accounts_reaches_the_webhooks_of_these_only() {
    let gateway = testing::gateway().await;
    let account = testing::connected(&gateway).await.id;
    let all = make(&gateway, testing::caller(WRITE), json!({ "url": URL })).await.unwrap();
    let one = make(&gateway, limited(WRITE, &[&account]), json!({ "url": URL, "account_id": account })).await;
    let ids = [all, one.unwrap()].map(|view| view["id"].as_str().unwrap().to_owned());
    let missing = || refused(404, "not_found", "there is no such webhook");
    for (caller, reached) in [
        (testing::caller(READ), [true, true]),
        (limited(READ, &[&account]), [false, true]),
        (limited(READ, &["acc_0"]), [false, false]),
        (limited(READ, &[]), [false, false]),
    ] {
        let found =
            answer(list(State(gateway.clone()), caller.clone()).await.map(|Json(list)| list)).unwrap();
        let mut listed: Vec<String> = found["webhooks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|view| view["id"].as_str().unwrap().to_owned())
            .collect();
        listed.sort();
        let mut expected: Vec<String> =
            ids.iter().zip(reached).filter(|(_, reached)| *reached).map(|(id, _)| id.clone()).collect();
        expected.sort();
        assert_eq!(listed, expected);
        for (id, reached) in ids.iter().zip(reached) {
            let found = read(State(gateway.clone()), caller.clone(), Path(id.clone())).await;
            assert_eq!(found.is_ok(), reached, "{id}");
            let found = deliveries(State(gateway.clone()), caller.clone(), Path(id.clone())).await;
            let expected = if reached { Ok(json!({ "deliveries": [] })) } else { missing() };
            assert_eq!(answer(found.map(|Json(list)| list)), expected, "{id}");
        }
    }
    for id in ["a b", "", "wh_0"] {
        let found = read(State(gateway.clone()), testing::caller(READ), Path(id.to_owned())).await;
        assert_eq!(answer(found.map(|Json(view)| view)), missing(), "{id}");
    }
    let remove = async |caller: Caller, id: &str| {
        let found = remove(State(gateway.clone()), caller, Path(id.to_owned())).await;
        answer(found.map(|status| status.as_u16()))
    };
    let scope = refused(403, "missing_scope", "the API key has not the scope `webhooks.write`");
    assert_eq!(remove(testing::caller(READ), &ids[1]).await, scope);
    assert_eq!(remove(limited(WRITE, &["acc_0"]), &ids[1]).await, missing());
    assert_eq!(remove(limited(WRITE, &[&account]), &ids[1]).await, Ok(json!(204)));
    assert_eq!(remove(testing::caller(WRITE), &ids[1]).await, missing());
    let none = refused(403, "missing_scope", "the API key has not the scope `webhooks.read`");
    let other = || testing::caller(&[Scope::AccountsRead]);
    assert_eq!(answer(list(State(gateway.clone()), other()).await.map(|Json(list)| list)), none);
    let found = read(State(gateway.clone()), other(), Path(ids[0].clone())).await;
    assert_eq!(answer(found.map(|Json(view)| view)), none);
    let found = deliveries(State(gateway.clone()), other(), Path(ids[0].clone())).await;
    assert_eq!(answer(found.map(|Json(list)| list)), none);
}

#[tokio::test]
async fn a_delivery_is_shown_and_made_again() {
    let gateway = testing::gateway().await;
    let webhook = make(&gateway, testing::caller(WRITE), json!({ "url": URL })).await.unwrap();
    let webhook = webhook["id"].as_str().unwrap().to_owned();
    let event = NewEvent::new("t", "acc_1", "x", &json!({}), gateway.now());
    gateway.store().enqueue(&event, gateway.now()).await.unwrap();
    let id = format!("{}.{webhook}", event.id);
    let shown = async || {
        let found = deliveries(State(gateway.clone()), testing::caller(READ), Path(webhook.clone())).await;
        answer(found.map(|Json(list)| list)).unwrap()["deliveries"][0].clone()
    };
    let mut expected = json!({
        "id": id, "event": "x", "body": event.body, "attempts": 0, "created_at": "1970-01-01T00:00:00Z",
        "next_attempt_at": "1970-01-01T00:00:00Z", "delivered_at": null, "failed_at": null, "last_error": null,
    });
    assert_eq!(shown().await, expected);
    let at = Timestamp::from_second(60).unwrap();
    let failed = DeliveryOutcome::Failed { error: "410".to_owned() };
    gateway.store().finish_delivery(&id, &failed, at).await.unwrap();
    expected["next_attempt_at"] = Value::Null;
    expected["failed_at"] = json!("1970-01-01T00:01:00Z");
    expected["last_error"] = json!("410");
    assert_eq!(shown().await, expected);
    let again = async |scopes: &[Scope], delivery: &str| {
        let path = Path((webhook.clone(), delivery.to_owned()));
        let found = redeliver(State(gateway.clone()), testing::caller(scopes), path).await;
        answer(found.map(|status| status.as_u16()))
    };
    let missing = refused(404, "not_found", "there is no such delivery");
    let scope = refused(403, "missing_scope", "the API key has not the scope `webhooks.write`");
    assert_eq!(again(READ, &id).await, scope);
    assert_eq!((again(WRITE, "a b").await, again(WRITE, "evt_0").await), (missing.clone(), missing));
    assert_eq!(again(WRITE, &id).await, Ok(json!(202)));
    gateway.store().finish_delivery(&id, &DeliveryOutcome::Delivered, at).await.unwrap();
    let delivered = shown().await;
    assert_eq!(
        (&delivered["delivered_at"], &delivered["failed_at"]),
        (&json!("1970-01-01T00:01:00Z"), &Value::Null)
    );
}
