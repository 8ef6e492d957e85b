//! What is at a path, told without opening it and without following a link.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::{EntryKind, Refusal};

/// Tells what is at `path`, the last part of which is not followed where it is a link; `None` where nothing is there.
///
/// # Errors
/// Where the system does not say.
pub fn entry_kind(path: &Path) -> io::Result<Option<EntryKind>> {
    match fs::symlink_metadata(bare(path)) {
        Ok(metadata) => Ok(Some(EntryKind::of(metadata.file_type()))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// The path without a slash at its end, with which the system would follow a link.
pub(crate) fn bare(path: &Path) -> PathBuf {
    path.components().collect()
}

/// Returns true where a regular file is at `path`; a link is none.
#[must_use]
pub fn is_file(path: &Path) -> bool {
    matches!(entry_kind(path), Ok(Some(EntryKind::File)))
}

/// Returns true where a folder is at `path`; a link is none.
#[must_use]
pub fn is_folder(path: &Path) -> bool {
    matches!(entry_kind(path), Ok(Some(EntryKind::Folder)))
}

/// One thing in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the folder.
    pub name: OsString,
    /// The folder's path and its name.
    pub path: PathBuf,
    /// What it is.
    pub kind: EntryKind,
}

impl Entry {
    /// Returns the size of the file in bytes.
    ///
    /// # Errors
    /// Where the system does not say.
    pub fn size(&self) -> io::Result<u64> {
        Ok(fs::symlink_metadata(&self.path)?.len())
    }
}

/// Lists what is in `folder`, in the system's order. A link at `folder` is not followed.
///
/// # Errors
/// Where `folder` is no folder, or cannot be read; `NotFound` where nothing is there.
pub fn entries(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<Entry>>> {
    match EntryKind::of(fs::symlink_metadata(bare(folder))?.file_type()) {
        EntryKind::Folder => {}
        kind => return Err(Refusal::NotAFolder(kind).into()),
    }
    Ok(fs::read_dir(folder)?.map(|entry| {
        let entry = entry?;
        Ok(Entry { name: entry.file_name(), path: entry.path(), kind: EntryKind::of(entry.file_type()?) })
    }))
}

/// What tells a file or folder from another one that had its place before or has it later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    number: Option<(u64, u64)>,
    created: Option<SystemTime>,
}

impl Identity {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        // Numbers are given again once a file is gone, so the time goes along where the system has it.
        Self { number: number(metadata), created: metadata.created().ok() }
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)] // only here it is always there
fn number(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// Returns what tells the folder at `path` from others; `None` where there is no folder. A link at `path` is followed.
///
/// # Errors
/// Where the system does not say.
pub fn identity(path: &Path) -> io::Result<Option<Identity>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(Some(Identity::of(&metadata))),
        Ok(_) => Ok(None),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Returns the time of the last change and the size in bytes of the file or folder at `path`. A link at `path` is followed.
///
/// # Errors
/// Those of the system.
pub fn modified_and_size(path: &Path) -> io::Result<(SystemTime, u64)> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.modified()?, metadata.len()))
}

/// Returns the absolute path of what is at `path`, with no link in it: for paths that are shown or compared.
///
/// # Errors
/// Where nothing is there, and those of the system.
pub fn canonical_path(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize()
}
