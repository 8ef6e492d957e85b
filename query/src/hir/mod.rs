//! Defines the high-level intermediate representation (HIR): the meaning of a query, independent of its
//! spelling, with names resolved and values typed. Checks create it; translations, the interpreter and the
//! SQL emitter read it.
//!
//! The constructors simplify a condition (they flatten nested conjunctions and remove double negations), so
//! that two spellings of one meaning give equal queries. A query has no spans. Its vocabulary is relational:
//! a test is named after its meaning rather than after an operator of OData or FetchXML.

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

/// A condition on one row, which is true, false or unknown for that row.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// A constant: every row meets the condition (`true`), or no row does (`false`).
    Constant(bool),
    /// A conjunction: all of the conditions are true. There are at least two conditions.
    And(Vec<Predicate>),
    /// A disjunction: at least one of the conditions is true. There are at least two conditions.
    Or(Vec<Predicate>),
    /// A negation: the condition is false. The logic is three-valued, as in SQL, so the negation of an
    /// unknown result is unknown.
    Not(Box<Predicate>),
    /// The value of the column passes the test.
    Test(ColumnRef, Test),
    /// The values of two columns of one row compare as the operator says. The first field is the left
    /// operand.
    Columns(ColumnRef, Comparison, ColumnRef),
    /// At least one row of the collection meets the condition. Without a condition (`None`), the collection
    /// has at least one row.
    Any(CollectionRef, Option<Box<Predicate>>),
    /// Every row of the collection meets the condition. This is true for a collection without rows.
    All(CollectionRef, Box<Predicate>),
    /// A placeholder or parameter in place of a whole condition. The field is its text.
    Parameter(String),
}

impl Predicate {
    /// Returns the conjunction (`and`) of the conditions. Nested conjunctions are flattened. Without
    /// conditions the result is the constant true.
    #[must_use]
    pub fn and(parts: Vec<Predicate>) -> Self {
        Self::join(parts, true)
    }

    /// Returns the disjunction (`or`) of the conditions. Nested disjunctions are flattened. Without
    /// conditions the result is the constant false.
    #[must_use]
    pub fn or(parts: Vec<Predicate>) -> Self {
        Self::join(parts, false)
    }

    /// Returns the conjunction of `parts` if `neutral` is true, and their disjunction if `neutral` is false.
    /// Nested ones are flattened. `neutral` is the constant that does not affect the result.
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

    /// Returns the negation of the condition. The negation of a negation is the original condition.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::Constant(c) => Self::Constant(!c),
            other => Self::Not(Box::new(other)),
        }
    }
}

/// A reference to a column: the row to start from, the lookups to follow from that row, and the column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnRef {
    /// The number of the row to start from: 0 is the row of the query, and `n` is the row of the `n`-th
    /// enclosing lambda, counted from the outermost. Within a [`Join`], 0 is the joined row.
    pub scope: usize,
    /// The alias of the joined row ([`Query::joins`]) to start from, instead of the row with the number
    /// `scope`; `None` if the path does not start at a joined row.
    pub join: Option<Box<str>>,
    /// The lookups to follow from the row to start from, first to last; empty for a column of that row
    /// itself.
    pub path: Vec<Link>,
    /// The logical name of the column.
    pub column: String,
    /// The name of the column in OData.
    pub property: Property,
}

/// The name of a column in OData. For most columns it is derived from the logical name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Property {
    /// The logical name itself, as for most columns.
    Plain,
    /// The name `_<logical name>_value`, for a lookup.
    Lookup,
    /// The name `<logical name>/Value`, for a managed property.
    Managed,
    /// A name that is not derived from the logical name, as for some columns of virtual tables.
    Named(String),
}

/// A lookup that is followed to the row it points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The name of the lookup's navigation property.
    pub navigation: String,
    /// The logical name of the table that the lookup points to.
    pub table: String,
    /// The logical name of the lookup column; `None` if it is unknown.
    pub column: Option<String>,
    /// The logical name of the key column in `table` that the lookup refers to; `None` if it is unknown.
    pub referenced: Option<String>,
}

/// The rows that are related to one row, by a relationship or, in FetchXML, by any two columns with equal
/// values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionRef {
    /// The number of the row that the collection belongs to, as in [`ColumnRef::scope`].
    pub scope: usize,
    /// The name of the navigation property that leads to the rows; empty if the rows are not related by a
    /// relationship.
    pub navigation: String,
    /// The logical name of the table of the rows in the collection.
    pub table: String,
    /// For a 1:N relationship, the lookup column of the rows in the collection. For an N:N relationship, the
    /// column of the intersect table that refers to the row that the collection belongs to. `None` if the
    /// column is unknown.
    pub column: Option<String>,
    /// For a 1:N relationship, the key column of the row that the collection belongs to. For an N:N
    /// relationship, the column of the intersect table that refers to the rows in the collection. `None` if
    /// the column is unknown.
    pub referenced: Option<String>,
    /// The logical name of the intersect table of an N:N relationship; `None` for other collections.
    pub intersect: Option<String>,
    /// Whether the collection is the one row that a lookup points to. Such a collection occurs if a condition
    /// tests that this row exists.
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

    /// Returns the operator that gives the same result with exchanged operands: `gt` for `lt`, and `eq` for
    /// `eq`.
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

    /// Returns whether the operator is `eq` or `ne`.
    #[must_use]
    pub fn is_equality(self) -> bool {
        matches!(self, Self::Eq | Self::Ne)
    }
}

/// A test of the value of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// The value of the column compares with the given value as the operator says.
    Compare(Comparison, Value),
    /// The column has no value (`eq null`).
    Null,
    /// The column has a value (`ne null`).
    NotNull,
    /// The value contains the pattern. A pattern is that of SQL's `LIKE`, with the wildcards `%`, `_` and
    /// `[…]`.
    Contains(Value),
    /// The value begins with the pattern, which may contain wildcards as in `Contains`.
    StartsWith(Value),
    /// The value ends with the pattern, which may contain wildcards as in `Contains`.
    EndsWith(Value),
    /// The whole value matches the pattern, as with FetchXML's `like`. A pattern that `Contains`,
    /// `StartsWith` or `EndsWith` can express is represented by that test instead.
    Like(Value),
    /// The query function of Dataverse returns true for the value of the column and these arguments.
    Function(&'static Function, Arguments),
}

/// The arguments of a query function that follow the column.
#[derive(Clone, Debug, PartialEq)]
pub enum Arguments {
    /// The function takes no argument after the column.
    None,
    /// One value, which OData writes in quotes.
    One(Value),
    /// One number, which OData writes without quotes.
    Number(Value),
    /// A list of values, which OData writes as a JSON array of strings.
    List(Vec<Value>),
    /// A parameter or placeholder in place of the whole list. The field is its text.
    ListParameter(String),
    /// The number of a fiscal period, followed by the number of a fiscal year.
    Period(Value, Value),
}

/// A typed value that a column is compared with, or that an option of a request has.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number, or the number of an option of a choice column.
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
    /// A parameter alias (`@p1`) or a placeholder (`{id}`) in place of a value. The field is its text.
    Parameter(String),
}
