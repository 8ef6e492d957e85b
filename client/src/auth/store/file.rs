//! Keeps refresh tokens in a file.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::digest;
use dvkit_files::{self as files, LinkPolicy, Lock, LockCleanup, WriteMode};
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{StoreLock, TokenStore, is_expected};
use crate::{Error, ErrorKind, Result};

/// The maximum size of the file with tokens, in bytes. It has room for thousands of accounts; a refresh token
/// has one to two kilobytes.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// The longest time that an account waits for another process that renews its token. It is longer than one
/// request to the sign-in service may take.
const MAX_LOCK_WAIT: Duration = Duration::from_secs(45);
/// The time between two attempts to take the lock of an account.
const LOCK_INTERVAL: Duration = Duration::from_millis(10);

/// A store in a file that only its owner can read (mode 0600), in a folder for the owner alone (0700). The
/// file is replaced as a whole, so that after a crash either the old or the new contents are complete.
/// Processes that share the file write one after the other, and of those that renew the token of one account,
/// one works at a time. The store refuses to use a folder, file or lock file that is a symbolic link.
///
/// The file is read and written on tokio's threads for blocking work.
#[derive(Debug, Clone)]
pub struct FileStore {
    path: PathBuf,
}

impl FileStore {
    /// Creates a store in the file `path`. The file and its folder are created when the first token is saved.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn error(&self, what: &str, error: std::io::Error) -> Error {
        Error::new(ErrorKind::SignIn, format!("the token store {} cannot be {what}", self.path.display()))
            .with_source(error)
    }

    fn read(&self) -> Result<BTreeMap<String, SecretString>> {
        let file = match files::open(&self.path, LinkPolicy::Refuse) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(self.error("read", error)),
        };
        self.only_owner(&file)?;
        let bytes = file.read(MAX_FILE_BYTES).map_err(|error| self.error("read", error))?;
        let parsed: Option<BTreeMap<String, Value>> = serde_json::from_slice(&bytes).ok();
        let tokens = parsed.ok_or_else(|| {
            // The error of the parser would quote the file.
            Error::new(
                ErrorKind::SignIn,
                format!(
                    "the token store {} is not what this program writes; remove it and sign in again",
                    self.path.display()
                ),
            )
        })?;
        let secret = |value: Value| match value {
            Value::String(token) => Some(SecretString::from(token)),
            _ => None,
        };
        Ok(tokens.into_iter().filter_map(|(account, value)| Some((account, secret(value)?))).collect())
    }

    #[cfg(unix)]
    fn only_owner(&self, file: &files::OpenedFile) -> Result<()> {
        if file.mode() & 0o077 == 0 {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::SignIn,
            format!(
                "the token store {path} can be read by others; `chmod 600 {path}`, and sign in again if they may have",
                path = self.path.display()
            ),
        ))
    }

    #[cfg(not(unix))]
    fn only_owner(&self, _: &files::OpenedFile) -> Result<()> {
        Ok(())
    }

    /// Creates the folder of the file. The folder is for its owner alone, because the names of accounts are
    /// private too.
    fn create_folder(&self) -> Result<()> {
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        files::create_private_folder(folder).map_err(|error| self.error("made", error))
    }

    /// Changes the tokens in the file with `change`, which returns whether it has changed anything. If not,
    /// the file is not written. Returns the result of `change`. No other process changes the file meanwhile.
    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, SecretString>) -> bool) -> Result<bool> {
        self.create_folder()?;
        let lock = self.path.with_extension("lock");
        // The lock file is kept, so that all processes wait for the same file.
        let _lock = Lock::wait(&lock, LockCleanup::Keep).map_err(|error| self.error("locked", error))?;
        let mut tokens = self.read()?;
        if !change(&mut tokens) {
            return Ok(false);
        }
        let shown: BTreeMap<&str, &str> =
            tokens.iter().map(|(account, token)| (account.as_str(), token.expose_secret())).collect();
        let text = SecretString::from(serde_json::to_string_pretty(&shown).expect("text is written as JSON"));
        let text = text.expose_secret().as_bytes();
        if text.len() as u64 > MAX_FILE_BYTES {
            // A larger file could not be read again.
            return Err(Error::new(
                ErrorKind::SignIn,
                format!(
                    "the token store {} is full ({} MiB); keep the tokens of this many accounts in a database",
                    self.path.display(),
                    MAX_FILE_BYTES >> 20
                ),
            ));
        }
        files::replace(&self.path, text, WriteMode::Secret).map_err(|error| self.error("written", error))?;
        Ok(true)
    }

    /// Returns the path of the lock file of an account. The name contains a hash of the account's key, which
    /// may have characters that a file name must not have.
    fn lock_path(&self, account: &str) -> PathBuf {
        let hash = digest::digest(&digest::SHA256, account.as_bytes());
        let hash: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        self.path.with_extension(format!("{hash}.lock"))
    }

    fn try_lock(&self, account: &str) -> Result<Option<Lock>> {
        self.create_folder()?;
        let path = self.lock_path(account);
        Lock::try_take(&path, LockCleanup::Remove).map_err(|error| self.error("locked", error))
    }

    /// Runs `work` on a thread for blocking work, on a clone of this store.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&store)).await;
        done.unwrap_or_else(|error| Err(self.error("used", std::io::Error::other(error))))
    }
}

