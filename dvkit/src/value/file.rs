//! Defines the values of image, file and managed property columns, as fields of rows have them.

use core::fmt;

use crate::Guid;

/// The value of an image column: the bytes of the thumbnail. In JSON they are encoded in base64.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Image(pub Vec<u8>);

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({} bytes)", self.0.len())
    }
}

/// The value of a file column: the id of the file. The row does not contain the file itself, which is
/// downloaded by another request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId(pub Guid);

/// The value of a managed property of a solution component: a flag, and whether customisers can change the
/// flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ManagedProperty {
    /// The value of the flag.
    pub value: bool,
    /// Whether customisers can change the flag.
    pub can_be_changed: bool,
}
