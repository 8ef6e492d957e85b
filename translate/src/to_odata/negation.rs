//! Negates conditions in such a way that rows for which they are unknown are kept.
//!
//! FetchXML's `not any` keeps a row if the condition on a lookup's row is unknown because there is no value;
//! OData's `not` does not. So `not` is pushed down to the comparisons, and `… eq null` is added to
//! comparisons that are unknown for null.

use crate::to_fetchxml::{of_null, opposite};
use dvkit_query::functions;
use dvkit_query::hir::{ColumnRef, Comparison, Predicate, Test};

/// Returns a condition that is true exactly if `predicate` is false or unknown; `None` if a function in it
/// has no negation.
pub(super) fn not_true(predicate: &Predicate) -> Option<Predicate> {
    Some(match predicate {
        Predicate::And(parts) => Predicate::or(parts.iter().map(not_true).collect::<Option<_>>()?),
        Predicate::Or(parts) => Predicate::and(parts.iter().map(not_true).collect::<Option<_>>()?),
        Predicate::Not(inner) => not_false(inner)?,
        Predicate::Test(column, test) => {
            let negated = match test {
                Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) => predicate.clone().negate(),
                other => Predicate::Test(column.clone(), negated(other)?),
            };
            match of_null(test) {
                Some(_) => negated,
                None => Predicate::or(vec![null(column), negated]),
            }
        }
        Predicate::Columns(left, op, right) => {
            let negated = Predicate::Columns(left.clone(), opposite(*op), right.clone());
            Predicate::or(vec![negated, unknown(left, *op, right)])
        }
        other => other.clone().negate(),
    })
}

/// Returns a condition that is true exactly if `predicate` is true or unknown; `None` if a function in it has
/// no negation.
fn not_false(predicate: &Predicate) -> Option<Predicate> {
    Some(match predicate {
        Predicate::And(parts) => Predicate::and(parts.iter().map(not_false).collect::<Option<_>>()?),
        Predicate::Or(parts) => Predicate::or(parts.iter().map(not_false).collect::<Option<_>>()?),
        Predicate::Not(inner) => not_true(inner)?,
        Predicate::Test(column, test) if of_null(test).is_none() => {
            Predicate::or(vec![null(column), predicate.clone()])
        }
        Predicate::Columns(left, op, right) => {
            Predicate::or(vec![predicate.clone(), unknown(left, *op, right)])
        }
        other => other.clone(),
    })
}

/// Returns the test that, for rows with a value, is true exactly if `test` is false; `None` if there is none.
fn negated(test: &Test) -> Option<Test> {
    Some(match test {
        Test::Null => Test::NotNull,
        Test::NotNull => Test::Null,
        Test::Compare(op, value) => Test::Compare(opposite(*op), value.clone()),
        Test::Function(function, arguments) => {
            Test::Function(function.negation.and_then(functions::find)?, arguments.clone())
        }
        Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) | Test::Like(_) => return None,
    })
}

fn null(column: &ColumnRef) -> Predicate {
    Predicate::Test(column.clone(), Test::Null)
}

/// Returns the condition that a comparison of two columns is unknown, because of missing values.
fn unknown(left: &ColumnRef, op: Comparison, right: &ColumnRef) -> Predicate {
    let nulls = vec![null(left), null(right)];
    if op.is_equality() { Predicate::and(nulls) } else { Predicate::or(nulls) }
}
