//! Groups rows and computes aggregates.

use std::cmp::Ordering;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::calendar::Clock;
use super::data::Scope;
use super::query::name_of;
use super::value::{alike, compare, double, same};
use super::{Context, EvalError, Evaluator, ResultRow, cannot};
use dvkit_query::hir::{
    Aggregate, AggregateFunction, ColumnRef, DateGrouping, GroupKey, Grouping, Join, Order, OrderBy, Query,
    Value,
};

impl<'d> Evaluator<'d> {
    /// Returns the groups as rows, in the order of the first row of each. Without keys all rows form one
    /// group, even if there are no rows.
    pub(super) fn groups(
        &self,
        grouping: &'d Grouping,
        rows: &[Scope<'d>],
    ) -> Result<Vec<ResultRow>, EvalError> {
        let mut groups: Vec<(Vec<Option<Value>>, Vec<&Scope<'d>>)> = Vec::new();
        if grouping.keys.is_empty() {
            groups.push((Vec::new(), Vec::new()));
        }
        for row in rows {
            let keys = grouping.keys.iter().map(|key| self.key_value(row, key));
            let keys = keys.collect::<Result<Vec<_>, _>>()?;
            let equal =
                |other: &[Option<Value>]| other.iter().zip(&keys).all(|(a, b)| alike(a.as_ref(), b.as_ref()));
            match groups.iter_mut().find(|(other, _)| equal(other)) {
                Some((_, members)) => members.push(row),
                None => groups.push((keys, vec![row])),
            }
        }
        groups.into_iter().map(|(keys, members)| self.group(grouping, keys, &members)).collect()
    }

    fn group(
        &self,
        grouping: &'d Grouping,
        keys: Vec<Option<Value>>,
        members: &[&Scope<'d>],
    ) -> Result<ResultRow, EvalError> {
        let mut record = ResultRow::default();
        for (key, value) in grouping.keys.iter().zip(keys) {
            record.columns.extend(value.map(|v| (key_name(key), v)));
        }
        for aggregate in &grouping.aggregates {
            let value = self.aggregate(aggregate, members)?;
            record.columns.extend(value.map(|v| (aggregate.alias.clone(), v)));
        }
        Ok(record)
    }

    fn key_value(&self, row: &Scope<'d>, key: &'d GroupKey) -> Result<Option<Value>, EvalError> {
        let holder = self.holder(row, &key.column)?;
        let Some(value) = self.read(holder, &key.column.column)? else { return Ok(None) };
        let Some((part, in_users_zone)) = key.date else { return Ok(Some(value.clone())) };
        let utc = Context { zone: TimeZone::UTC, ..self.context.clone() };
        let evaluator = if in_users_zone { *self } else { Evaluator { context: &utc, ..*self } };
        let clock = evaluator.clock(holder.table, &key.column.column, value)?;
        part_of(part, clock.day(value)?, &clock).map(|n| Some(Value::Integer(n)))
    }

    /// Returns the value by which a group is sorted according to `order`. Returns an error if the order's
    /// column is not a key of the grouping.
    pub(super) fn group_key(
        &self,
        query: &'d Query,
        grouping: &'d Grouping,
        order: &'d Order,
        group: &ResultRow,
    ) -> Result<Option<Value>, EvalError> {
        let (column, label) = match &order.by {
            OrderBy::Result(name) => return Ok(group.columns.get(name).cloned()),
            OrderBy::Column(column) => (column, false),
            OrderBy::Label(column) => (column, true),
        };
        let Some(key) = grouping.keys.iter().find(|key| key.column == *column) else {
            return cannot(format!("`{}` is nothing that groups have in common", column.column));
        };
        match group.columns.get(&key_name(key)) {
            Some(value) if label => match table_of(query, column) {
                Some(table) => self.label(table, &column.column, value),
                None => cannot(format!("nothing is joined that has `{}`", column.column)),
            },
            value => Ok(value.cloned()),
        }
    }

    /// Returns a computed value; `None` (null) if the group has no value to compute it from. Returns an error
    /// if the function does not apply to the values.
    fn aggregate(
        &self,
        aggregate: &'d Aggregate,
        members: &[&Scope<'d>],
    ) -> Result<Option<Value>, EvalError> {
        let number = |n: usize| Ok(Some(Value::Integer(i64::try_from(n).unwrap_or(i64::MAX))));
        let Some(column) = &aggregate.column else {
            return match aggregate.function {
                AggregateFunction::Count => number(members.len()),
                other => cannot(format!("`{}` of no column", other.as_str())),
            };
        };
        let mut values = Vec::new();
        for row in members {
            values.extend(self.value(row, column)?);
        }
        match aggregate.function {
            AggregateFunction::Count => number(members.len()),
            AggregateFunction::CountColumn => number(values.len()),
            AggregateFunction::CountDistinct => number(different(&values)),
            AggregateFunction::Min => extreme(&values, Ordering::Less),
            AggregateFunction::Max => extreme(&values, Ordering::Greater),
            AggregateFunction::Sum => sum(&values),
            AggregateFunction::Average => average(&values),
        }
    }
}

/// Returns the name of a group key in the result: its alias in the query, or else the name that OData gives
/// it.
fn key_name(key: &GroupKey) -> String {
    match (&key.alias, key.column.path.last()) {
        (Some(alias), _) => alias.clone(),
        (None, Some(link)) => format!("{}_{}", link.table, key.column.column),
        (None, None) => name_of(&key.column),
    }
}

/// Returns the table that a column belongs to. Only the query is used, not the schema.
fn table_of<'q>(query: &'q Query, column: &'q ColumnRef) -> Option<&'q str> {
    fn joined<'q>(joins: &'q [Join], alias: &str) -> Option<&'q str> {
        joins.iter().find_map(|join| match *join.alias == *alias {
            true => Some(&*join.table),
            false => joined(&join.joins, alias),
        })
    }
    match (column.path.last(), &column.join) {
        (Some(link), _) => Some(&link.table),
        (None, Some(alias)) => joined(&query.joins, alias),
        (None, None) => Some(&query.table),
    }
}

fn part_of(part: DateGrouping, day: Date, clock: &Clock) -> Result<i64, EvalError> {
    Ok(match part {
        DateGrouping::Day => day.day().into(),
        // A week begins on Sunday, and the first week begins with the year.
        DateGrouping::Week => {
            let before = day.first_of_year().weekday().since(Weekday::Sunday);
            i64::from(day.day_of_year() - 1 + i16::from(before)) / 7 + 1
        }
        DateGrouping::Month => day.month().into(),
        DateGrouping::Year => day.year().into(),
        DateGrouping::Quarter => clock.fiscal_quarter(day)?,
        DateGrouping::FiscalPeriod => clock.fiscal_period(day)?,
        DateGrouping::FiscalYear => clock.fiscal_year(day)?,
    })
}

fn different(values: &[&Value]) -> usize {
    let mut once: Vec<&Value> = Vec::new();
    for value in values {
        if !once.iter().any(|other| same(other, value)) {
            once.push(value);
        }
    }
    once.len()
}

fn extreme(values: &[&Value], wanted: Ordering) -> Result<Option<Value>, EvalError> {
    let mut found: Option<&Value> = None;
    for value in values {
        if found.map_or(Ok(wanted), |other| compare(value, other))? == wanted {
            found = Some(value);
        }
    }
    Ok(found.cloned())
}

/// Returns the sum; `None` if there are no values. It is a whole number if all values are, and a
/// floating-point number if one of them is. Returns an error if a value is not a number.
fn sum(values: &[&Value]) -> Result<Option<Value>, EvalError> {
    let mut total: Option<Value> = None;
    for value in values {
        total = Some(match (total, *value) {
            (None, Value::Integer(_) | Value::Decimal(_) | Value::Double(_)) => (*value).clone(),
            (Some(Value::Integer(a)), Value::Integer(b)) => Value::Integer(a.saturating_add(*b)),
            (Some(Value::Decimal(a)), Value::Decimal(b)) => Value::Decimal(a.saturating_add(*b)),
            (Some(Value::Decimal(a)), Value::Integer(b)) => {
                Value::Decimal(a.saturating_add(Decimal::from(*b)))
            }
            (Some(Value::Integer(a)), Value::Decimal(b)) => {
                Value::Decimal(b.saturating_add(Decimal::from(a)))
            }
            (Some(a), b) => match (double(&a), double(b)) {
                (Some(a), Some(b)) => Value::Double(a + b),
                _ => return cannot(format!("{b:?} is not added up")),
            },
            (None, b) => return cannot(format!("{b:?} is not added up")),
        });
    }
    Ok(total)
}

/// Returns the average; `None` if there are no values. The average of whole numbers is truncated, as in SQL.
fn average(values: &[&Value]) -> Result<Option<Value>, EvalError> {
    let n = i64::try_from(values.len()).unwrap_or(i64::MAX);
    Ok(match sum(values)? {
        Some(Value::Integer(total)) => Some(Value::Integer(total / n)),
        Some(Value::Decimal(total)) => Some(Value::Decimal(total / Decimal::from(n))),
        Some(Value::Double(total)) => Some(Value::Double(total / n as f64)),
        other => other,
    })
}
