//! Provides the texts of a snapshot's files to a [`Store`](super::Store), from a directory or from memory.
//! Only the store's own modules read through it.

use std::collections::HashMap;
#[cfg(feature = "fs")]
use std::path::Path;
use std::path::PathBuf;

use super::StoreError;
#[cfg(feature = "fs")]
use super::folder::Folder;

/// The source of the texts of a store.
#[derive(Debug)]
pub(super) enum Source {
    /// The files of a directory.
    #[cfg(feature = "fs")]
    Directory(Folder),
    /// Texts that are part of the program, as pairs of relative path and text.
    Embedded(&'static [(&'static str, &'static str)]),
    /// Texts by relative path.
    Texts(HashMap<String, String>),
    /// No texts: the store was made from a schema in memory, so nothing has to be read.
    Model,
}

impl Source {
    /// Returns a source that reads the snapshot in `dir`. If a writer is just replacing the directory, or
    /// crashed while it did, the source reads the directory under the name that the writer gave to it.
    #[cfg(feature = "fs")]
    pub(super) fn directory(dir: &Path) -> Self {
        Self::Directory(Folder::find(dir))
    }

    /// Returns a source that reads `dir` itself, for a caller that holds the lock of the directory, so that
    /// no writer can replace it.
    #[cfg(feature = "fs")]
    pub(super) fn locked_directory(dir: &Path) -> Self {
        Self::Directory(Folder::locked(dir))
    }

    /// Returns the path of a file, for messages.
    pub(super) fn path(&self, relative: &str) -> PathBuf {
        match self {
            #[cfg(feature = "fs")]
            Self::Directory(folder) => folder.current_dir().join(relative),
            Self::Embedded(_) | Self::Texts(_) | Self::Model => PathBuf::from(relative),
        }
    }

    /// Returns the contents of the file at the path `relative` in the snapshot; `None` if there is no such
    /// file. Returns an error if the file is there and cannot be read.
    pub(super) fn read(&self, relative: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            #[cfg(feature = "fs")]
            Self::Directory(folder) => folder.read(relative),
            Self::Embedded(files) => {
                Ok(files.iter().find(|(path, _)| *path == relative).map(|(_, text)| text.as_bytes().to_vec()))
            }
            Self::Texts(texts) => Ok(texts.get(relative).map(|text| text.as_bytes().to_vec())),
            Self::Model => Ok(None),
        }
    }
}
