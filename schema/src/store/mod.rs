//! Reads and writes snapshots. A snapshot is a schema in a directory, written as a whole and read one table
//! at a time.
//!
//! ```text
//! schema/org.json             format version, the organisation, and the index: one table a line
//! schema/tables/account.json  one column a line, one relationship a line
//! schema/choices/<name>.json  a global choice, one option a line
//! schema/operations.json      actions and functions, one a line, if a source listed them
//! schema/sync.json            not part of the snapshot: the state of the last fetch
//! ```
//!
//! The files are meant to be committed: they are sorted, end their lines with LF, contain nothing that
//! changes from run to run, and are equal byte for byte for equal schemas. `Store::open` reads `org.json`
//! only. [`Store::table`] reads the file of a table on the first call for this table, and only
//! [`Store::operations`] reads the file of the operations. `write` and `SnapshotWriter` write snapshots.

#[cfg(feature = "fs")]
mod contents;
mod error;
#[cfg(feature = "fs")]
mod folder;
mod format;
mod index;
#[cfg(feature = "fs")]
mod layout;
mod names;
#[cfg(feature = "fs")]
mod paths;
mod read;
mod source;
#[cfg(feature = "fs")]
mod swap;
#[cfg(feature = "fs")]
mod sync;
#[cfg(feature = "fs")]
mod write;

pub use error::StoreError;
pub use format::{FORMAT_VERSION, MAX_FILE_BYTES};
pub use index::TableEntry;
#[cfg(feature = "fs")]
pub use sync::SyncState;
#[cfg(feature = "fs")]
pub use write::{SnapshotWriter, WriteSummary, discard, write};

use std::collections::HashMap;
#[cfg(feature = "fs")]
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::{Choice, LocalizedText, Operation, Org, Schema, Table};
#[cfg(feature = "fs")]
use folder::retry;
#[cfg(feature = "fs")]
use format::{OPERATIONS, ORG};
use index::ChoiceEntry;
use source::Source;

/// A snapshot, read lazily: the index is read at once, and the file of a table when the table is first
/// requested.
///
/// A store can be shared between threads.
///
/// ```
/// use dvkit_schema::{Schema, Store, Table};
///
/// let table = Table { logical_name: "account".into(), entity_set: Some("accounts".into()), ..Table::default() };
/// let store = Store::from_schema(Schema { tables: [("account".into(), table)].into(), ..Schema::default() });
/// assert_eq!(store.table_by_entity_set("accounts").unwrap().logical_name, "account");
/// assert!(store.table("account").unwrap().is_some_and(|table| table.columns.is_empty()));
/// assert!(store.table("contact").unwrap().is_none());
/// ```
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
    /// The schema that the store shares with its owner; its tables and choices are not in the cells.
    shared: Option<Arc<Schema>>,
}

impl Store {
    /// Opens the snapshot in the directory `dir`. Only `org.json` is read.
    ///
    /// # Errors
    /// Returns an error if there is no snapshot in `dir`, if it has a newer format, or if `org.json` is
    /// damaged.
    #[cfg(feature = "fs")]
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, StoreError> {
        retry(|| Self::from_source(Source::directory(dir.as_ref())))
    }

    /// Returns a store over texts that are part of the program, usually embedded with `include_str!`. Each
    /// item is a relative path (`org.json`, `tables/account.json`) and the text of the file.
    ///
    /// # Errors
    /// Returns an error if `org.json` is missing or damaged, or has a newer format.
    pub fn from_files(files: &'static [(&'static str, &'static str)]) -> Result<Self, StoreError> {
        Self::from_source(Source::Embedded(files))
    }

    /// Returns a store over texts in memory, for programs without a file system such as a page in a browser.
    /// Each item is a relative path (`org.json`, `tables/account.json`) and the text of the file.
    ///
    /// # Errors
    /// Returns an error if `org.json` is missing or damaged, or has a newer format.
    pub fn from_texts(texts: impl IntoIterator<Item = (String, String)>) -> Result<Self, StoreError> {
        Self::from_source(Source::Texts(texts.into_iter().collect()))
    }

    /// Returns a store over a schema in memory. Reads from this store never fail.
    #[must_use]
    pub fn from_schema(mut schema: Schema) -> Self {
        schema.sort();
        let tables: Vec<_> = schema.tables.values().map(TableEntry::of).collect();
        let choices: Vec<_> = schema.choices.keys().map(|name| ChoiceEntry::of(name)).collect();
        let has_operations = !schema.operations.is_empty();
        let mut store = Self::new(schema.org, Source::Model, tables, choices, has_operations);
        store.operations = OnceLock::from(schema.operations);
        store.table_cells = schema.tables.into_values().map(OnceLock::from).collect();
        store.choice_cells = schema.choices.into_values().map(OnceLock::from).collect();
        store
    }

