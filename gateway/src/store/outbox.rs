//! The outbox: events that are to be sent to webhooks. An event is put into it in the transaction that causes the
//! event, and stays until it was delivered, so that none is lost.
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value as Json, json};

use super::{Result, Store, millis, new_id, optional_time, time};
use crate::crypto::Sealed;
use crate::database::{Row, Statement};

/// An event that is to be sent to the webhooks of a tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// The id, by which a receiver recognises an event that is delivered twice.
    pub id: String,
    /// The tenant.
    pub tenant: String,
    /// The account that the event is about.
    pub account_id: String,
    /// The name, such as `account.authentication_error`.
    pub name: String,
    /// The body.
    pub body: Json,
}

impl NewEvent {
    /// Creates an event with a new id. `data` is what the event is about.
    #[must_use]
    pub fn new(tenant: &str, account_id: &str, name: &str, data: &Json, now: Timestamp) -> Self {
        let id = new_id("evt");
        let body = json!({
            "id": id, "event": name, "created_at": now.to_string(), "account_id": account_id, "data": data,
        });
        let (tenant, account_id, name) = (tenant.to_owned(), account_id.to_owned(), name.to_owned());
        Self { id, tenant, account_id, name, body }
    }
}

/// Returns the statement that puts an event into the outbox, once for each webhook that wants it.
pub(super) fn fan_out(event: &NewEvent, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO outbox (id, webhook_id, event, body, attempts, next_attempt_at, claimed_until, created_at)
         SELECT $1 || '.' || webhooks.id, webhooks.id, $2, $3, 0, $4, 0, $4 FROM webhooks
         WHERE tenant = $5 AND disabled_at IS NULL AND (account_id IS NULL OR account_id = $6)
         AND (events = '*' OR events LIKE '%,' || $2 || ',%')",
        vec![
            event.id.as_str().into(),
            event.name.as_str().into(),
            event.body.to_string().into(),
            millis(now),
            event.tenant.as_str().into(),
            event.account_id.as_str().into(),
        ],
    )
}

/// An event that this process delivers to one webhook.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Delivery {
    /// The id of the delivery, which is the same in each attempt.
    pub id: String,
    /// The webhook.
    pub webhook_id: String,
    /// The address.
    pub url: String,
    /// The secret that signs the event.
    pub secret: SecretString,
    /// The name of the event.
    pub event: String,
    /// The body, as JSON.
    pub body: String,
    /// The number of this attempt, beginning with 1.
    pub attempt: i64,
    /// The time at which the event was put into the outbox.
    pub created_at: Timestamp,
}

/// How an attempt of a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The receiver has the event.
    Delivered,
    /// The event is to be sent again.
    Retry {
        /// The time of the next attempt.
        at: Timestamp,
        /// Why this attempt failed.
        error: String,
    },
    /// No further attempt is made until somebody asks for it.
    Failed {
        /// Why the last attempt failed.
        error: String,
    },
}

/// A delivery as it is told to the tenant.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DeliveryRecord {
    /// The id of the delivery.
    pub id: String,
    /// The name of the event.
    pub event: String,
    /// The body.
    pub body: Json,
    /// The number of attempts so far.
    pub attempts: i64,
    /// The time at which the event was put into the outbox.
    pub created_at: Timestamp,
    /// The time of the next attempt; `None` if there is none.
    pub next_attempt_at: Option<Timestamp>,
    /// The time at which it was delivered; `None` if it was not.
    pub delivered_at: Option<Timestamp>,
    /// The time at which the last attempt failed for good; `None` if it did not.
    pub failed_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

fn read_record(row: &Row) -> Result<DeliveryRecord> {
    let (delivered_at, failed_at) =
        (optional_time(row.optional_int(6)?)?, optional_time(row.optional_int(7)?)?);
    let next_attempt_at = time(row.int(5)?)?;
    Ok(DeliveryRecord {
        id: row.text(0)?,
        event: row.text(1)?,
        body: super::json(&row.text(2)?)?,
        attempts: row.int(3)?,
        created_at: time(row.int(4)?)?,
        next_attempt_at: (delivered_at.is_none() && failed_at.is_none()).then_some(next_attempt_at),
        delivered_at,
        failed_at,
        last_error: row.optional_text(8)?,
    })
}

