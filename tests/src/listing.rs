//! Lists the contents of a folder, so that tests can compare them before and after.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns all entries below `folder`, by relative path: the text of a file, the target of a link (which is
/// not followed), or the kind of any other entry.
///
/// # Panics
/// Panics if an entry cannot be read.
#[must_use]
pub fn listing(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(below) = open.pop() {
        for entry in fs::read_dir(below).expect("it can be read") {
            let path = entry.expect("it can be read").path();
            let kind = fs::symlink_metadata(&path).expect("it can be read").file_type();
            let what = if kind.is_symlink() {
                format!("-> {}", fs::read_link(&path).expect("it can be read").display())
            } else if kind.is_dir() {
                open.push(path.clone());
                "folder".to_owned()
            } else if kind.is_file() {
                String::from_utf8_lossy(&fs::read(&path).expect("it can be read")).into_owned()
            } else {
                "special".to_owned()
            };
            all.insert(path.strip_prefix(folder).expect("it is below the folder").to_owned(), what);
        }
    }
    all
}
