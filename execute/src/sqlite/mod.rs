//! HIR → SQL of SQLite.
//!
//! A query becomes a [`Statement`] with bound parameters: no value, however it came into the query, is ever part of the text, and
//! every name in it is quoted. Tables are laid out as [`StorageClass`] says and made by [`TableLayout::create`]; what SQLite lacks, a
//! connection is given under the names of [`host_functions`]. Expansions are statements of their own, run once for each row of the outer
//! one, whose parameters take values from that row: it is what SQLite is good at, and each keeps its own order and limit.
//!
//! Who asks, when, and the settings of the organisation come in as a [`Context`]; the clock of the database is never asked. Null
//! is judged as [`eval`](crate::interpreter) says. Where nothing else decides, rows come in the order of their keys, and groups and
//! different rows in the order of their first row.
//!
//! ```
//! use dvkit_query::hir::{ColumnRef, Comparison, Predicate, Property, Query, Test, Value};
//! use dvkit_execute::{Context, sqlite};
//! use dvkit_schema::{Column, ColumnType, Schema, Store, Table};
//! let text = ColumnType::String { max_length: Some(160), format: None };
//! let mut contact = Table { logical_name: "contact".into(), primary_id: Some("contactid".into()), ..Table::default() };
//! contact.columns = vec![Column::new("contactid", ColumnType::Uniqueidentifier), Column::new("fullname", text)];
//! let mut schema = Schema::default();
//! schema.tables.insert("contact".into(), contact);
//!
//! let fullname = ColumnRef { scope: 0, join: None, path: vec![], column: "fullname".into(), property: Property::Plain };
//! let obrien = Test::Compare(Comparison::Eq, Value::Text("O'Brien".into()));
//! let query = Query::rows("contact", Predicate::Test(fullname, obrien));
//! let context = Context::at("2025-03-12T01:30:20Z".parse()?);
//! let sql = sqlite::to_sql(&query, &Store::from_schema(schema), &context).expect("SQL can say it");
//! assert_eq!(
//!     sql.rows.text,
//!     r#"SELECT t0."contactid" AS "contactid", t0."fullname" AS "fullname" FROM "contact" AS t0 WHERE t0."fullname" = ?1 ORDER BY t0."contactid" LIMIT ?2 OFFSET ?3"#,
//! );
//! # Ok::<(), jiff::Error>(())
//! ```

mod calendar;
mod condition;
mod function;
mod group;
pub mod host_functions;
mod join;
mod layout;
mod operand;
mod reasons;
mod select;
mod source;

use std::collections::BTreeMap;

use dvkit_diagnostic::{Code, code};
use dvkit_schema::Store;

use self::reasons::Reasons;
pub use self::reasons::Unsupported;
use crate::Context;
use dvkit_query::hir::{Query, Stored};
pub use layout::{Cell, StorageClass, TableLayout};

/// The most parameters of a statement (`SQLITE_MAX_VARIABLE_NUMBER`).
const MOST_PARAMETERS: usize = 32_766;
/// The most columns of a result (`SQLITE_MAX_COLUMN`).
const MOST_COLUMNS: usize = 2_000;
/// The most tables of a join (SQLite's own, not to be raised).
const MOST_TABLES: usize = 64;
/// How deep conditions nest: each level takes some of the 1,000 of `SQLITE_MAX_EXPR_DEPTH`, a query within a query about 35.
const MOST_LEVELS: usize = 100;
/// As many levels is a collection.
const COLLECTION_LEVELS: usize = 5;

/// A query as SQL.
#[derive(Clone, Debug, PartialEq)]
pub struct Sql {
    /// What comes back.
    pub rows: Statement,
    /// The number of all rows, where the query asks for it: one row with one column.
    pub total: Option<Statement>,
    /// The tables that are touched.
    pub tables: Vec<TableLayout>,
}

/// One `SELECT`.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Its text, with `?1`, `?2`, … in place of values.
    pub text: String,
    /// What they stand for, in this order.
    pub parameters: Vec<Parameter>,
    /// The columns of the result, in this order.
    pub columns: Vec<Output>,
    /// What comes with each row.
    pub expand: Vec<Expand>,
}

/// What a parameter stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// A value.
    Cell(Cell),
    /// That column of the row of the outer statement, by its place in [`Statement::columns`]; as it is stored, null or not.
    Outer(usize),
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// What it is called in the answer, as [`ResultRow`](crate::interpreter::ResultRow) says; none for what only expansions need. Where
    /// two have one name, the later value counts, if it is not null.
    pub name: Option<String>,
    /// How its values are to be read.
    pub kind: StorageClass,
}

/// Related rows that come with each row.
#[derive(Clone, Debug, PartialEq)]
pub struct Expand {
    /// The navigation property.
    pub navigation: String,
    /// One row at most, rather than a list.
    pub single: bool,
    /// What gives them.
    pub rows: Statement,
}

