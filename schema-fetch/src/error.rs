//! The errors of an import or a fetch.

use std::io;
use std::path::PathBuf;

use dvkit_schema::StoreError;

/// The reason why an import or a fetch failed. The snapshot is then unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file is larger than any metadata.
    #[error("{}: {size} bytes, which is more than the {limit} that are read", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The largest size that is read, in bytes.
        limit: u64,
    },
    /// A file is not metadata, or is damaged.
    #[error("{}{}: {message}", path.display(), position(*line, *column))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The line, from 1; 0 if the error is about the file as a whole.
        line: usize,
        /// The column, from 1; 0 if the error is about the line or the file as a whole.
        column: usize,
        /// The message: what is wrong, and what was expected.
        message: String,
    },
    /// A response of the service cannot be stored in the journal, or cannot be read from it.
    #[error("cannot keep what was fetched in `{}`: {source}", path.display())]
    Journal {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// No file was given.
    #[error("no file to import")]
    NoFiles,
    /// The service or the sign-in failed.
    #[cfg(feature = "web-api")]
    #[error(transparent)]
    Service(#[from] dvkit_client::Error),
    /// A response of the service is not what was requested.
    #[error("{what} cannot be used: {message}")]
    Response {
        /// The name of the response.
        what: String,
        /// The message: what is wrong with the response.
        message: String,
    },
    /// No table matches a pattern.
    #[error("no table matches `{pattern}`{}", near.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    NoTable {
        /// The pattern.
        pattern: String,
        /// A table with a similar name.
        near: Option<String>,
    },
    /// The organisation does not have the solution or publisher that the tables are selected by.
    #[error("the organisation has no {what} `{name}`")]
    NotFound {
        /// The kind of the missing item.
        what: &'static str,
        /// The unique name of the missing item.
        name: String,
    },
    /// Another process is fetching into this snapshot.
    #[error("another process is fetching this snapshot (it holds `{}`)", path.display())]
    Busy {
        /// The lock file that the other process holds.
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
