//! Opens connections to SQLite, with the collations and functions that the SQL of queries needs.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dvkit_execute::sqlite::{SqlValue, host_functions as host};
use rusqlite::config::DbConfig;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags};

/// The most prepared statements that are kept for reuse.
const CACHED_STATEMENTS: usize = 256;

/// The number of instructions of SQLite's virtual machine between two checks of a request's budget.
const INSTRUCTIONS_PER_CHECK: i32 = 100_000;

/// The most checks of one request: about 2,000,000,000 instructions. The service ends a query after two
/// minutes; work is counted here instead, so that the limit does not depend on the machine.
const MAX_CHECKS: u64 = 20_000;

/// The remaining work of a request, or of all requests of a batch. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct WorkBudget(Arc<AtomicU64>);

impl Default for WorkBudget {
    /// Returns the whole budget of one request.
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(MAX_CHECKS)))
    }
}

impl WorkBudget {
    /// Begins a new request with the whole budget.
    pub(super) fn renew(&self) {
        self.0.store(MAX_CHECKS, Ordering::Relaxed);
    }

    /// Takes over what is left of `other`, which stays another budget.
    pub(super) fn take_over(&self, other: &Self) {
        self.0.store(other.0.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// Returns a budget of so many checks.
    #[cfg(test)]
    pub(crate) fn of_checks(checks: u64) -> Self {
        Self(Arc::new(AtomicU64::new(checks)))
    }

    /// Takes the work of one check from the budget. Returns whether nothing is left.
    fn is_spent(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    }
}

/// An aggregate that adds decimals exactly. It gives the average if the field is true, otherwise the sum.
struct DecimalAggregate(bool);

impl Aggregate<host::RunningSum, Option<Value>> for DecimalAggregate {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<host::RunningSum> {
        Ok(host::RunningSum::default())
    }

    fn step(&self, context: &mut Context<'_>, total: &mut host::RunningSum) -> rusqlite::Result<()> {
        if let Some(cell) = sql_value(context.get_raw(0)) {
            total.add(&cell);
        }
        Ok(())
    }

    fn finalize(
        &self,
        _: &mut Context<'_>,
        total: Option<host::RunningSum>,
    ) -> rusqlite::Result<Option<Value>> {
        let total = total.unwrap_or_default();
        Ok(if self.0 { total.average() } else { total.sum() }.map(|cell| stored(&cell)))
    }
}

/// Returns a value of SQLite as a value of a query's SQL; `None` for null, and for blobs and text that is not
/// UTF-8, which no column of a query contains.
pub(super) fn sql_value(value: ValueRef<'_>) -> Option<SqlValue> {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => None,
        ValueRef::Integer(n) => Some(SqlValue::Integer(n)),
        ValueRef::Real(d) => Some(SqlValue::Real(d)),
        ValueRef::Text(text) => std::str::from_utf8(text).ok().map(|text| SqlValue::Text(text.to_owned())),
    }
}

/// Returns a value of a query's SQL as a parameter for SQLite.
pub(super) fn stored(cell: &SqlValue) -> Value {
    match cell {
        SqlValue::Integer(n) => Value::Integer(*n),
        SqlValue::Real(d) => Value::Real(*d),
        SqlValue::Text(text) => Value::Text(text.clone()),
    }
}

/// Opens the database in the file `path`, or in memory without a path. Statements are interrupted when `budget`
/// is spent.
///
/// # Errors
/// Returns an error if the file cannot be opened as a database.
pub(super) fn open(path: Option<&Path>, budget: WorkBudget) -> rusqlite::Result<Connection> {
    let mut connection = match path {
        None => Connection::open_in_memory()?,
        Some(path) => {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX
                | OpenFlags::SQLITE_OPEN_NOFOLLOW;
            Connection::open_with_flags(path, flags)?
        }
    };
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // Plans must not depend on bound values: SQLite would prepare a cached statement anew for each new value, which
    // costs more than a point read.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    register(&connection)?;
    connection.progress_handler(INSTRUCTIONS_PER_CHECK, Some(move || budget.is_spent()))?;
    Ok(connection)
}

fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_collation(host::TEXT_COLLATION, host::compare_texts)?;
    connection.create_collation(host::DECIMAL_COLLATION, host::compare_decimals)?;
    connection.create_scalar_function("dv_like", 2, flags, |c| {
        let (text, pattern): (Option<String>, String) = (c.get(0)?, c.get(1)?);
        Ok(text.map(|text| host::like(&text, &pattern)))
    })?;
    connection.create_scalar_function("dv_part", 4, flags, |c| {
        let Some(value) = c.get::<Option<String>>(0)? else { return Ok(None) };
        let (part, zone, fiscal): (String, String, String) = (c.get(1)?, c.get(2)?, c.get(3)?);
        let part = host::part(&value, &part, &zone, &fiscal);
        part.map(Some).map_err(|why| rusqlite::Error::UserFunctionError(why.into()))
    })?;
    connection.create_aggregate_function("dv_sum", 1, flags, DecimalAggregate(false))?;
    connection.create_aggregate_function("dv_avg", 1, flags, DecimalAggregate(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_when_the_budget_is_spent() {
        let budget = WorkBudget::default();
        let connection = open(None, budget.clone()).unwrap();
        let count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) FROM n";
        let run = || connection.query_row(count, [], |row| row.get::<_, i64>(0));
        assert_eq!(run().unwrap(), 1_000_000);
        budget.0.store(3, Ordering::Relaxed);
        let error = run().unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::OperationInterrupted));
        budget.renew();
        assert_eq!(run().unwrap(), 1_000_000);
    }

    #[test]
    fn the_functions_of_queries_are_those_of_the_translation() {
        let connection = open(None, WorkBudget::default()).unwrap();
        let evaluated = |expression: &str| {
            let sql = format!("SELECT {expression}");
            connection.query_row(&sql, [], |row| row.get::<_, Value>(0)).map_err(|error| error.to_string())
        };
        let text = |text: &str| Ok(Value::Text(text.to_owned()));
        let of_rows = |function: &str, rows: &str| {
            evaluated(&format!("{function}(x) FROM (SELECT column1 AS x FROM (VALUES {rows}))"))
        };
        assert_eq!(of_rows("dv_sum", "('0.1'), (NULL), ('0.2')"), text("0.3"));
        assert_eq!(of_rows("dv_avg", "('0.1'), (NULL), ('0.2')"), text("0.150"));
        assert_eq!(of_rows("dv_sum", "(1), (4)"), Ok(Value::Integer(5)));
        assert_eq!(of_rows("dv_avg", "(1), (4)"), Ok(Value::Integer(2)));
        assert_eq!(of_rows("dv_sum", "(NULL)"), Ok(Value::Null));
        assert_eq!(of_rows("dv_avg", "(NULL)"), Ok(Value::Null));
        assert_eq!(evaluated("dv_like('Contoso', 'c%')"), Ok(Value::Integer(1)));
        assert_eq!(evaluated("dv_like('Contoso', 'x%')"), Ok(Value::Integer(0)));
        assert_eq!(evaluated("dv_like(NULL, 'x%')"), Ok(Value::Null));
        assert_eq!(evaluated("'a' = 'A' COLLATE DVTEXT"), Ok(Value::Integer(1)));
        assert_eq!(evaluated("'1.0' = '1' COLLATE DVDECIMAL"), Ok(Value::Integer(1)));
        assert_eq!(evaluated("'9' < '10' COLLATE DVDECIMAL"), Ok(Value::Integer(1)));
        assert_eq!(evaluated("dv_part(NULL, 'x', 'y', 'z')"), Ok(Value::Null));
        assert!(evaluated("dv_part('2026-11-29T12:00:00Z', 'nothing', 'UTC', '')").is_err());
    }

    #[test]
    fn a_value_of_sqlite_is_a_value_of_a_query() {
        for (value, expected) in [
            (ValueRef::Null, None),
            (ValueRef::Blob(b"x"), None),
            (ValueRef::Integer(5), Some(SqlValue::Integer(5))),
            (ValueRef::Real(1.5), Some(SqlValue::Real(1.5))),
            (ValueRef::Text(b"x"), Some(SqlValue::Text("x".to_owned()))),
            (ValueRef::Text(b"\xff"), None),
        ] {
            assert_eq!(sql_value(value), expected, "{value:?}");
            if let Some(cell) = expected {
                assert_eq!(ValueRef::from(&stored(&cell)), value);
            }
        }
    }

    #[test]
    fn a_budget_lasts_for_its_checks() {
        let budget = WorkBudget::of_checks(2);
        assert_eq!([(); 4].map(|()| budget.is_spent()), [false, false, true, true]);
        let other = WorkBudget::of_checks(1);
        budget.take_over(&other);
        assert_eq!([budget.is_spent(), budget.is_spent(), other.is_spent()], [false, true, false]);
    }

    #[cfg(unix)]
    #[test]
    fn a_database_is_a_file_that_is_created_and_not_a_link() {
        let home = tempfile::tempdir().unwrap();
        let (path, link) = (home.path().join("rows.db"), home.path().join("link.db"));
        {
            let connection = open(Some(&path), WorkBudget::default()).unwrap();
            connection.execute_batch("CREATE TABLE a (x); INSERT INTO a VALUES (5)").unwrap();
        }
        let again = open(Some(&path), WorkBudget::default()).unwrap();
        assert_eq!(again.query_row("SELECT x FROM a", [], |row| row.get::<_, i64>(0)).unwrap(), 5);
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let refused = open(Some(&link), WorkBudget::default()).unwrap_err();
        assert_eq!(refused.sqlite_error_code(), Some(rusqlite::ErrorCode::CannotOpen));
    }
}
