//! Replacing a directory so that a crash leaves the old one or the new one.
//!
//! The new contents are written to a sibling, `.<name>.dvkit-new`, and brought to disk. Then the directory is renamed to
//! `.<name>.dvkit-old`, the new one takes its name, files that are no part of a snapshot move over, and the old one is
//! removed. LockCleanup a crash between the two renames only the old one exists, under its other name: readers look
//! there, and the next writer puts it back ([`recover`]).
//!
//! No link is followed on the way, and only files that a snapshot has are removed ([`is_ours`], [`Contents`]).

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use dvkit_files::{self as files, EntryKind, Lock, LockCleanup, Permissions, Refusal, StopHandler};

use super::StoreError;
use super::files::read_below;
use super::places::{BESIDE, Contents, FOLDERS, Places, is_ours, walk};
use super::read::ORG;

/// Puts `files` (relative path with `/`, contents) in the place of the snapshot in `dir`. How many of them are other than
/// before; `None`: it had them already, and nothing was touched.
pub(super) fn replace(dir: &Path, files: &[(String, Vec<u8>)]) -> Result<Option<usize>, StoreError> {
    let mut swap = Swap::begin(dir)?;
    if let Some(old) = &swap.contents
        && old.parts() == files.len()
        && files
            .iter()
            .all(|(path, bytes)| old.ours.contains(path) && has_contents(&swap.places.dir, path, bytes))
    {
        return Ok(None);
    }
    swap.add(files)?;
    swap.put_in_place().map(Some)
}

/// A new snapshot in the making, beside the one that it will replace.
#[derive(Debug)]
pub(super) struct Swap {
    places: Places,
    /// What is in the directory now.
    contents: Option<Contents>,
    /// Files of the new one.
    added: usize,
    /// Those of them that the old one does not have with these contents.
    written: usize,
    _at_stop: StopHandler,
    // The last one, so that it is held while the rest goes away.
    _lock: Lock,
}

impl Swap {
    /// Takes the lock, and clears up after a writer that died.
    pub(super) fn begin(dir: &Path) -> Result<Self, StoreError> {
        let _step = step(dir)?;
        let places = Places::of(dir)?;
        let lock = Lock::try_take(&places.lock, LockCleanup::Remove)
            .map_err(StoreError::io("lock", &places.lock))?;
        let lock = lock.ok_or_else(|| StoreError::Busy { path: places.lock.clone() })?;
        recover(&places)?;
        let contents = Contents::of(&places.dir)?;
        let left = places.clone();
        let at_stop = files::on_stop(move || {
            // Nobody is there to be told; what stays is removed by the next writer.
            let _ = files::remove_owned_folder(&left.new, &is_ours);
            let _ = files::remove_empty_file(&left.lock);
        });
        Ok(Self { places, contents, added: 0, written: 0, _at_stop: at_stop, _lock: lock })
    }

    /// The directory that the snapshot is for.
    pub(super) fn dir(&self) -> &Path {
        &self.places.dir
    }

    /// Writes files of the new snapshot.
    pub(super) fn add(&mut self, files: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        let _step = step(&self.places.dir)?;
        if let Some(old) = &self.contents {
            for (path, bytes) in files {
                // What the user put there is not given up for a file of ours.
                if old.is_foreign(path) && !has_contents(&self.places.dir, path, bytes) {
                    return Err(foreign(&self.places.dir, path));
                }
            }
        }
        create_folder(&self.places.new)?;
        for folder in FOLDERS {
            if files.iter().any(|(path, _)| path.split_once('/').is_some_and(|(f, _)| f == folder)) {
                create_folder(&self.places.new.join(folder))?;
            }
        }
        let written = AtomicUsize::new(0);
        write_files(&self.places, files, &written)?;
        self.added += files.len();
        self.written += written.into_inner();
        Ok(())
    }

