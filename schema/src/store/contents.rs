//! Lists the contents of a snapshot's directory, and tells the files of the snapshot from other files.
//! Writers use it, because they may replace or remove only the snapshot's own files.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use dvkit_files::{self as files, Entry, EntryKind, Refusal};

use super::StoreError;
use super::format::{OPERATIONS, ORG, choice_path, table_path};
use super::index::{ChoiceEntry, TableEntry};
use super::names;
use super::read;
use super::source::Source;
use super::sync::SYNC;

/// The names of the folders in a snapshot's directory.
pub(super) const FOLDERS: [&str; 2] = ["tables", "choices"];

/// The name of the temporary file with the new contents of a single file, before it replaces the old file.
pub(super) const BESIDE: &str = "beside";

/// Returns whether dvkit itself writes an entry of the kind `kind` at the path `relative` in a snapshot's
/// directory, so that dvkit may remove it.
pub(super) fn is_ours(relative: &str, kind: EntryKind) -> bool {
    let Some((folder, name)) = relative.split_once('/') else {
        return match kind {
            EntryKind::Folder => FOLDERS.contains(&relative),
            EntryKind::File => [ORG, OPERATIONS, SYNC, BESIDE].contains(&relative),
            _ => false,
        };
    };
    let stem = name.strip_suffix(".json");
    kind == EntryKind::File && FOLDERS.contains(&folder) && stem.is_some_and(names::is_safe)
}

/// The contents of a snapshot's directory, as relative paths.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The files of the snapshot, and `sync.json`, the state of the last fetch.
    pub(super) ours: HashSet<String>,
    /// The files and folders that are not part of the snapshot.
    pub(super) foreign: HashSet<String>,
}

impl Contents {
    /// Lists the contents of `dir`; `None` if the directory does not exist or is empty.
    ///
    /// # Errors
    /// Returns an error if the directory is not a snapshot, or if a file of the snapshot is a link or a
    /// folder.
    pub(super) fn of(dir: &Path) -> Result<Option<Self>, StoreError> {
        match files::entry_kind(dir).map_err(StoreError::io("list", dir))? {
            None => return Ok(None),
            Some(EntryKind::Folder) => {}
            Some(kind) => return Err(StoreError::io("list", dir)(Refusal::NotAFolder(kind).into())),
        }
        let mut all = Vec::new();
        visit_entries(dir, &mut |relative, entry| {
            all.push((relative, entry));
            Ok(())
        })?;
        if all.is_empty() && list(dir)?.is_empty() {
            return Ok(None);
        }
        let index = match read::index(&Source::locked_directory(dir)) {
            Ok(index) => index,
            Err(StoreError::Missing { .. }) => return Err(StoreError::Occupied { path: dir.to_owned() }),
            Err(e) => return Err(e),
        };
        let tables = index.tables.iter().map(TableEntry::stem).map(table_path);
        let choices = index.choices.iter().map(ChoiceEntry::stem).map(choice_path);
        let operations = index.operations.then(|| OPERATIONS.to_owned());
        let alone = [ORG.to_owned(), SYNC.to_owned()];
        let names: HashSet<String> = tables.chain(choices).chain(operations).chain(alone).collect();
        let mut contents = Self::default();
        for (relative, entry) in all {
            if !names.contains(&relative) {
                contents.foreign.insert(relative);
            } else if entry.kind == EntryKind::File {
                contents.ours.insert(relative);
            } else {
                return Err(StoreError::io("write", entry.path)(Refusal::NotAFile(entry.kind).into()));
            }
        }
        Ok(Some(contents))
    }

    /// Returns the number of files of the snapshot, without `sync.json`.
    pub(super) fn parts(&self) -> usize {
        self.ours.iter().filter(|path| *path != SYNC).count()
    }

    /// Returns whether `relative` is the path of a file or folder that is not part of the snapshot.
    pub(super) fn is_foreign(&self, relative: &str) -> bool {
        self.foreign.contains(relative)
    }
}

fn list(folder: &Path) -> Result<Vec<Entry>, StoreError> {
    let all = files::entries(folder).and_then(|found| found.collect::<io::Result<Vec<_>>>());
    all.map_err(StoreError::io("list", folder))
}

/// Calls `visit` with the relative path of every entry in a snapshot's directory, in its folder `tables` and
/// in its folder `choices`. Other folders are not entered.
///
/// # Errors
/// Returns an error if `tables` or `choices` is a link or a file, and the error of `visit`.
pub(super) fn visit_entries(
    dir: &Path,
    visit: &mut dyn FnMut(String, Entry) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for entry in list(dir)? {
        let name = entry.name.to_string_lossy().into_owned();
        if !FOLDERS.contains(&name.as_str()) {
            visit(name, entry)?;
            continue;
        }
        match entry.kind {
            EntryKind::Folder => {
                for below in list(&entry.path)? {
                    let relative = format!("{name}/{}", below.name.to_string_lossy());
                    visit(relative, below)?;
                }
            }
            kind => return Err(StoreError::io("list", entry.path)(Refusal::NotAFolder(kind).into())),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_a_writer_uses_count_as_the_snapshots() {
        for file in ["org.json", "operations.json", "sync.json", "beside", "tables/a.json", "choices/x.json"]
        {
            assert!(is_ours(file, EntryKind::File), "{file}");
            assert!(!is_ours(file, EntryKind::Folder) && !is_ours(file, EntryKind::Link), "{file}");
        }
        assert!(is_ours("tables", EntryKind::Folder) && !is_ours("tables", EntryKind::Link));
        for file in
            ["a", "README.md", "tables/a", "tables/a/b.json", "other/a.json", "tables/.json", "tables"]
        {
            assert!(!is_ours(file, EntryKind::File), "{file}");
        }
    }
}
