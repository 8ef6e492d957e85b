//! Tests of the work in the background.
use dvkit_client::TokioClock;
use pretty_assertions::assert_eq;

use super::*;
use crate::crypto::KeyRing;
use crate::database::Sqlite;
use crate::settings::Settings;
use crate::store::{AuthKind, IdempotentRequest, NewWebhook, Store};
use crate::testing::{self, Nothing};

#[tokio::test(start_paused = true)]
async fn a_pause_ends_with_its_time_or_with_the_process() {
    let (ending, mut stop) = watch::channel(false);
    let hour = Duration::from_secs(60 * 60);
    let begun = tokio::time::Instant::now();
    assert!(pause(&mut stop, hour).await);
    assert_eq!(begun.elapsed(), hour);
    let later = async {
        sleep(Duration::from_secs(1)).await;
        ending.send_replace(true);
    };
    let (goes_on, ()) = tokio::join!(pause(&mut stop, hour), later);
    assert!(!goes_on);
    assert!(!pause(&mut stop, hour).await, "it has ended already");
    assert_eq!(begun.elapsed(), hour + Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn what_has_expired_is_removed_every_hour() {
    let begun = Timestamp::UNIX_EPOCH;
    let keys = KeyRing::parse(&KeyRing::generate("k1")).unwrap();
    let store = Store::new(Sqlite::in_memory().await.unwrap(), keys);
    let gateway = Gateway::builder(store.clone(), Settings::default())
        .clock(TokioClock::starting(begun))
        .build()
        .unwrap();
    let (ending, stop) = watch::channel(false);
    let purging = tokio::spawn(purge(gateway, stop));
    for day in 0..3 {
        let at = begun + SignedDuration::from_hours(25 * day);
        let begin = async || store.begin_idempotent("t", "a", "key", b"request", at).await.unwrap();
        assert_eq!(begin().await, IdempotentRequest::New, "day {day}");
        // A write is remembered for a day.
        sleep(Duration::from_secs(23 * 60 * 60 + 1800)).await;
        assert_eq!(begin().await, IdempotentRequest::Unfinished, "day {day}");
        sleep(Duration::from_secs(60 * 60 + 1800)).await;
        assert_eq!(begin().await, IdempotentRequest::New, "day {day}: it was removed");
    }
    ending.send_replace(true);
    purging.await.unwrap();
}

#[test]
fn a_job_that_fails_waits_longer_each_time() {
    let now = Timestamp::UNIX_EPOCH;
    let waits: Vec<i64> = (0..9).map(|failures| next_attempt(now, failures, None).as_second()).collect();
    assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
    assert_eq!(next_attempt(now, i64::MAX, None).as_second(), 3_600);
}

#[test]
fn a_job_of_a_service_that_says_how_long_to_wait_waits_that_long() {
    let now = Timestamp::UNIX_EPOCH;
    for (asked, waits) in [(0, 30), (29, 30), (30, 30), (31, 31), (300, 300), (3_600, 3_600), (3_601, 3_600)]
    {
        for failures in [0, 9] {
            let wait = Some(Duration::from_secs(asked));
            assert_eq!(next_attempt(now, failures, wait).as_second(), waits, "{asked} {failures}");
        }
    }
    assert_eq!(next_attempt(now, 0, Some(Duration::MAX)).as_second(), 3_600);
}

#[test]
fn a_time_is_so_many_seconds_later() {
    let now = Timestamp::from_second(100).unwrap();
    for (seconds, expected) in [(0, 101), (1, 101), (2, 102), (3_600, 3_700)] {
        assert_eq!(seconds_after(now, seconds).as_second(), expected, "{seconds}");
    }
    for far in [u64::MAX, i64::MAX as u64, 1 << 60] {
        assert_eq!(seconds_after(now, far), Timestamp::MAX, "{far}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_without_work_is_asked_twice_a_second() {
    for fails in [false, true] {
        let database = Nothing { fails, ..Nothing::default() };
        let gateway = testing::gateway_of(&database);
        let (ending, stop) = watch::channel(false);
        let working = tokio::spawn(run(gateway, stop));
        sleep(Duration::from_millis(10_250)).await;
        // Three kinds of jobs, each at once and then every half second.
        assert_eq!(database.count("UPDATE jobs"), 3 * 21, "{fails}");
        assert_eq!(database.count("UPDATE outbox"), 21, "{fails}");
        assert_eq!(database.count("DELETE FROM outbox"), 1, "{fails}");
        assert_eq!(database.count("DELETE FROM idempotency"), 1, "{fails}");
        ending.send_replace(true);
        working.await.unwrap();
        assert_eq!(database.count("UPDATE outbox"), 21, "{fails}: it ends at once");
    }
}

/// Waits until something is so.
async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..2_000 {
        if is_so().await {
            return;
        }
        sleep(Duration::from_millis(5)).await;
    }
    panic!("{what}");
}

/// Makes a webhook to which nothing is sent, because its address is one of the inside, and so many events for it.
async fn events(gateway: &Gateway, account: &Account, count: usize) {
    let new = NewWebhook {
        tenant: "t".to_owned(),
        url: "http://10.0.0.1/".to_owned(),
        events: Vec::new(),
        account_id: None,
    };
    gateway.store().create_webhook(new, gateway.now()).await.unwrap();
    for _ in 0..count {
        let event = NewEvent::new("t", &account.id, "x", &json!({}), gateway.now());
        gateway.store().enqueue(&event, gateway.now()).await.unwrap();
    }
}

#[tokio::test]
async fn every_event_and_job_that_is_due_is_worked_on() {
    let mut settings = testing::settings();
    settings.webhooks.concurrent = 1;
    settings.changes.concurrent = 1;
    let gateway = testing::builder(settings).await.build().unwrap();
    let account = testing::connected(&gateway).await;
    events(&gateway, &account, 3).await;
    for (kind, subject) in
        [(JobKind::Changes, "contacts"), (JobKind::Changes, "leads"), (JobKind::Changes, "accounts")]
    {
        gateway.store().ensure_job(&account.id, kind, subject, gateway.now()).await.unwrap();
    }
    let (ending, stop) = watch::channel(false);
    let working = tokio::spawn(run(gateway.clone(), stop));
    let done = async || {
        let text = gateway.metrics_text().await.unwrap();
        text.contains(r#"dvkit_gateway_deliveries_total{outcome="failed"} 3"#)
            && text.contains(r#"dvkit_gateway_jobs_total{kind="changes",outcome="failed"} 3"#)
            && text.contains(r#"dvkit_gateway_outbox{state="failed"} 3"#)
    };
    eventually("everything is done", done).await;
    ending.send_replace(true);
    working.await.unwrap();
    assert_eq!(gateway.store().count_deliveries().await.unwrap(), (0, 3));
}

#[tokio::test]
async fn a_job_that_failed_runs_again_after_its_wait_and_one_without_an_account_does_not_fail() {
    let gateway = testing::gateway().await;
    let (store, account) = (gateway.store(), testing::connected(&gateway).await);
    let claim = async |second: i64| {
        let at = Timestamp::from_second(second).unwrap();
        store.claim_jobs(JobKind::Changes, at, 10).await.unwrap()
    };
    store.ensure_job(&account.id, JobKind::Changes, "contacts", Timestamp::UNIX_EPOCH).await.unwrap();
    let job = claim(0).await.remove(0);
    run_job(gateway.clone(), job.clone()).await;
    assert_eq!(claim(29).await, []);
    assert_eq!(claim(30).await, [Job { failures: 1, ..job.clone() }]);
    let gone = Job { account_id: "acc_0".to_owned(), ..job.clone() };
    assert_eq!(execute(&gateway, &gone).await.unwrap(), None);
    let error = execute(&gateway, &job).await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.code()), (404, "no_model"));
    let pending = testing::account(&gateway, AuthKind::DeviceCode).await;
    let waits = Job { account_id: pending.id, ..job };
    for kind in [JobKind::Changes, JobKind::Schema, JobKind::Renewal] {
        assert_eq!(execute(&gateway, &Job { kind, ..waits.clone() }).await.unwrap(), None, "{kind:?}");
        run_job(gateway.clone(), Job { kind, ..waits.clone() }).await;
    }
    let text = gateway.metrics_text().await.unwrap();
    let jobs: Vec<&str> = text.lines().filter(|line| line.starts_with("dvkit_gateway_jobs_total")).collect();
    assert_eq!(jobs, [r#"dvkit_gateway_jobs_total{kind="changes",outcome="failed"} 1"#]);
}
