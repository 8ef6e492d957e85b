//! Writes a snapshot: [`write()`] a whole schema, [`SnapshotWriter`] table by table. After an error the old
//! snapshot is unchanged.

use std::path::Path;

use super::format::{FORMAT_VERSION, MAX_FILE_BYTES, OPERATIONS, ORG, Operations, choice_path, table_path};
use super::index::{ChoiceEntry, Index, TableEntry};
use super::swap::{self, Swap};
use super::sync::{Digest, SYNC, SyncState};
use super::{Store, StoreError, layout, names};
use crate::{Choice, Operation, Org, Schema, Table};

/// The result of [`write()`] or of a [`SnapshotWriter`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteSummary {
    /// The number of tables in the snapshot.
    pub tables: usize,
    /// The number of global choices in the snapshot.
    pub choices: usize,
    /// The number of operations in the snapshot.
    pub operations: usize,
    /// The number of files of the snapshot.
    pub files: usize,
    /// The size of these files in bytes.
    pub bytes: u64,
    /// The number of these files that are new or changed.
    pub written: usize,
    /// Whether the directory already had a snapshot with exactly these files, so that nothing was written.
    pub unchanged: bool,
}

/// Writes `schema` as the snapshot in the directory `dir`, which is created if it does not exist.
///
/// The old snapshot stays until all new files are on disk; then the directories are swapped. After a crash
/// the next reader finds the old snapshot or the new one, and the next writer cleans up. Files in the
/// directory that are not part of a snapshot are kept. If one of them has the name of a file to be written,
/// nothing is written. Links are not followed, neither in the directory nor on a relative path to it. If the
/// directory already has exactly this snapshot, nothing is written; otherwise the state of the last fetch
/// ([`SyncState`]) is removed with the old snapshot.
///
/// # Errors
/// Returns an error if a file would be larger than [`MAX_FILE_BYTES`], if the directory is neither empty nor
/// a snapshot, if it is a snapshot of a newer format, if another process is writing it, or if the file system
/// reports an error. The directory is then unchanged.
pub fn write(dir: impl AsRef<Path>, schema: &Schema) -> Result<WriteSummary, StoreError> {
    let files = files(schema);
    for (path, bytes) in &files {
        bounded(dir.as_ref(), path, bytes)?;
    }
    let summary = WriteSummary {
        tables: schema.tables.len(),
        choices: schema.choices.len(),
        operations: schema.operations.len(),
        files: files.len(),
        bytes: files.iter().map(|(_, bytes)| bytes.len() as u64).sum(),
        ..WriteSummary::default()
    };
    let written = swap::replace(dir.as_ref(), &files)?;
    Ok(WriteSummary { written: written.unwrap_or(0), unchanged: written.is_none(), ..summary })
}

/// Removes the snapshot in the directory `dir`, and the directories and files next to it that a crashed
/// writer left. No lock is taken, so nobody else may read or write the snapshot at the same time.
///
/// # Errors
/// Returns an error if the directory has files that are not part of a snapshot (nothing is removed then), or
/// if the file system reports an error.
pub fn discard(dir: impl AsRef<Path>) -> Result<(), StoreError> {
    swap::discard(dir.as_ref())
}

/// Returns an error if a file would be larger than [`MAX_FILE_BYTES`], and readers would therefore refuse it.
pub(super) fn bounded(dir: &Path, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        Err(StoreError::TooLarge { path: dir.join(path) })
    } else {
        Ok(())
    }
}

/// Returns the files of the snapshot of `schema`; each is a relative path and the contents.
pub(super) fn files(schema: &Schema) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![(ORG.to_owned(), layout::to_text(&Index::of(schema)))];
    files.extend(schema.tables.values().map(table_file));
    files.extend(schema.choices.values().map(choice_file));
    if !schema.operations.is_empty() {
        files.push(operations_file(&schema.operations));
    }
    files
}

fn table_file(table: &Table) -> (String, Vec<u8>) {
    let mut sorted = table.clone();
    sorted.sort();
    (table_path(&names::stem(&table.logical_name)), layout::to_text(&sorted))
}

fn choice_file(choice: &Choice) -> (String, Vec<u8>) {
    let mut sorted = choice.clone();
    sorted.sort();
    (choice_path(&names::stem(&choice.name)), layout::to_text(&sorted))
}

fn operations_file(operations: &[Operation]) -> (String, Vec<u8>) {
    let mut operations = operations.to_vec();
    operations.sort_unstable();
    operations.dedup();
    (OPERATIONS.to_owned(), layout::to_text(&Operations { operations }))
}

/// Writes a snapshot table by table, so that the whole schema is never in memory.
///
/// Crashes, and files in the directory that are not part of the snapshot, are handled as by [`write()`]. The
/// directory is unchanged until [`finish`](Self::finish) is called. A writer that is dropped earlier removes
/// the files that it wrote.
#[derive(Debug)]
pub struct SnapshotWriter {
    swap: Swap,
    tables: Vec<TableEntry>,
    choices: Vec<ChoiceEntry>,
    /// The number of operations; `None` if [`operations`](Self::operations) was not called.
    operations: Option<usize>,
    pending: Vec<(String, Vec<u8>)>,
    digest: Digest,
    bytes: u64,
}