/// A lock on an account. Releasing it removes a file, so it is released on a thread for blocking work.
struct AccountLock(Option<Lock>);

impl Drop for AccountLock {
    fn drop(&mut self) {
        let lock = self.0.take();
        // Outside of a runtime, the lock is released here.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn_blocking(move || drop(lock));
        }
    }
}

impl TokenStore for FileStore {
    fn load<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Option<SecretString>>> {
        let account = account.to_owned();
        Box::pin(self.blocking(move |store| Ok(store.read()?.remove(&account))))
    }

    fn save<'a>(&'a self, account: &'a str, token: &'a SecretString) -> BoxFuture<'a, Result<()>> {
        let (account, token) = (account.to_owned(), token.clone());
        Box::pin(self.blocking(move |store| {
            let saved = store.change(|tokens| {
                tokens.insert(account, token);
                true
            });
            saved.map(|_| ())
        }))
    }

    fn replace<'a>(
        &'a self,
        account: &'a str,
        expected: Option<&'a SecretString>,
        new: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool>> {
        let (account, expected, new) = (account.to_owned(), expected.cloned(), new.clone());
        Box::pin(self.blocking(move |store| {
            store.change(|tokens| {
                let same = is_expected(tokens.get(&account), expected.as_ref());
                if same {
                    tokens.insert(account, new);
                }
                same
            })
        }))
    }

    fn remove<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<()>> {
        let account = account.to_owned();
        Box::pin(self.blocking(move |store| {
            // A store that has no token is not created.
            if store.read()?.contains_key(&account) {
                store.change(|tokens| tokens.remove(&account).is_some())?;
            }
            Ok(())
        }))
    }

    fn remove_if<'a>(&'a self, account: &'a str, expected: &'a SecretString) -> BoxFuture<'a, Result<bool>> {
        let (account, expected) = (account.to_owned(), expected.clone());
        Box::pin(self.blocking(move |store| {
            if !is_expected(store.read()?.get(&account), Some(&expected)) {
                return Ok(false);
            }
            store.change(|tokens| {
                // The token may have been replaced since it was read.
                let same = is_expected(tokens.get(&account), Some(&expected));
                if same {
                    tokens.remove(&account);
                }
                same
            })
        }))
    }

    fn lock<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Option<StoreLock>>> {
        Box::pin(async move {
            let until = Instant::now() + MAX_LOCK_WAIT;
            loop {
                let account = account.to_owned();
                if let Some(lock) = self.blocking(move |store| store.try_lock(&account)).await? {
                    return Ok(Some(StoreLock::new(AccountLock(Some(lock)))));
                }
                if Instant::now() > until {
                    let seconds = MAX_LOCK_WAIT.as_secs();
                    return Err(Error::new(
                        ErrorKind::SignIn,
                        format!("another process has been renewing the token of this account for {seconds} seconds"),
                    )
                    .with_transient(true));
                }
                sleep(LOCK_INTERVAL).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use pretty_assertions::assert_eq;

    use super::*;
    use crate::auth::MemoryStore;

    fn shown(token: Option<SecretString>) -> Option<String> {
        token.map(|token| token.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn both_stores_save_and_remove_tokens() {
        let folder = tempfile::tempdir().unwrap();
        let file = FileStore::new(folder.path().join("a/tokens.json"));
        let memory = MemoryStore::default();
        for store in [&file as &dyn TokenStore, &memory] {
            assert_eq!(shown(store.load("a").await.unwrap()), None);
            store.remove("a").await.unwrap();
            store.save("a", &SecretString::from("1")).await.unwrap();
            store.save("b", &SecretString::from("2")).await.unwrap();
            store.save("a", &SecretString::from("3")).await.unwrap();
            store.remove("b").await.unwrap();
            assert_eq!(shown(store.load("a").await.unwrap()), Some("3".to_owned()));
            assert_eq!(shown(store.load("b").await.unwrap()), None);
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_file_is_readable_by_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let store = FileStore::new(&path);
        store.save("a", &SecretString::from("hunter2")).await.unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = store.load("a").await.unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_folder_is_accessible_to_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new(home.path().join("state/dvkit/tokens.json"));
        store.save("a", &SecretString::from("x")).await.unwrap();
        for folder in ["state", "state/dvkit"] {
            let mode = fs::metadata(home.path().join(folder)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{folder}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn links_are_refused() {
        use std::os::unix::fs::symlink;
        let home = tempfile::tempdir().unwrap();
        let (folder, target) = (home.path().join("dvkit"), home.path().join("precious"));
        fs::create_dir(&folder).unwrap();
        fs::write(&target, "{}").unwrap();
        let store = FileStore::new(folder.join("tokens.json"));
        let x = SecretString::from("x");
        let save = || store.save("a", &x);
        for name in ["tokens.json", "tokens.lock"] {
            // A lock file, once created, stays.
            let _ = fs::remove_file(folder.join(name));
            symlink(&target, folder.join(name)).unwrap();
            let error = save().await.unwrap_err();
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            assert!(cause.as_ref().is_some_and(|cause| cause.contains("link")), "{cause:?}");
            assert_eq!(fs::read(&target).unwrap(), b"{}", "{name}");
            assert!(fs::symlink_metadata(folder.join(name)).unwrap().is_symlink());
            fs::remove_file(folder.join(name)).unwrap();
        }
        // A file that somebody else wrote under the name of the lock keeps its contents.
        fs::write(folder.join("tokens.lock"), "mine").unwrap();
        save().await.unwrap();
        assert_eq!(fs::read(folder.join("tokens.lock")).unwrap(), b"mine");
        let linked = FileStore::new(home.path().join("linked/tokens.json"));
        symlink(&folder, home.path().join("linked")).unwrap();
        assert!(linked.save("b", &x).await.is_err());
        assert_eq!(shown(store.load("b").await.unwrap()), None);
    }

    #[tokio::test]
    async fn an_error_of_a_broken_file_does_not_quote_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let store = FileStore::new(&path);
        store.save("a", &SecretString::from("x")).await.unwrap();
        fs::write(&path, "{\"a\": \"hunter2\", ").unwrap();
        let error = store.load("a").await.unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn concurrent_writers_lose_no_token() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("tokens.json"));
        let writers = (0..8).map(|i| {
            let store = store.clone();
            tokio::spawn(async move { store.save(&format!("a{i}"), &SecretString::from("x")).await })
        });
        for writer in futures_util::future::join_all(writers).await {
            writer.unwrap().unwrap();
        }
        assert_eq!(store.read().unwrap().len(), 8);
    }

    #[tokio::test]
    async fn a_token_is_changed_only_if_it_is_the_expected_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = FileStore::new(folder.path().join("a/tokens.json"));
        let memory = Arc::new(MemoryStore::default());
        let secret = SecretString::from;
        for store in [&file as &dyn TokenStore, &memory] {
            assert!(!store.remove_if("a", &secret("1")).await.unwrap());
            assert!(!store.replace("a", Some(&secret("1")), &secret("2")).await.unwrap());
            assert_eq!(shown(store.load("a").await.unwrap()), None);
            assert!(store.replace("a", None, &secret("1")).await.unwrap());
            assert!(!store.replace("a", None, &secret("2")).await.unwrap());
            assert!(!store.replace("a", Some(&secret("2")), &secret("3")).await.unwrap());
            assert_eq!(shown(store.load("a").await.unwrap()), Some("1".to_owned()));
            assert!(store.replace("a", Some(&secret("1")), &secret("2")).await.unwrap());
            assert!(!store.remove_if("a", &secret("1")).await.unwrap());
            assert_eq!(shown(store.load("a").await.unwrap()), Some("2".to_owned()));
            assert!(store.remove_if("a", &secret("2")).await.unwrap());
            assert_eq!(shown(store.load("a").await.unwrap()), None);
        }
    }

    #[tokio::test]
    async fn a_lock_excludes_others_from_one_account() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let file = FileStore::new(&path);
        for (store, other) in [
            (Arc::new(file) as Arc<dyn TokenStore>, Arc::new(FileStore::new(&path)) as Arc<dyn TokenStore>),
            {
                let memory = MemoryStore::default();
                (Arc::new(memory.clone()), Arc::new(memory))
            },
        ] {
            let lock = store.lock("a").await.unwrap();
            assert!(lock.is_some());
            assert!(other.lock("b").await.unwrap().is_some());
            let waiting = tokio::spawn(async move { other.lock("a").await.map(|lock| lock.is_some()) });
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_millis(10)).await;
                assert!(!waiting.is_finished());
            }
            // The token can be read and written while the lock is held.
            store.save("a", &SecretString::from("1")).await.unwrap();
            drop(lock);
            assert!(waiting.await.unwrap().unwrap());
        }
    }

    #[tokio::test]
    async fn a_file_that_could_not_be_read_again_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("tokens.json"));
        store.save("a", &SecretString::from("1")).await.unwrap();
        let large = SecretString::from("x".repeat(MAX_FILE_BYTES as usize));
        let error = store.save("b", &large).await.unwrap_err();
        assert!(error.to_string().contains("full"), "{error}");
        assert_eq!(shown(store.load("a").await.unwrap()), Some("1".to_owned()));
    }

    #[tokio::test]
    async fn no_lock_files_of_accounts_are_left() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("tokens.json"));
        for account in ["https://x/../../a", "b", "c"] {
            drop(store.lock(account).await.unwrap());
        }
        let count = || fs::read_dir(folder.path()).unwrap().count();
        while cfg!(unix) && count() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
