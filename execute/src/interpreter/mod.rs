//! An interpreter of [`hir`](dvkit_query::hir): it evaluates a query over rows in memory.
//!
//! Tests use it as the reference: two texts mean the same if they return the same rows of any database. So it
//! is written to be read and shares no code with the translations; it is not fast. Where the documentation is
//! silent, these rules apply:
//!
//! | construct | of null, or of values of one kind |
//! |---|---|
//! | `eq` | false if one side is null; unknown if both are |
//! | `ne` | true if one side is null; unknown if both are |
//! | `gt`, `ge`, `lt`, `le` | unknown if a side is null |
//! | `In`, `Between` and other functions with a negation | false; the negation is true |
//! | text | compared in lower case; accents and trailing spaces matter |
//! | guids | ordered by their bytes |
//!
//! - `any` and `all` are two-valued: `any` is true if the condition is true of some row, `all` if there is no
//!   row of which it is not true.
//! - A fiscal year is named by the calendar year in which it begins. The last of thirteen periods of four
//!   weeks continues to the end of the year. A week begins on Sunday.
//! - A join nested in an outer join drops joined rows only, never the row that the outer join keeps.
//! - A query for some columns of a row returns its key too, unless it is `distinct`.

mod calendar;
mod condition;
mod data;
mod function;
mod group;
mod join;
mod pattern;
mod query;
mod value;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use dvkit_schema::{Store, StoreError};

use crate::Context;
pub use data::{Database, Row};
use dvkit_query::hir::{Query, Value};

/// The result of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum QueryResult {
    /// Rows or groups, and the number of rows before paging, if it was requested (at most 5,000).
    Rows(Vec<ResultRow>, Option<usize>),
    /// A number of rows, at most 5,000.
    Count(usize),
    /// The keys of the rows.
    References(Vec<Value>),
    /// The value of a column.
    Column(Option<Value>),
}

/// A row of a result. Columns whose value is null are absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResultRow {
    /// The values by name: the logical name of a column, `<alias>.<column>` for a joined row, or the alias in
    /// the query.
    pub columns: BTreeMap<String, Value>,
    /// Related rows, by navigation property.
    pub expanded: BTreeMap<String, ExpandedRows>,
}

/// The related rows of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpandedRows {
    /// The row that a lookup points to.
    One(Option<Box<ResultRow>>),
    /// The rows of a collection.
    Many(Vec<ResultRow>),
}

/// The reason why a query could not be evaluated.
#[derive(Debug)]
pub enum EvalError {
    /// The schema cannot be read.
    Schema(StoreError),
    /// The query contains something that is not supported, or needs something that the schema lacks.
    Unsupported(String),
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema(error) => write!(f, "{error}"),
            Self::Unsupported(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for EvalError {}

impl From<StoreError> for EvalError {
    fn from(error: StoreError) -> Self {
        Self::Schema(error)
    }
}

fn cannot<T>(what: impl Into<String>) -> Result<T, EvalError> {
    Err(EvalError::Unsupported(what.into()))
}

/// Evaluates a query over the rows of `database`.
///
/// # Errors
/// Returns an error if the schema cannot be read, or if the query contains something that the interpreter
/// does not support: a parameter, an opaque query, full-text search, a relationship whose columns are
/// unknown.
pub fn evaluate(
    query: &Query,
    database: &Database,
    store: &Store,
    context: &Context,
) -> Result<QueryResult, EvalError> {
    Evaluator { database, store, context }.run(query)
}

/// The sources of an evaluation: rows, schema and context.
#[derive(Clone, Copy)]
struct Evaluator<'d> {
    database: &'d Database,
    store: &'d Store,
    context: &'d Context,
}
