//! What can go wrong with an import or a fetch.

use std::io;
use std::path::PathBuf;

use dvkit_schema::StoreError;

/// Why an import or a fetch failed; the snapshot is then as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file is greater than any metadata.
    #[error("{}: {size} bytes, which is more than the {limit} that are read", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// A file is not metadata, or damaged.
    #[error("{}{}: {message}", path.display(), position(*line, *column))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, from 1; 0 where the file as a whole is meant.
        line: usize,
        /// Column, from 1; 0 where the line as a whole is meant.
        column: usize,
        /// What is wrong, and what was expected.
        message: String,
    },
    /// What was fetched so far cannot be kept, or read again.
    #[error("cannot keep what was fetched in `{}`: {source}", path.display())]
    Journal {
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// No file was named.
    #[error("no file to import")]
    Nothing,
    /// The service, or the sign-in, failed.
    #[cfg(feature = "web-api")]
    #[error(transparent)]
    Service(#[from] dvkit_client::Error),
    /// An answer of the service is not what was asked for.
    #[error("{what} cannot be used: {message}")]
    Answer {
        /// Which answer.
        what: String,
        /// What is wrong with it.
        message: String,
    },
    /// No table has a name like this.
    #[error("no table fits `{pattern}`{}", near.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    NoTable {
        /// The pattern.
        pattern: String,
        /// A table with a similar name.
        near: Option<String>,
    },
    /// The organisation does not have what tables are chosen by.
    #[error("the organisation has no {what} `{name}`")]
    NotThere {
        /// What it is.
        what: &'static str,
        /// Its unique name.
        name: String,
    },
    /// Another process is fetching this snapshot.
    #[error("another process is fetching this snapshot (it holds `{}`)", path.display())]
    Busy {
        /// The lock file that the other one holds.
        path: PathBuf,
    },
    /// The snapshot cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn position(line: usize, column: usize) -> String {
    match (line, column) {
        (0, _) => String::new(),
        (line, 0) => format!(":{line}"),
        (line, column) => format!(":{line}:{column}"),
    }
}
