//! Writes generated files only if their contents have changed, so that nothing is compiled again without
//! need. Also parses the attributes of a configuration.

use std::io;
use std::path::Path;

use dvkit_files::{LinkPolicy, WriteMode};
use syn::parse::Parser as _;

/// Parses the text of outer attributes: `#[derive(Eq)] #[doc(hidden)]`. Returns an error if the text is
/// anything else.
pub(crate) fn attributes(text: &str) -> syn::Result<Vec<syn::Attribute>> {
    syn::Attribute::parse_outer.parse_str(text)
}

/// The maximum size of a generated file and of a registration, in bytes.
pub(crate) const MAX_FILE: u64 = 256 << 20;

/// Writes `bytes` to the file `path`, and creates the folders above it. A file that already has this content
/// is not touched.
///
/// Returns `true` if the file was written. The new file replaces the old one atomically. Symbolic links are
/// not followed.
///
/// # Errors
/// Returns an error if the file system fails, or if `path` exists and is not a file.
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    if dvkit_files::read(path, LinkPolicy::Refuse, bytes.len() as u64).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        dvkit_files::create_folder(folder)?;
    }
    dvkit_files::replace(path, bytes, WriteMode::Plain)?;
    Ok(true)
}
