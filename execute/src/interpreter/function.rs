//! Dataverse's query functions.

use dvkit_schema::{ColumnType, DateTimeBehavior};
use uuid::Uuid;

use super::calendar::Clock;
use super::value::{compare, same};
use super::{Error, Evaluator, cannot};
use dvkit_query::functions::{self, Function};
use dvkit_query::hir::{Arguments, Value};

/// How far hierarchies are followed; it also ends a circle.
const DEPTH: usize = 100;

impl<'d> Evaluator<'d> {
    /// Does a function hold of a column's value? Of null only those do that negate another.
    pub(super) fn function(
        &self,
        function: &Function,
        arguments: &Arguments,
        table: &str,
        column: &str,
        value: Option<&Value>,
    ) -> Result<Option<bool>, Error> {
        let negates = function.name.starts_with("Not") || function.name.starts_with("DoesNot");
        if let Some(positive) = function.negation.filter(|_| negates).and_then(functions::find) {
            let held = self.function(positive, arguments, table, column, value)?;
            return Ok(Some(held != Some(true)));
        }
        // A function that has an opposite is two-valued, so that both are: one of them keeps what the other does not.
        let Some(value) = value else { return Ok(function.negation.map(|_| false)) };
        let name = function.name;
        if let Some(held) = self.in_time(name, arguments, table, column, value)? {
            return Ok(Some(held));
        }
        match arguments {
            Arguments::None => self.about_user(name, value),
            Arguments::One(other) => self.in_hierarchy(name, table, column, value, other),
            Arguments::List(values) => self.in_list(name, table, column, value, values),
            Arguments::ListParameter(parameter) => cannot(format!("`{parameter}` has no value here")),
            Arguments::Number(_) | Arguments::Period(..) => not_evaluated(name),
        }
        .map(Some)
    }

    /// What a clock says for a column: its user's, unless the column has no time zone.
    pub(super) fn clock(&self, table: &str, column: &str, value: &Value) -> Result<Clock, Error> {
        let elsewhere = self.table(table)?.column(column).is_some_and(|c| {
            use DateTimeBehavior::{DateOnly, TimeZoneIndependent};
            matches!(c.ty, ColumnType::DateTime { behavior: Some(DateOnly | TimeZoneIndependent), .. })
        });
        Clock::of(self.context, !elsewhere && !matches!(value, Value::Date(_)))
    }

    fn in_time(
        &self,
        name: &str,
        arguments: &Arguments,
        table: &str,
        column: &str,
        value: &Value,
    ) -> Result<Option<bool>, Error> {
        if !matches!(value, Value::Date(_) | Value::DateTime(_)) {
            return Ok(None);
        }
        let clock = self.clock(table, column, value)?;
        if let ("InFiscalPeriod", Arguments::Number(period)) = (name, arguments) {
            let of_value = clock.fiscal_period(clock.day(value)?)?;
            return compare(period, &Value::Integer(of_value)).map(|o| Some(o.is_eq()));
        }
        let window = clock.window(name, arguments)?;
        window.map(|w| Ok(w.holds(clock.moment(value)?))).transpose()
    }

    fn in_list(
        &self,
        name: &str,
        table: &str,
        column: &str,
        value: &Value,
        list: &[Value],
    ) -> Result<bool, Error> {
        let multi_select =
            self.table(table)?.column(column).is_some_and(|c| matches!(c.ty, ColumnType::Choices { .. }));
        match (name, list) {
            ("ContainValues", _) => {
                let held = options(value)?;
                let wanted = list.iter().map(options).collect::<Result<Vec<_>, _>>()?;
                Ok(wanted.iter().flatten().any(|option| held.contains(option)))
            }
            // The whole set is one of these.
            ("In", _) if multi_select => {
                let held = options(value)?;
                let sets = list.iter().map(options).collect::<Result<Vec<_>, _>>()?;
                Ok(sets.contains(&held))
            }
            ("In", _) => {
                let equal = list.iter().map(|item| compare(value, item).map(|o| o.is_eq()));
                Ok(equal.collect::<Result<Vec<_>, _>>()?.contains(&true))
            }
            ("Between", [least, greatest]) => {
                Ok(compare(value, least)?.is_ge() && compare(value, greatest)?.is_le())
            }
            _ => not_evaluated(name),
        }
    }

