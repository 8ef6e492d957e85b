//! Reads the files of a snapshot's directory, even while a writer replaces the directory.
//! [`Source`](super::source::Source) uses it; all files come from the directory that was opened, never from a
//! newer one.

use std::path::{Path, PathBuf};

use dvkit_files::{Identity, Refusal};

use super::format::MAX_FILE_BYTES;
use super::{StoreError, paths};

/// The maximum number of attempts to find a directory that a writer is renaming. A writer renames twice, so a
/// few attempts are usually enough.
const ATTEMPTS: usize = 32;

/// A snapshot's directory, identified when it was opened.
///
/// A writer replaces the whole directory by a new one. Files are then still read from the directory that was
/// opened, under the name that the writer has given to it, so that all files belong to one snapshot.
#[derive(Debug)]
pub(super) struct Folder {
    dir: PathBuf,
    /// The file system's identity of the directory; `None` if the directory did not exist, or if the caller
    /// holds the lock of the directory.
    identity: Option<Identity>,
}

impl Folder {
    pub(super) fn find(dir: &Path) -> Self {
        // Between the two look-ups a writer may have put the new directory in place and removed the old one.
        let found = (0..ATTEMPTS).find_map(|_| identity(dir).or_else(|| backup(dir).map(|(_, found)| found)));
        Self { dir: dir.to_owned(), identity: found }
    }

    /// Returns a reader of `dir` for a caller that holds the lock of the directory, so that no writer can
    /// replace it.
    pub(super) fn locked(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), identity: None }
    }

    /// Returns the path at which the directory was opened.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the present path of the directory: the path at which it was opened, or the one to which a
    /// writer has renamed it.
    pub(super) fn current_dir(&self) -> PathBuf {
        let moved = backup(&self.dir).filter(|(_, found)| Some(found) == self.identity.as_ref());
        match moved {
            Some((old, _)) => old,
            None => self.dir.clone(),
        }
    }

    pub(super) fn read(&self, relative: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if self.identity.is_none() {
            return read_below(&self.dir, relative);
        }
        for _ in 0..ATTEMPTS {
            let here = || identity(&self.dir) == self.identity;
            if here() {
                let read = read_below(&self.dir, relative);
                // A file that was read belongs to this directory if the directory was in place before and
                // after. A writer whose second rename fails puts the directory back, and the file was missing
                // for that moment.
                if here()
                    && (!matches!(read, Ok(None)) || (read_below(&self.dir, relative)?.is_none() && here()))
                {
                    return read;
                }
            }
            let old = || backup(&self.dir).filter(|(_, found)| Some(found) == self.identity.as_ref());
            if let Some((place, _)) = old() {
                // Once the new directory is in place, files of the old one are removed: a file that is
                // missing then existed before.
                if let Ok(Some(bytes)) = read_below(&place, relative)
                    && old().is_some()
                {
                    return Ok(Some(bytes));
                }
                if identity(&self.dir).is_none() && old().is_some() {
                    return read_below(&place, relative);
                }
            }
            let is_replaced = identity(&self.dir).is_some_and(|found| Some(found) != self.identity);
            if is_replaced {
                break;
            }
        }
        Err(StoreError::Replaced { path: self.dir.clone() })
    }
}

fn identity(dir: &Path) -> Option<Identity> {
    dvkit_files::identity(dir).ok().flatten()
}

/// Returns the path and the identity of the old snapshot of `dir`, under the name that a writer gives to it
/// during a replacement; `None` if there is no such directory or if it is a link.
fn backup(dir: &Path) -> Option<(PathBuf, Identity)> {
    let old = paths::backup_path(dir).filter(|old| dvkit_files::is_folder(old))?;
    identity(&old).map(|found| (old, found))
}

/// Returns the contents of the file at the path `relative` in `dir`; `None` if the file does not exist. Links
/// below `dir` are refused. Returns an error if the file is too large or cannot be read.
pub(super) fn read_below(dir: &Path, relative: &str) -> Result<Option<Vec<u8>>, StoreError> {
    dvkit_files::read_below(dir, relative, MAX_FILE_BYTES).map_err(|e| match Refusal::of(&e) {
        Some(Refusal::TooLong(_)) => StoreError::TooLarge { path: dir.join(relative) },
        _ => StoreError::io("read", dir.join(relative))(e),
    })
}

/// Calls `act`, and calls it again whenever a writer replaced the snapshot meanwhile, up to [`ATTEMPTS`]
/// times in all. Returns the last result.
pub(super) fn retry<T>(mut act: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    for _ in 1..ATTEMPTS {
        match act() {
            Err(StoreError::Replaced { .. }) => {}
            other => return other,
        }
    }
    act()
}
