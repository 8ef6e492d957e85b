//! Divides results into pages.
//!
//! A page ends with the values that its last row has in the columns of the order and in the key. The next page
//! consists of the rows after these values, so rows that are written in between neither repeat rows nor hide
//! them. Orders that cannot be continued in this way (labels, joined rows, groups) continue after a number of
//! rows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dvkit_execute::sqlite::{SqlValue, Statement, StorageClass};
use dvkit_query::hir::{
    ColumnRef, Columns, Comparison, JoinKind, Order, OrderBy, Predicate, Property, Query, ResultShape, Test,
    Value,
};
use serde::{Deserialize, Serialize};

use super::super::service_error::ServiceError;
use super::super::session::Session;

/// The position of a page in a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Position {
    /// The rows after the row with these values in the columns of the order.
    After(Vec<Option<Cell>>),
    /// The rows after this number of rows.
    Offset(u64),
}

/// A stored value in a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Cell {
    Integer(i64),
    Real(f64),
    Text(String),
}

/// A token that continues a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PageToken {
    /// The number of the page, from 1.
    pub(super) page: u32,
    /// The number of rows on earlier pages.
    pub(super) seen: u64,
    pub(super) position: Position,
}

impl PageToken {
    /// Parses a token.
    ///
    /// # Errors
    /// Returns an error with the status 400 if the token is not one of the emulator's.
    pub(super) fn parse(text: &str) -> Result<Self, ServiceError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let token = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        token.ok_or_else(|| ServiceError::bad("Malformed XML in the skiptoken. The token is not valid."))
    }

    /// Returns the token as text that needs no encoding in a URL.
    pub(super) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}

/// The columns that order the rows of a query completely: those of its order, and the key.
#[derive(Clone, Debug)]
pub(super) struct Cursor(pub(super) Vec<(ColumnRef, bool)>);

impl Cursor {
    /// Returns the cursor of a query; `None` if its rows are not ordered by columns of their own.
    ///
    /// # Errors
    /// Returns an error if the table cannot be read.
    pub(super) fn of(session: &Session<'_>, query: &Query) -> Result<Option<Self>, ServiceError> {
        let multiplies = query.joins.iter().any(|j| {
            matches!(j.kind, JoinKind::Inner | JoinKind::Outer) || !j.order.is_empty() || !j.joins.is_empty()
        });
        if query.grouping.is_some()
            || query.distinct
            || multiplies
            || query.result != ResultShape::Rows
            || query.source.steps.len() > 1
            || query.source.steps.len() == 1 && query.source.key.is_none()
        {
            return Ok(None);
        }
        let table = session.table(&query.table)?;
        let mut columns: Vec<(ColumnRef, bool)> = Vec::new();
        for Order { by, descending } in &query.order {
            match by {
                // A lookup is ordered by the name of the row that it points to. A column with an alias has no
                // value under its own name.
                OrderBy::Column(column)
                    if column.join.is_none()
                        && column.path.is_empty()
                        && !query.aliases.iter().any(|(aliased, _)| aliased.column == column.column)
                        && table.column(&column.column).is_some_and(|c| {
                            !c.ty.is_lookup()
                                && table.lookup_named_by(c).is_none()
                                && StorageClass::of(&c.ty).is_some()
                        }) =>
                {
                    if !columns.iter().any(|(known, _)| known.column == column.column) {
                        columns.push((column.clone(), *descending));
                    }
                }
                _ => return Ok(None),
            }
        }
        let Some(key) = table.primary_id.clone() else { return Ok(None) };
        if query.aliases.iter().any(|(aliased, _)| aliased.column == key) {
            return Ok(None);
        }
        let key =
            ColumnRef { scope: 0, join: None, path: Vec::new(), column: key, property: Property::Plain };
        columns.push((key, false));
        Ok(Some(Self(columns)))
    }

    /// Adds the columns of the cursor to those that a query returns.
    pub(super) fn select(&self, query: &mut Query) {
        if let Columns::Listed(listed) = &mut query.columns {
            for (column, _) in self.0.split_last().map_or(&[][..], |(_, order)| order) {
                if !listed.contains(column) {
                    listed.push(column.clone());
                }
            }
        }
    }

    /// Returns the index of each column of the cursor in an SQL result; `None` for a column that the result
    /// does not have under its own name.
    pub(super) fn indexes(&self, statement: &Statement) -> Option<Vec<usize>> {
        let index = |(column, _): &(ColumnRef, bool)| {
            statement.columns.iter().position(|output| output.name.as_deref() == Some(&column.column))
        };
        self.0.iter().map(index).collect()
    }

    /// Returns the condition that a row comes after the row with these values. Null comes before all values.
    ///
    /// # Errors
    /// Returns an error with the status 400 if the values do not fit the columns.
    pub(super) fn after(
        &self,
        session: &Session<'_>,
        query: &Query,
        values: &[Option<Cell>],
    ) -> Result<Predicate, ServiceError> {
        let invalid = || ServiceError::bad("The skiptoken does not belong to this request.");
        if values.len() != self.0.len() {
            return Err(invalid());
        }
        let table = session.table(&query.table)?;
        let mut alternatives = Vec::new();
        let mut equal = Vec::new();
        for ((column, descending), cell) in self.0.iter().zip(values) {
            let kind = table.column(&column.column).and_then(|c| StorageClass::of(&c.ty));
            let kind = kind.ok_or_else(invalid)?;
            let value = match cell {
                None => None,
                Some(cell) => Some(kind.decode(&sql_cell(cell)).ok_or_else(invalid)?),
            };
            let test = |test| Predicate::Test(column.clone(), test);
            let later = match (&value, descending) {
                (None, true) => Predicate::Constant(false),
                (None, false) => test(Test::NotNull),
                (Some(value), false) => test(Test::Compare(Comparison::Gt, value.clone())),
                (Some(value), true) => {
                    Predicate::or(vec![test(Test::Compare(Comparison::Lt, value.clone())), test(Test::Null)])
                }
            };
            let mut parts = equal.clone();
            parts.push(later);
            alternatives.push(Predicate::and(parts));
            equal.push(test(match value {
                None => Test::Null,
                Some(value) => Test::Compare(Comparison::Eq, value),
            }));
        }
        Ok(Predicate::or(alternatives))
    }
}

fn sql_cell(cell: &Cell) -> SqlValue {
    match cell {
        Cell::Integer(n) => SqlValue::Integer(*n),
        Cell::Real(d) => SqlValue::Real(*d),
        Cell::Text(text) => SqlValue::Text(text.clone()),
    }
}

/// Returns a stored value for a token.
pub(super) fn cell(value: rusqlite::types::ValueRef<'_>) -> Option<Cell> {
    Some(match super::super::connection::sql_value(value)? {
        SqlValue::Integer(n) => Cell::Integer(n),
        SqlValue::Real(d) => Cell::Real(d),
        SqlValue::Text(text) => Cell::Text(text),
    })
}

/// Returns the whole number of `$top`, if the query has one.
pub(super) fn top(query: &Query) -> Option<u64> {
    match query.page.top {
        Some(Value::Integer(n)) => Some(u64::try_from(n).unwrap_or(0)),
        _ => None,
    }
}
