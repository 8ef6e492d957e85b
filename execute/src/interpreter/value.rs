//! Compares values.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{EvalError, cannot};
use dvkit_query::hir::{Comparison, Value};

/// Returns the order of two values, or an error if they are of different types. A day counts as its midnight
/// in UTC if the other value is a point in time.
pub(super) fn compare(a: &Value, b: &Value) -> Result<Ordering, EvalError> {
    Ok(match (a, b) {
        (Value::Text(a), Value::Text(b)) => fold(a).cmp(&fold(b)),
        (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
        (Value::Guid(a), Value::Guid(b)) => a.cmp(b),
        _ => {
            if let (Some(a), Some(b)) = (instant(a), instant(b)) {
                a.cmp(&b)
            } else if let (Some(a), Some(b)) = (decimal(a), decimal(b)) {
                a.cmp(&b)
            } else if let (Some(a), Some(b)) = (double(a), double(b)) {
                // Zeros are equal whatever their signs.
                if a == b { Ordering::Equal } else { a.total_cmp(&b) }
            } else if let Value::Parameter(name) = if matches!(a, Value::Parameter(_)) { a } else { b } {
                return cannot(format!("`{name}` has no value here"));
            } else {
                return cannot(format!("{a:?} and {b:?} are not comparable"));
            }
        }
    })
}

/// Returns whether two values are comparable and equal.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    compare(a, b).is_ok_and(Ordering::is_eq)
}

/// Returns whether two values are equal or both null, as grouping and `distinct` compare them.
pub(super) fn alike(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// Returns the order of two values in an ascending sort. Null (`None`) comes first. Returns an error if the
/// values have types that cannot be compared.
pub(super) fn order(a: Option<&Value>, b: Option<&Value>) -> Result<Ordering, EvalError> {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => Ok(a.is_some().cmp(&b.is_some())),
    }
}

/// Returns the result of a comparison; `None` is unknown. A null is not equal to any value, and different
/// from every value, as OData defines `eq` and `ne` and FetchXML `ne`. Comparisons of two nulls, and `gt`,
/// `ge`, `lt` and `le` with a null, are unknown, as in SQL. Returns an error if the values have types that
/// cannot be compared.
pub(super) fn holds(op: Comparison, a: Option<&Value>, b: Option<&Value>) -> Result<Option<bool>, EvalError> {
    let (a, b) = match (a, b) {
        (Some(a), Some(b)) => (a, b),
        (None, None) => return Ok(None),
        _ => return Ok(op.is_equality().then_some(op == Comparison::Ne)),
    };
    let order = compare(a, b)?;
    Ok(Some(match op {
        Comparison::Eq => order.is_eq(),
        Comparison::Ne => order.is_ne(),
        Comparison::Gt => order.is_gt(),
        Comparison::Ge => order.is_ge(),
        Comparison::Lt => order.is_lt(),
        Comparison::Le => order.is_le(),
    }))
}

/// Returns the text in lower case. Every letter is converted without regard to its position, so a capital
/// sigma becomes the same letter everywhere.
pub(super) fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

fn instant(value: &Value) -> Option<Timestamp> {
    match value {
        Value::DateTime(t) => Some(*t),
        Value::Date(d) => d.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp()),
        _ => None,
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Integer(n) => Some(Decimal::from(*n)),
        Value::Decimal(d) => Some(*d),
        _ => None,
    }
}

/// Returns a number of any type as a floating-point number; `None` if the value is not a number.
pub(super) fn double(value: &Value) -> Option<f64> {
    match value {
        Value::Double(d) => Some(*d),
        other => decimal(other).and_then(|d| d.to_f64()),
    }
}
