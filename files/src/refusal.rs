//! Why a file is not touched, although the system would have allowed it.

use std::fmt;
use std::io;

use crate::EntryKind;

/// Why a path was refused. It travels inside an [`io::Error`]; [`Refusal::of`] finds it there.
///
/// The texts go on after `cannot read …: `, and none of them contains what is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// A regular file was needed, and this is something else.
    NotAFile(EntryKind),
    /// A folder was needed, and this is something else.
    NotAFolder(EntryKind),
    /// A link that the user named leads out of the working directory that it lies in.
    LinkLeadsOut,
    /// A part of the path, which this is, is a link.
    LinkInPath(String),
    /// The file is longer than the limit, in bytes.
    TooLong(u64),
    /// The file is no UTF-8 from this byte on.
    NotUtf8(usize),
    /// The file was exchanged while it was opened.
    ReplacedMeanwhile,
    /// The file is read-only; replacing it would get around that.
    ReadOnly,
    /// A folder of dvkit's has something in it that dvkit did not write: its path below the folder.
    NotOurs(String),
    /// The path has no name of its own (`.`, `..`, `/`), or is the working directory or a folder around it.
    NoName,
    /// The process was told to stop.
    Stopped,
}

impl Refusal {
    /// The refusal that an error is about, where it is about one.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAFile(EntryKind::Link) => {
                f.write_str("it is a symbolic link, which is not followed here; put the file itself in its place")
            }
            Self::NotAFile(EntryKind::Pipe) => f.write_str(
                "it is a pipe, not a file; save what comes out of it to a file, or use standard input where the command reads it",
            ),
            Self::NotAFile(kind) => write!(f, "it is {kind}, not a file"),
            Self::NotAFolder(EntryKind::Link) => {
                f.write_str("it is a symbolic link, which is not followed here; put the folder itself in its place")
            }
            Self::NotAFolder(kind) => write!(f, "it is {kind}, not a folder"),
            Self::LinkLeadsOut => {
                f.write_str("it is a symbolic link that leads out of the working directory; name its target itself")
            }
            Self::LinkInPath(part) => write!(
                f,
                "`{}` is a symbolic link, and what is written does not go through one; name the folder that it leads to",
                part.escape_debug()
            ),
            Self::TooLong(limit) => match limit {
                limit if *limit > 0 && limit % (1 << 20) == 0 => {
                    write!(f, "it is longer than {} MiB", limit >> 20)
                }
                limit => write!(f, "it is longer than {limit} bytes"),
            },
            Self::NotUtf8(at) => write!(f, "it is not UTF-8: see byte {at}"),
            Self::ReplacedMeanwhile => f.write_str("it was exchanged while it was opened; try again"),
            Self::ReadOnly => f.write_str("it is read-only"),
            Self::NotOurs(name) => write!(
                f,
                "`{}` in it was not written by dvkit; move it away or remove it",
                name.escape_debug()
            ),
            Self::NoName => f.write_str(
                "it is the working directory, a folder around it, or has no name of its own; name a folder in it, such as `schema`",
            ),
            Self::Stopped => f.write_str("interrupted"),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for io::Error {
    fn from(refused: Refusal) -> Self {
        let kind = match refused {
            Refusal::TooLong(_) => io::ErrorKind::FileTooLarge,
            Refusal::NotUtf8(_) => io::ErrorKind::InvalidData,
            Refusal::ReadOnly => io::ErrorKind::PermissionDenied,
            // `Interrupted` means to the standard library that a call has to be made again.
            Refusal::ReplacedMeanwhile | Refusal::Stopped => io::ErrorKind::Other,
            _ => io::ErrorKind::InvalidInput,
        };
        Self::new(kind, refused)
    }
}
