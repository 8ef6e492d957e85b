//! Defines [`Error`], the error of an import or a fetch. After every error the snapshot is unchanged.

use std::io;
use std::path::PathBuf;

use dvkit_schema::StoreError;

/// The reason why an import or a fetch failed. The snapshot is then unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The path of the file or folder that cannot be read.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file is larger than metadata can be.
    #[error("{}: {size} bytes, which is more than the {limit} that are read", path.display())]
    TooLarge {
        /// The path of the file that is too large.
        path: PathBuf,
        /// The size of the file in bytes.
        size: u64,
        /// The maximum size of a file in bytes.
        limit: u64,
    },
    /// A file is not metadata of a supported kind, or it is damaged.
    #[error("{}{}: {message}", path.display(), position(*line, *column))]
    Invalid {
        /// The path of the invalid file.
        path: PathBuf,
        /// The line, counted from 1; 0 if the error is about the file as a whole.
        line: usize,
        /// The column, counted from 1; 0 if the error is about the whole line or the whole file.
        column: usize,
        /// What is wrong, and what was expected.
        message: String,
    },
    /// A response of the service cannot be written to the journal of the fetch, or cannot be read from it.
    #[error("cannot keep what was fetched in `{}`: {source}", path.display())]
    Journal {
        /// The path of the file or folder of the journal.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// No file to import was given.
    #[error("no file to import")]
    NoFiles,
    /// A request to the service or the sign-in failed.
    #[cfg(feature = "web-api")]
    #[error(transparent)]
    Service(#[from] dvkit_client::Error),
    /// A response of the service does not have the expected contents.
    #[error("{what} cannot be used: {message}")]
    Response {
        /// A description of the response, such as `the list of tables`.
        what: String,
        /// What is wrong with the response.
        message: String,
    },
    /// A pattern for table names matches no table.
    #[error("no table matches `{pattern}`{}", near.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    NoTable {
        /// The pattern for table names, such as `new_*`.
        pattern: String,
        /// The name of a table that is similar to the pattern; `None` if no table is similar.
        near: Option<String>,
    },
    /// The organisation does not have a solution or publisher by which tables were selected.
    #[error("the organisation has no {what} `{name}`")]
    NotFound {
        /// The kind of the missing item: `solution` or `publisher`.
        what: &'static str,
        /// The unique name of the missing item.
        name: String,
    },
    /// Another process is fetching into this snapshot.
    #[error("another process is fetching this snapshot (it holds `{}`)", path.display())]
    Busy {
        /// The path of the lock file that the other process holds.
        path: PathBuf,
    },
    /// The files of the snapshot cannot be read or written.
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
