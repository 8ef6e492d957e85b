//! Opens connections to SQLite, with the collations and functions that the SQL of queries needs.

use std::path::Path;

use dvkit_execute::sqlite::{SqlValue, host_functions as host};
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags};

/// The most prepared statements that are kept for reuse.
const CACHED_STATEMENTS: usize = 256;

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

/// Opens the database in the file `path`, or in memory without a path.
///
/// # Errors
/// Returns an error if the file cannot be opened as a database.
pub(super) fn open(path: Option<&Path>) -> rusqlite::Result<Connection> {
    let connection = match path {
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
    register(&connection)?;
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
