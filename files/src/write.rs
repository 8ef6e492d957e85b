//! Writing files as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{EntryKind, Refusal, point};

/// WriteMode a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// As quickly as can be: it can be made again.
    Plain,
    /// It is on disk before it takes its place.
    Durable,
    /// It is on disk before it takes its place, and only its owner may read it.
    Secret,
}

/// Puts `bytes` into the file at `path`, which is made where it does not exist: written beside it under a name that did not
/// exist, then renamed, so that nobody ever sees half of it. Permissions stay as they are, except with [`WriteMode::Secret`].
///
/// # Errors
/// Where something else than a regular file is at `path`, where that is read-only, and those of the system; the file is then
/// as it was.
pub fn replace(path: &Path, bytes: &[u8], how: WriteMode) -> io::Result<()> {
    let old = match fs::symlink_metadata(path) {
        Ok(metadata) => match EntryKind::of(metadata.file_type()) {
            // Renaming would get around it.
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
        // The first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    result
}

const BESIDE: &str = ".dvkit-new";

/// Returns true where `name` is one that [`replace`] gives to a file before it takes its place. Such a file is left where the
/// process is killed meanwhile.
#[must_use]
pub fn is_temporary_name(name: &str) -> bool {
    let numbers = name.strip_prefix('.').and_then(|rest| rest.strip_suffix(BESIDE)?.split_once('-'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    numbers.is_some_and(|(process, count)| is_number(process) && is_number(count))
}

/// Creates a new file in the folder of `path`.
fn create_beside(path: &Path, how: WriteMode) -> io::Result<(PathBuf, File)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    if path.file_name().is_none() {
        return Err(Refusal::NoName.into());
    }
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let beside = path.with_file_name(format!(".{}-{count}{BESIDE}", process::id()));
        match options(how == WriteMode::Secret).open(&beside) {
            Ok(file) => return Ok((beside, file)),
            // What a process with the same number left when it was killed. The count makes an end to it.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && count < 10_000 => {}
            Err(e) => return Err(e),
        }
    }
}

/// For files that do not exist: `create_new` follows no link.
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

/// Writes a file that must not exist, and brings it to disk.
///
/// # Errors
/// Where something is at `path` already, and those of the system.
pub fn create_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = options(false).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Renames a file or folder, which takes the place of a file that is there.
///
/// # Errors
/// Those of the system.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    point("rename");
    fs::rename(from, to)?;
    point("renamed");
    Ok(())
}

/// Gives the regular file at `from` a second name.
///
/// # Errors
/// Those of the system; some file systems have no second names.
pub fn hard_link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)
}

/// Brings the names in a folder to disk, where the system can do that for folders. Windows cannot, and need not.
pub fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(path) {
        let _ = folder.sync_all();
    }
}
