//! The meaning of a query, in which names are resolved, values are typed, and the original spelling is gone.
//!
//! A [`Query`] is made by [`check`](crate::check) or by the constructors in this module. The constructors
//! simplify (they flatten nested conjunctions and remove double negations), so that two spellings of one
//! meaning are equal. A query has no spans.
//!
//! The terms are relational. FetchXML can express more than OData, so tests are named after their meaning
//! rather than after an operator of either language.

mod query;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::functions::Function;
pub use query::{
    Aggregate, AggregateFunction, Columns, ContinuationToken, DateGrouping, Expansion, GroupKey, Grouping,
    Join, JoinKind, Key, NavigationStep, OpaqueQuery, Order, OrderBy, Page, Query, QueryHint, RelatedRows,
    ResultShape, RowSource, UnreadKind, UnreadPart,
};

/// A condition on one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// A constant: every row (`true`) or no row (`false`).
    Constant(bool),
    /// All of the conditions are true; two or more.
    And(Vec<Predicate>),
    /// At least one of the conditions is true; two or more.
    Or(Vec<Predicate>),
    /// The condition is not true. The logic is three-valued: not unknown is unknown.
    Not(Box<Predicate>),
    /// A test on the value of one column.
    Test(ColumnRef, Test),
    /// A comparison of two columns of the same row.
    Columns(ColumnRef, Comparison, ColumnRef),
    /// At least one row of the collection meets the condition, or exists if there is no condition.
    Any(CollectionRef, Option<Box<Predicate>>),
    /// Every row of the collection meets the condition.
    All(CollectionRef, Box<Predicate>),
    /// A placeholder or parameter in place of a whole condition.
    Parameter(String),
}

impl Predicate {
    /// Returns the conjunction of the conditions, flattened; the constant true if there are none.
    #[must_use]
    pub fn and(parts: Vec<Predicate>) -> Self {
        Self::join(parts, true)
    }

    /// Returns the disjunction of the conditions, flattened; the constant false if there are none.
    #[must_use]
    pub fn or(parts: Vec<Predicate>) -> Self {
        Self::join(parts, false)
    }

    /// Returns the flattened conjunction or disjunction. `neutral` is the constant that does not affect it:
    /// true for `and`, false for `or`.
    fn join(parts: Vec<Predicate>, neutral: bool) -> Self {
        let plain = |p: &Self| !matches!(p, Self::Constant(_) | Self::And(_) | Self::Or(_));
        if parts.len() > 1 && parts.iter().all(plain) {
            return if neutral { Self::And(parts) } else { Self::Or(parts) };
        }
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match (part, neutral) {
                (Self::Constant(c), _) if c == neutral => {}
                (Self::Constant(c), _) => return Self::Constant(c),
                (Self::And(inner), true) | (Self::Or(inner), false) => flat.extend(inner),
                (other, _) => flat.push(other),
            }
        }
        if flat.len() > 1 {
            return if neutral { Self::And(flat) } else { Self::Or(flat) };
        }
        flat.pop().unwrap_or(Self::Constant(neutral))
    }

    /// Returns the negation of the condition. A double negation cancels out.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::Constant(c) => Self::Constant(!c),
            other => Self::Not(Box::new(other)),
        }
    }
}

/// A column of a row in scope, or of a row that lookups lead to from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnRef {
    /// The row in scope: 0 is the row of the query, `n` the row of the `n`-th enclosing lambda. Within a
    /// [`Join`], 0 is the joined row.
    pub scope: usize,
    /// The alias of a joined row ([`Query::joins`]). If set, the column belongs to that row instead of the
    /// row `scope`.
    pub join: Option<Box<str>>,
    /// The lookups that are followed from the row in scope.
    pub path: Vec<Link>,
    /// The logical name of the column.
    pub column: String,
    /// The name of the column in OData.
    pub property: Property,
}

/// The name of a column in OData, derived from its logical name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Property {
    /// The logical name itself.
    Plain,
    /// `_<logical name>_value`.
    Lookup,
    /// `<logical name>/Value`: the column is a managed property.
    Managed,
    /// Another name, as some virtual tables have.
    Named(String),
}

/// A lookup that a path follows to one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The navigation property.
    pub navigation: String,
    /// The table that the lookup points to.
    pub table: String,
    /// The lookup column of the row that the path comes from, if known.
    pub column: Option<String>,
    /// The key column of the row that the lookup points to, if known.
    pub referenced: Option<String>,
}

/// A collection of related rows. They are related by a relationship or, in FetchXML, by any two columns with
/// equal values; then the navigation property is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionRef {
    /// The row that the collection belongs to, as in [`ColumnRef::scope`].
    pub scope: usize,
    /// The navigation property.
    pub navigation: String,
    /// The table of the rows in the collection.
    pub table: String,
    /// The lookup column of the related rows (1:N), or the intersect table's column that refers to this row
    /// (N:N).
    pub column: Option<String>,
    /// The key column of this row (1:N), or the intersect table's column that refers to the related rows
    /// (N:N).
    pub referenced: Option<String>,
    /// The intersect table of an N:N relationship.
    pub intersect: Option<String>,
    /// Whether the collection holds at most one row: the row that a lookup points to, tested for existence.
    pub single: bool,
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Equal (`eq`).
    Eq,
    /// Not equal (`ne`).
    Ne,
    /// Greater than (`gt`).
    Gt,
    /// Greater than or equal (`ge`).
    Ge,
    /// Less than (`lt`).
    Lt,
    /// Less than or equal (`le`).
    Le,
}

impl Comparison {
    /// Returns the operator's name in OData.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// Returns the operator that gives the same result with the operands exchanged.
    #[must_use]
    pub fn flip(self) -> Self {
        match self {
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            same => same,
        }
    }

    /// Returns whether this is `eq` or `ne`.
    #[must_use]
    pub fn is_equality(self) -> bool {
        matches!(self, Self::Eq | Self::Ne)
    }
}

/// A test on the value of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// The value compares to another value.
    Compare(Comparison, Value),
    /// The column has no value.
    Null,
    /// The column has a value.
    NotNull,
    /// The value contains the pattern. Patterns are LIKE patterns on Dataverse, with the wildcards `%`, `_`
    /// and `[…]`.
    Contains(Value),
    /// The value begins with the pattern.
    StartsWith(Value),
    /// The value ends with the pattern.
    EndsWith(Value),
    /// The whole value matches the pattern: FetchXML's `like`, if it is not one of the three tests above.
    Like(Value),
    /// A query function of Dataverse is true of the value.
    Function(&'static Function, Arguments),
}

/// The arguments of a query function, without the column.
#[derive(Clone, Debug, PartialEq)]
pub enum Arguments {
    /// No argument.
    None,
    /// One value, written in quotes.
    One(Value),
    /// One number.
    Number(Value),
    /// A list of values.
    List(Vec<Value>),
    /// A list that is given as a whole by a parameter.
    ListParameter(String),
    /// A fiscal period and a fiscal year.
    Period(Value, Value),
}

/// A typed value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number, or the number of an option of a choice.
    Integer(i64),
    /// A decimal number or an amount of money.
    Decimal(Decimal),
    /// A floating-point number.
    Double(f64),
    /// True or false.
    Boolean(bool),
    /// The id of a row, or another guid.
    Guid(Uuid),
    /// A day without a time.
    Date(Date),
    /// A point in time.
    DateTime(Timestamp),
    /// A parameter alias (`@p1`) or a placeholder, as written.
    Parameter(String),
}
