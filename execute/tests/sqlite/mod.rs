//! Runs queries in SQLite: tables, rows, and results in the form of the interpreter's.

use std::collections::{BTreeMap, BTreeSet};

use dvkit_execute::interpreter::{Database, ExpandedRows, QueryResult, ResultRow};
use dvkit_execute::sqlite::{
    ExpandStatement, Parameter, SqlQuery, SqlValue, Statement, StorageClass, TableLayout,
    host_functions as host,
};
use dvkit_query::hir::{self, Query};
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value as Stored, ValueRef};
use rusqlite::{Connection, params_from_iter};

/// An SQLite database in memory, with the functions that the SQL needs.
pub(crate) struct Sqlite {
    connection: Connection,
    made: BTreeSet<String>,
    filled: Vec<String>,
}

struct Total(bool);

impl Aggregate<host::RunningSum, Option<Stored>> for Total {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<host::RunningSum> {
        Ok(host::RunningSum::default())
    }

    fn step(&self, context: &mut Context<'_>, total: &mut host::RunningSum) -> rusqlite::Result<()> {
        if let Some(cell) = cell(context.get_raw(0)) {
            total.add(&cell);
        }
        Ok(())
    }

    fn finalize(
        &self,
        _: &mut Context<'_>,
        total: Option<host::RunningSum>,
    ) -> rusqlite::Result<Option<Stored>> {
        let total = total.unwrap_or_default();
        Ok(if self.0 { total.average() } else { total.sum() }.map(|cell| stored(&cell)))
    }
}

fn cell(value: ValueRef<'_>) -> Option<SqlValue> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(n) => Some(SqlValue::Integer(n)),
        ValueRef::Real(d) => Some(SqlValue::Real(d)),
        ValueRef::Text(text) => Some(SqlValue::Text(String::from_utf8(text.to_vec()).expect("UTF-8"))),
        ValueRef::Blob(_) => panic!("no value is a blob"),
    }
}

fn stored(cell: &SqlValue) -> Stored {
    match cell {
        SqlValue::Integer(n) => Stored::Integer(*n),
        SqlValue::Real(d) => Stored::Real(*d),
        SqlValue::Text(text) => Stored::Text(text.clone()),
    }
}

