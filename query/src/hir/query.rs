//! The meaning of a whole query: its source, condition, columns, order, groups and paging.

use super::{CollectionRef, ColumnRef, Link, Predicate, Value};

/// A query: the rows of a table that it selects, and what it returns of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The logical name of the table whose rows are returned.
    pub table: String,
    /// The path of the request that leads to the rows.
    pub source: RowSource,
    /// The condition that a row must meet to be returned; the constant true for all rows.
    pub predicate: Predicate,
    /// The columns of the rows that are returned.
    pub columns: Columns,
    /// The columns whose name in the result is not their own name, with that name (FetchXML's `alias`).
    pub aliases: Vec<(ColumnRef, String)>,
    /// The related rows that are returned with each row.
    pub expand: Vec<Expansion>,
    /// The joins with other tables (FetchXML's `link-entity`). The result has one row for each combination of
    /// joined rows.
    pub joins: Vec<Join>,
    /// Whether rows with equal columns are returned only once.
    pub distinct: bool,
    /// The criteria that the rows are ordered by, the most significant first.
    pub order: Vec<Order>,
    /// How many rows are returned, and from which page.
    pub page: Page,
    /// The grouping of an aggregate query, which returns groups instead of rows; `None` for other queries.
    pub grouping: Option<Grouping>,
    /// The form of the result, such as rows or only their number.
    pub result: ResultShape,
    /// A stored query (a view) or a query in another language (FetchXML or SQL) that selects the rows instead
    /// of the other fields.
    pub opaque: Option<OpaqueQuery>,
    /// Parts of the text that affect neither rows nor columns by themselves, in the order of the text.
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

    /// Returns whether the query has nothing but a table, an entity set, an opaque query ([`Query::opaque`])
    /// and hints: no key, condition, list of columns, order or limit.
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

/// The path of a request to its rows: an entity set, optionally the key of one row, and the navigation
/// properties followed from that row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowSource {
    /// The name of the entity set. It is empty if the query is a filter, or a request without a path.
    pub entity_set: String,
    /// The key of one row of the entity set; `None` for all rows.
    pub key: Option<Key>,
    /// The navigation properties that the path follows, first to last.
    pub steps: Vec<NavigationStep>,
}

/// A navigation property that a resource path follows.
#[derive(Clone, Debug, PartialEq)]
pub struct NavigationStep {
    /// The name of the navigation property.
    pub navigation: String,
    /// The logical name of the table that the navigation property leads to.
    pub table: String,
    /// The key of one row, if the path gives one after a navigation property that leads to a collection.
    pub key: Option<Key>,
}

/// The key of one row in a resource path.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// The value of the primary key.
    Id(Value),
    /// An alternate key, as pairs of a column's OData name and its value.
    Columns(Vec<(String, Value)>),
}

/// The columns of a row that are returned.
#[derive(Clone, Debug, PartialEq)]
pub enum Columns {
    /// All columns of the row.
    All,
    /// The listed columns, each once.
    Listed(Vec<ColumnRef>),
}

/// Related rows that are returned within each row (`$expand`).
#[derive(Clone, Debug, PartialEq)]
pub struct Expansion {
    /// The relationship that leads to the related rows.
    pub to: RelatedRows,
    /// The columns of the related rows that are returned.
    pub columns: Columns,
    /// The condition that the related rows meet; the constant true if there is none.
    pub predicate: Predicate,
    /// The criteria that the related rows are ordered by, the most significant first.
    pub order: Vec<Order>,
    /// The most related rows that are returned for each row; `None` for no limit.
    pub top: Option<Value>,
    /// The expansions nested in this one: rows that are returned within each related row.
    pub expand: Vec<Expansion>,
    /// Whether only the addresses of the related rows are returned (`$ref`).
    pub reference: bool,
}

/// A relationship to one row or to several rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelatedRows {
    /// The one row that a lookup points to.
    One(Link),
    /// The rows of a collection-valued navigation property.
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

