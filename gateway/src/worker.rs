//! The work in the background: deliveries of events, polls for changes, refreshes of snapshots, renewals of tokens.
//! Every process does a part of it; the store sees to it that no two do the same at the same time.
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::store::{Account, AccountState, ChangeOutcome, Delivery, DeliveryOutcome, Job, JobKind, NewEvent};

/// How often the store is asked for work.
const POLL: Duration = Duration::from_millis(500);
/// How often what has expired is removed.
const PURGE: Duration = Duration::from_secs(60 * 60);
/// How often the claim on a job that runs is extended.
const EXTENSION: Duration = Duration::from_secs(10);
/// How long after a use a refresh token is renewed, so that it does not expire.
const RENEWAL: SignedDuration = SignedDuration::from_hours(24);
/// The wait after the first run of a job that failed. It doubles with every further one.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// The longest wait after a run that failed.
const MAX_WAIT: SignedDuration = SignedDuration::from_secs(60 * 60);
/// The number of refreshes and renewals that one process makes at the same time.
const CONCURRENT: u32 = 4;

/// Does the work in the background until `stop` becomes true. What is under way then is finished.
pub(crate) async fn run(gateway: Gateway, stop: watch::Receiver<bool>) {
    let mut loops = JoinSet::new();
    loops.spawn(deliver_all(gateway.clone(), stop.clone()));
    for (kind, concurrent) in [
        (JobKind::Changes, gateway.settings().changes.concurrent.max(1)),
        (JobKind::Schema, CONCURRENT),
        (JobKind::Renewal, CONCURRENT),
    ] {
        loops.spawn(run_jobs(gateway.clone(), kind, concurrent, stop.clone()));
    }
    loops.spawn(purge(gateway, stop));
    while loops.join_next().await.is_some() {}
}

/// Waits; returns `false` if the process is to stop.
async fn pause(stop: &mut watch::Receiver<bool>, time: Duration) -> bool {
    tokio::select! {
        () = sleep(time) => true,
        _ = stop.wait_for(|stop| *stop) => false,
    }
}

async fn deliver_all(gateway: Gateway, mut stop: watch::Receiver<bool>) {
    let limit = gateway.settings().webhooks.concurrent.max(1);
    let mut running = JoinSet::new();
    while !*stop.borrow() {
        let free = limit.saturating_sub(u32::try_from(running.len()).unwrap_or(u32::MAX));
        let claimed =
            match gateway.store().claim_deliveries(gateway.now(), free, gateway.sender().claim()).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    tracing::warn!(%error, "events cannot be read from the store");
                    Vec::new()
                }
            };
        let is_idle = claimed.is_empty();
        for delivery in claimed {
            running.spawn(deliver(gateway.clone(), delivery));
        }
        while running.try_join_next().is_some() {}
        if is_idle {
            tokio::select! {
                go_on = pause(&mut stop, POLL) => if !go_on { break },
                _ = running.join_next(), if running.len() >= limit as usize => {}
            }
        }
    }
    while running.join_next().await.is_some() {}
}

async fn deliver(gateway: Gateway, delivery: Delivery) {
    let outcome = gateway.sender().deliver(&delivery, gateway.now()).await;
    let name = match &outcome {
        DeliveryOutcome::Delivered => "delivered",
        DeliveryOutcome::Retry { .. } => "retry",
        DeliveryOutcome::Failed { .. } => "failed",
    };
    gateway.metrics().delivery(name);
    tracing::debug!(delivery = delivery.id, attempt = delivery.attempt, outcome = name, "an event was sent");
    if let Err(error) = gateway.store().finish_delivery(&delivery.id, &outcome, gateway.now()).await {
        // The claim ends, and the event is sent again.
        tracing::warn!(%error, delivery = delivery.id, "the outcome of a delivery was not stored");
    }
}

async fn run_jobs(gateway: Gateway, kind: JobKind, concurrent: u32, mut stop: watch::Receiver<bool>) {
    let mut running = JoinSet::new();
    loop {
        let free = concurrent.saturating_sub(u32::try_from(running.len()).unwrap_or(u32::MAX));
        let claimed = match gateway.store().claim_jobs(kind, gateway.now(), free).await {
            _ if *stop.borrow() => break,
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, kind = kind.name(), "jobs cannot be read from the store");
                Vec::new()
            }
        };
        let is_idle = claimed.is_empty();
        for job in claimed {
            running.spawn(run_job(gateway.clone(), job));
        }
        while running.try_join_next().is_some() {}
        if is_idle || running.len() >= concurrent as usize {
            tokio::select! {
                go_on = pause(&mut stop, POLL) => if !go_on { break },
                _ = running.join_next(), if !running.is_empty() => {}
            }
        }
    }
    while running.join_next().await.is_some() {}
}

