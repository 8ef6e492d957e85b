//! Decides how each column of an SQL result appears in the JSON of a row.

use std::collections::HashMap;

use dvkit_execute::sqlite::{Statement, StorageClass};
use dvkit_query::hir::{AggregateFunction, ColumnRef, Columns, Expansion, Join, Query};
use dvkit_schema::{Column, Table};

use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::super::store::VERSION;

/// A column of an SQL result, as a member of a JSON object.
#[derive(Debug)]
pub(super) struct Field<'a> {
    /// The index of the column in the SQL result.
    pub(super) index: usize,
    /// The name of the member.
    pub(super) name: String,
    pub(super) kind: StorageClass,
    /// The table and column whose value it is; `None` for a computed value, such as a count.
    pub(super) column: Option<(&'a Table, &'a Column)>,
}

/// The members of a JSON object for one row of an SQL result.
#[derive(Debug)]
pub(super) struct RowFields<'a> {
    /// The table of the row; `None` for a group.
    pub(super) table: Option<&'a Table>,
    pub(super) fields: Vec<Field<'a>>,
    /// The index of the row's version.
    pub(super) version: Option<usize>,
    /// The index of the row's key.
    pub(super) key: Option<usize>,
    /// The fields of each expansion, in the order of the statement's.
    pub(super) expand: Vec<RowFields<'a>>,
    /// Whether only the addresses of the rows are shown.
    pub(super) reference: bool,
}

impl<'a> RowFields<'a> {
    /// Returns the fields for a query's own rows. `hidden` are the names of columns that the query returns
    /// only for paging.
    ///
    /// # Errors
    /// Returns an error if a table cannot be read.
    pub(super) fn of_query(
        session: &Session<'a>,
        query: &Query,
        statement: &Statement,
        hidden: &[String],
    ) -> Result<Self, ServiceError> {
        let mut columns = Names::default();
        columns.add_query(session, query)?;
        let table = session.table(&query.table)?;
        let mut row = Self::of_statement(table, statement, &columns, hidden);
        if query.grouping.is_some() || query.distinct {
            row.key = None;
            row.version = None;
        }
        if query.grouping.is_some() {
            row.table = None;
        }
        row.expand = Self::of_expansions(session, &query.expand, statement)?;
        Ok(row)
    }

    fn of_expansions(
        session: &Session<'a>,
        expansions: &[Expansion],
        statement: &Statement,
    ) -> Result<Vec<Self>, ServiceError> {
        let pairs = expansions.iter().zip(&statement.expand);
        let fields = pairs.map(|(expansion, inner)| {
            let table = match &expansion.to {
                dvkit_query::hir::RelatedRows::One(link) => session.table(&link.table)?,
                dvkit_query::hir::RelatedRows::Many(collection) => session.table(&collection.table)?,
            };
            let mut names = Names::default();
            names.own(table, &expansion.columns, &[], "");
            let mut row = Self::of_statement(table, &inner.rows, &names, &[]);
            row.reference = expansion.reference;
            row.expand = Self::of_expansions(session, &expansion.expand, &inner.rows)?;
            Ok(row)
        });
        fields.collect()
    }

    fn of_statement(table: &'a Table, statement: &Statement, names: &Names<'a>, hidden: &[String]) -> Self {
        let named = statement.columns.iter().enumerate();
        let position =
            |wanted: &str| statement.columns.iter().position(|output| output.name.as_deref() == Some(wanted));
        let fields = named.filter_map(|(index, output)| {
            let name = output.name.as_ref().filter(|name| *name != VERSION && !hidden.contains(name))?;
            let (name, column) = match names.0.get(name) {
                Some((shown, column)) => (shown.clone(), *column),
                None => match table.column(name) {
                    Some(column) => (column.property_name().into_owned(), Some((table, column))),
                    None => (name.clone(), None),
                },
            };
            Some(Field { index, name, kind: output.kind, column })
        });
        Self {
            table: Some(table),
            fields: fields.collect(),
            version: position(VERSION),
            key: table.primary_id.as_deref().and_then(position),
            expand: Vec::new(),
            reference: false,
        }
    }
}

/// The columns behind the names of an SQL result: the name in JSON, and the column.
#[derive(Default)]
struct Names<'a>(HashMap<String, (String, Option<(&'a Table, &'a Column)>)>);

impl<'a> Names<'a> {
    fn add_query(&mut self, session: &Session<'a>, query: &Query) -> Result<(), ServiceError> {
        let table = session.table(&query.table)?;
        self.own(table, &query.columns, &query.aliases, "");
        self.add_joins(session, &query.joins)?;
        let Some(grouping) = &query.grouping else { return Ok(()) };
        let column_of = |column: &ColumnRef| -> Result<_, ServiceError> {
            let table = match (column.path.last(), &column.join) {
                (Some(link), _) => session.table(&link.table)?,
                (None, Some(alias)) => match find_join(&query.joins, alias) {
                    Some(join) => session.table(&join.table)?,
                    None => table,
                },
                (None, None) => table,
            };
            Ok(table.column(&column.column).map(|found| (table, found)))
        };
        for key in &grouping.keys {
            let name = key.alias.clone().unwrap_or_else(|| key.column.column.clone());
            let column = if key.date.is_some() { None } else { column_of(&key.column)? };
            self.0.insert(name.clone(), (name, column));
        }
        for aggregate in &grouping.aggregates {
            let keeps_type = matches!(
                aggregate.function,
                AggregateFunction::Sum
                    | AggregateFunction::Average
                    | AggregateFunction::Min
                    | AggregateFunction::Max
            );
            let column = match &aggregate.column {
                Some(column) if keeps_type => column_of(column)?,
                _ => None,
            };
            self.0.insert(aggregate.alias.clone(), (aggregate.alias.clone(), column));
        }
        Ok(())
    }

    /// Adds the columns of a row of `table`, whose names begin with `prefix`.
    fn own(&mut self, table: &'a Table, columns: &Columns, aliases: &[(ColumnRef, String)], prefix: &str) {
        for (column, alias) in aliases {
            let found = table.column(&column.column).map(|found| (table, found));
            self.0.insert(alias.clone(), (alias.clone(), found));
        }
        if let Columns::Listed(listed) = columns {
            for column in listed {
                let logical = &column.column;
                let Some(found) = table.column(logical) else { continue };
                let shown = if prefix.is_empty() {
                    found.property_name().into_owned()
                } else {
                    format!("{prefix}{logical}")
                };
                self.0.insert(format!("{prefix}{logical}"), (shown, Some((table, found))));
            }
        } else if !prefix.is_empty() {
            for found in &table.columns {
                let name = format!("{prefix}{}", found.logical_name);
                self.0.insert(name.clone(), (name, Some((table, found))));
            }
        }
    }

    fn add_joins(&mut self, session: &Session<'a>, joins: &[Join]) -> Result<(), ServiceError> {
        for join in joins {
            let table = session.table(&join.table)?;
            self.own(table, &join.columns, &join.aliases, &format!("{}.", join.alias));
            self.add_joins(session, &join.joins)?;
        }
        Ok(())
    }
}

fn find_join<'q>(joins: &'q [Join], alias: &str) -> Option<&'q Join> {
    joins.iter().find_map(|join| match join.alias == alias {
        true => Some(join),
        false => find_join(&join.joins, alias),
    })
}
