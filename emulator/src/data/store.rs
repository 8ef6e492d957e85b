//! The rows of the organisation, in SQLite.
//!
//! Tables are created when they are first used, so an organisation with hundreds of tables starts quickly. All
//! requests share one connection. A request that writes is one transaction, so that a failed request changes
//! nothing, and an answered one survives the end of the process if the rows are in a file.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dvkit_execute::sqlite::{StorageClass, TableLayout};
use dvkit_schema::{Store, Table};
use rusqlite::Connection;

use super::connection::{self, WorkBudget};
use super::service_error::ServiceError;
use crate::identity::KnownCallers;

/// The name of the column with the version of a row. No column of an organisation can have this name.
pub(crate) const VERSION: &str = "*version";

/// The columns of every table that are not in the snapshot, for the SQL of queries.
pub(crate) const ROW_COLUMNS: &[(&str, StorageClass)] = &[(VERSION, StorageClass::Integer)];

/// The number that marks a file as rows of this emulator (`PRAGMA application_id`): `dvkt` in ASCII.
const APPLICATION_ID: i32 = 0x6476_6b74;

/// The format of the file (`PRAGMA user_version`).
const FORMAT: i32 = 1;

/// The version of the first row that is written. Versions of the service are large numbers, too.
const FIRST_VERSION: i64 = 1_000_000;

/// The rows of the organisation. Threads share them.
pub(crate) struct RowStore(Mutex<Rows>);

impl fmt::Debug for RowStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowStore").finish_non_exhaustive()
    }
}

/// The rows of the organisation, for the one thread that uses them at a time.
pub(crate) struct Rows {
    pub(super) connection: Connection,
    /// The layouts of the tables that exist, with the number of the organisation's state that they are for.
    layouts: RefCell<HashMap<String, (u64, Arc<TableLayout>)>>,
    /// The last version that a row got.
    version: Cell<i64>,
    budget: WorkBudget,
    /// The number of the organisation's state that the derived rows of system tables belong to.
    pub(super) derived: Cell<Option<u64>>,
    /// The callers whose rows are known to exist.
    pub(super) callers: RefCell<KnownCallers>,
}

/// The reason why the rows in a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RowStoreError {
    /// The file is a database of another program, or of another version of the emulator.
    #[error("{0}")]
    Foreign(String),
    /// The organisation does not have a table or a column, or a value does not fit its column.
    #[error("{0}")]
    Invalid(String),
    /// SQLite refused the file, for example because it is damaged or another program uses it.
    #[error("the file with the rows cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl RowStore {
    /// Opens the rows in the file `path`, which is created if it does not exist. Without a path the rows are
    /// in memory.
    ///
    /// # Errors
    /// Returns an error if the file is not a database of the emulator, is damaged, or is used by another
    /// process. Nothing is written to the file then.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, RowStoreError> {
        let budget = WorkBudget::default();
        let connection = connection::open(path, budget.clone())?;
        if path.is_some() {
            // Fails at once if another process uses the file.
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        }
        prepare(&connection, path.is_some())?;
        if path.is_some() {
            // The file does not keep this setting, unlike that of its journal.
            connection.pragma_update(None, "synchronous", "NORMAL")?;
        }
        let version =
            connection.query_row("SELECT value FROM \"*meta\" WHERE name = 'version'", [], |row| {
                row.get::<_, i64>(0)
            })?;
        Ok(Self(Mutex::new(Rows {
            connection,
            layouts: RefCell::default(),
            version: Cell::new(version),
            budget,
            derived: Cell::new(None),
            callers: RefCell::default(),
        })))
    }

    /// Locks the rows for one thread, which executes one request. The request gets a new budget of work.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Rows> {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.budget.renew();
        rows
    }

    /// Locks the rows for one thread as [`lock`](Self::lock) does, for a request that may do the work that `work`
    /// has left. What it does is taken from `work`.
    pub(crate) fn lock_within<'a>(&'a self, work: &'a WorkBudget) -> RowsOfBatch<'a> {
        let rows = self.lock();
        rows.budget.take_over(work);
        RowsOfBatch { rows, work }
    }
}

/// The rows while they are locked for one request of a batch. When it is dropped, the budget of the batch has what
/// the request left of it.
pub(crate) struct RowsOfBatch<'a> {
    rows: MutexGuard<'a, Rows>,
    work: &'a WorkBudget,
}

