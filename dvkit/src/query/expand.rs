//! Defines expansions, which add related rows to the result of a query. An expansion can select, filter,
//! order and limit the related rows.

use core::fmt;
use core::marker::PhantomData;

use super::columns::Columns;
use super::combination::{CombinesWith, ExpandsFurther, Nestable, Nested, OneLevel};
use super::options::QueryOptions;
use super::order::OrderColumns;
use crate::column::{Marker, Nav, NavMany};
use crate::filter::{Filter, IntoFilter};

/// The argument of `expand`: a navigation property of table `A`, or an expansion with options ([`ExpandOne`],
/// [`ExpandMany`]).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an expansion of `{A}`",
    label = "expected a navigation of `{A}`",
    note = "several expansions are several calls of `expand`"
)]
pub trait Expand<A> {
    /// The marker that decides which further expansions the query can have: [`OneLevel`], `Ordered`,
    /// [`Nested`] or `ManyToManyOnly`.
    type Combination;
    #[doc(hidden)]
    fn add(self, out: &mut String);
}

fn write(name: &str, parts: &QueryOptions, out: &mut String) {
    if !out.is_empty() {
        out.push(',');
    }
    out.push_str(name);
    if !parts.is_empty() {
        out.push('(');
        parts.write(out, '\0', ';');
        out.push(')');
    }
}

/// The expansion of a navigation property of table `A` that leads to one row of table `B`. `X` is [`Nested`]
/// if the related row is expanded further, otherwise [`OneLevel`].
#[must_use = "an expansion does nothing until a query has it"]
pub struct ExpandOne<A, B, X = OneLevel> {
    name: &'static str,
    parts: QueryOptions,
    marker: Marker<(A, B, X)>,
}

impl<A, B, X> ExpandOne<A, B, X> {
    /// Selects columns of the related row, in addition to those of earlier calls. If no column is selected,
    /// the service sends all columns.
    pub fn select(mut self, columns: impl Columns<B>) -> Self {
        self.parts.select(columns);
        self
    }

    /// Adds an expansion from the related row to further rows.
    pub fn expand<E: Expand<B>>(mut self, expansion: E) -> ExpandOne<A, B, Nested>
    where
        E::Combination: Nestable,
    {
        expansion.add(&mut self.parts.expand);
        ExpandOne { name: self.name, parts: self.parts, marker: PhantomData }
    }
}

impl<A, B, X> Expand<A> for ExpandOne<A, B, X> {
    type Combination = X;

    fn add(self, out: &mut String) {
        write(self.name, &self.parts, out);
    }
}

impl<A, B, W> Expand<A> for Nav<A, B, W> {
    type Combination = OneLevel;

    fn add(self, out: &mut String) {
        write(self.name(), &QueryOptions::default(), out);
    }
}

impl<A, B, W> Nav<A, B, W> {
    /// Returns the expansion of the navigation property, with `columns` of the related row selected.
    pub fn select(self, columns: impl Columns<B>) -> ExpandOne<A, B> {
        ExpandOne { name: self.name(), parts: QueryOptions::default(), marker: PhantomData }.select(columns)
    }
}

/// The expansion of a navigation property of table `A` that leads to many rows of table `B`.
///
/// `R` is the kind of the relationship, [`OneToMany`](crate::OneToMany) or [`ManyToMany`](crate::ManyToMany).
/// `X` is the marker that decides which other expansions this one can be combined with.
#[must_use = "an expansion does nothing until a query has it"]
pub struct ExpandMany<A, B, R, X> {
    name: &'static str,
    parts: QueryOptions,
    filter: Option<Filter<B>>,
    marker: Marker<(A, B, R, X)>,
}

impl<A, B, R, X> ExpandMany<A, B, R, X> {
    fn with_marker<Y>(self) -> ExpandMany<A, B, R, Y> {
        ExpandMany { name: self.name, parts: self.parts, filter: self.filter, marker: PhantomData }
    }

    /// Selects columns of the related rows, in addition to those of earlier calls. If no column is selected,
    /// the service sends all columns.
    pub fn select(mut self, columns: impl Columns<B>) -> Self {
        self.parts.select(columns);
        self
    }

    /// Limits the related rows to those that fulfil `condition`, and the conditions of earlier calls.
    pub fn filter(mut self, condition: impl IntoFilter<B>) -> Self {
        let condition = condition.into_filter();
        self.filter = Some(match self.filter.take() {
            Some(before) => before.and(condition),
            None => condition,
        });
        self
    }
}

impl<A, B, R, X> ExpandMany<A, B, R, X> {
    fn print(&self, out: &mut String) {
        let filter = self.filter.as_ref().map(Filter::odata).unwrap_or_default();
        write(self.name, &QueryOptions { filter, ..self.parts.clone() }, out);
    }
}

// `S` is a parameter, and not `R::Ordered`, so that the compiler finds the method and then reports the combination that the
// service does not take.
impl<A, B, R: ExpandsFurther, X> ExpandMany<A, B, R, X> {
    /// Orders the related rows by `columns`, after the columns of earlier calls.
    pub fn order_by<S>(mut self, columns: impl OrderColumns<B>) -> ExpandMany<A, B, R, X::Combined>
    where
        R: ExpandsFurther<Ordered = S>,
        X: CombinesWith<S>,
    {
        columns.add(&mut self.parts.order);
        self.with_marker()
    }

    /// Limits the related rows to the first `rows` for each row of the query.
    pub fn top<S>(mut self, rows: u32) -> ExpandMany<A, B, R, X::Combined>
    where
        R: ExpandsFurther<Ordered = S>,
        X: CombinesWith<S>,
    {
        self.parts.top = Some(rows);
        self.with_marker()
    }

    /// Adds an expansion from the related rows to further rows.
    pub fn expand<E: Expand<B>>(mut self, expansion: E) -> ExpandMany<A, B, R, X::Combined>
    where
        E::Combination: Nestable,
        X: CombinesWith<<E::Combination as Nestable>::Outer>,
    {
        expansion.add(&mut self.parts.expand);
        self.with_marker()
    }
}

impl<A, B, R, X> Expand<A> for ExpandMany<A, B, R, X> {
    type Combination = X;

    fn add(self, out: &mut String) {
        self.print(out);
    }
}

impl<A, B, R: ExpandsFurther> Expand<A> for NavMany<A, B, R> {
    type Combination = R::Plain;

    fn add(self, out: &mut String) {
        write(self.name(), &QueryOptions::default(), out);
    }
}

impl<A, B, R: ExpandsFurther> NavMany<A, B, R> {
    /// Returns the expansion of the navigation property, with `columns` of the related rows selected.
    pub fn select(self, columns: impl Columns<B>) -> ExpandMany<A, B, R, R::Plain> {
        ExpandMany { name: self.name(), parts: QueryOptions::default(), filter: None, marker: PhantomData }
            .select(columns)
    }
}

impl<A, B, X> fmt::Debug for ExpandOne<A, B, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        write(self.name, &self.parts, &mut out);
        f.write_str(&out)
    }
}

impl<A, B, R, X> fmt::Debug for ExpandMany<A, B, R, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.print(&mut out);
        f.write_str(&out)
    }
}