    /// The new snapshot takes its place, with a file that does not count as a part of it. Where the old one is the same,
    /// only this file is replaced. Gives how many files of the snapshot are other than before.
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
        let _step = step(&self.places.dir)?;
        let dir = &self.places.dir;
        if has_contents(dir, path, bytes) {
            return Ok(());
        }
        let (fresh, target) = (self.places.new.join(BESIDE), dir.join(path));
        create_folder(&self.places.new)?;
        files::create_new(&fresh, bytes).map_err(StoreError::io("write", &fresh))?;
        writable(dir, || files::rename(&fresh, &target).map_err(StoreError::io("replace", &target)))
    }

    fn put_in_place(self) -> Result<usize, StoreError> {
        let _step = step(&self.places.dir)?;
        let places = &self.places;
        for folder in FOLDERS.map(|folder| places.new.join(folder)) {
            if files::is_folder(&folder) {
                files::sync_folder(&folder);
            }
        }
        files::sync_folder(&places.new);
        swap(places)?;
        finish(places, &self.contents.as_ref().map_or_else(HashSet::new, |old| old.ours.clone()))?;
        Ok(self.written)
    }
}

impl Drop for Swap {
    fn drop(&mut self) {
        // LockCleanup the swap it is not there; before it, what was written is of no use, and the next writer removes it too.
        let _ = files::remove_owned_folder(&self.places.new, &is_ours);
    }
}

