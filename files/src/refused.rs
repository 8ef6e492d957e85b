//! Why a file is not touched, although the system would have allowed it.

use std::fmt;
use std::io;

use crate::Kind;

/// Why a path was refused. It travels inside an [`io::Error`]; [`Refused::of`] finds it there.
///
/// The texts go on after `cannot read …: `, and none of them contains what is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// A regular file was needed, and this is something else.
    NoFile(Kind),
    /// A folder was needed, and this is something else.
    NoFolder(Kind),
    /// A link that the user named leads out of the working directory that it lies in.
    LeadsOut,
    /// A part of the path, which this is, is a link.
    LinkOnTheWay(String),
    /// The file is longer than the limit, in bytes.
    TooLong(u64),
    /// The file is no UTF-8 from this byte on.
    NotUtf8(usize),
    /// The file was exchanged while it was opened.
    Exchanged,
    /// The file is read-only; replacing it would get around that.
    ReadOnly,
    /// A folder of dvkit's has something in it that dvkit did not write: its path below the folder.
    Foreign(String),
    /// The path has no name of its own (`.`, `..`, `/`), or is the working directory or a folder around it.
    NoName,
    /// The process was told to stop.
    Stopped,
}

impl Refused {
    /// The refusal that an error is about, where it is about one.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile(Kind::Link) => {
                f.write_str("it is a symbolic link, which is not followed here; put the file itself in its place")
            }
            Self::NoFile(Kind::Pipe) => f.write_str(
                "it is a pipe, not a file; save what comes out of it to a file, or use standard input where the command reads it",
            ),
            Self::NoFile(kind) => write!(f, "it is {kind}, not a file"),
            Self::NoFolder(Kind::Link) => {
                f.write_str("it is a symbolic link, which is not followed here; put the folder itself in its place")
            }
            Self::NoFolder(kind) => write!(f, "it is {kind}, not a folder"),
            Self::LeadsOut => {
                f.write_str("it is a symbolic link that leads out of the working directory; name its target itself")
            }
            Self::LinkOnTheWay(part) => write!(
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
            Self::Exchanged => f.write_str("it was exchanged while it was opened; try again"),
            Self::ReadOnly => f.write_str("it is read-only"),
            Self::Foreign(name) => write!(
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

impl std::error::Error for Refused {}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        let kind = match refused {
            Refused::TooLong(_) => io::ErrorKind::FileTooLarge,
            Refused::NotUtf8(_) => io::ErrorKind::InvalidData,
            Refused::ReadOnly => io::ErrorKind::PermissionDenied,
            // `Interrupted` means to the standard library that a call has to be made again.
            Refused::Exchanged | Refused::Stopped => io::ErrorKind::Other,
            _ => io::ErrorKind::InvalidInput,
        };
        Self::new(kind, refused)
    }
}
