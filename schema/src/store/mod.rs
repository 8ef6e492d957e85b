//! The snapshot directory: written whole, read one table at a time.
//!
//! ```text
//! schema/org.json             format version, the organisation, and the index: one table a line
//! schema/tables/account.json  one column a line, one relationship a line
//! schema/choices/<name>.json  a global choice, one option a line
//! schema/operations.json      actions and functions, one a line; there where a source told them
//! schema/sync.json            not part of the snapshot: what a fetch remembers for the next one
//! ```
//!
//! The files are meant to be committed: they are sorted, hold nothing that changes from run to run, end their lines
//! with LF, and are the same to the byte for the same [`Schema`]. [`Store::open`] reads `org.json` alone;
//! [`Store::table`] reads one file, once, and nothing but [`Store::operations`] reads the operations.

mod error;
mod files;
mod index;
mod layout;
mod names;
mod places;
mod read;
mod swap;
mod sync;
mod write;

pub use error::StoreError;
pub use index::TableEntry;
pub use sync::SyncState;
pub use write::{SnapshotWriter, WriteSummary, discard, write};

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::{Choice, LocalizedText, Operation, Org, Schema, Table};
use files::{Source, retry};
use index::ChoiceEntry;

/// The version of the snapshot format that this crate writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The greatest size of a snapshot file that is read: 64 MiB.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// A snapshot, read lazily.
///
/// It can be shared between threads; a table is parsed once, by whoever asks first.
#[derive(Debug)]
pub struct Store {
    org: Org,
    source: Source,
    tables: Vec<TableEntry>,
    table_cells: Vec<OnceLock<Table>>,
    choices: Vec<ChoiceEntry>,
    choice_cells: Vec<OnceLock<Choice>>,
    has_operations: bool,
    operations: OnceLock<Vec<Operation>>,
    by_set: HashMap<String, usize>,
}

