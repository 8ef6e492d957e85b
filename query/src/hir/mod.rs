//! The meaning of a query: names resolved, values typed, nothing left of the spelling.
//!
//! A [`Query`] is made by [`check`](crate::check) or by the constructors here, which simplify as they build
//! (nested conjunctions flattened, double negation gone), so that two spellings of one meaning are equal. The words
//! are relational. FetchXML says more than OData does, so tests are named after what they mean rather than after
//! either language's operator.

mod query;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::functions::Function;
pub use query::{
    Aggregate, AggregateFunction, Columns, DateGrouping, Expansion, Extra, GroupKey, Grouping, Join,
    JoinKind, Key, Order, OrderBy, Page, Query, Related, ResultShape, Start, Step, Stored, Token, Unread,
    UnreadKind,
};

/// A condition on one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// A constant.
    Constant(bool),
    /// All of them hold; two or more.
    And(Vec<Predicate>),
    /// At least one holds; two or more.
    Or(Vec<Predicate>),
    /// It does not hold (three-valued: unknown stays unknown).
    Not(Box<Predicate>),
    /// A test on one column.
    Test(ColumnRef, Test),
    /// Two columns of the same row.
    Columns(ColumnRef, Comparison, ColumnRef),
    /// Some row of the collection meets the condition (or there is one at all).
    Any(Collection, Option<Box<Predicate>>),
    /// Every row of the collection meets the condition.
    All(Collection, Box<Predicate>),
    /// A placeholder or parameter that stands for a whole condition.
    Parameter(String),
}

impl Predicate {
    /// The conjunction, flattened; the constant true where there is none.
    #[must_use]
    pub fn and(parts: Vec<Predicate>) -> Self {
        Self::join(parts, true)
    }

    /// The disjunction, flattened; the constant false where there is none.
    #[must_use]
    pub fn or(parts: Vec<Predicate>) -> Self {
        Self::join(parts, false)
    }

    /// `neutral` is the constant that changes nothing: true for `and`, false for `or`.
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

    /// The negation; a double one cancels.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::Constant(c) => Self::Constant(!c),
            other => Self::Not(Box::new(other)),
        }
    }
}

/// A column, reached from a row in scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnRef {
    /// Which row: 0 the one the query started from, n the row of the n-th enclosing lambda. Within a [`Join`] 0 is the
    /// joined row.
    pub scope: usize,
    /// The alias of the joined row that it is a column of, in place of the row itself ([`Query::joins`]).
    pub join: Option<Box<str>>,
    /// The lookups followed from there.
    pub path: Vec<Link>,
    /// Logical name of the column.
    pub column: String,
    /// How OData spells it.
    pub property: Property,
}

/// How OData spells a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Property {
    /// By its logical name.
    Plain,
    /// `_<logical name>_value`.
    Lookup,
    /// `<logical name>/Value`, a managed property.
    Managed,
    /// Otherwise (virtual tables).
    Named(String),
}

/// A lookup that is followed to one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The navigation property.
    pub navigation: String,
    /// The table it leads to.
    pub table: String,
    /// The lookup column on this side, where known.
    pub column: Option<String>,
    /// The key column on the other side, where known.
    pub referenced: Option<String>,
}

/// A collection of related rows, by relationship, or (FetchXML) by any two columns that are equal; then the navigation
/// property is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Which row it hangs on, as in [`ColumnRef::scope`].
    pub scope: usize,
    /// The navigation property.
    pub navigation: String,
    /// The table of its rows.
    pub table: String,
    /// 1:N: the lookup column of the rows. N:N: the intersect table's column for this side.
    pub column: Option<String>,
    /// 1:N: the key column on this side. N:N: the intersect table's column for the rows.
    pub referenced: Option<String>,
    /// N:N: the intersect table.
    pub intersect: Option<String>,
    /// At most one row: the other side of a lookup, asked whether it exists.
    pub single: bool,
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
}

impl Comparison {
    /// OData's operator.
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

    /// The operator with the operands exchanged.
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

    /// `eq` or `ne`.
    #[must_use]
    pub fn is_equality(self) -> bool {
        matches!(self, Self::Eq | Self::Ne)
    }
}

/// A test on one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Compared with a value.
    Compare(Comparison, Value),
    /// Has no value.
    Null,
    /// Has a value.
    NotNull,
    /// Holds the pattern somewhere. Patterns are LIKE patterns on Dataverse: `%`, `_`, `[…]` are wildcards.
    Contains(Value),
    /// Begins with the pattern.
    StartsWith(Value),
    /// Ends with the pattern.
    EndsWith(Value),
    /// Is like the pattern as a whole: FetchXML's `like`, where it is none of the three above.
    Like(Value),
    /// One of Dataverse's own query functions.
    Function(&'static Function, Arguments),
}

/// The arguments of a query function, by signature.
#[derive(Clone, Debug, PartialEq)]
pub enum Arguments {
    /// None but the column.
    None,
    /// One value, written as text.
    One(Value),
    /// One number.
    Number(Value),
    /// A list.
    List(Vec<Value>),
    /// The whole list by parameter.
    ListParameter(String),
    /// Fiscal period and year.
    Period(Value, Value),
}

/// A typed value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number, a choice's option.
    Integer(i64),
    /// A decimal or an amount.
    Decimal(Decimal),
    /// A floating-point number.
    Double(f64),
    /// True or false.
    Boolean(bool),
    /// A row's id.
    Guid(Uuid),
    /// A day.
    Date(Date),
    /// A point in time.
    DateTime(Timestamp),
    /// A parameter alias (`@p1`) or a placeholder, as written.
    Parameter(String),
}
