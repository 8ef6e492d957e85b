//! An interpreter of [`hir`](dvkit_query::hir): it evaluates a query over rows in memory.
//!
//! Tests use it as the reference: two queries mean the same if they return the same rows from every database.
//! It is therefore simple rather than fast, and shares no code with the translations. Where the documentation
//! is silent, these rules apply:
//!
//! | construct | result for null, or comparison of values |
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
//! - The number of a fiscal year is the calendar year in which it begins. The last of thirteen periods of
//!   four weeks continues to the end of the year. A week begins on Sunday.
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
    /// Rows or groups. The number is that of all rows before paging, at most 5,000; `None` if the query does
    /// not request it.
    Rows(Vec<ResultRow>, Option<usize>),
    /// The number of rows, at most 5,000, for a query that requests only this.
    Count(usize),
    /// The keys of the rows, for a query that requests references.
    References(Vec<Value>),
    /// The value of one column of one row; `None` is null.
    Column(Option<Value>),
}

/// A row of a result. Columns whose value is null are absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResultRow {
    /// The values by name. The name is the logical name of a column, `<alias>.<column>` for a column of a
    /// joined row, or the alias that the query gives.
    pub columns: BTreeMap<String, Value>,
    /// The related rows of each expansion, by its navigation property.
    pub expanded: BTreeMap<String, ExpandedRows>,
}

/// The related rows of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpandedRows {
    /// The row that a lookup points to; `None` if there is none.
    One(Option<Box<ResultRow>>),
    /// The rows of a collection.
    Many(Vec<ResultRow>),
}

/// The reason why a query could not be evaluated. All functions of the interpreter that read the schema, rows
/// or values return it.
#[derive(Debug)]
pub enum EvalError {
    /// A file of the schema could not be read.
    Schema(StoreError),
    /// The query contains a construct that is not supported, or needs a fact that the schema does not have.
    /// The text says which.
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

/// Evaluates a query over the rows of `database`, in the given context.
///
/// # Errors
/// Returns an error if the schema cannot be read, or if the query contains a construct that the interpreter
/// does not support: a parameter, an opaque query, full-text search, or a relationship whose columns are
/// unknown.
pub fn evaluate(
    query: &Query,
    database: &Database,
    store: &Store,
    context: &Context,
) -> Result<QueryResult, EvalError> {
    Evaluator { database, store, context }.run(query)
}

/// An evaluation: the rows, the schema and the context that it uses.
#[derive(Clone, Copy)]
struct Evaluator<'d> {
    database: &'d Database,
    store: &'d Store,
    context: &'d Context,
}
