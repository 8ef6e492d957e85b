//! Translates queries from the HIR to SQL for SQLite.
//!
//! A query becomes a [`Statement`] with bound parameters. No value of the query is ever part of the text, and
//! every name in it is quoted. Tables have the layout that [`StorageClass`] describes and
//! [`TableLayout::create`] makes. Functions that SQLite lacks are in [`host_functions`]; the application
//! registers them on the connection. An expansion is a statement of its own, run once for each row of the
//! outer one, with parameters taken from that row; so each expansion keeps its own order and limit.
//!
//! The user, the time and the settings of the organisation come from a [`Context`]; the clock of the database
//! is not used. Null is treated as in the [`interpreter`](crate::interpreter). If nothing else decides the
//! order, rows are ordered by their keys; groups and distinct rows are in the order of their first row.
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
mod logic;
mod operand;
mod reasons;
mod select;
mod source;
mod sql_value;

use std::collections::BTreeMap;

use dvkit_diagnostic::{Code, code};
use dvkit_schema::Store;

use self::reasons::Reasons;
pub use self::reasons::UnsupportedQuery;
use crate::Context;
use dvkit_query::hir::{OpaqueQuery, Query};
pub use layout::{StorageClass, TableLayout};
pub use sql_value::SqlValue;

/// The maximum number of parameters of a statement (`SQLITE_MAX_VARIABLE_NUMBER`).
const MAX_PARAMETERS: usize = 32_766;
/// The maximum number of columns of a result (`SQLITE_MAX_COLUMN`).
const MAX_COLUMNS: usize = 2_000;
/// The maximum number of tables in a join, a fixed limit of SQLite.
const MAX_TABLES: usize = 64;
/// The maximum number of levels of nested conditions. SQLite allows expressions of 1,000 levels
/// (`SQLITE_MAX_EXPR_DEPTH`); each level of conditions uses some of them, and a subquery about 35.
const MAX_CONDITION_LEVELS: usize = 100;
/// The number of levels that one condition on a collection counts as.
const LEVELS_OF_COLLECTION: usize = 5;

/// A query in SQL.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlQuery {
    /// The statement that returns the rows of the query.
    pub rows: Statement,
    /// The statement that returns the number of all rows, as one row with one column; `None` if the query
    /// does not request it.
    pub total: Option<Statement>,
    /// The layouts of the tables that the statements use.
    pub tables: Vec<TableLayout>,
}

/// A `SELECT` statement of SQLite.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The text of the SQL, with `?1`, `?2`, … in place of values.
    pub text: String,
    /// The parameters: the first is `?1`.
    pub parameters: Vec<Parameter>,
    /// The columns of the result, in their order.
    pub columns: Vec<OutputColumn>,
    /// The statements that return related rows, to be run for each row of this statement.
    pub expand: Vec<ExpandStatement>,
}

impl Statement {
    /// Replaces the numbers of the rows that the statement returns and skips. It has no effect on a statement
    /// that returns a number. The last two parameters of a statement for rows are these numbers.
    pub fn set_page(&mut self, rows: i64, skipped: i64) {
        let end = format!("OFFSET ?{}", self.parameters.len());
        if let [.., limit, offset] = self.parameters.as_mut_slice()
            && self.text.ends_with(&end)
        {
            *limit = Parameter::SqlValue(SqlValue::Integer(rows));
            *offset = Parameter::SqlValue(SqlValue::Integer(skipped));
        }
    }
}

/// A parameter of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// A value that is known already.
    SqlValue(SqlValue),
    /// The value of a column in the current row of the outer statement, as it is stored; it may be null. The
    /// number is the column's index in [`Statement::columns`] of that statement.
    Outer(usize),
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputColumn {
    /// The name of the column in a [`ResultRow`](crate::interpreter::ResultRow); `None` for a column that
    /// only expansions use. If several columns have the same name, the last value that is not null counts.
    pub name: Option<String>,
    /// The storage class that decodes the values.
    pub kind: StorageClass,
}

/// A statement that returns the related rows for one row of an outer statement.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpandStatement {
    /// The name of the navigation property.
    pub navigation: String,
    /// Whether the statement returns at most one row.
    pub single: bool,
    /// The statement, to be run for each row of the outer statement.
    pub rows: Statement,
}

