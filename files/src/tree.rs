//! Creates folders, and removes files and folders that dvkit wrote. Removals never follow links, and refuse
//! folders with entries that dvkit did not write.

use std::env;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::{Entry, EntryKind, Refusal, entries, entry_kind};

/// Creates the folder at `path` and its parents, as far as they do not exist.
///
/// # Errors
/// Returns an error if `path` is a link or not a folder, or if the system reports an error.
pub fn create_folder(path: &Path) -> io::Result<()> {
    create(path, &mut DirBuilder::new())
}

/// Creates the folder at `path` and its parents, as far as they do not exist. On Unix, only their owner has
/// access to the new folders (mode 0700).
///
/// # Errors
/// Returns an error if `path` is a link or not a folder, or if the system reports an error.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    create(path, &mut builder)
}

fn create(path: &Path, builder: &mut DirBuilder) -> io::Result<()> {
    match entry_kind(path)? {
        None => builder.recursive(true).create(path),
        Some(EntryKind::Folder) => Ok(()),
        Some(kind) => Err(Refusal::NotAFolder(kind).into()),
    }
}

/// Returns the absolute path of a file or folder that will be written at `path`. The last component of the
/// result is not a link.
///
/// No component of a relative path may be a link: the user means an entry of the working directory, and a
/// link in it may be part of a repository that somebody else wrote. The parent folder need not exist.
///
/// # Errors
/// Returns [`Refusal::NoName`] if `path` has no last component, [`Refusal::LinkInPath`] if a component must
/// not be a link but is one, or an error of the system.
pub fn output_path(path: &Path) -> io::Result<PathBuf> {
    let Some(name) = path.file_name() else { return Err(Refusal::NoName.into()) };
    let here = env::current_dir();
    let below = here.as_ref().ok().and_then(|here| path.strip_prefix(here).ok());
    let relative = below.filter(|rest| rest.file_name().is_some()).unwrap_or(path);
    // A process without a working directory can still use absolute paths.
    let (mut real, mut is_owned) =
        if relative.is_relative() { (here?, true) } else { (PathBuf::new(), false) };
    let parts: Vec<_> = relative.components().collect();
    for part in parts.iter().take(parts.len().saturating_sub(1)) {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                real = real.canonicalize()?;
                real.pop();
                is_owned = false;
            }
            part => {
                real.push(part);
                if is_owned && entry_kind(&real)? == Some(EntryKind::Link) {
                    return Err(Refusal::LinkInPath(real.display().to_string()).into());
                }
            }
        }
    }
    // Existing parts are resolved, so that two paths of one folder give the same lock.
    let missing: Vec<_> = real.ancestors().take_while(|p| !p.exists()).filter_map(Path::file_name).collect();
    let existing = real.ancestors().find(|p| p.exists()).unwrap_or(Path::new("/")).canonicalize()?;
    let real = missing.into_iter().rev().fold(existing, |path, name| path.join(name)).join(name);
    match entry_kind(&real)? {
        Some(EntryKind::Link) => Err(Refusal::LinkInPath(real.display().to_string()).into()),
        _ => Ok(real),
    }
}

/// Returns whether `folder` is the working directory or one of its parents. `folder` has to be absolute and
/// without links.
#[must_use]
pub fn contains_working_directory(folder: &Path) -> bool {
    env::current_dir().and_then(|here| here.canonicalize()).is_ok_and(|here| here.starts_with(folder))
}

/// Makes the folder at `path` writable for its owner. Returns the former permissions; `None` if the folder
/// was writable already. Does nothing on Windows.
///
/// # Errors
/// Returns an error if `path` is a link or not a folder, or if the system reports an error.
pub fn make_writable(path: &Path) -> io::Result<Option<Permissions>> {
    let metadata = fs::symlink_metadata(path)?;
    match EntryKind::of(metadata.file_type()) {
        EntryKind::Folder => {}
        kind => return Err(Refusal::NotAFolder(kind).into()),
    }
    let old = metadata.permissions();
    let Some(new) = writable(&old) else { return Ok(None) };
    fs::set_permissions(path, new)?;
    Ok(Some(old))
}

#[cfg(unix)]
fn writable(old: &Permissions) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    (old.mode() & 0o300 != 0o300).then(|| Permissions::from_mode(old.mode() | 0o300))
}