impl Deref for RowsOfBatch<'_> {
    type Target = Rows;

    fn deref(&self) -> &Rows {
        &self.rows
    }
}

impl Drop for RowsOfBatch<'_> {
    fn drop(&mut self) {
        self.work.take_over(&self.rows.budget);
    }
}

/// Checks that the database is empty or has the emulator's format, and creates its own tables in an empty one.
fn prepare(connection: &Connection, in_file: bool) -> Result<(), RowStoreError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let (id, format) = (number("application_id")?, number("user_version")?);
    match (tables, id, format) {
        (0, 0, 0) => {}
        (_, APPLICATION_ID, FORMAT) => {
            let state: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
            return match state.as_str() {
                "ok" => Ok(()),
                _ => Err(RowStoreError::Foreign(format!("the file with the rows is damaged: {state}"))),
            };
        }
        (_, APPLICATION_ID, other) => {
            return Err(RowStoreError::Foreign(format!(
                "the file with the rows has format {other}, and this version of the emulator reads format {FORMAT}"
            )));
        }
        _ => {
            return Err(RowStoreError::Foreign(
                "the file is a database of another program; name a new file for the rows".to_owned(),
            ));
        }
    }
    if in_file {
        connection.pragma_update(None, "journal_mode", "WAL")?;
    }
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE;
         CREATE TABLE \"*meta\" (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
         INSERT INTO \"*meta\" VALUES ('version', {FIRST_VERSION});
         CREATE TABLE \"*deleted\" (version INTEGER PRIMARY KEY, entity TEXT NOT NULL, id TEXT NOT NULL) STRICT;
         PRAGMA application_id = {APPLICATION_ID};
         PRAGMA user_version = {FORMAT};
         COMMIT;"
    ))?;
    Ok(())
}

/// Returns the SQL that inserts a row with these columns, whose values are its parameters. `insert` is `INSERT`,
/// or `INSERT OR IGNORE` for a row that may exist.
pub(crate) fn insert_sql<'c>(insert: &str, table: &str, columns: impl Iterator<Item = &'c str>) -> String {
    let columns: Vec<String> = columns.map(quoted).collect();
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
    format!("{insert} INTO {} ({}) VALUES ({})", quoted(table), columns.join(", "), places.join(", "))
}

/// A name in double quotes, for SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\0', "").replace('"', "\"\""))
}

impl Rows {
    /// Runs `work` as one transaction: all that it writes is kept if it succeeds, and nothing if it fails.
    ///
    /// # Errors
    /// Returns the error of `work`, or that of SQLite.
    pub(crate) fn transaction<T>(
        &self,
        work: impl FnOnce() -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let guard = Rollback { rows: self, version: self.version.get() };
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let result = work()?;
        if self.version.get() != guard.version {
            self.connection
                .prepare_cached("UPDATE \"*meta\" SET value = ?1 WHERE name = 'version'")?
                .execute([self.version.get()])?;
        }
        self.connection.execute_batch("COMMIT")?;
        std::mem::forget(guard);
        Ok(result)
    }

    /// Returns the next version, which is higher than all versions so far.
    pub(crate) fn next_version(&self) -> i64 {
        self.version.set(self.version.get() + 1);
        self.version.get()
    }

    /// Returns the last version that a row got.
    pub(crate) fn last_version(&self) -> i64 {
        self.version.get()
    }

    /// Returns the size of the database in bytes.
    ///
    /// # Errors
    /// Returns an error if SQLite fails.
    pub(super) fn size(&self) -> rusqlite::Result<i64> {
        let number = |name: &str| self.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        Ok(number("page_count")?.saturating_mul(number("page_size")?))
    }

    /// Copies the whole database into memory.
    ///
    /// # Errors
    /// Returns an error if SQLite fails.
    pub(super) fn copy(&self) -> rusqlite::Result<Connection> {
        let mut copy = Connection::open_in_memory()?;
        copied(&self.connection, &mut copy)?;
        copy.execute("UPDATE \"*meta\" SET value = ?1 WHERE name = 'version'", [self.version.get()])?;
        Ok(copy)
    }

