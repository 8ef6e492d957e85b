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
    /// Which related rows come with them.
    pub expand: Vec<Expansion>,
    /// In which order; the first counts most.
    pub order: Vec<Order>,
    /// How many.
    pub page: Page,
    /// Groups in place of rows.
    pub grouping: Option<Grouping>,
    /// What comes back.
    pub answer: Answer,
    /// A query that the service keeps, or that is given in another language, and that says all of this itself.
    pub stored: Option<Stored>,
}

impl Query {
    /// All rows of a table for which `predicate` holds, with all their columns.
    #[must_use]
    pub fn rows(table: impl Into<String>, predicate: Predicate) -> Self {
        Self {
            table: table.into(),
            start: Start::default(),
            predicate,
            columns: Columns::All,
            expand: Vec::new(),
            order: Vec::new(),
            page: Page::default(),
            grouping: None,
            answer: Answer::Rows,
            stored: None,
        }
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

/// One column to order by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Which.
    pub column: ColumnRef,
    /// The greatest first.
    pub descending: bool,
}

/// How much comes back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// At most so many rows.
    pub top: Option<Value>,
    /// With the number of all rows (at most 5,000).
    pub total: bool,
}

/// Groups of rows, and what is computed for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// What the rows of a group have in common; none for one group of all rows.
    pub keys: Vec<ColumnRef>,
    /// What is computed.
    pub aggregates: Vec<Aggregate>,
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
}

impl AggregateFunction {
    /// The method of `$apply`, as in `with sum`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Average => "average",
            Self::Min => "min",
            Self::Max => "max",
            Self::Count => "$count",
        }
    }
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
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
