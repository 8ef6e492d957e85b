//! A file that one process holds at a time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::entry::Identity;
use crate::{EntryKind, Refusal, entry_kind, point};

/// What becomes of the file of a [`Lock`] once the lock is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockCleanup {
    /// It stays.
    Keep,
    /// It is removed where that is safe: where it is empty, and the system tells two files of the same name apart.
    Remove,
}

/// A lock on a file. Nobody else has one on the same path as long as this lives; what the file holds is never changed.
///
/// The file may be removed at the end while others wait for it. Whoever gets the lock looks whether the file still has its
/// name, and begins again where it has not; so nobody ever holds a file that is gone.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    file: File,
    after: LockCleanup,
}

/// WriteMode often a lock is begun again; each time somebody else had it meanwhile.
const ATTEMPTS: usize = 10_000;

impl Lock {
    /// Takes the lock on the file at `path`, which is made where it does not exist; `None` where somebody else has it.
    ///
    /// # Errors
    /// Where something else than a regular file is at `path`, and those of the system.
    pub fn try_take(path: &Path, after: LockCleanup) -> io::Result<Option<Self>> {
        Self::attempt(path, after, |file| match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(e)) => Err(e),
        })
    }

    /// Waits for the lock on the file at `path`, which is made where it does not exist.
    ///
    /// # Errors
    /// As [`try_take`](Self::try_take).
    pub fn wait(path: &Path, after: LockCleanup) -> io::Result<Self> {
        let lock = Self::attempt(path, after, |file| file.lock().map(|()| true))?;
        lock.ok_or_else(|| Refusal::ReplacedMeanwhile.into())
    }

    fn attempt(
        path: &Path,
        after: LockCleanup,
        take: impl Fn(&File) -> io::Result<bool>,
    ) -> io::Result<Option<Self>> {
        for _ in 0..ATTEMPTS {
            let Some(file) = open(path)? else { continue };
            point("lock");
            match take(&file) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                // Some network file systems have no locks: writing there is as safe as without this module.
                Err(e) if e.kind() == io::ErrorKind::Unsupported => {}
                Err(e) => return Err(e),
            }
            point("locked");
            if is_at(&file, path)? {
                return Ok(Some(Self { path: path.to_owned(), file, after }));
            }
        }
        Err(Refusal::ReplacedMeanwhile.into())
    }

    /// Returns the path of the lock's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the file away, if that is what becomes of it.
    fn remove(&self) {
        let is_empty = self.file.metadata().is_ok_and(|m| m.len() == 0);
        // Elsewhere two files of one name cannot be told apart.
        if cfg!(unix)
            && self.after == LockCleanup::Remove
            && is_empty
            && is_at(&self.file, &self.path).unwrap_or(false)
        {
            // While it is still held: whoever opens it now makes a new one. Nothing depends on its success.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        point("unlock");
        self.remove();
        let _ = self.file.unlock();
    }
}

/// Opens the file without following a link and without touching what it holds; `None` where it came or went meanwhile.
fn open(path: &Path) -> io::Result<Option<File>> {
    let opened = match entry_kind(path)? {
        None => File::options().write(true).create_new(true).open(path),
        Some(EntryKind::File) => File::options().write(true).open(path),
        Some(kind) => return Err(Refusal::NotAFile(kind).into()),
    };
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists) => {
            // Not where the folder itself is missing.
            if path.parent().is_some_and(|p| p.as_os_str().is_empty() || p.exists()) {
                Ok(None)
            } else {
                Err(e)
            }
        }
        Err(e) => Err(e),
    }
}

/// Is the open file the one that has this name?
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(named) => Ok(Identity::of(&named) == Identity::of(&file.metadata()?)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}
