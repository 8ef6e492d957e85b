//! The secrets of accounts, encrypted: refresh tokens, and the secrets of applications.
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Result, Store, millis};
use crate::crypto::Sealed;
use crate::database::{DatabaseError, Statement};

/// The name of the secret of an application.
pub(super) const CLIENT_SECRET: &str = "client_secret";

/// Returns the place of a secret, for its encryption.
pub(super) fn place(account: &str, name: &str) -> String {
    format!("secrets/{account}/{name}")
}

impl Store {
    /// Returns a secret with its version; `None` if there is none.
    pub(super) async fn secret(&self, account: &str, name: &str) -> Result<Option<(SecretString, i64)>> {
        let sql = "SELECT key_id, sealed, version FROM secrets WHERE account_id = $1 AND name = $2";
        let Some(row) = self.look_up_one(sql, vec![account.into(), name.into()]).await? else {
            return Ok(None);
        };
        let sealed = Sealed { key_id: row.text(0)?, bytes: row.bytes(1)? };
        let secret = self.keys.open(&place(account, name), &sealed)?;
        let secret = String::from_utf8(secret).map_err(|_| DatabaseError::corrupt("a secret is not text"))?;
        Ok(Some((SecretString::from(secret), row.int(2)?)))
    }

    /// Returns the statement that stores a secret, whatever was there.
    pub(super) fn put_secret_statement(
        &self,
        account: &str,
        name: &str,
        secret: &SecretString,
        now: Timestamp,
    ) -> Statement {
        let sealed = self.keys.seal(&place(account, name), secret.expose_secret().as_bytes());
        Statement::new(
            "INSERT INTO secrets (account_id, name, key_id, sealed, version, updated_at) VALUES ($1, $2, $3, $4, 1, $5)
             ON CONFLICT (account_id, name) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed,
             version = secrets.version + 1, updated_at = excluded.updated_at",
            vec![account.into(), name.into(), sealed.key_id.into(), sealed.bytes.into(), millis(now)],
        )
    }

    pub(super) async fn put_secret(
        &self,
        account: &str,
        name: &str,
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<()> {
        let statement = self.put_secret_statement(account, name, secret, now);
        Ok(self.database.execute(statement).await.map(drop)?)
    }

    /// Replaces a secret if it still has the version `expected`; `None` for no secret. Returns whether it did.
    pub(super) async fn replace_secret(
        &self,
        account: &str,
        name: &str,
        expected: Option<i64>,
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<bool> {
        let sealed = self.keys.seal(&place(account, name), secret.expose_secret().as_bytes());
        let changed = match expected {
            None => {
                self.execute(
                    "INSERT INTO secrets (account_id, name, key_id, sealed, version, updated_at)
                     VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT (account_id, name) DO NOTHING",
                    vec![account.into(), name.into(), sealed.key_id.into(), sealed.bytes.into(), millis(now)],
                )
                .await?
            }
            Some(version) => {
                self.execute(
                    "UPDATE secrets SET key_id = $3, sealed = $4, version = version + 1, updated_at = $5
                     WHERE account_id = $1 AND name = $2 AND version = $6",
                    vec![
                        account.into(),
                        name.into(),
                        sealed.key_id.into(),
                        sealed.bytes.into(),
                        millis(now),
                        version.into(),
                    ],
                )
                .await?
            }
        };
        Ok(changed == 1)
    }

    /// Removes a secret, if it still has the version `expected`, or whatever version it has. Returns whether there
    /// was such a secret.
    pub(super) async fn remove_secret(
        &self,
        account: &str,
        name: &str,
        expected: Option<i64>,
    ) -> Result<bool> {
        let removed = match expected {
            None => {
                let sql = "DELETE FROM secrets WHERE account_id = $1 AND name = $2";
                self.execute(sql, vec![account.into(), name.into()]).await?
            }
            Some(version) => {
                let sql = "DELETE FROM secrets WHERE account_id = $1 AND name = $2 AND version = $3";
                self.execute(sql, vec![account.into(), name.into(), version.into()]).await?
            }
        };
        Ok(removed == 1)
    }
}
