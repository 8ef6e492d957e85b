//! Jobs.
use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;

fn job(account: &Account, kind: JobKind, subject: &str) -> Job {
    Job {
        account_id: account.id.clone(),
        kind,
        subject: subject.to_owned(),
        cursor: None,
        watermark: None,
        failures: 0,
    }
}

/// The subjects of the jobs that are due.
async fn claimed(store: &Store, kind: JobKind, millis: i64, limit: u32) -> Vec<String> {
    let jobs = store.claim_jobs(kind, at(millis), limit).await.unwrap();
    let mut subjects: Vec<String> = jobs.into_iter().map(|job| job.subject).collect();
    subjects.sort();
    subjects
}

#[test]
fn the_kinds_of_jobs_have_their_names() {
    let kinds = [JobKind::Changes, JobKind::Schema, JobKind::Renewal];
    assert_eq!(kinds.map(JobKind::name), ["changes", "schema", "renewal"]);
}

#[tokio::test]
async fn a_job_is_claimed_from_its_time_on_by_its_kind_and_up_to_the_limit() {
    let store = store().await;
    let account = connected(&store).await;
    for (kind, subject, first) in [
        (JobKind::Changes, "late", 30),
        (JobKind::Changes, "early", 10),
        (JobKind::Changes, "middle", 20),
        (JobKind::Schema, "", 10),
        (JobKind::Renewal, "", 10),
    ] {
        store.ensure_job(&account.id, kind, subject, at(first)).await.unwrap();
    }
    // A job that is there stays as it is.
    store.ensure_job(&account.id, JobKind::Changes, "late", at(0)).await.unwrap();
    assert_eq!(claimed(&store, JobKind::Changes, 9, 10).await, [""; 0]);
    assert_eq!(claimed(&store, JobKind::Changes, 30, 0).await, [""; 0]);
    assert_eq!(claimed(&store, JobKind::Changes, 30, 1).await, ["early"], "the one that has waited longest");
    assert_eq!(claimed(&store, JobKind::Changes, 29, 10).await, ["middle"]);
    assert_eq!(claimed(&store, JobKind::Changes, 30, 10).await, ["late"]);
    assert_eq!(claimed(&store, JobKind::Changes, 30, 10).await, [""; 0], "they are claimed");
    for kind in [JobKind::Schema, JobKind::Renewal] {
        assert_eq!(store.claim_jobs(kind, at(10), 10).await.unwrap(), [job(&account, kind, "")]);
    }
    let until =
        store.first("SELECT min(claimed_until) - {now}, max(claimed_until) - {now} FROM jobs").await.unwrap();
    assert!(until.int(0).unwrap() > 20_000 && until.int(1).unwrap() <= 30_000, "{until:?}");
}

#[tokio::test]
async fn jobs_of_accounts_that_are_not_connected_wait() {
    let store = store().await;
    let account = store.create_account(new_account("Contoso"), at(1)).await.unwrap();
    store.ensure_job(&account.id, JobKind::Schema, "", at(1)).await.unwrap();
    assert_eq!(claimed(&store, JobKind::Schema, 1, 1).await, [""; 0]);
    store.set_connected(&account.id, None, at(2)).await.unwrap();
    assert_eq!(claimed(&store, JobKind::Schema, 1, 1).await, [""]);
}

#[tokio::test]
async fn the_jobs_that_are_not_kept_are_removed() {
    let store = store().await;
    let account = connected(&store).await;
    for (kind, subject) in
        [(JobKind::Changes, "a"), (JobKind::Changes, "b"), (JobKind::Changes, "c"), (JobKind::Schema, "a")]
    {
        store.ensure_job(&account.id, kind, subject, at(1)).await.unwrap();
    }
    let left = async || {
        let sql = "SELECT kind || ' ' || subject FROM jobs ORDER BY 1";
        let rows = store.query(sql, vec![]).await.unwrap();
        rows.iter().map(|row| row.text(0).unwrap()).collect::<Vec<_>>()
    };
    let kept = ["a", "c", "d"].map(str::to_owned);
    store.retain_jobs("acc_other", JobKind::Changes, &[]).await.unwrap();
    store.retain_jobs(&account.id, JobKind::Renewal, &[]).await.unwrap();
    assert_eq!(left().await, ["changes a", "changes b", "changes c", "schema a"]);
    store.retain_jobs(&account.id, JobKind::Changes, &kept).await.unwrap();
    assert_eq!(left().await, ["changes a", "changes c", "schema a"]);
    store.retain_jobs(&account.id, JobKind::Changes, &[]).await.unwrap();
    assert_eq!(left().await, ["schema a"]);
}

