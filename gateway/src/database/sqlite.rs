//! The database of a gateway that runs in one process, or in several on one machine: a file of SQLite.
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use dvkit_client::auth::BoxFuture;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, TransactionBehavior, params_from_iter};
use tokio::sync::oneshot;

use super::migrations::{MIGRATIONS, statements};
use super::{Database, DatabaseError, Result, Row, Statement, Value};

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);

/// The maximum number of connections for brief statements: one for each core, up to this many.
const MAX_BRIEF: usize = 16;

/// The expression for the database's clock, in milliseconds since 1970.
const NOW: &str = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

/// A file of SQLite.
///
/// Statements that only read have a connection of their own, so that a request that is checked does not wait for a write to
/// reach the disk. Brief ones are run on the thread that asks, as each takes some microseconds: on a machine that is busy, a
/// request would wait for its turn twice for each of them.
#[derive(Clone)]
pub struct Sqlite {
    writer: ConnectionThread,
    reader: ConnectionThread,
    brief: Arc<[Mutex<Connection>]>,
}

impl Sqlite {
    /// Opens the file `path`, which is created if it does not exist, and applies the migrations.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened, or was written by a later version.
    pub async fn open(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            let mut connection = connected(Connection::open(&path))?;
            migrate(&mut connection)?;
            let threads = thread::available_parallelism().map_or(1, usize::from);
            let brief = (0..threads.min(MAX_BRIEF)).map(|_| {
                let brief = only_reading(&path)?;
                // It never waits: what it cannot read at once, the other one does.
                brief.busy_timeout(Duration::ZERO).map_err(failed)?;
                Ok(Mutex::new(brief))
            });
            Ok(Self {
                brief: brief.collect::<Result<_>>()?,
                reader: ConnectionThread::start(only_reading(&path)?)?,
                writer: ConnectionThread::start(connection)?,
            })
        });
        opened.await.unwrap_or_else(|_| Err(abandoned()))
    }

    /// Creates a database in memory, for tests.
    ///
    /// # Errors
    /// Returns an error if SQLite fails.
    pub async fn in_memory() -> Result<Self> {
        // Another connection would have another database.
        let mut connection = connected(Connection::open_in_memory())?;
        migrate(&mut connection)?;
        let writer = ConnectionThread::start(connection)?;
        Ok(Self { reader: writer.clone(), writer, brief: Arc::default() })
    }

    /// Runs a brief statement on this thread. Returns `None` if that has to be done by the thread for reads, because all
    /// connections for it are in use, or because it failed.
    fn look_up(&self, statement: &Statement) -> Option<Vec<Row>> {
        let free = self.brief.iter().find_map(|connection| connection.try_lock().ok())?;
        query(&free, statement).ok()
    }
}

/// Opens a connection to an existing file that cannot write.
fn only_reading(path: &Path) -> Result<Connection> {
    let reader = connected(Connection::open(path))?;
    reader.pragma_update(None, "query_only", true).map_err(failed)?;
    Ok(reader)
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sqlite")
    }
}

/// Sets a connection up that was just opened.
fn connected(opened: rusqlite::Result<Connection>) -> Result<Connection> {
    let connection = opened.map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
        .map_err(failed)?;
    // A statement keeps its plan, instead of being prepared again for other values.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// What a connection is asked to do.
type Act = Box<dyn FnOnce(&mut Connection) + Send>;

/// A connection on a thread of its own, which does what it is asked for in turn. Statements take microseconds: many threads that
/// wait for one connection would take longer to wake up than all their statements take. The thread ends when nobody can ask
/// it any more.
#[derive(Clone)]
struct ConnectionThread(mpsc::Sender<Act>);

impl ConnectionThread {
    fn start(mut connection: Connection) -> Result<Self> {
        let (sender, asked) = mpsc::channel::<Act>();
        let serve = move || {
            for act in asked {
                // A transaction that a panic interrupts is rolled back, and whoever waits for it is told.
                let _ = panic::catch_unwind(AssertUnwindSafe(|| act(&mut connection)));
            }
        };
        let started = thread::Builder::new().name("gateway-sqlite".to_owned()).spawn(serve);
        started.map_err(|error| DatabaseError::new(format!("no thread can be started: {error}"), true))?;
        Ok(Self(sender))
    }

    /// Runs `act` on the thread. It is run even if nobody waits for it any more.
    async fn run<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, done) = oneshot::channel();
        let act = move |connection: &mut Connection| drop(sender.send(act(connection)));
        self.0.send(Box::new(act)).map_err(|_| abandoned())?;
        done.await.unwrap_or_else(|_| Err(abandoned()))
    }
}

