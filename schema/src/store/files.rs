//! Where the bytes of a snapshot come from.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{MAX_FILE, StoreError, swap};

#[derive(Debug)]
pub(super) enum Source {
    Directory(PathBuf),
    Embedded(&'static [(&'static str, &'static str)]),
    Memory,
}

impl Source {
    /// The directory, or the one that a writer which died half-way through its swap put aside.
    pub(super) fn directory(dir: &Path) -> Self {
        let aside = (!dir.exists()).then(|| swap::aside(dir)).flatten().filter(|old| old.is_dir());
        Self::Directory(aside.unwrap_or_else(|| dir.to_owned()))
    }

    /// The path that messages name.
    pub(super) fn path(&self, relative: &str) -> PathBuf {
        match self {
            Self::Directory(dir) => dir.join(relative),
            Self::Embedded(_) | Self::Memory => PathBuf::from(relative),
        }
    }

    /// The contents of one file, by its path below the snapshot; `None` where there is none.
    pub(super) fn read(&self, relative: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Directory(dir) => read_bounded(&dir.join(relative)),
            Self::Embedded(files) => {
                Ok(files.iter().find(|(path, _)| *path == relative).map(|(_, text)| text.as_bytes().to_vec()))
            }
            Self::Memory => Ok(None),
        }
    }
}

/// The contents of a file; `None` where it does not exist.
pub(super) fn read_bounded(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(StoreError::io("open", path)(e)),
    };
    let size = file.metadata().map_err(StoreError::io("read", path))?.len();
    if size > MAX_FILE {
        return Err(StoreError::TooLarge { path: path.to_owned() });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    // The file may grow while it is read.
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(StoreError::io("read", path))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(StoreError::TooLarge { path: path.to_owned() });
    }
    Ok(Some(bytes))
}
