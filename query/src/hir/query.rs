//! The meaning of a whole query: source, rows, columns, order, groups and paging.

use super::{CollectionRef, ColumnRef, Link, Predicate, Value};

/// A query: which rows of a table it selects, and what it returns of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The logical name of the table whose rows are returned.
    pub table: String,
    /// The path that leads to the rows.
    pub source: RowSource,
    /// The condition that the returned rows meet.
    pub predicate: Predicate,
    /// The columns that are returned.
    pub columns: Columns,
    /// Names of columns in the result that differ from the columns' own names (FetchXML's `alias`).
    pub aliases: Vec<(ColumnRef, String)>,
    /// The related rows that are returned with each row.
    pub expand: Vec<Expansion>,
    /// The rows of other tables that are joined; the result has one row for each pair (FetchXML's
    /// `link-entity`).
    pub joins: Vec<Join>,
    /// Whether equal rows are returned once.
    pub distinct: bool,
    /// The order of the rows. The first criterion takes precedence.
    pub order: Vec<Order>,
    /// The number of rows, and the page.
    pub page: Page,
    /// The grouping, if groups are returned instead of rows.
    pub grouping: Option<Grouping>,
    /// The form of the result.
    pub result: ResultShape,
    /// A stored or foreign query that replaces everything else: a view, FetchXML or SQL.
    pub opaque: Option<OpaqueQuery>,
    /// Parts of the text that affect neither rows nor columns, in the order of the text.
    pub hints: Vec<QueryHint>,
}

impl Query {
    /// Returns a query for all rows of `table` that meet `predicate`, with all their columns.
    #[must_use]
    #[inline]
    pub fn rows(table: impl Into<String>, predicate: Predicate) -> Self {
        Self {
            table: table.into(),
            source: RowSource::default(),
            predicate,
            columns: Columns::All,
            aliases: Vec::new(),
            expand: Vec::new(),
            joins: Vec::new(),
            distinct: false,
            order: Vec::new(),
            page: Page::default(),
            grouping: None,
            result: ResultShape::Rows,
            opaque: None,
            hints: Vec::new(),
        }
    }

    /// Returns whether the opaque query is all there is: nothing else in this query selects anything.
    #[must_use]
    pub fn is_only_opaque(&self) -> bool {
        let bare = Self {
            source: RowSource { entity_set: self.source.entity_set.clone(), ..RowSource::default() },
            opaque: self.opaque.clone(),
            hints: self.hints.clone(),
            ..Self::rows(self.table.clone(), Predicate::Constant(true))
        };
        *self == bare
    }
}

/// The path that a query selects rows by: an entity set, optionally one of its rows, and the navigation
/// properties followed from that row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowSource {
    /// The name of the entity set; empty if the query is a filter or has no path.
    pub entity_set: String,
    /// The key of one row of the entity set.
    pub key: Option<Key>,
    /// The navigation properties that are followed from the entity set.
    pub steps: Vec<NavigationStep>,
}

/// A navigation property in a resource path.
#[derive(Clone, Debug, PartialEq)]
pub struct NavigationStep {
    /// The name of the navigation property.
    pub navigation: String,
    /// The table it leads to.
    pub table: String,
    /// The key of one row, if the navigation property leads to a collection.
    pub key: Option<Key>,
}

/// The key of one row in a resource path.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// The primary key.
    Id(Value),
    /// An alternate key: the OData names of its columns, and their values.
    Columns(Vec<(String, Value)>),
}

/// The columns that are returned.
#[derive(Clone, Debug, PartialEq)]
pub enum Columns {
    /// All columns.
    All,
    /// The listed columns, each once.
    Listed(Vec<ColumnRef>),
}

/// Related rows that are returned with each row (`$expand`).
#[derive(Clone, Debug, PartialEq)]
pub struct Expansion {
    /// The relationship to the rows.
    pub to: RelatedRows,
    /// The columns that are returned of the related rows.
    pub columns: Columns,
    /// The condition that the related rows meet; the constant true for all.
    pub predicate: Predicate,
    /// The order of the related rows.
    pub order: Vec<Order>,
    /// The most related rows that are returned.
    pub top: Option<Value>,
    /// The rows that are returned with each related row.
    pub expand: Vec<Expansion>,
    /// Whether only the addresses of the related rows are returned (`$ref`).
    pub reference: bool,
}