/// A join: each row of the query is combined with the rows of another table in which `from` equals `to`.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// The alias of the joined row. It is unique within the query.
    pub alias: String,
    /// The logical name of the joined table.
    pub table: String,
    /// The type of the join. It decides what happens to a row that matches no joined row, or several.
    pub kind: JoinKind,
    /// The logical name of the compared column in the joined table.
    pub from: String,
    /// The logical name of the compared column in the outer row: the row of the query or, for a nested join,
    /// of the enclosing join.
    pub to: String,
    /// The navigation property from the outer row to the joined table, if a relationship connects the two
    /// columns.
    pub navigation: Option<String>,
    /// Whether each outer row matches at most one joined row, because `from` is the key of its table.
    pub single: bool,
    /// The condition that a joined row meets. It decides which rows match, and does not filter the outer rows
    /// by itself.
    pub predicate: Predicate,
    /// The columns of the joined row that are returned; an empty list for none.
    pub columns: Columns,
    /// The columns whose name in the result is not `<alias>.<column>`, with that name.
    pub aliases: Vec<(ColumnRef, String)>,
    /// The criteria that order the result by columns of the joined row. They apply after those of
    /// [`Query::order`].
    pub order: Vec<Order>,
    /// The joins nested in this one, whose outer row is the joined row.
    pub joins: Vec<Join>,
}

/// The type of a join (FetchXML's `link-type`). The link types `any`, `not any`, `all` and `not all` are
/// conditions, so they become [`Predicate::Any`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// A row without a match is dropped (`inner`). A row with several matches is returned once for each.
    Inner,
    /// A row without a match is kept, and the joined columns have no value (`outer`). A row with several
    /// matches is returned once for each.
    Outer,
    /// A row with a match is returned once, without columns of the joined row (`exists` and `in`). Other rows
    /// are dropped.
    Exists,
    /// A row with a match is returned once, with the columns of only one match
    /// (`matchfirstrowusingcrossapply`).
    First,
}

/// One criterion of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The value that rows are ordered by.
    pub by: OrderBy,
    /// Whether the order is descending; otherwise it is ascending.
    pub descending: bool,
}

impl Order {
    /// Returns a criterion that orders by `column`.
    #[must_use]
    pub fn column(column: ColumnRef, descending: bool) -> Self {
        Self { by: OrderBy::Column(column), descending }
    }
}

/// The value that rows are ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderBy {
    /// The value of a column. For a choice column, this is the number of the option.
    Column(ColumnRef),
    /// The label of a choice column's option. This is the default of FetchXML.
    Label(ColumnRef),
    /// A value that an aggregate query computes, given by its name in the result.
    Result(String),
}

/// How many rows are returned, and from which page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The most rows that are returned (`$top`); `None` for no limit.
    pub top: Option<Value>,
    /// Whether the response includes the number of all rows that match, counted up to 5,000 (`$count=true`).
    pub total: bool,
    /// The number of the page, counted from 1 (FetchXML's `page`).
    pub number: Option<u32>,
    /// The number of rows on each page (FetchXML's `count`).
    pub size: Option<u32>,
    /// The paging cookie that came with the previous page, as written in the query.
    pub cookie: Option<String>,
    /// The continuation token of an OData request, `$skiptoken` or `$deltatoken`.
    pub token: Option<ContinuationToken>,
}

/// A continuation token from an earlier response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContinuationToken {
    /// A token for the next page (`$skiptoken`). It has been percent-decoded once.
    Page(String),
    /// A token for the changes since an earlier response (`$deltatoken`).
    Changes(String),
}

