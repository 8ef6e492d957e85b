//! Defines paths from the filtered row to a column, either of this row or of a related row. Programs make
//! them with `then` from navigation properties.

use core::marker::PhantomData;

use super::condition::{ColumnPath, Filter, Node};
use super::literal::Literal;
use crate::column::{Column, Marker, Nav};
use crate::kind;
use crate::row::Record;
use crate::table::EntitySet;

/// A path from a row of table `T` to a column of kind `K`.
#[derive(Clone, Debug)]
#[must_use = "a path does nothing until it is compared"]
pub struct Path<T, K> {
    pub(crate) place: ColumnPath,
    /// The logical name of the table of the column; empty for a column of the row itself.
    pub(crate) table: &'static str,
    marker: Marker<(T, K)>,
}

impl<T, K> Path<T, K> {
    pub(crate) const fn new(place: ColumnPath) -> Self {
        Self { place, table: "", marker: PhantomData }
    }
}

impl<T: Record, K, W> From<Column<T, K, W>> for Path<T, K> {
    fn from(column: Column<T, K, W>) -> Self {
        Self::new(ColumnPath::of_row(column.name()))
    }
}

impl<A: Record, B, W> From<Nav<A, B, W>> for Path<A, kind::Lookup> {
    fn from(nav: Nav<A, B, W>) -> Self {
        nav.column().into()
    }
}

impl<A: Record, B, W> From<Nav<A, B, W>> for Column<A, kind::Lookup, W> {
    fn from(nav: Nav<A, B, W>) -> Self {
        nav.column()
    }
}

/// A path from a row of table `A` to a related row of table `B`.
#[derive(Clone, Debug)]
#[must_use = "a path does nothing until it ends at a column"]
pub struct Via<A, B> {
    navigations: Vec<&'static str>,
    marker: Marker<(A, B)>,
}

/// The next step of a path from table `A` that has reached table `B`: a column or a navigation property of
/// `B`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not of the table that this navigation leads to",
    label = "neither a column nor a navigation of `{B}`"
)]
pub trait PathStep<A, B> {
    /// The type of the path after the step: a [`Path`] if the step is a column, a [`Via`] if it is a
    /// navigation property.
    type End;
    #[doc(hidden)]
    fn step(self, navigations: Vec<&'static str>) -> Self::End;
}

impl<A, B: Record, K, W> PathStep<A, B> for Column<B, K, W> {
    type End = Path<A, K>;

    fn step(self, navigations: Vec<&'static str>) -> Path<A, K> {
        let path = Path::new(ColumnPath { navigations, ..ColumnPath::of_row(self.name()) });
        Path { table: B::TABLE, ..path }
    }
}

impl<A, B: Record, C, W> PathStep<A, B> for Nav<B, C, W> {
    type End = Via<A, C>;

    fn step(self, mut navigations: Vec<&'static str>) -> Via<A, C> {
        navigations.push(self.name());
        Via { navigations, marker: PhantomData }
    }
}

impl<A, B, W> Nav<A, B, W> {
    /// Returns the path that continues from the related row to `step`: one of its columns, or the row that
    /// one of its navigation properties leads to.
    pub fn then<S: PathStep<A, B>>(self, step: S) -> S::End {
        step.step(vec![self.name()])
    }
}

impl<A, B> Via<A, B> {
    /// Returns the path that continues from the related row to `step`: one of its columns, or the row that
    /// one of its navigation properties leads to.
    pub fn then<S: PathStep<A, B>>(self, step: S) -> S::End {
        step.step(self.navigations)
    }
}

impl<A, B: EntitySet, W> Nav<A, B, W> {
    /// Returns a filter for rows in which the lookup points to a row of table `B`. If the lookup has only one
    /// target table, these are all rows in which the lookup is not empty.
    pub fn is_set(self) -> Filter<A> {
        let key = B::COLUMNS[usize::from(B::KEY)];
        let path = ColumnPath { navigations: vec![self.name()], ..ColumnPath::of_row(key) };
        Filter::new(Node::Compare(path, "ne", Literal::Null))
    }
}
