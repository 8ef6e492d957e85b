//! Replaces the directory of a snapshot as a whole, so that after a crash either the old or the new snapshot
//! is complete. `write` and [`SnapshotWriter`](super::SnapshotWriter) use it.
//!
//! The new files are written to a directory `.<name>.dvkit-new` next to the snapshot, and flushed to disk.
//! Then the old directory is renamed to `.<name>.dvkit-old`, the new one gets its name, files that are not
//! part of the snapshot move to the new directory, and the old one is removed. After a crash between the two
//! renames only `.<name>.dvkit-old` exists: readers open it there, and the next writer renames it back
//! ([`recover`]).
//!
//! Links are never followed, and only files of a snapshot are removed ([`is_ours`], [`Contents`]).

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use dvkit_files::{self as files, EntryKind, Lock, LockCleanup, Permissions, Refusal, StopHandler};

use super::StoreError;
use super::contents::{BESIDE, Contents, FOLDERS, is_ours, visit_entries};
use super::folder::read_below;
use super::format::ORG;
use super::paths::SwapPaths;

/// Replaces the snapshot in `dir` by `files` (pairs of relative path with `/`, and contents). Returns the
/// number of files that changed; `None` if the snapshot had exactly these files, so that nothing was written.
/// The errors are those of [`Swap::begin`] and [`Swap::put_in_place`].
pub(super) fn replace(dir: &Path, files: &[(String, Vec<u8>)]) -> Result<Option<usize>, StoreError> {
    let mut swap = Swap::begin(dir)?;
    if let Some(old) = &swap.contents
        && old.parts() == files.len()
        && files
            .iter()
            .all(|(path, bytes)| old.ours.contains(path) && has_contents(&swap.paths.dir, path, bytes))
    {
        return Ok(None);
    }
    swap.add(files)?;
    swap.put_in_place().map(Some)
}

/// A new snapshot that is written next to the old one, and replaces it in the end.
#[derive(Debug)]
pub(super) struct Swap {
    paths: SwapPaths,
    /// The contents of the old snapshot's directory; `None` if the directory does not exist or is empty.
    contents: Option<Contents>,
    /// The number of files that were added to the new snapshot so far.
    added: usize,
    /// The number of added files that are new or differ from the old snapshot.
    written: usize,
    _at_stop: StopHandler,
    // The last field, so that the lock is released after everything else.
    _lock: Lock,
}

impl Swap {
    /// Begins a replacement of the snapshot in `dir`: takes the lock of the directory, and cleans up after a
    /// writer that crashed. Returns an error if another writer holds the lock ([`StoreError::Busy`]), if
    /// `dir` contains something that is not part of a snapshot, or if the process is stopping.
    pub(super) fn begin(dir: &Path) -> Result<Self, StoreError> {
        let _step = step(dir)?;
        let paths = SwapPaths::of(dir)?;
        let lock =
            Lock::try_take(&paths.lock, LockCleanup::Remove).map_err(StoreError::io("lock", &paths.lock))?;
        let lock = lock.ok_or_else(|| StoreError::Busy { path: paths.lock.clone() })?;
        recover(&paths)?;
        let contents = Contents::of(&paths.dir)?;
        let left = paths.clone();
        let at_stop = files::on_stop(move || {
            // An error cannot be reported here; the next writer removes what is left.
            let _ = files::remove_owned_folder(&left.new, &is_ours);
            let _ = files::remove_empty_file(&left.lock);
        });
        Ok(Self { paths, contents, added: 0, written: 0, _at_stop: at_stop, _lock: lock })
    }

    /// Returns the directory that the new snapshot will have.
    pub(super) fn dir(&self) -> &Path {
        &self.paths.dir
    }