/// A part of a query that affects neither the rows nor the columns by itself: a hint, a limit, or something
/// that dvkit did not understand. The interpreter and the SQL emitter ignore most hints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryHint {
    /// A part of the text that the HIR does not represent.
    Unread(UnreadPart),
    /// The lookup column with this name is compared with a text, so the condition tests the primary name of
    /// the row that the lookup points to.
    NameOfLookup(String),
    /// A table is given by a type code that the snapshot does not contain. The fields are the logical name of
    /// the compared column and the type code.
    TypeCode(String, String),
    /// Only rows in long-term retention are queried (`datasource="retained"`).
    Retained,
    /// The most rows that may be aggregated; the service returns an error if there are more
    /// (`aggregatelimit`).
    AggregateLimit(u32),
    /// Each row is returned with the number of rows below it in a hierarchy (`rowaggregate="CountChildren"`).
    /// The fields are the column of the hierarchy and the alias of the number.
    CountChildren(String, Option<String>),
    /// Optimiser hints for the database (`options`).
    Options(String),
    /// The service may run the query in parts and combine their results (`latematerialize`).
    LateMaterialize,
    /// The service may run an `or` of the query as a SQL `UNION` (`hint="union"`).
    Union,
    /// A filter is a quick find filter, for which the service has its own limit of rows
    /// (`isquickfindfields`).
    QuickFind,
    /// A time without an offset was read as UTC. The service would read it in the caller's time zone.
    LocalTime,
}

/// A part of a text that the HIR does not represent, because resolving did not use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadPart {
    /// The kind of the part.
    pub kind: UnreadKind,
    /// The name of the element, or of the element that contains the attribute or text. It is empty for an
    /// option or a segment of an OData request.
    pub element: String,
    /// The name of the element, attribute or option; for a text, the text itself.
    pub name: String,
    /// The value of the attribute or option; empty for other kinds.
    pub value: String,
    /// Whether OData or FetchXML defines the part. The service refuses undefined parts. A defined part is
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
    /// Text between elements, such as a placeholder.
    Text,
    /// An option of an OData request.
    Option,
    /// A segment of the path of an OData request.
    Segment,
}

/// The grouping of rows, and the values that are computed for each group.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// The keys that rows are grouped by. If there are none, all rows are one group.
    pub keys: Vec<GroupKey>,
    /// The values that are computed for each group.
    pub aggregates: Vec<Aggregate>,
}

/// A column, or a part of a date column, that rows are grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupKey {
    /// The column that rows are grouped by.
    pub column: ColumnRef,
    /// For a date, the part to group by, and whether that part is taken in the user's time zone (`true`) or
    /// in UTC (`false`). `None` to group by the whole value.
    pub date: Option<(DateGrouping, bool)>,
    /// The name of the key in the result; `None` if the query does not give one.
    pub alias: Option<String>,
}

impl GroupKey {
    /// Returns a key that groups by the whole value of `column`.
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
    /// The column whose values are aggregated; `None` if rows are counted.
    pub column: Option<ColumnRef>,
    /// The name of the value in the result.
    pub alias: String,
}

/// A function that computes one value from the rows of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateFunction {
    /// The sum of the column's values.
    Sum,
    /// The average of the column's values.
    Average,
    /// The least value of the column.
    Min,
    /// The greatest value of the column.
    Max,
    /// The number of rows in the group.
    Count,
    /// The number of rows in the group that have a value in the column.
    CountColumn,
    /// The number of distinct values in the column.
    CountDistinct,
}

impl AggregateFunction {
    /// Returns the name of the aggregation method in `$apply`, such as `sum` in `with sum`. Dataverse's OData
    /// has no method for [`Self::CountColumn`] and [`Self::CountDistinct`].
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
    /// Rows, or one row if the path leads to one.
    Rows,
    /// Only the number of rows, as text (`/$count`).
    Count,
    /// Only the addresses of the rows (`/$ref`).
    References,
    /// One column of one row. The flag is true if only the raw value is returned (`/$value`).
    Column(ColumnRef, bool),
}

/// A query that is stored on the service or written in another language. Its id or its text is kept; its
/// meaning is not represented.
#[derive(Clone, Debug, PartialEq)]
pub enum OpaqueQuery {
    /// A system view, by its id (`savedQuery=<guid>`).
    View(Value),
    /// A personal view, by its id (`userQuery=<guid>`).
    UserView(Value),
    /// The text of FetchXML in an OData request (`fetchXml=<fetch …>`).
    FetchXml(String),
    /// The text of a SQL query (`sql=SELECT …`).
    Sql(String),
}
