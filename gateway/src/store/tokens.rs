//! The refresh tokens of one account, as the client's [`TokenStore`]: in the database, encrypted, and renewed by one
//! process at a time.
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use dvkit_client::auth::{BoxFuture, StoreLock, TokenStore};
use dvkit_client::{Error, ErrorKind, Result};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Store, StoreError};

/// How long a renewal waits for one in another process.
const LOCK_TIMEOUT: Duration = Duration::from_secs(45);

/// The refresh tokens of one account.
#[derive(Debug, Clone)]
pub struct AccountTokens {
    store: Store,
    account: String,
    /// Whether tokens that are there are not used, because a person is to sign in anew.
    is_new_sign_in: bool,
}

impl Store {
    /// Returns the refresh tokens of an account, for the credentials with which it signs in.
    #[must_use]
    pub fn tokens(&self, account: &str) -> AccountTokens {
        AccountTokens { store: self.clone(), account: account.to_owned(), is_new_sign_in: false }
    }

    /// Returns the refresh tokens of an account for a new sign-in: those that are there are not used, and are replaced
    /// when the person has signed in.
    #[must_use]
    pub fn tokens_of_new_sign_in(&self, account: &str) -> AccountTokens {
        AccountTokens { is_new_sign_in: true, ..self.tokens(account) }
    }
}

fn failed(error: StoreError) -> Error {
    let transient = error.is_transient();
    Error::new(ErrorKind::SignIn, "the gateway's store of tokens failed")
        .with_transient(transient)
        .with_source(error)
}

fn same(a: &SecretString, b: &SecretString) -> bool {
    verify_slices_are_equal(a.expose_secret().as_bytes(), b.expose_secret().as_bytes()).is_ok()
}

/// Returns the name of the secret that has the token with this key.
fn name(key: &str) -> String {
    format!("refresh_token {key}")
}

impl TokenStore for AccountTokens {
    fn load<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<SecretString>>> {
        Box::pin(async move {
            if self.is_new_sign_in {
                return Ok(None);
            }
            let found = self.store.secret(&self.account, &name(key)).await.map_err(failed)?;
            Ok(found.map(|(token, _)| token))
        })
    }

    fn save<'a>(&'a self, key: &'a str, token: &'a SecretString) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.store.put_secret(&self.account, &name(key), token, Timestamp::now()).await.map_err(failed)
        })
    }

    fn replace<'a>(
        &'a self,
        key: &'a str,
        expected: Option<&'a SecretString>,
        new: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let kept = self.store.secret(&self.account, &name(key)).await.map_err(failed)?;
            // The version makes the comparison and the replacement one step.
            let version = match (kept, expected) {
                (None, None) => None,
                (Some((kept, version)), Some(expected)) if same(&kept, expected) => Some(version),
                _ => return Ok(false),
            };
            let now = Timestamp::now();
            self.store.replace_secret(&self.account, &name(key), version, new, now).await.map_err(failed)
        })
    }

    fn remove<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.store.remove_secret(&self.account, &name(key), None).await.map(drop).map_err(failed)
        })
    }

    fn remove_if<'a>(&'a self, key: &'a str, expected: &'a SecretString) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            match self.store.secret(&self.account, &name(key)).await.map_err(failed)? {
                Some((kept, version)) if same(&kept, expected) => {
                    self.store.remove_secret(&self.account, &name(key), Some(version)).await.map_err(failed)
                }
                _ => Ok(false),
            }
        })
    }

    fn lock<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<StoreLock>>> {
        Box::pin(async move {
            let lease =
                self.store.lease(&format!("renew {}", self.account), LOCK_TIMEOUT).await.map_err(failed)?;
            let lease = lease.ok_or_else(|| {
                Error::new(
                    ErrorKind::SignIn,
                    "another process has been renewing the account's token for too long",
                )
                .with_transient(true)
            })?;
            Ok(Some(StoreLock::new(lease)))
        })
    }
}
