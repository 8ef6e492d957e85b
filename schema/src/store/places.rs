//! The names beside a snapshot's directory, and what is in the directory.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use dvkit_files::{self as files, Entry, EntryKind, Refusal};

use super::StoreError;
use super::files::Source;
use super::index::{ChoiceEntry, TableEntry};
use super::names;
use super::read::{self, OPERATIONS, ORG};
use super::sync::SYNC;

/// The folders of a snapshot.
pub(super) const FOLDERS: [&str; 2] = ["tables", "choices"];

/// The name under which a file is brought to disk that takes the place of another one.
pub(super) const BESIDE: &str = "beside";

/// A snapshot's directory and its three siblings.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) dir: PathBuf,
    pub(super) new: PathBuf,
    pub(super) old: PathBuf,
    pub(super) lock: PathBuf,
}

fn sibling(dir: &Path, suffix: &str) -> Option<PathBuf> {
    let mut name = OsString::from(".");
    name.push(dir.file_name()?);
    name.push(suffix);
    Some(dir.with_file_name(name))
}

/// Where a writer that died half-way has left the old contents of a directory that does not exist.
pub(super) fn aside(dir: &Path) -> Option<PathBuf> {
    sibling(dir, ".dvkit-old")
}

impl Places {
    /// Those of a directory that is going to be written; makes the folder that it is in.
    pub(super) fn of(dir: &Path) -> Result<Self, StoreError> {
        let refused = |e: io::Error| StoreError::io("write", dir)(e);
        let place = files::output_path(dir).map_err(refused)?;
        match files::entry_kind(&place).map_err(refused)? {
            None | Some(EntryKind::Folder) => {}
            Some(kind) => return Err(refused(Refusal::NotAFolder(kind).into())),
        }
        if files::contains_working_directory(&place) {
            return Err(refused(Refusal::NoName.into()));
        }
        if let Some(parent) = place.parent() {
            files::create_folder(parent).map_err(StoreError::io("create", parent))?;
        }
        match (sibling(&place, ".dvkit-new"), aside(&place), sibling(&place, ".dvkit-lock")) {
            (Some(new), Some(old), Some(lock)) => Ok(Self { dir: place, new, old, lock }),
            _ => Err(refused(Refusal::NoName.into())),
        }
    }
}

/// Does a writer make a file or folder like this in a snapshot that is not in place yet?
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

/// What is in a snapshot's directory, by relative path.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The files of the snapshot, and the state of a fetch.
    pub(super) ours: HashSet<String>,
    /// What is no part of it.
    pub(super) foreign: HashSet<String>,
}

impl Contents {
    /// What is in `dir`; `None` where there is no directory or it is empty.
    ///
    /// # Errors
    /// Where it is no snapshot, or where something of a snapshot is a link or no file.
    pub(super) fn of(dir: &Path) -> Result<Option<Self>, StoreError> {
        match files::entry_kind(dir).map_err(StoreError::io("list", dir))? {
            None => return Ok(None),
            Some(EntryKind::Folder) => {}
            Some(kind) => return Err(StoreError::io("list", dir)(Refusal::NotAFolder(kind).into())),
        }
        let mut all = Vec::new();
        walk(dir, &mut |relative, entry| {
            all.push((relative, entry));
            Ok(())
        })?;
        if all.is_empty() && list(dir)?.is_empty() {
            return Ok(None);
        }
        let index = match read::index(&Source::held(dir)) {
            Ok(index) => index,
            Err(StoreError::Missing { .. }) => return Err(StoreError::Occupied { path: dir.to_owned() }),
            Err(e) => return Err(e),
        };
        let tables = index.tables.iter().map(TableEntry::stem).map(read::table_path);
        let choices = index.choices.iter().map(ChoiceEntry::stem).map(read::choice_path);
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

    /// How many files the snapshot has.
    pub(super) fn parts(&self) -> usize {
        self.ours.iter().filter(|path| *path != SYNC).count()
    }

    /// Is there something in the place of this file that is not ours?
    pub(super) fn is_foreign(&self, relative: &str) -> bool {
        self.foreign.contains(relative)
    }
}

fn list(folder: &Path) -> Result<Vec<Entry>, StoreError> {
    let all = files::entries(folder).and_then(|found| found.collect::<io::Result<Vec<_>>>());
    all.map_err(StoreError::io("list", folder))
}

/// Goes through what is in a snapshot's directory and in its folders; no other folder is looked into.
///
/// # Errors
/// Where one of its folders is a link, and those of `visit`.
pub(super) fn walk(
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
    fn only_names_that_are_written_are_ours() {
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
