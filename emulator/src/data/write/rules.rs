//! The rules that values of columns have to obey: length, range, precision and options.
//!
//! Codes and words are those of the page "Web service error codes"
//! (<https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes>).

use std::fmt;

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
/// `IntegerValueOutOfRange`
const INTEGER_OUT_OF_RANGE: &str = "0x8004432f";
/// `DecimalValueOutOfRange`
const DECIMAL_OUT_OF_RANGE: &str = "0x80044330";
/// `SdkEntityDoesNotSupportMessage`
const NOT_SUPPORTED: &str = "0x80040800";

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
                return Err(out_of_range(table, column, n));
            }
            Ok(Stored::Integer(n))
        }
        (ColumnType::Decimal { min, max, precision }, Stored::Text(text)) => {
            decimal(table, column, &text, (*min, *max), Some(precision.unwrap_or(10)))
        }
        // The currency decides how amounts of money are rounded.
        (ColumnType::Money { min, max, .. }, Stored::Text(text)) => {
            decimal(table, column, &text, (*min, *max), None)
        }
        (ColumnType::Double { min, max, precision }, Stored::Real(d)) => {
            if !d.is_finite() || min.is_some_and(|min| d < min) || max.is_some_and(|max| d > max) {
                session.choice("floating-point numbers out of range")?;
                return Err(out_of_range(table, column, d));
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
    table: &Table,
    column: &Column,
    text: &str,
    (min, max): (Option<f64>, Option<f64>),
    precision: Option<u8>,
) -> Result<Stored, ServiceError> {
    let number: Decimal = text.parse().map_err(|_| out_of_range(table, column, text))?;
    let limit = |bound: Option<f64>| bound.and_then(|bound| Decimal::try_from(bound).ok());
    if limit(min).is_some_and(|min| number < min) || limit(max).is_some_and(|max| number > max) {
        return Err(out_of_range(table, column, number));
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

/// The lowest and the highest value of a decimal or floating-point column whose metadata does not have them, and
/// those of an amount of money. <https://learn.microsoft.com/power-apps/maker/data-platform/types-of-fields>
const MAX_DECIMAL: f64 = 100_000_000_000.0;
const MAX_MONEY: f64 = 922_337_203_685_477.0;

/// Returns the service's error of a number out of the range of its column. The words are those that published
/// reports of the service's errors have.
pub(crate) fn out_of_range(table: &Table, column: &Column, value: impl fmt::Display) -> ServiceError {
    let range = |min: &Option<f64>, max: &Option<f64>, most: f64| {
        format!("{} to {}", min.unwrap_or(-most), max.unwrap_or(most))
    };
    let (code, ty, range) = match &column.ty {
        ColumnType::Integer { min, max, .. } => {
            let (lowest, highest) = (i64::from(i32::MIN), i64::from(i32::MAX));
            let range = format!("{} to {}", min.unwrap_or(lowest), max.unwrap_or(highest));
            (INTEGER_OUT_OF_RANGE, "System.Int32", range)
        }
        ColumnType::Money { min, max, .. } => {
            (DECIMAL_OUT_OF_RANGE, "Microsoft.Xrm.Sdk.Money", range(min, max, MAX_MONEY))
        }
        ColumnType::Double { min, max, .. } => {
            (DECIMAL_OUT_OF_RANGE, "System.Double", range(min, max, MAX_DECIMAL))
        }
        ColumnType::Decimal { min, max, .. } => {
            (DECIMAL_OUT_OF_RANGE, "System.Decimal", range(min, max, MAX_DECIMAL))
        }
        _ => (DECIMAL_OUT_OF_RANGE, "System.Decimal", range(&None, &None, MAX_DECIMAL)),
    };
    ServiceError::new(
        StatusCode::BAD_REQUEST,
        code,
        format!(
            "A validation error occurred for {}.{}. The value {value} of type {ty} is outside the valid range({range}).",
            table.logical_name, column.logical_name
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
        NOT_SUPPORTED,
        format!("The '{message}' method does not support entities of type '{}'.", table.logical_name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table { logical_name: "t".into(), ..Table::default() }
    }

    fn refused(code: &'static str, message: &str) -> ServiceError {
        ServiceError::new(StatusCode::BAD_REQUEST, code, message)
    }

    #[test]
    fn a_value_out_of_range_is_refused_with_the_range_of_its_type() {
        let precision = None;
        let money = |min, max| ColumnType::Money {
            min,
            max,
            precision,
            precision_source: None,
            calculation_of: None,
        };
        for (ty, code, name, range) in [
            (
                ColumnType::Integer { min: None, max: None, format: None },
                "0x8004432f",
                "System.Int32",
                "-2147483648 to 2147483647",
            ),
            (
                ColumnType::Integer { min: Some(-1), max: Some(5), format: None },
                "0x8004432f",
                "System.Int32",
                "-1 to 5",
            ),
            (
                money(None, None),
                "0x80044330",
                "Microsoft.Xrm.Sdk.Money",
                "-922337203685477 to 922337203685477",
            ),
            (money(Some(0.5), Some(2.0)), "0x80044330", "Microsoft.Xrm.Sdk.Money", "0.5 to 2"),
            (
                ColumnType::Double { min: None, max: Some(1.5), precision },
                "0x80044330",
                "System.Double",
                "-100000000000 to 1.5",
            ),
            (
                ColumnType::Decimal { min: Some(-3.0), max: None, precision },
                "0x80044330",
                "System.Decimal",
                "-3 to 100000000000",
            ),
            (ColumnType::BigInt, "0x80044330", "System.Decimal", "-100000000000 to 100000000000"),
        ] {
            let error = out_of_range(&table(), &Column::new("c", ty), "7x");
            let message = format!(
                "A validation error occurred for t.c. The value 7x of type {name} is outside the valid range({range})."
            );
            assert_eq!(error, refused(code, &message));
        }
    }

    #[test]
    fn a_decimal_number_is_judged_before_it_is_rounded() {
        let column = Column::new("c", ColumnType::Decimal { min: None, max: None, precision: None });
        let judged =
            |text: &str, min, max, precision| decimal(&table(), &column, text, (min, max), precision).ok();
        let stored = |text: &str| Some(Stored::Text(text.to_owned()));
        for (text, min, max, precision, expected) in [
            ("1.005", None, None, Some(2), stored("1.01")),
            ("-1.005", None, None, Some(2), stored("-1.01")),
            ("1.004", None, None, Some(2), stored("1.00")),
            ("1.5", None, None, Some(0), stored("2")),
            ("1.005", None, None, None, stored("1.005")),
            ("5", None, Some(5.0), None, stored("5")),
            ("5.001", None, Some(5.0), Some(2), None),
            ("4.999", Some(5.0), None, Some(2), None),
            ("5", Some(5.0), Some(5.0), Some(2), stored("5")),
            ("5", Some(f64::NEG_INFINITY), Some(f64::INFINITY), None, stored("5")),
            ("x", None, None, None, None),
        ] {
            assert_eq!(judged(text, min, max, precision), expected, "{text} {min:?} {max:?} {precision:?}");
        }
    }

    #[test]
    fn a_text_is_as_long_as_its_units_of_utf_16() {
        let column = Column::new("c", ColumnType::Memo { max_length: None, format: None });
        let message = "A validation error occurred.  The length of the 'c' attribute of the 't' entity exceeded the \
                       maximum allowed length of '2'.";
        for (text, max, expected) in [
            ("ab", Some(2), Ok(())),
            ("abc", Some(2), Err(refused("0x80044331", message))),
            ("é", Some(2), Ok(())),
            ("😀", Some(2), Ok(())),
            ("😀a", Some(2), Err(refused("0x80044331", message))),
            ("abc", None, Ok(())),
        ] {
            assert_eq!(check_length(&table(), &column, text, max), expected, "{text}");
        }
    }

    #[test]
    fn what_a_table_or_column_does_not_take_is_said_in_the_words_of_the_service() {
        let column = Column::new("c", ColumnType::BigInt);
        assert_eq!(
            required(&table(), &column),
            refused("0x80040203", "Attribute: c cannot be set to NULL on record of type 't'.")
        );
        assert_eq!(
            unsupported("Create", &table()),
            refused("0x80040800", "The 'Create' method does not support entities of type 't'.")
        );
    }
}
