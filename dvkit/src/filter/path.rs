//! Paths from a row to a column, of the row itself or of a related row.

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
    marker: Marker<(T, K)>,
}

impl<T, K> Path<T, K> {
    pub(crate) const fn new(place: ColumnPath) -> Self {
        Self { place, marker: PhantomData }
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

/// The next step of a path from table `A` that has reached table `B`: a column of `B`, or a navigation property.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not of the table that this navigation leads to",
    label = "neither a column nor a navigation of `{B}`"
)]
pub trait PathStep<A, B> {
    /// The path with this step: a [`Path`] to a column or a [`Via`] to a row.
    type End;
    #[doc(hidden)]
    fn step(self, navigations: Vec<&'static str>) -> Self::End;
}

impl<A, B: Record, K, W> PathStep<A, B> for Column<B, K, W> {
    type End = Path<A, K>;

    fn step(self, navigations: Vec<&'static str>) -> Path<A, K> {
        Path::new(ColumnPath { navigations, ..ColumnPath::of_row(self.name()) })
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
    /// Extends the path by a column of the related row, or by one of its navigation properties.
    pub fn then<S: PathStep<A, B>>(self, step: S) -> S::End {
        step.step(vec![self.name()])
    }
}

impl<A, B> Via<A, B> {
    /// Extends the path by a column of the related row, or by one of its navigation properties.
    pub fn then<S: PathStep<A, B>>(self, step: S) -> S::End {
        step.step(self.navigations)
    }
}

impl<A, B: EntitySet, W> Nav<A, B, W> {
    /// Matches rows whose lookup is not empty; where the lookup has several target tables, rows whose lookup points to a
    /// row of this table.
    pub fn is_set(self) -> Filter<A> {
        let key = B::COLUMNS[usize::from(B::KEY)];
        let path = ColumnPath { navigations: vec![self.name()], ..ColumnPath::of_row(key) };
        Filter::new(Node::Compare(path, "ne", Literal::Null))
    }
}
