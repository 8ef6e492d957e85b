//! Locks files, so that of several dvkit processes only one at a time changes a file or folder.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::entry::Identity;
use crate::{EntryKind, Refusal, entry_kind, point};

/// The decision whether the file of a [`Lock`] is removed when the lock is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockCleanup {
    /// The file is not removed.
    Keep,
    /// The file is removed if it is empty. On systems other than Unix the file is kept, because they cannot
    /// distinguish it from a later file of the same name.
    Remove,
}

/// A lock on a file. While this value exists, no other process holds a lock on the same path. Locking never
/// changes the content of the file.
///
/// When the lock is released, the file may be removed while other processes wait for the lock. So a process
/// that gets the lock checks whether the file is still at its path, and tries again if it is not. On a file
/// system without locks, every process gets the lock at once.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    file: File,
    after: LockCleanup,
}

/// The maximum number of attempts to take a lock. An attempt fails if another process took and removed the
/// lock's file meanwhile.
const MAX_ATTEMPTS: usize = 10_000;

impl Lock {
    /// Takes the lock on the file at `path`, and creates the file if it does not exist. Returns `None` if
    /// another process holds the lock. `after` says what happens to the file when the lock is released.
    ///
    /// # Errors
    /// Returns an error if the entry at `path` is not a regular file, or if the system reports an error.
    pub fn try_take(path: &Path, after: LockCleanup) -> io::Result<Option<Self>> {
        Self::attempt(path, after, |file| match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(e)) => Err(e),
        })
    }

    /// Waits until the lock on the file at `path` is free, and takes it. Creates the file if it does not
    /// exist. `after` says what happens to the file when the lock is released.
    ///
    /// # Errors
    /// Returns an error if the entry at `path` is not a regular file, or if the system reports an error.
    pub fn wait(path: &Path, after: LockCleanup) -> io::Result<Self> {
        let lock = Self::attempt(path, after, |file| file.lock().map(|()| true))?;
        lock.ok_or_else(|| Refusal::ReplacedMeanwhile.into())
    }

    fn attempt(
        path: &Path,
        after: LockCleanup,
        take: impl Fn(&File) -> io::Result<bool>,
    ) -> io::Result<Option<Self>> {
        for _ in 0..MAX_ATTEMPTS {
            let Some(file) = open(path)? else { continue };
            point("lock");
            match take(&file) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                // Some network file systems have no locks. Writing there is as safe as without this module.
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

    /// Removes the file if the lock was taken with [`LockCleanup::Remove`] and the file is empty.
    fn remove(&self) {
        let is_empty = self.file.metadata().is_ok_and(|m| m.len() == 0);
        // Other systems cannot distinguish two files of one name.
        if cfg!(unix)
            && self.after == LockCleanup::Remove
            && is_empty
            && is_at(&self.file, &self.path).unwrap_or(false)
        {
            // The lock is still held: a process that opens the path now creates a new file. A failure does no harm.
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

/// Opens the file at `path` without following a link and without changing its content. Returns `None` if the
/// file was created or removed meanwhile, so that the caller has to try again. Returns an error if something
/// else than a file is there, or if the folder does not exist.
fn open(path: &Path) -> io::Result<Option<File>> {
    let opened = match entry_kind(path)? {
        None => File::options().write(true).create_new(true).open(path),
        Some(EntryKind::File) => File::options().write(true).open(path),
        Some(kind) => return Err(Refusal::NotAFile(kind).into()),
    };
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists) => {
            // If the folder does not exist, trying again is useless.
            if path.parent().is_some_and(|p| p.as_os_str().is_empty() || p.exists()) {
                Ok(None)
            } else {
                Err(e)
            }
        }
        Err(e) => Err(e),
    }
}

/// Returns whether the entry at `path` is still the open file `file`, and has not been removed or replaced.
/// Returns an error if either cannot be examined.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(named) => Ok(Identity::of(&named) == Identity::of(&file.metadata()?)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

    use std::cell::Cell;

    use super::*;

    /// The outcome of an attempt: whether the lock was taken, or the error's refusal or kind.
    fn outcome(attempted: io::Result<Option<Lock>>) -> Result<bool, String> {
        let told = |e: io::Error| {
            Refusal::of(&e).map_or_else(|| format!("{:?}", e.kind()), |refusal| format!("{refusal:?}"))
        };
        attempted.map(|lock| lock.is_some()).map_err(told)
    }

    #[test]
    fn a_lock_is_taken_where_the_system_has_none() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("lock");
        for (system, expected) in [
            (Ok(true), Ok(true)),
            (Ok(false), Ok(false)),
            (Err(io::ErrorKind::Unsupported), Ok(true)),
            (Err(io::ErrorKind::PermissionDenied), Err("PermissionDenied".to_owned())),
            (Err(io::ErrorKind::WouldBlock), Err("WouldBlock".to_owned())),
        ] {
            let attempted = Lock::attempt(&path, LockCleanup::Keep, |_| system.map_err(io::Error::from));
            assert_eq!(outcome(attempted), expected, "{system:?}");
        }
    }

    #[test]
    fn the_attempts_to_take_a_lock_have_an_end() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("lock");
        // How often another process removes the file when it is locked.
        for (removals, expected, attempts) in
            [(0, Ok(true), 1), (1, Ok(true), 2), (10_000, Err("ReplacedMeanwhile".to_owned()), 10_000)]
        {
            let taken = Cell::new(0);
            let attempted = Lock::attempt(&path, LockCleanup::Remove, |_| {
                taken.set(taken.get() + 1);
                if taken.get() <= removals {
                    fs::remove_file(&path)?;
                }
                Ok(true)
            });
            assert_eq!((outcome(attempted), taken.get()), (expected, attempts), "{removals} removals");
            assert!(!path.exists(), "{removals} removals");
        }
    }

    #[test]
    fn a_lock_that_the_system_refuses_is_not_tried_again() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        let opened = File::open(&file).unwrap();
        for (path, expected) in [
            (file.clone(), Ok(true)),
            (home.path().join("none"), Ok(false)),
            (home.path().to_owned(), Ok(false)),
            (file.join("below"), Err(io::ErrorKind::NotADirectory)),
        ] {
            assert_eq!(is_at(&opened, &path).map_err(|e| e.kind()), expected, "{path:?}");
        }
        let below = Lock::try_take(&file.join("below"), LockCleanup::Keep);
        assert_eq!(outcome(below), Err("NotADirectory".to_owned()));
        let missing = Lock::try_take(&home.path().join("none/lock"), LockCleanup::Keep);
        assert_eq!(outcome(missing), Err("NotFound".to_owned()));
        // Nobody creates a file there.
        #[cfg(target_os = "linux")]
        assert_ne!(
            outcome(Lock::try_take(Path::new("/sys/dvkit.lock"), LockCleanup::Keep)),
            Err("ReplacedMeanwhile".to_owned())
        );
    }
}
