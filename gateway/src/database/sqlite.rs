//! The database of a gateway that runs in one process, or in several on one machine: a file of SQLite.
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dvkit_client::auth::BoxFuture;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, TransactionBehavior, params_from_iter};

use super::migrations::{MIGRATIONS, statements};
use super::{Database, DatabaseError, Result, Row, Statement, Value};

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);

/// The expression for the database's clock, in milliseconds since 1970.
const NOW: &str = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

/// A file of SQLite. Statements run on threads for blocking calls, one at a time.
#[derive(Clone)]
pub struct Sqlite(Arc<Mutex<Connection>>);

impl Sqlite {
    /// Opens the file `path`, which is created if it does not exist, and applies the migrations.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened, or was written by a later version.
    pub async fn open(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        run(move || Self::with(Connection::open(path).map_err(failed)?)).await
    }

    /// Creates a database in memory, for tests.
    ///
    /// # Errors
    /// Returns an error if SQLite fails.
    pub async fn in_memory() -> Result<Self> {
        run(|| Self::with(Connection::open_in_memory().map_err(failed)?)).await
    }

    fn with(mut connection: Connection) -> Result<Self> {
        connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
            .map_err(failed)?;
        migrate(&mut connection)?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Runs `act` with the connection, on a thread for blocking calls.
    fn with_connection<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> BoxFuture<'_, Result<T>> {
        let shared = Arc::clone(&self.0);
        Box::pin(run(move || act(&mut lock(&shared))))
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sqlite")
    }
}

/// Applies the migrations that the database does not have yet.
fn migrate(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let applied: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    let applied = usize::try_from(applied).unwrap_or_default();
    if applied > MIGRATIONS.len() {
        return Err(DatabaseError::new("it was written by a later version of dvkit", false));
    }
    for migration in &MIGRATIONS[applied..] {
        for statement in statements(migration, "BLOB") {
            transaction.execute_batch(&statement).map_err(failed)?;
        }
    }
    transaction.execute_batch(&format!("PRAGMA user_version = {}", MIGRATIONS.len())).map_err(failed)?;
    transaction.commit().map_err(failed)
}

fn lock(shared: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    // A transaction that a panic interrupted was rolled back.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a function on a thread for blocking calls.
async fn run<T: Send + 'static>(act: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let ended = tokio::task::spawn_blocking(act).await;
    ended.unwrap_or_else(|_| Err(DatabaseError::new("a statement was abandoned", false)))
}

fn failed(error: rusqlite::Error) -> DatabaseError {
    let busy = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull)
    );
    // Messages of SQLite name tables and columns, never values.
    DatabaseError::new(error.to_string(), busy)
}

fn rendered(sql: &str) -> String {
    sql.replace("{now}", NOW).replace("{skip_locked}", "").replace('$', "?")
}

fn parameter(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Int(number) => rusqlite::types::Value::Integer(*number),
        Value::Text(text) => rusqlite::types::Value::Text(text.clone()),
        Value::Bytes(bytes) => rusqlite::types::Value::Blob(bytes.clone()),
    }
}

fn execute(connection: &Connection, statement: &Statement) -> Result<u64> {
    let mut prepared = connection.prepare_cached(&rendered(&statement.sql)).map_err(failed)?;
    let params = params_from_iter(statement.params.iter().map(parameter));
    let changed = prepared.execute(params).map_err(failed)?;
    Ok(changed as u64)
}

fn query(connection: &Connection, statement: &Statement) -> Result<Vec<Row>> {
    let mut prepared = connection.prepare_cached(&rendered(&statement.sql)).map_err(failed)?;
    let columns = prepared.column_count();
    let mut found =
        prepared.query(params_from_iter(statement.params.iter().map(parameter))).map_err(failed)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(failed)? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(match row.get_ref(column).map_err(failed)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Int(number),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
                ValueRef::Real(_) => return Err(DatabaseError::decode(column)),
            });
        }
        rows.push(Row(values));
    }
    Ok(rows)
}

impl Database for Sqlite {
    fn query(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<Row>>> {
        self.with_connection(move |connection| query(connection, &statement))
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64>> {
        self.with_connection(move |connection| execute(connection, &statement))
    }

    fn transaction(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<bool>> {
        self.with_connection(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
            for statement in &statements {
                let changed = execute(&transaction, statement)?;
                if statement.expected.is_some_and(|expected| expected != changed) {
                    return Ok(false);
                }
            }
            transaction.commit().map_err(failed)?;
            Ok(true)
        })
    }

    fn kind(&self) -> &'static str {
        "SQLite"
    }
}
