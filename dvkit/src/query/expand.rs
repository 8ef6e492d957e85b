//! Expansions: the rows that navigations lead to, with options of their own.
//!
//! The service's rules on what may stand in one query are types. Source: the documentation's tables of nested options
//! and of relationships ("Join tables"): order and number of a collection do not go with any expansion inside another,
//! and many-to-many relationships go with nothing but each other.

use core::fmt;
use core::marker::PhantomData;

use super::{Columns, OrderColumns, QueryOptions};
use crate::column::Marker;
use crate::column::{ManyToMany, OneToMany};
use crate::filter::IntoFilter;
use crate::{Filter, Nav, NavMany};

/// Expands nothing yet.
#[derive(Clone, Copy, Debug)]
pub enum NoExpand {}
/// Expands one level, without order or number.
#[derive(Clone, Copy, Debug)]
pub enum OneLevel {}
/// Orders or limits a collection.
#[derive(Clone, Copy, Debug)]
pub enum Ordered {}
/// Expands inside an expansion.
#[derive(Clone, Copy, Debug)]
pub enum Nested {}
/// Expands many-to-many relationships.
#[derive(Clone, Copy, Debug)]
pub enum ManyToManyOnly {}

/// Expands what an entity says, and nothing beside it.
#[derive(Clone, Copy, Debug)]
pub enum FromEntity {}

/// The service takes expansions of these two shapes in one query.
#[diagnostic::on_unimplemented(
    message = "the service does not take this expansion beside the others of the query",
    label = "`{Self}` and `{Other}` do not go together",
    note = "order and number of a collection do not go with an expansion inside another; many-to-many relationships go \
            only with each other; ask for one of them in another request; an entity (`FromEntity`) says all that is expanded, \
            and what else is wanted is a field of it"
)]
pub trait CombinesWith<Other> {
    /// The shape of both.
    type Combined;
}

macro_rules! beside {
    ($($one:ident $other:ident => $both:ident;)*) => {$(
        impl CombinesWith<$other> for $one {
            type Combined = $both;
        }
    )*};
}

beside! {
    NoExpand NoExpand => NoExpand;
    NoExpand OneLevel => OneLevel;
    NoExpand Ordered => Ordered;
    NoExpand Nested => Nested;
    NoExpand ManyToManyOnly => ManyToManyOnly;
    OneLevel OneLevel => OneLevel;
    OneLevel Ordered => Ordered;
    OneLevel Nested => Nested;
    Ordered OneLevel => Ordered;
    Ordered Ordered => Ordered;
    Nested OneLevel => Nested;
    Nested Nested => Nested;
    // No expansion has the shapes `NoExpand` and `FromEntity`. With no rule or with one alone, the compiler would not tell what the
    // service does not take, but of a method that is missing, or of two types that are not the same.
    ManyToManyOnly NoExpand => ManyToManyOnly;
    ManyToManyOnly ManyToManyOnly => ManyToManyOnly;
    FromEntity NoExpand => FromEntity;
    FromEntity FromEntity => FromEntity;
}

/// The shape of an expansion that has none inside; nested ones may be these.
#[diagnostic::on_unimplemented(
    message = "this cannot be expanded inside another expansion",
    label = "`{Self}` stands on the first level only",
    note = "inside are rows by lookups, and collections without order and number; ask for the others in another request"
)]
pub trait Nestable {
    /// The shape of the expansion that it is inside.
    type Outer;
}

impl Nestable for OneLevel {
    type Outer = Nested;
}

impl Nestable for Nested {
    type Outer = Nested;
}

/// Relationships whose rows may be expanded further.
#[diagnostic::on_unimplemented(
    message = "nothing is expanded below a many-to-many relationship",
    note = "the service expands many-to-many relationships on the first level, alone"
)]
pub trait ExpandsFurther {
    /// The shape of an expansion of it.
    type Plain;
    /// The shape of one with an order or a number.
    type Ordered;
}

impl ExpandsFurther for OneToMany {
    type Plain = OneLevel;
    type Ordered = Ordered;
}

impl ExpandsFurther for ManyToMany {
    type Plain = ManyToManyOnly;
    type Ordered = ManyToManyOnly;
}

/// Something to expand from rows of table `A`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no expansion of `{A}`",
    label = "a navigation of `{A}` is wanted here",
    note = "several expansions are several calls of `expand`"
)]
pub trait Expand<A> {
    /// What it is, for what may stand beside it.
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

/// The row that a lookup leads to.
#[must_use = "an expansion does nothing until a query has it"]
pub struct ExpandOne<A, B, X = OneLevel> {
    name: &'static str,
    parts: QueryOptions,
    marker: Marker<(A, B, X)>,
}

impl<A, B, X> ExpandOne<A, B, X> {
    /// These columns of it.
    pub fn select(mut self, columns: impl Columns<B>) -> Self {
        self.parts.select(columns);
        self
    }

    /// What its own navigations lead to.
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
    /// To be expanded with these columns.
    pub fn select(self, columns: impl Columns<B>) -> ExpandOne<A, B> {
        ExpandOne { name: self.name(), parts: QueryOptions::default(), marker: PhantomData }.select(columns)
    }
}

/// The rows of a collection. `R` is its relationship, [`OneToMany`] or [`ManyToMany`].
#[must_use = "an expansion does nothing until a query has it"]
pub struct ExpandMany<A, B, R, X> {
    name: &'static str,
    parts: QueryOptions,
    filter: Option<Filter<B>>,
    marker: Marker<(A, B, R, X)>,
}

impl<A, B, R, X> ExpandMany<A, B, R, X> {
    fn shaped<Y>(self) -> ExpandMany<A, B, R, Y> {
        ExpandMany { name: self.name, parts: self.parts, filter: self.filter, marker: PhantomData }
    }

    /// These columns of them.
    pub fn select(mut self, columns: impl Columns<B>) -> Self {
        self.parts.select(columns);
        self
    }

    /// Only rows that fulfil this condition, and any that was given before.
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

// `S` is a parameter, and not `R::Ordered`, so that the compiler finds the method and then tells what does not go together.
impl<A, B, R: ExpandsFurther, X> ExpandMany<A, B, R, X> {
    /// By which columns they are ordered.
    pub fn order_by<S>(mut self, columns: impl OrderColumns<B>) -> ExpandMany<A, B, R, X::Combined>
    where
        R: ExpandsFurther<Ordered = S>,
        X: CombinesWith<S>,
    {
        columns.add(&mut self.parts.order);
        self.shaped()
    }

    /// At most so many.
    pub fn top<S>(mut self, rows: u32) -> ExpandMany<A, B, R, X::Combined>
    where
        R: ExpandsFurther<Ordered = S>,
        X: CombinesWith<S>,
    {
        self.parts.top = Some(rows);
        self.shaped()
    }

    /// What their own navigations lead to.
    pub fn expand<E: Expand<B>>(mut self, expansion: E) -> ExpandMany<A, B, R, X::Combined>
    where
        E::Combination: Nestable,
        X: CombinesWith<<E::Combination as Nestable>::Outer>,
    {
        expansion.add(&mut self.parts.expand);
        self.shaped()
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
    /// To be expanded with these columns.
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
