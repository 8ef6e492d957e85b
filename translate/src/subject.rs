//! Describes which part of a query a reason or a difference of a translation is about, in terms of the HIR.
//!
//! The translators create a [`Subject`], because a HIR has no spans. The module `provenance` searches the
//! original text for the part that the subject describes.

use dvkit_query::hir::UnreadPart;

/// The part of a query that a reason or a difference is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The whole query.
    #[default]
    Whole,
    /// The table whose rows the query selects.
    Entity,
    /// The paging of the query: its page number, page size or continuation token.
    Page,
    /// An order by a column. The fields are the alias of the joined row that has the column (`None` for the
    /// row of the query), and the column.
    Order(Option<String>, String),
    /// An order by an aggregate. The field is the name of the aggregate in the result.
    OrderOfResult(String),
    /// A returned column. The fields are the alias of the joined row that has the column (`None` for the row
    /// of the query), and the column.
    Select(Option<String>, String),
    /// The first column to which the query gives another name. The field is the alias of the joined row that
    /// has the column (`None` for the row of the query).
    Alias(Option<String>),
    /// A column in a condition. The fields are the alias of the joined row that has the column (`None` for
    /// the row of the query), and the column.
    Condition(Option<String>, String),
    /// A comparison of two columns. The fields are the names of the columns.
    Compared(String, String),
    /// A comparison of a column with a text. The fields are the name of the column and the text.
    Text(String, String),
    /// The function that computes an aggregate. The field is the name of the aggregate in the result.
    Aggregate(String),
    /// The part of a date by which rows are grouped. The field is the name of the date column.
    DatePart(String),
    /// A join. The field is its alias.
    Join(String),
    /// The pair of columns that a join compares. The field is the alias of the join.
    JoinColumns(String),
    /// The type of a join. The field is the alias of the join.
    JoinKind(String),
    /// A condition that related rows exist. The fields are the tables that may be named in the text (the
    /// related table, or the intersect table that leads to it), and the two compared columns.
    Exists(Vec<String>, String, String),
    /// A navigation property, a function or a parameter. The field is its name.
    Name(String),
    /// The order and the limit of an expansion. The field is the navigation property that is expanded.
    OptionsOf(String),
    /// An attribute of the element `fetch`. The field is its name.
    Attribute(&'static str),
    /// A query option of an OData request. The field is its name without `$`.
    Option(&'static str),
    /// A part of the text that the HIR does not represent.
    Unread(UnreadPart),
}
