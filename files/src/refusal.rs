//! Defines [`Refusal`], the reason why dvkit refuses to touch a file that the system would let it touch.

use std::fmt;
use std::io;

use crate::EntryKind;

/// The reason why a path was refused. Functions return it as the inner error of an [`io::Error`];
/// [`Refusal::of`] extracts it.
///
/// Each message is the end of a sentence such as `cannot read …: `, and never contains the content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// A regular file is needed, but the entry at the path is of the given kind.
    NotAFile(EntryKind),
    /// A folder is needed, but the entry at the path is of the given kind.
    NotAFolder(EntryKind),
    /// The path is a link in the working directory, named by the user, that leads out of the working
    /// directory.
    LinkLeadsOut,
    /// The given component of the path is a link, and links are not allowed in this path.
    LinkInPath(String),
    /// The file is longer than the limit, which is given in bytes.
    TooLong(u64),
    /// The file is not UTF-8. The field is the byte offset of the first invalid byte.
    NotUtf8(usize),
    /// Another process replaced or removed the file while the file was being opened or locked.
    ReplacedMeanwhile,
    /// The file is read-only, and is therefore not replaced.
    ReadOnly,
    /// A folder that dvkit owns contains an entry that dvkit did not write. The field is the entry's path
    /// below the folder.
    NotOurs(String),
    /// The last component of the path is not a name (`.`, `..`, `/`), or the path is the working directory or
    /// one of its parents.
    NoName,
    /// The process is stopping, so no further step may begin.
    Stopped,
}

impl Refusal {
    /// Returns the refusal within `error`; `None` if the error has another reason.
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
            // `Interrupted` would make the standard library repeat the call.
            Refusal::ReplacedMeanwhile | Refusal::Stopped => io::ErrorKind::Other,
            _ => io::ErrorKind::InvalidInput,
        };
        Self::new(kind, refused)
    }
}