/// Runs a job, and extends the claim on it meanwhile.
async fn run_job(gateway: Gateway, job: Job) {
    let work = execute(&gateway, &job);
    let extending = async {
        let mut ticks = interval(EXTENSION);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            match gateway.store().extend_job(&job).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::debug!(%error, "a claim was not extended"),
            }
        }
    };
    let result = tokio::select! {
        result = work => result,
        () = extending => {
            tracing::warn!(account = job.account_id, kind = job.kind.name(), "another process has taken a job");
            return;
        }
    };
    let now = gateway.now();
    let stored = match result {
        Ok(Some(outcome)) => {
            gateway.metrics().job(job.kind.name(), "done");
            gateway.store().finish_job(&job, &outcome, now).await.map(drop)
        }
        // The account is gone.
        Ok(None) => Ok(()),
        Err(error) => {
            gateway.metrics().job(job.kind.name(), "failed");
            let message = error.message();
            tracing::info!(
                account = job.account_id,
                kind = job.kind.name(),
                subject = job.subject,
                message,
                "a job failed"
            );
            gateway.store().fail_job(&job, message, next_attempt(now, job.failures, error.wait())).await
        }
    };
    if let Err(error) = stored {
        tracing::warn!(%error, account = job.account_id, "the outcome of a job was not stored");
    }
}

/// Returns the time of the next attempt of a job that has failed `failures` times before. `wait` is how long the service
/// has asked to wait: then there is no need to wait ever longer.
fn next_attempt(now: Timestamp, failures: i64, wait: Option<Duration>) -> Timestamp {
    let doublings = i32::try_from(failures.clamp(0, 16)).unwrap_or_default();
    let longer = FIRST_WAIT.checked_mul(1 << doublings).unwrap_or(MAX_WAIT);
    let asked = wait.map(|wait| SignedDuration::try_from(wait).unwrap_or(MAX_WAIT).max(FIRST_WAIT));
    now.saturating_add(asked.unwrap_or(longer).min(MAX_WAIT)).unwrap_or(Timestamp::MAX)
}

async fn execute(gateway: &Gateway, job: &Job) -> Result<Option<ChangeOutcome>, ApiError> {
    let found = gateway.store().account_of_any_tenant(&job.account_id).await?;
    let Some(account) = found.filter(|account| account.state == AccountState::Connected) else {
        return Ok(None);
    };
    match job.kind {
        JobKind::Changes => gateway.poll(&account, job).await.map(Some),
        JobKind::Schema => refresh(gateway, &account).await.map(Some),
        JobKind::Renewal => {
            gateway.sign_in_now(&account).await?;
            let next_run_at = gateway.now().saturating_add(RENEWAL).unwrap_or(Timestamp::MAX);
            Ok(Some(ChangeOutcome { cursor: None, watermark: None, events: Vec::new(), next_run_at }))
        }
    }
}

/// Refreshes a snapshot, and makes a job for the changes of each resource that the model has then.
async fn refresh(gateway: &Gateway, account: &Account) -> Result<ChangeOutcome, ApiError> {
    let before = gateway.store().snapshot_digest(&account.id).await?;
    let snapshot = gateway.refresh_snapshot(account).await?;
    let now = gateway.now();
    let mut events = Vec::new();
    if before.is_some_and(|before| before != snapshot.digest) {
        let data = json!({ "digest": snapshot.digest, "drift": snapshot.drift });
        events.push(NewEvent::new(&account.tenant, &account.id, "account.schema_changed", &data, now));
    }
    if gateway.model().is_some() {
        let model = gateway.unified(account).await?;
        let mut resources = model.resources();
        resources.retain(|resource| model.tables(resource).is_some_and(|tables| !tables.is_empty()));
        gateway.store().retain_jobs(&account.id, JobKind::Changes, &resources).await?;
        for resource in &resources {
            gateway.store().ensure_job(&account.id, JobKind::Changes, resource, now).await?;
        }
    }
    let next_run_at = seconds_after(now, gateway.settings().schema.refresh_seconds);
    Ok(ChangeOutcome { cursor: None, watermark: None, events, next_run_at })
}

/// Returns the time so many seconds after `now`, at least one.
pub(crate) fn seconds_after(now: Timestamp, seconds: u64) -> Timestamp {
    let wait = i64::try_from(seconds.max(1)).unwrap_or(i64::MAX);
    now.saturating_add(SignedDuration::from_secs(wait)).unwrap_or(Timestamp::MAX)
}

async fn purge(gateway: Gateway, mut stop: watch::Receiver<bool>) {
    loop {
        let now = gateway.now();
        let kept = SignedDuration::from_hours(24 * i64::from(gateway.settings().webhooks.kept_days));
        let before = now.saturating_sub(kept).unwrap_or(Timestamp::MIN);
        let (deliveries, responses) =
            tokio::join!(gateway.store().purge_deliveries(before), gateway.store().purge_idempotent(now));
        for error in [deliveries.err(), responses.err()].into_iter().flatten() {
            tracing::warn!(%error, "what has expired was not removed");
        }
        if !pause(&mut stop, PURGE).await {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
