//! Webhooks: the addresses to which events are sent.
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Result, Store, millis, new_id, optional_time, time};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::crypto::{Sealed, random};
use crate::database::{DatabaseError, Row};

/// An address to which events of a tenant are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Webhook {
    /// The id.
    pub id: String,
    /// The tenant that the webhook belongs to.
    pub tenant: String,
    /// The address.
    pub url: String,
    /// The names of the events; empty for all.
    pub events: Vec<String>,
    /// The account whose events are sent; `None` for all accounts of the tenant.
    pub account_id: Option<String>,
    /// The time since which nothing is sent; `None` if events are sent.
    pub disabled_at: Option<Timestamp>,
    /// The time at which the webhook was made.
    pub created_at: Timestamp,
}

/// What a new webhook is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// The tenant that the webhook belongs to.
    pub tenant: String,
    /// The address, checked.
    pub url: String,
    /// The names of the events, without commas; empty for all.
    pub events: Vec<String>,
    /// The account whose events are sent; `None` for all accounts of the tenant.
    pub account_id: Option<String>,
}

const COLUMNS: &str = "id, tenant, url, events, account_id, disabled_at, created_at";

/// Returns the names of events as they are stored: `*`, or `,a,b,`.
fn events_text(events: &[String]) -> String {
    if events.is_empty() { "*".to_owned() } else { format!(",{},", events.join(",")) }
}

fn read(row: &Row) -> Result<Webhook> {
    let events = row.text(3)?;
    let events = events.split(',').filter(|event| !event.is_empty() && *event != "*").map(str::to_owned);
    Ok(Webhook {
        id: row.text(0)?,
        tenant: row.text(1)?,
        url: row.text(2)?,
        events: events.collect(),
        account_id: row.optional_text(4)?,
        disabled_at: optional_time(row.optional_int(5)?)?,
        created_at: time(row.int(6)?)?,
    })
}

/// Returns the place of the secret of a webhook, for its encryption.
pub(super) fn place(webhook: &str) -> String {
    format!("webhooks/{webhook}")
}

impl Store {
    /// Makes a webhook. Returns it with the secret that signs its events, which is shown once.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn create_webhook(&self, new: NewWebhook, now: Timestamp) -> Result<(Webhook, SecretString)> {
        let secret = SecretString::from(format!("whsec_{}", STANDARD.encode(random::<32>())));
        let webhook = Webhook {
            id: new_id("wh"),
            tenant: new.tenant,
            url: new.url,
            events: new.events,
            account_id: new.account_id,
            disabled_at: None,
            created_at: now,
        };
        let sealed = self.keys.seal(&place(&webhook.id), secret.expose_secret().as_bytes());
        self.execute(
            "INSERT INTO webhooks (id, tenant, url, events, account_id, key_id, sealed, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            vec![
                webhook.id.as_str().into(),
                webhook.tenant.as_str().into(),
                webhook.url.as_str().into(),
                events_text(&webhook.events).into(),
                webhook.account_id.clone().into(),
                sealed.key_id.into(),
                sealed.bytes.into(),
                millis(now),
            ],
        )
        .await?;
        Ok((webhook, secret))
    }

    /// Returns the webhooks of a tenant, the oldest first.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn list_webhooks(&self, tenant: &str) -> Result<Vec<Webhook>> {
        let sql = format!("SELECT {COLUMNS} FROM webhooks WHERE tenant = $1 ORDER BY created_at, id");
        self.query(&sql, vec![tenant.into()]).await?.iter().map(read).collect()
    }

    /// Returns a webhook of a tenant; `None` if the tenant has none with this id.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn webhook(&self, tenant: &str, id: &str) -> Result<Option<Webhook>> {
        let sql = format!("SELECT {COLUMNS} FROM webhooks WHERE id = $1 AND tenant = $2");
        self.look_up_one(&sql, vec![id.into(), tenant.into()]).await?.as_ref().map(read).transpose()
    }

    /// Removes a webhook with its events. Returns `false` if the tenant has no such webhook.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn delete_webhook(&self, tenant: &str, id: &str) -> Result<bool> {
        let sql = "DELETE FROM webhooks WHERE id = $1 AND tenant = $2";
        Ok(self.execute(sql, vec![id.into(), tenant.into()]).await? == 1)
    }

    /// Decrypts the secret of a webhook.
    pub(super) fn webhook_secret(&self, webhook: &str, sealed: &Sealed) -> Result<SecretString> {
        let secret = self.keys.open(&place(webhook), sealed)?;
        let secret = String::from_utf8(secret).map_err(|_| DatabaseError::corrupt("a secret is not text"))?;
        Ok(SecretString::from(secret))
    }
}