/// The row or the rows that a relationship leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelatedRows {
    /// One row, to which a lookup points.
    One(Link),
    /// The rows of a collection.
    Many(CollectionRef),
}

impl RelatedRows {
    /// Returns the name of the navigation property.
    #[must_use]
    pub fn navigation(&self) -> &str {
        match self {
            Self::One(link) => &link.navigation,
            Self::Many(collection) => &collection.navigation,
        }
    }
}

/// A join: pairs of a row with rows of another table whose columns are equal.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// The alias of the joined row, unique within the query.
    pub alias: String,
    /// The table that is joined.
    pub table: String,
    /// The type of the join, which decides about rows with no partner or several.
    pub kind: JoinKind,
    /// The column of the joined table that is compared.
    pub from: String,
    /// The column of the row joined to that is compared.
    pub to: String,
    /// The navigation property from the row joined to, if the two columns are those of a relationship.
    pub navigation: Option<String>,
    /// Whether each row has at most one partner, because `from` is the key of its table.
    pub single: bool,
    /// The condition of the join: a joined row must meet it. It does not filter the result.
    pub predicate: Predicate,
    /// The columns that are returned of the joined row; an empty list for none.
    pub columns: Columns,
    /// Names of columns in the result that are not `<alias>.<column>`.
    pub aliases: Vec<(ColumnRef, String)>,
    /// The order by columns of the joined row, which follows the orders of the query itself.
    pub order: Vec<Order>,
    /// The joins to the joined row.
    pub joins: Vec<Join>,
}

/// The type of a join (FetchXML's `link-type`). The types that are conditions are represented by
/// [`Predicate::Any`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// Pairs; a row without a partner is dropped (`inner`).
    Inner,
    /// Pairs; a row without a partner is kept, and the joined columns have no value (`outer`).
    Outer,
    /// Rows that have a partner, each once, without columns of the partner (`exists` and `in`).
    Exists,
    /// Each row that has a partner, with one of its partners (`matchfirstrowusingcrossapply`).
    First,
}

/// A criterion of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The value to order by.
    pub by: OrderBy,
    /// Whether the order is descending.
    pub descending: bool,
}

impl Order {
    /// Returns an order by a column.
    #[must_use]
    pub fn column(column: ColumnRef, descending: bool) -> Self {
        Self { by: OrderBy::Column(column), descending }
    }
}

/// The value that rows are ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderBy {
    /// A column. A choice is ordered by the numbers of its options.
    Column(ColumnRef),
    /// A choice, ordered by the labels of its options. This is the default of FetchXML.
    Label(ColumnRef),
    /// A result of a grouping, by its name.
    Result(String),
}

/// Paging: how many rows are returned, and where the page begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The most rows that are returned (`$top`).
    pub top: Option<Value>,
    /// Whether the number of all rows, at most 5,000, is returned too (`$count=true`).
    pub total: bool,
    /// The number of the page, from 1 (FetchXML's `page`).
    pub number: Option<u32>,
    /// The number of rows of a page (FetchXML's `count`).
    pub size: Option<u32>,
    /// The paging cookie of the page before, as it was given.
    pub cookie: Option<String>,
    /// The continuation token of an OData request: `$skiptoken` or `$deltatoken`.
    pub token: Option<ContinuationToken>,
}

/// A continuation token that an earlier response gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContinuationToken {
    /// A token for the next page (`$skiptoken`), percent-decoded once.
    Page(String),
    /// A token for the changes since the earlier response (`$deltatoken`).
    Changes(String),
}

/// A part of a query that affects neither the rows nor the columns by itself: a hint, a limit, or something
/// that was not understood. The interpreter and the SQL emitter ignore hints, except for those that change
/// rows or values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryHint {
    /// A part of the text that has no meaning in the HIR.
    Unread(UnreadPart),
    /// A text is compared with the lookup column of this name, so the condition tests the primary names of
    /// the rows that the lookup points to.
    NameOfLookup(String),
    /// A table is given by a type code that the snapshot does not contain: the column, and the code.
    TypeCode(String, String),
    /// The rows in long-term retention are queried instead of the others (`datasource="retained"`).
    Retained,
    /// The most rows that may be aggregated; more are an error (`aggregatelimit`).
    AggregateLimit(u32),
    /// The number of rows below each row in the hierarchy of this column is returned
    /// (`rowaggregate="CountChildren"`), with its alias.
    CountChildren(String, Option<String>),
    /// Optimiser hints for the database (`options`).
    Options(String),
    /// The query is split into parts whose results are combined (`latematerialize`).
    LateMaterialize,
    /// An `or` may be run as a `UNION` (`hint="union"`).
    Union,
    /// The filter is a quick find filter, which has its own limit of rows (`isquickfindfields`).
    QuickFind,
    /// A time without an offset was read as UTC. The service reads it in the caller's time zone.
    LocalTime,
}

