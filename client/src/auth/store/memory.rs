//! Keeps refresh tokens in memory.
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures_util::future::BoxFuture;
use secrecy::SecretString;

use super::{StoreLock, TokenStore, is_expected};
use crate::Result;

/// A store in memory. The tokens are lost when the process ends. Clones share the tokens.
#[derive(Default, Clone)]
pub struct MemoryStore(Arc<Inner>);

#[derive(Default)]
struct Inner {
    tokens: Mutex<HashMap<String, SecretString>>,
    locks: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

impl MemoryStore {
    fn tokens(&self) -> MutexGuard<'_, HashMap<String, SecretString>> {
        self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the mutex of an account. The mutexes that nobody uses are dropped.
    fn mutex(&self, account: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mutex) = locks.get(account).and_then(Weak::upgrade) {
            return mutex;
        }
        if locks.len() == locks.capacity() {
            locks.retain(|_, mutex| mutex.strong_count() > 0);
        }
        let mutex = Arc::default();
        locks.insert(account.to_owned(), Arc::downgrade(&mutex));
        mutex
    }
}

impl TokenStore for MemoryStore {
    fn load<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Option<SecretString>>> {
        Box::pin(async move { Ok(self.tokens().get(account).cloned()) })
    }

    fn save<'a>(&'a self, account: &'a str, token: &'a SecretString) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.tokens().insert(account.to_owned(), token.clone());
            Ok(())
        })
    }

    fn replace<'a>(
        &'a self,
        account: &'a str,
        expected: Option<&'a SecretString>,
        new: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let mut tokens = self.tokens();
            let same = is_expected(tokens.get(account), expected);
            if same {
                tokens.insert(account.to_owned(), new.clone());
            }
            Ok(same)
        })
    }

    fn remove<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.tokens().remove(account);
            Ok(())
        })
    }

    fn remove_if<'a>(&'a self, account: &'a str, expected: &'a SecretString) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let mut tokens = self.tokens();
            let same = is_expected(tokens.get(account), Some(expected));
            if same {
                tokens.remove(account);
            }
            Ok(same)
        })
    }

    fn lock<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Option<StoreLock>>> {
        Box::pin(async move { Ok(Some(StoreLock::new(self.mutex(account).lock_owned().await))) })
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore")
    }
}
