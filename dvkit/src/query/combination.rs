//! Defines marker types with which the compiler checks that the expansions of one query can be combined.
//!
//! The rules are those of the service (the documentation's tables of nested options, and its page "Join
//! tables"). A query with `$orderby` or `$top` in the expansion of a collection cannot have an expansion
//! inside another expansion. Many-to-many relationships can be combined only with each other.

use crate::column::{ManyToMany, OneToMany};

/// Marks a query without expansions.
#[derive(Clone, Copy, Debug)]
pub enum NoExpand {}
/// Marks a query or an expansion with one level of expansions, none of which has `order_by` or `top`.
#[derive(Clone, Copy, Debug)]
pub enum OneLevel {}
/// Marks a query or an expansion in which the expansion of a collection has `order_by` or `top`.
#[derive(Clone, Copy, Debug)]
pub enum Ordered {}
/// Marks a query or an expansion with an expansion inside another expansion.
#[derive(Clone, Copy, Debug)]
pub enum Nested {}
/// Marks a query or an expansion with expansions of many-to-many relationships, which can be combined only
/// with each other.
#[derive(Clone, Copy, Debug)]
pub enum ManyToManyOnly {}

/// Marks a query whose expansions were set by an entity. No other expansion can be added to the query.
#[derive(Clone, Copy, Debug)]
pub enum FromEntity {}

/// The marker (`Self`) of a query, if an expansion with the marker `Other` can be added to the query.
#[diagnostic::on_unimplemented(
    message = "the service does not take this expansion beside the others of the query",
    label = "`{Self}` and `{Other}` cannot be combined",
    note = "`order_by` and `top` of a collection cannot be combined with an expansion inside another; many-to-many \
            relationships can be combined only with each other; ask for one of them in another request; an entity \
            (`FromEntity`) names everything that is expanded: add a field to it instead"
)]
pub trait CombinesWith<Other> {
    /// The marker of the query with the added expansion.
    type Combined;
}

macro_rules! combinations {
    ($($one:ident $other:ident => $both:ident;)*) => {$(
        impl CombinesWith<$other> for $one {
            type Combined = $both;
        }
    )*};
}

combinations! {
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
    // No expansion has the markers `NoExpand` and `FromEntity`. The rules with them exist for the messages of the compiler:
    // for a type with no rule or a single one, it reports a missing method or a type mismatch instead.
    ManyToManyOnly NoExpand => ManyToManyOnly;
    ManyToManyOnly ManyToManyOnly => ManyToManyOnly;
    FromEntity NoExpand => FromEntity;
    FromEntity FromEntity => FromEntity;
}

/// The marker of an expansion that may be inside another expansion.
#[diagnostic::on_unimplemented(
    message = "this cannot be expanded inside another expansion",
    label = "`{Self}` is possible on the first level only",
    note = "inside an expansion the service takes lookups, and collections without `order_by` and `top`; ask for the others \
            in another request"
)]
pub trait Nestable {
    /// The marker of the outer expansion with the inner expansion added.
    type Outer;
}

impl Nestable for OneLevel {
    type Outer = Nested;
}

impl Nestable for Nested {
    type Outer = Nested;
}

/// A kind of relationship, [`OneToMany`] or [`ManyToMany`]. It decides which marker the expansion of a
/// collection has.
#[diagnostic::on_unimplemented(
    message = "nothing is expanded below a many-to-many relationship",
    note = "the service expands many-to-many relationships on the first level, alone"
)]
pub trait ExpandsFurther {
    /// The marker of an expansion that has neither `order_by` nor `top`.
    type Plain;
    /// The marker of an expansion that has `order_by` or `top`.
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