/// Translates a query to SQL that runs in `context`.
///
/// Grouping, `distinct` and minima ignore the letter case of texts. The result has the spelling of the first
/// row.
///
/// # Errors
/// Returns an error with all the reasons if SQL cannot express the query exactly: opaque queries,
/// placeholders without a value, full-text search, columns that are not stored, comparisons of different
/// types, and constructs beyond the limits of SQLite.
pub fn to_sql(query: &Query, store: &Store, context: &Context) -> Result<SqlQuery, UnsupportedQuery> {
    to_sql_with(query, store, context, &[])
}

/// Translates a query as [`to_sql`] does, for tables that have further columns which are not in the snapshot,
/// such as the version of a row. `row_columns` are their names and storage classes. The result has them
/// wherever it has the key of a row of one of the snapshot's tables.
///
/// # Errors
/// Returns an error for the same reasons as [`to_sql`].
pub fn to_sql_with(
    query: &Query,
    store: &Store,
    context: &Context,
    row_columns: &[(&str, StorageClass)],
) -> Result<SqlQuery, UnsupportedQuery> {
    let mut emitter = Emitter {
        store,
        context,
        row_columns,
        reasons: Reasons::default(),
        tables: BTreeMap::new(),
        parameters: Vec::new(),
        rows: 0,
        level: 0,
    };
    match &query.opaque {
        Some(OpaqueQuery::Sql(_)) => {
            emitter.refuse(code::STORED_QUERY_OR_SQL, "this query is SQL of the service's own")
        }
        Some(_) => emitter.refuse(code::STORED_QUERY_OR_SQL, "what this query asks for stands elsewhere"),
        None => {}
    }
    let (rows, total) = emitter.query(query);
    emitter.reasons.finish()?;
    Ok(SqlQuery { rows, total, tables: emitter.tables.into_values().collect() })
}

/// The state of a translation to SQL.
struct Emitter<'a> {
    store: &'a Store,
    context: &'a Context,
    /// The columns of every table that are not in the snapshot: names and storage classes.
    row_columns: &'a [(&'a str, StorageClass)],
    reasons: Reasons,
    tables: BTreeMap<String, TableLayout>,
    /// The parameters of the current statement.
    parameters: Vec<Parameter>,
    /// The number of rows that have a name so far.
    rows: usize,
    /// The level of nesting of the current condition.
    level: usize,
}

/// A row that a statement names.
#[derive(Clone, Debug)]
struct Row {
    /// The name of the row in the statement, such as `t0`.
    name: String,
    table: String,
}

/// The rows that an expression can name: by index, as in [`ColumnRef::scope`](dvkit_query::hir::ColumnRef),
/// and by the alias of a join.
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

    /// Returns the scope for the conditions of a joined row: that row takes the place of the query's row.
    fn seen_from(&self, row: Row) -> Self {
        Self { rows: vec![row], joined: self.joined.clone() }
    }
}

impl Emitter<'_> {
    fn refuse(&mut self, code: Code, message: impl Into<String>) {
        self.reasons.add(code, message);
    }

    /// Adds a parameter with this value. Returns its name, such as `?1`.
    fn bind(&mut self, cell: SqlValue) -> String {
        self.parameter(Parameter::SqlValue(cell))
    }

    fn parameter(&mut self, parameter: Parameter) -> String {
        if self.parameters.len() >= MAX_PARAMETERS {
            let message = format!("it compares with more than {MAX_PARAMETERS} values");
            self.refuse(code::SQLITE_LIMIT, message);
            return "NULL".to_owned();
        }
        self.parameters.push(parameter);
        format!("?{}", self.parameters.len())
    }

    /// Returns a row of a table under a new name.
    fn row(&mut self, table: &str) -> Row {
        self.layout(table);
        self.rows += 1;
        Row { name: format!("t{}", self.rows - 1), table: table.to_owned() }
    }

    /// Returns a table with the name of its row, for `FROM`: `"table" AS t0`.
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
                    self.tables.insert(table.to_owned(), TableLayout::for_table(known));
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

    /// Returns the name of a table's key column. If SQL cannot express this, the reason is recorded and the
    /// result is `None`.
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

    /// Returns the key columns of a row, by which rows are ordered.
    fn key_order(&mut self, row: &Row) -> Vec<String> {
        let keys = self.layout(&row.table).map(|layout| layout.key.clone()).unwrap_or_default();
        if keys.is_empty() && self.tables.contains_key(&row.table) {
            self.key(&row.table);
        }
        keys.iter().map(|key| format!("{}.{}", row.name, layout::quoted(key))).collect()
    }
}
