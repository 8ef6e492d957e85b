//! Reading regular files, up to a limit.

use std::env;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use crate::entry::{Identity, bare};
use crate::{EntryKind, Refusal, entry_kind};

/// What becomes of a symbolic link in the place of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkPolicy {
    /// It is refused.
    #[default]
    Refuse,
    /// The user named it on the command line: it is followed to a regular file, unless it lies in the working directory and
    /// leads out of it, as a link may do that came with a repository.
    FollowNamed,
}

/// A regular file that is open for reading.
#[derive(Debug)]
pub struct OpenedFile {
    file: File,
    metadata: Metadata,
}

impl OpenedFile {
    /// Returns the size in bytes that the file had when it was opened.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.metadata.len()
    }

    /// Returns the permission bits on Unix: `0o644`.
    #[cfg(unix)]
    #[must_use]
    pub fn mode(&self) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        self.metadata.permissions().mode() & 0o7777
    }

    /// Reads the file to its end. A file that is longer than `limit` bytes is refused by its size, before the first of them is
    /// read.
    ///
    /// # Errors
    /// [`Refusal::TooLong`], and those of the system.
    pub fn read(self, limit: u64) -> io::Result<Vec<u8>> {
        let size = self.size();
        if size > limit {
            return Err(Refusal::TooLong(limit).into());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
        // It may grow while it is read.
        self.file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(Refusal::TooLong(limit).into());
        }
        Ok(bytes)
    }
}

/// Opens the regular file at `path` for reading.
///
/// # Errors
/// Where it is no regular file, and those of the system.
pub fn open(path: &Path, links: LinkPolicy) -> io::Result<OpenedFile> {
    let seen = fs::symlink_metadata(path)?;
    if links == LinkPolicy::FollowNamed && seen.file_type().is_symlink() {
        let real = resolve(path, links)?;
        let seen = fs::symlink_metadata(&real)?;
        return open_seen(&real, &seen);
    }
    open_seen(path, &seen)
}

fn open_seen(path: &Path, seen: &Metadata) -> io::Result<OpenedFile> {
    regular(seen)?;
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    // The second look is at what is open, which nobody can exchange any more.
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

/// Returns the path of the file or folder that `path` names: itself, or the end of the links that it is the first of, where
/// they may be followed.
///
/// # Errors
/// Where a link may not be followed or leads nowhere, and those of the system.
pub fn resolve(path: &Path, links: LinkPolicy) -> io::Result<PathBuf> {
    if entry_kind(path)? != Some(EntryKind::Link) {
        return Ok(path.to_owned());
    }
    let path = &bare(path);
    if links == LinkPolicy::Refuse {
        return Err(Refusal::NotAFile(EntryKind::Link).into());
    }
    // Asked before the path is resolved, as a pipe of the shell has none.
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

/// Reads the regular file at `path`, which may have up to `limit` bytes.
///
/// # Errors
/// Where it is no regular file or too long, and those of the system.
pub fn read(path: &Path, links: LinkPolicy, limit: u64) -> io::Result<Vec<u8>> {
    open(path, links)?.read(limit)
}

/// Reads the regular file at `path` as UTF-8, of which there may be up to `limit` bytes.
///
/// # Errors
/// As [`read`], and [`Refusal::NotUtf8`].
pub fn read_text(path: &Path, links: LinkPolicy, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, links, limit)?)
        .map_err(|e| Refusal::NotUtf8(e.utf8_error().valid_up_to()).into())
}

/// Reads the file at `relative` below `root`, with no part of `relative` being a link; `None` where it does not exist.
///
/// # Errors
/// As [`read`]; [`Refusal::LinkInPath`] where a folder on the way is a link.
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
