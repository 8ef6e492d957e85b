//! Evaluates conditions to true, false or unknown (`None`).

use super::data::Scope;
use super::pattern::like;
use super::value::holds;
use super::{EvalError, Evaluator, cannot};
use dvkit_query::hir::{ColumnRef, Predicate, Test, Value};

impl<'d> Evaluator<'d> {
    /// Returns whether a row is kept: `predicate` is true, not false or unknown.
    pub(super) fn keeps(&self, scope: &Scope<'d>, predicate: &'d Predicate) -> Result<bool, EvalError> {
        Ok(self.condition(scope, predicate)? == Some(true))
    }

    pub(super) fn condition(
        &self,
        scope: &Scope<'d>,
        predicate: &'d Predicate,
    ) -> Result<Option<bool>, EvalError> {
        match predicate {
            Predicate::Constant(c) => Ok(Some(*c)),
            Predicate::And(parts) => self.all_of(scope, parts, true),
            Predicate::Or(parts) => self.all_of(scope, parts, false),
            Predicate::Not(inner) => Ok(self.condition(scope, inner)?.map(|b| !b)),
            Predicate::Test(column, test) => self.test(scope, column, test),
            Predicate::Columns(left, op, right) => {
                holds(*op, self.value(scope, left)?, self.value(scope, right)?)
            }
            Predicate::Any(collection, condition) => {
                let from = scope.rows.get(collection.scope).copied();
                let Some(from) = from else { return cannot("a collection of a row that is not in scope") };
                for row in self.members(from, collection)? {
                    let inner = scope.with(&collection.table, row);
                    if condition.as_ref().map_or(Ok(true), |c| self.keeps(&inner, c))? {
                        return Ok(Some(true));
                    }
                }
                Ok(Some(false))
            }
            Predicate::All(collection, condition) => {
                let from = scope.rows.get(collection.scope).copied();
                let Some(from) = from else { return cannot("a collection of a row that is not in scope") };
                for row in self.members(from, collection)? {
                    if !self.keeps(&scope.with(&collection.table, row), condition)? {
                        return Ok(Some(false));
                    }
                }
                Ok(Some(true))
            }
            Predicate::Parameter(name) => cannot(format!("`{name}` has no value here")),
        }
    }

    /// Returns the conjunction (`neutral` is true) or the disjunction (`neutral` is false) in three-valued
    /// logic. All parts are evaluated, even if the result is certain, so that errors do not depend on values.
    fn all_of(
        &self,
        scope: &Scope<'d>,
        parts: &'d [Predicate],
        neutral: bool,
    ) -> Result<Option<bool>, EvalError> {
        let mut result = Some(neutral);
        for part in parts {
            match self.condition(scope, part)? {
                Some(b) if b != neutral => result = Some(b),
                None if result == Some(neutral) => result = None,
                _ => {}
            }
        }
        Ok(result)
    }

    fn test(
        &self,
        scope: &Scope<'d>,
        column: &'d ColumnRef,
        test: &'d Test,
    ) -> Result<Option<bool>, EvalError> {
        let holder = self.holder(scope, column)?;
        let value = self.read(holder, &column.column)?;
        match test {
            Test::Null => Ok(Some(value.is_none())),
            Test::NotNull => Ok(Some(value.is_some())),
            Test::Compare(op, with) => holds(*op, value, Some(with)),
            Test::Contains(pattern) => matches(value, pattern, |p| format!("%{p}%")),
            Test::StartsWith(pattern) => matches(value, pattern, |p| format!("{p}%")),
            Test::EndsWith(pattern) => matches(value, pattern, |p| format!("%{p}")),
            Test::Like(pattern) => matches(value, pattern, str::to_owned),
            Test::Function(function, arguments) => {
                self.function(function, arguments, holder.table, &column.column, value)
            }
        }
    }
}

fn matches(
    value: Option<&Value>,
    pattern: &Value,
    whole: impl Fn(&str) -> String,
) -> Result<Option<bool>, EvalError> {
    match (value, pattern) {
        (Some(Value::Text(text)), Value::Text(pattern)) => Ok(Some(like(text, &whole(pattern)))),
        (None, Value::Text(_)) => Ok(None),
        (_, Value::Parameter(name)) => cannot(format!("`{name}` has no value here")),
        (value, pattern) => cannot(format!("{value:?} and the pattern {pattern:?} are not both text")),
    }
}