impl Store {
    /// Puts an event into the outbox. Returns the number of webhooks that will get it.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn enqueue(&self, event: &NewEvent, now: Timestamp) -> Result<u64> {
        Ok(self.database.execute(fan_out(event, now)).await?)
    }

    /// Takes deliveries that are due, at most `limit`. No other process takes them for the time `claim`. A delivery whose
    /// webhook's secret cannot be decrypted is postponed by the claim, and logged.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn claim_deliveries(
        &self,
        now: Timestamp,
        limit: u32,
        claim: Duration,
    ) -> Result<Vec<Delivery>> {
        let rows = self
            .query(
                "UPDATE outbox SET claimed_until = {now} + $1, attempts = attempts + 1 WHERE id IN (
                     SELECT id FROM outbox WHERE delivered_at IS NULL AND failed_at IS NULL
                     AND next_attempt_at <= $2 AND claimed_until <= {now} ORDER BY next_attempt_at LIMIT $3 {skip_locked})
                 RETURNING id, webhook_id, event, body, attempts, created_at",
                vec![(claim.as_millis() as i64).into(), millis(now), i64::from(limit).into()],
            )
            .await?;
        let mut deliveries = Vec::with_capacity(rows.len());
        for row in rows {
            let webhook_id = row.text(1)?;
            let sql = "SELECT url, key_id, sealed FROM webhooks WHERE id = $1";
            let Some(webhook) = self.query_one(sql, vec![webhook_id.as_str().into()]).await? else {
                continue;
            };
            let sealed = Sealed { key_id: webhook.text(1)?, bytes: webhook.bytes(2)? };
            let secret = match self.webhook_secret(&webhook_id, &sealed) {
                Ok(secret) => secret,
                Err(error) => {
                    tracing::error!(%error, webhook = webhook_id, "an event cannot be signed");
                    continue;
                }
            };
            deliveries.push(Delivery {
                id: row.text(0)?,
                url: webhook.text(0)?,
                secret,
                event: row.text(2)?,
                body: row.text(3)?,
                attempt: row.int(4)?,
                created_at: time(row.int(5)?)?,
                webhook_id,
            });
        }
        Ok(deliveries)
    }

    /// Notes how an attempt of a delivery ended.
    ///
    /// # Errors
    /// Returns an error if the database fails. The delivery is then repeated.
    pub async fn finish_delivery(&self, id: &str, outcome: &DeliveryOutcome, now: Timestamp) -> Result<()> {
        let (sql, params) = match outcome {
            DeliveryOutcome::Delivered => (
                "UPDATE outbox SET delivered_at = $2, claimed_until = 0, last_error = NULL WHERE id = $1",
                vec![id.into(), millis(now)],
            ),
            DeliveryOutcome::Retry { at, error } => (
                "UPDATE outbox SET next_attempt_at = $2, claimed_until = 0, last_error = $3
                 WHERE id = $1 AND delivered_at IS NULL",
                vec![id.into(), millis(*at), error.as_str().into()],
            ),
            DeliveryOutcome::Failed { error } => (
                "UPDATE outbox SET failed_at = $2, claimed_until = 0, last_error = $3
                 WHERE id = $1 AND delivered_at IS NULL",
                vec![id.into(), millis(now), error.as_str().into()],
            ),
        };
        self.execute(sql, params).await.map(drop)
    }

    /// Returns the latest deliveries of a webhook of a tenant, the newest first.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn deliveries(&self, tenant: &str, webhook: &str, limit: u32) -> Result<Vec<DeliveryRecord>> {
        let rows = self
            .query(
                "SELECT outbox.id, event, body, attempts, outbox.created_at, next_attempt_at, delivered_at, failed_at, last_error
                 FROM outbox JOIN webhooks ON webhooks.id = outbox.webhook_id
                 WHERE webhook_id = $1 AND tenant = $2 ORDER BY outbox.created_at DESC, outbox.id LIMIT $3",
                vec![webhook.into(), tenant.into(), i64::from(limit).into()],
            )
            .await?;
        rows.iter().map(read_record).collect()
    }

    /// Makes a delivery of a webhook due again, also one that was delivered. Returns `false` if there is none.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn redeliver(&self, tenant: &str, webhook: &str, id: &str, now: Timestamp) -> Result<bool> {
        let sql =
            "UPDATE outbox SET next_attempt_at = $4, delivered_at = NULL, failed_at = NULL, attempts = 0
                   WHERE id = $1 AND webhook_id IN (SELECT id FROM webhooks WHERE id = $2 AND tenant = $3)";
        let params = vec![id.into(), webhook.into(), tenant.into(), millis(now)];
        Ok(self.execute(sql, params).await? == 1)
    }

    /// Removes deliveries that ended before `before`.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn purge_deliveries(&self, before: Timestamp) -> Result<u64> {
        self.execute("DELETE FROM outbox WHERE delivered_at < $1 OR failed_at < $1", vec![millis(before)])
            .await
    }

    /// Returns the number of events that wait for their delivery, and of those that failed for good.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn count_deliveries(&self) -> Result<(i64, i64)> {
        let sql = "SELECT (SELECT count(*) FROM outbox WHERE delivered_at IS NULL AND failed_at IS NULL),
                   (SELECT count(*) FROM outbox WHERE failed_at IS NOT NULL)";
        let row = self.query_one(sql, vec![]).await?;
        row.map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
    }
}

#[cfg(test)]
impl Delivery {
    /// Returns a delivery that is not in a store.
    pub(crate) fn for_tests(id: &str, url: &str, secret: &str, body: &str, attempt: i64) -> Self {
        Self {
            id: id.to_owned(),
            webhook_id: "wh_1".to_owned(),
            url: url.to_owned(),
            secret: secret.to_owned().into(),
            event: "test".to_owned(),
            body: body.to_owned(),
            attempt,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }
}
