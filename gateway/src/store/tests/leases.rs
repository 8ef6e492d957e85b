//! Leases.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dvkit_client::auth::BoxFuture;
use pretty_assertions::assert_eq;
use tokio::time::{Instant, sleep};

use super::*;
use crate::database::Result;

/// A database in which another process has every lease from the third attempt on, and which counts.
#[derive(Debug, Clone, Default)]
struct Counting {
    /// The attempts to get a lease.
    attempts: Arc<AtomicUsize>,
    /// The statements that extend or end one.
    changes: Arc<std::sync::Mutex<Vec<&'static str>>>,
    /// The number of the attempt that gets the lease.
    succeeds: usize,
    /// The number of extensions that succeed.
    extensions: usize,
}

impl Database for Counting {
    fn query(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<Row>>> {
        assert!(statement.sql.starts_with("INSERT INTO leases"), "{}", statement.sql);
        assert_eq!(statement.params.last(), Some(&Value::Int(30_000)));
        let attempt = self.attempts.fetch_add(1, Ordering::SeqCst) + 1;
        let rows = if attempt == self.succeeds { vec![Row(vec![Value::from("holder")])] } else { Vec::new() };
        Box::pin(async { Ok(rows) })
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64>> {
        let mut changes = self.changes.lock().unwrap();
        changes.push(if statement.sql.starts_with("UPDATE") { "extended" } else { "ended" });
        let rows = u64::from(changes.len() <= self.extensions);
        Box::pin(async move { Ok(rows) })
    }

    fn transaction(&self, _: Vec<Statement>) -> BoxFuture<'_, Result<bool>> {
        Box::pin(async { Ok(false) })
    }

    fn kind(&self) -> &'static str {
        "counting"
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_lease_asks_again_ever_less_often() {
    for (wait, attempts) in [(0, 1..=1), (9, 1..=1), (10, 2..=2), (1_000, 5..=16), (60_000, 162..=490)] {
        let database = Counting::default();
        let store = Store::new(database.clone(), ring(&[K1]));
        let begun = Instant::now();
        assert!(store.lease("x", Duration::from_millis(wait)).await.unwrap().is_none());
        let made = database.attempts.load(Ordering::SeqCst);
        assert!(attempts.contains(&made), "{made} attempts in {wait} ms");
        assert!(begun.elapsed() <= Duration::from_millis(wait + 400), "{wait}");
    }
    // The third attempt gets it, after two waits of 10 and 20 ms that are spread by a half.
    let database = Counting { succeeds: 3, extensions: 9, ..Counting::default() };
    let store = Store::new(database.clone(), ring(&[K1]));
    let begun = Instant::now();
    assert!(store.lease("x", Duration::from_secs(1)).await.unwrap().is_some());
    assert_eq!(database.attempts.load(Ordering::SeqCst), 3);
    let took = begun.elapsed().as_millis();
    assert!((15..=47).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_extended_while_it_is_held_and_ended_then() {
    let database = Counting { succeeds: 1, extensions: 9, ..Counting::default() };
    let store = Store::new(database.clone(), ring(&[K1]));
    let changes = || database.changes.lock().unwrap().clone();
    let lease = store.try_lease("x").await.unwrap().unwrap();
    assert_eq!(format!("{lease:?}"), r#"Lease { name: "x", .. }"#);
    sleep(Duration::from_millis(9_990)).await;
    assert_eq!(changes(), [""; 0]);
    sleep(Duration::from_millis(20_020)).await;
    assert_eq!(changes(), ["extended"; 3]);
    drop(lease);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(changes(), ["extended", "extended", "extended", "ended"]);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_was_lost_is_not_extended_any_more() {
    let database = Counting { succeeds: 1, extensions: 2, ..Counting::default() };
    let store = Store::new(database.clone(), ring(&[K1]));
    let lease = store.try_lease("x").await.unwrap().unwrap();
    sleep(Duration::from_secs(120)).await;
    assert_eq!(*database.changes.lock().unwrap(), ["extended"; 3], "the third one fails");
    drop(lease);
}

#[tokio::test]
async fn only_the_holder_of_a_lease_extends_and_ends_it() {
    let store = store().await;
    let lease = store.try_lease("x").await.unwrap().unwrap();
    let row = store.first("SELECT holder, expires_at - {now} FROM leases").await.unwrap();
    let (holder, left) = (row.text(0).unwrap(), row.int(1).unwrap());
    let (process, number) = holder.split_once('/').unwrap();
    assert_eq!((process, number.len()), (store.process_name(), 12));
    assert!((20_000..=30_000).contains(&left), "{left}");
    let (extended, refused) =
        (store.extend_lease("x", &holder).await, store.extend_lease("x", "other").await);
    assert_eq!((extended.unwrap(), refused.unwrap()), (true, false));
    assert!(!store.extend_lease("y", &holder).await.unwrap());
    store.end_lease("x", "other").await.unwrap();
    store.end_lease("y", &holder).await.unwrap();
    assert!(store.try_lease("x").await.unwrap().is_none());
    store.end_lease("x", &holder).await.unwrap();
    assert!(store.try_lease("x").await.unwrap().is_some());
    drop(lease);
    // One that has expired is taken over.
    store.change("DELETE FROM leases").await;
    let lost = store.try_lease("x").await.unwrap().unwrap();
    store.change("UPDATE leases SET expires_at = {now}").await;
    assert!(store.try_lease("x").await.unwrap().is_some());
    drop(lost);
}
