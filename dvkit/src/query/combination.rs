//! The service's rules on which expansions one query may combine, as types.
//!
//! Source: the documentation's tables of nested options and of relationships ("Join tables"). `$orderby` and `$top` of a
//! collection cannot be combined with an expansion within another one, and many-to-many relationships can be combined
//! with each other only.

use crate::column::{ManyToMany, OneToMany};

/// Marks a query without expansions.
#[derive(Clone, Copy, Debug)]
pub enum NoExpand {}
/// Marks expansions of one level without `order_by` and `top`.
#[derive(Clone, Copy, Debug)]
pub enum OneLevel {}
/// Marks the expansion of a collection with `order_by` or `top`.
#[derive(Clone, Copy, Debug)]
pub enum Ordered {}
/// Marks an expansion within another expansion.
#[derive(Clone, Copy, Debug)]
pub enum Nested {}
/// Marks the expansion of a many-to-many relationship.
#[derive(Clone, Copy, Debug)]
pub enum ManyToManyOnly {}

/// Marks the expansions of an entity, to which no others can be added.
#[derive(Clone, Copy, Debug)]
pub enum FromEntity {}

/// Two kinds of expansions that the service takes in one query, `Self` and `Other`.
#[diagnostic::on_unimplemented(
    message = "the service does not take this expansion beside the others of the query",
    label = "`{Self}` and `{Other}` cannot be combined",
    note = "`order_by` and `top` of a collection cannot be combined with an expansion inside another; many-to-many \
            relationships can be combined only with each other; ask for one of them in another request; an entity \
            (`FromEntity`) names everything that is expanded: add a field to it instead"
)]
pub trait CombinesWith<Other> {
    /// The marker of a query with both.
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

/// The markers of expansions that can be inside another expansion.
#[diagnostic::on_unimplemented(
    message = "this cannot be expanded inside another expansion",
    label = "`{Self}` is possible on the first level only",
    note = "inside an expansion the service takes lookups, and collections without `order_by` and `top`; ask for the others \
            in another request"
)]
pub trait Nestable {
    /// The marker of the outer expansion.
    type Outer;
}

impl Nestable for OneLevel {
    type Outer = Nested;
}

impl Nestable for Nested {
    type Outer = Nested;
}

/// The kinds of relationship that a collection can have, [`OneToMany`] and [`ManyToMany`], and the markers of expanding it.
#[diagnostic::on_unimplemented(
    message = "nothing is expanded below a many-to-many relationship",
    note = "the service expands many-to-many relationships on the first level, alone"
)]
pub trait ExpandsFurther {
    /// The marker of an expansion without `order_by` and `top`.
    type Plain;
    /// The marker of an expansion with `order_by` or `top`.
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
