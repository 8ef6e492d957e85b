//! Defines [`Database`], the few operations that the store needs of an SQL database, with one implementation for
//! SQLite and one for PostgreSQL.
//!
//! Statements are written once, in the SQL that both understand. Parameters are `$1`, `$2` and so on; `{now}` stands
//! for the database's own clock in milliseconds since 1970, so that leases do not depend on the clocks of the
//! processes, and `{skip_locked}` for the clause with which PostgreSQL passes over rows that another process has
//! locked.
use std::fmt;

use dvkit_client::auth::BoxFuture;

mod migrations;
mod postgres;
mod sqlite;

pub use postgres::Postgres;
pub use sqlite::Sqlite;

/// A value of a column or a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// No value.
    Null,
    /// A number; times are milliseconds since 1970, and truth values 0 or 1.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Int(yes.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row of a result: the values in the order of the selected columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    fn value(&self, column: usize) -> Result<&Value, DatabaseError> {
        self.0.get(column).ok_or_else(|| DatabaseError::decode(column))
    }

    /// Returns the number in a column.
    ///
    /// # Errors
    /// Returns an error if the column has another type or is null.
    pub fn int(&self, column: usize) -> Result<i64, DatabaseError> {
        match self.value(column)? {
            Value::Int(number) => Ok(*number),
            _ => Err(DatabaseError::decode(column)),
        }
    }

    /// Returns the number in a column; `None` if it is null.
    ///
    /// # Errors
    /// Returns an error if the column has another type.
    pub fn optional_int(&self, column: usize) -> Result<Option<i64>, DatabaseError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            _ => self.int(column).map(Some),
        }
    }

    /// Returns the text in a column.
    ///
    /// # Errors
    /// Returns an error if the column has another type or is null.
    pub fn text(&self, column: usize) -> Result<String, DatabaseError> {
        match self.value(column)? {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(DatabaseError::decode(column)),
        }
    }

    /// Returns the text in a column; `None` if it is null.
    ///
    /// # Errors
    /// Returns an error if the column has another type.
    pub fn optional_text(&self, column: usize) -> Result<Option<String>, DatabaseError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            _ => self.text(column).map(Some),
        }
    }

    /// Returns the bytes in a column.
    ///
    /// # Errors
    /// Returns an error if the column has another type or is null.
    pub fn bytes(&self, column: usize) -> Result<Vec<u8>, DatabaseError> {
        match self.value(column)? {
            Value::Bytes(bytes) => Ok(bytes.clone()),
            _ => Err(DatabaseError::decode(column)),
        }
    }
}

/// A statement with its parameters.
#[derive(Debug, Clone)]
pub struct Statement {
    pub(crate) sql: String,
    pub(crate) params: Vec<Value>,
    /// The number of rows that the statement has to change; `None` for any number.
    pub(crate) expected: Option<u64>,
    /// Whether the statement reads a few small rows that an index finds.
    pub(crate) is_brief: bool,
}

impl Statement {
    /// Creates a statement.
    #[must_use]
    pub fn new(sql: impl Into<String>, params: Vec<Value>) -> Self {
        Self { sql: sql.into(), params, expected: None, is_brief: false }
    }

    /// Makes a transaction with the statement take effect only if the statement changes `rows` rows.
    #[must_use]
    pub fn expecting(mut self, rows: u64) -> Self {
        self.expected = Some(rows);
        self
    }

    /// Says that the statement only reads a few small rows that an index finds. A database in this process may run it on the
    /// thread that asks, which takes less time than to wake another one twice.
    #[must_use]
    pub fn brief(mut self) -> Self {
        self.is_brief = true;
        self
    }
}

/// An error of the database. The message contains no values, because they may be secret.
#[derive(Debug, Clone)]
pub struct DatabaseError {
    message: String,
    transient: bool,
}

impl DatabaseError {
    fn new(message: impl Into<String>, transient: bool) -> Self {
        Self { message: message.into(), transient }
    }

    pub(crate) fn decode(column: usize) -> Self {
        Self::new(format!("column {column} of a result has another type than expected"), false)
    }

    pub(crate) fn corrupt(what: &str) -> Self {
        Self::new(what, false)
    }

    /// Returns the error of a database that is busy.
    #[cfg(test)]
    pub(crate) fn busy_for_tests() -> Self {
        Self::new("busy", true)
    }

    /// Returns whether the same statement may succeed later: the database was busy or could not be reached.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.transient
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the database of the gateway: {}", self.message)
    }
}

impl std::error::Error for DatabaseError {}

/// The result of an operation of the database.
pub type Result<T, E = DatabaseError> = std::result::Result<T, E>;

/// An SQL database. All processes of a gateway share one; none of them is special.
pub trait Database: fmt::Debug + Send + Sync + 'static {
    /// Runs a statement and returns the rows that it gives, for example by `RETURNING`.
    ///
    /// # Errors
    /// Returns an error if the database cannot be reached or refuses the statement.
    fn query(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<Row>>>;

    /// Runs a statement and returns the number of rows that it changed.
    ///
    /// # Errors
    /// Returns an error if the database cannot be reached or refuses the statement.
    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64>>;

    /// Runs statements in one transaction. Returns `false`, and changes nothing, if a statement does not change as
    /// many rows as it [expects](Statement::expecting).
    ///
    /// # Errors
    /// Returns an error, and changes nothing, if the database cannot be reached or refuses a statement.
    fn transaction(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<bool>>;

    /// Returns the kind of the database, for messages: `SQLite` or `PostgreSQL`.
    fn kind(&self) -> &'static str;
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_column_of_another_type_is_an_error() {
        let row = Row(vec![Value::from(1), Value::Null, Value::from("a"), Value::from(vec![1u8])]);
        assert_eq!((row.int(0).unwrap(), row.optional_int(1).unwrap()), (1, None));
        assert_eq!((row.text(2).unwrap().as_str(), row.bytes(3).unwrap()), ("a", vec![1]));
        assert_eq!(row.optional_text(1).unwrap(), None);
        for column in [1, 2, 3, 4] {
            assert!(row.int(column).is_err());
        }
        assert!(row.text(0).is_err() && row.bytes(0).is_err() && row.optional_text(3).is_err());
    }
}
