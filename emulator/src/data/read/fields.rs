//! Decides how each column of an SQL result appears in the JSON of a row.

use std::collections::HashMap;

use dvkit_execute::sqlite::{Statement, StorageClass};
use dvkit_query::hir::{
    AggregateFunction, ColumnRef, Columns, Expansion, GroupKey, Join, JoinKind, Query, RelatedRows,
    ResultShape,
};
use dvkit_schema::{Column, ColumnType, Table};

use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::super::store::VERSION;
use super::compiled::CURRENCY;
use super::expand_text::ExpandText;

/// A column of an SQL result, as a member of a JSON object. It belongs to a query that is kept, so it names its
/// column instead of borrowing it.
#[derive(Debug)]
pub(super) struct Field {
    /// The index of the column in the SQL result.
    pub(super) index: usize,
    /// The name of the member, as JSON with a colon: `"name":`.
    pub(super) member: String,
    /// The name of the member.
    pub(super) name: String,
    pub(super) kind: StorageClass,
    /// The form of its values in JSON.
    pub(super) form: ValueForm,
    /// The column whose value it is; `None` for a computed value, such as a count.
    pub(super) column: Option<ColumnPosition>,
    /// The index of the currency of the row, for an amount of money.
    pub(super) currency: Option<usize>,
    /// Whether the member has another name than the column's property.
    pub(super) renamed: bool,
}

/// The form of a column's values in JSON.
#[derive(Debug)]
pub(super) enum ValueForm {
    /// The JSON of the storage class.
    Plain,
    /// A whole number of 64 bits, which JavaScript cannot represent exactly.
    BigInt,
    /// An object with the value of the managed property with this logical name.
    ManagedProperty(String),
}

/// A column of a table, by its position.
#[derive(Debug)]
pub(super) struct ColumnPosition {
    /// The logical name of the table.
    pub(super) table: String,
    /// The index of the column in the table's list of columns.
    pub(super) index: usize,
}

/// The members of a JSON object for one row of an SQL result.
#[derive(Debug)]
pub(super) struct RowFields {
    /// The entity set in the address of a row; `None` for a group.
    pub(super) set: Option<String>,
    pub(super) fields: Vec<Field>,
    /// The index of the row's version.
    pub(super) version: Option<usize>,
    /// The index of the row's key.
    pub(super) key: Option<usize>,
    /// The fields of each expansion, in the order of the statement's.
    pub(super) expand: Vec<RowFields>,
    /// Whether only the addresses of the rows are shown.
    pub(super) reference: bool,
    /// For an expansion of a collection: its options as they are in a URL, with `?` in front; empty for none.
    pub(super) link: String,
}

impl RowFields {
    /// Returns the fields for a query's own rows. `query` is the query as the client sent it; columns that
    /// `statement` has in addition are not shown. `texts` are the expansions as written.
    ///
    /// # Errors
    /// Returns an error if a table cannot be read.
    pub(super) fn of_query(
        session: &Session<'_>,
        query: &Query,
        statement: &Statement,
        texts: &[ExpandText],
    ) -> Result<Self, ServiceError> {
        let mut names = Names::default();
        names.add_query(session, query)?;
        let table = session.table(&query.table)?;
        let mut row = Self::of_statement(table, statement, &names);
        if query.grouping.is_some() || query.distinct {
            row.key = None;
            row.version = None;
        }
        if query.grouping.is_some() {
            row.set = None;
        }
        row.reference = query.result == ResultShape::References;
        row.expand = Self::of_expansions(session, &query.expand, statement, texts)?;
        Ok(row)
    }

    fn of_expansions(
        session: &Session<'_>,
        expansions: &[Expansion],
        statement: &Statement,
        texts: &[ExpandText],
    ) -> Result<Vec<Self>, ServiceError> {
        let pairs = expansions.iter().zip(&statement.expand);
        let fields = pairs.map(|(expansion, inner)| {
            let table = match &expansion.to {
                RelatedRows::One(link) => session.table(&link.table)?,
                RelatedRows::Many(collection) => session.table(&collection.table)?,
            };
            let mut names = Names::default();
            names.own(table, &expansion.columns, &[], "");
            let mut row = Self::of_statement(table, &inner.rows, &names);
            row.reference = expansion.reference;
            let text = texts.iter().find(|text| text.navigation == expansion.to.navigation());
            if let (Some(text), false) = (text, inner.single) {
                row.link = text.encoded_options();
            }
            let nested = text.map_or(&[][..], |text| text.nested.as_slice());
            row.expand = Self::of_expansions(session, &expansion.expand, &inner.rows, nested)?;
            Ok(row)
        });
        fields.collect()
    }