    /// Replaces the whole database by a copy. Versions go on rising, so that the ETag of a row is never that of
    /// another state of it.
    ///
    /// # Errors
    /// Returns an error if SQLite fails.
    pub(super) fn restore(&mut self, copy: &Connection) -> rusqlite::Result<()> {
        copied(copy, &mut self.connection)?;
        self.connection
            .execute("UPDATE \"*meta\" SET value = ?1 WHERE name = 'version'", [self.version.get()])?;
        self.layouts.borrow_mut().clear();
        self.callers.borrow_mut().clear();
        self.derived.set(None);
        Ok(())
    }

    /// Returns the layout of a table of `store`, after making sure that the table exists with all its
    /// columns. `state` is the number of the organisation's state that `store` belongs to. `None` if `store`
    /// does not have the table.
    ///
    /// # Errors
    /// Returns an error if the table cannot be created or changed.
    pub(crate) fn layout(
        &self,
        store: &Store,
        state: u64,
        table: &str,
    ) -> Result<Option<Arc<TableLayout>>, ServiceError> {
        if let Some((number, layout)) = self.layouts.borrow().get(table)
            && *number == state
        {
            return Ok(Some(Arc::clone(layout)));
        }
        let Some(known) = store.table(table)? else { return Ok(None) };
        let layout = TableLayout::for_table(known);
        self.create(&layout, Some(known))?;
        let layout = Arc::new(layout);
        self.layouts.borrow_mut().insert(table.to_owned(), (state, Arc::clone(&layout)));
        Ok(Some(layout))
    }

    /// Makes sure that the tables of these layouts exist, among them intersect tables that the snapshot does
    /// not describe.
    ///
    /// # Errors
    /// Returns an error if a table cannot be created or changed.
    pub(crate) fn ensure(
        &self,
        store: &Store,
        state: u64,
        layouts: &[TableLayout],
    ) -> Result<(), ServiceError> {
        for layout in layouts {
            if self.layout(store, state, &layout.name)?.is_none() {
                self.create(layout, None)?;
                let layout_of_state = (state, Arc::new(layout.clone()));
                self.layouts.borrow_mut().insert(layout.name.clone(), layout_of_state);
            }
        }
        Ok(())
    }

    /// Creates a table, or adds the columns and indexes that an existing one does not have.
    fn create(&self, layout: &TableLayout, table: Option<&Table>) -> Result<(), ServiceError> {
        let mut existing = Vec::new();
        let mut columns = self.connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
        let mut rows = columns.query([&layout.name])?;
        while let Some(row) = rows.next()? {
            existing.push(row.get::<_, String>(0)?);
        }
        if existing.is_empty() {
            for statement in layout.create() {
                self.connection.execute(&statement, [])?;
            }
            let add = format!(
                "ALTER TABLE {} ADD COLUMN {} INTEGER NOT NULL DEFAULT 0",
                quoted(&layout.name),
                quoted(VERSION)
            );
            self.connection.execute(&add, [])?;
        } else {
            let known = |name: &String| existing.contains(name);
            for statement in layout.add_columns(&known) {
                self.connection.execute(&statement, [])?;
            }
        }
        for key in table.into_iter().flat_map(|t| &t.keys) {
            let is_active = key.status.as_deref().is_none_or(|status| status == "Active");
            if !is_active || key.columns.iter().any(|c| layout.kind(c).is_none()) || key.columns.is_empty() {
                continue;
            }
            let columns: Vec<String> = key.columns.iter().map(|c| quoted(c)).collect();
            let create = format!(
                "CREATE UNIQUE INDEX IF NOT EXISTS {} ON {} ({})",
                quoted(&format!("{}*key.{}", layout.name, key.name)),
                quoted(&layout.name),
                columns.join(", ")
            );
            self.connection.execute(&create, [])?;
        }
        Ok(())
    }
}

/// Copies a database into another one, all at once.
fn copied(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    let backup = rusqlite::backup::Backup::new(from, to)?;
    backup.step(-1).map(|_| ())
}

/// A guard that rolls a transaction back when it is dropped, also if the thread panics.
struct Rollback<'a> {
    rows: &'a Rows,
    /// The version before the transaction.
    version: i64,
}

impl Drop for Rollback<'_> {
    fn drop(&mut self) {
        // There is no transaction if SQLite has rolled it back itself.
        let _ = self.rows.connection.execute_batch("ROLLBACK");
        self.rows.version.set(self.version);
        // Tables that the transaction created are gone.
        self.rows.layouts.borrow_mut().clear();
        self.rows.derived.set(None);
        self.rows.callers.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests;
