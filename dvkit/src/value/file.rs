//! The values of image, file and managed property columns.

use core::fmt;

use crate::Guid;

/// The value of an image column: the bytes of the thumbnail, which JSON has in base64.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Image(pub Vec<u8>);

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({} bytes)", self.0.len())
    }
}

/// The value of a file column: the id of the file. The bytes of the file are not in the row and need a request of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId(pub Guid);

/// A managed property of a solution component: a flag, and whether customisers can change it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ManagedProperty {
    /// The flag.
    pub value: bool,
    /// Whether the flag can be changed.
    pub can_be_changed: bool,
}
