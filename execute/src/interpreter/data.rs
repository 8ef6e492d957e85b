//! The rows of a database in memory, and the rows that a query can name.

use std::collections::BTreeMap;

use dvkit_schema::Table;

use super::value::same;
use super::{EvalError, Evaluator, cannot};
use dvkit_query::hir::{CollectionRef, ColumnRef, Link, Value};

/// The values of a row, by the logical names of their columns. A column without a value is absent. The value
/// of a choice is an [`Integer`](Value::Integer). The value of a multi-select choice is a
/// [`Text`](Value::Text) of its numbers in ascending order, separated by commas.
pub type Row = BTreeMap<String, Value>;

/// The rows of all tables, intersect tables included. A table that is absent has no rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Database {
    /// The rows of each table, by its logical name.
    pub tables: BTreeMap<String, Vec<Row>>,
}

impl Database {
    /// Returns the rows of the table with this logical name; empty if it is absent.
    #[must_use]
    pub fn rows(&self, table: &str) -> &[Row] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }
}

/// A row that a query can name. The row is `None` if an outer join or a lookup found no row.
#[derive(Clone, Copy)]
pub(super) struct BoundRow<'d> {
    pub(super) table: &'d str,
    pub(super) row: Option<&'d Row>,
}

impl<'d> BoundRow<'d> {
    pub(super) fn get(&self, column: &str) -> Option<&'d Value> {
        self.row.and_then(|row| row.get(column))
    }
}

/// The rows that a condition or a column can name.
#[derive(Clone)]
pub(super) struct Scope<'d> {
    /// The row of the query, followed by the rows of the enclosing lambdas, outermost first.
    pub(super) rows: Vec<BoundRow<'d>>,
    /// The joined rows, with the aliases of their joins.
    pub(super) joined: Vec<(&'d str, BoundRow<'d>)>,
}

impl<'d> Scope<'d> {
    pub(super) fn of(table: &'d str, row: &'d Row) -> Self {
        Self { rows: vec![BoundRow { table, row: Some(row) }], joined: Vec::new() }
    }

    fn row(&self, index: usize) -> Result<BoundRow<'d>, EvalError> {
        let found = self.rows.get(index).copied();
        found.map_or_else(|| cannot(format!("no row in scope {index}")), Ok)
    }

    /// Returns this scope with one more row, that of a lambda.
    pub(super) fn with(&self, table: &'d str, row: &'d Row) -> Self {
        let mut inner = self.clone();
        inner.rows.push(BoundRow { table, row: Some(row) });
        inner
    }

    /// Returns the scope for the conditions of a joined row: that row takes the place of the query's row.
    pub(super) fn seen_from(&self, bound: BoundRow<'d>) -> Self {
        Self { rows: vec![bound], joined: self.joined.clone() }
    }
}

impl<'d> Evaluator<'d> {
    pub(super) fn table(&self, name: &str) -> Result<&'d Table, EvalError> {
        self.store.table(name)?.map_or_else(|| cannot(format!("no table `{name}`")), Ok)
    }

    pub(super) fn primary_id(&self, table: &str) -> Result<&'d str, EvalError> {
        let id = self.table(table)?.primary_id.as_deref();
        id.map_or_else(|| cannot(format!("the key of `{table}` is not known")), Ok)
    }

    /// Returns the row that a column belongs to: the row of its scope or join, after following the lookups of
    /// its path. Returns an error if nothing is joined with the column's alias.
    pub(super) fn holder(&self, scope: &Scope<'d>, column: &'d ColumnRef) -> Result<BoundRow<'d>, EvalError> {
        let mut bound = match &column.join {
            None => scope.row(column.scope)?,
            Some(alias) => match scope.joined.iter().find(|(name, _)| *name == &**alias) {
                Some((_, bound)) => *bound,
                None => return cannot(format!("nothing is joined as `{alias}` here")),
            },
        };
        for link in &column.path {
            bound = self.follow(bound, link)?;
        }
        Ok(bound)
    }

    pub(super) fn value(
        &self,
        scope: &Scope<'d>,
        column: &'d ColumnRef,
    ) -> Result<Option<&'d Value>, EvalError> {
        self.read(self.holder(scope, column)?, &column.column)
    }

    /// Returns the value of a column; `None` is null. For the name column of a lookup
    /// (`primarycontactidname`), this is the primary name of the row that the lookup points to.
    pub(super) fn read(&self, row: BoundRow<'d>, column: &str) -> Result<Option<&'d Value>, EvalError> {
        let table = self.table(row.table)?;
        let Some(lookup) = table.column(column).and_then(|c| table.lookup_named_by(c)) else {
            return Ok(row.get(column));
        };
        match row.get(&lookup.logical_name) {
            Some(id) => self.target_name(row.table, &lookup.logical_name, id),
            None => Ok(None),
        }
    }

    pub(super) fn follow(&self, from: BoundRow<'d>, link: &'d Link) -> Result<BoundRow<'d>, EvalError> {
        Ok(BoundRow { table: &link.table, row: self.target(from, link)? })
    }

    /// Returns the row that a lookup points to; `None` if the lookup has no value, or if there is no such
    /// row. Returns an error if the schema does not state the lookup's columns.
    pub(super) fn target(&self, from: BoundRow<'d>, link: &Link) -> Result<Option<&'d Row>, EvalError> {
        let Some(column) = &link.column else {
            return cannot(format!("the column behind `{}` is not known", link.navigation));
        };
        let key = match &link.referenced {
            Some(key) => key,
            None => self.primary_id(&link.table)?,
        };
        Ok(from.get(column).and_then(|id| self.rows_where(&link.table, key, id).next()))
    }

    /// Returns the rows of a collection: the rows with the key of `from` in the lookup column, or the rows
    /// that the intersect table connects with `from`. Returns an error if the schema does not state the
    /// columns of the relationship.
    pub(super) fn members(
        &self,
        from: BoundRow<'d>,
        collection: &CollectionRef,
    ) -> Result<Vec<&'d Row>, EvalError> {
        let Some(column) = &collection.column else {
            return cannot(format!("the column behind `{}` is not known", collection.navigation));
        };
        let table = &collection.table;
        let Some(intersect) = &collection.intersect else {
            let key = match &collection.referenced {
                Some(key) => key,
                None => self.primary_id(from.table)?,
            };
            let id = from.get(key);
            return Ok(id.map(|id| self.rows_where(table, column, id).collect()).unwrap_or_default());
        };
        let Some(other) = &collection.referenced else {
            return cannot(format!("the columns of `{intersect}` are not known"));
        };
        let (Some(id), key) = (from.get(self.primary_id(from.table)?), self.primary_id(table)?) else {
            return Ok(Vec::new());
        };
        let partners: Vec<&Value> =
            self.rows_where(intersect, column, id).filter_map(|pair| pair.get(other)).collect();
        let connected = |row: &&Row| row.get(key).is_some_and(|id| partners.iter().any(|p| same(p, id)));
        Ok(self.database.rows(table).iter().filter(connected).collect())
    }

    /// Returns the rows of a table that have this value in the column `column`.
    pub(super) fn rows_where(
        &self,
        table: &str,
        column: &str,
        value: &Value,
    ) -> impl Iterator<Item = &'d Row> {
        let equal = move |row: &&Row| row.get(column).is_some_and(|v| same(v, value));
        self.database.rows(table).iter().filter(equal)
    }
}