/// A part of a text that resolving did not use, so the HIR does not represent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadPart {
    /// The kind of part.
    pub kind: UnreadKind,
    /// The name of the element, or of the element that contains the part; empty for an option.
    pub element: String,
    /// The name of the element, attribute or option, or the text itself.
    pub name: String,
    /// The value of the attribute or option.
    pub value: String,
    /// Whether the language defines the part. The service refuses parts that it does not know. Other parts
    /// are harmless, or have an effect that a translation does not have.
    pub known: bool,
}

/// The kind of an unread part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnreadKind {
    /// An element of FetchXML, with its content.
    Element,
    /// An attribute of FetchXML.
    Attribute,
    /// Text between elements, such as a placeholder.
    Text,
    /// An option of a request.
    Option,
    /// A segment of a request's path.
    Segment,
}

/// Groups of rows, and the values computed for each group.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// The keys that rows are grouped by; empty for one group of all rows.
    pub keys: Vec<GroupKey>,
    /// The values that are computed for each group.
    pub aggregates: Vec<Aggregate>,
}

/// A value that rows are grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupKey {
    /// The column.
    pub column: ColumnRef,
    /// The part of the date to group by, and whether it is taken in the user's time zone (else in UTC).
    pub date: Option<(DateGrouping, bool)>,
    /// The name of the key in the result, if the query gives one.
    pub alias: Option<String>,
}

impl GroupKey {
    /// Returns a key that is the value of `column` itself.
    #[must_use]
    pub fn of(column: ColumnRef) -> Self {
        Self { column, date: None, alias: None }
    }
}

/// The part of a date that rows are grouped by (FetchXML's `dategrouping`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateGrouping {
    /// The day of the month.
    Day,
    /// The week of the year.
    Week,
    /// The month.
    Month,
    /// The fiscal quarter.
    Quarter,
    /// The year.
    Year,
    /// The fiscal period.
    FiscalPeriod,
    /// The fiscal year.
    FiscalYear,
}

/// A value computed from the rows of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// The function that computes the value.
    pub function: AggregateFunction,
    /// The column whose values are aggregated; `None` to count rows.
    pub column: Option<ColumnRef>,
    /// The name of the value in the result.
    pub alias: String,
}

/// An aggregate function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateFunction {
    /// The sum.
    Sum,
    /// The average.
    Average,
    /// The least value.
    Min,
    /// The greatest value.
    Max,
    /// The number of rows.
    Count,
    /// The number of rows that have a value in the column.
    CountColumn,
    /// The number of different values in the column.
    CountDistinct,
}

impl AggregateFunction {
    /// Returns the name of the method in `$apply`, as in `with sum`. Dataverse's OData does not have the last
    /// two.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Average => "average",
            Self::Min => "min",
            Self::Max => "max",
            Self::Count => "$count",
            Self::CountColumn => "countcolumn",
            Self::CountDistinct => "countdistinct",
        }
    }
}

/// The form of a query's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResultShape {
    /// Rows, or the one row that the path leads to.
    Rows,
    /// The number of rows, as text (`/$count`).
    Count,
    /// The addresses of rows (`/$ref`).
    References,
    /// One column of one row. The flag is set for the raw value (`/$value`).
    Column(ColumnRef, bool),
}

/// A query that the service stores, or that is given in another language. Its content is not represented in
/// the HIR.
#[derive(Clone, Debug, PartialEq)]
pub enum OpaqueQuery {
    /// A system view (`savedQuery=<guid>`).
    View(Value),
    /// A personal view (`userQuery=<guid>`).
    UserView(Value),
    /// FetchXML in an OData request (`fetchXml=<fetch …>`).
    FetchXml(String),
    /// A SQL query (`sql=SELECT …`).
    Sql(String),
}