    fn of_statement(table: &Table, statement: &Statement, names: &Names<'_>) -> Self {
        let position =
            |wanted: &str| statement.columns.iter().position(|output| output.name.as_deref() == Some(wanted));
        let mut fields = Vec::new();
        for (index, output) in statement.columns.iter().enumerate() {
            let Some(name) = output.name.as_deref().filter(|name| *name != VERSION) else { continue };
            let (shown, column) = match names.columns.get(name) {
                Some((shown, column)) => (shown.clone(), *column),
                None if names.all || Some(name) == table.primary_id.as_deref() => match table.column(name) {
                    Some(column) => (column.property_name().into_owned(), Some((table, column))),
                    None => (name.to_owned(), None),
                },
                None => continue,
            };
            let currency =
                column.filter(|(_, c)| matches!(c.ty, ColumnType::Money { .. })).and_then(|(_, c)| {
                    let prefix = name.strip_suffix(c.logical_name.as_str())?;
                    position(&format!("{prefix}{CURRENCY}"))
                });
            let renamed = column.is_some_and(|(_, c)| c.property_name() != shown);
            fields.push(Field {
                index,
                member: format!("{}:", serde_json::Value::from(shown.as_str())),
                name: shown,
                kind: output.kind,
                form: column.map_or(ValueForm::Plain, |(_, column)| ValueForm::of(column)),
                column: column.and_then(|(table, column)| ColumnPosition::of(table, column)),
                currency,
                renamed,
            });
        }
        Self {
            set: Some(table.entity_set.as_ref().unwrap_or(&table.logical_name).clone()),
            fields,
            version: position(VERSION),
            key: table.primary_id.as_deref().and_then(position),
            expand: Vec::new(),
            reference: false,
            link: String::new(),
        }
    }
}

impl ValueForm {
    fn of(column: &Column) -> Self {
        match column.ty {
            ColumnType::BigInt => Self::BigInt,
            ColumnType::ManagedProperty => Self::ManagedProperty(column.logical_name.clone()),
            _ => Self::Plain,
        }
    }
}

impl ColumnPosition {
    /// Returns the position of a column of `table`; `None` if the table does not have the column.
    fn of(table: &Table, column: &Column) -> Option<Self> {
        let index = table.columns.iter().position(|own| own.logical_name == column.logical_name)?;
        Some(Self { table: table.logical_name.clone(), index })
    }
}

/// The name of a value in JSON, and the table and column that it comes from; `None` for a computed value.
type NamedColumn<'a> = (String, Option<(&'a Table, &'a Column)>);

/// The columns behind the names of an SQL result.
#[derive(Default)]
struct Names<'a> {
    /// By the name in the SQL result: the name in JSON, and the column.
    columns: HashMap<String, NamedColumn<'a>>,
    /// Whether all columns of the row are shown.
    all: bool,
}

impl<'a> Names<'a> {
    fn add_query(&mut self, session: &Session<'a>, query: &Query) -> Result<(), ServiceError> {
        let table = session.table(&query.table)?;
        let Some(grouping) = &query.grouping else {
            self.own(table, &query.columns, &query.aliases, "");
            return self.add_joins(session, &query.joins);
        };
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
            let column = column_of(&key.column)?;
            let (name, shown) = key_names(key, column.map(|(_, column)| column));
            self.columns.insert(name, (shown, if key.date.is_some() { None } else { column }));
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
            self.columns.insert(aggregate.alias.clone(), (aggregate.alias.clone(), column));
        }
        Ok(())
    }

    /// Adds the columns of a row of `table`, whose names begin with `prefix`.
    fn own(&mut self, table: &'a Table, columns: &Columns, aliases: &[(ColumnRef, String)], prefix: &str) {
        for (column, alias) in aliases {
            let found = table.column(&column.column).map(|found| (table, found));
            self.columns.insert(alias.clone(), (alias.clone(), found));
        }
        match columns {
            Columns::Listed(listed) => {
                for column in listed {
                    let logical = &column.column;
                    let Some(found) = table.column(logical) else { continue };
                    let shown = if prefix.is_empty() {
                        found.property_name().into_owned()
                    } else {
                        format!("{prefix}{logical}")
                    };
                    self.columns.insert(format!("{prefix}{logical}"), (shown, Some((table, found))));
                }
            }
            Columns::All if prefix.is_empty() => self.all = true,
            Columns::All => {
                for found in &table.columns {
                    let name = format!("{prefix}{}", found.logical_name);
                    self.columns.insert(name.clone(), (name, Some((table, found))));
                }
            }
        }
    }

    fn add_joins(&mut self, session: &Session<'a>, joins: &[Join]) -> Result<(), ServiceError> {
        for join in joins.iter().filter(|join| join.kind != JoinKind::Exists) {
            let table = session.table(&join.table)?;
            self.own(table, &join.columns, &join.aliases, &format!("{}.", join.alias));
            self.add_joins(session, &join.joins)?;
        }
        Ok(())
    }
}

/// Returns the name of a group key in the SQL result, and its name in JSON.
fn key_names(key: &GroupKey, column: Option<&Column>) -> (String, String) {
    let logical = &key.column.column;
    match (&key.alias, key.column.path.last()) {
        (Some(alias), _) => (alias.clone(), alias.clone()),
        (None, Some(link)) => {
            let name = format!("{}_{logical}", link.table);
            (name.clone(), name)
        }
        (None, None) => {
            let name =
                key.column.join.as_ref().map_or_else(|| logical.clone(), |join| format!("{join}.{logical}"));
            let shown = column.map_or_else(|| name.clone(), |column| column.property_name().into_owned());
            (name, shown)
        }
    }
}

fn find_join<'q>(joins: &'q [Join], alias: &str) -> Option<&'q Join> {
    joins.iter().find_map(|join| match join.alias == alias {
        true => Some(join),
        false => find_join(&join.joins, alias),
    })
}
