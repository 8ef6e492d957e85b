//! The part of a query that a reason or a difference is about, in terms of the HIR.

use dvkit_query::hir::UnreadPart;

/// The part of a query that a reason or a difference is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The whole query.
    #[default]
    Whole,
    /// The table whose rows the query selects.
    Entity,
    /// The paging of the query.
    Page,
    /// An order by a column: the alias of the joined row (`None` for the row of the query), and the column.
    Order(Option<String>, String),
    /// An order by the result of an aggregation, given by the name of the result.
    OrderOfResult(String),
    /// A returned column: the alias of the joined row (`None` for the row of the query), and the column.
    Select(Option<String>, String),
    /// The first column with an alias, of the joined row with this alias (`None` for the row of the query).
    Alias(Option<String>),
    /// A column in a condition: the alias of the joined row (`None` for the row of the query), and the
    /// column.
    Condition(Option<String>, String),
    /// A comparison of two columns, given by their names.
    Compared(String, String),
    /// A comparison of a column with a text, given by the name of the column and the text.
    Text(String, String),
    /// The function of an aggregate, given by the name of its result.
    Aggregate(String),
    /// The part of a date by which rows are grouped, given by the name of the column.
    DatePart(String),
    /// A join, given by its alias.
    Join(String),
    /// The columns that a join compares, given by the alias of the join.
    JoinColumns(String),
    /// The type of a join, given by the alias of the join.
    JoinKind(String),
    /// A condition that related rows exist: their table (or the intersect table that leads to them), and the
    /// two columns that are compared.
    Exists(Vec<String>, String, String),
    /// A navigation property, a function or a parameter, given by its name.
    Name(String),
    /// The order and the limit of an expansion, given by its navigation property.
    OptionsOf(String),
    /// An attribute of the element `fetch`, given by its name.
    Attribute(&'static str),
    /// A query option, given by its name without `$`.
    Option(&'static str),
    /// A part of the text that the HIR does not represent.
    Unread(UnreadPart),
}
