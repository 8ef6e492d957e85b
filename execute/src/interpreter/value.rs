//! Values compared.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Error, cannot};
use dvkit_query::hir::{Comparison, Value};

/// How two values compare; an error where they are of different kinds. A day is compared with a point in time as its
/// midnight in UTC.
pub(super) fn compare(a: &Value, b: &Value) -> Result<Ordering, Error> {
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
                // Equal zeros first: their signs are no difference.
                if a == b { Ordering::Equal } else { a.total_cmp(&b) }
            } else if let Value::Parameter(name) = if matches!(a, Value::Parameter(_)) { a } else { b } {
                return cannot(format!("`{name}` has no value here"));
            } else {
                return cannot(format!("{a:?} and {b:?} are not comparable"));
            }
        }
    })
}

/// Equal, and of one kind.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    compare(a, b).is_ok_and(Ordering::is_eq)
}

/// Equal or both null: how groups and distinct rows see it.
pub(super) fn alike(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// The order of an ascending sort: null before all values.
pub(super) fn order(a: Option<&Value>, b: Option<&Value>) -> Result<Ordering, Error> {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => Ok(a.is_some().cmp(&b.is_some())),
    }
}

/// A comparison. A null equals no value and differs from each, as OData says of `eq` and `ne` and as FetchXML's `ne`
/// does; in an order it has no place, and two nulls are not compared (SQL): that is unknown.
pub(super) fn holds(op: Comparison, a: Option<&Value>, b: Option<&Value>) -> Result<Option<bool>, Error> {
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

/// Letters without case, each by itself: a sigma is one wherever it stands.
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

/// Any number.
pub(super) fn double(value: &Value) -> Option<f64> {
    match value {
        Value::Double(d) => Some(*d),
        other => decimal(other).and_then(|d| d.to_f64()),
    }
}
