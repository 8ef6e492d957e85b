//! Defines the types of queries: [`Query`] for many rows, and [`RowQuery`] for one row. `methods` implements
//! what can be done with them.

use core::marker::PhantomData;

use super::combination::NoExpand;
use super::options::QueryOptions;
use crate::column::Marker;
use crate::filter::Filter;

/// A query for rows of table `T`.
///
/// `X` is a marker for the expansions that were added. It decides which further expansions can be added.
#[must_use = "a query does nothing until it is sent"]
pub struct Query<T, X = NoExpand> {
    pub(super) parts: QueryOptions,
    /// The condition on the rows; `None` for all rows. It is stored as a tree, because only the complete
    /// condition shows which parentheses its text needs.
    pub(super) filter: Option<Filter<T>>,
    pub(super) marker: Marker<(T, X)>,
}

impl<T> Query<T> {
    /// Returns a query for all rows of the table with all their columns.
    pub fn new() -> Self {
        Self { parts: QueryOptions::default(), filter: None, marker: PhantomData }
    }
}

impl<T, X> Clone for Query<T, X> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), filter: self.filter.clone(), marker: PhantomData }
    }
}

/// A query for one row of table `T`. The row is identified by its id or by an alternate key.
///
/// `X` is a marker for the expansions that were added. It decides which further expansions can be added.
#[must_use = "a query does nothing until it is sent"]
pub struct RowQuery<T, X = NoExpand> {
    pub(super) path: String,
    pub(super) parts: QueryOptions,
    pub(super) marker: Marker<(T, X)>,
}

impl<T> RowQuery<T> {
    pub(crate) fn new(path: String) -> Self {
        Self { path, parts: QueryOptions::default(), marker: PhantomData }
    }
}

impl<T, X> Clone for RowQuery<T, X> {
    fn clone(&self) -> Self {
        Self { path: self.path.clone(), parts: self.parts.clone(), marker: PhantomData }
    }
}
