//! Evaluates Dataverse's query functions.

use dvkit_schema::{ColumnType, DateTimeBehavior};
use uuid::Uuid;

use super::calendar::Clock;
use super::value::{compare, same};
use super::{EvalError, Evaluator, cannot};
use dvkit_query::functions::{self, Function};
use dvkit_query::hir::{Arguments, Value};

/// The maximum number of levels that are followed in a hierarchy. This also ends a cycle.
const MAX_HIERARCHY_DEPTH: usize = 100;

impl<'d> Evaluator<'d> {
    /// Returns whether a function is true of a column's value; `None` is unknown. Of null, a function that has
    /// a negation is false, the negation is true, and any other function is unknown.
    pub(super) fn function(
        &self,
        function: &Function,
        arguments: &Arguments,
        table: &str,
        column: &str,
        value: Option<&Value>,
    ) -> Result<Option<bool>, EvalError> {
        let negates = function.name.starts_with("Not") || function.name.starts_with("DoesNot");
        if let Some(positive) = function.negation.filter(|_| negates).and_then(functions::find) {
            let held = self.function(positive, arguments, table, column, value)?;
            return Ok(Some(held != Some(true)));
        }
        // A function with a negation is two-valued, and so is the negation: one of them keeps rows that the
        // other drops.
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

    /// Returns the clock for a column: the user's clock, unless the column has no time zone.
    pub(super) fn clock(&self, table: &str, column: &str, value: &Value) -> Result<Clock, EvalError> {
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
    ) -> Result<Option<bool>, EvalError> {
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
    ) -> Result<bool, EvalError> {
        let multi_select =
            self.table(table)?.column(column).is_some_and(|c| matches!(c.ty, ColumnType::Choices { .. }));
        match (name, list) {
            ("ContainValues", _) => {
                let held = options(value)?;
                let wanted = list.iter().map(options).collect::<Result<Vec<_>, _>>()?;
                Ok(wanted.iter().flatten().any(|option| held.contains(option)))
            }
            // The whole set is one of the listed ones.
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

    fn about_user(&self, name: &str, value: &Value) -> Result<bool, EvalError> {
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

    fn reports_to_user(&self, id: &Value) -> Result<bool, EvalError> {
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
    ) -> Result<bool, EvalError> {
        if !name.starts_with("Above") && !name.starts_with("Under") {
            return not_evaluated(name);
        }
        if let Value::Parameter(parameter) = other {
            return cannot(format!("`{parameter}` has no value here"));
        }
        // A lookup is about the row that it points to.
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

    /// Returns the keys of the rows above the row `id` in its hierarchy, the nearest first. Returns an error
    /// if the table has no hierarchy.
    fn above(&self, table: &str, id: &Value) -> Result<Vec<&'d Value>, EvalError> {
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
        for _ in 0..MAX_HIERARCHY_DEPTH {
            let id = found.last().copied().unwrap_or(id);
            match self.rows_where(table, key, id).next().and_then(|row| row.get(parent)) {
                Some(id) => found.push(id),
                None => break,
            }
        }
        Ok(found)
    }
}

/// Returns the numbers of the options in a multi-select value, ascending. Returns an error if the value is
/// not a list of numbers.
fn options(value: &Value) -> Result<Vec<i64>, EvalError> {
    let mut options = match value {
        Value::Integer(n) => vec![*n],
        Value::Text(text) => match text.split(',').map(|n| n.trim().parse()).collect() {
            Ok(options) => options,
            Err(_) => return cannot(format!("`{text}` is not a list of options")),
        },
        other => return cannot(format!("{other:?} is not a list of options")),
    };
    options.sort_unstable();
    options.dedup();
    Ok(options)
}

fn not_evaluated<T>(name: &str) -> Result<T, EvalError> {
    cannot(format!("`{name}` is not evaluated"))
}
