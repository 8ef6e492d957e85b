//! Defines [`EntryKind`], the kind of the entry at a path.

use std::fmt;
use std::fs::FileType;

/// The kind of entry at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, whether or not its target exists.
    Link,
    /// A named pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A device, or an entry of an unknown kind.
    Device,
}

impl EntryKind {
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
fn special(file_type: FileType) -> EntryKind {
    use std::os::unix::fs::FileTypeExt as _;
    if file_type.is_fifo() {
        EntryKind::Pipe
    } else if file_type.is_socket() {
        EntryKind::Socket
    } else {
        EntryKind::Device
    }
}

#[cfg(not(unix))]
fn special(_: FileType) -> EntryKind {
    EntryKind::Device
}

impl fmt::Display for EntryKind {
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