/// Removes a snapshot that nobody is going to see, with the siblings that a writer that died has left.
pub(super) fn discard(dir: &Path) -> Result<(), StoreError> {
    let places = Places::of(dir)?;
    for folder in [&places.new, &places.old, &places.dir] {
        files::remove_owned_folder(folder, &is_ours).map_err(StoreError::io("remove", folder))?;
    }
    files::remove_empty_file(&places.lock).map_err(StoreError::io("remove", &places.lock))
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

/// Clears up after a writer that died.
fn recover(places: &Places) -> Result<(), StoreError> {
    files::remove_owned_folder(&places.new, &is_ours).map_err(StoreError::io("remove", &places.new))?;
    if files::entry_kind(&places.old).map_err(StoreError::io("list", &places.old))?.is_none() {
        return Ok(());
    }
    let old = Contents::of(&places.old)?;
    let dir = files::entry_kind(&places.dir).map_err(StoreError::io("list", &places.dir))?;
    match (old, dir) {
        // It died at the very end.
        (None, _) => files::remove_empty_folder(&places.old).map_err(StoreError::io("remove", &places.old)),
        // It died after the swap: the new snapshot is in place.
        (Some(old), Some(_)) if Contents::of(&places.dir)?.is_some() => finish(places, &old.ours),
        (Some(_), dir) => {
            if dir.is_some() {
                // Somebody made an empty one meanwhile.
                files::remove_empty_folder(&places.dir).map_err(StoreError::io("remove", &places.dir))?;
            }
            files::rename(&places.old, &places.dir).map_err(StoreError::io("restore", &places.dir))
        }
    }
}

fn has_contents(dir: &Path, relative: &str, bytes: &[u8]) -> bool {
    matches!(read_below(dir, relative), Ok(Some(found)) if found == bytes)
}

/// Writes the files and brings them to disk. Those that the old snapshot has already are linked, so that they stay
/// what they were to everything that looks at times.
fn write_files(
    places: &Places,
    files: &[(String, Vec<u8>)],
    written: &AtomicUsize,
) -> Result<(), StoreError> {
    at_once(files, |(relative, bytes)| {
        if files::is_stopping() {
            return Err(StoreError::io("write", &places.dir)(Refusal::Stopped.into()));
        }
        let path = places.new.join(relative);
        let same = has_contents(&places.dir, relative, bytes);
        // Where the file system has no second names, writing does as well.
        if same && files::hard_link(&places.dir.join(relative), &path).is_ok() {
            return Ok(());
        }
        written.fetch_add(usize::from(!same), Ordering::Relaxed);
        files::create_new(&path, bytes).map_err(StoreError::io("write", &path))
    })
}

/// How many files are handled at a time.
const WORKERS: usize = 16;

/// Does something to each of many files. A file system takes milliseconds to bring one file to disk or to free it,
/// but hardly more for many at a time, as it commits them together.
fn at_once<T: Sync>(
    items: &[T],
    act: impl Fn(&T) -> Result<(), StoreError> + Sync,
) -> Result<(), StoreError> {
    if items.len() <= WORKERS {
        return items.iter().try_for_each(act);
    }
    std::thread::scope(|scope| {
        let parts = items.chunks(items.len().div_ceil(WORKERS));
        let workers: Vec<_> = parts.map(|part| scope.spawn(|| part.iter().try_for_each(&act))).collect();
        // All are waited for, so that nothing is touched any more once this returns.
        let results: Vec<_> = workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        results
            .into_iter()
            .try_for_each(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

fn swap(places: &Places) -> Result<(), StoreError> {
    let existed = files::is_folder(&places.dir);
    if existed {
        files::rename(&places.dir, &places.old).map_err(StoreError::io("put aside", &places.dir))?;
    }
    if let Err(e) = files::rename(&places.new, &places.dir) {
        if existed {
            // Should this fail too, readers and the next writer still find it.
            let _ = files::rename(&places.old, &places.dir);
        }
        return Err(StoreError::io("replace", &places.dir)(e));
    }
    if let Some(parent) = places.dir.parent() {
        files::sync_folder(parent);
    }
    Ok(())
}

/// Moves what is no part of the old snapshot into the new one, and removes the rest of the old one by its names. The
/// new one takes over the old one's permissions.
fn finish(places: &Places, ours: &HashSet<String>) -> Result<(), StoreError> {
    if files::entry_kind(&places.old).map_err(StoreError::io("list", &places.old))?.is_none() {
        return Ok(());
    }
    let permissions = open_up(&places.old)?;
    for folder in FOLDERS.map(|folder| places.old.join(folder)) {
        if files::is_folder(&folder) {
            open_up(&folder)?;
        }
    }
    keep_foreign(places, ours)?;
    // The index goes last: who clears up after this writer needs it to tell the snapshot's files from others.
    let parts: Vec<_> =
        ours.iter().filter(|relative| *relative != ORG).map(|relative| places.old.join(relative)).collect();
    at_once(&parts, |path| remove_file(path))?;
    for folder in FOLDERS {
        remove_folder(&places.old.join(folder))?;
    }
    remove_file(&places.old.join(ORG))?;
    remove_folder(&places.old)?;
    files::set_permissions(&places.dir, permissions).map_err(StoreError::io("write", &places.dir))
}

/// Lets the owner write into a folder, and gives the permissions that it had.
fn open_up(folder: &Path) -> Result<Permissions, StoreError> {
    let open = || files::make_writable(folder)?.map_or_else(|| files::permissions(folder), Ok);
    open().map_err(StoreError::io("write", folder))
}

/// Does something that needs a folder to be writable.
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

/// Moves what is no part of the old snapshot to its place in the new one.
fn keep_foreign(places: &Places, ours: &HashSet<String>) -> Result<(), StoreError> {
    let mut found: Vec<(String, files::Entry)> = Vec::new();
    walk(&places.old, &mut |relative, entry| {
        if !ours.contains(&relative) {
            found.push((relative, entry));
        }
        Ok(())
    })?;
    // All are looked at before the first one is moved.
    let mut moves: Vec<(files::Entry, PathBuf)> = Vec::new();
    for (relative, entry) in found {
        let folder = relative.split_once('/').map_or(places.dir.clone(), |(f, _)| places.dir.join(f));
        let target = folder.join(&entry.name);
        let is_free = files::entry_kind(&target).map_err(StoreError::io("keep", &target))?.is_none();
        if is_free {
            moves.push((entry, target));
            continue;
        }
        // The new snapshot has the very same file, or somebody put one there since.
        match read_below(&places.old, &relative)? {
            Some(bytes) if has_contents(&places.dir, &relative, &bytes) => remove_file(&entry.path)?,
            _ => return Err(foreign(&places.old, &relative)),
        }
    }
    for (entry, target) in moves {
        if let Some(folder) = target.parent() {
            create_folder(folder)?;
        }
        let rename = || files::rename(&entry.path, &target);
        let moved = match rename() {
            // The name `..` in it changes, for which a folder has to be writable.
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
