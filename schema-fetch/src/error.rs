//! What can go wrong with an import.

use std::io;
use std::path::PathBuf;

use dvkit_schema::StoreError;

/// Why an import failed; the snapshot is then as it was.
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
    /// No file was named.
    #[error("no file to import")]
    Nothing,
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
