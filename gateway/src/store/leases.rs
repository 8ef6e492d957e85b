//! Leases: locks in the database that end by themselves if the process that holds them ends.
use std::fmt;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use super::{Result, Store};
use crate::crypto::random_text;

/// How long a lease lasts unless it is extended.
const LEASE: Duration = Duration::from_secs(30);
/// How often a lease that is held is extended.
const EXTENSION: Duration = Duration::from_secs(10);
/// The waits between two attempts to get a lease that another holds.
const MIN_WAIT: Duration = Duration::from_millis(10);
const MAX_WAIT: Duration = Duration::from_millis(250);

/// A lock on a name, in all processes that share the database. It is extended in the background and released when it
/// is dropped; if the process ends, it ends by itself after half a minute.
#[must_use = "the lease is released when this value is dropped"]
pub struct Lease {
    store: Store,
    name: String,
    holder: String,
    extension: AbortHandle,
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.extension.abort();
        let (store, name, holder) = (self.store.clone(), self.name.clone(), self.holder.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // A lease that cannot be released ends by itself.
                if let Err(error) = store.end_lease(&name, &holder).await {
                    tracing::debug!(%error, "a lease was not released");
                }
            });
        }
    }
}

impl Store {
    /// Returns the lease on `name`; `None` if another task or process holds it.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn try_lease(&self, name: &str) -> Result<Option<Lease>> {
        let holder = format!("{}/{}", self.process, random_text::<9>());
        let taken = self
            .query_one(
                "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, {now} + $3)
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
                 WHERE leases.expires_at <= {now} RETURNING holder",
                vec![name.into(), holder.as_str().into(), (LEASE.as_millis() as i64).into()],
            )
            .await?;
        if taken.is_none() {
            return Ok(None);
        }
        let (store, name, holder_now) = (self.clone(), name.to_owned(), holder.clone());
        let extended = name.clone();
        let extension = tokio::spawn(async move {
            loop {
                sleep(EXTENSION).await;
                match store.extend_lease(&extended, &holder_now).await {
                    Ok(true) => {}
                    Ok(false) => {
                        tracing::warn!(name = extended, "a lease was lost");
                        return;
                    }
                    Err(error) => tracing::warn!(%error, "a lease was not extended"),
                }
            }
        });
        Ok(Some(Lease { store: self.clone(), name, holder, extension: extension.abort_handle() }))
    }

    /// Waits for the lease on `name` at most for `wait`; then returns `None`.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn lease(&self, name: &str, wait: Duration) -> Result<Option<Lease>> {
        let until = Instant::now() + wait;
        let mut pause = MIN_WAIT;
        loop {
            if let Some(lease) = self.try_lease(name).await? {
                return Ok(Some(lease));
            }
            if Instant::now() + pause > until {
                return Ok(None);
            }
            sleep(pause.mul_f64(0.5 + rand::random::<f64>())).await;
            pause = (pause * 2).min(MAX_WAIT);
        }
    }

    pub(super) async fn extend_lease(&self, name: &str, holder: &str) -> Result<bool> {
        let sql = "UPDATE leases SET expires_at = {now} + $3 WHERE name = $1 AND holder = $2";
        let params = vec![name.into(), holder.into(), (LEASE.as_millis() as i64).into()];
        Ok(self.execute(sql, params).await? == 1)
    }

    pub(super) async fn end_lease(&self, name: &str, holder: &str) -> Result<()> {
        let sql = "DELETE FROM leases WHERE name = $1 AND holder = $2";
        self.execute(sql, vec![name.into(), holder.into()]).await.map(drop)
    }
}
