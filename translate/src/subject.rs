//! The part of a query that a reason or a difference is about, in terms of the HIR.

use dvkit_query::hir::UnreadPart;

/// The part of a query that a reason or a difference is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The whole query.
    #[default]
    Whole,
    /// The table that the query selects from.
    Entity,
    /// The page.
    Page,
    /// An order by a column: the alias of its row, and the column.
    Order(Option<String>, String),
    /// An order by the result of an aggregation, by its name.
    OrderOfResult(String),
    /// A column that is returned: the alias of its row, and the column.
    Select(Option<String>, String),
    /// The first alias of a column of this row.
    Alias(Option<String>),
    /// A column in a condition: the alias of its row, and the column.
    Condition(Option<String>, String),
    /// A comparison of two columns.
    Compared(String, String),
    /// A column and the text that it is compared with.
    Text(String, String),
    /// The function of an aggregate, by the name of its result.
    Aggregate(String),
    /// The part of a date that rows are grouped by, by the column.
    DatePart(String),
    /// A join, by its alias.
    Join(String),
    /// The columns of a join, by its alias.
    JoinColumns(String),
    /// The type of a join, by its alias.
    JoinKind(String),
    /// An existence condition: the table of the rows, or the intersect table that leads to them, and the two
    /// columns that join them.
    Exists(Vec<String>, String, String),
    /// A navigation property, a function or a parameter, by its name.
    Name(String),
    /// The order and limit of an expansion, by its navigation property.
    OptionsOf(String),
    /// An attribute of `fetch`, by its name.
    Attribute(&'static str),
    /// An option of the request, by its name without `$`.
    Option(&'static str),
    /// A part of the text that the HIR does not represent.
    Unread(UnreadPart),
}
