//! Errors of this crate.

use std::io;
use std::path::PathBuf;

use dvkit_schema::StoreError;

/// An error that prevents an operation. Mistakes in a query are findings instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file is not text.
    #[error("cannot read `{}`: {why}", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The reason, as a sentence.
        why: &'static str,
    },
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file changed after it was read, so it is not written.
    #[error("`{}` has changed while it was looked at: nothing is written", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A folder cannot be read.
    #[error("cannot read the folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A name, a folder or a pattern matches no files or too many.
    #[error("{0}")]
    Inputs(String),
    /// A stream of queries cannot be read.
    #[error("cannot read standard input")]
    Stream(#[source] io::Error),
    /// A stream of queries is not text.
    #[error("cannot read standard input: {0}")]
    StreamNotText(&'static str),
    /// The working directory is not known.
    #[error("cannot tell the working directory")]
    WorkingDirectory(#[source] io::Error),
    /// `dvkit.toml` is invalid.
    #[error("{}: {message}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// The mistake, as a sentence.
        message: String,
    },
    /// `dvkit.toml` names an output folder that is not allowed.
    #[error("{0}")]
    Output(String),
    /// No organisation was named, or the named one is unknown.
    #[error("{0}")]
    Org(String),
    /// No schema and no sample organisation were found.
    #[error(
        "no schema found: give `--schema DIR`, or a `dvkit.toml` with `schema = \"DIR\"`, or make `./schema` with \
         `dvkit schema import FILE… -o schema/`"
    )]
    NoSchema,
    /// The sample organisation cannot be read.
    #[error("the embedded sample organisation")]
    Sample(#[source] StoreError),
    /// A snapshot cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}
