//! The paths that a writer uses: a snapshot's directory and the paths beside it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use dvkit_files::{self as files, Kind, Refused};

use super::StoreError;

/// The paths of a snapshot's directory, of the new and the old one beside it, and of the lock file.
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

/// Returns the path to which a writer renames the old directory; a writer that died leaves it there.
pub(super) fn backup_path(dir: &Path) -> Option<PathBuf> {
    sibling(dir, ".dvkit-old")
}

impl SwapPaths {
    /// Returns the paths for writing a snapshot to `dir`, and creates the parent folder.
    pub(super) fn of(dir: &Path) -> Result<Self, StoreError> {
        let refused = |e: io::Error| StoreError::io("write", dir)(e);
        let place = files::output_place(dir).map_err(refused)?;
        match files::kind(&place).map_err(refused)? {
            None | Some(Kind::Folder) => {}
            Some(kind) => return Err(refused(Refused::NoFolder(kind).into())),
        }
        if files::is_around_here(&place) {
            return Err(refused(Refused::NoName.into()));
        }
        if let Some(parent) = place.parent() {
            files::create_folder(parent).map_err(StoreError::io("create", parent))?;
        }
        match (sibling(&place, ".dvkit-new"), backup_path(&place), sibling(&place, ".dvkit-lock")) {
            (Some(new), Some(old), Some(lock)) => Ok(Self { dir: place, new, old, lock }),
            _ => Err(refused(Refused::NoName.into())),
        }
    }
}
