//! Defines the meaning of a whole query: its source, condition, columns, order, groups and paging. The
//! resolver creates a [`Query`]; translations, the interpreter and the SQL emitter read it.

use super::{CollectionRef, ColumnRef, Link, Predicate, Value};

/// A query: which rows of a table it selects, and what it returns of these rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The logical name of the table whose rows are returned.
    pub table: String,
    /// The path that leads to the rows: an entity set, optionally the key of one row, and navigation
    /// properties.
    pub source: RowSource,
    /// The condition that a row must meet to be returned; the constant true for all rows.
    pub predicate: Predicate,
    /// The columns that are returned of each row.
    pub columns: Columns,
    /// The columns that have another name in the result than their own, each with that name (FetchXML's
    /// `alias`).
    pub aliases: Vec<(ColumnRef, String)>,
    /// The related rows that are returned with each row.
    pub expand: Vec<Expansion>,
    /// The joins with other tables (FetchXML's `link-entity`). The result has one row for each combination of
    /// joined rows.
    pub joins: Vec<Join>,
    /// Whether rows whose returned columns are equal are returned only once.
    pub distinct: bool,
    /// The criteria that the rows are ordered by, the most significant first.
    pub order: Vec<Order>,
    /// The paging of the query: how many rows are returned, and from which page.
    pub page: Page,
    /// The grouping of an aggregate query, which returns groups instead of rows; `None` if the query returns
    /// rows.
    pub grouping: Option<Grouping>,
    /// What the result contains: rows, or for example only their number.
    pub result: ResultShape,
    /// The stored query (a view), or the query in another language (FetchXML or SQL), that selects the rows
    /// instead of the other fields; `None` for most queries.
    pub opaque: Option<OpaqueQuery>,
    /// The parts of the text that affect neither rows nor columns by themselves, in the order of the text.
    pub hints: Vec<QueryHint>,
}

impl Query {
    /// Returns a query for all rows of `table` (a logical name) that meet `predicate`, with all their
    /// columns.
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

    /// Returns whether the query consists only of a table, an entity set, hints and an opaque query
    /// ([`Query::opaque`]), without a key, condition, list of columns, order or limit.
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

/// The path of a request that leads to its rows: an entity set, optionally the key of one row, and the
/// navigation properties to follow from that row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowSource {
    /// The name of the entity set. It is empty if the query is a filter, or a request without a path.
    pub entity_set: String,
    /// The key of one row of the entity set; `None` if the path gives no key.
    pub key: Option<Key>,
    /// The navigation properties that the path follows, first to last.
    pub steps: Vec<NavigationStep>,
}

/// A navigation property that a resource path follows.
#[derive(Clone, Debug, PartialEq)]
pub struct NavigationStep {
    /// The name of the navigation property, as the path has it.
    pub navigation: String,
    /// The logical name of the table that the navigation property leads to.
    pub table: String,
    /// The key of one row, if the navigation property leads to a collection and the path gives a key after
    /// it; otherwise `None`.
    pub key: Option<Key>,
}

/// The key of one row in a resource path.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// The value of the primary key (an id).
    Id(Value),
    /// An alternate key. Each entry is the OData name of a column and the value of that column.
    Columns(Vec<(String, Value)>),
}

/// The columns of a row that a query returns.
#[derive(Clone, Debug, PartialEq)]
pub enum Columns {
    /// All columns of the row.
    All,
    /// Only the listed columns, each once.
    Listed(Vec<ColumnRef>),
}

/// An expansion (`$expand`): related rows that are returned within each row.
#[derive(Clone, Debug, PartialEq)]
pub struct Expansion {
    /// The relationship that leads from the row to the related rows.
    pub to: RelatedRows,
    /// The columns of the related rows that are returned.
    pub columns: Columns,
    /// The condition that a related row must meet to be returned; the constant true for all related rows.
    pub predicate: Predicate,
    /// The criteria that the related rows are ordered by, the most significant first.
    pub order: Vec<Order>,
    /// The maximum number of related rows that are returned for each row; `None` for no limit.
    pub top: Option<Value>,
    /// The expansions nested in this one: rows that are returned within each related row.
    pub expand: Vec<Expansion>,
    /// Whether only the addresses of the related rows are returned (`$ref`), instead of their columns.
    pub reference: bool,
}

/// The related rows that an expansion returns: one row or a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelatedRows {
    /// The one row that a lookup points to.
    One(Link),
    /// The rows to which a collection-valued navigation property leads.
    Many(CollectionRef),
}

impl RelatedRows {
    /// Returns the name of the navigation property that leads to the related rows.
    #[must_use]
    pub fn navigation(&self) -> &str {
        match self {
            Self::One(link) => &link.navigation,
            Self::Many(collection) => &collection.navigation,
        }
    }
}

