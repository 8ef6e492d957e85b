//! Code as text, and files that are written only when they change, so that nothing is compiled again for nothing.

use std::fs;
use std::io;
use std::path::Path;

use syn::parse::Parser as _;

/// Parses attributes as they are written: `#[derive(Eq)] #[doc(hidden)]`.
pub(crate) fn attributes(text: &str) -> syn::Result<Vec<syn::Attribute>> {
    syn::Attribute::parse_outer.parse_str(text)
}

/// Writes `bytes` to `path`, with the folders above it; a file that already has these contents keeps its time.
/// Gives true where something was written.
///
/// The new file takes the old one's place in one step, so that a reader sees one of the two.
///
/// # Errors
/// Those of the file system.
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let result = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if result.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    result.map(|()| true)
}
