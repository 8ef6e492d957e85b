//! Defines [`StoreError`], the error of reading or writing a snapshot's directory. Every error names the path
//! of the file or directory.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::format::MAX_FILE_BYTES;

/// The reason why a snapshot could not be read or written.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory has no snapshot: the file `org.json` does not exist.
    Missing {
        /// The path of the missing `org.json`.
        path: PathBuf,
    },
    /// The snapshot has a newer format than this version of dvkit can read.
    Newer {
        /// The path of the snapshot's `org.json`.
        path: PathBuf,
        /// The format version of the snapshot, which is greater than `known`.
        found: u32,
        /// The newest format version that this version of dvkit can read.
        known: u32,
    },
    /// The contents of a file of the snapshot are not valid.
    Damaged {
        /// The path of the damaged file.
        path: PathBuf,
        /// The line, counted from 1; 0 if the error is about the whole file.
        line: usize,
        /// The column, counted from 1; 0 if the error is about the whole line.
        column: usize,
        /// A description of the mistake in the file.
        message: String,
    },
    /// A file of the snapshot is, or would become, larger than [`MAX_FILE_BYTES`].
    TooLarge {
        /// The path of the file that is too large.
        path: PathBuf,
    },
    /// The directory to write to has files but is not a snapshot. Nothing was written.
    Occupied {
        /// The path of the directory that has other files.
        path: PathBuf,
    },
    /// Another snapshot has replaced this one since the store was opened.
    Replaced {
        /// The path of the directory with the snapshot.
        path: PathBuf,
    },
    /// Another process is writing to the directory.
    Busy {
        /// The path of the lock file that the other process holds.
        path: PathBuf,
    },
    /// The file system reported an error.
    Io {
        /// The path of the file or directory that cannot be read or written.
        path: PathBuf,
        /// The operation that failed, as an infinitive for the message: `read`, `create`.
        action: &'static str,
        /// The error of the file system.
        source: io::Error,
    },
}

#[cfg(feature = "fs")]
impl StoreError {
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, action, source }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path } => {
                write!(f, "no snapshot: `{}` does not exist", path.display())
            }
            Self::Newer { path, found, known } => write!(
                f,
                "{}: the snapshot has format {found}, but this version of dvkit reads formats up to {known}; use \
                 a newer dvkit or import the metadata again",
                path.display()
            ),
            Self::Damaged { path, line, column, message } => {
                write!(f, "{}", path.display())?;
                if *line > 0 {
                    write!(f, ":{line}")?;
                    if *column > 0 {
                        write!(f, ":{column}")?;
                    }
                }
                write!(f, ": damaged snapshot file: {message}")
            }
            Self::TooLarge { path } => {
                write!(f, "{}: greater than {} MiB", path.display(), MAX_FILE_BYTES >> 20)
            }
            Self::Occupied { path } => write!(
                f,
                "{}: not empty and not a snapshot (no `org.json` of one in it), so it is left as it is; name another \
                 directory",
                path.display()
            ),
            Self::Replaced { path } => write!(
                f,
                "{}: the snapshot was replaced by another process while it was being read; try again",
                path.display()
            ),
            Self::Busy { path } => {
                write!(f, "another process is writing this snapshot (it holds `{}`)", path.display())
            }
            Self::Io { path, action, source } => write!(f, "cannot {action} `{}`: {source}", path.display()),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
