//! The meaning of a query, carried out: an interpreter of [`hir`](dvkit_query::hir) over rows in memory.
//!
//! It is the oracle of tests: two texts mean the same where they give the same rows of any database. So it is written to be
//! read and shares nothing with the emitters; nothing here is fast. Where the documentation is silent, it decides:
//!
//! - A null equals no value and differs from each; what is no value is in no list and not between any two. In an order it has
//!   no place: that is unknown, as is a comparison of two nulls.
//! - Texts are compared by their lower-case letters, accents and trailing blanks as they stand. Guids are ordered by
//!   their bytes.
//! - `any` and `all` are two-valued: is there a row for which the condition is true, is there none for which it is not.
//! - A fiscal year is called by the calendar year it begins in; the last of thirteen periods of four weeks goes on to
//!   the end of the year. A week begins on Sunday.
//! - A join below an outer one drops joined rows only, never the row that the outer one keeps.
//! - Whoever asks for some columns of a row gets its key too, unless equal rows come once.

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

/// What a query gives.
#[derive(Clone, Debug, PartialEq)]
pub enum QueryResult {
    /// Rows or groups, and their number before paging where it was asked for (at most 5,000).
    Rows(Vec<ResultRow>, Option<usize>),
    /// A number of rows, at most 5,000.
    Count(usize),
    /// The keys of rows.
    References(Vec<Value>),
    /// The value of a column.
    Column(Option<Value>),
}

/// One row of an answer. What is null is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResultRow {
    /// Values by name: logical names of columns, `<alias>.<column>` for joined rows, or what the query calls them.
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

/// Why a query could not be carried out.
#[derive(Debug)]
pub enum Error {
    /// The schema cannot be read.
    Schema(StoreError),
    /// Something that is not evaluated, or that the data lacks.
    Cannot(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema(error) => write!(f, "{error}"),
            Self::Cannot(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Schema(error)
    }
}

fn cannot<T>(what: impl Into<String>) -> Result<T, Error> {
    Err(Error::Cannot(what.into()))
}

/// Carries a query out.
///
/// # Errors
/// Where the schema cannot be read, or the query says something that rows in memory do not answer: a parameter, a stored
/// query, full-text search, a relationship whose columns are unknown.
pub fn evaluate(
    query: &Query,
    database: &Database,
    store: &Store,
    context: &Context,
) -> Result<QueryResult, Error> {
    Evaluator { database, store, context }.answer(query)
}

/// What everything is looked up in.
#[derive(Clone, Copy)]
struct Evaluator<'d> {
    database: &'d Database,
    store: &'d Store,
    context: &'d Context,
}
