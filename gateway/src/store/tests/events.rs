//! Webhooks, and the events that are sent to them.
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pretty_assertions::assert_eq;
use secrecy::ExposeSecret as _;
use serde_json::{Value as Json, json};

use super::*;

/// How long deliveries are claimed.
const MINUTE: Duration = Duration::from_secs(60);

/// Returns a new webhook of the tenant `t` for these events.
pub(super) fn webhook(events: &[&str]) -> NewWebhook {
    NewWebhook {
        tenant: "t".to_owned(),
        url: "https://hooks.contoso.com/".to_owned(),
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        account_id: None,
    }
}

fn event(name: &str, millis: i64) -> NewEvent {
    NewEvent::new("t", "acc_1", name, &json!({ "n": 1 }), at(millis))
}

/// Claims one delivery that is due.
async fn claim(store: &Store, millis: i64) -> Delivery {
    let mut claimed = store.claim_deliveries(at(millis), 10, MINUTE).await.unwrap();
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

#[tokio::test]
async fn a_webhook_is_read_as_it_was_made_and_the_oldest_comes_first() {
    let store = store().await;
    let mut made = Vec::new();
    for (events, account, millis) in
        [(&["a", "b"][..], Some("acc_1"), 3), (&[], None, 2), (&["resource.created"], None, 1)]
    {
        let new = NewWebhook { account_id: account.map(str::to_owned), ..webhook(events) };
        let (webhook, secret) = store.create_webhook(new, at(millis)).await.unwrap();
        let expected = Webhook {
            id: webhook.id.clone(),
            tenant: "t".to_owned(),
            url: "https://hooks.contoso.com/".to_owned(),
            events: events.iter().map(|event| (*event).to_owned()).collect(),
            account_id: account.map(str::to_owned),
            disabled_at: None,
            created_at: at(millis),
        };
        assert_eq!(webhook, expected);
        assert_eq!(store.webhook("t", &webhook.id).await.unwrap(), Some(expected));
        assert_eq!(store.webhook("u", &webhook.id).await.unwrap(), None);
        let key = STANDARD.decode(secret.expose_secret().strip_prefix("whsec_").unwrap()).unwrap();
        assert_eq!(key.len(), 32);
        made.insert(0, webhook);
    }
    assert_eq!(store.list_webhooks("t").await.unwrap(), made);
    assert_eq!(store.list_webhooks("u").await.unwrap(), []);
    store.change("UPDATE webhooks SET disabled_at = 9 WHERE created_at = 1").await;
    let disabled = store.webhook("t", &made[0].id).await.unwrap().unwrap();
    assert_eq!(disabled.disabled_at, Some(at(9)));
    assert!(!store.delete_webhook("u", &made[0].id).await.unwrap());
    assert!(store.delete_webhook("t", &made[0].id).await.unwrap());
    assert!(!store.delete_webhook("t", &made[0].id).await.unwrap());
    assert_eq!(store.list_webhooks("t").await.unwrap(), made[1..]);
}

#[test]
fn an_event_tells_what_it_is_about() {
    let event = event("resource.created", 1_500);
    let expected = NewEvent {
        id: event.id.clone(),
        tenant: "t".to_owned(),
        account_id: "acc_1".to_owned(),
        name: "resource.created".to_owned(),
        body: json!({
            "id": event.id,
            "event": "resource.created",
            "created_at": "1970-01-01T00:00:01.5Z",
            "account_id": "acc_1",
            "data": { "n": 1 },
        }),
    };
    assert_eq!(event, expected);
    assert!(event.id.starts_with("evt_"), "{}", event.id);
}

#[tokio::test]
async fn an_event_goes_to_the_webhooks_that_asked_for_it() {
    for (events, account, tenant, sql, is_sent) in [
        (&[][..], None, "t", "", true),
        (&["x"], None, "t", "", true),
        (&["w", "x", "y"], Some("acc_1"), "t", "", true),
        (&["w", "y"], None, "t", "", false),
        (&["xx"], None, "t", "", false),
        (&[], Some("acc_2"), "t", "", false),
        (&[], None, "u", "", false),
        (&[], None, "t", "UPDATE webhooks SET disabled_at = 1", false),
    ] {
        let store = store().await;
        let new = NewWebhook {
            tenant: tenant.to_owned(),
            account_id: account.map(str::to_owned),
            ..webhook(events)
        };
        store.create_webhook(new, at(1)).await.unwrap();
        if !sql.is_empty() {
            store.change(sql).await;
        }
        let sent = store.enqueue(&event("x", 2), at(2)).await.unwrap();
        assert_eq!(sent, u64::from(is_sent), "{events:?} {account:?} {tenant} {sql}");
    }
}

#[tokio::test]
async fn a_delivery_has_everything_that_is_sent() {
    let store = store().await;
    let (webhook, secret) = store.create_webhook(webhook(&[]), at(1)).await.unwrap();
    let event = event("x", 5);
    store.enqueue(&event, at(7)).await.unwrap();
    assert_eq!(store.claim_deliveries(at(6), 10, MINUTE).await.unwrap().len(), 0, "it is not due yet");
    assert_eq!(store.claim_deliveries(at(7), 0, MINUTE).await.unwrap().len(), 0, "the limit is 0");
    for attempt in 1..=3 {
        let claimed = store.claim_deliveries(at(7), 1, Duration::ZERO).await.unwrap();
        let [delivery] = claimed.as_slice() else { panic!("{claimed:?}") };
        assert_eq!(delivery.id, format!("{}.{}", event.id, webhook.id));
        assert_eq!((&delivery.webhook_id, &delivery.url), (&webhook.id, &webhook.url));
        assert_eq!((delivery.event.as_str(), delivery.attempt), ("x", attempt));
        assert_eq!(serde_json::from_str::<Json>(&delivery.body).unwrap(), event.body);
        assert_eq!(delivery.secret.expose_secret(), secret.expose_secret());
        assert_eq!(delivery.created_at, at(7));
    }
    assert_eq!(claim(&store, 7).await.attempt, 4);
    assert_eq!(store.claim_deliveries(at(7), 10, MINUTE).await.unwrap().len(), 0, "it is claimed");
    let left = store.first("SELECT claimed_until - {now} FROM outbox").await.unwrap().int(0).unwrap();
    assert!((50_000..=60_000).contains(&left), "{left}");
}

#[tokio::test]
async fn an_event_that_cannot_be_signed_holds_up_no_other() {
    let store = store().await;
    let (broken, _) = store.create_webhook(webhook(&[]), at(1)).await.unwrap();
    store.change("UPDATE webhooks SET key_id = 'k9'").await;
    let (fine, _) = store.create_webhook(webhook(&[]), at(1)).await.unwrap();
    assert_eq!(store.enqueue(&event("x", 2), at(2)).await.unwrap(), 2);
    assert_eq!(claim(&store, 2).await.webhook_id, fine.id);
    assert_eq!(store.claim_deliveries(at(2), 10, MINUTE).await.unwrap().len(), 0);
    let waits = store.deliveries("t", &broken.id, 1).await.unwrap();
    assert_eq!((waits[0].attempts, waits[0].failed_at, waits[0].delivered_at), (1, None, None));
    // A secret that belongs to another webhook is none.
    store
        .change("UPDATE webhooks SET key_id = 'k1', sealed = (SELECT max(sealed) FROM webhooks WHERE key_id = 'k1')")
        .await;
    store.change("UPDATE outbox SET claimed_until = 0").await;
    assert_eq!(claim(&store, 2).await.webhook_id, fine.id);
}

#[tokio::test]
async fn a_delivery_is_told_in_each_of_its_states() {
    let store = store().await;
    let (webhook, _) = store.create_webhook(webhook(&[]), at(1)).await.unwrap();
    let event = event("x", 5);
    store.enqueue(&event, at(7)).await.unwrap();
    let told = async || {
        let mut all = store.deliveries("t", &webhook.id, 10).await.unwrap();
        assert_eq!(all.len(), 1);
        all.remove(0)
    };
    let waiting = DeliveryRecord {
        id: format!("{}.{}", event.id, webhook.id),
        event: "x".to_owned(),
        body: event.body.clone(),
        attempts: 0,
        created_at: at(7),
        next_attempt_at: Some(at(7)),
        delivered_at: None,
        failed_at: None,
        last_error: None,
    };
    assert_eq!(told().await, waiting);
    assert_eq!(store.count_deliveries().await.unwrap(), (1, 0));
    let id = claim(&store, 7).await.id;
    let retry = DeliveryOutcome::Retry { at: at(20), error: "503".to_owned() };
    store.finish_delivery(&id, &retry, at(8)).await.unwrap();
    let tried = DeliveryRecord {
        attempts: 1,
        next_attempt_at: Some(at(20)),
        last_error: Some("503".to_owned()),
        ..waiting.clone()
    };
    assert_eq!(told().await, tried);
    assert_eq!(store.claim_deliveries(at(19), 10, MINUTE).await.unwrap().len(), 0);
    claim(&store, 20).await;
    let failed = DeliveryOutcome::Failed { error: "410".to_owned() };
    store.finish_delivery(&id, &failed, at(21)).await.unwrap();
    let gone = DeliveryRecord {
        attempts: 2,
        next_attempt_at: None,
        failed_at: Some(at(21)),
        last_error: Some("410".to_owned()),
        ..waiting.clone()
    };
    assert_eq!(told().await, gone);
    assert_eq!(store.count_deliveries().await.unwrap(), (0, 1));
    for (tenant, of, which) in [("u", &webhook.id, &id), ("t", &id, &id), ("t", &webhook.id, &webhook.id)] {
        assert!(!store.redeliver(tenant, of, which, at(30)).await.unwrap(), "{tenant} {of} {which}");
    }
    assert_eq!(told().await, gone);
    assert!(store.redeliver("t", &webhook.id, &id, at(30)).await.unwrap());
    let again = DeliveryRecord {
        next_attempt_at: Some(at(30)),
        last_error: Some("410".to_owned()),
        ..waiting.clone()
    };
    assert_eq!(told().await, again);
    assert_eq!(claim(&store, 30).await.attempt, 1);
    store.finish_delivery(&id, &DeliveryOutcome::Delivered, at(31)).await.unwrap();
    let delivered =
        DeliveryRecord { attempts: 1, next_attempt_at: None, delivered_at: Some(at(31)), ..waiting };
    assert_eq!(told().await, delivered);
    assert_eq!(store.count_deliveries().await.unwrap(), (0, 0));
    // What came later about an attempt that is over changes nothing.
    store.finish_delivery(&id, &retry, at(32)).await.unwrap();
    store.finish_delivery(&id, &failed, at(32)).await.unwrap();
    assert_eq!(told().await, delivered);
}

#[tokio::test]
async fn the_latest_deliveries_are_told_and_old_ones_are_removed() {
    let store = store().await;
    let (webhook, _) = store.create_webhook(webhook(&[]), at(1)).await.unwrap();
    for (name, millis) in [("b", 20), ("a", 10), ("c", 30)] {
        store.enqueue(&event(name, millis), at(millis)).await.unwrap();
    }
    let told = async |tenant: &str, limit| -> Vec<String> {
        let all = store.deliveries(tenant, &webhook.id, limit).await.unwrap();
        all.into_iter().map(|record| record.event).collect()
    };
    assert_eq!(told("t", 10).await, ["c", "b", "a"]);
    assert_eq!(told("t", 2).await, ["c", "b"]);
    assert_eq!(told("u", 10).await, [""; 0]);
    let claimed = store.claim_deliveries(at(30), 2, MINUTE).await.unwrap();
    let mut names: Vec<&str> = claimed.iter().map(|delivery| delivery.event.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b"], "those that have waited longest");
    for delivery in &claimed {
        let outcome = match delivery.event.as_str() {
            "a" => DeliveryOutcome::Delivered,
            _ => DeliveryOutcome::Failed { error: "410".to_owned() },
        };
        store.finish_delivery(&delivery.id, &outcome, at(40)).await.unwrap();
    }
    assert_eq!(store.purge_deliveries(at(40)).await.unwrap(), 0);
    assert_eq!(store.purge_deliveries(at(41)).await.unwrap(), 2);
    assert_eq!(told("t", 10).await, ["c"]);
}
