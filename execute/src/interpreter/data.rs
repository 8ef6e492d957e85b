//! Rows in memory, and the rows that names in a query stand for.

use std::collections::BTreeMap;

use dvkit_schema::Table;

use super::value::same;
use super::{Error, Evaluator, cannot};
use dvkit_query::hir::{Collection, ColumnRef, Link, Value};

/// A row: values by the logical names of their columns; a column without a value is absent. A choice is an
/// [`Integer`](Value::Integer), a multi-select one the [`Text`](Value::Text) of its ascending numbers, comma-separated.
pub type Row = BTreeMap<String, Value>;

/// Tables by logical name. Intersect tables are tables as any other; an absent one is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Database {
    /// Their rows.
    pub tables: BTreeMap<String, Vec<Row>>,
}

impl Database {
    /// The rows of a table.
    #[must_use]
    pub fn rows(&self, table: &str) -> &[Row] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }
}

/// A row that a name stands for; none where an outer join or a lookup found nothing.
#[derive(Clone, Copy)]
pub(super) struct Bound<'d> {
    pub(super) table: &'d str,
    pub(super) row: Option<&'d Row>,
}

impl<'d> Bound<'d> {
    pub(super) fn get(&self, column: &str) -> Option<&'d Value> {
        self.row.and_then(|row| row.get(column))
    }
}

/// The rows in scope.
#[derive(Clone)]
pub(super) struct Scope<'d> {
    /// The row itself, then the rows of the enclosing lambdas.
    pub(super) rows: Vec<Bound<'d>>,
    /// Joined rows by alias.
    pub(super) joined: Vec<(&'d str, Bound<'d>)>,
}

impl<'d> Scope<'d> {
    pub(super) fn of(table: &'d str, row: &'d Row) -> Self {
        Self { rows: vec![Bound { table, row: Some(row) }], joined: Vec::new() }
    }

    fn row(&self, index: usize) -> Result<Bound<'d>, Error> {
        let found = self.rows.get(index).copied();
        found.map_or_else(|| cannot(format!("no row in scope {index}")), Ok)
    }

    /// With one lambda more.
    pub(super) fn with(&self, table: &'d str, row: &'d Row) -> Self {
        let mut inner = self.clone();
        inner.rows.push(Bound { table, row: Some(row) });
        inner
    }

    /// The row that a joined row is in place of the row itself: how a join sees the context.
    pub(super) fn seen_from(&self, bound: Bound<'d>) -> Self {
        Self { rows: vec![bound], joined: self.joined.clone() }
    }
}

impl<'d> Evaluator<'d> {
    pub(super) fn table(&self, name: &str) -> Result<&'d Table, Error> {
        self.store.table(name)?.map_or_else(|| cannot(format!("no table `{name}`")), Ok)
    }

    pub(super) fn primary_id(&self, table: &str) -> Result<&'d str, Error> {
        let id = self.table(table)?.primary_id.as_deref();
        id.map_or_else(|| cannot(format!("the key of `{table}` is not known")), Ok)
    }

    /// The row that holds a column, lookups followed.
    pub(super) fn holder(&self, scope: &Scope<'d>, column: &'d ColumnRef) -> Result<Bound<'d>, Error> {
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

    pub(super) fn value(&self, scope: &Scope<'d>, column: &'d ColumnRef) -> Result<Option<&'d Value>, Error> {
        self.read(self.holder(scope, column)?, &column.column)
    }

    /// The value of a column. The one that accompanies a lookup (`primarycontactidname`) is the name of the row behind it.
    pub(super) fn read(&self, row: Bound<'d>, column: &str) -> Result<Option<&'d Value>, Error> {
        let table = self.table(row.table)?;
        let Some(lookup) = table.column(column).and_then(|c| table.lookup_named_by(c)) else {
            return Ok(row.get(column));
        };
        match row.get(&lookup.logical_name) {
            Some(id) => self.target_name(row.table, &lookup.logical_name, id),
            None => Ok(None),
        }
    }

    pub(super) fn follow(&self, from: Bound<'d>, link: &'d Link) -> Result<Bound<'d>, Error> {
        Ok(Bound { table: &link.table, row: self.target(from, link)? })
    }

    /// The row that a lookup points to.
    pub(super) fn target(&self, from: Bound<'d>, link: &Link) -> Result<Option<&'d Row>, Error> {
        let Some(column) = &link.column else {
            return cannot(format!("the column behind `{}` is not known", link.navigation));
        };
        let key = match &link.referenced {
            Some(key) => key,
            None => self.primary_id(&link.table)?,
        };
        Ok(from.get(column).and_then(|id| self.rows_where(&link.table, key, id).next()))
    }

    /// The rows of a collection: those whose column equals this side's, or that an intersect row connects.
    pub(super) fn members(&self, from: Bound<'d>, collection: &Collection) -> Result<Vec<&'d Row>, Error> {
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

    /// The rows of a table whose column has this value.
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
