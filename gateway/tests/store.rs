//! The store on both databases: the same promises hold on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

#[path = "postgres.rs"]
mod postgres;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use dvkit_client::auth::{ExposeSecret as _, SecretString, TokenStore as _};
use dvkit_gateway::KeyRing;
use dvkit_gateway::database::{Postgres, Sqlite};
use dvkit_gateway::store::{
    Account, AccountState, AuthKind, ChangeOutcome, DeliveryOutcome, IdempotentRequest, JobKind, NewAccount,
    NewApiKey, NewEvent, NewWebhook, Scope, Snapshot, SnapshotFiles, Store, StoredResponse,
};
use jiff::{SignedDuration, Timestamp};
use pretty_assertions::assert_eq;
use serde_json::json;

const K1: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const K2: &str = "k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

/// How long deliveries are claimed.
const MINUTE: Duration = Duration::from_secs(60);

fn keys(lines: &[&str]) -> KeyRing {
    KeyRing::parse(&SecretString::from(lines.join("\n"))).unwrap()
}

/// Two processes that share a database.
type Pair = (Store, Store);

/// Runs a test on a new database of each kind, with two stores that share it.
async fn on_both<F: Future<Output = ()>>(test: impl Fn(Pair) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.db");
    let one = Store::new(Sqlite::open(&path).await.unwrap(), keys(&[K1]));
    let two = Store::new(Sqlite::open(&path).await.unwrap(), keys(&[K1]));
    test((one, two)).await;
    let Some(url) = postgres::new_database() else { return };
    let one = Store::new(Postgres::connect(&url, 8).await.unwrap(), keys(&[K1]));
    let two = Store::new(Postgres::connect(&url, 8).await.unwrap(), keys(&[K1]));
    test((one, two)).await;
}

fn now() -> Timestamp {
    Timestamp::now()
}

