//! Stores what the gateway keeps, in a [`Database`]: API keys, accounts, secrets, snapshots, webhooks, jobs.
//!
//! Secrets are encrypted before they reach the database. Every look-up of something that belongs to a tenant takes
//! the tenant, so that no caller can forget it.
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use thiserror::Error;

use crate::crypto::{KeyError, KeyRing};
use crate::database::{Database, DatabaseError, Postgres, Row, Sqlite, Statement, Value};

mod accounts;
mod idempotency;
mod jobs;
mod keys;
mod leases;
mod outbox;
mod rotation;
mod secrets;
mod snapshots;
#[cfg(test)]
mod tests;
mod tokens;
mod webhooks;

#[cfg(test)]
pub(crate) use accounts::test_account;
pub use accounts::{Account, AccountState, AuthKind, NewAccount};
pub use idempotency::{IdempotentRequest, StoredResponse};
pub use jobs::{ChangeOutcome, Job, JobKind};
pub use keys::{ApiKey, NewApiKey, Scope, UnknownScope};
pub use leases::Lease;
pub use outbox::{Delivery, DeliveryOutcome, DeliveryRecord, NewEvent};
pub use snapshots::{Snapshot, SnapshotFiles};
pub use tokens::AccountTokens;
pub use webhooks::{NewWebhook, Webhook};

/// An error of the store.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A secret cannot be decrypted.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl StoreError {
    /// Returns whether the same operation may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_transient())
    }
}

/// The result of an operation of the store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The store of a gateway. Clones share the database.
#[derive(Clone)]
pub struct Store {
    database: Arc<dyn Database>,
    keys: Arc<KeyRing>,
    /// The name of this process, by which its leases are told from those of others.
    process: Arc<str>,
}

impl Store {
    /// Creates a store in `database`, with secrets encrypted by `keys`.
    #[must_use]
    pub fn new(database: impl Database, keys: KeyRing) -> Self {
        let process = format!("{}-{}", std::process::id(), crate::crypto::random_text::<12>());
        Self { database: Arc::new(database), keys: Arc::new(keys), process: process.into() }
    }

    /// Opens the store in `database`, which is a file of SQLite or a URL of PostgreSQL.
    ///
    /// # Errors
    /// Returns an error if the database cannot be opened or reached, or was written by a later version.
    pub async fn open(database: &str, connections: u32, keys: KeyRing) -> Result<Self> {
        if crate::Settings::is_postgres(database) {
            return Ok(Self::new(Postgres::connect(database, connections).await?, keys));
        }
        let path = database.strip_prefix("sqlite:").unwrap_or(database);
        Ok(Self::new(Sqlite::open(std::path::Path::new(path)).await?, keys))
    }

    /// Returns the keys.
    #[must_use]
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// Returns the kind of the database: `SQLite` or `PostgreSQL`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.database.kind()
    }

    /// Returns the name of this process, which no other process has.
    #[must_use]
    pub fn process_name(&self) -> &str {
        &self.process
    }

    /// Checks that the database can be reached.
    ///
    /// # Errors
    /// Returns an error if it cannot.
    pub async fn ping(&self) -> Result<()> {
        self.query("SELECT 1", vec![]).await.map(drop)
    }

    async fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>> {
        Ok(self.database.query(Statement::new(sql, params)).await?)
    }

    async fn query_one(&self, sql: &str, params: Vec<Value>) -> Result<Option<Row>> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// Reads a few small rows that an index finds, as every request does.
    async fn look_up(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>> {
        Ok(self.database.query(Statement::new(sql, params).brief()).await?)
    }

    /// Reads a small row that an index finds.
    async fn look_up_one(&self, sql: &str, params: Vec<Value>) -> Result<Option<Row>> {
        Ok(self.look_up(sql, params).await?.into_iter().next())
    }

    async fn execute(&self, sql: &str, params: Vec<Value>) -> Result<u64> {
        Ok(self.database.execute(Statement::new(sql, params)).await?)
    }

    async fn transaction(&self, statements: Vec<Statement>) -> Result<bool> {
        Ok(self.database.transaction(statements).await?)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("database", &self.database)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// Returns a new id: a prefix, and 18 random bytes.
fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", uuid::Uuid::new_v4().simple())
}

/// Returns a time in the form of the database.
fn millis(at: Timestamp) -> Value {
    Value::Int(at.as_millisecond())
}

/// Reads a time.
fn time(millis: i64) -> Result<Timestamp, DatabaseError> {
    Timestamp::from_millisecond(millis).map_err(|_| DatabaseError::corrupt("a time is out of range"))
}

fn optional_time(millis: Option<i64>) -> Result<Option<Timestamp>, DatabaseError> {
    millis.map(time).transpose()
}

/// Reads JSON that the store has written.
fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DatabaseError> {
    serde_json::from_str(text).map_err(|_| DatabaseError::corrupt("a column has JSON of another form"))
}

/// Writes JSON.
fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("the values of the store have keys that are texts")
}