/// A join (FetchXML's `link-entity`): each outer row is combined with the rows of another table whose column
/// `from` equals the outer row's column `to`.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// The alias of the joined row. It is unique within the query.
    pub alias: String,
    /// The logical name of the table whose rows are joined.
    pub table: String,
    /// The type of the join. It decides what happens to an outer row that matches no joined row, or several.
    pub kind: JoinKind,
    /// The logical name of the compared column in the joined table.
    pub from: String,
    /// The logical name of the compared column in the outer row. The outer row is the row of the query or,
    /// for a nested join, the joined row of the enclosing join.
    pub to: String,
    /// The navigation property that leads from the outer row to the joined rows; `None` if no relationship
    /// connects the two compared columns.
    pub navigation: Option<String>,
    /// Whether each outer row matches at most one joined row. This is so if the column `from` is the key of
    /// the joined table.
    pub single: bool,
    /// The condition that a joined row must meet to match. It does not by itself remove outer rows from the
    /// result.
    pub predicate: Predicate,
    /// The columns of the joined row that are returned; an empty list if none are.
    pub columns: Columns,
    /// The columns that have another name in the result than `<alias>.<column>`, each with that name.
    pub aliases: Vec<(ColumnRef, String)>,
    /// The criteria that order the rows of the query by columns of the joined row, the most significant
    /// first. They apply after those of [`Query::order`].
    pub order: Vec<Order>,
    /// The joins nested in this one. Their outer row is the joined row of this join.
    pub joins: Vec<Join>,
}

/// The type of a join (FetchXML's `link-type`). FetchXML's types `any`, `not any`, `all` and `not all` do not
/// occur here, because they are conditions ([`Predicate::Any`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// `inner`: an outer row without a match is dropped. An outer row with several matches is returned once
    /// for each.
    Inner,
    /// `outer`: an outer row without a match is kept, with null in the joined columns. An outer row with
    /// several matches is returned once for each.
    Outer,
    /// `exists` and `in`: an outer row with a match is returned once, without columns of the joined row.
    /// Other outer rows are dropped.
    Exists,
    /// `matchfirstrowusingcrossapply`: an outer row with a match is returned once, with the columns of only
    /// one match.
    First,
}

/// One criterion by which rows are ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The value that the rows are ordered by.
    pub by: OrderBy,
    /// Whether the order is descending, with the greatest value first.
    pub descending: bool,
}

impl Order {
    /// Returns a criterion that orders by `column`, with the greatest value first if `descending` is true.
    #[must_use]
    pub fn column(column: ColumnRef, descending: bool) -> Self {
        Self { by: OrderBy::Column(column), descending }
    }
}

/// The value that rows are ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderBy {
    /// The value of a column. For a choice column, this is the number of its option.
    Column(ColumnRef),
    /// The label of the option in a choice column. This is the default of FetchXML.
    Label(ColumnRef),
    /// A value that an aggregate query computes. The field is its name in the result.
    Result(String),
}

/// The paging of a query: how many rows are returned, and from which page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The maximum number of rows that are returned (`$top`); `None` for no limit.
    pub top: Option<Value>,
    /// Whether the response also states how many rows match (`$count=true`). The service counts up to 5,000
    /// rows.
    pub total: bool,
    /// The number of the page, counted from 1 (FetchXML's `page`); `None` if the query gives none.
    pub number: Option<u32>,
    /// The maximum number of rows on each page (FetchXML's `count`); `None` if the query gives none.
    pub size: Option<u32>,
    /// The paging cookie from the response with the previous page, as written in the query; `None` if the
    /// query gives none.
    pub cookie: Option<String>,
    /// The continuation token of an OData request; `None` if the request has none.
    pub token: Option<ContinuationToken>,
}

/// A continuation token that an earlier response contained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContinuationToken {
    /// A token for the next page (`$skiptoken`). It has been percent-decoded once.
    Page(String),
    /// A token for the changes since that response (`$deltatoken`).
    Changes(String),
}

