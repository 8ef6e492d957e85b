//! Defines the errors of this crate: failures to read or write files, snapshots and settings. Mistakes in a
//! query are not errors but findings.

use std::io;
use std::path::PathBuf;

use dvkit_schema::StoreError;

/// An error that prevents an operation of a workspace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or its metadata cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The path of the file that cannot be read.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file does not contain text.
    #[error("cannot read `{}`: {why}", path.display())]
    NotText {
        /// The path of the file that is not text.
        path: PathBuf,
        /// A sentence with the reason.
        why: &'static str,
    },
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The path of the file that cannot be written.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file has changed since it was read. It is not overwritten.
    #[error("`{}` has changed while it was looked at: nothing is written", path.display())]
    Changed {
        /// The path of the file that has changed.
        path: PathBuf,
    },
    /// A file is an entry of an archive, which is only read.
    #[error("cannot write `{}`: files in an archive are only read; unpack it, and check the folder", path.display())]
    InArchive {
        /// The path of the archive with that of the entry.
        path: PathBuf,
    },
    /// A folder cannot be read.
    #[error("cannot read the folder `{}`", path.display())]
    Folder {
        /// The path of the folder that cannot be read.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A name, a folder or a pattern on the command line matches no files, or too many. The field is a
    /// sentence that says so.
    #[error("{0}")]
    Inputs(String),
    /// A stream of queries, such as standard input, cannot be read.
    #[error("cannot read standard input")]
    Stream(#[source] io::Error),
    /// A stream of queries does not contain text. The field is a sentence with the reason.
    #[error("cannot read standard input: {0}")]
    StreamNotText(&'static str),
    /// The working directory cannot be determined.
    #[error("cannot tell the working directory")]
    WorkingDirectory(#[source] io::Error),
    /// `dvkit.toml` is invalid.
    #[error("{}: {message}", path.display())]
    Config {
        /// The path of the invalid `dvkit.toml`.
        path: PathBuf,
        /// A sentence that describes the mistake in the file.
        message: String,
    },
    /// A zip archive cannot be read.
    #[error("cannot read `{}`: {why}", path.display())]
    Archive {
        /// The path of the archive.
        path: PathBuf,
        /// A sentence with the reason.
        why: String,
    },
    /// A file of accepted findings is invalid.
    #[error("`{}` is not a file of accepted findings: {message}", path.display())]
    Baseline {
        /// The path of the invalid file.
        path: PathBuf,
        /// A sentence that describes the mistake in the file.
        message: String,
    },
    /// A pattern of file names is not valid. The field is a sentence that says so.
    #[error("{0}")]
    Pattern(String),
    /// `dvkit.toml` names a folder for output that is outside of the file's own folder, which is not allowed.
    /// The field is a sentence that says so.
    #[error("{0}")]
    Output(String),
    /// The organisation named for a query is unknown, or none is named and there is no default one. The field
    /// is a sentence that says so.
    #[error("{0}")]
    Org(String),
    /// No schema was found, and the program contains no sample organisation.
    #[error(
        "no schema found: give `--schema DIR`, or a `dvkit.toml` with `schema = \"DIR\"`, or make `./schema` with \
         `dvkit schema import FILE… -o schema/`"
    )]
    NoSchema,
    /// A folder that is named as a snapshot contains none.
    #[error(
        "no snapshot: `{}` does not exist; make it with `dvkit schema import metadata.xml {make}`, or fetch it with `dvkit \
         schema fetch`",
        folder.join("org.json").display()
    )]
    NoSnapshot {
        /// The folder of the snapshot.
        folder: PathBuf,
        /// The arguments of `dvkit schema import` that make this snapshot, such as `--org contoso`.
        make: String,
    },
    /// The sample organisation in the program cannot be read.
    #[error("the embedded sample organisation")]
    Sample(#[source] StoreError),
    /// A snapshot cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}