    /// Writes files of the new snapshot, given as relative path and contents. Returns an error if the old
    /// directory has, at one of these paths, a file that is not part of a snapshot.
    pub(super) fn add(&mut self, files: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        let _step = step(&self.paths.dir)?;
        if let Some(old) = &self.contents {
            for (path, bytes) in files {
                // A user's file is never replaced by one of the snapshot.
                if old.is_foreign(path) && !has_contents(&self.paths.dir, path, bytes) {
                    return Err(foreign(&self.paths.dir, path));
                }
            }
        }
        create_folder(&self.paths.new)?;
        for folder in FOLDERS {
            if files.iter().any(|(path, _)| path.split_once('/').is_some_and(|(f, _)| f == folder)) {
                create_folder(&self.paths.new.join(folder))?;
            }
        }
        let written = AtomicUsize::new(0);
        write_files(&self.paths, files, &written)?;
        self.added += files.len();
        self.written += written.into_inner();
        Ok(())
    }

    /// Replaces the old snapshot by the new one. `beside` (relative path and contents) is a file that is
    /// written with the snapshot but is not part of it. If the snapshot is unchanged, only `beside` is
    /// written. Returns the number of snapshot files that changed. Returns an error if a file cannot be
    /// written or moved.
    pub(super) fn commit(mut self, beside: (String, Vec<u8>)) -> Result<usize, StoreError> {
        if self.written == 0 && self.contents.as_ref().map(Contents::parts) == Some(self.added) {
            self.replace_one(&beside)?;
            return Ok(0);
        }
        let written = self.written;
        self.add(&[beside])?;
        self.put_in_place()?;
        Ok(written)
    }

    fn replace_one(&self, (path, bytes): &(String, Vec<u8>)) -> Result<(), StoreError> {
        let _step = step(&self.paths.dir)?;
        let dir = &self.paths.dir;
        if has_contents(dir, path, bytes) {
            return Ok(());
        }
        let (fresh, target) = (self.paths.new.join(BESIDE), dir.join(path));
        create_folder(&self.paths.new)?;
        files::create_new(&fresh, bytes).map_err(StoreError::io("write", &fresh))?;
        writable(dir, || files::rename(&fresh, &target).map_err(StoreError::io("replace", &target)))
    }

    fn put_in_place(self) -> Result<usize, StoreError> {
        let _step = step(&self.paths.dir)?;
        let paths = &self.paths;
        for folder in FOLDERS.map(|folder| paths.new.join(folder)) {
            if files::is_folder(&folder) {
                files::sync_folder(&folder);
            }
        }
        files::sync_folder(&paths.new);
        swap(paths)?;
        finish(paths, &self.contents.as_ref().map_or_else(HashSet::new, |old| old.ours.clone()))?;
        Ok(self.written)
    }
}

impl Drop for Swap {
    fn drop(&mut self) {
        // After the swap the directory does not exist; before it, its files are useless, and the next writer
        // would remove them too.
        let _ = files::remove_owned_folder(&self.paths.new, &is_ours);
    }
}

/// Removes the snapshot in `dir`, which nobody may read or write meanwhile. Also removes the directories and
/// files next to it that a crashed writer left. Returns an error if an entry cannot be removed.
pub(super) fn discard(dir: &Path) -> Result<(), StoreError> {
    let paths = SwapPaths::of(dir)?;
    for folder in [&paths.new, &paths.old, &paths.dir] {
        files::remove_owned_folder(folder, &is_ours).map_err(StoreError::io("remove", folder))?;
    }
    files::remove_empty_file(&paths.lock).map_err(StoreError::io("remove", &paths.lock))
}

fn step(dir: &Path) -> Result<files::StepGuard, StoreError> {
    files::begin_step().map_err(StoreError::io("write", dir))
}

fn create_folder(path: &Path) -> Result<(), StoreError> {
    files::create_folder(path).map_err(StoreError::io("create", path))
}

fn foreign(dir: &Path, relative: &str) -> StoreError {
    StoreError::io("write", dir)(Refusal::NotOurs(relative.to_owned()).into())
}

