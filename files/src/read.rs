//! Reads regular files up to a maximum size. Every read of dvkit goes through this module, so that no link,
//! pipe or device is opened by mistake.

use std::env;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use crate::entry::{Identity, bare};
use crate::{EntryKind, Refusal, entry_kind};

/// The decision whether a symbolic link at the end of a path is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkPolicy {
    /// A link is refused.
    #[default]
    Refuse,
    /// A link is followed, because the user named it on the command line. Its target must be a regular file
    /// or a folder. A link inside the working directory must not lead out of the working directory, because
    /// it may be part of a repository that somebody else wrote.
    FollowNamed,
}

/// A regular file that is open for reading.
#[derive(Debug)]
pub struct OpenedFile {
    file: File,
    metadata: Metadata,
}

impl OpenedFile {
    /// Returns the size of the file in bytes at the time when it was opened.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.metadata.len()
    }

    /// Returns the permission bits, such as `0o644`. The method exists only on Unix.
    #[cfg(unix)]
    #[must_use]
    pub fn mode(&self) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        self.metadata.permissions().mode() & 0o7777
    }

    /// Reads the whole file. A file longer than `limit` bytes is refused because of its size, before any byte
    /// is read.
    ///
    /// # Errors
    /// Returns [`Refusal::TooLong`] if the file is longer than `limit` bytes, or an error of the system.
    pub fn read(self, limit: u64) -> io::Result<Vec<u8>> {
        let size = self.size();
        if size > limit {
            return Err(Refusal::TooLong(limit).into());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
        // The file may grow while it is read.
        self.file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(Refusal::TooLong(limit).into());
        }
        Ok(bytes)
    }
}

/// Opens the regular file at `path` for reading. `links` says whether `path` may be a link.
///
/// # Errors
/// Returns an error if the entry is not a regular file, if it is a link that may not be followed, or if the
/// system reports an error.
pub fn open(path: &Path, links: LinkPolicy) -> io::Result<OpenedFile> {
    let real = resolve(path, links)?;
    let seen = fs::symlink_metadata(&real)?;
    open_seen(&real, &seen)
}

fn open_seen(path: &Path, seen: &Metadata) -> io::Result<OpenedFile> {
    regular(seen)?;
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    // The second check is of the open file, which cannot be replaced any more.
    regular(&metadata)?;
    if Identity::of(seen) != Identity::of(&metadata) {
        return Err(Refusal::ReplacedMeanwhile.into());
    }
    Ok(OpenedFile { file, metadata })
}

fn regular(metadata: &Metadata) -> io::Result<()> {
    match EntryKind::of(metadata.file_type()) {
        EntryKind::File => Ok(()),
        kind => Err(Refusal::NotAFile(kind).into()),
    }
}

/// Returns `path` itself if it is not a link. If it is a link that `links` permits to follow, returns the
/// absolute path of the link's target.
///
/// # Errors
/// Returns an error if the link may not be followed, if its target is missing or neither a file nor a folder,
/// or if the system reports an error.
pub fn resolve(path: &Path, links: LinkPolicy) -> io::Result<PathBuf> {
    if entry_kind(path)? != Some(EntryKind::Link) {
        return Ok(path.to_owned());
    }
    let path = &bare(path);
    if links == LinkPolicy::Refuse {
        return Err(Refusal::NotAFile(EntryKind::Link).into());
    }
    // This is checked before the path is resolved, because a pipe of the shell has no path.
    match EntryKind::of(fs::metadata(path)?.file_type()) {
        EntryKind::File | EntryKind::Folder => {}
        kind => return Err(Refusal::NotAFile(kind).into()),
    }
    let target = path.canonicalize()?;
    let here = env::current_dir()?.canonicalize()?;
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if parent.canonicalize()?.starts_with(&here) && !target.starts_with(&here) {
        return Err(Refusal::LinkLeadsOut.into());
    }
    Ok(target)
}

/// Returns the content of the regular file at `path`, which may have at most `limit` bytes. `links` says
/// whether `path` may be a link.
///
/// # Errors
/// Returns an error if the entry is not a regular file, if it is a link that may not be followed, if the file
/// is longer than `limit`, or if the system reports an error.
pub fn read(path: &Path, links: LinkPolicy, limit: u64) -> io::Result<Vec<u8>> {
    open(path, links)?.read(limit)
}

/// Returns the content of the regular file at `path` as text. The file may have at most `limit` bytes.
/// `links` says whether `path` may be a link.
///
/// # Errors
/// Returns the errors of [`read`], and [`Refusal::NotUtf8`] if the content is not UTF-8.
pub fn read_text(path: &Path, links: LinkPolicy, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, links, limit)?)
        .map_err(|e| Refusal::NotUtf8(e.utf8_error().valid_up_to()).into())
}

/// Returns the content of the file at the path `relative` below the folder `root`; `None` if the file does
/// not exist. The file may have at most `limit` bytes. No component of `relative` may be a link.
///
/// # Errors
/// Returns the errors of [`read`], and [`Refusal::LinkInPath`] if a component of `relative` is a link.
pub fn read_below(root: &Path, relative: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut path = root.to_owned();
    let mut parts = Path::new(relative).components().peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else { return Err(Refusal::NoName.into()) };
        path.push(name);
        if parts.peek().is_none() {
            break;
        }
        match entry_kind(&path)? {
            Some(EntryKind::Folder) => {}
            Some(EntryKind::Link) => return Err(Refusal::LinkInPath(path.display().to_string()).into()),
            Some(kind) => return Err(Refusal::NotAFolder(kind).into()),
            None => return Ok(None),
        }
    }
    match read(&path, LinkPolicy::Refuse, limit) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

    use super::*;

    #[test]
    fn a_file_that_was_replaced_before_it_was_opened_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        let seen = |name: &str| fs::symlink_metadata(at(name)).unwrap();
        fs::write(at("one"), "text").unwrap();
        fs::write(at("other"), "text").unwrap();
        fs::create_dir(at("folder")).unwrap();
        std::os::unix::fs::symlink("one", at("link")).unwrap();
        // What was seen at a path, what is opened there, and the refusal.
        for (before, after, refusal) in [
            ("one", "one", None),
            ("one", "link", None),
            ("one", "other", Some(Refusal::ReplacedMeanwhile)),
            ("other", "link", Some(Refusal::ReplacedMeanwhile)),
            ("one", "folder", Some(Refusal::NotAFile(EntryKind::Folder))),
            ("folder", "one", Some(Refusal::NotAFile(EntryKind::Folder))),
            ("link", "one", Some(Refusal::NotAFile(EntryKind::Link))),
        ] {
            let opened = open_seen(&at(after), &seen(before));
            let refused = opened.as_ref().err().and_then(Refusal::of);
            assert_eq!(refused, refusal.as_ref(), "{before}, then {after}");
            assert_eq!(opened.is_ok(), refusal.is_none(), "{before}, then {after}");
        }
    }
}
