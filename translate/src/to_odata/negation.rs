//! Negates conditions so that rows for which a condition is unknown are kept. The translation to OData uses
//! it for FetchXML's `not any` on the row of a lookup.
//!
//! FetchXML's `not any` keeps a row if the condition is unknown because there is no value; OData's `not` does
//! not. Therefore the negation is moved to the comparisons, and `… eq null` is added to comparisons that are
//! unknown for null.

use crate::to_fetchxml::{of_null, opposite};
use dvkit_query::functions;
use dvkit_query::hir::{ColumnRef, Comparison, Predicate, Test};

/// Returns a condition that is true exactly if `predicate` is false or unknown; `None` if `predicate`
/// contains a function without a negation.
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

/// Returns a condition that is true exactly if `predicate` is true or unknown; `None` if `predicate` contains
/// a function without a negation.
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

/// Returns the test that, for rows with a value, is true exactly if `test` is false; `None` if no such test
/// exists.
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

/// Returns the condition that the comparison of two columns is unknown, which is the case if a compared
/// column has no value.
fn unknown(left: &ColumnRef, op: Comparison, right: &ColumnRef) -> Predicate {
    let nulls = vec![null(left), null(right)];
    if op.is_equality() { Predicate::and(nulls) } else { Predicate::or(nulls) }
}
