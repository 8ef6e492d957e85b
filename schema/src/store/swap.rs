//! Replacing a directory so that a crash leaves the old one or the new one.
//!
//! The new contents are written to a sibling, `.<name>.dvkit-new`, and brought to disk. Then the directory is renamed to
//! `.<name>.dvkit-old`, the new one takes its name, files that are no part of a snapshot move over, and the old one is
//! removed. After a crash between the two renames only the old one exists, under its other name: readers look
//! there ([`aside`]), and the next writer puts it back ([`recover`]).

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::StoreError;
use super::files::{Source, read_bounded};
use super::index::{ChoiceEntry, TableEntry};
use super::read::{self, OPERATIONS, ORG};
use super::sync::SYNC;

/// The three siblings of a snapshot directory.
#[derive(Debug)]
struct Places {
    dir: PathBuf,
    new: PathBuf,
    old: PathBuf,
    lock: PathBuf,
}

fn sibling(dir: &Path, suffix: &str) -> Option<PathBuf> {
    let mut name = OsString::from(".");
    name.push(dir.file_name()?);
    name.push(suffix);
    Some(dir.with_file_name(name))
}

/// Where a writer that died half-way has left the old contents of a directory that does not exist.
pub(super) fn aside(dir: &Path) -> Option<PathBuf> {
    sibling(dir, ".dvkit-old")
}

impl Places {
    /// Follows links, so that the directory itself changes and not the link to it; makes the parents.
    fn of(dir: &Path) -> Result<Self, StoreError> {
        let dir = if dir.exists() {
            dir.canonicalize().map_err(StoreError::io("resolve", dir))?
        } else {
            let parent = match dir.parent() {
                Some(p) if !p.as_os_str().is_empty() => p,
                _ => Path::new("."),
            };
            fs::create_dir_all(parent).map_err(StoreError::io("create", parent))?;
            let parent = parent.canonicalize().map_err(StoreError::io("resolve", parent))?;
            parent.join(dir.file_name().unwrap_or_default())
        };
        match (sibling(&dir, ".dvkit-new"), aside(&dir), sibling(&dir, ".dvkit-lock")) {
            (Some(new), Some(old), Some(lock)) => Ok(Self { dir, new, old, lock }),
            _ => Err(StoreError::Occupied { path: dir }),
        }
    }
}

