//! The paths beside a snapshot's directory that a writer uses.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use dvkit_files::{self as files, Kind, Refused};

use super::StoreError;

/// A snapshot's directory and its three siblings.
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

/// Where a writer that died half-way has left the old contents of a directory that does not exist.
pub(super) fn backup_path(dir: &Path) -> Option<PathBuf> {
    sibling(dir, ".dvkit-old")
}

impl SwapPaths {
    /// Those of a directory that is going to be written; makes the folder that it is in.
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