/// The query as SQL, asked in `context`.
///
/// Texts that are equal but for the case of their letters are one group, one different row, one least value: which of their
/// spellings stands for them is that of the first row.
///
/// # Errors
/// Where SQL cannot say it, or not exactly: all the reasons. Stored queries, placeholders without a value, full-text search,
/// columns that have no place in the layout, comparisons of different kinds, and what is beyond SQLite's limits.
pub fn to_sql(query: &Query, store: &Store, context: &Context) -> Result<Sql, Unsupported> {
    let mut emitter = Emitter {
        store,
        context,
        reasons: Reasons::default(),
        tables: BTreeMap::new(),
        parameters: Vec::new(),
        rows: 0,
        level: 0,
    };
    match &query.stored {
        Some(Stored::Sql(_)) => {
            emitter.refuse(code::STORED_QUERY_OR_SQL, "this query is SQL of the service's own")
        }
        Some(_) => emitter.refuse(code::STORED_QUERY_OR_SQL, "what this query asks for stands elsewhere"),
        None => {}
    }
    let (rows, total) = emitter.query(query);
    emitter.reasons.finish()?;
    Ok(Sql { rows, total, tables: emitter.tables.into_values().collect() })
}

/// Everything that is known while statements are written.
struct Emitter<'a> {
    store: &'a Store,
    context: &'a Context,
    reasons: Reasons,
    tables: BTreeMap<String, TableLayout>,
    /// Of the statement that is being written.
    parameters: Vec<Parameter>,
    /// How many rows have been given a name.
    rows: usize,
    /// How many conditions enclose this place.
    level: usize,
}

/// A row that a statement names.
#[derive(Clone, Debug)]
struct Row {
    /// Its name there.
    name: String,
    table: String,
}

/// The rows in scope: as [`ColumnRef::scope`](dvkit_query::hir::ColumnRef) counts them, and joined ones by alias.
#[derive(Clone, Debug, Default)]
struct Scope {
    rows: Vec<Row>,
    joined: Vec<(String, Row)>,
}

impl Scope {
    fn of(row: Row) -> Self {
        Self { rows: vec![row], joined: Vec::new() }
    }

    fn with(&self, row: Row) -> Self {
        let mut inner = self.clone();
        inner.rows.push(row);
        inner
    }

    /// As a joined row sees it.
    fn seen_from(&self, row: Row) -> Self {
        Self { rows: vec![row], joined: self.joined.clone() }
    }
}

impl Emitter<'_> {
    fn refuse(&mut self, code: Code, message: impl Into<String>) {
        self.reasons.add(code, message);
    }

    /// A parameter with this value, as the text names it.
    fn bind(&mut self, cell: Cell) -> String {
        self.parameter(Parameter::Cell(cell))
    }

    fn parameter(&mut self, parameter: Parameter) -> String {
        if self.parameters.len() >= MOST_PARAMETERS {
            let message = format!("it compares with more than {MOST_PARAMETERS} values");
            self.refuse(code::SQLITE_LIMIT, message);
            return "NULL".to_owned();
        }
        self.parameters.push(parameter);
        format!("?{}", self.parameters.len())
    }

    /// A name for a row of a table.
    fn row(&mut self, table: &str) -> Row {
        self.layout(table);
        self.rows += 1;
        Row { name: format!("t{}", self.rows - 1), table: table.to_owned() }
    }

    /// `"table" AS t0`
    fn from(row: &Row) -> String {
        format!("{} AS {}", layout::quoted(&row.table), row.name)
    }

    fn layout(&mut self, table: &str) -> Option<&TableLayout> {
        if !self.tables.contains_key(table) {
            match self.store.table(table) {
                Ok(Some(known)) => {
                    if table.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_")) {
                        let message = format!("SQLite keeps names like `{table}` to itself");
                        self.refuse(code::SQLITE_LIMIT, message);
                    }
                    self.tables.insert(table.to_owned(), TableLayout::of(known));
                }
                Ok(None) => {
                    self.refuse(
                        code::NOT_STORED,
                        format!("this snapshot does not have the columns of `{table}`"),
                    );
                }
                Err(error) => self.refuse(code::NOT_STORED, format!("`{table}` cannot be read: {error}")),
            }
        }
        self.tables.get(table)
    }

    /// The column that tells rows of a table apart.
    fn key(&mut self, table: &str) -> Option<String> {
        let key = self.layout(table).and_then(|layout| match &*layout.key {
            [one] => Some(one.clone()),
            _ => None,
        });
        if key.is_none() && self.tables.contains_key(table) {
            self.refuse(code::KEY_UNKNOWN, format!("this snapshot does not know the key of `{table}`"));
        }
        key
    }

    /// What puts rows into the order of their keys.
    fn ties(&mut self, row: &Row) -> Vec<String> {
        let keys = self.layout(&row.table).map(|layout| layout.key.clone()).unwrap_or_default();
        if keys.is_empty() && self.tables.contains_key(&row.table) {
            self.key(&row.table);
        }
        keys.iter().map(|key| format!("{}.{}", row.name, layout::quoted(key))).collect()
    }
}
