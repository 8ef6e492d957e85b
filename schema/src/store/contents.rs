//! The contents of a snapshot's directory: which files are the snapshot's, and which are not.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use dvkit_files::{self as files, Entry, Kind, Refused};

use super::StoreError;
use super::format::{OPERATIONS, ORG, choice_path, table_path};
use super::index::{ChoiceEntry, TableEntry};
use super::names;
use super::read;
use super::source::Source;
use super::sync::SYNC;

/// The folders of a snapshot.
pub(super) const FOLDERS: [&str; 2] = ["tables", "choices"];

/// The name under which a file is brought to disk that takes the place of another one.
pub(super) const BESIDE: &str = "beside";

/// Does a writer make a file or folder like this in a snapshot that is not in place yet?
pub(super) fn is_ours(relative: &str, kind: Kind) -> bool {
    let Some((folder, name)) = relative.split_once('/') else {
        return match kind {
            Kind::Folder => FOLDERS.contains(&relative),
            Kind::File => [ORG, OPERATIONS, SYNC, BESIDE].contains(&relative),
            _ => false,
        };
    };
    let stem = name.strip_suffix(".json");
    kind == Kind::File && FOLDERS.contains(&folder) && stem.is_some_and(names::is_safe)
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
        match files::kind(dir).map_err(StoreError::io("list", dir))? {
            None => return Ok(None),
            Some(Kind::Folder) => {}
            Some(kind) => return Err(StoreError::io("list", dir)(Refused::NoFolder(kind).into())),
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
            } else if entry.kind == Kind::File {
                contents.ours.insert(relative);
            } else {
                return Err(StoreError::io("write", entry.path)(Refused::NoFile(entry.kind).into()));
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
            Kind::Folder => {
                for below in list(&entry.path)? {
                    let relative = format!("{name}/{}", below.name.to_string_lossy());
                    visit(relative, below)?;
                }
            }
            kind => return Err(StoreError::io("list", entry.path)(Refused::NoFolder(kind).into())),
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
            assert!(is_ours(file, Kind::File), "{file}");
            assert!(!is_ours(file, Kind::Folder) && !is_ours(file, Kind::Link), "{file}");
        }
        assert!(is_ours("tables", Kind::Folder) && !is_ours("tables", Kind::Link));
        for file in
            ["a", "README.md", "tables/a", "tables/a/b.json", "other/a.json", "tables/.json", "tables"]
        {
            assert!(!is_ours(file, Kind::File), "{file}");
        }
    }
}