    /// Returns a store over a schema that others use as well, so that it is in memory once. `further` are
    /// tables that the store has in addition; a table that the schema describes is not replaced. The schema has to
    /// be sorted ([`Schema::sort`]). Reads from this store never fail.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use dvkit_schema::{Schema, Store, Table};
    ///
    /// let account = Table { logical_name: "account".into(), ..Table::default() };
    /// let schema = Arc::new(Schema { tables: [("account".into(), account)].into(), ..Schema::default() });
    /// let role = Table { logical_name: "role".into(), ..Table::default() };
    /// let store = Store::from_shared(Arc::clone(&schema), vec![role]);
    /// assert!(store.table("account").unwrap().is_some() && store.table("role").unwrap().is_some());
    /// ```
    #[must_use]
    pub fn from_shared(schema: Arc<Schema>, further: Vec<Table>) -> Self {
        let mut tables: Vec<(TableEntry, Option<Table>)> =
            Vec::with_capacity(schema.tables.len() + further.len());
        for mut table in further {
            if schema.tables.get(&table.logical_name).is_none_or(Table::is_reference_only) {
                table.sort();
                tables.push((TableEntry::of(&table), Some(table)));
            }
        }
        tables.extend(schema.tables.values().map(|table| (TableEntry::of(table), None)));
        // Of two entries with one name the first stays, which is that of the further table.
        tables.sort_by(|(a, _), (b, _)| a.logical_name.cmp(&b.logical_name));
        tables.dedup_by(|(a, _), (b, _)| a.logical_name == b.logical_name);
        let (entries, cells): (Vec<_>, Vec<_>) = tables.into_iter().unzip();
        let choices: Vec<_> = schema.choices.keys().map(|name| ChoiceEntry::of(name)).collect();
        let has_operations = !schema.operations.is_empty();
        let mut store = Self::new(schema.org.clone(), Source::Model, entries, choices, has_operations);
        store.table_cells =
            cells.into_iter().map(|own| own.map_or_else(OnceLock::new, OnceLock::from)).collect();
        store.shared = Some(schema);
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
            shared: None,
        }
    }

    /// Returns the facts about the organisation.
    #[must_use]
    pub fn org(&self) -> &Org {
        &self.org
    }

    /// Returns the text of a label in the organisation's base language ([`Org::language`]). If the label has
    /// no text in this language, returns the English text, or else the text in the language with the lowest
    /// code; `None` if the label has no text at all.
    #[must_use]
    pub fn text<'l>(&self, label: &'l LocalizedText) -> Option<&'l str> {
        label.best(self.org.language())
    }

    /// Returns the index's entries for all tables, by ascending logical name.
    pub fn tables(&self) -> impl Iterator<Item = &TableEntry> {
        self.tables.iter()
    }

    /// Returns whether all tables of the snapshot are partial ([`Table::partial`]). The organisation may then
    /// have tables that the snapshot does not list.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.tables.is_empty() && self.tables.iter().all(|t| t.partial)
    }

    /// Returns the names of the global choices, in ascending order.
    pub fn choices(&self) -> impl Iterator<Item = &str> {
        self.choices.iter().map(|c| c.name.as_str())
    }

    fn position(&self, logical_name: &str) -> Option<usize> {
        self.tables.binary_search_by(|t| t.logical_name.as_str().cmp(logical_name)).ok()
    }

    /// Returns the index's entry for the table with this logical name; `None` if the snapshot does not have
    /// the table. No file is read.
    #[must_use]
    pub fn entry(&self, logical_name: &str) -> Option<&TableEntry> {
        self.tables.get(self.position(logical_name)?)
    }

    /// Returns the index's entry for the table with this entity set (`accounts`, case-sensitive); `None` if
    /// the snapshot does not have the table. No file is read.
    #[must_use]
    pub fn table_by_entity_set(&self, entity_set: &str) -> Option<&TableEntry> {
        self.tables.get(*self.by_set.get(entity_set)?)
    }

    /// Returns the table with this logical name; `None` if the snapshot does not have the table. The table's
    /// file is read on the first call.
    ///
    /// # Errors
    /// Returns an error if the file of the table is missing or damaged; the error for a damaged file gives
    /// file, line and column. Returns [`StoreError::Replaced`] if another snapshot has replaced this one.
    pub fn table(&self, logical_name: &str) -> Result<Option<&Table>, StoreError> {
        let Some(i) = self.position(logical_name) else { return Ok(None) };
        let (Some(entry), Some(cell)) = (self.tables.get(i), self.table_cells.get(i)) else {
            return Ok(None);
        };
        if let Some(table) = cell.get() {
            return Ok(Some(table));
        }
        if let Some(schema) = &self.shared {
            return Ok(schema.tables.get(logical_name));
        }
        // Two threads may both read the file. The first one's value is kept; both are equal.
        let table = read::table(&self.source, entry)?;
        Ok(Some(cell.get_or_init(|| table)))
    }

    /// Returns the global choice with this name; `None` if the snapshot does not have the choice. The
    /// choice's file is read on the first call.
    ///
    /// # Errors
    /// Returns the errors of [`table`](Self::table), for the file of the choice.
    pub fn choice(&self, name: &str) -> Result<Option<&Choice>, StoreError> {
        if let Some(schema) = &self.shared {
            return Ok(schema.choices.get(name));
        }
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

    /// Returns whether the snapshot has the organisation's operations. No file is read.
    #[must_use]
    pub fn has_operations(&self) -> bool {
        self.has_operations
    }

    /// Returns the actions and functions, sorted; empty if the snapshot has none. The file of the operations
    /// is read on the first call.
    ///
    /// # Errors
    /// Returns the errors of [`table`](Self::table), for the file of the operations.
    pub fn operations(&self) -> Result<&[Operation], StoreError> {
        if !self.has_operations {
            return Ok(&[]);
        }
        if let Some(schema) = &self.shared {
            return Ok(&schema.operations);
        }
        if let Some(operations) = self.operations.get() {
            return Ok(operations);
        }
        let operations = read::operations(&self.source)?;
        Ok(self.operations.get_or_init(|| operations))
    }

    /// Returns the paths of the files that were read so far, with `org.json` first. Build scripts use them to
    /// rebuild when one of the files changes. The result is empty if the store does not read from a
    /// directory.
    #[cfg(feature = "fs")]
    #[must_use]
    pub fn files_read(&self) -> Vec<PathBuf> {
        if !matches!(self.source, Source::Directory(_)) {
            return Vec::new();
        }
        let tables = self.tables.iter().zip(&self.table_cells).filter(|(_, cell)| cell.get().is_some());
        let choices = self.choices.iter().zip(&self.choice_cells).filter(|(_, cell)| cell.get().is_some());
        std::iter::once(ORG.to_owned())
            .chain(tables.map(|(entry, _)| read::table_file(entry)))
            .chain(choices.map(|(entry, _)| read::choice_file(entry)))
            .chain(self.operations.get().map(|_| OPERATIONS.to_owned()))
            .map(|relative| self.source.path(&relative))
            .collect()
    }

    /// Returns the path of the file of the table with this logical name. The file is not read. Returns `None` if
    /// the snapshot does not have the table, or if the store does not read from a directory.
    #[cfg(feature = "fs")]
    #[must_use]
    pub fn table_file(&self, logical_name: &str) -> Option<PathBuf> {
        let Source::Directory(_) = self.source else { return None };
        Some(self.source.path(&read::table_file(self.entry(logical_name)?)))
    }

    /// Returns the path of the file of the global choice with this name. The file is not read. Returns `None` if
    /// the snapshot does not have the choice, or if the store does not read from a directory.
    #[cfg(feature = "fs")]
    #[must_use]
    pub fn choice_file(&self, name: &str) -> Option<PathBuf> {
        let Source::Directory(_) = self.source else { return None };
        let entry = self.choices.iter().find(|entry| entry.name == name)?;
        Some(self.source.path(&read::choice_file(entry)))
    }

    /// Returns the whole schema. Reads every file that was not read yet. If another snapshot has replaced
    /// this one meanwhile, returns the schema of the new snapshot.
    ///
    /// # Errors
    /// Returns the errors of [`table`](Self::table), for the first file that cannot be read.
    pub fn load(&self) -> Result<Schema, StoreError> {
        match (self.load_this(), &self.source) {
            #[cfg(feature = "fs")]
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

#[cfg(feature = "fs")]
#[cfg(test)]
mod tests;
