//! Writing a snapshot: all of it or nothing.

use std::path::Path;

use super::index::Index;
use super::{MAX_FILE, StoreError, layout, names, swap};
use crate::Schema;

/// What [`write()`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteSummary {
    /// Tables in the snapshot.
    pub tables: usize,
    /// Global choices in the snapshot.
    pub choices: usize,
    /// Files of the snapshot.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
    /// The directory had exactly this already, and was not touched.
    pub unchanged: bool,
}

/// Writes `schema` as the snapshot in the directory `dir`, which is made where it does not exist.
///
/// What is there before stays until everything new is on disk, then both change places; where this is interrupted,
/// the next reader finds the old snapshot or the new one, and the next writer clears up. Files in the directory that
/// are no part of a snapshot stay. Nothing is touched where the directory has this very snapshot already.
///
/// # Errors
/// Where a file would be greater than [`MAX_FILE`], where the directory is neither empty nor a snapshot, where it is a snapshot of a newer format, where another process
/// is writing it, or where the file system refuses; the directory is then as it was.
pub fn write(dir: impl AsRef<Path>, schema: &Schema) -> Result<WriteSummary, StoreError> {
    let files = files(schema);
    // What could not be read again is not written.
    if let Some((path, _)) = files.iter().find(|(_, bytes)| bytes.len() as u64 > MAX_FILE) {
        return Err(StoreError::TooLarge { path: dir.as_ref().join(path) });
    }
    let summary = WriteSummary {
        tables: schema.tables.len(),
        choices: schema.choices.len(),
        files: files.len(),
        bytes: files.iter().map(|(_, bytes)| bytes.len() as u64).sum(),
        unchanged: false,
    };
    let unchanged = swap::replace(dir.as_ref(), &files)?;
    Ok(WriteSummary { unchanged, ..summary })
}

/// The files of a snapshot, by their relative paths.
pub(super) fn files(schema: &Schema) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![(super::read::ORG.to_owned(), layout::to_text(&Index::of(schema)))];
    for (name, table) in &schema.tables {
        let path = format!("tables/{}.json", names::stem(name));
        let mut sorted = table.clone();
        sorted.sort();
        files.push((path, layout::to_text(&sorted)));
    }
    for (name, choice) in &schema.choices {
        let mut sorted = choice.clone();
        sorted.sort();
        files.push((format!("choices/{}.json", names::stem(name)), layout::to_text(&sorted)));
    }
    files
}
