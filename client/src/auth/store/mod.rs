//! Stores refresh tokens between the runs of a program, in memory, in a file, or in a database. Access tokens
//! are never stored.
//!
//! Several processes may share a store. A sign-in service may accept each refresh token once only, so a
//! process changes the token of an account only if it is still the one that the process has read
//! ([`TokenStore::replace`], [`TokenStore::remove_if`]), and holds the account's lock from the moment when it
//! reads the token until it has stored its successor ([`TokenStore::lock`]).
use std::any::Any;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};

use crate::Result;

mod file;
mod memory;

pub use file::FileStore;
pub use memory::MemoryStore;

/// A store of refresh tokens, one per account. An account is identified by a text key.
///
/// The methods return boxed futures, so that a store can use an asynchronous database and still be a trait
/// object. A method is written as `Box::pin(async move { … })`:
///
/// ```
/// use std::collections::HashMap;
///
/// use dvkit_client::Result;
/// use dvkit_client::auth::{BoxFuture, ExposeSecret, SecretString, TokenStore};
/// use tokio::sync::RwLock;
///
/// /// In a database, each method is one statement. The comments show it.
/// #[derive(Default)]
/// struct Tokens(RwLock<HashMap<String, String>>);
///
/// impl TokenStore for Tokens {
///     // SELECT token FROM tokens WHERE account = $1
///     fn load<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Option<SecretString>>> {
///         Box::pin(async move { Ok(self.0.read().await.get(account).cloned().map(SecretString::from)) })
///     }
///
///     // INSERT INTO tokens VALUES ($1, $2) ON CONFLICT (account) DO UPDATE SET token = $2
///     fn save<'a>(&'a self, account: &'a str, token: &'a SecretString) -> BoxFuture<'a, Result<()>> {
///         Box::pin(async move {
///             self.0.write().await.insert(account.to_owned(), token.expose_secret().to_owned());
///             Ok(())
///         })
///     }
///
///     // UPDATE tokens SET token = $3 WHERE account = $1 AND token = $2, or if `expected` is `None`
///     // INSERT INTO tokens VALUES ($1, $3) ON CONFLICT DO NOTHING; true if a row was changed
///     fn replace<'a>(
///         &'a self,
///         account: &'a str,
///         expected: Option<&'a SecretString>,
///         new: &'a SecretString,
///     ) -> BoxFuture<'a, Result<bool>> {
///         Box::pin(async move {
///             let mut tokens = self.0.write().await;
///             let expected = expected.map(|token| token.expose_secret());
///             let same = tokens.get(account).map(String::as_str) == expected;
///             if same {
///                 tokens.insert(account.to_owned(), new.expose_secret().to_owned());
///             }
///             Ok(same)
///         })
///     }
///
///     // DELETE FROM tokens WHERE account = $1
///     fn remove<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<()>> {
///         Box::pin(async move {
///             self.0.write().await.remove(account);
///             Ok(())
///         })
///     }
///
///     // DELETE FROM tokens WHERE account = $1 AND token = $2; true if a row was deleted
///     fn remove_if<'a>(
///         &'a self,
///         account: &'a str,
///         expected: &'a SecretString,
///     ) -> BoxFuture<'a, Result<bool>> {
///         Box::pin(async move {
///             let mut tokens = self.0.write().await;
///             let same = tokens.get(account).is_some_and(|token| token == expected.expose_secret());
///             if same {
///                 tokens.remove(account);
///             }
///             Ok(same)
///         })
///     }
/// }
/// ```
///
/// The errors of a store reach the caller of the account, so their messages must not contain tokens.
pub trait TokenStore: Send + Sync + 'static {
    /// Returns the refresh token of the account with the key `account`; `None` if the store has none.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read.
    fn load<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Option<SecretString>>>;

    /// Saves the refresh token of an account, whatever token the store has. It is called after a person has
    /// signed in; a token that was exchanged for a new one is replaced with [`TokenStore::replace`].
    ///
    /// # Errors
    /// Returns an error if the store cannot be written.
    fn save<'a>(&'a self, account: &'a str, token: &'a SecretString) -> BoxFuture<'a, Result<()>>;

    /// Replaces the token of an account with `new` if it is still `expected`. If `expected` is `None`, `new`
    /// is saved if the store has no token of the account. Returns whether the token was replaced. No other
    /// change to the account's token may take place between the comparison and the replacement.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read or written.
    fn replace<'a>(
        &'a self,
        account: &'a str,
        expected: Option<&'a SecretString>,
        new: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool>>;

    /// Removes the refresh token of an account, if the store has one. It is called when a person signs out.
    ///
    /// # Errors
    /// Returns an error if the store cannot be written.
    fn remove<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Removes the token of an account if it is still `expected`. Returns whether it was removed. No other
    /// change to the account's token may take place between the comparison and the removal.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read or written.
    fn remove_if<'a>(&'a self, account: &'a str, expected: &'a SecretString) -> BoxFuture<'a, Result<bool>>;

    /// Waits until no other process or task renews the token of the account, and prevents others from doing
    /// so until the returned value is dropped. Returns `None` if the store has no locks, as by default.
    ///
    /// The lock is held while a refresh token is read, exchanged and replaced. It should be released if the
    /// process ends. Without locks, an account whose token is refused reads the store a few times more, for
    /// about three seconds, because another process may be about to store the successor of this token.
    ///
    /// # Errors
    /// Returns an error if the lock cannot be taken. The error should be transient if others hold the lock
    /// for too long.
    fn lock<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Option<StoreLock>>> {
        let _ = account;
        Box::pin(async { Ok(None) })
    }
}

/// A shared store: several credentials can use one store.
impl<S: TokenStore + ?Sized> TokenStore for Arc<S> {
    fn load<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Option<SecretString>>> {
        (**self).load(account)
    }

    fn save<'a>(&'a self, account: &'a str, token: &'a SecretString) -> BoxFuture<'a, Result<()>> {
        (**self).save(account, token)
    }

    fn replace<'a>(
        &'a self,
        account: &'a str,
        expected: Option<&'a SecretString>,
        new: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool>> {
        (**self).replace(account, expected, new)
    }

    fn remove<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<()>> {
        (**self).remove(account)
    }

    fn remove_if<'a>(&'a self, account: &'a str, expected: &'a SecretString) -> BoxFuture<'a, Result<bool>> {
        (**self).remove_if(account, expected)
    }

    fn lock<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Option<StoreLock>>> {
        (**self).lock(account)
    }
}

/// A lock on one account of a [`TokenStore`]. The lock is released when this value is dropped.
#[must_use = "the lock is released when this value is dropped"]
pub struct StoreLock(#[expect(dead_code, reason = "the value is kept to be dropped")] Box<dyn Any + Send>);

impl StoreLock {
    /// Creates a lock that drops `guard` when it is released. `guard` is, for example, a guard of a mutex, or
    /// a transaction of a database that holds an advisory lock.
    pub fn new(guard: impl Send + 'static) -> Self {
        Self(Box::new(guard))
    }
}

impl fmt::Debug for StoreLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreLock")
    }
}

/// Returns whether two tokens are equal.
pub(super) fn same_token(a: &SecretString, b: &SecretString) -> bool {
    a.expose_secret() == b.expose_secret()
}

/// Returns whether the token `kept` is the one that is expected; `None` stands for no token.
fn is_expected(kept: Option<&SecretString>, expected: Option<&SecretString>) -> bool {
    match (kept, expected) {
        (None, None) => true,
        (Some(kept), Some(expected)) => same_token(kept, expected),
        _ => false,
    }
}
