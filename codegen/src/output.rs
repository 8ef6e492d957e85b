//! Code as text, and files that are written only when they change, so that nothing is compiled again for nothing.

use std::io;
use std::path::Path;

use dvkit_files::{LinkPolicy, WriteMode};
use syn::parse::Parser as _;

/// Parses attributes as they are written: `#[derive(Eq)] #[doc(hidden)]`.
pub(crate) fn attributes(text: &str) -> syn::Result<Vec<syn::Attribute>> {
    syn::Attribute::parse_outer.parse_str(text)
}

/// The greatest file that is generated or registered; what is longer is another file.
pub(crate) const MAX_FILE: u64 = 256 << 20;

/// Writes `bytes` to `path`, with the folders above it; a file that already has these contents keeps its time.
/// Gives true where something was written.
///
/// The new file takes the old one's place in one step, so that a reader sees one of the two. A link is not followed.
///
/// # Errors
/// Those of the file system, and where something else than a file is at `path`.
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