/// The number of files that are collected before they are written together. File systems are fastest with
/// many files at the same time.
const PENDING_FILES: usize = 64;
const PENDING_BYTES: usize = 4 << 20;

impl SnapshotWriter {
    /// Begins a new snapshot for the directory `dir`, and locks the directory for other writers until this
    /// writer is dropped.
    ///
    /// # Errors
    /// Returns the errors of [`write()`].
    pub fn begin(dir: impl AsRef<Path>) -> Result<Self, StoreError> {
        Ok(Self {
            swap: Swap::begin(dir.as_ref())?,
            tables: Vec::new(),
            choices: Vec::new(),
            operations: None,
            pending: Vec::new(),
            digest: Digest::default(),
            bytes: 0,
        })
    }

    /// Adds a table. Each logical name may be added once.
    ///
    /// # Errors
    /// Returns the errors of [`write()`].
    pub fn table(&mut self, table: &Table) -> Result<(), StoreError> {
        self.tables.push(TableEntry::of(table));
        let (path, bytes) = table_file(table);
        self.add(path, bytes)
    }

    /// Adds a global choice. Each name may be added once.
    ///
    /// # Errors
    /// Returns the errors of [`write()`].
    pub fn choice(&mut self, choice: &Choice) -> Result<(), StoreError> {
        self.choices.push(ChoiceEntry::of(&choice.name));
        let (path, bytes) = choice_file(choice);
        self.add(path, bytes)
    }

    /// Adds all operations of the snapshot. May be called once. If `operations` is empty, no file is written.
    ///
    /// # Errors
    /// Returns the errors of [`write()`].
    pub fn operations(&mut self, operations: &[Operation]) -> Result<(), StoreError> {
        if operations.is_empty() {
            return Ok(());
        }
        self.operations = Some(operations.len());
        let (path, bytes) = operations_file(operations);
        self.add(path, bytes)
    }

    /// Copies the operations from the snapshot of `store`. If `store` reads from a directory, the file is
    /// copied byte for byte.
    ///
    /// # Errors
    /// Returns the errors of [`write()`], and an error if the file cannot be read.
    pub fn keep_operations(&mut self, store: &Store) -> Result<(), StoreError> {
        let operations = store.operations()?;
        match store.source.read(OPERATIONS)? {
            Some(bytes) if store.has_operations => {
                self.operations = Some(operations.len());
                self.add(OPERATIONS.to_owned(), bytes)
            }
            _ => self.operations(operations),
        }
    }

    /// Copies a table's file from the snapshot of `store`, byte for byte. Returns `false`, and copies
    /// nothing, if the snapshot does not have the table, or if `store` was made from a schema in memory.
    ///
    /// # Errors
    /// Returns the errors of [`write()`], and an error if the file cannot be read.
    pub fn keep_table(&mut self, store: &Store, logical_name: &str) -> Result<bool, StoreError> {
        let Some(entry) = store.entry(logical_name) else { return Ok(false) };
        let path = table_path(entry.stem());
        let Some(bytes) = store.source.read(&path)? else { return Ok(false) };
        self.tables.push(entry.clone());
        self.add(path, bytes)?;
        Ok(true)
    }

    fn add(&mut self, path: String, bytes: Vec<u8>) -> Result<(), StoreError> {
        bounded(self.swap.dir(), &path, &bytes)?;
        self.digest.add(path.clone(), &bytes);
        self.bytes += bytes.len() as u64;
        self.pending.push((path, bytes));
        let size: usize = self.pending.iter().map(|(_, bytes)| bytes.len()).sum();
        if self.pending.len() >= PENDING_FILES || size >= PENDING_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.swap.add(&std::mem::take(&mut self.pending))
    }

    /// Replaces the old snapshot by the new one. `sync` is the state of the fetch that read the new snapshot;
    /// it is stored next to it as `sync.json`.
    ///
    /// # Errors
    /// Returns the errors of [`write()`]. The directory is then unchanged.
    pub fn finish(mut self, org: &Org, sync: &SyncState) -> Result<WriteSummary, StoreError> {
        self.tables.sort_by(|a, b| a.logical_name.cmp(&b.logical_name));
        self.choices.sort_by(|a, b| a.name.cmp(&b.name));
        let mut org = org.clone();
        org.languages.sort_unstable();
        org.languages.dedup();
        let tables = std::mem::take(&mut self.tables);
        let choices = std::mem::take(&mut self.choices);
        let summary = WriteSummary {
            tables: tables.len(),
            choices: choices.len(),
            operations: self.operations.unwrap_or_default(),
            files: tables.len() + choices.len() + usize::from(self.operations.is_some()) + 1,
            ..WriteSummary::default()
        };
        let index =
            Index { format: FORMAT_VERSION, org, tables, choices, operations: self.operations.is_some() };
        self.add(ORG.to_owned(), layout::to_text(&index))?;
        let bytes = self.bytes;
        self.flush()?;
        let state = layout::to_text(&sync.with_digest(std::mem::take(&mut self.digest)));
        bounded(self.swap.dir(), SYNC, &state)?;
        let written = self.swap.commit((SYNC.to_owned(), state))?;
        Ok(WriteSummary { bytes, written, unchanged: written == 0, ..summary })
    }
}
