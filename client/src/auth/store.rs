//! Stores refresh tokens between the runs of a program, in memory or in a file. Access tokens are never
//! stored.
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use dvkit_files::{self as files, LinkPolicy, Lock, LockCleanup, WriteMode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::{Error, ErrorKind, Result};

/// The maximum size of the file with tokens, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// A store of refresh tokens, one per account. An account is identified by a text key.
pub trait TokenStore: Send + Sync + 'static {
    /// Returns the refresh token of the account with the key `account`; `None` if the store has none.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read.
    fn load(&self, account: &str) -> Result<Option<SecretString>>;

    /// Saves the refresh token of an account, replacing its previous one.
    ///
    /// # Errors
    /// Returns an error if the store cannot be written.
    fn save(&self, account: &str, token: &SecretString) -> Result<()>;

    /// Removes the refresh token of an account, if the store has one.
    ///
    /// # Errors
    /// Returns an error if the store cannot be written.
    fn remove(&self, account: &str) -> Result<()>;

    /// Removes the token of an account if it is still `token`. If another process has saved a successor
    /// meanwhile, the successor is kept. The default implementation reads and removes in two steps; a store
    /// that several processes share should do both under one lock.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read or written.
    fn remove_token(&self, account: &str, token: &SecretString) -> Result<()> {
        match self.load(account)? {
            Some(kept) if kept.expose_secret() == token.expose_secret() => self.remove(account),
            _ => Ok(()),
        }
    }
}

/// A store in memory. The tokens are lost when the process ends.
#[derive(Default)]
pub struct MemoryStore(Mutex<HashMap<String, SecretString>>);

impl TokenStore for MemoryStore {
    fn load(&self, account: &str) -> Result<Option<SecretString>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned())
    }

    fn save(&self, account: &str, token: &SecretString) -> Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(account.to_owned(), token.clone());
        Ok(())
    }

    fn remove(&self, account: &str) -> Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
        Ok(())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore")
    }
}

/// A store in a file that only its owner can read (mode 0600), in a folder for the owner alone (0700). The
/// file is replaced as a whole, so that after a crash either the old or the new contents are complete.
/// Processes that share the file write one after the other. The store refuses to use a folder, file or lock
/// file that is a symbolic link.
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

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, SecretString>)) -> Result<()> {
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        // The folder is for its owner alone, because the names of accounts are private too.
        files::create_private_folder(folder).map_err(|error| self.error("made", error))?;
        let lock = self.path.with_extension("lock");
        // The lock file is kept, so that all processes wait for the same file.
        let _lock = Lock::wait(&lock, LockCleanup::Keep).map_err(|error| self.error("locked", error))?;
        let mut tokens = self.read()?;
        change(&mut tokens);
        let shown: BTreeMap<&str, &str> =
            tokens.iter().map(|(account, token)| (account.as_str(), token.expose_secret())).collect();
        let text = SecretString::from(serde_json::to_string_pretty(&shown).expect("text is written as JSON"));
        let text = text.expose_secret().as_bytes();
        files::replace(&self.path, text, WriteMode::Secret).map_err(|error| self.error("written", error))
    }
}

impl TokenStore for FileStore {
    fn load(&self, account: &str) -> Result<Option<SecretString>> {
        Ok(self.read()?.remove(account))
    }

    fn save(&self, account: &str, token: &SecretString) -> Result<()> {
        self.change(|tokens| {
            tokens.insert(account.to_owned(), token.clone());
        })
    }

    fn remove(&self, account: &str) -> Result<()> {
        if self.load(account)?.is_none() {
            return Ok(());
        }
        self.change(|tokens| {
            tokens.remove(account);
        })
    }

    fn remove_token(&self, account: &str, token: &SecretString) -> Result<()> {
        if self.load(account)?.is_none() {
            return Ok(());
        }
        self.change(|tokens| {
            if tokens.get(account).is_some_and(|kept| kept.expose_secret() == token.expose_secret()) {
                tokens.remove(account);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use pretty_assertions::assert_eq;

    use super::*;

    fn shown(token: Option<SecretString>) -> Option<String> {
        token.map(|token| token.expose_secret().to_owned())
    }

    #[test]
    fn both_stores_save_and_remove_tokens() {
        let folder = tempfile::tempdir().unwrap();
        let file = FileStore::new(folder.path().join("a/tokens.json"));
        let memory = MemoryStore::default();
        for store in [&file as &dyn TokenStore, &memory] {
            assert_eq!(shown(store.load("a").unwrap()), None);
            store.remove("a").unwrap();
            store.save("a", &SecretString::from("1")).unwrap();
            store.save("b", &SecretString::from("2")).unwrap();
            store.save("a", &SecretString::from("3")).unwrap();
            store.remove("b").unwrap();
            assert_eq!(shown(store.load("a").unwrap()), Some("3".to_owned()));
            assert_eq!(shown(store.load("b").unwrap()), None);
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_readable_by_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let store = FileStore::new(&path);
        store.save("a", &SecretString::from("hunter2")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = store.load("a").unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_accessible_to_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new(home.path().join("state/dvkit/tokens.json"));
        store.save("a", &SecretString::from("x")).unwrap();
        for folder in ["state", "state/dvkit"] {
            let mode = fs::metadata(home.path().join(folder)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{folder}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_refused() {
        use std::os::unix::fs::symlink;
        let home = tempfile::tempdir().unwrap();
        let (folder, target) = (home.path().join("dvkit"), home.path().join("precious"));
        fs::create_dir(&folder).unwrap();
        fs::write(&target, "{}").unwrap();
        let store = FileStore::new(folder.join("tokens.json"));
        let save = || store.save("a", &SecretString::from("x"));
        for name in ["tokens.json", "tokens.lock"] {
            // A lock file, once created, stays.
            let _ = fs::remove_file(folder.join(name));
            symlink(&target, folder.join(name)).unwrap();
            let error = save().unwrap_err();
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            assert!(cause.as_ref().is_some_and(|cause| cause.contains("link")), "{cause:?}");
            assert_eq!(fs::read(&target).unwrap(), b"{}", "{name}");
            assert!(fs::symlink_metadata(folder.join(name)).unwrap().is_symlink());
            fs::remove_file(folder.join(name)).unwrap();
        }
        // A file that somebody else wrote under the name of the lock keeps its contents.
        fs::write(folder.join("tokens.lock"), "mine").unwrap();
        save().unwrap();
        assert_eq!(fs::read(folder.join("tokens.lock")).unwrap(), b"mine");
        let linked = FileStore::new(home.path().join("linked/tokens.json"));
        symlink(&folder, home.path().join("linked")).unwrap();
        assert!(linked.save("b", &SecretString::from("x")).is_err());
        assert_eq!(shown(store.load("b").unwrap()), None);
    }

    #[test]
    fn an_error_of_a_broken_file_does_not_quote_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let store = FileStore::new(&path);
        store.save("a", &SecretString::from("x")).unwrap();
        fs::write(&path, "{\"a\": \"hunter2\", ").unwrap();
        let error = store.load("a").unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }

    #[test]
    fn concurrent_writers_lose_no_token() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("tokens.json"));
        std::thread::scope(|scope| {
            for i in 0..8 {
                let store = store.clone();
                scope.spawn(move || store.save(&format!("a{i}"), &SecretString::from("x")).unwrap());
            }
        });
        assert_eq!(store.read().unwrap().len(), 8);
    }
}
