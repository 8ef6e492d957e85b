//! Checks the value that a write stores in a column: its type, its range and its length, and whether the column
//! can be set.

use dvkit_diagnostic::code;
use dvkit_query::placeholders::kind_of;
use dvkit_schema::{Column, ColumnType, Edm, SourceType, Store, StoreError};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};

use super::value::{self, Refusal, Value};
use crate::filter::Literal;

/// Converts a value for a write of `column`. The inner error says why the column does not take it; the outer
/// one that the snapshot cannot be read.
pub(super) fn literal(
    store: &Store,
    column: &Column,
    given: &Value,
) -> Result<Result<Literal, Refusal>, StoreError> {
    let name = &column.logical_name;
    match (&column.ty, given) {
        (_, Value::Null) => return Ok(Ok(Literal::Null)),
        (ColumnType::Image { .. }, Value::Bytes(bytes)) => return Ok(Ok(Literal::Bytes(bytes.clone()))),
        (ColumnType::Image { .. }, _) => {
            let message = format!("`{name}` is an image, and {} is not the bytes of one", given.shown());
            return Ok(Err(Refusal::new(code::TYPE_MISMATCH, message).help("give a `dvkit::Image`")));
        }
        (ColumnType::File { .. }, _) => {
            let message = format!("`{name}` is a file, which a write of the row cannot set");
            return Ok(Err(Refusal::new(code::TYPE_MISMATCH, message).help("upload it: `Client::upload`")));
        }
        _ => {}
    }
    let literal = match value::literal(store, Some(column), kind_of(column), given)? {
        Ok(literal) => literal,
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(fits(column, &literal).map(|()| literal))
}

/// Reports a value that is of the right type, but too large or too long for its column.
fn fits(column: &Column, literal: &Literal) -> Result<(), Refusal> {
    let name = &column.logical_name;
    match (&column.ty, literal) {
        (
            ColumnType::String { max_length: Some(max), .. } | ColumnType::Memo { max_length: Some(max), .. },
            Literal::Text(text),
        ) => {
            // The service counts units of UTF-16.
            let length = text.encode_utf16().count();
            if length <= *max as usize {
                return Ok(());
            }
            let message = format!("`{name}` holds {max} characters, and this text has {length}");
            Err(Refusal::new(code::TEXT_TOO_LONG, message))
        }
        (ColumnType::Integer { min, max, .. }, Literal::Whole(number)) => {
            let low = min.is_some_and(|min| *number < min);
            if low || max.is_some_and(|max| *number > max) {
                return Err(out_of_range(name, &number.to_string(), min, max));
            }
            Ok(())
        }
        (
            ColumnType::Decimal { min, max, .. }
            | ColumnType::Money { min, max, .. }
            | ColumnType::Double { min, max, .. },
            literal,
        ) => {
            let bound = |bound: &Option<f64>| bound.and_then(Decimal::from_f64);
            let number = match literal {
                Literal::Whole(number) => Decimal::from(*number),
                Literal::Decimal(number) => *number,
                Literal::Float(number) => {
                    let low = min.is_some_and(|min| *number < min);
                    return if low || max.is_some_and(|max| *number > max) {
                        Err(out_of_range(name, &number.to_string(), min, max))
                    } else {
                        Ok(())
                    };
                }
                _ => return Ok(()),
            };
            let low = bound(min).is_some_and(|min| number < min);
            if low || bound(max).is_some_and(|max| number > max) {
                return Err(out_of_range(name, &number.to_string(), min, max));
            }
            Ok(())
        }
        (ColumnType::Edm { edm: Edm::Int32 }, Literal::Whole(number)) if number.to_i32().is_none() => {
            Err(out_of_range::<i32>(name, &number.to_string(), &Some(i32::MIN), &Some(i32::MAX)))
        }
        _ => Ok(()),
    }
}

fn out_of_range<N: ToString>(name: &str, given: &str, min: &Option<N>, max: &Option<N>) -> Refusal {
    let text = |bound: &Option<N>| bound.as_ref().map_or_else(|| "…".to_owned(), ToString::to_string);
    let message =
        format!("`{name}` holds numbers from {} to {}, and {given} is not one", text(min), text(max));
    Refusal::new(code::OUT_OF_RANGE, message)
}

/// Returns why a column cannot be set; `None` if it can. `possible` says whether the metadata allows it for this
/// write; `create` and `update` say for which writes it does.
pub(super) fn read_only(column: &Column, possible: bool, create: bool, update: bool) -> Option<&'static str> {
    match (column.source, column.ty.clone()) {
        (Some(SourceType::Calculated | SourceType::Formula), _) => Some("the service calculates it"),
        (Some(SourceType::Rollup), _) => Some("the service sums it up from related rows"),
        (_, ColumnType::PartyList { .. }) => Some("it is written as rows of `activityparty`"),
        _ if !column.is_property() => Some("it is not a property of the rows in the Web API"),
        _ if possible => None,
        _ if create => Some("it is set only when a row is created"),
        _ if update => Some("it is set only when a row is changed"),
        _ => Some("the service sets it"),
    }
}

/// Returns whether a new row gets a value in the column without being given one.
pub(super) fn has_default(column: &Column) -> bool {
    match &column.ty {
        ColumnType::Choice { default, .. } => default.is_some(),
        ColumnType::State { .. } | ColumnType::Status { .. } | ColumnType::Owner { .. } => true,
        ColumnType::Boolean { .. } => true,
        _ => column.auto_number.is_some(),
    }
}
