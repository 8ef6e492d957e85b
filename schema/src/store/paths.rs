//! Computes the paths that a writer uses: the snapshot's directory, and the directories and the lock file
//! next to it. Writers and readers have to agree on these paths, because readers find the old snapshot there
//! after a crash.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use dvkit_files::{self as files, EntryKind, Refusal};

use super::StoreError;

/// The paths that a writer uses: the snapshot's directory; next to it the directories for the new and the old
/// snapshot; and the lock file.
#[derive(Clone, Debug)]
pub(super) struct SwapPaths {
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

/// Returns the path to which a writer renames the old directory of the snapshot in `dir`; `None` if `dir` has
/// no file name. The renamed directory remains if the writer crashes.
pub(super) fn backup_path(dir: &Path) -> Option<PathBuf> {
    sibling(dir, ".dvkit-old")
}

impl SwapPaths {
    /// Returns the paths for writing a snapshot to `dir`. Creates the parent folder of `dir` if it does not
    /// exist. Returns an error if `dir` is a link or a file, if it contains the working directory, or if its
    /// parent cannot be created.
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
        match (sibling(&place, ".dvkit-new"), backup_path(&place), sibling(&place, ".dvkit-lock")) {
            (Some(new), Some(old), Some(lock)) => Ok(Self { dir: place, new, old, lock }),
            _ => Err(refused(Refusal::NoName.into())),
        }
    }
}
