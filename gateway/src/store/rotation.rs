//! The rotation of keys: everything that is encrypted with an older key is encrypted with the current one.
use super::{Result, Store, secrets, webhooks};
use crate::crypto::Sealed;

impl Store {
    /// Encrypts with the current key what was encrypted with another one. Returns the number of values.
    ///
    /// Other processes may go on meanwhile: a value that one of them replaces is left as the process has written it.
    /// Responses kept for idempotency keys, and sign-ins that are under way, are not encrypted anew; they expire within
    /// a day, after which the old key can be removed. Hashes of API keys are renewed when the key is next used.
    ///
    /// # Errors
    /// Returns an error if the database fails, or if the ring does not have one of the older keys.
    pub async fn rotate(&self) -> Result<u64> {
        let current = self.keys.current_id().to_owned();
        let mut rotated = 0;
        let sql = "SELECT account_id, name, key_id, sealed, version FROM secrets WHERE key_id <> $1";
        for row in self.query(sql, vec![current.as_str().into()]).await? {
            let (account, name, version) = (row.text(0)?, row.text(1)?, row.int(4)?);
            let place = secrets::place(&account, &name);
            let value = self.keys.open(&place, &Sealed { key_id: row.text(2)?, bytes: row.bytes(3)? })?;
            let sealed = self.keys.seal(&place, &value);
            rotated += self
                .execute(
                    "UPDATE secrets SET key_id = $3, sealed = $4 WHERE account_id = $1 AND name = $2 AND version = $5
                     AND key_id <> $3",
                    vec![
                        account.into(),
                        name.into(),
                        sealed.key_id.into(),
                        sealed.bytes.into(),
                        version.into(),
                    ],
                )
                .await?;
        }
        let sql = "SELECT id, key_id, sealed FROM webhooks WHERE key_id <> $1";
        for row in self.query(sql, vec![current.as_str().into()]).await? {
            let (id, key_id) = (row.text(0)?, row.text(1)?);
            let place = webhooks::place(&id);
            let value = self.keys.open(&place, &Sealed { key_id: key_id.clone(), bytes: row.bytes(2)? })?;
            let sealed = self.keys.seal(&place, &value);
            rotated += self
                .execute(
                    "UPDATE webhooks SET key_id = $2, sealed = $3 WHERE id = $1 AND key_id = $4",
                    vec![id.into(), sealed.key_id.into(), sealed.bytes.into(), key_id.into()],
                )
                .await?;
        }
        Ok(rotated)
    }
}
