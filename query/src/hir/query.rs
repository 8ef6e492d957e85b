//! What a whole query asks for: where it starts, which rows, in what order and groups, and what of them.

use super::{Collection, ColumnRef, Link, Predicate, Value};

/// A query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Logical name of the table of the rows that come back.
    pub table: String,
    /// Where those rows are found.
    pub start: Start,
    /// Which of them.
    pub predicate: Predicate,
    /// Which columns.
    pub columns: Columns,
    /// What columns are called in the answer, where that is not their own name (FetchXML's `alias`).
    pub names: Vec<(ColumnRef, String)>,
    /// Which related rows come with them, each row with its own.
    pub expand: Vec<Expansion>,
    /// Other rows beside them, a row for each pair (FetchXML's `link-entity`).
    pub joins: Vec<Join>,
    /// Equal rows once.
    pub distinct: bool,
    /// In which order; the first counts most.
    pub order: Vec<Order>,
    /// How many.
    pub page: Page,
    /// Groups in place of rows.
    pub grouping: Option<Grouping>,
    /// What comes back.
    pub answer: ResultShape,
    /// A query that the service keeps, or that is given in another language, and that says all of this itself.
    pub stored: Option<Stored>,
    /// What the text says beside all this, in the order of the text.
    pub extras: Vec<Extra>,
}

impl Query {
    /// All rows of a table for which `predicate` holds, with all their columns.
    #[must_use]
    #[inline]
    pub fn rows(table: impl Into<String>, predicate: Predicate) -> Self {
        Self {
            table: table.into(),
            start: Start::default(),
            predicate,
            columns: Columns::All,
            names: Vec::new(),
            expand: Vec::new(),
            joins: Vec::new(),
            distinct: false,
            order: Vec::new(),
            page: Page::default(),
            grouping: None,
            answer: ResultShape::Rows,
            stored: None,
            extras: Vec::new(),
        }
    }

    /// Does a query that is stored say all of it, and nothing else asks for anything?
    #[must_use]
    pub fn asks_no_more_than_stored(&self) -> bool {
        let bare = Self {
            start: Start { entity_set: self.start.entity_set.clone(), ..Start::default() },
            stored: self.stored.clone(),
            extras: self.extras.clone(),
            ..Self::rows(self.table.clone(), Predicate::Constant(true))
        };
        *self == bare
    }
}

/// Where a query starts: an entity set, perhaps one row of it, perhaps what that row leads to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Start {
    /// The entity set; empty where the query is a filter or options alone.
    pub entity_set: String,
    /// One row of it.
    pub key: Option<Key>,
    /// The navigation properties that are followed from there.
    pub steps: Vec<Step>,
}

/// A navigation property that a resource path follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its name.
    pub navigation: String,
    /// The table it leads to.
    pub table: String,
    /// One row of a collection.
    pub key: Option<Key>,
}

/// What names one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// The primary key.
    Id(Value),
    /// An alternate key: columns as OData spells them, and their values.
    Columns(Vec<(String, Value)>),
}

/// Which columns come back.
#[derive(Clone, Debug, PartialEq)]
pub enum Columns {
    /// All that OData knows.
    All,
    /// These, each once.
    Listed(Vec<ColumnRef>),
}

/// Related rows that come with each row.
#[derive(Clone, Debug, PartialEq)]
pub struct Expansion {
    /// Where they are found.
    pub to: Related,
    /// Which columns of them.
    pub columns: Columns,
    /// Which of them; the constant true for all.
    pub predicate: Predicate,
    /// In which order.
    pub order: Vec<Order>,
    /// How many.
    pub top: Option<Value>,
    /// What comes with them.
    pub expand: Vec<Expansion>,
    /// Only where they are (`$ref`), nothing of them.
    pub reference: bool,
}

/// One row or many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Related {
    /// The row that a lookup points to.
    One(Link),
    /// The rows of a collection.
    Many(Collection),
}

impl Related {
    /// The navigation property.
    #[must_use]
    pub fn navigation(&self) -> &str {
        match self {
            Self::One(link) => &link.navigation,
            Self::Many(collection) => &collection.navigation,
        }
    }
}

/// Rows of another table beside each row: pairs of rows whose columns are equal.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// What the joined row is called, unique within the query.
    pub alias: String,
    /// The table that is joined.
    pub table: String,
    /// What becomes of rows without a partner, and with several.
    pub kind: JoinKind,
    /// The column of the joined table.
    pub from: String,
    /// The column of the row that it is joined to.
    pub to: String,
    /// The navigation property that leads there from that row, where the two columns are a relationship.
    pub navigation: Option<String>,
    /// At most one row is found for each: `from` is the key of its table.
    pub single: bool,
    /// Which rows are joined (a condition of the join, not of the result).
    pub predicate: Predicate,
    /// Which columns of the joined row come back; `Listed` without any for none.
    pub columns: Columns,
    /// What they are called, where that is not `<alias>.<column>`.
    pub names: Vec<(ColumnRef, String)>,
    /// In which order, after the orders of the query itself.
    pub order: Vec<Order>,
    /// What is joined to the joined row.
    pub joins: Vec<Join>,
}

/// The kinds of join (FetchXML's `link-type`; those of filters are [`Predicate::Any`] and its combinations).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// Pairs; a row without a partner is dropped.
    Inner,
    /// Pairs; a row without a partner stays, and the joined columns have no value.
    Outer,
    /// Rows that have a partner, each once; no columns of the partner (`exists` and `in`).
    Exists,
    /// Each row that has a partner, with one of them (`matchfirstrowusingcrossapply`).
    First,
}

