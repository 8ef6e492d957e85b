//! The rules that values of columns have to obey: length, range, precision and options.
//!
//! Codes and words are those of the page "Web service error codes"
//! (<https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes>).

use dvkit_schema::{Choice, ChoiceRef, Column, ColumnType, Table};
use http::StatusCode;
use rusqlite::types::Value as Stored;
use rust_decimal::{Decimal, RoundingStrategy};

use super::super::service_error::{INVALID_ARGUMENT, ServiceError};
use super::super::session::Session;

/// The table of the parties of activities.
pub(crate) const PARTY: &str = "activityparty";

/// `StringLengthTooLong`
const TOO_LONG: &str = "0x80044331";
/// `PicklistValueOutOfRange`
const NO_SUCH_OPTION: &str = "0x8004431a";
/// The code of a number below the minimum or above the maximum of its column.
const OUT_OF_RANGE: &str = "0x80044330";

/// The most options that a message lists.
const MAX_LISTED_OPTIONS: usize = 200;

/// Returns the value that is stored for `value` in `column`: an empty text is null, and numbers are rounded to
/// the precision of the column.
///
/// # Errors
/// Returns an error if the value breaks a rule of the column.
pub(crate) fn accepted(
    session: &Session<'_>,
    table: &Table,
    column: &Column,
    value: Stored,
) -> Result<Stored, ServiceError> {
    match (&column.ty, value) {
        (ColumnType::String { max_length, .. } | ColumnType::Memo { max_length, .. }, Stored::Text(text)) => {
            // A text of length zero is stored as null.
            if text.is_empty() {
                return Ok(Stored::Null);
            }
            check_length(table, column, &text, *max_length)?;
            Ok(Stored::Text(text))
        }
        (ColumnType::Integer { min, max, .. }, Stored::Integer(n)) => {
            if min.is_some_and(|min| n < min) || max.is_some_and(|max| n > max) {
                session.choice("numbers out of range")?;
                return Err(out_of_range(table, column));
            }
            Ok(Stored::Integer(n))
        }
        (ColumnType::Decimal { min, max, precision }, Stored::Text(text)) => {
            decimal(session, table, column, &text, (*min, *max), Some(precision.unwrap_or(10)))
        }
        // The currency decides how amounts of money are rounded.
        (ColumnType::Money { min, max, .. }, Stored::Text(text)) => {
            decimal(session, table, column, &text, (*min, *max), None)
        }
        (ColumnType::Double { min, max, precision }, Stored::Real(d)) => {
            if !d.is_finite() || min.is_some_and(|min| d < min) || max.is_some_and(|max| d > max) {
                session.choice("numbers out of range")?;
                return Err(out_of_range(table, column));
            }
            let scale = 10_f64.powi(i32::from(precision.unwrap_or(5).min(5)));
            let rounded = (d * scale).round() / scale;
            Ok(Stored::Real(if rounded.is_finite() { rounded } else { d }))
        }
        (ColumnType::Choice { choice, .. }, Stored::Integer(n)) => {
            check_option(session, table, column, choice.as_ref(), n)?;
            Ok(Stored::Integer(n))
        }
        (ColumnType::Choices { choice }, Stored::Text(text)) => {
            if text.is_empty() {
                return Ok(Stored::Null);
            }
            for option in text.split(',').filter_map(|n| n.parse().ok()) {
                check_option(session, table, column, choice.as_ref(), option)?;
            }
            Ok(Stored::Text(text))
        }
        (_, value) => Ok(value),
    }
}

/// Checks the length of a text, which the service counts in units of UTF-16.
fn check_length(
    table: &Table,
    column: &Column,
    text: &str,
    max_length: Option<u32>,
) -> Result<(), ServiceError> {
    let Some(max) = max_length else { return Ok(()) };
    if text.encode_utf16().count() <= max as usize {
        return Ok(());
    }
    Err(ServiceError::new(
        StatusCode::BAD_REQUEST,
        TOO_LONG,
        format!(
            "A validation error occurred.  The length of the '{}' attribute of the '{}' entity exceeded the maximum allowed length of '{max}'.",
            column.logical_name, table.logical_name
        ),
    ))
}

