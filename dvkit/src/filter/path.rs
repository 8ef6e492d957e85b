//! Where a column stands: in the row itself, or in one that navigations lead to.

use core::marker::PhantomData;

use crate::column::Marker;
use crate::{Column, Nav, Record, kind};

/// The way to a column, by names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnPath {
    /// Navigations from the row, in order.
    pub(crate) way: Vec<&'static str>,
    /// The property.
    pub(crate) property: &'static str,
    /// What follows it: `/Value` of a managed property.
    pub(crate) part: &'static str,
}

impl ColumnPath {
    pub(crate) const fn here(property: &'static str) -> Self {
        Self { way: Vec::new(), property, part: "" }
    }

    /// The column's logical name, which query functions want: `parentcustomerid` for `_parentcustomerid_value`.
    pub(crate) fn logical_name(&self) -> &'static str {
        logical_name(self.property)
    }
}

/// `parentcustomerid` for `_parentcustomerid_value`.
pub(crate) fn logical_name(property: &'static str) -> &'static str {
    property.strip_prefix('_').and_then(|name| name.strip_suffix("_value")).unwrap_or(property)
}

/// A column of kind `K`, reached from a row of table `T`.
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
        Self::new(ColumnPath::here(column.name()))
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

/// A row of table `B`, reached from a row of table `A`.
#[derive(Clone, Debug)]
#[must_use = "a way does nothing until it ends at a column"]
pub struct Via<A, B> {
    way: Vec<&'static str>,
    marker: Marker<(A, B)>,
}

/// What a navigation is followed to: a column, or one more navigation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not of the table that this navigation leads to",
    label = "neither a column nor a navigation of `{B}`"
)]
pub trait PathStep<A, B> {
    /// Where it leads.
    type End;
    #[doc(hidden)]
    fn step(self, way: Vec<&'static str>) -> Self::End;
}

impl<A, B: Record, K, W> PathStep<A, B> for Column<B, K, W> {
    type End = Path<A, K>;

    fn step(self, way: Vec<&'static str>) -> Path<A, K> {
        Path::new(ColumnPath { way, ..ColumnPath::here(self.name()) })
    }
}

impl<A, B: Record, C, W> PathStep<A, B> for Nav<B, C, W> {
    type End = Via<A, C>;

    fn step(self, mut way: Vec<&'static str>) -> Via<A, C> {
        way.push(self.name());
        Via { way, marker: PhantomData }
    }
}

impl<A, B, W> Nav<A, B, W> {
    /// A column of the row that it leads to, or one navigation further.
    pub fn then<S: PathStep<A, B>>(self, step: S) -> S::End {
        step.step(vec![self.name()])
    }
}

impl<A, B> Via<A, B> {
    /// A column of the row that it leads to, or one navigation further.
    pub fn then<S: PathStep<A, B>>(self, step: S) -> S::End {
        step.step(self.way)
    }
}

impl<A, B: crate::EntitySet, W> Nav<A, B, W> {
    /// It leads to a row: of a lookup with several targets, to one of this table.
    pub fn is_set(self) -> super::Filter<A> {
        let key = B::COLUMNS[usize::from(B::KEY)];
        let place = ColumnPath { way: vec![self.name()], ..ColumnPath::here(key) };
        super::Filter::new(super::Node::Compare(place, "ne", super::Literal::Null))
    }
}
