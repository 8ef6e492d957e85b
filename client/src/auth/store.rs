//! Where refresh tokens are kept between runs. Nothing else is: access tokens live in memory only.
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::{Error, ErrorKind, Result};

/// A file of tokens is never larger.
const LARGEST: u64 = 1 << 20;

/// A place for refresh tokens, by account.
pub trait TokenStore: Send + Sync + 'static {
    /// The token of an account, where there is one.
    ///
    /// # Errors
    /// Where the place cannot be read.
    fn load(&self, account: &str) -> Result<Option<SecretString>>;

    /// Keeps a token, in place of the one that was there.
    ///
    /// # Errors
    /// Where it cannot be written.
    fn save(&self, account: &str, token: &SecretString) -> Result<()>;

    /// Forgets an account's token.
    ///
    /// # Errors
    /// Where the place cannot be written.
    fn remove(&self, account: &str) -> Result<()>;

    /// Forgets this token of an account; another one that took its place meanwhile stays. Stores that several processes share do both under one
    /// lock; unless written, it is done in two steps.
    ///
    /// # Errors
    /// Where the place cannot be read or written.
    fn remove_token(&self, account: &str, token: &SecretString) -> Result<()> {
        match self.load(account)? {
            Some(kept) if kept.expose_secret() == token.expose_secret() => self.remove(account),
            _ => Ok(()),
        }
    }
}

/// Keeps tokens as long as the process lives.
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

/// Keeps tokens in a file that only its owner can read (0600), replaced as a whole: a crash leaves the old file or the new one.
/// Processes that share the file take turns.
#[derive(Debug, Clone)]
pub struct FileStore {
    path: PathBuf,
}

impl FileStore {
    /// A store in this file; it and its folder are made when the first token is kept.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn error(&self, what: &str, error: std::io::Error) -> Error {
        Error::new(ErrorKind::SignIn, format!("the token store {} cannot be {what}", self.path.display()))
            .with_source(error)
    }

    fn read(&self) -> Result<BTreeMap<String, SecretString>> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(self.error("read", error)),
        };
        self.only_owner(&file)?;
        let mut text = String::new();
        file.take(LARGEST + 1).read_to_string(&mut text).map_err(|error| self.error("read", error))?;
        let parsed: Option<BTreeMap<String, Value>> =
            (text.len() as u64 <= LARGEST).then(|| serde_json::from_str(&text).ok()).flatten();
        let tokens = parsed.ok_or_else(|| {
            // The parser's words would quote the file.
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
    fn only_owner(&self, file: &File) -> Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata().map_err(|error| self.error("read", error))?.permissions().mode();
        if mode & 0o077 == 0 {
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
    fn only_owner(&self, _: &File) -> Result<()> {
        Ok(())
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, SecretString>)) -> Result<()> {
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).map_err(|error| self.error("made", error))?;
        let lock = self.path.with_extension("lock");
        let lock = File::create(&lock).map_err(|error| self.error("locked", error))?;
        lock.lock().map_err(|error| self.error("locked", error))?;
        let mut tokens = self.read()?;
        change(&mut tokens);
        let shown: BTreeMap<&str, &str> =
            tokens.iter().map(|(account, token)| (account.as_str(), token.expose_secret())).collect();
        let text = SecretString::from(serde_json::to_string_pretty(&shown).expect("text is written as JSON"));
        // Temporary files are made 0600.
        let mut file =
            tempfile::NamedTempFile::new_in(folder).map_err(|error| self.error("written", error))?;
        file.write_all(text.expose_secret().as_bytes()).map_err(|error| self.error("written", error))?;
        file.as_file().sync_all().map_err(|error| self.error("written", error))?;
        file.persist(&self.path).map_err(|error| self.error("written", error.error))?;
        Ok(())
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
    use pretty_assertions::assert_eq;

    use super::*;

    fn shown(token: Option<SecretString>) -> Option<String> {
        token.map(|token| token.expose_secret().to_owned())
    }

    #[test]
    fn both_stores_keep_and_forget() {
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
    fn the_file_is_its_owners_alone() {
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

    #[test]
    fn a_broken_file_is_not_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let store = FileStore::new(&path);
        store.save("a", &SecretString::from("x")).unwrap();
        fs::write(&path, "{\"a\": \"hunter2\", ").unwrap();
        let error = store.load("a").unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }

    #[test]
    fn many_writers_lose_nothing() {
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