#[cfg(not(unix))]
fn writable(_: &Permissions) -> Option<Permissions> {
    None
}

/// Returns the permissions of the folder at `path`.
///
/// # Errors
/// Returns an error if `path` is a link or not a folder, or if the system reports an error.
pub fn permissions(path: &Path) -> io::Result<Permissions> {
    let metadata = fs::symlink_metadata(path)?;
    match EntryKind::of(metadata.file_type()) {
        EntryKind::Folder => Ok(metadata.permissions()),
        kind => Err(Refusal::NotAFolder(kind).into()),
    }
}

/// Sets the permissions of the folder at `path`.
///
/// # Errors
/// Returns an error if `path` is a link or not a folder, or if the system reports an error.
pub fn set_permissions(path: &Path, new: Permissions) -> io::Result<()> {
    permissions(path)?;
    fs::set_permissions(path, new)
}

/// Removes the regular file at `path`. Does nothing if there is no entry.
///
/// # Errors
/// Returns an error if the entry is not a regular file, or if the system reports an error.
pub fn remove_file(path: &Path) -> io::Result<()> {
    match entry_kind(path)? {
        None => Ok(()),
        Some(EntryKind::File) => match fs::remove_file(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        },
        Some(kind) => Err(Refusal::NotAFile(kind).into()),
    }
}

/// Removes the regular file at `path` if it is empty, as lock files are. Does nothing if the file is not
/// empty, if the entry is not a regular file, or if there is no entry.
///
/// # Errors
/// Returns an error if the system cannot remove the file.
pub fn remove_empty_file(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() && found.len() == 0 => remove_file(path),
        _ => Ok(()),
    }
}

/// Removes the empty folder at `path`. Does nothing if there is no entry.
///
/// # Errors
/// Returns [`Refusal::NotOurs`] with the name of an entry if the folder is not empty. Returns an error if
/// `path` is a link or not a folder, or if the system reports an error.
pub fn remove_empty_folder(path: &Path) -> io::Result<()> {
    match entry_kind(path)? {
        None => return Ok(()),
        Some(EntryKind::Folder) => {}
        Some(kind) => return Err(Refusal::NotAFolder(kind).into()),
    }
    match fs::remove_dir(path) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => match entries(path).ok().and_then(|mut found| found.next()) {
            Some(Ok(first)) => Err(Refusal::NotOurs(first.name.to_string_lossy().into_owned()).into()),
            _ => Err(e),
        },
    }
}

/// Removes the folder at `dir` with everything in it, if dvkit owns all its entries.
///
/// `is_owned` is called for each entry below `dir`, with its path relative to `dir` (separated by `/`) and
/// its kind, and returns whether dvkit owns the entry. If any entry is not owned, or `dir` is a link, nothing
/// is removed. Does nothing if there is no entry at `dir`.
///
/// # Errors
/// Returns [`Refusal::NotOurs`] with the path of the first entry that is not owned, [`Refusal::NotAFolder`]
/// if `dir` is not a folder, or an error of the system.
pub fn remove_owned_folder(dir: &Path, is_owned: &dyn Fn(&str, EntryKind) -> bool) -> io::Result<()> {
    match entry_kind(dir)? {
        None => return Ok(()),
        Some(EntryKind::Folder) => {}
        Some(kind) => return Err(Refusal::NotAFolder(kind).into()),
    }
    let (mut files, mut folders) = (Vec::new(), vec![(String::new(), dir.to_owned())]);
    let mut next = 0;
    while let Some((below, folder)) = folders.get(next).cloned() {
        next += 1;
        let mut found = entries(&folder)?.collect::<io::Result<Vec<_>>>()?;
        found.sort_by(|a, b| a.name.cmp(&b.name));
        for Entry { name, path, kind } in found {
            let relative = below.clone() + &name.to_string_lossy();
            // dvkit only writes names that are UTF-8.
            let ours = name.to_str().is_some() && is_owned(&relative, kind);
            match kind {
                EntryKind::File if ours => files.push(path),
                EntryKind::Folder if ours => folders.push((relative + "/", path)),
                _ => return Err(Refusal::NotOurs(relative).into()),
            }
        }
    }
    for file in files {
        remove_file(&file)?;
    }
    for (_, folder) in folders.into_iter().rev() {
        remove_empty_folder(&folder)?;
    }
    Ok(())
}
