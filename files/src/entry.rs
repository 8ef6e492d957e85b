//! Lists the entries of folders, and returns kind, size and identity of files and folders without opening
//! them.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::{EntryKind, Refusal};

/// Returns the kind of the entry at `path`; `None` if there is no entry. A link at the end of the path is not
/// followed.
///
/// # Errors
/// Returns an error if the system reports one.
pub fn entry_kind(path: &Path) -> io::Result<Option<EntryKind>> {
    match fs::symlink_metadata(bare(path)) {
        Ok(metadata) => Ok(Some(EntryKind::of(metadata.file_type()))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Returns the path without a slash at its end, because the slash would make the system follow a link at the
/// end of the path.
pub(crate) fn bare(path: &Path) -> PathBuf {
    path.components().collect()
}

/// Returns whether the entry at `path` is a regular file. Links are not followed. The result is `false` if
/// the system reports an error.
#[must_use]
pub fn is_file(path: &Path) -> bool {
    matches!(entry_kind(path), Ok(Some(EntryKind::File)))
}

/// Returns whether the entry at `path` is a folder. Links are not followed. The result is `false` if the
/// system reports an error.
#[must_use]
pub fn is_folder(path: &Path) -> bool {
    matches!(entry_kind(path), Ok(Some(EntryKind::Folder)))
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name of the entry in its folder.
    pub name: OsString,
    /// The path of the folder, joined with the name.
    pub path: PathBuf,
    /// The kind of the entry; a link is [`EntryKind::Link`], whatever its target is.
    pub kind: EntryKind,
}

impl Entry {
    /// Returns the size of the file in bytes.
    ///
    /// # Errors
    /// Returns an error if the system reports one.
    pub fn size(&self) -> io::Result<u64> {
        Ok(fs::symlink_metadata(&self.path)?.len())
    }
}

/// Lists the entries of `folder`, in the system's order. A link at `folder` is not followed.
///
/// # Errors
/// Returns an error if `folder` is not a folder or cannot be read. If there is no entry at `folder`, the
/// error is of the kind `NotFound`.
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

/// The identity of a file or folder in the file system. It distinguishes the file or folder from an earlier
/// or later one at the same path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    number: Option<(u64, u64)>,
    created: Option<SystemTime>,
}

impl Identity {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        // Systems reuse the numbers of removed files, so the time of creation is compared, too, where it is known.
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

/// Returns the identity of the folder at `path`; `None` if there is no folder. A link at `path` is followed.
///
/// # Errors
/// Returns an error if the system reports one.
pub fn identity(path: &Path) -> io::Result<Option<Identity>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(Some(Identity::of(&metadata))),
        Ok(_) => Ok(None),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Returns the time of the last change and the size in bytes of the file or folder at `path`. A link at
/// `path` is followed.
///
/// # Errors
/// Returns an error if the system reports one.
pub fn modified_and_size(path: &Path) -> io::Result<(SystemTime, u64)> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.modified()?, metadata.len()))
}

/// Returns the absolute path of a file or folder, with all links resolved, for display and comparison.
///
/// # Errors
/// Returns an error if there is no entry at `path`, or if the system reports another error.
pub fn canonical_path(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize()
}