/// Checks the range of a decimal, and rounds it half away from zero to `precision` places.
fn decimal(
    session: &Session<'_>,
    table: &Table,
    column: &Column,
    text: &str,
    (min, max): (Option<f64>, Option<f64>),
    precision: Option<u8>,
) -> Result<Stored, ServiceError> {
    let number: Decimal = text.parse().map_err(|_| out_of_range(table, column))?;
    let limit = |bound: Option<f64>| bound.and_then(|bound| Decimal::try_from(bound).ok());
    if limit(min).is_some_and(|min| number < min) || limit(max).is_some_and(|max| number > max) {
        session.choice("numbers out of range")?;
        return Err(out_of_range(table, column));
    }
    Ok(Stored::Text(match precision {
        Some(places) => rounded(number, places).to_string(),
        None => text.to_owned(),
    }))
}

/// Returns a number rounded half away from zero to `places` decimal places.
pub(crate) fn rounded(number: Decimal, places: u8) -> Decimal {
    number.round_dp_with_strategy(u32::from(places), RoundingStrategy::MidpointAwayFromZero)
}

/// Returns the service's error of a number out of the range of its column.
pub(crate) fn out_of_range(table: &Table, column: &Column) -> ServiceError {
    ServiceError::new(
        StatusCode::BAD_REQUEST,
        OUT_OF_RANGE,
        format!(
            "A validation error occurred.  The value of '{}' on record of type '{}' is outside the valid range.",
            column.logical_name, table.logical_name
        ),
    )
}

/// Returns the choice that a column's options come from; `None` if the snapshot does not have it.
///
/// # Errors
/// Returns an error if the choice cannot be read.
pub(crate) fn choice_of<'c>(
    session: &'c Session<'_>,
    choice: Option<&'c ChoiceRef>,
) -> Result<Option<&'c Choice>, ServiceError> {
    Ok(match choice {
        Some(ChoiceRef::Local(choice)) => Some(choice),
        Some(ChoiceRef::Global(name)) => session.store.choice(name)?,
        None => None,
    })
}

fn check_option(
    session: &Session<'_>,
    table: &Table,
    column: &Column,
    choice: Option<&ChoiceRef>,
    value: i64,
) -> Result<(), ServiceError> {
    let choice = choice_of(session, choice)?;
    let Some(choice) = choice.filter(|choice| !choice.options.is_empty()) else { return Ok(()) };
    if choice.options.iter().any(|option| i64::from(option.value) == value) {
        return Ok(());
    }
    let accepted: Vec<String> =
        choice.options.iter().take(MAX_LISTED_OPTIONS).map(|option| option.value.to_string()).collect();
    Err(ServiceError::new(
        StatusCode::BAD_REQUEST,
        NO_SUCH_OPTION,
        format!(
            "A validation error occurred. The value {value} of '{}' on record of type '{}' is outside the valid range. Accepted Values: {}",
            column.logical_name,
            table.logical_name,
            accepted.join(",")
        ),
    ))
}

/// Returns the error of a column that must have a value and would have none.
pub(crate) fn required(table: &Table, column: &Column) -> ServiceError {
    ServiceError::new(
        StatusCode::BAD_REQUEST,
        INVALID_ARGUMENT,
        format!(
            "Attribute: {} cannot be set to NULL on record of type '{}'.",
            column.logical_name, table.logical_name
        ),
    )
}

/// Returns the error of a message that a table does not support.
pub(crate) fn unsupported(message: &str, table: &Table) -> ServiceError {
    ServiceError::new(
        StatusCode::BAD_REQUEST,
        "0x80040800",
        format!("The '{message}' method does not support entities of type '{}'.", table.logical_name),
    )
}