/// Cleans up after a writer that crashed: renames the old directory back if the new one had not taken its
/// name, and removes the rest. Returns an error if an entry cannot be renamed or removed.
fn recover(paths: &SwapPaths) -> Result<(), StoreError> {
    files::remove_owned_folder(&paths.new, &is_ours).map_err(StoreError::io("remove", &paths.new))?;
    if files::entry_kind(&paths.old).map_err(StoreError::io("list", &paths.old))?.is_none() {
        return Ok(());
    }
    let old = Contents::of(&paths.old)?;
    let dir = files::entry_kind(&paths.dir).map_err(StoreError::io("list", &paths.dir))?;
    match (old, dir) {
        // The writer died when it had removed all files of the old snapshot.
        (None, _) => files::remove_empty_folder(&paths.old).map_err(StoreError::io("remove", &paths.old)),
        // The writer died after the swap: the new snapshot is in place.
        (Some(old), Some(_)) if Contents::of(&paths.dir)?.is_some() => finish(paths, &old.ours),
        (Some(_), dir) => {
            if dir.is_some() {
                // Somebody created an empty directory meanwhile.
                files::remove_empty_folder(&paths.dir).map_err(StoreError::io("remove", &paths.dir))?;
            }
            files::rename(&paths.old, &paths.dir).map_err(StoreError::io("restore", &paths.dir))
        }
    }
}

fn has_contents(dir: &Path, relative: &str, bytes: &[u8]) -> bool {
    matches!(read_below(dir, relative), Ok(Some(found)) if found == bytes)
}

/// Writes the files and flushes them to disk. A file that equals the one in the old snapshot becomes a hard
/// link to it, so that it keeps its modification time. `written` counts the other files. Returns an error if
/// a file cannot be written, or if the process is stopping.
fn write_files(
    paths: &SwapPaths,
    files: &[(String, Vec<u8>)],
    written: &AtomicUsize,
) -> Result<(), StoreError> {
    in_parallel(files, |(relative, bytes)| {
        if files::is_stopping() {
            return Err(StoreError::io("write", &paths.dir)(Refusal::Stopped.into()));
        }
        let path = paths.new.join(relative);
        let same = has_contents(&paths.dir, relative, bytes);
        // Where the file system has no hard links, the file is written.
        if same && files::hard_link(&paths.dir.join(relative), &path).is_ok() {
            return Ok(());
        }
        written.fetch_add(usize::from(!same), Ordering::Relaxed);
        files::create_new(&path, bytes).map_err(StoreError::io("write", &path))
    })
}

/// The maximum number of threads that write or remove files at the same time.
const MAX_THREADS: usize = 16;