impl Sqlite {
    pub(crate) fn new() -> Self {
        let connection = Connection::open_in_memory().expect("in memory");
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        connection.create_collation(host::TEXT_COLLATION, host::compare_texts).expect("registered");
        connection.create_collation(host::DECIMAL_COLLATION, host::compare_decimals).expect("registered");
        let like = |c: &Context<'_>| -> rusqlite::Result<Option<bool>> {
            let (text, pattern): (Option<String>, String) = (c.get(0)?, c.get(1)?);
            Ok(text.map(|text| host::like(&text, &pattern)))
        };
        connection.create_scalar_function("dv_like", 2, flags, like).expect("registered");
        let part = |c: &Context<'_>| -> rusqlite::Result<Option<i64>> {
            let Some(value) = c.get::<Option<String>>(0)? else { return Ok(None) };
            let (part, zone, fiscal): (String, String, String) = (c.get(1)?, c.get(2)?, c.get(3)?);
            let part = host::part(&value, &part, &zone, &fiscal);
            part.map(Some).map_err(|why| rusqlite::Error::UserFunctionError(why.into()))
        };
        connection.create_scalar_function("dv_part", 4, flags, part).expect("registered");
        connection.create_aggregate_function("dv_sum", 1, flags, Total(false)).expect("registered");
        connection.create_aggregate_function("dv_avg", 1, flags, Total(true)).expect("registered");
        Self { connection, made: BTreeSet::new(), filled: Vec::new() }
    }

    /// Creates these tables with the rows of a database, and drops all others.
    pub(crate) fn fill(&mut self, tables: &[TableLayout], database: &Database) {
        for name in std::mem::take(&mut self.filled) {
            self.connection.execute(&format!("DELETE FROM \"{name}\""), []).expect("there");
        }
        for table in tables {
            if self.made.insert(table.name.clone()) {
                for statement in table.create() {
                    self.connection.execute(&statement, []).unwrap_or_else(|e| panic!("{statement}: {e}"));
                }
            }
            self.filled.push(table.name.clone());
            let mut insert = self.connection.prepare_cached(&table.insert()).expect("an insert");
            for row in database.rows(&table.name) {
                let cells = table.columns.iter().map(|(column, kind)| {
                    row.get(column).map_or(Stored::Null, |value| {
                        stored(&kind.encode(value).unwrap_or_else(|| panic!("{value:?} is {kind:?}")))
                    })
                });
                insert.execute(params_from_iter(cells)).expect("a row");
            }
        }
    }

    /// Returns the result in the form of the interpreter's.
    pub(crate) fn answer(&self, query: &Query, sql: &SqlQuery) -> Result<QueryResult, String> {
        let rows = self.records(&sql.rows, &[])?;
        let total = match &sql.total {
            None => None,
            Some(statement) => Some(self.count(statement)?),
        };
        Ok(match &query.result {
            hir::ResultShape::Rows => QueryResult::Rows(rows, total),
            hir::ResultShape::Count => QueryResult::Count(self.count(&sql.rows)?),
            hir::ResultShape::References => {
                QueryResult::References(rows.into_iter().flat_map(|r| r.columns.into_values()).collect())
            }
            hir::ResultShape::Column(..) => {
                QueryResult::Column(rows.into_iter().next().and_then(|r| r.columns.into_values().next()))
            }
        })
    }

    fn count(&self, statement: &Statement) -> Result<usize, String> {
        let rows = self.records(statement, &[])?;
        match rows.first().and_then(|r| r.columns.get("count")) {
            Some(hir::Value::Integer(n)) => usize::try_from(*n).map_err(|e| e.to_string()),
            other => Err(format!("{other:?} is no number of rows")),
        }
    }

    fn records(&self, statement: &Statement, outer: &[Stored]) -> Result<Vec<ResultRow>, String> {
        let told = |e: rusqlite::Error| format!("{e}\n{}", statement.text);
        let mut prepared = self.connection.prepare_cached(&statement.text).map_err(told)?;
        let parameters = statement.parameters.iter().map(|parameter| match parameter {
            Parameter::SqlValue(cell) => stored(cell),
            Parameter::Outer(place) => outer[*place].clone(),
        });
        let mut rows = prepared.query(params_from_iter(parameters)).map_err(told)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(told)? {
            let cells: Vec<Stored> =
                (0..statement.columns.len()).map(|n| row.get(n)).collect::<Result<_, _>>().map_err(told)?;
            all.push(self.record(statement, &cells)?);
        }
        Ok(all)
    }

    fn record(&self, statement: &Statement, cells: &[Stored]) -> Result<ResultRow, String> {
        let mut record = ResultRow::default();
        for (output, value) in statement.columns.iter().zip(cells) {
            if let (Some(name), Some(cell)) = (&output.name, cell(value.into())) {
                record.columns.insert(name.clone(), decoded(output.kind, &cell)?);
            }
        }
        record.expanded = self.expanded(&statement.expand, cells)?;
        Ok(record)
    }

    fn expanded(
        &self,
        expand: &[ExpandStatement],
        cells: &[Stored],
    ) -> Result<BTreeMap<String, ExpandedRows>, String> {
        let mut all = BTreeMap::new();
        for one in expand {
            let mut rows = self.records(&one.rows, cells)?;
            let expanded = if one.single {
                ExpandedRows::One(rows.pop().map(Box::new))
            } else {
                ExpandedRows::Many(rows)
            };
            all.insert(one.navigation.clone(), expanded);
        }
        Ok(all)
    }
}

fn decoded(kind: StorageClass, cell: &SqlValue) -> Result<hir::Value, String> {
    kind.decode(cell).ok_or_else(|| format!("{cell:?} is not stored as {kind:?} is"))
}