async fn account(store: &Store, tenant: &str) -> Account {
    let new = NewAccount {
        tenant: tenant.to_owned(),
        name: "Contoso".to_owned(),
        org_url: "https://contoso.crm4.dynamics.com/".to_owned(),
        auth: AuthKind::ClientCredentials,
        application: "app".to_owned(),
        secret: Some(SecretString::from("planted-secret")),
        entra_tenant: None,
    };
    let account = store.create_account(new, now()).await.unwrap();
    store.set_connected(&account.id, None, now()).await.unwrap();
    store.account(tenant, &account.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_key_is_found_by_its_text_until_it_is_revoked_or_expires() {
    on_both(|(one, two)| async move {
        let new = |expires_at| NewApiKey {
            tenant: "a".to_owned(),
            name: "backend".to_owned(),
            scopes: vec![Scope::ProxyRead, Scope::AccountsWrite],
            accounts: Some(vec!["acc_1".to_owned()]),
            expires_at,
        };
        let (key, text) = one.create_key(new(None), now()).await.unwrap();
        assert_eq!(two.authenticate(&text, now()).await.unwrap().map(|found| found.id), Some(key.id.clone()));
        let text = text.expose_secret();
        for wrong in [
            "",
            "dvk",
            "dvk_",
            &text[..text.len() - 1],
            &format!("{text}x"),
            &text.replacen("dvk_", "dvx_", 1),
            &text.replace(&key.id, "0123456789abcdef0123456789abcdef"),
            &format!("dvk_{}_", key.id),
        ] {
            let found = two.authenticate(&SecretString::from(wrong), now()).await.unwrap();
            assert_eq!(found, None, "{wrong}");
        }
        assert!(
            one.revoke_key(&key.id, now()).await.unwrap() && !one.revoke_key(&key.id, now()).await.unwrap()
        );
        assert_eq!(two.authenticate(&SecretString::from(text), now()).await.unwrap(), None);
        let (_, text) = one.create_key(new(Some(now())), now()).await.unwrap();
        assert_eq!(two.authenticate(&text, now()).await.unwrap(), None);
        assert_eq!(two.list_keys(Some("a")).await.unwrap().len(), 2);
        assert_eq!(two.list_keys(Some("b")).await.unwrap().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_account_is_one_of_its_tenant() {
    on_both(|(one, two)| async move {
        let mine = account(&one, "a").await;
        assert_eq!(two.account("b", &mine.id).await.unwrap(), None);
        assert!(!two.delete_account("b", &mine.id).await.unwrap());
        assert_eq!(two.list_accounts("b", "", 10).await.unwrap(), []);
        assert_eq!(two.list_accounts("a", "", 10).await.unwrap().len(), 1);
        assert_eq!(one.client_secret(&mine.id).await.unwrap().unwrap().expose_secret(), "planted-secret");
        assert!(two.delete_account("a", &mine.id).await.unwrap());
        assert!(one.client_secret(&mine.id).await.unwrap().is_none());
        assert_eq!(one.count_accounts().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_token_is_replaced_only_if_it_is_the_one_that_was_read() {
    on_both(|(one, two)| async move {
        let account = account(&one, "a").await;
        let (one, two) = (one.tokens(&account.id), two.tokens(&account.id));
        let token = |text: &str| SecretString::from(text);
        let load = async |tokens: &dvkit_gateway::store::AccountTokens| {
            tokens.load("k").await.unwrap().map(|token| token.expose_secret().to_owned())
        };
        assert!(one.replace("k", None, &token("1")).await.unwrap());
        assert!(!two.replace("k", None, &token("2")).await.unwrap());
        assert!(two.replace("k", Some(&token("1")), &token("2")).await.unwrap());
        assert!(!one.replace("k", Some(&token("1")), &token("3")).await.unwrap());
        assert_eq!(load(&one).await.as_deref(), Some("2"));
        assert!(!one.remove_if("k", &token("1")).await.unwrap());
        assert!(one.remove_if("k", &token("2")).await.unwrap());
        assert_eq!(load(&two).await, None);
        two.save("k", &token("4")).await.unwrap();
        two.remove("k").await.unwrap();
        assert_eq!(load(&one).await, None);
    })
    .await;
}

#[tokio::test]
async fn of_many_that_renew_a_token_one_at_a_time_does() {
    on_both(|(one, two)| async move {
        let account = account(&one, "a").await;
        let tokens = one.tokens(&account.id);
        tokens.save("k", &SecretString::from("0")).await.unwrap();
        let used = Arc::new(std::sync::Mutex::new(BTreeSet::new()));
        let mut tasks = Vec::new();
        for number in 0..24 {
            let tokens = if number % 2 == 0 { one.tokens(&account.id) } else { two.tokens(&account.id) };
            let used = Arc::clone(&used);
            tasks.push(tokio::spawn(async move {
                let lock = tokens.lock("k").await.unwrap();
                let kept = tokens.load("k").await.unwrap().unwrap();
                // A service that accepts each token once would refuse the second use.
                assert!(
                    used.lock().unwrap().insert(kept.expose_secret().to_owned()),
                    "a token was used twice"
                );
                let next: u32 = kept.expose_secret().parse().unwrap();
                tokio::task::yield_now().await;
                let next = SecretString::from((next + 1).to_string());
                assert!(tokens.replace("k", Some(&kept), &next).await.unwrap());
                drop(lock);
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let last = tokens.load("k").await.unwrap().unwrap();
        assert_eq!(last.expose_secret(), "24");
    })
    .await;
}

#[tokio::test]
async fn a_lease_is_held_by_one_and_released_when_it_is_dropped() {
    on_both(|(one, two)| async move {
        let lease = one.try_lease("x").await.unwrap().unwrap();
        assert!(two.try_lease("x").await.unwrap().is_none() && one.try_lease("x").await.unwrap().is_none());
        assert!(two.try_lease("y").await.unwrap().is_some());
        assert!(two.lease("x", Duration::from_millis(30)).await.unwrap().is_none());
        drop(lease);
        assert!(two.lease("x", Duration::from_secs(10)).await.unwrap().is_some());
    })
    .await;
}

async fn webhook(store: &Store, tenant: &str, events: &[&str], account: Option<&str>) -> String {
    let new = NewWebhook {
        tenant: tenant.to_owned(),
        url: "https://hooks.contoso.com/".to_owned(),
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        account_id: account.map(str::to_owned),
    };
    store.create_webhook(new, now()).await.unwrap().0.id
}

#[tokio::test]
async fn an_event_goes_to_the_webhooks_that_want_it_and_each_delivery_to_one_process() {
    on_both(|(one, two)| async move {
        let account = account(&one, "a").await;
        let all = webhook(&one, "a", &[], None).await;
        let some = webhook(&one, "a", &["x.y", "z"], Some(&account.id)).await;
        webhook(&one, "a", &["x", "y", "x.y.z"], None).await;
        webhook(&one, "a", &[], Some("acc_other")).await;
        webhook(&one, "b", &[], None).await;
        let event = NewEvent::new("a", &account.id, "x.y", &json!({ "n": 1 }), now());
        assert_eq!(one.enqueue(&event, now()).await.unwrap(), 2);
        let (first, second) =
            tokio::join!(one.claim_deliveries(now(), 10, MINUTE), two.claim_deliveries(now(), 10, MINUTE));
        let mut claimed = [first.unwrap(), second.unwrap()].concat();
        claimed.sort_by(|a, b| a.webhook_id.cmp(&b.webhook_id));
        let mut expected = [all.clone(), some.clone()];
        expected.sort();
        assert_eq!(claimed.iter().map(|delivery| delivery.webhook_id.clone()).collect::<Vec<_>>(), expected);
        assert!(claimed.iter().all(|delivery| delivery.attempt == 1 && delivery.body.contains("\"n\":1")));
        // What was claimed is not claimed again, and comes back at its time.
        assert_eq!(two.claim_deliveries(now(), 10, MINUTE).await.unwrap().len(), 0);
        let at = now() + SignedDuration::from_secs(60);
        let retry = DeliveryOutcome::Retry { at, error: "503".to_owned() };
        one.finish_delivery(&claimed[0].id, &retry, now()).await.unwrap();
        one.finish_delivery(&claimed[1].id, &DeliveryOutcome::Delivered, now()).await.unwrap();
        assert_eq!(two.claim_deliveries(now(), 10, MINUTE).await.unwrap().len(), 0);
        assert_eq!(one.count_deliveries().await.unwrap(), (1, 0));
        let again = two.claim_deliveries(at, 10, MINUTE).await.unwrap();
        assert_eq!((again.len(), again[0].attempt), (1, 2));
        let failed = DeliveryOutcome::Failed { error: "410".to_owned() };
        two.finish_delivery(&again[0].id, &failed, now()).await.unwrap();
        assert_eq!(one.count_deliveries().await.unwrap(), (0, 1));
        let told = one.deliveries("a", &again[0].webhook_id, 10).await.unwrap();
        assert_eq!((told.len(), told[0].last_error.as_deref()), (1, Some("410")));
        assert_eq!(one.deliveries("b", &again[0].webhook_id, 10).await.unwrap(), []);
        assert!(!one.redeliver("b", &again[0].webhook_id, &again[0].id, now()).await.unwrap());
        assert!(one.redeliver("a", &again[0].webhook_id, &again[0].id, now()).await.unwrap());
        assert_eq!(two.claim_deliveries(now(), 10, MINUTE).await.unwrap().len(), 1);
        assert_eq!(one.purge_deliveries(now() + SignedDuration::from_secs(1)).await.unwrap(), 1);
        assert!(
            !one.delete_webhook("b", &all).await.unwrap() && one.delete_webhook("a", &all).await.unwrap()
        );
    })
    .await;
}

#[tokio::test]
async fn an_account_is_flagged_once_with_its_event() {
    on_both(|(one, two)| async move {
        let account = account(&one, "a").await;
        webhook(&one, "a", &[], None).await;
        let event = || NewEvent::new("a", &account.id, "account.authentication_error", &json!({}), now());
        let events = [event(), event()];
        let (first, second) = tokio::join!(
            one.set_needs_sign_in(&account, "expired", &events[0], now()),
            two.set_needs_sign_in(&account, "expired", &events[1], now()),
        );
        assert_eq!([first.unwrap(), second.unwrap()].iter().filter(|flagged| **flagged).count(), 1);
        assert_eq!(one.claim_deliveries(now(), 10, MINUTE).await.unwrap().len(), 1);
        let flagged = one.account("a", &account.id).await.unwrap().unwrap();
        assert_eq!((flagged.state, flagged.reason.as_deref()), (AccountState::NeedsSignIn, Some("expired")));
        // Somebody signs in; an old error of before does not flag the account again.
        one.set_connected(&account.id, Some("u.t"), now()).await.unwrap();
        assert!(!two.set_needs_sign_in(&account, "expired", &event(), now()).await.unwrap());
        assert_eq!(one.account("a", &account.id).await.unwrap().unwrap().state, AccountState::Connected);
    })
    .await;
}

#[tokio::test]
async fn a_job_runs_in_one_process_and_its_events_are_stored_with_its_cursor() {
    on_both(|(one, two)| async move {
        let account = account(&one, "a").await;
        webhook(&one, "a", &[], None).await;
        for subject in ["contacts", "leads"] {
            one.ensure_job(&account.id, JobKind::Changes, subject, now()).await.unwrap();
            two.ensure_job(&account.id, JobKind::Changes, subject, now()).await.unwrap();
        }
        let (first, second) = tokio::join!(
            one.claim_jobs(JobKind::Changes, now(), 1),
            two.claim_jobs(JobKind::Changes, now(), 10)
        );
        let (first, second) = (first.unwrap(), second.unwrap());
        let subjects: BTreeSet<&str> = first.iter().chain(&second).map(|job| job.subject.as_str()).collect();
        assert_eq!((subjects.len(), first.len() + second.len()), (2, 2));
        assert_eq!(one.claim_jobs(JobKind::Schema, now(), 10).await.unwrap(), []);
        let (owner, other, job) =
            if first.is_empty() { (&two, &one, &second[0]) } else { (&one, &two, &first[0]) };
        let event = NewEvent::new("a", &account.id, "resource.updated", &json!({}), now());
        let outcome = ChangeOutcome {
            cursor: Some("c1".to_owned()),
            watermark: Some(5),
            events: vec![event],
            next_run_at: now(),
        };
        assert!(!other.finish_job(job, &outcome, now()).await.unwrap(), "another process has the job");
        assert_eq!(one.count_deliveries().await.unwrap().0, 0);
        assert!(owner.extend_job(job).await.unwrap() && !other.extend_job(job).await.unwrap());
        assert!(owner.finish_job(job, &outcome, now()).await.unwrap());
        assert!(!owner.finish_job(job, &outcome, now()).await.unwrap(), "a job is finished once");
        assert_eq!(one.count_deliveries().await.unwrap().0, 1);
        let again = other.claim_jobs(JobKind::Changes, now(), 1).await.unwrap();
        assert_eq!(
            (again[0].cursor.as_deref(), again[0].watermark, again[0].failures),
            (Some("c1"), Some(5), 0)
        );
        let later = now() + SignedDuration::from_secs(60);
        other.fail_job(&again[0], "down", later).await.unwrap();
        assert_eq!(other.claim_jobs(JobKind::Changes, now(), 10).await.unwrap(), []);
        let failed = one.claim_jobs(JobKind::Changes, later, 10).await.unwrap();
        assert_eq!((failed.len(), failed[0].failures, failed[0].cursor.as_deref()), (1, 1, Some("c1")));
        one.retain_jobs(&account.id, JobKind::Changes, &[]).await.unwrap();
        assert!(!one.extend_job(&failed[0]).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_write_with_an_idempotency_key_is_executed_once() {
    on_both(|(one, two)| async move {
        let account = account(&one, "a").await;
        let begin = async |store: &Store, request: &[u8]| {
            store.begin_idempotent("a", &account.id, "key", request, now()).await.unwrap()
        };
        let (first, second) = tokio::join!(begin(&one, b"1"), begin(&two, b"1"));
        let both = [first, second];
        assert!(both.contains(&IdempotentRequest::New) && both.contains(&IdempotentRequest::Unfinished));
        assert_eq!(begin(&two, b"2").await, IdempotentRequest::Other);
        let response = StoredResponse {
            status: 201,
            headers: vec![("a".into(), "b".into())],
            body: b"planted-row".to_vec(),
        };
        one.complete_idempotent(&account.id, "key", &response).await.unwrap();
        assert_eq!(begin(&two, b"1").await, IdempotentRequest::Completed(response));
        two.abandon_idempotent(&account.id, "key").await.unwrap();
        assert!(matches!(begin(&one, b"1").await, IdempotentRequest::Completed(_)));
        let tomorrow = now() + SignedDuration::from_hours(25);
        let again = one.begin_idempotent("a", &account.id, "key", b"2", tomorrow).await.unwrap();
        assert_eq!(again, IdempotentRequest::New);
        one.abandon_idempotent(&account.id, "key").await.unwrap();
        assert_eq!(begin(&two, b"3").await, IdempotentRequest::New);
        assert_eq!(one.purge_idempotent(tomorrow).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_is_completed_once_and_in_time() {
    on_both(|(one, two)| async move {
        let account = account(&one, "a").await;
        let later = now() + SignedDuration::from_hours(1);
        one.begin_sign_in(&account.id, "s1", b"pending", later).await.unwrap();
        one.begin_sign_in(&account.id, "s2", b"pending", now()).await.unwrap();
        assert!(two.take_sign_in("s2", now() + SignedDuration::from_secs(1)).await.unwrap().is_none());
        let (first, second) = tokio::join!(one.take_sign_in("s1", now()), two.take_sign_in("s1", now()));
        let taken: Vec<_> = [first.unwrap(), second.unwrap()].into_iter().flatten().collect();
        assert_eq!(taken.len(), 1);
        assert_eq!((taken[0].0.id.as_str(), taken[0].1.expose_secret()), (account.id.as_str(), "pending"));
    })
    .await;
}

#[tokio::test]
async fn a_snapshot_is_kept_with_its_account() {
    on_both(|(one, two)| async move {
        let account = account(&one, "a").await;
        assert!(two.snapshot(&account.id).await.unwrap().is_none());
        let files = SnapshotFiles::from([("org.json".to_owned(), "{}".repeat(10_000))]);
        let at = Timestamp::from_second(1_000_000).unwrap();
        let snapshot = Snapshot::new("d".to_owned(), files, Some(json!({ "breaking": 1 })), at, at);
        one.put_snapshot(&account.id, &snapshot).await.unwrap();
        one.put_snapshot(&account.id, &snapshot).await.unwrap();
        assert_eq!(two.snapshot(&account.id).await.unwrap(), Some(snapshot));
        assert_eq!(two.snapshot_digest(&account.id).await.unwrap().as_deref(), Some("d"));
        one.delete_account("a", &account.id).await.unwrap();
        assert!(two.snapshot(&account.id).await.unwrap().is_none());
    })
    .await;
}

/// Encrypts everything anew on a database of each kind, with the old key and a new one.
#[tokio::test]
async fn after_a_rotation_the_old_key_is_not_needed() {
    async fn rotate(old: Store, both: Store, new: Store) {
        let account = account(&old, "a").await;
        webhook(&old, "a", &[], None).await;
        let (_, key) = old
            .create_key(
                NewApiKey {
                    tenant: "a".to_owned(),
                    name: "x".to_owned(),
                    scopes: vec![],
                    accounts: None,
                    expires_at: None,
                },
                now(),
            )
            .await
            .unwrap();
        assert!(new.client_secret(&account.id).await.unwrap_err().to_string().contains("no key named `k1`"));
        assert!(new.authenticate(&key, now()).await.unwrap().is_none());
        assert_eq!((both.rotate().await.unwrap(), both.rotate().await.unwrap()), (2, 0));
        assert!(both.authenticate(&key, now()).await.unwrap().is_some());
        assert_eq!(new.client_secret(&account.id).await.unwrap().unwrap().expose_secret(), "planted-secret");
        assert!(new.authenticate(&key, now()).await.unwrap().is_some());
        let event = NewEvent::new("a", &account.id, "x", &json!({}), now());
        new.enqueue(&event, now()).await.unwrap();
        assert_eq!(new.claim_deliveries(now(), 1, MINUTE).await.unwrap().len(), 1);
        assert!(old.client_secret(&account.id).await.is_err());
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.db");
    let open = async |lines: &[&str]| Store::new(Sqlite::open(&path).await.unwrap(), keys(lines));
    rotate(open(&[K1]).await, open(&[K2, K1]).await, open(&[K2]).await).await;
    let Some(url) = postgres::new_database() else { return };
    let open = async |lines: &[&str]| Store::new(Postgres::connect(&url, 2).await.unwrap(), keys(lines));
    rotate(open(&[K1]).await, open(&[K2, K1]).await, open(&[K2]).await).await;
}

#[tokio::test]
async fn no_secret_is_readable_in_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.db");
    let store = Store::new(Sqlite::open(&path).await.unwrap(), keys(&[K1]));
    let account = account(&store, "a").await;
    let tokens = store.tokens(&account.id);
    tokens.save("k", &SecretString::from("planted-refresh-token")).await.unwrap();
    store
        .begin_sign_in(&account.id, "s", b"planted-verifier", now() + SignedDuration::from_hours(1))
        .await
        .unwrap();
    let new = NewWebhook { tenant: "a".into(), url: "https://x.y/".into(), events: vec![], account_id: None };
    let (_, secret) = store.create_webhook(new, now()).await.unwrap();
    let new =
        NewApiKey { tenant: "a".into(), name: "x".into(), scopes: vec![], accounts: None, expires_at: None };
    let (_, key) = store.create_key(new, now()).await.unwrap();
    store.begin_idempotent("a", &account.id, "key", b"1", now()).await.unwrap();
    let response = StoredResponse { status: 200, headers: vec![], body: b"planted-row".to_vec() };
    store.complete_idempotent(&account.id, "key", &response).await.unwrap();
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    // `dvk_<id>_<secret>`; the secret may have a `_` as well.
    let key = key.expose_secret().splitn(3, '_').nth(2).unwrap();
    let planted = [
        "planted-secret",
        "planted-refresh-token",
        "planted-verifier",
        "planted-row",
        &secret.expose_secret()[6..],
        key,
    ];
    for secret in planted {
        assert!(secret.len() > 8);
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} is readable");
    }
    assert!(bytes.windows(6).any(|window| window == b"client"), "what was searched is the database");
}
