//! What can go wrong with a snapshot directory.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a snapshot could not be read or written.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no snapshot at this place: no `org.json`.
    Missing {
        /// The `org.json` that was looked for.
        path: PathBuf,
    },
    /// The snapshot is of a format that this version does not know.
    Newer {
        /// Its `org.json`.
        path: PathBuf,
        /// The format that was found.
        found: u32,
        /// The newest format that is known.
        known: u32,
    },
    /// A file of the snapshot is not what it has to be.
    Damaged {
        /// The file.
        path: PathBuf,
        /// Line, from 1; 0 where the file as a whole is meant.
        line: usize,
        /// Column, from 1; 0 where the line as a whole is meant.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A file of the snapshot is greater than [`MAX_FILE_BYTES`](super::MAX_FILE_BYTES), or would be.
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The directory to be written has other contents than a snapshot: it is left alone.
    Occupied {
        /// The directory.
        path: PathBuf,
    },
    /// Another snapshot has taken the place of this one since it was opened.
    Replaced {
        /// The directory.
        path: PathBuf,
    },
    /// Another process is writing this snapshot.
    Busy {
        /// The lock file that the other one holds.
        path: PathBuf,
    },
    /// The file system refused.
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was tried, as an infinitive: `read`, `create`.
        action: &'static str,
        /// Its answer.
        source: io::Error,
    },
}

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
                write!(f, "{}: greater than {} MiB", path.display(), super::MAX_FILE_BYTES >> 20)
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
