//! Writes whole files: a file is written under another name first and then renamed, so that no process sees a
//! partly written file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{EntryKind, Refusal, point};

/// The decision how safely a file is written, and who may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// The file is written as quickly as possible. A power failure may destroy it, so this is for files that
    /// can be generated again.
    Plain,
    /// The file is flushed to disk before it gets its final name, so that it survives a power failure.
    Durable,
    /// The file is written as with [`Durable`](Self::Durable), and on Unix only its owner may read it.
    Secret,
}

/// Replaces the content of the file at `path`, or creates the file. `how` says how safely the file is
/// written.
///
/// The new file is written beside the old one under a name that did not exist, and renamed, so that no
/// process ever sees a part of it. The new file has the permissions of the old one, except with
/// [`WriteMode::Secret`].
///
/// # Errors
/// Returns an error if the entry at `path` is not a regular file or is read-only, or if the system reports an
/// error. The old file is then unchanged.
pub fn replace(path: &Path, bytes: &[u8], how: WriteMode) -> io::Result<()> {
    let old = match fs::symlink_metadata(path) {
        Ok(metadata) => match EntryKind::of(metadata.file_type()) {
            // Renaming would circumvent the read-only permission.
            EntryKind::File if metadata.permissions().readonly() => return Err(Refusal::ReadOnly.into()),
            EntryKind::File => Some(metadata.permissions()),
            kind => return Err(Refusal::NotAFile(kind).into()),
        },
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(e),
    };
    let (beside, mut file) = create_beside(path, how)?;
    let write = || {
        file.write_all(bytes)?;
        if how != WriteMode::Secret
            && let Some(old) = old
        {
            file.set_permissions(old)?;
        }
        if how != WriteMode::Plain {
            file.sync_all()?;
        }
        drop(file);
        rename(&beside, path)
    };
    let result = write();
    if result.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&beside);
    }
    result
}

const BESIDE: &str = ".dvkit-new";

/// Returns whether `name` has the form of the names that [`replace`] gives to temporary files. Such a file
/// remains if the process is killed.
#[must_use]
pub fn is_temporary_name(name: &str) -> bool {
    let numbers = name.strip_prefix('.').and_then(|rest| rest.strip_suffix(BESIDE)?.split_once('-'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    numbers.is_some_and(|(process, count)| is_number(process) && is_number(count))
}

/// Creates a temporary file in the folder of `path`. Returns its path and the open file. Returns an error if
/// `path` has no file name, or if the folder does not permit the file.
fn create_beside(path: &Path, how: WriteMode) -> io::Result<(PathBuf, File)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    create_numbered(path, how, &COUNT)
}

/// Creates a temporary file like [`create_beside`]. `next` is the number of the first name to try; it is
/// counted up at each attempt.
fn create_numbered(path: &Path, how: WriteMode, next: &AtomicU64) -> io::Result<(PathBuf, File)> {
    if path.file_name().is_none() {
        return Err(Refusal::NoName.into());
    }
    loop {
        let count = next.fetch_add(1, Ordering::Relaxed);
        let beside = path.with_file_name(format!(".{}-{count}{BESIDE}", process::id()));
        match options(how == WriteMode::Secret).open(&beside) {
            Ok(file) => return Ok((beside, file)),
            // An earlier process with the same number was killed and left the file. The count bounds the attempts.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && count < 10_000 => {}
            Err(e) => return Err(e),
        }
    }
}

/// Returns the options for creating a file that must not exist yet. With `secret`, only the owner may read
/// the file (on Unix). Links are not followed.
fn options(secret: bool) -> OpenOptions {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    options
}

/// Creates the file at `path`, which must not exist yet, writes `bytes` to it, and flushes it to disk.
///
/// # Errors
/// Returns an error if there is an entry at `path` already, or if the system reports an error.
pub fn create_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = options(false).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Renames the file or folder `from` to `to`. An existing file at `to` is replaced.
///
/// # Errors
/// Returns an error if the system cannot rename the file.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    point("rename");
    fs::rename(from, to)?;
    point("renamed");
    Ok(())
}

/// Creates a hard link at `to` to the regular file at `from`.
///
/// # Errors
/// Returns an error if the system cannot create the link. Some file systems have no hard links.
pub fn hard_link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)
}

/// Flushes the entries of the folder at `path` to disk, so that created and renamed files survive a power
/// failure. Errors are ignored. Does nothing on Windows, which does not need it.
pub fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(path) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

    use super::*;

    #[test]
    fn a_temporary_file_gets_the_next_name_that_is_free() {
        let home = tempfile::tempdir().unwrap();
        let (path, missing) = (home.path().join("file"), home.path().join("missing/file"));
        // Names that an earlier process left.
        for count in [2, 3, 4, 7, 9_998, 9_999, 10_000] {
            let name = format!(".{}-{count}{BESIDE}", process::id());
            fs::write(home.path().join(name), "").unwrap();
        }
        let (exists, not_found) = (io::ErrorKind::AlreadyExists, io::ErrorKind::NotFound);
        // The path, the first number, that of the file or the error, and the number after it.
        for (path, first, created, after) in [
            (&path, 0, Ok(0), 1),
            (&path, 1, Ok(1), 2),
            (&path, 2, Ok(5), 6),
            (&path, 6, Ok(6), 7),
            (&path, 7, Ok(8), 9),
            // Another error is reported at the first attempt.
            (&missing, 0, Err(not_found), 1),
            (&missing, 10_001, Err(not_found), 10_002),
            // The attempts have an end.
            (&path, 9_997, Ok(9_997), 9_998),
            (&path, 9_998, Err(exists), 10_001),
            (&path, 10_000, Err(exists), 10_001),
            (&path, 10_001, Ok(10_001), 10_002),
        ] {
            let next = AtomicU64::new(first);
            let found = create_numbered(path, WriteMode::Plain, &next).map(|(beside, _)| beside);
            let name = |count| path.with_file_name(format!(".{}-{count}{BESIDE}", process::id()));
            assert_eq!(found.map_err(|e| e.kind()), created.map(name), "{first} {path:?}");
            assert_eq!(next.into_inner(), after, "{first} {path:?}");
        }
        let next = AtomicU64::new(5);
        let error = create_numbered(Path::new("/"), WriteMode::Plain, &next).unwrap_err();
        assert_eq!((Refusal::of(&error), next.into_inner()), (Some(&Refusal::NoName), 5));
        // Each file that is replaced has a name of its own meanwhile.
        let (one, other) = (create_beside(&path, WriteMode::Plain), create_beside(&path, WriteMode::Plain));
        assert_ne!(one.unwrap().0, other.unwrap().0);
    }
}
