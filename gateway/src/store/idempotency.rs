//! Idempotency keys: a write that a caller sends twice with one key is executed once, and answered twice.
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiff::Timestamp;

use super::{Result, Store, json, millis, to_json};
use crate::crypto::Sealed;
use crate::database::{Statement, Value};

/// How long a response is kept.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The response to a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers: names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is known of a write with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdempotentRequest {
    /// It is new, and this process executes it.
    New,
    /// It was executed, with this response.
    Completed(StoredResponse),
    /// It is being executed, or the process that executed it has ended before it had a response.
    Unfinished,
    /// The key was used for another request.
    Other,
}

pub(super) fn place(account: &str, key: &str) -> String {
    format!("idempotency/{account}/{key}")
}

impl Store {
    /// Begins a write with an idempotency key. `request` is a digest of the request.
    ///
    /// # Errors
    /// Returns an error if the database fails, or if the response cannot be decrypted.
    pub async fn begin_idempotent(
        &self,
        tenant: &str,
        account: &str,
        key: &str,
        request: &[u8],
        now: Timestamp,
    ) -> Result<IdempotentRequest> {
        let expires = Value::Int(now.as_millisecond() + LIFETIME.as_millis() as i64);
        let statements = vec![
            Statement::new(
                "DELETE FROM idempotency WHERE account_id = $1 AND key = $2 AND expires_at <= $3",
                vec![account.into(), key.into(), millis(now)],
            ),
            Statement::new(
                "INSERT INTO idempotency (tenant, account_id, key, request, expires_at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (account_id, key) DO NOTHING",
                vec![tenant.into(), account.into(), key.into(), request.to_vec().into(), expires],
            )
            .expecting(1),
        ];
        if self.transaction(statements).await? {
            return Ok(IdempotentRequest::New);
        }
        let sql = "SELECT request, status, headers, key_id, sealed FROM idempotency
                   WHERE account_id = $1 AND key = $2 AND tenant = $3";
        let Some(row) = self.query_one(sql, vec![account.into(), key.into(), tenant.into()]).await? else {
            return Ok(IdempotentRequest::Unfinished);
        };
        if verify_slices_are_equal(&row.bytes(0)?, request).is_err() {
            return Ok(IdempotentRequest::Other);
        }
        let Some(status) = row.optional_int(1)? else { return Ok(IdempotentRequest::Unfinished) };
        let sealed = Sealed { key_id: row.text(3)?, bytes: row.bytes(4)? };
        Ok(IdempotentRequest::Completed(StoredResponse {
            status: u16::try_from(status).unwrap_or(500),
            headers: json(&row.text(2)?)?,
            body: self.keys.open(&place(account, key), &sealed)?,
        }))
    }

    /// Keeps the response to a write that was begun.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn complete_idempotent(
        &self,
        account: &str,
        key: &str,
        response: &StoredResponse,
    ) -> Result<()> {
        let sealed = self.keys.seal(&place(account, key), &response.body);
        self.execute(
            "UPDATE idempotency SET status = $3, headers = $4, key_id = $5, sealed = $6 WHERE account_id = $1 AND key = $2",
            vec![
                account.into(),
                key.into(),
                i64::from(response.status).into(),
                to_json(&response.headers).into(),
                sealed.key_id.into(),
                sealed.bytes.into(),
            ],
        )
        .await
        .map(drop)
    }

    /// Forgets a write that was begun and certainly not executed, so that the caller can send it again.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn abandon_idempotent(&self, account: &str, key: &str) -> Result<()> {
        let sql = "DELETE FROM idempotency WHERE account_id = $1 AND key = $2 AND status IS NULL";
        self.execute(sql, vec![account.into(), key.into()]).await.map(drop)
    }

    /// Removes responses that have expired.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn purge_idempotent(&self, now: Timestamp) -> Result<u64> {
        self.execute("DELETE FROM idempotency WHERE expires_at <= $1", vec![millis(now)]).await
    }
}