impl Store {
    /// Opens the snapshot in the directory `dir`; reads `org.json` only.
    ///
    /// # Errors
    /// Where there is no snapshot, where it is of a newer format, or where `org.json` is damaged.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, StoreError> {
        retry(|| Self::from_source(Source::directory(dir.as_ref())))
    }

    /// A store over files that are already in memory, typically embedded with `include_str!`: pairs of relative path
    /// (`org.json`, `tables/account.json`) and text.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn from_files(files: &'static [(&'static str, &'static str)]) -> Result<Self, StoreError> {
        Self::from_source(Source::Embedded(files))
    }

    /// A store over a model in memory; nothing of it ever fails to be read.
    #[must_use]
    pub fn from_schema(mut schema: Schema) -> Self {
        schema.sort();
        let tables: Vec<_> = schema.tables.values().map(TableEntry::of).collect();
        let choices: Vec<_> = schema.choices.keys().map(|name| ChoiceEntry::of(name)).collect();
        let has_operations = !schema.operations.is_empty();
        let mut store = Self::new(schema.org, Source::Memory, tables, choices, has_operations);
        store.operations = OnceLock::from(schema.operations);
        store.table_cells = schema.tables.into_values().map(OnceLock::from).collect();
        store.choice_cells = schema.choices.into_values().map(OnceLock::from).collect();
        store
    }

    fn from_source(source: Source) -> Result<Self, StoreError> {
        let index = read::index(&source)?;
        Ok(Self::new(index.org, source, index.tables, index.choices, index.operations))
    }

    fn new(
        org: Org,
        source: Source,
        tables: Vec<TableEntry>,
        choices: Vec<ChoiceEntry>,
        has_operations: bool,
    ) -> Self {
        let by_set =
            tables.iter().enumerate().filter_map(|(i, t)| Some((t.entity_set.clone()?, i))).collect();
        Self {
            org,
            source,
            table_cells: tables.iter().map(|_| OnceLock::new()).collect(),
            choice_cells: choices.iter().map(|_| OnceLock::new()).collect(),
            tables,
            choices,
            has_operations,
            operations: OnceLock::new(),
            by_set,
        }
    }

    /// The organisation.
    #[must_use]
    pub fn org(&self) -> &Org {
        &self.org
    }

    /// Returns the text of a label in the organisation's base language ([`Org::language`]), else what [`LocalizedText::best`] falls back
    /// to; `None` where no language has a text.
    #[must_use]
    pub fn text<'l>(&self, label: &'l LocalizedText) -> Option<&'l str> {
        label.best(self.org.language())
    }

    /// The index, by ascending logical name.
    pub fn tables(&self) -> impl Iterator<Item = &TableEntry> {
        self.tables.iter()
    }

    /// True where no table is known completely: then tables that are not here may exist.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.tables.is_empty() && self.tables.iter().all(|t| t.partial)
    }

    /// The names of the global choices, ascending.
    pub fn choices(&self) -> impl Iterator<Item = &str> {
        self.choices.iter().map(|c| c.name.as_str())
    }

    fn position(&self, logical_name: &str) -> Option<usize> {
        self.tables.binary_search_by(|t| t.logical_name.as_str().cmp(logical_name)).ok()
    }

    /// The index's line about the table with this logical name; reads no file.
    #[must_use]
    pub fn entry(&self, logical_name: &str) -> Option<&TableEntry> {
        self.tables.get(self.position(logical_name)?)
    }

    /// The table of an entity set (`accounts`). Case-sensitive, as the service is; reads no file.
    #[must_use]
    pub fn table_by_entity_set(&self, entity_set: &str) -> Option<&TableEntry> {
        self.tables.get(*self.by_set.get(entity_set)?)
    }

    /// The table with this logical name, `None` where the index has none. Reads its file the first time.
    ///
    /// # Errors
    /// Where the file is missing or damaged: the error names file, line and column. [`StoreError::Replaced`] where another
    /// snapshot has taken the place of this one.
    pub fn table(&self, logical_name: &str) -> Result<Option<&Table>, StoreError> {
        let Some(i) = self.position(logical_name) else { return Ok(None) };
        let (Some(entry), Some(cell)) = (self.tables.get(i), self.table_cells.get(i)) else {
            return Ok(None);
        };
        if let Some(table) = cell.get() {
            return Ok(Some(table));
        }
        // Two threads may both read; the first one's value stays, and both are equal.
        let table = read::table(&self.source, entry)?;
        Ok(Some(cell.get_or_init(|| table)))
    }

    /// The global choice with this name, `None` where the snapshot has none. Reads its file the first time.
    ///
    /// # Errors
    /// As for [`table`](Self::table).
    pub fn choice(&self, name: &str) -> Result<Option<&Choice>, StoreError> {
        let Ok(i) = self.choices.binary_search_by(|c| c.name.as_str().cmp(name)) else { return Ok(None) };
        let (Some(entry), Some(cell)) = (self.choices.get(i), self.choice_cells.get(i)) else {
            return Ok(None);
        };
        if let Some(choice) = cell.get() {
            return Ok(Some(choice));
        }
        let choice = read::choice(&self.source, entry)?;
        Ok(Some(cell.get_or_init(|| choice)))
    }

    /// Does the snapshot know the organisation's operations? Reads no file.
    #[must_use]
    pub fn has_operations(&self) -> bool {
        self.has_operations
    }

    /// The actions and functions, in order; none where the snapshot has none. Reads their file the first time.
    ///
    /// # Errors
    /// As for [`table`](Self::table).
    pub fn operations(&self) -> Result<&[Operation], StoreError> {
        if !self.has_operations {
            return Ok(&[]);
        }
        if let Some(operations) = self.operations.get() {
            return Ok(operations);
        }
        let operations = read::operations(&self.source)?;
        Ok(self.operations.get_or_init(|| operations))
    }

    /// The files that have been read so far, the index first: what a build that asked this store depends on. Empty
    /// where nothing comes from a folder.
    #[must_use]
    pub fn files_read(&self) -> Vec<PathBuf> {
        if !matches!(self.source, Source::Directory(_)) {
            return Vec::new();
        }
        let tables = self.tables.iter().zip(&self.table_cells).filter(|(_, cell)| cell.get().is_some());
        let choices = self.choices.iter().zip(&self.choice_cells).filter(|(_, cell)| cell.get().is_some());
        std::iter::once(read::ORG.to_owned())
            .chain(tables.map(|(entry, _)| read::table_file(entry)))
            .chain(choices.map(|(entry, _)| read::choice_file(entry)))
            .chain(self.operations.get().map(|_| read::OPERATIONS.to_owned()))
            .map(|relative| self.source.path(&relative))
            .collect()
    }

    /// Everything: reads every file that has not been read yet. Where the snapshot is replaced meanwhile, it is the new
    /// one, whole.
    ///
    /// # Errors
    /// As for [`table`](Self::table), for the first file that fails.
    pub fn load(&self) -> Result<Schema, StoreError> {
        match (self.load_this(), &self.source) {
            (Err(StoreError::Replaced { .. }), Source::Directory(folder)) => {
                retry(|| Self::open(folder.dir())?.load_this())
            }
            (loaded, _) => loaded,
        }
    }

    fn load_this(&self) -> Result<Schema, StoreError> {
        let mut schema = Schema { org: self.org.clone(), ..Schema::default() };
        for entry in &self.tables {
            if let Some(table) = self.table(&entry.logical_name)? {
                schema.tables.insert(entry.logical_name.clone(), table.clone());
            }
        }
        for entry in &self.choices {
            if let Some(choice) = self.choice(&entry.name)? {
                schema.choices.insert(entry.name.clone(), choice.clone());
            }
        }
        schema.operations = self.operations()?.to_vec();
        Ok(schema)
    }
}

#[cfg(test)]
mod tests;
