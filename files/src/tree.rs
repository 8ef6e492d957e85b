//! Folders: making them, and removing what dvkit wrote into them.

use std::env;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::{Entry, EntryKind, Refusal, entries, entry_kind};

/// Makes the folder at `path` and those above it, where they do not exist.
///
/// # Errors
/// Where `path` is a link or no folder, and those of the system.
pub fn create_folder(path: &Path) -> io::Result<()> {
    create(path, &mut DirBuilder::new())
}

/// Makes the folder at `path` and those above it, where they do not exist, for their owner alone (0700).
///
/// # Errors
/// As [`create_folder`].
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

/// Returns the absolute path of a file or folder that is going to be written at `path`, with no link in the last part of it. Where
/// `path` is relative, no part of it may be a link: the user means what is in the working directory, and a repository
/// may have brought the link along. The folder above does not have to exist.
///
/// # Errors
/// [`Refusal::NoName`] where `path` has no last part; [`Refusal::LinkInPath`] for a link; and those of the system.
pub fn output_path(path: &Path) -> io::Result<PathBuf> {
    let Some(name) = path.file_name() else { return Err(Refusal::NoName.into()) };
    let here = env::current_dir();
    let below = here.as_ref().ok().and_then(|here| path.strip_prefix(here).ok());
    let relative = below.filter(|rest| rest.file_name().is_some()).unwrap_or(path);
    // Who has no working directory any more may still name a whole path.
    let (mut real, mut is_ours) =
        if relative.is_relative() { (here?, true) } else { (PathBuf::new(), false) };
    let parts: Vec<_> = relative.components().collect();
    for part in parts.iter().take(parts.len().saturating_sub(1)) {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                real = real.canonicalize()?;
                real.pop();
                is_ours = false;
            }
            part => {
                real.push(part);
                if is_ours && entry_kind(&real)? == Some(EntryKind::Link) {
                    return Err(Refusal::LinkInPath(real.display().to_string()).into());
                }
            }
        }
    }
    // What exists is resolved, so that two ways to one folder meet in one lock.
    let missing: Vec<_> = real.ancestors().take_while(|p| !p.exists()).filter_map(Path::file_name).collect();
    let existing = real.ancestors().find(|p| p.exists()).unwrap_or(Path::new("/")).canonicalize()?;
    let real = missing.into_iter().rev().fold(existing, |path, name| path.join(name)).join(name);
    match entry_kind(&real)? {
        Some(EntryKind::Link) => Err(Refusal::LinkInPath(real.display().to_string()).into()),
        _ => Ok(real),
    }
}

/// Returns true where `folder`, which is absolute and has no link in it, is the working directory or a folder around it.
#[must_use]
pub fn contains_working_directory(folder: &Path) -> bool {
    env::current_dir().and_then(|here| here.canonicalize()).is_ok_and(|here| here.starts_with(folder))
}

/// Lets the owner write into the folder at `path`; gives the permissions that it had, where they were others.
///
/// # Errors
/// Where `path` is a link or no folder, and those of the system.
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
/// Where `path` is a link or no folder, and those of the system.
pub fn permissions(path: &Path) -> io::Result<Permissions> {
    let metadata = fs::symlink_metadata(path)?;
    match EntryKind::of(metadata.file_type()) {
        EntryKind::Folder => Ok(metadata.permissions()),
        kind => Err(Refusal::NotAFolder(kind).into()),
    }
}

/// Gives the folder at `path` these permissions.
///
/// # Errors
/// Where `path` is a link or no folder, and those of the system.
pub fn set_permissions(path: &Path, new: Permissions) -> io::Result<()> {
    permissions(path)?;
    fs::set_permissions(path, new)
}

/// Removes the regular file at `path`; nothing happens where nothing is there.
///
/// # Errors
/// Where something else than a regular file is there, and those of the system.
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

/// Removes the regular file at `path` where it is empty, as the file of a lock is; nothing happens where nothing is there, or
/// something else.
///
/// # Errors
/// Those of the system.
pub fn remove_empty_file(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() && found.len() == 0 => remove_file(path),
        _ => Ok(()),
    }
}

/// Removes the empty folder at `path`; nothing happens where nothing is there.
///
/// # Errors
/// Where it is not empty or a link ([`Refusal::NotOurs`] names what is in it), and those of the system.
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

/// Removes the folder at `dir` with what is in it, all of which has to be ours: `is_ours` is asked about each thing, with its
/// path below `dir` (with `/`) and what it is, and a folder is looked into only where it is ours. Nothing is removed where
/// anything is not ours, or where `dir` is a link. Nothing happens where nothing is at `dir`.
///
/// # Errors
/// [`Refusal::NotOurs`] with the path of the first thing that is not ours; and those of the system.
pub fn remove_owned_folder(dir: &Path, is_ours: &dyn Fn(&str, EntryKind) -> bool) -> io::Result<()> {
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
            // A name that is no text is none of ours.
            let ours = name.to_str().is_some() && is_ours(&relative, kind);
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
