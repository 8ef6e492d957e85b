//! Defines [`Filter`], a condition on the rows of a table, and the tree that it contains. The methods of
//! columns and paths create filters, and queries take them.

use core::fmt;
use core::marker::PhantomData;
use std::borrow::Cow;

use super::literal::Literal;
use crate::row::Record;

/// A condition on the rows of table `T`. `Display` and [`odata`](Self::odata) return its text in OData.
#[must_use = "a condition does nothing until a query has it"]
pub struct Filter<T> {
    pub(crate) node: Node,
    table: PhantomData<fn() -> T>,
}

/// A type that serves as a condition on the rows of table `T`: a [`Filter`], or the [`FunctionCondition`]
/// that a query function returns.
#[diagnostic::on_unimplemented(
    message = "this is not a condition on rows of `{T}`",
    label = "a condition on `{T}` is wanted here, and this is a `{Self}`",
    note = "columns of another table are reached by a navigation: `Contact::PARENTCUSTOMERID_ACCOUNT.then(Account::NAME)`"
)]
pub trait IntoFilter<T> {
    /// Converts the condition into a filter.
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

/// The tree of a condition. All column paths in it begin at the row that is filtered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// `column operator value`. The fields are the column, the operator (`eq`) and the value.
    Compare(ColumnPath, &'static str, Literal),
    /// `column operator column`. The fields are the left column, the operator (`eq`) and the right column.
    Columns(ColumnPath, &'static str, ColumnPath),
    /// `function(column,'pattern')`. The fields are the function (`contains`, `startswith`, `endswith`), the
    /// column, and the pattern, which may contain wildcards.
    Text(&'static str, ColumnPath, String),
    /// A query function of Dataverse. The fields are the name of the function, the column and the other
    /// arguments.
    Function(&'static str, ColumnPath, Arguments),
    /// `navigation/any(…)` or `navigation/all(…)`. The fields are the navigation property, `any` or `all`,
    /// and the condition on the related rows. With `None` as condition, `any` matches rows that have a
    /// related row.
    Lambda(&'static str, &'static str, Option<Box<Node>>),
    /// Conditions joined by `and`.
    And(Vec<Node>),
    /// Conditions joined by `or`.
    Or(Vec<Node>),
    /// A condition negated by `not`.
    Not(Box<Node>),
    /// A filter that `filter!` has checked. The fields are its parts, and a bit set of the one-letter lambda
    /// variables that occur in it (bit 0 is `a`).
    Raw(Vec<FilterPart>, u32),
}

/// A part of a filter that `filter!` has checked: text, a position, or a condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FilterPart {
    /// OData text that is sent unchanged.
    Text(Cow<'static, str>),
    /// The position at which a column path begins. If the filter is put into a lambda expression, the lambda
    /// variable and a `/` are inserted here.
    RowName,
    /// The condition of the filter that was given for a placeholder.
    Condition(Node),
}

impl<T> Filter<T> {
    pub(crate) const fn new(node: Node) -> Self {
        Self { node, table: PhantomData }
    }

    /// Returns a filter that `filter!` has checked. `variables` is a bit set of the one-letter lambda
    /// variables that occur in `parts` (bit 0 is `a`).
    pub(crate) const fn checked(parts: Vec<FilterPart>, variables: u32) -> Self {
        Self::new(Node::Raw(parts, variables))
    }

    /// Returns a filter for rows that fulfil this condition and `other`.
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

    /// Returns a filter for rows that fulfil this condition or `other`.
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

    /// Returns a filter for rows that do not fulfil this condition.
    ///
    /// A query function is replaced by its opposite (`NotBetween` for `Between`), because the service refuses
    /// `not` before a query function. The opposite also matches rows without a value.
    #[expect(clippy::should_implement_trait, reason = "OData's word for it, beside `and` and `or`")]
    pub fn not(self) -> Self {
        Self::new(match self.node {
            Node::Not(inner) => *inner,
            Node::Function(function, place, arguments) => match negation(function) {
                Some(opposite) => Node::Function(opposite, place, arguments),
                None => Node::Not(Box::new(Node::Function(function, place, arguments))),
            },
            node => Node::Not(Box::new(node)),
        })
    }

    /// Returns a filter for rows that fulfil all of `filters`; `None` if there are no filters.
    pub fn all(filters: impl IntoIterator<Item = Filter<T>>) -> Option<Self> {
        filters.into_iter().reduce(Filter::and)
    }

    /// Returns a filter for rows that fulfil at least one of `filters`; `None` if there are no filters.
    pub fn any(filters: impl IntoIterator<Item = Filter<T>>) -> Option<Self> {
        filters.into_iter().reduce(Filter::or)
    }

    /// Returns the condition as OData text, for the value of `$filter`. The text is not percent-encoded.
    #[must_use]
    pub fn odata(&self) -> String {
        let mut out = String::with_capacity(self.node.size_hint());
        self.print(&mut out);
        out
    }

    pub(crate) fn print(&self, out: &mut String) {
        self.node.print(out);
    }

    /// Returns the number of bytes that are reserved for the text.
    #[cfg(test)]
    pub(crate) fn size_hint(&self) -> usize {
        self.node.size_hint()
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

/// The arguments of a query function after the column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arguments {
    /// No arguments besides the column.
    None,
    /// One value. It is written in quotes, whatever its type is.
    One(Literal),
    /// A number. It is written without quotes.
    Number(u32),
    /// A list of values. Each value is written in quotes, whatever its type is.
    List(Vec<Literal>),
    /// A fiscal period and a fiscal year, both as numbers. They are written without quotes.
    Period(u32, u32),
}

/// Pairs of query functions that are opposites. The second function of each pair also matches rows without a
/// value.
const NEGATIONS: [(&str, &str); 6] = [
    ("Between", "NotBetween"),
    ("ContainValues", "DoesNotContainValues"),
    ("EqualBusinessId", "NotEqualBusinessId"),
    ("EqualUserId", "NotEqualUserId"),
    ("In", "NotIn"),
    ("Under", "NotUnder"),
];

fn negation(function: &str) -> Option<&'static str> {
    NEGATIONS.iter().find_map(|(one, other)| match function {
        _ if function == *one => Some(*other),
        _ if function == *other => Some(*one),
        _ => None,
    })
}

/// A condition that consists of one query function without an opposite. Unlike a [`Filter`], it has no method
/// `not`, because the service refuses `not` before a query function.
#[must_use = "a condition does nothing until a query has it"]
pub struct FunctionCondition<T>(Filter<T>);

impl<T> FunctionCondition<T> {
    /// Returns a filter for rows that fulfil this condition and `other`.
    pub fn and(self, other: impl IntoFilter<T>) -> Filter<T> {
        self.0.and(other)
    }

    /// Returns a filter for rows that fulfil this condition or `other`.
    pub fn or(self, other: impl IntoFilter<T>) -> Filter<T> {
        self.0.or(other)
    }

    /// Returns the condition as OData text, for the value of `$filter`. The text is not percent-encoded.
    #[must_use]
    pub fn odata(&self) -> String {
        self.0.odata()
    }
}

impl<T> From<FunctionCondition<T>> for Filter<T> {
    fn from(condition: FunctionCondition<T>) -> Self {
        condition.0
    }
}

impl<T> From<Filter<T>> for FunctionCondition<T> {
    fn from(filter: Filter<T>) -> Self {
        Self(filter)
    }
}

impl<T> Clone for FunctionCondition<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Record> core::fmt::Debug for FunctionCondition<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

/// The path from the filtered row to a column, in names of the Web API: `parentcustomerid_account/name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnPath {
    /// The navigation properties from the filtered row to the row with the column, in order; empty for a
    /// column of the filtered row itself.
    pub(crate) navigations: Vec<&'static str>,
    /// The name of the column in the Web API.
    pub(crate) property: &'static str,
    /// The text that follows the column's name in a comparison: `/Value` for a managed property, otherwise
    /// empty.
    pub(crate) part: &'static str,
}

impl ColumnPath {
    /// Returns the path to the column `property` of the filtered row itself.
    pub(crate) const fn of_row(property: &'static str) -> Self {
        Self { navigations: Vec::new(), property, part: "" }
    }

    /// Returns the logical name of the column, which query functions require: `parentcustomerid` for the
    /// property `_parentcustomerid_value`.
    pub(crate) fn logical_name(&self) -> &'static str {
        logical_name(self.property)
    }
}

/// Returns the logical name of the column whose property in the Web API is `property`.
pub(crate) fn logical_name(property: &'static str) -> &'static str {
    property.strip_prefix('_').and_then(|name| name.strip_suffix("_value")).unwrap_or(property)
}