/// Returns the error for a statement whose thread was interrupted.
fn abandoned() -> DatabaseError {
    DatabaseError::new("a statement was abandoned", false)
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
    #[cfg(test)]
    tests::require_index(connection, statement)?;
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
        Box::pin(async move {
            if statement.is_brief
                && let Some(rows) = self.look_up(&statement)
            {
                return Ok(rows);
            }
            let only_reads = statement.sql.trim_start().starts_with("SELECT");
            let connection = if only_reads { &self.reader } else { &self.writer };
            connection.run(move |connection| query(connection, &statement)).await
        })
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64>> {
        Box::pin(self.writer.run(move |connection| execute(connection, &statement)))
    }

    fn transaction(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<bool>> {
        Box::pin(self.writer.run(move |connection| {
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
        }))
    }

    fn kind(&self) -> &'static str {
        "SQLite"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn count(sqlite: &Sqlite) -> i64 {
        let rows = sqlite.query(Statement::new("SELECT count(*) FROM leases", vec![])).await.unwrap();
        rows[0].int(0).unwrap()
    }

    fn lease(name: &str) -> Statement {
        let sql = "INSERT INTO leases (name, holder, expires_at) VALUES ($1, 'h', 1)";
        Statement::new(sql, vec![name.into()])
    }

    #[tokio::test]
    async fn what_was_written_is_read_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = Sqlite::open(&folder.path().join("gateway.db")).await.unwrap();
        for sqlite in [file, Sqlite::in_memory().await.unwrap()] {
            for n in 1..=20 {
                assert_eq!(sqlite.execute(lease(&n.to_string())).await.unwrap(), 1);
                assert_eq!(count(&sqlite).await, n);
            }
            let returning = Statement::new("DELETE FROM leases WHERE name = '7' RETURNING holder", vec![]);
            let rows = sqlite.query(returning).await.unwrap();
            assert_eq!((rows[0].text(0).unwrap().as_str(), count(&sqlite).await), ("h", 19));
            let twice = vec![lease("a"), lease("b").expecting(2)];
            assert!(!sqlite.transaction(twice).await.unwrap());
            assert_eq!(count(&sqlite).await, 19, "the transaction had no effect");
        }
    }

    #[tokio::test]
    async fn a_read_does_not_wait_for_a_write() {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = Sqlite::open(&folder.path().join("gateway.db")).await.unwrap();
        let (begun, has_begun) = oneshot::channel();
        let (end, ended) = mpsc::channel::<()>();
        let writer = sqlite.writer.clone();
        let write = tokio::spawn(async move {
            let write = writer.run(move |connection| {
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
                execute(&transaction, &lease("a"))?;
                begun.send(()).unwrap();
                ended.recv().unwrap();
                transaction.commit().map_err(failed)
            });
            write.await
        });
        has_begun.await.unwrap();
        assert_eq!(count(&sqlite).await, 0);
        end.send(()).unwrap();
        write.await.unwrap().unwrap();
        assert_eq!(count(&sqlite).await, 1);
    }

    /// Returns an error if a brief statement reads more than an index finds. All tests of this crate run through it, so that each
    /// statement that is called brief is.
    pub(super) fn require_index(connection: &Connection, statement: &Statement) -> Result<()> {
        if !statement.is_brief {
            return Ok(());
        }
        let sql = format!("EXPLAIN QUERY PLAN {}", rendered(&statement.sql));
        let mut prepared = connection.prepare_cached(&sql).map_err(failed)?;
        let params = params_from_iter(statement.params.iter().map(parameter));
        let steps = prepared.query_map(params, |row| row.get::<_, String>(3)).map_err(failed)?;
        for step in steps {
            let step = step.map_err(failed)?;
            if !(step.starts_with("SEARCH ") && step.contains(" USING ")) {
                return Err(DatabaseError::new(format!("`{}` is not brief: {step}", statement.sql), false));
            }
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_statement_that_reads_or_sorts_a_whole_table_is_not_called_brief() {
        let sqlite = Sqlite::in_memory().await.unwrap();
        for (sql, expected) in [
            ("SELECT holder FROM leases WHERE name = $1", None),
            ("SELECT id FROM accounts WHERE tenant = $1 AND name = $1 ORDER BY id", None),
            ("SELECT holder FROM leases WHERE holder = $1", Some("SCAN leases")),
            (
                "SELECT id FROM accounts WHERE tenant = $1 AND name = $1 ORDER BY org_url",
                Some("USE TEMP B-TREE FOR ORDER BY"),
            ),
        ] {
            let statement = Statement::new(sql, vec!["a".into()]).brief();
            let refused = sqlite.query(statement).await.err().map(|error| error.to_string());
            let expected =
                expected.map(|step| format!("the database of the gateway: `{sql}` is not brief: {step}"));
            assert_eq!(refused, expected, "{sql}");
        }
    }

    #[tokio::test]
    async fn a_brief_statement_is_run_at_once_or_by_the_thread_for_reads() {
        let folder = tempfile::tempdir().unwrap();
        let file = Sqlite::open(&folder.path().join("gateway.db")).await.unwrap();
        let in_memory = Sqlite::in_memory().await.unwrap();
        let threads = thread::available_parallelism().map_or(1, usize::from);
        assert_eq!((file.brief.len(), in_memory.brief.len()), (threads.min(MAX_BRIEF), 0));
        let found = |sqlite: &Sqlite, name: &str| {
            let sql = "SELECT holder FROM leases WHERE name = $1";
            let (statement, sqlite) = (Statement::new(sql, vec![name.into()]).brief(), sqlite.clone());
            async move { sqlite.query(statement).await.unwrap().len() }
        };
        for sqlite in [&file, &in_memory] {
            for n in 1..=20 {
                let name = n.to_string();
                assert_eq!(found(sqlite, &name).await, 0, "{name}");
                sqlite.execute(lease(&name)).await.unwrap();
                assert_eq!(found(sqlite, &name).await, 1, "{name}: what was written is read at once");
            }
        }
        {
            // While the thread for reads is busy, it is the thread that asks that reads.
            let (end, ended) = mpsc::channel::<()>();
            let reader = file.reader.clone();
            let busy =
                tokio::spawn(async move { reader.run(move |_| ended.recv().map_err(|_| abandoned())).await });
            assert_eq!(found(&file, "7").await, 1);
            end.send(()).unwrap();
            busy.await.unwrap().unwrap();
        }
        // While others read, it is that thread.
        let (lock, locked) = oneshot::channel();
        let (end, ended) = mpsc::channel::<()>();
        let brief = Arc::clone(&file.brief);
        let others = thread::spawn(move || {
            let _all: Vec<_> = brief.iter().map(|connection| connection.lock().unwrap()).collect();
            lock.send(()).unwrap();
            ended.recv().unwrap();
        });
        locked.await.unwrap();
        assert_eq!(found(&file, "7").await, 1);
        end.send(()).unwrap();
        others.join().unwrap();
        for sqlite in [&file, &in_memory] {
            let wrong = Statement::new("SELECT colour FROM leases", vec![]).brief();
            assert!(sqlite.query(wrong).await.unwrap_err().to_string().contains("no such column: colour"));
        }
    }

    #[tokio::test]
    async fn the_connections_for_reads_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = Sqlite::open(&folder.path().join("gateway.db")).await.unwrap();
        let written = sqlite.reader.run(|connection| execute(connection, &lease("a"))).await;
        assert!(written.unwrap_err().to_string().contains("readonly"));
        for brief in sqlite.brief.iter() {
            let written = execute(&brief.lock().unwrap(), &lease("a"));
            assert!(written.unwrap_err().to_string().contains("readonly"));
        }
    }

    #[tokio::test]
    async fn a_panic_costs_one_statement() {
        let sqlite = Sqlite::in_memory().await.unwrap();
        let failed = sqlite.writer.run(|_| -> Result<()> { panic!("for the test") }).await;
        assert!(failed.unwrap_err().to_string().contains("abandoned"));
        assert_eq!(count(&sqlite).await, 0);
    }
}