/// A part of a query that affects neither the rows nor the columns by itself: a hint, a limit, or something
/// that dvkit did not understand. The interpreter and the SQL emitter ignore most hints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryHint {
    /// A part of the text that the HIR does not represent.
    Unread(UnreadPart),
    /// A lookup column is compared with a text, so the condition tests the primary name of the row that the
    /// lookup points to. The field is the logical name of the column.
    NameOfLookup(String),
    /// A column with the name of a table is compared with a type code that the snapshot does not contain. The
    /// fields are the logical name of the column and the type code.
    TypeCode(String, String),
    /// Only rows in long-term retention are selected (`datasource="retained"`).
    Retained,
    /// The maximum number of rows that may be aggregated (`aggregatelimit`). The service returns an error if
    /// there are more.
    AggregateLimit(u32),
    /// Each row is returned with the number of rows below it in a hierarchy (`rowaggregate="CountChildren"`).
    /// The fields are the column of the hierarchy, and the alias of the number (`None` if the query gives
    /// none).
    CountChildren(String, Option<String>),
    /// Optimiser hints for the database (`options`). The field is their text.
    Options(String),
    /// The service may run the query in parts and combine their results (`latematerialize`).
    LateMaterialize,
    /// The service may run an `or` of the query as a SQL `UNION` (`hint="union"`).
    Union,
    /// A filter is a quick find filter (`isquickfindfields`), for which the service has its own limit of
    /// rows.
    QuickFind,
    /// The query contains a time without an offset, which was read as UTC. The service would read it in the
    /// caller's time zone.
    LocalTime,
}

/// A part of a text that the HIR does not represent, because the resolver did not use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadPart {
    /// The kind of the part, such as an attribute or an option.
    pub kind: UnreadKind,
    /// For a part of FetchXML, the name of the element that contains the part. Empty for a segment of a path
    /// and an option of a URL.
    pub element: String,
    /// The name of the part; for a text between elements, the text itself.
    pub name: String,
    /// The value of an attribute or an option; empty for other parts.
    pub value: String,
    /// Whether OData or FetchXML defines this part. The service refuses undefined parts. A defined part is
    /// harmless, or has an effect that a translation does not reproduce.
    pub known: bool,
}

/// The kind of a part that the HIR does not represent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnreadKind {
    /// An element of FetchXML, with its content.
    Element,
    /// An attribute of FetchXML.
    Attribute,
    /// Text between elements of FetchXML, such as a placeholder.
    Text,
    /// An option of an OData request, or of a URL that contains FetchXML.
    Option,
    /// A segment of the path of an OData request.
    Segment,
}

/// The grouping of rows, and the values that are computed for each group.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// The keys that rows are grouped by. If there are none, all rows are one group.
    pub keys: Vec<GroupKey>,
    /// The values that are computed for each group; empty if only the groups are returned.
    pub aggregates: Vec<Aggregate>,
}

/// A column, or a part of a date column, that rows are grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupKey {
    /// The column that rows are grouped by.
    pub column: ColumnRef,
    /// The part of a date to group by, and whether the date is taken in the user's time zone (`true`) or in
    /// UTC (`false`). `None` if rows are grouped by the whole value.
    pub date: Option<(DateGrouping, bool)>,
    /// The name of the key in the result; `None` if the query gives none.
    pub alias: Option<String>,
}

impl GroupKey {
    /// Returns a group key that groups rows by the whole value of `column`.
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
    /// The month of the year.
    Month,
    /// The fiscal quarter.
    Quarter,
    /// The calendar year.
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
    /// The column whose values are aggregated; `None` if the function counts rows.
    pub column: Option<ColumnRef>,
    /// The name of the value in the result.
    pub alias: String,
}

/// A function that computes one value from the rows of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateFunction {
    /// The sum of the column's values in the group.
    Sum,
    /// The average of the column's values in the group.
    Average,
    /// The least of the column's values in the group.
    Min,
    /// The greatest of the column's values in the group.
    Max,
    /// The number of rows in the group.
    Count,
    /// The number of rows in the group that have a value in the column.
    CountColumn,
    /// The number of distinct values of the column in the group.
    CountDistinct,
}

impl AggregateFunction {
    /// Returns the name of the function as a method of `$apply`, such as `sum` in `with sum`. For
    /// [`Self::CountColumn`] and [`Self::CountDistinct`], which Dataverse's OData does not support, the name
    /// is only descriptive.
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

/// What the result of a query contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResultShape {
    /// The rows, or one row if the path of the request leads to one.
    Rows,
    /// Only the number of rows, returned as text (`/$count`).
    Count,
    /// Only the addresses of the rows (`/$ref`).
    References,
    /// The value of one column of one row. If the flag is true, it is returned as raw text (`/$value`)
    /// instead of JSON.
    Column(ColumnRef, bool),
}

/// A query that is stored on the service or written in another language. It is kept as an id or a text, and
/// its meaning is not represented.
#[derive(Clone, Debug, PartialEq)]
pub enum OpaqueQuery {
    /// A system view (`savedQuery=<guid>`), by its id.
    View(Value),
    /// A personal view (`userQuery=<guid>`), by its id.
    UserView(Value),
    /// FetchXML in the option of an OData request (`fetchXml=<fetch …>`). The field is the text of the
    /// FetchXML.
    FetchXml(String),
    /// A SQL query in the option of an OData request (`sql=SELECT …`). The field is the text of the SQL.
    Sql(String),
}
