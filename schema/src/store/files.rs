//! Where the bytes of a snapshot come from.

use std::path::{Path, PathBuf};

use dvkit_files::{Identity, Refusal};

use super::{MAX_FILE_BYTES, StoreError, places};

#[derive(Debug)]
pub(super) enum Source {
    Directory(Folder),
    Embedded(&'static [(&'static str, &'static str)]),
    Memory,
}

impl Source {
    /// The directory, or the one that a writer has put aside for the moment, or left there when it died.
    pub(super) fn directory(dir: &Path) -> Self {
        Self::Directory(Folder::find(dir))
    }

    /// The directory itself, which nobody replaces meanwhile.
    pub(super) fn held(dir: &Path) -> Self {
        Self::Directory(Folder { dir: dir.to_owned(), identity: None })
    }

    /// The path that messages name.
    pub(super) fn path(&self, relative: &str) -> PathBuf {
        match self {
            Self::Directory(folder) => folder.place().join(relative),
            Self::Embedded(_) | Self::Memory => PathBuf::from(relative),
        }
    }

    /// The contents of one file, by its path below the snapshot; `None` where there is none.
    pub(super) fn read(&self, relative: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Directory(folder) => folder.read(relative),
            Self::Embedded(files) => {
                Ok(files.iter().find(|(path, _)| *path == relative).map(|(_, text)| text.as_bytes().to_vec()))
            }
            Self::Memory => Ok(None),
        }
    }
}

/// How often something is looked for that a writer moves at this moment. Each time the writer has done a step more, and it has
/// two.
const ATTEMPTS: usize = 32;

/// A snapshot's directory, as it was when it was opened.
///
/// A writer puts another directory in its place. Everything is read from this very one, wherever it is, so that what is read
/// belongs together.
#[derive(Debug)]
pub(super) struct Folder {
    dir: PathBuf,
    /// None where nothing was there, or where nobody can exchange it.
    identity: Option<Identity>,
}

impl Folder {
    fn find(dir: &Path) -> Self {
        // Between two looks a writer may have put the new directory in place and removed the old one.
        let found = (0..ATTEMPTS).find_map(|_| identity(dir).or_else(|| aside(dir).map(|(_, found)| found)));
        Self { dir: dir.to_owned(), identity: found }
    }

    /// The directory that was opened.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where it is now.
    fn place(&self) -> PathBuf {
        let moved = aside(&self.dir).filter(|(_, found)| Some(found) == self.identity.as_ref());
        match moved {
            Some((old, _)) => old,
            None => self.dir.clone(),
        }
    }

    fn read(&self, relative: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if self.identity.is_none() {
            return read_below(&self.dir, relative);
        }
        for _ in 0..ATTEMPTS {
            let here = || identity(&self.dir) == self.identity;
            if here() {
                let read = read_below(&self.dir, relative);
                // What was read is of this directory if it was there before and after. A writer whose second rename
                // fails puts it back, and the file was missing for that moment.
                if here()
                    && (!matches!(read, Ok(None)) || (read_below(&self.dir, relative)?.is_none() && here()))
                {
                    return read;
                }
            }
            let old = || aside(&self.dir).filter(|(_, found)| Some(found) == self.identity.as_ref());
            if let Some((place, _)) = old() {
                // Once the new one is in place, the old one is emptied: a file that is missing then was there.
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

/// The directory that was put aside, which is no link.
fn aside(dir: &Path) -> Option<(PathBuf, Identity)> {
    let old = places::aside(dir).filter(|old| dvkit_files::is_folder(old))?;
    identity(&old).map(|found| (old, found))
}

/// The contents of a file below a directory, no part of which is a link there; `None` where it does not exist.
pub(super) fn read_below(dir: &Path, relative: &str) -> Result<Option<Vec<u8>>, StoreError> {
    dvkit_files::read_below(dir, relative, MAX_FILE_BYTES).map_err(|e| match Refusal::of(&e) {
        Some(Refusal::TooLong(_)) => StoreError::TooLarge { path: dir.join(relative) },
        _ => StoreError::io("read", dir.join(relative))(e),
    })
}

/// Does it again while a writer gets in between, as often as that is likely to help.
pub(super) fn retry<T>(mut act: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    for _ in 1..ATTEMPTS {
        match act() {
            Err(StoreError::Replaced { .. }) => {}
            other => return other,
        }
    }
    act()
}