    fn about_user(&self, name: &str, value: &Value) -> Result<bool, Error> {
        let context = self.context;
        let is = |id: &Uuid| same(value, &Value::Guid(*id));
        let team = || context.teams.iter().any(is);
        Ok(match name {
            "EqualUserId" => is(&context.user),
            "EqualBusinessId" => is(&context.business_unit),
            "EqualUserLanguage" => same(value, &Value::Integer(context.language.into())),
            "EqualUserTeams" => team(),
            "EqualUserOrUserTeams" => is(&context.user) || team(),
            "EqualUserOrUserHierarchy" => is(&context.user) || self.reports_to_user(value)?,
            "EqualUserOrUserHierarchyAndTeams" => {
                is(&context.user) || team() || self.reports_to_user(value)?
            }
            _ => return not_evaluated(name),
        })
    }

    fn reports_to_user(&self, id: &Value) -> Result<bool, Error> {
        let user = Value::Guid(self.context.user);
        Ok(self.above("systemuser", id)?.iter().any(|manager| same(manager, &user)))
    }

    fn in_hierarchy(
        &self,
        name: &str,
        table: &str,
        column: &str,
        value: &Value,
        other: &Value,
    ) -> Result<bool, Error> {
        if !name.starts_with("Above") && !name.starts_with("Under") {
            return not_evaluated(name);
        }
        if let Value::Parameter(parameter) = other {
            return cannot(format!("`{parameter}` has no value here"));
        }
        // A lookup speaks of the row that it points to.
        let row = self.table(table)?;
        let target = row.lookups_of(column).find(|r| r.hierarchical == Some(true));
        let table = target.map_or(table, |r| &r.table);
        Ok(match name {
            "Under" => self.above(table, value)?.iter().any(|id| same(id, other)),
            "UnderOrEqual" => {
                same(value, other) || self.above(table, value)?.iter().any(|id| same(id, other))
            }
            "Above" => self.above(table, other)?.iter().any(|id| same(id, value)),
            _ => same(value, other) || self.above(table, other)?.iter().any(|id| same(id, value)),
        })
    }

    /// The keys of the rows above a row, nearest first.
    fn above(&self, table: &str, id: &Value) -> Result<Vec<&'d Value>, Error> {
        let key = self.primary_id(table)?;
        let upward = self
            .table(table)?
            .relationships
            .iter()
            .find(|r| r.is_single() && r.hierarchical == Some(true) && r.table == table);
        let Some(parent) = upward.and_then(|r| r.column.as_deref()) else {
            return cannot(format!("`{table}` has no hierarchy"));
        };
        let mut found: Vec<&'d Value> = Vec::new();
        for _ in 0..DEPTH {
            let id = found.last().copied().unwrap_or(id);
            match self.rows_where(table, key, id).next().and_then(|row| row.get(parent)) {
                Some(id) => found.push(id),
                None => break,
            }
        }
        Ok(found)
    }
}

/// The options of a multi-select value, ascending.
fn options(value: &Value) -> Result<Vec<i64>, Error> {
    let mut options = match value {
        Value::Integer(n) => vec![*n],
        Value::Text(text) => match text.split(',').map(|n| n.trim().parse()).collect() {
            Ok(options) => options,
            Err(_) => return cannot(format!("`{text}` is no list of options")),
        },
        other => return cannot(format!("{other:?} is no list of options")),
    };
    options.sort_unstable();
    options.dedup();
    Ok(options)
}

fn not_evaluated<T>(name: &str) -> Result<T, Error> {
    cannot(format!("`{name}` is not evaluated"))
}