#[tokio::test]
async fn a_job_is_made_due_unless_it_is_due_already() {
    let store = store().await;
    let account = connected(&store).await;
    for (first, next) in [(5, 5), (10, 10), (11, 10), (1_000, 10)] {
        store.change("DELETE FROM jobs").await;
        store.ensure_job(&account.id, JobKind::Schema, "", at(first)).await.unwrap();
        store.run_now(&account.id, JobKind::Renewal, at(0)).await.unwrap();
        store.run_now("acc_other", JobKind::Schema, at(0)).await.unwrap();
        store.run_now(&account.id, JobKind::Schema, at(10)).await.unwrap();
        let row = store.first("SELECT next_run_at FROM jobs").await.unwrap();
        assert_eq!(row.int(0).unwrap(), next, "{first}");
    }
}

#[tokio::test]
async fn a_run_ends_once_by_the_process_that_has_claimed_it() {
    let store = store().await;
    let other = store.of_another_process();
    let account = connected(&store).await;
    store.create_webhook(super::events::webhook(&[]), at(1)).await.unwrap();
    store.ensure_job(&account.id, JobKind::Changes, "contacts", at(1)).await.unwrap();
    let first = job(&account, JobKind::Changes, "contacts");
    assert_eq!(store.claim_jobs(JobKind::Changes, at(1), 5).await.unwrap(), std::slice::from_ref(&first));
    let outcome = ChangeOutcome {
        cursor: Some("c".to_owned()),
        watermark: Some(7),
        events: vec![
            NewEvent::new("t", &account.id, "x", &json!({}), at(2)),
            NewEvent::new("t", &account.id, "y", &json!({}), at(2)),
        ],
        next_run_at: at(50),
    };
    assert!(!other.extend_job(&first).await.unwrap() && store.extend_job(&first).await.unwrap());
    store.change("UPDATE jobs SET claimed_until = 0").await;
    assert!(store.extend_job(&first).await.unwrap());
    let left = store.first("SELECT claimed_until - {now} FROM jobs").await.unwrap().int(0).unwrap();
    assert!((20_000..=30_000).contains(&left), "{left}");
    other.fail_job(&first, "not mine", at(0)).await.unwrap();
    assert!(!other.finish_job(&first, &outcome, at(2)).await.unwrap());
    assert_eq!(store.count_deliveries().await.unwrap(), (0, 0));
    assert!(store.finish_job(&first, &outcome, at(2)).await.unwrap());
    assert_eq!(store.count_deliveries().await.unwrap(), (2, 0));
    assert!(!store.finish_job(&first, &outcome, at(2)).await.unwrap());
    assert!(!store.extend_job(&first).await.unwrap());
    assert_eq!(store.claim_jobs(JobKind::Changes, at(49), 5).await.unwrap(), []);
    let second = Job { cursor: Some("c".to_owned()), watermark: Some(7), ..first };
    assert_eq!(other.claim_jobs(JobKind::Changes, at(50), 5).await.unwrap(), std::slice::from_ref(&second));
    // Runs that fail are counted until one does not.
    other.fail_job(&second, "down", at(60)).await.unwrap();
    other.fail_job(&second, "it is not claimed any more", at(0)).await.unwrap();
    assert_eq!(store.claim_jobs(JobKind::Changes, at(59), 5).await.unwrap(), []);
    let third = Job { failures: 1, ..second.clone() };
    assert_eq!(store.claim_jobs(JobKind::Changes, at(60), 5).await.unwrap(), std::slice::from_ref(&third));
    store.fail_job(&third, &"ä".repeat(501), at(60)).await.unwrap();
    let told = store.first("SELECT last_error FROM jobs").await.unwrap().text(0).unwrap();
    assert_eq!(told, "ä".repeat(500));
    let fourth = Job { failures: 2, ..second };
    assert_eq!(store.claim_jobs(JobKind::Changes, at(60), 5).await.unwrap(), std::slice::from_ref(&fourth));
    let nothing = ChangeOutcome { cursor: None, watermark: None, events: Vec::new(), next_run_at: at(61) };
    assert!(store.finish_job(&fourth, &nothing, at(60)).await.unwrap());
    let fifth = job(&account, JobKind::Changes, "contacts");
    assert_eq!(store.claim_jobs(JobKind::Changes, at(61), 5).await.unwrap(), [fifth]);
    let row = store.first("SELECT last_error FROM jobs").await.unwrap();
    assert_eq!(row.optional_text(0).unwrap(), None);
}
