//! Writing a snapshot: all of it or nothing.

use std::path::Path;

use super::index::{ChoiceEntry, Index, TableEntry};
use super::read::{OPERATIONS, ORG, Operations, choice_path, table_path};
use super::swap::{self, Swap};
use super::sync::{Digest, SYNC, SyncState};
use super::{FORMAT_VERSION, MAX_FILE_BYTES, Store, StoreError, layout, names};
use crate::{Choice, Operation, Org, Schema, Table};

/// What [`write()`] or a [`SnapshotWriter`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteSummary {
    /// Tables in the snapshot.
    pub tables: usize,
    /// Global choices in the snapshot.
    pub choices: usize,
    /// Operations in the snapshot.
    pub operations: usize,
    /// Files of the snapshot.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
    /// Files that are other than before.
    pub written: usize,
    /// The directory had exactly this already, and was not touched.
    pub unchanged: bool,
}

/// Writes `schema` as the snapshot in the directory `dir`, which is made where it does not exist.
///
/// What is there before stays until everything new is on disk, then both change places; where this is interrupted,
/// the next reader finds the old snapshot or the new one, and the next writer clears up. Files in the directory that
/// are no part of a snapshot stay; where one has the name of a file that is to be written, nothing is. No link is followed: neither in
/// the directory nor, in a relative path, on the way to it. Nothing is touched where the directory has this very snapshot already; else the state of
/// a fetch ([`SyncState`]) goes with the snapshot that it belonged to.
///
/// # Errors
/// Where a file would be greater than [`MAX_FILE_BYTES`], where the directory is neither empty nor a snapshot, where it is a snapshot of a newer format, where another process
/// is writing it, or where the file system refuses; the directory is then as it was.
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

/// Removes the snapshot in the directory `dir`, and what a writer of it that died has left beside it. It is for a snapshot
/// that nobody is going to read: nothing is locked.
///
/// # Errors
/// Where there is something that is no part of a snapshot, before anything is removed; and where the file system refuses.
pub fn discard(dir: impl AsRef<Path>) -> Result<(), StoreError> {
    swap::discard(dir.as_ref())
}

/// What could not be read again is not written.
fn bounded(dir: &Path, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        Err(StoreError::TooLarge { path: dir.join(path) })
    } else {
        Ok(())
    }
}

/// The files of a snapshot, by their relative paths.
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

/// Writes a snapshot table by table, so that it never has to be in memory whole. What [`write()`] says of crashes and of
/// other files goes here too: until [`finish`](Self::finish) the directory stays as it is, and what was written goes away with
/// the writer.
#[derive(Debug)]
pub struct SnapshotWriter {
    swap: Swap,
    tables: Vec<TableEntry>,
    choices: Vec<ChoiceEntry>,
    /// How many, where there are any.
    operations: Option<usize>,
    pending: Vec<(String, Vec<u8>)>,
    digest: Digest,
    bytes: u64,
}

/// Files that wait to be written together, which is what file systems are quickest at.
const PENDING_FILES: usize = 64;
const PENDING_BYTES: usize = 4 << 20;

impl SnapshotWriter {
    /// Begins a new snapshot for the directory `dir`; nobody else can write it until the writer is gone.
    ///
    /// # Errors
    /// As [`write()`].
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

    /// Adds a table; each name once.
    ///
    /// # Errors
    /// As [`write()`].
    pub fn table(&mut self, table: &Table) -> Result<(), StoreError> {
        self.tables.push(TableEntry::of(table));
        let (path, bytes) = table_file(table);
        self.add(path, bytes)
    }

    /// Adds a global choice; each name once.
    ///
    /// # Errors
    /// As [`write()`].
    pub fn choice(&mut self, choice: &Choice) -> Result<(), StoreError> {
        self.choices.push(ChoiceEntry::of(&choice.name));
        let (path, bytes) = choice_file(choice);
        self.add(path, bytes)
    }

    /// Adds all operations; at most once, and no file where there are none.
    ///
    /// # Errors
    /// As [`write()`].
    pub fn operations(&mut self, operations: &[Operation]) -> Result<(), StoreError> {
        if operations.is_empty() {
            return Ok(());
        }
        self.operations = Some(operations.len());
        let (path, bytes) = operations_file(operations);
        self.add(path, bytes)
    }

    /// Takes the operations over from a snapshot in a directory, byte for byte, where it has any.
    ///
    /// # Errors
    /// As [`write()`], and where their file cannot be read.
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

    /// Takes a table over from a snapshot in a directory, byte for byte; `false` where it has none of this name.
    ///
    /// # Errors
    /// As [`write()`], and where its file cannot be read.
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

    /// Puts the new snapshot in the place of the old one, with the state of the fetch that made it.
    ///
    /// # Errors
    /// As [`write()`]; the directory is then as it was.
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