/// One thing to order by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What.
    pub by: OrderBy,
    /// The greatest first.
    pub descending: bool,
}

impl Order {
    /// By a column.
    #[must_use]
    pub fn column(column: ColumnRef, descending: bool) -> Self {
        Self { by: OrderBy::Column(column), descending }
    }
}

/// What is ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderBy {
    /// A column; choices by the numbers of their options.
    Column(ColumnRef),
    /// A choice by the labels of its options, as FetchXML does unless told otherwise.
    Label(ColumnRef),
    /// A result of grouping, by its name.
    Result(String),
}

/// How much comes back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// At most so many rows.
    pub top: Option<Value>,
    /// With the number of all rows (at most 5,000).
    pub total: bool,
    /// FetchXML's `page` (from 1) and `count`.
    pub number: Option<u32>,
    /// Rows of a page.
    pub size: Option<u32>,
    /// The cookie of the page before, as it was given.
    pub cookie: Option<String>,
    /// Where OData goes on from: `$skiptoken` of an answer, or `$deltatoken`.
    pub token: Option<Token>,
}

/// Where an earlier answer says that the next request goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// The next page (`$skiptoken`), percent-decoded once.
    Page(String),
    /// What has changed since (`$deltatoken`).
    Changes(String),
}

/// What a text says beside which rows and columns it asks for. The interpreter and SQL pass these by, but for the ones that ask
/// for other rows or values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extra {
    /// Something was written that has no place in the meaning.
    Unread(Unread),
    /// A text is compared with a lookup: its condition is about the names of the rows that the lookup points to.
    NameOfLookup(String),
    /// A table is named by a type code that the snapshot does not know: the column, and the code.
    TypeCode(String, String),
    /// Rows in long-term retention, in place of the others (`datasource="retained"`).
    Retained,
    /// It is an error to aggregate more rows than this (`aggregatelimit`).
    AggregateLimit(u32),
    /// The number of rows below each row in the hierarchy of this column (`rowaggregate="CountChildren"`), and what it is called.
    CountChildren(String, Option<String>),
    /// Hints for the database (`options`).
    Options(String),
    /// The query is split and put together again (`latematerialize`).
    LateMaterialize,
    /// An `or` is a union of queries (`hint="union"`).
    Union,
    /// A filter is that of a quick find, with a limit of its own (`isquickfindfields`).
    QuickFind,
    /// A time without an offset was read as UTC; the service takes it as the caller's.
    LocalTime,
}

/// A piece of a text that resolving did not consume: nothing in the meaning stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What sort of piece.
    pub kind: UnreadKind,
    /// The element that it is, or stands in; empty for options.
    pub element: String,
    /// Its name: of the element, the attribute or the option; of a text the text.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Does the language know it? The service refuses what it does not know, and otherwise it is harmless or has an effect that
    /// translations do not have.
    pub known: bool,
}

/// The sorts of pieces that can be left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnreadKind {
    /// An element of FetchXML, with all that is within.
    Element,
    /// An attribute of FetchXML.
    Attribute,
    /// A text between elements: a placeholder.
    Text,
    /// An option of a request.
    Option,
    /// A segment of the path of a request.
    Segment,
}

/// Groups of rows, and what is computed for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// What the rows of a group have in common; none for one group of all rows.
    pub keys: Vec<GroupKey>,
    /// What is computed.
    pub aggregates: Vec<Aggregate>,
}

/// What rows of a group have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupKey {
    /// A column.
    pub column: ColumnRef,
    /// A part of its date, and whether in the user's time zone (else UTC).
    pub date: Option<(DateGrouping, bool)>,
    /// What it is called in the answer, where that is given.
    pub alias: Option<String>,
}

impl GroupKey {
    /// A column, as it is.
    #[must_use]
    pub fn of(column: ColumnRef) -> Self {
        Self { column, date: None, alias: None }
    }
}

/// A part of a date to group by (FetchXML's `dategrouping`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateGrouping {
    /// The day of the month.
    Day,
    /// The week of the year.
    Week,
    /// The month.
    Month,
    /// The quarter of the fiscal year.
    Quarter,
    /// The year.
    Year,
    /// The period of the fiscal year.
    FiscalPeriod,
    /// The fiscal year.
    FiscalYear,
}

/// A value that is computed from the rows of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// How.
    pub function: AggregateFunction,
    /// From which column; none for a number of rows.
    pub column: Option<ColumnRef>,
    /// What it is called in the answer.
    pub alias: String,
}

/// How a value is computed from many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateFunction {
    /// The sum.
    Sum,
    /// The mean.
    Average,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The number of rows.
    Count,
    /// The number of values.
    CountColumn,
    /// The number of different values.
    CountDistinct,
}

impl AggregateFunction {
    /// The method of `$apply`, as in `with sum`; the last two are not OData's on Dataverse.
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

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResultShape {
    /// Rows, or the one row.
    Rows,
    /// Their number, as text (`/$count`).
    Count,
    /// Where they are (`/$ref`).
    References,
    /// One column of one row; the flag says raw (`/$value`).
    Column(ColumnRef, bool),
}

/// A query that says itself what it asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// `savedQuery=<guid>`: a view of the system.
    View(Value),
    /// `userQuery=<guid>`: a view of a user.
    UserView(Value),
    /// `fetchXml=<fetch …>`
    FetchXml(String),
    /// `sql=SELECT …`
    Sql(String),
}
