//! Jobs that run again and again in the background, each by one process at a time: polls for changes, refreshes of
//! snapshots, renewals of tokens.
use std::time::Duration;

use jiff::Timestamp;

use super::outbox::{NewEvent, fan_out};
use super::{Result, Store, millis};
use crate::database::{Row, Statement};

/// How long a job may take before another process takes it. A job that takes longer extends its claim.
const CLAIM: Duration = Duration::from_secs(30);

/// The kind of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobKind {
    /// Polls a table for changes; the subject is the table.
    Changes,
    /// Refreshes the snapshot.
    Schema,
    /// Renews the refresh token, before it expires because nobody used it.
    Renewal,
}

impl JobKind {
    /// Returns the name in the database and in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Schema => "schema",
            Self::Renewal => "renewal",
        }
    }
}

/// A job that this process has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Job {
    /// The account.
    pub account_id: String,
    /// The kind.
    pub kind: JobKind,
    /// What the job is about, within the account: a table, or nothing.
    pub subject: String,
    /// Where the last run has ended, such as a delta link; `None` before the first run.
    pub cursor: Option<String>,
    /// The time up to which the last run has looked.
    pub watermark: Option<i64>,
    /// The number of runs that failed since the last that did not.
    pub failures: i64,
}

/// What a run of a job leaves for the next one.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeOutcome {
    /// Where the next run begins.
    pub cursor: Option<String>,
    /// The time up to which this run has looked.
    pub watermark: Option<i64>,
    /// The events that this run has found.
    pub events: Vec<NewEvent>,
    /// The time of the next run.
    pub next_run_at: Timestamp,
}

fn read(row: &Row, kind: JobKind) -> Result<Job> {
    Ok(Job {
        account_id: row.text(0)?,
        kind,
        subject: row.text(1)?,
        cursor: row.optional_text(2)?,
        watermark: row.optional_int(3)?,
        failures: row.int(4)?,
    })
}

/// The longest text of an error that is kept.
const MAX_ERROR_CHARS: usize = 500;

impl Store {
    /// Makes a job, unless there is one.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn ensure_job(
        &self,
        account: &str,
        kind: JobKind,
        subject: &str,
        first_run_at: Timestamp,
    ) -> Result<()> {
        self.execute(
            "INSERT INTO jobs (account_id, kind, subject, next_run_at, claimed_until, failures) VALUES ($1, $2, $3, $4, 0, 0)
             ON CONFLICT (account_id, kind, subject) DO NOTHING",
            vec![account.into(), kind.name().into(), subject.into(), millis(first_run_at)],
        )
        .await
        .map(drop)
    }

    /// Removes the jobs of an account of one kind, except those about `kept`.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn retain_jobs(&self, account: &str, kind: JobKind, kept: &[String]) -> Result<()> {
        let sql = "SELECT subject FROM jobs WHERE account_id = $1 AND kind = $2";
        for row in self.query(sql, vec![account.into(), kind.name().into()]).await? {
            let subject = row.text(0)?;
            if !kept.contains(&subject) {
                let sql = "DELETE FROM jobs WHERE account_id = $1 AND kind = $2 AND subject = $3";
                self.execute(sql, vec![account.into(), kind.name().into(), subject.into()]).await?;
            }
        }
        Ok(())
    }

    /// Makes a job due at once.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn run_now(&self, account: &str, kind: JobKind, now: Timestamp) -> Result<()> {
        let sql = "UPDATE jobs SET next_run_at = $3 WHERE account_id = $1 AND kind = $2 AND next_run_at > $3";
        self.execute(sql, vec![account.into(), kind.name().into(), millis(now)]).await.map(drop)
    }

    /// Takes jobs of one kind that are due, at most `limit`, of connected accounts. No other process takes them until
    /// they are finished, or for half a minute.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn claim_jobs(&self, kind: JobKind, now: Timestamp, limit: u32) -> Result<Vec<Job>> {
        let rows = self
            .query(
                "UPDATE jobs SET claimed_until = {now} + $1, claimed_by = $2 WHERE (account_id, kind, subject) IN (
                     SELECT account_id, kind, subject FROM jobs WHERE kind = $3 AND next_run_at <= $4 AND claimed_until <= {now}
                     AND account_id IN (SELECT id FROM accounts WHERE state = 'connected')
                     ORDER BY next_run_at LIMIT $5 {skip_locked})
                 RETURNING account_id, subject, cursor, watermark, failures",
                vec![
                    (CLAIM.as_millis() as i64).into(),
                    (&*self.process).into(),
                    kind.name().into(),
                    millis(now),
                    i64::from(limit).into(),
                ],
            )
            .await?;
        rows.iter().map(|row| read(row, kind)).collect()
    }

    /// Extends the claim on a job. Returns `false` if another process has taken it meanwhile.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn extend_job(&self, job: &Job) -> Result<bool> {
        let sql = "UPDATE jobs SET claimed_until = {now} + $5
                   WHERE account_id = $1 AND kind = $2 AND subject = $3 AND claimed_by = $4";
        let params = vec![
            job.account_id.as_str().into(),
            job.kind.name().into(),
            job.subject.as_str().into(),
            (&*self.process).into(),
            (CLAIM.as_millis() as i64).into(),
        ];
        Ok(self.execute(sql, params).await? == 1)
    }

    /// Ends a run of a job: its events go to the outbox and the next run begins where it has ended, both or neither.
    /// Returns `false`, and changes nothing, if another process has taken the job meanwhile.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn finish_job(&self, job: &Job, outcome: &ChangeOutcome, now: Timestamp) -> Result<bool> {
        let end = Statement::new(
            "UPDATE jobs SET cursor = $5, watermark = $6, next_run_at = $7, claimed_until = 0, claimed_by = NULL,
             failures = 0, last_error = NULL
             WHERE account_id = $1 AND kind = $2 AND subject = $3 AND claimed_by = $4",
            vec![
                job.account_id.as_str().into(),
                job.kind.name().into(),
                job.subject.as_str().into(),
                (&*self.process).into(),
                outcome.cursor.clone().into(),
                outcome.watermark.into(),
                millis(outcome.next_run_at),
            ],
        );
        let events = outcome.events.iter().map(|event| fan_out(event, now));
        self.transaction([end.expecting(1)].into_iter().chain(events).collect()).await
    }

    /// Ends a run of a job that failed. Its cursor stays where it is.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn fail_job(&self, job: &Job, error: &str, next_run_at: Timestamp) -> Result<()> {
        let error: String = error.chars().take(MAX_ERROR_CHARS).collect();
        self.execute(
            "UPDATE jobs SET failures = failures + 1, last_error = $5, next_run_at = $6, claimed_until = 0, claimed_by = NULL
             WHERE account_id = $1 AND kind = $2 AND subject = $3 AND claimed_by = $4",
            vec![
                job.account_id.as_str().into(),
                job.kind.name().into(),
                job.subject.as_str().into(),
                (&*self.process).into(),
                error.into(),
                millis(next_run_at),
            ],
        )
        .await
        .map(drop)
    }
}

#[cfg(test)]
impl Job {
    /// Returns a job of changes that is not in a store.
    pub(crate) fn for_tests(
        account: &str,
        subject: &str,
        cursor: Option<&str>,
        watermark: Option<i64>,
    ) -> Self {
        Self {
            account_id: account.to_owned(),
            kind: JobKind::Changes,
            subject: subject.to_owned(),
            cursor: cursor.map(str::to_owned),
            watermark,
            failures: 0,
        }
    }
}
