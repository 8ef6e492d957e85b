//! The typed builder of conditions: columns and values to OData, escaped by type.
//!
//! A condition belongs to a table, so that columns of two tables cannot be mixed; a column of another table is reached
//! by a navigation. No schema is needed at run time: names and kinds are in the generated constants.

mod compare;
mod function;
mod lambda;
mod operand;
mod path;
mod print;

pub(crate) use compare::literally;
pub use compare::{Comparable, Equality, TextSearchable};
pub use function::{
    BetweenComparable, DateLike, DateTimeLike, FunctionCondition, HierarchyKey, InComparable, LanguageCode,
    MultiSelect, PrincipalId,
};
pub use operand::{Literal, Operand, RowOf};
pub(crate) use path::ColumnPath;
pub use path::{Path, Via};

use core::fmt;
use core::marker::PhantomData;
use std::borrow::Cow;

use crate::Record;

/// A condition on rows of table `T`.
///
/// `Display` and [`odata`](Self::odata) give its text.
#[must_use = "a condition does nothing until a query has it"]
pub struct Filter<T> {
    pub(crate) node: Node,
    table: PhantomData<fn() -> T>,
}

/// A condition on rows of table `T`, as everything that takes one takes it: a [`Filter`], or the [`FunctionCondition`] that a query
/// function gives.
#[diagnostic::on_unimplemented(
    message = "this is no condition on rows of `{T}`",
    label = "a condition on `{T}` is wanted here, and this is a `{Self}`",
    note = "columns of another table are reached by a navigation: `Contact::PARENTCUSTOMERID_ACCOUNT.then(Account::NAME)`"
)]
pub trait IntoFilter<T> {
    /// The condition.
    fn into_filter(self) -> Filter<T>;
}

#[diagnostic::do_not_recommend]
impl<T> IntoFilter<T> for Filter<T> {
    fn into_filter(self) -> Filter<T> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoFilter<T> for FunctionCondition<T> {
    fn into_filter(self) -> Filter<T> {
        self.into()
    }
}

/// A condition as a tree; its places are relative to the row that it is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// `place operator value`
    Compare(ColumnPath, &'static str, Literal),
    /// `place operator place`
    Columns(ColumnPath, &'static str, ColumnPath),
    /// `contains(place,'value')`; the value is a pattern.
    Text(&'static str, ColumnPath, String),
    /// A query function of Dataverse.
    Function(&'static str, ColumnPath, function::Arguments),
    /// `navigation/any(…)`, `navigation/all(…)`
    Lambda(&'static str, &'static str, Option<Box<Node>>),
    /// `and` of several.
    And(Vec<Node>),
    /// `or` of several.
    Or(Vec<Node>),
    /// `not`
    Not(Box<Node>),
    /// Text that a macro has checked, in pieces; the letters that are variables of its lambdas, as bits.
    Raw(Vec<FilterPart>, u32),
}

/// A piece of a condition that a macro has checked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FilterPart {
    /// Its text.
    Text(Cow<'static, str>),
    /// Here a name of the row begins.
    Row,
    /// A condition that was put in.
    Condition(Node),
}

impl<T> Filter<T> {
    pub(crate) const fn new(node: Node) -> Self {
        Self { node, table: PhantomData }
    }

    /// A condition that `filter!` checked.
    pub(crate) const fn checked(parts: Vec<FilterPart>, variables: u32) -> Self {
        Self::new(Node::Raw(parts, variables))
    }

    /// Both conditions.
    pub fn and(self, other: impl IntoFilter<T>) -> Self {
        Self::new(match (self.node, other.into_filter().node) {
            (Node::And(mut all), Node::And(more)) => {
                all.extend(more);
                Node::And(all)
            }
            (Node::And(mut all), one) => {
                all.push(one);
                Node::And(all)
            }
            (one, other) => Node::And(vec![one, other]),
        })
    }

    /// At least one of the two.
    pub fn or(self, other: impl IntoFilter<T>) -> Self {
        Self::new(match (self.node, other.into_filter().node) {
            (Node::Or(mut all), Node::Or(more)) => {
                all.extend(more);
                Node::Or(all)
            }
            (Node::Or(mut all), one) => {
                all.push(one);
                Node::Or(all)
            }
            (one, other) => Node::Or(vec![one, other]),
        })
    }

    /// Not this condition. A query function becomes the one that negates it, which keeps rows without a value.
    #[expect(clippy::should_implement_trait, reason = "the word of the language, beside `and` and `or`")]
    pub fn not(self) -> Self {
        Self::new(match self.node {
            Node::Not(inner) => *inner,
            Node::Function(function, place, arguments) => match function::negation(function) {
                Some(opposite) => Node::Function(opposite, place, arguments),
                None => Node::Not(Box::new(Node::Function(function, place, arguments))),
            },
            node => Node::Not(Box::new(node)),
        })
    }

    /// All of these conditions; `None` where there are none.
    pub fn all(filters: impl IntoIterator<Item = Filter<T>>) -> Option<Self> {
        filters.into_iter().reduce(Filter::and)
    }

    /// At least one of these conditions; `None` where there are none.
    pub fn any(filters: impl IntoIterator<Item = Filter<T>>) -> Option<Self> {
        filters.into_iter().reduce(Filter::or)
    }

    /// Its text, as it stands behind `$filter=` before percent-encoding.
    #[must_use]
    pub fn odata(&self) -> String {
        let mut out = String::with_capacity(self.node.size_hint());
        self.print(&mut out);
        out
    }

    pub(crate) fn print(&self, out: &mut String) {
        self.node.print(out);
    }
}

impl<T> Clone for Filter<T> {
    fn clone(&self) -> Self {
        Self::new(self.node.clone())
    }
}

impl<T> PartialEq for Filter<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl<T> fmt::Display for Filter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.odata())
    }
}

impl<T: Record> fmt::Debug for Filter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", T::TABLE, self.odata())
    }
}
