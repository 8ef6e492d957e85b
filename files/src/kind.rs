//! What is at a path, told without opening it and without following a link.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::Refused;

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, wherever it leads.
    Link,
    /// A named pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A device, or something else that is none of the others.
    Device,
}

impl Kind {
    pub(crate) fn of(file_type: FileType) -> Self {
        if file_type.is_symlink() {
            Self::Link
        } else if file_type.is_file() {
            Self::File
        } else if file_type.is_dir() {
            Self::Folder
        } else {
            special(file_type)
        }
    }
}

#[cfg(unix)]
fn special(file_type: FileType) -> Kind {
    use std::os::unix::fs::FileTypeExt as _;
    if file_type.is_fifo() {
        Kind::Pipe
    } else if file_type.is_socket() {
        Kind::Socket
    } else {
        Kind::Device
    }
}

#[cfg(not(unix))]
fn special(_: FileType) -> Kind {
    Kind::Device
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a symbolic link",
            Self::Pipe => "a pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
        })
    }
}

/// Tells what is at `path`, the last part of which is not followed where it is a link; `None` where nothing is there.
///
/// # Errors
/// Where the system does not say.
pub fn kind(path: &Path) -> io::Result<Option<Kind>> {
    match fs::symlink_metadata(bare(path)) {
        Ok(metadata) => Ok(Some(Kind::of(metadata.file_type()))),
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
    matches!(kind(path), Ok(Some(Kind::File)))
}

/// Returns true where a folder is at `path`; a link is none.
#[must_use]
pub fn is_folder(path: &Path) -> bool {
    matches!(kind(path), Ok(Some(Kind::Folder)))
}

/// One thing in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the folder.
    pub name: OsString,
    /// The folder's path and its name.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
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
    match Kind::of(fs::symlink_metadata(bare(folder))?.file_type()) {
        Kind::Folder => {}
        kind => return Err(Refused::NoFolder(kind).into()),
    }
    Ok(fs::read_dir(folder)?.map(|entry| {
        let entry = entry?;
        Ok(Entry { name: entry.file_name(), path: entry.path(), kind: Kind::of(entry.file_type()?) })
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
pub fn stamp(path: &Path) -> io::Result<(SystemTime, u64)> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.modified()?, metadata.len()))
}

/// Returns the absolute path of what is at `path`, with no link in it: for paths that are shown or compared.
///
/// # Errors
/// Where nothing is there, and those of the system.
pub fn real_path(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize()
}
