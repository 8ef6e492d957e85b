//! Images, files and managed properties.

use core::fmt;

use crate::Guid;

/// The thumbnail of an image column: bytes, base64 on the wire.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Image(pub Vec<u8>);

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({} bytes)", self.0.len())
    }
}

/// The id of the file in a file column; its bytes are fetched on their own, never in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId(pub Guid);

/// A managed property: a flag of a solution component, and whether it may be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ManagedProperty {
    /// The flag.
    pub value: bool,
    /// May it be changed?
    pub can_be_changed: bool,
}