/// Held while a directory is written; its file goes away with it.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    fn take(path: &Path) -> Result<Self, StoreError> {
        let file = File::options().create(true).truncate(false).write(true).open(path);
        let file = file.map_err(StoreError::io("create", path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy { path: path.to_owned() }),
            // Some network file systems have no locks: writing there is as safe as without this module.
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {
                Ok(Self { path: path.to_owned(), file })
            }
            Err(TryLockError::Error(e)) => Err(StoreError::io("lock", path)(e)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while still held: who opens it now makes a new one. Nothing depends on either succeeding.
        let _ = fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

/// Puts `files` (relative path with `/`, contents) in the place of the snapshot in `dir`. How many of them are other than
/// before; `None`: it had them already, and nothing was touched.
pub(super) fn replace(dir: &Path, files: &[(String, Vec<u8>)]) -> Result<Option<usize>, StoreError> {
    let mut swap = Swap::begin(dir)?;
    if let Some(ours) = &swap.ours
        && ours.iter().filter(|path| *path != SYNC).count() == files.len()
        && files
            .iter()
            .all(|(path, bytes)| ours.contains(path) && has_contents(&swap.places.dir.join(path), bytes))
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
    /// The files of the snapshot that is there.
    ours: Option<HashSet<String>>,
    /// Files of the new one.
    added: usize,
    /// Those of them that the old one does not have with these contents.
    written: usize,
    // The last one, so that it is held while the rest goes away.
    _lock: Lock,
}

impl Swap {
    /// Takes the lock, and clears up after a writer that died.
    pub(super) fn begin(dir: &Path) -> Result<Self, StoreError> {
        let places = Places::of(dir)?;
        let lock = Lock::take(&places.lock)?;
        recover(&places)?;
        let ours = snapshot_files(&places.dir)?;
        Ok(Self { places, ours, added: 0, written: 0, _lock: lock })
    }

    /// The directory that the snapshot is for.
    pub(super) fn dir(&self) -> &Path {
        &self.places.dir
    }

    /// Writes files of the new snapshot.
    pub(super) fn add(&mut self, files: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        for (path, _) in files {
            let folder = self.places.new.join(path.rsplit_once('/').map_or("", |(folder, _)| folder));
            if !folder.exists() {
                fs::create_dir_all(&folder).map_err(StoreError::io("create", &folder))?;
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
        let parts = self.ours.as_ref().map(|ours| ours.iter().filter(|path| *path != SYNC).count());
        if self.written == 0 && parts == Some(self.added) {
            let (path, bytes) = beside;
            let (fresh, target) = (self.places.new.join("beside"), self.places.dir.join(path));
            if !has_contents(&target, &bytes) {
                write_new(&fresh, &bytes)?;
                fs::rename(&fresh, &target).map_err(StoreError::io("replace", &target))?;
            }
            return Ok(0);
        }
        let written = self.written;
        self.add(&[beside])?;
        self.put_in_place()?;
        Ok(written)
    }

    fn put_in_place(self) -> Result<usize, StoreError> {
        let places = &self.places;
        for folder in [places.new.join("tables"), places.new.join("choices"), places.new.clone()] {
            if folder.exists() {
                sync_folder(&folder);
            }
        }
        if let Ok(old) = fs::metadata(&places.dir) {
            fs::set_permissions(&places.new, old.permissions())
                .map_err(StoreError::io("create", &places.new))?;
        }
        swap(places)?;
        finish(places, self.ours.as_ref().unwrap_or(&HashSet::new()))?;
        Ok(self.written)
    }
}

impl Drop for Swap {
    fn drop(&mut self) {
        // After the swap it is not there; before it, what was written is of no use, and the next writer removes it too.
        let _ = fs::remove_dir_all(&self.places.new);
    }
}

/// Clears up after a writer that died.
fn recover(places: &Places) -> Result<(), StoreError> {
    if places.new.exists() {
        fs::remove_dir_all(&places.new).map_err(StoreError::io("remove", &places.new))?;
    }
    if places.old.exists() {
        if places.dir.exists() {
            // It died after the swap: the new snapshot is in place.
            let ours = snapshot_files(&places.old)?.unwrap_or_default();
            finish(places, &ours)?;
        } else {
            fs::rename(&places.old, &places.dir).map_err(StoreError::io("restore", &places.dir))?;
        }
    }
    Ok(())
}

/// The files of the snapshot that is in `dir`, by relative path; `None` where there is no directory or it is empty.
fn snapshot_files(dir: &Path) -> Result<Option<HashSet<String>>, StoreError> {
    let mut entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(StoreError::io("list", dir)(e)),
    };
    if entries.next().is_none() {
        return Ok(None);
    }
    let index = match read::index(&Source::Directory(dir.to_owned())) {
        Ok(index) => index,
        Err(StoreError::Missing { .. }) => return Err(StoreError::Occupied { path: dir.to_owned() }),
        Err(e) => return Err(e),
    };
    let tables = index.tables.iter().map(TableEntry::stem).map(read::table_path);
    let choices = index.choices.iter().map(ChoiceEntry::stem).map(read::choice_path);
    let sync = dir.join(SYNC).is_file().then(|| SYNC.to_owned());
    let operations = index.operations.then(|| OPERATIONS.to_owned());
    Ok(Some(tables.chain(choices).chain(operations).chain([ORG.to_owned()]).chain(sync).collect()))
}

fn has_contents(path: &Path, bytes: &[u8]) -> bool {
    matches!(read_bounded(path), Ok(Some(found)) if found == bytes)
}

/// Writes the files and brings them to disk. Those that the old snapshot has already are linked, so that they stay
/// what they were to everything that looks at times.
fn write_files(
    places: &Places,
    files: &[(String, Vec<u8>)],
    written: &AtomicUsize,
) -> Result<(), StoreError> {
    at_once(files, |(relative, bytes)| {
        let path = places.new.join(relative);
        let old = places.dir.join(relative);
        let is_file = old.symlink_metadata().is_ok_and(|m| m.is_file());
        let same = is_file && has_contents(&old, bytes);
        // Where the file system has no links, writing does as well.
        if same && fs::hard_link(&old, &path).is_ok() {
            return Ok(());
        }
        written.fetch_add(usize::from(!same), Ordering::Relaxed);
        write_new(&path, bytes)
    })
}

/// Writes a file that is not there yet, and brings it to disk.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let write = || {
        let mut file = File::create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(StoreError::io("write", path))
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

/// Brings a directory's entries to disk, where the system can do that for directories (Windows cannot, and need not).
fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(path) {
        let _ = folder.sync_all();
    }
}

fn swap(places: &Places) -> Result<(), StoreError> {
    let existed = places.dir.exists();
    if existed {
        fs::rename(&places.dir, &places.old).map_err(StoreError::io("put aside", &places.dir))?;
    }
    if let Err(e) = fs::rename(&places.new, &places.dir) {
        if existed {
            // Should this fail too, readers and the next writer still find it.
            let _ = fs::rename(&places.old, &places.dir);
        }
        return Err(StoreError::io("replace", &places.dir)(e));
    }
    if let Some(parent) = places.dir.parent() {
        sync_folder(parent);
    }
    Ok(())
}

/// Moves what is no part of the old snapshot into the new one, and removes the rest of the old one.
fn finish(places: &Places, ours: &HashSet<String>) -> Result<(), StoreError> {
    if !places.old.exists() {
        return Ok(());
    }
    keep_extras(places, "", ours)?;
    // The index goes last: who clears up after this writer needs it to tell the snapshot's files from others.
    let parts: Vec<_> =
        ours.iter().filter(|relative| *relative != ORG).map(|relative| places.old.join(relative)).collect();
    at_once(&parts, |path| {
        // What is left is removed with its directory.
        let _ = fs::remove_file(path);
        Ok(())
    })?;
    for folder in ["tables", "choices"] {
        let _ = fs::remove_dir(places.old.join(folder));
    }
    let _ = fs::remove_file(places.old.join(ORG));
    fs::remove_dir_all(&places.old).map_err(StoreError::io("remove", &places.old))
}

fn keep_extras(places: &Places, below: &str, ours: &HashSet<String>) -> Result<(), StoreError> {
    let folder = places.old.join(below);
    let list = |e| StoreError::io("list", &folder)(e);
    for entry in fs::read_dir(&folder).map_err(list)? {
        let entry = entry.map_err(list)?;
        let name = entry.file_name();
        let relative = match name.to_str() {
            Some(name) if below.is_empty() => name.to_owned(),
            Some(name) => format!("{below}/{name}"),
            None => String::new(),
        };
        if below.is_empty() && (relative == "tables" || relative == "choices") && entry.path().is_dir() {
            keep_extras(places, &relative, ours)?;
            continue;
        }
        let target = places.dir.join(below).join(&name);
        // A file of the new snapshot is not given up for one of the same name.
        if ours.contains(&relative) || target.exists() {
            continue;
        }
        let target_folder = places.dir.join(below);
        fs::create_dir_all(&target_folder).map_err(StoreError::io("create", &target_folder))?;
        fs::rename(entry.path(), &target).map_err(StoreError::io("keep", &target))?;
    }
    Ok(())
}
