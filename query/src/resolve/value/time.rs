//! Converts OData literals to dates and points in time, and finds mistakes in them. The module `value` calls
//! it for columns with a date.

use dvkit_diagnostic::{Severity, code};
use dvkit_schema::{Column, Edm};
use jiff::Timestamp;
use jiff::civil::Date;
use odata_parser::ast::LiteralKind;
use odata_parser::foreign_date;

use super::conversion::{Conversion, Problem, mismatch};
use crate::hir::Value;
use crate::resolve::path::type_words;

/// Returns the point in time that a text gives. A text without an offset is read as UTC. Returns `None` if
/// the text is not a point in time.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let upper = text.to_ascii_uppercase();
        upper.parse().ok().or_else(|| format!("{upper}Z").parse().ok())
    })
}

pub(super) fn date_time(column: &Column, kind: LiteralKind, text: &str) -> Conversion {
    match kind {
        LiteralKind::DateTimeOffset => match timestamp(text) {
            Some(t) if t.as_second() < MIN_DATE_TIME => Conversion::meant(
                Value::DateTime(t),
                Problem::new(
                    code::DATE_TOO_EARLY,
                    Severity::Warning,
                    "Dataverse stores dates from 1753-01-01 on: no row is earlier",
                ),
            ),
            Some(t) => Conversion::right(Value::DateTime(t)),
            None => Conversion::wrong(Problem::new(
                code::BAD_LITERAL,
                Severity::Error,
                format!("`{text}` is not a valid point in time"),
            )),
        },
        LiteralKind::Date => match text.parse::<Date>() {
            Ok(d) => Conversion::right(Value::Date(d)),
            Err(_) => mismatch(column, kind, text),
        },
        LiteralKind::String => match timestamp(text.trim()) {
            Some(t) => quoted_time(column, Value::DateTime(t)),
            None => match text.trim().parse::<Date>() {
                Ok(d) => quoted_time(column, Value::Date(d)),
                Err(_) => other_order(column, text).unwrap_or_else(|| mismatch(column, kind, text)),
            },
        },
        _ => mismatch(column, kind, text),
    }
}

/// Returns the conversion of a date or time in quotes to `value`, with a warning about the quotes. It is not
/// an error, because published flows contain such values (`createdon ge '@{…}'`) and the service accepts
/// them.
fn quoted_time(column: &Column, value: Value) -> Conversion {
    let message = format!(
        "`{}` holds a {}, which OData writes without quotes",
        column.property_name(),
        type_words(&column.ty)
    );
    let problem = Problem::new(code::TYPE_MISMATCH, Severity::Warning, message);
    Conversion::meant(value, problem.spelling())
}

/// Returns the conversion of `text`, a date in quotes that does not begin with the year (`'31/01/2024'`),
/// with a problem. The conversion has no value if the text can mean two different days, or has a time.
/// Returns `None` if the text is not a date.
fn other_order(column: &Column, text: &str) -> Option<Conversion> {
    let text = text.trim();
    let found = foreign_date(text).filter(|d| d.len == text.len())?;
    let zone = if found.has_time { "Z" } else { "" };
    let first = format!("{}{zone}", found.iso);
    if let Some(other) = &found.day_first {
        let message =
            format!("`'{text}'` is a date in another order: OData writes it `{first}` or `{other}{zone}`");
        return Some(Conversion::wrong(Problem::new(code::DATE_ORDER, Severity::Error, message)));
    }
    let message = format!("`'{text}'` is a date in another order: OData writes the year first, `{first}`");
    let problem = Problem::new(code::DATE_ORDER, Severity::Error, message);
    // The time has no zone, and a day has no time.
    match first.parse::<Date>().ok().filter(|_| !found.has_time) {
        Some(day) => Some(Conversion::meant(Value::Date(day), problem)),
        None => Some(Conversion::wrong(problem.help(match column.ty.edm() {
            Some(Edm::Date) => "the column holds days without a time",
            _ => "`Z` at its end says that it is UTC; an offset such as `+01:00` another zone",
        }))),
    }
}

/// The earliest point in time that Dataverse stores, 1753-01-01T00:00:00Z, in seconds since
/// 1970-01-01T00:00:00Z. It is the minimum of SQL Server's `datetime`.
pub(crate) const MIN_DATE_TIME: i64 = -6_847_804_800;

pub(super) fn date(column: &Column, kind: LiteralKind, text: &str) -> Conversion {
    let day = |t: &str| t.get(..10).and_then(|d| d.parse::<Date>().ok());
    match kind {
        LiteralKind::Date => match text.parse::<Date>() {
            Ok(d) => Conversion::right(Value::Date(d)),
            Err(_) => mismatch(column, kind, text),
        },
        LiteralKind::DateTimeOffset => {
            let message = format!("`{}` holds days without a time (`Edm.Date`)", column.logical_name);
            let problem = Problem::new(code::DATE_TIME_FOR_DATE, Severity::Error, message);
            match day(text) {
                // Midnight means the day itself; any other time cannot be expressed as a day.
                Some(d) if is_midnight(text) => Conversion::meant(Value::Date(d), problem.spelling()),
                _ => Conversion::wrong(problem.help("write a date only, like `2025-01-31`")),
            }
        }
        LiteralKind::String => match day(text.trim()) {
            Some(d) if text.trim().len() == 10 || is_midnight(text.trim()) => {
                quoted_time(column, Value::Date(d))
            }
            _ => other_order(column, text).unwrap_or_else(|| mismatch(column, kind, text)),
        },
        _ => mismatch(column, kind, text),
    }
}

/// Returns whether a text is a point in time at midnight, such as `2025-01-31T00:00Z` and
/// `2025-01-31T00:00:00.000Z`.
pub(crate) fn is_midnight(text: &str) -> bool {
    let time = text.get(10..).unwrap_or_default();
    let clock = time.trim_start_matches(['T', 't', ' ']);
    let end = clock.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(clock.len());
    !clock[..end].is_empty() && clock[..end].chars().all(|c| matches!(c, '0' | ':' | '.'))
}

#[cfg(test)]
mod tests {
    use super::is_midnight;

    #[test]
    fn midnight_has_only_zeros() {
        for (text, expected) in [
            ("2025-01-31", false),
            ("2025-01-31T", false),
            ("2025-01-31TZ", false),
            ("2025-01-31T00", true),
            ("2025-01-31T00:00Z", true),
            ("2025-01-31t00:00:00", true),
            ("2025-01-31 00:00:00.000Z", true),
            ("2025-01-31T00:00:00+01:00", true),
            ("2025-01-31T00:00:00.001Z", false),
            ("2025-01-31T00:01Z", false),
            ("2025-01-31T10:00Z", false),
            ("2025-01-31T01:00Z", false),
            ("2025-01-31T00:00:10", false),
            ("2025-01-31Z00:00", false),
            ("2025", false),
            ("", false),
        ] {
            assert_eq!(is_midnight(text), expected, "{text}");
        }
    }
}