/// Calls `act` for each item, on several threads if there are many items. Flushing or removing one file takes
/// a file system milliseconds; many files at the same time take hardly longer. Each thread stops at its first
/// error; the error of the first such thread is returned.
fn in_parallel<T: Sync>(
    items: &[T],
    act: impl Fn(&T) -> Result<(), StoreError> + Sync,
) -> Result<(), StoreError> {
    if items.len() <= MAX_THREADS {
        return items.iter().try_for_each(act);
    }
    std::thread::scope(|scope| {
        let parts = items.chunks(items.len().div_ceil(MAX_THREADS));
        let workers: Vec<_> = parts.map(|part| scope.spawn(|| part.iter().try_for_each(&act))).collect();
        // All threads are joined, so that nothing is touched after the return.
        let results: Vec<_> = workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        results
            .into_iter()
            .try_for_each(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

fn swap(paths: &SwapPaths) -> Result<(), StoreError> {
    let existed = files::is_folder(&paths.dir);
    if existed {
        files::rename(&paths.dir, &paths.old).map_err(StoreError::io("put aside", &paths.dir))?;
    }
    if let Err(e) = files::rename(&paths.new, &paths.dir) {
        if existed {
            // If this fails too, readers and the next writer still find the old directory.
            let _ = files::rename(&paths.old, &paths.dir);
        }
        return Err(StoreError::io("replace", &paths.dir)(e));
    }
    if let Some(parent) = paths.dir.parent() {
        files::sync_folder(parent);
    }
    Ok(())
}

/// Moves files that are not part of the snapshot from the old directory to the new one, removes the old
/// directory, and gives its permissions to the new one. `ours` are the paths of the old snapshot's files;
/// only these are removed. Returns an error if a file has the name of a file of the new snapshot, or if an
/// entry cannot be moved or removed.
fn finish(paths: &SwapPaths, ours: &HashSet<String>) -> Result<(), StoreError> {
    if files::entry_kind(&paths.old).map_err(StoreError::io("list", &paths.old))?.is_none() {
        return Ok(());
    }
    let permissions = open_up(&paths.old)?;
    for folder in FOLDERS.map(|folder| paths.old.join(folder)) {
        if files::is_folder(&folder) {
            open_up(&folder)?;
        }
    }
    keep_foreign(paths, ours)?;
    // The index is removed last: a writer that cleans up needs it to tell the snapshot's files from others.
    let parts: Vec<_> =
        ours.iter().filter(|relative| *relative != ORG).map(|relative| paths.old.join(relative)).collect();
    in_parallel(&parts, |path| remove_file(path))?;
    for folder in FOLDERS {
        remove_folder(&paths.old.join(folder))?;
    }
    remove_file(&paths.old.join(ORG))?;
    remove_folder(&paths.old)?;
    files::set_permissions(&paths.dir, permissions).map_err(StoreError::io("write", &paths.dir))
}

/// Makes a folder writable for its owner. Returns the permissions that the folder had before. Returns an
/// error if the permissions cannot be read or set.
fn open_up(folder: &Path) -> Result<Permissions, StoreError> {
    let open = || files::make_writable(folder)?.map_or_else(|| files::permissions(folder), Ok);
    open().map_err(StoreError::io("write", folder))
}

/// Makes a folder writable, calls `act`, and restores the folder's permissions. Returns the result of `act`.
/// An error of restoring the permissions is returned instead of it.
fn writable(folder: &Path, act: impl FnOnce() -> Result<(), StoreError>) -> Result<(), StoreError> {
    let permissions = open_up(folder)?;
    let done = act();
    files::set_permissions(folder, permissions).map_err(StoreError::io("write", folder))?;
    done
}

fn remove_file(path: &Path) -> Result<(), StoreError> {
    files::remove_file(path).map_err(StoreError::io("remove", path))
}

fn remove_folder(path: &Path) -> Result<(), StoreError> {
    files::remove_empty_folder(path).map_err(StoreError::io("remove", path))
}

/// Moves files that are not part of the snapshot from the old directory to the new one, where each keeps its
/// relative path. `ours` are the paths of the snapshot's files. Returns an error if the new snapshot has a
/// different file of the same name; no file is moved then.
fn keep_foreign(paths: &SwapPaths, ours: &HashSet<String>) -> Result<(), StoreError> {
    let mut found: Vec<(String, files::Entry)> = Vec::new();
    visit_entries(&paths.old, &mut |relative, entry| {
        if !ours.contains(&relative) {
            found.push((relative, entry));
        }
        Ok(())
    })?;
    // All targets are checked before the first file is moved.
    let mut moves: Vec<(files::Entry, PathBuf)> = Vec::new();
    for (relative, entry) in found {
        let folder = relative.split_once('/').map_or(paths.dir.clone(), |(f, _)| paths.dir.join(f));
        let target = folder.join(&entry.name);
        let is_free = files::entry_kind(&target).map_err(StoreError::io("keep", &target))?.is_none();
        if is_free {
            moves.push((entry, target));
            continue;
        }
        // Either the new snapshot has the same file, or somebody has put a file there since.
        match read_below(&paths.old, &relative)? {
            Some(bytes) if has_contents(&paths.dir, &relative, &bytes) => remove_file(&entry.path)?,
            _ => return Err(foreign(&paths.old, &relative)),
        }
    }
    for (entry, target) in moves {
        if let Some(folder) = target.parent() {
            create_folder(folder)?;
        }
        let rename = || files::rename(&entry.path, &target);
        let moved = match rename() {
            // Moving a folder changes the entry `..` in it, so it has to be writable.
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied && entry.kind == EntryKind::Folder => {
                files::make_writable(&entry.path).and_then(|permissions| {
                    rename()?;
                    permissions.map_or(Ok(()), |old| files::set_permissions(&target, old))
                })
            }
            done => done,
        };
        moved.map_err(StoreError::io("keep", &target))?;
    }
    Ok(())
}
