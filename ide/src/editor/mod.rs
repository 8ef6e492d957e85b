//! Answers what an editor asks of one query: completion, hover, and what else depends on a position in its
//! text.
//!
//! Each question is a method of [`QueryContext`]. Offsets and spans are bytes of the query's text, and results
//! are plain structs. The text may be broken or half typed, and may contain placeholders (`{id}`, `@{…}`).
//! Questions about a query in a source file go through [`Workspace`](crate::Workspace), which finds the query at
//! a position and converts the positions.

mod complete;
mod signature;

use dvkit_schema::Store;

pub use complete::{Completion, CompletionKind, MAX_COMPLETIONS};
pub use signature::Signature;

use crate::QueryForm;

/// A query with the snapshot and the table that apply to it, as an editor asks about it.
#[derive(Clone, Copy, Debug)]
pub struct QueryContext<'a> {
    /// The snapshot that the query is for.
    pub store: &'a Store,
    /// The text of the query with its form.
    pub query: QueryForm<'a>,
    /// The logical name of the table, if the text does not name one.
    pub table: Option<&'a str>,
}

impl<'a> QueryContext<'a> {
    /// Returns the context of the query `query` for the snapshot `store`.
    #[must_use]
    pub fn new(store: &'a Store, query: QueryForm<'a>, table: Option<&'a str>) -> Self {
        Self { store, query, table }
    }
}
