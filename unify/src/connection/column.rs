//! Reads a column of a row: from the text that the service sent to the value of the model.

use std::borrow::Cow;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::field_value::{ChoiceValue, FieldValue, ReferenceValue};
use super::row::{Property, string};
use crate::mapping::{Cell, CellKind};

/// Returns the value of a column as the model has it: an option of a choice with its label, a time in UTC, a number
/// with decimal places as a text.
///
/// # Errors
/// Returns a sentence if the row has a value of another type.
pub(super) fn value<'r>(property: &Property<'r>, cell: &Cell) -> Result<FieldValue<'r>, String> {
    let Some(raw) = property.raw() else { return Ok(FieldValue::Null) };
    let wrong = |wanted: &str| Err(format!("`{}` is not {wanted}: {}", cell.column, shortened(raw)));
    Ok(match cell.kind {
        CellKind::Text | CellKind::Guid => match string(raw) {
            Some(text) => FieldValue::Text(text),
            None => return wrong("a text"),
        },
        CellKind::Integer => match raw.parse::<i64>() {
            Ok(number) => FieldValue::Integer(number),
            Err(_) => return wrong("a whole number"),
        },
        CellKind::Decimal | CellKind::Money => match decimal(raw) {
            Some(number) => FieldValue::Text(number),
            None => return wrong("a number"),
        },
        CellKind::Float => match raw.parse::<f64>() {
            Ok(number) => FieldValue::Float(number),
            Err(_) => return wrong("a number"),
        },
        CellKind::Boolean => match raw {
            "true" => FieldValue::Boolean(true),
            "false" => FieldValue::Boolean(false),
            _ => return wrong("true or false"),
        },
        CellKind::Date => match string(raw) {
            Some(text) => FieldValue::Text(date(text)),
            None => return wrong("a date"),
        },
        CellKind::Time => match string(raw).and_then(time) {
            Some(time) => FieldValue::Text(time),
            None => return wrong("a time"),
        },
        // The service writes such times with a `Z` that means nothing.
        CellKind::LocalTime => match string(raw) {
            Some(Cow::Borrowed(text)) => FieldValue::Text(Cow::Borrowed(text.trim_end_matches('Z'))),
            Some(Cow::Owned(text)) => FieldValue::Text(text.trim_end_matches('Z').to_owned().into()),
            None => return wrong("a time"),
        },
        CellKind::Choice => match raw.parse::<i64>() {
            Ok(value) => FieldValue::Choice(ChoiceValue { value, label: property.formatted() }),
            Err(_) => return wrong("the number of an option"),
        },
        CellKind::Choices => match string(raw) {
            Some(text) => FieldValue::Choices(choices(&text, property.formatted())),
            None => return wrong("a list of options"),
        },
        CellKind::Lookup => match string(raw) {
            Some(id) => {
                let name = property.formatted();
                FieldValue::Reference(ReferenceValue { id, name, resource: None })
            }
            None => return wrong("a guid"),
        },
    })
}

/// Returns the value of a column as a text, for fields that are texts.
pub(super) fn as_text<'r>(property: &Property<'r>, cell: &Cell) -> Result<Option<Cow<'r, str>>, String> {
    if matches!(cell.kind, CellKind::Choice | CellKind::Choices | CellKind::Lookup) {
        return Ok(property.formatted().or_else(|| {
            let raw = property.raw()?;
            Some(string(raw).unwrap_or(Cow::Borrowed(raw)))
        }));
    }
    Ok(match value(property, cell)? {
        FieldValue::Null => None,
        FieldValue::Text(text) => Some(text),
        FieldValue::Float(number) => Some(Cow::Owned(serde_json::Value::from(number).to_string())),
        // A whole number, or true or false.
        _ => property.raw().map(Cow::Borrowed),
    })
}

/// Returns the date at the beginning of a text.
pub(super) fn date(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..10).unwrap_or(text)),
        Cow::Owned(text) => Cow::Owned(text.get(..10).unwrap_or(&text).to_owned()),
    }
}

/// Returns a time in UTC; `None` if the text is no time.
fn time(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if is_usual_time(text.as_bytes()) {
        return Some(text);
    }
    let time: Timestamp = text.parse().ok()?;
    Some(Cow::Owned(time.to_string()))
}

/// Returns whether a text is a time in the form in which the service writes times and the model has them, such as
/// `2026-11-30T08:00:00Z`. Leap days and leap seconds are left to a parser.
fn is_usual_time(text: &[u8]) -> bool {
    let [years @ .., b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', n0, n1, b':', s0, s1, b'Z'] = text
    else {
        return false;
    };
    let within = |tens: u8, ones: u8, least: u8, most: u8| {
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        digits && (least..=most).contains(&((tens - b'0') * 10 + ones - b'0'))
    };
    let days = match [*m0, *m1] {
        [b'0', b'2'] => 28,
        [b'0', b'4' | b'6' | b'9'] | [b'1', b'1'] => 30,
        _ => 31,
    };
    years.len() == 4
        && years.iter().all(u8::is_ascii_digit)
        && within(*m0, *m1, 1, 12)
        && within(*d0, *d1, 1, days)
        && within(*h0, *h1, 0, 23)
        && within(*n0, *n1, 0, 59)
        && within(*s0, *s1, 0, 59)
}

/// Returns the options of a multi-select choice with their labels. The service separates labels by `; `.
fn choices<'r>(numbers: &str, labels: Option<Cow<'r, str>>) -> Vec<ChoiceValue<'r>> {
    let numbers: Vec<i64> = numbers.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    let labels: Vec<Cow<'r, str>> = match labels {
        None => Vec::new(),
        Some(Cow::Borrowed(labels)) => labels.split("; ").map(Cow::Borrowed).collect(),
        Some(Cow::Owned(labels)) => labels.split("; ").map(|label| label.to_owned().into()).collect(),
    };
    // A label may contain the separator: then nobody can tell which label belongs to which option.
    if labels.len() != numbers.len() {
        return numbers.into_iter().map(|value| ChoiceValue { value, label: None }).collect();
    }
    let options = numbers.into_iter().zip(labels);
    options.map(|(value, label)| ChoiceValue { value, label: Some(label) }).collect()
}

/// The most digits that every number with so many is exact with.
const EXACT_DIGITS: usize = 28;

/// Returns a number of JSON as a text, exact and without an exponent; `None` if it has more than 28 digits or is no number.
fn decimal(raw: &str) -> Option<Cow<'_, str>> {
    let plain = raw.starts_with(|c: char| c.is_ascii_digit())
        && raw.len() <= EXACT_DIGITS
        && raw.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain {
        return Some(Cow::Borrowed(raw));
    }
    let number = Decimal::from_str_exact(raw).ok().or_else(|| Decimal::from_scientific(raw).ok())?;
    Some(Cow::Owned(number.to_string()))
}

/// Returns the beginning of a text, for a message.
fn shortened(text: &str) -> String {
    const MAX_SHOWN: usize = 40;

    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::row::{FORMATTED, Row};
    use super::*;

    fn cell(kind: CellKind) -> Cell {
        Cell {
            column: "c".into(),
            property: "c".into(),
            kind,
            filterable: true,
            creatable: true,
            updatable: true,
            default: None,
            decimals: None,
        }
    }

    /// Reads the column `c` of a row.
    fn with_column<'r, T>(json: &'r str, read: impl FnOnce(&Property<'r>) -> T) -> T {
        let mut row = Row::default();
        let at = row.position("c");
        row.fill(json).expect("a row");
        read(row.at(at))
    }

    fn read(json: &str, kind: CellKind) -> Result<Value, String> {
        let value = with_column(json, |property| value(property, &cell(kind)))?;
        Ok(serde_json::to_value(value).expect("JSON"))
    }

    #[test]
    fn amounts_keep_all_digits() {
        let amount = "123456789012345.6789";
        assert_eq!(read(&format!("{{\"c\":{amount}}}"), CellKind::Money), Ok(amount.into()));
        assert_eq!(read("{\"c\":1.50}", CellKind::Decimal), Ok("1.50".into()));
        assert_eq!(read("{\"c\":1.5e3}", CellKind::Decimal), Ok("1500".into()));
    }

    #[test]
    fn a_value_of_another_type_is_an_error_that_names_the_column() {
        for (json, kind) in [
            ("{\"c\":\"x\"}", CellKind::Integer),
            ("{\"c\":1}", CellKind::Text),
            ("{\"c\":\"2026\"}", CellKind::Time),
            ("{\"c\":[]}", CellKind::Money),
        ] {
            let error = read(json, kind).expect_err(json);
            assert!(error.starts_with("`c` is not "), "{error}");
        }
    }

    #[test]
    fn a_value_of_each_kind_is_what_the_model_has() {
        for (json, kind, expected) in [
            ("\"x\"", CellKind::Text, Value::from("x")),
            (
                "\"2f087ba7-8cce-5cec-b53d-f0ba5c22f974\"",
                CellKind::Guid,
                "2f087ba7-8cce-5cec-b53d-f0ba5c22f974".into(),
            ),
            ("-7", CellKind::Integer, (-7).into()),
            ("9007199254740993", CellKind::Integer, 9_007_199_254_740_993_i64.into()),
            ("1.25", CellKind::Float, 1.25.into()),
            ("true", CellKind::Boolean, true.into()),
            ("false", CellKind::Boolean, false.into()),
            ("\"2026-11-30\"", CellKind::Date, "2026-11-30".into()),
            ("\"2026-11-30T00:00:00Z\"", CellKind::Date, "2026-11-30".into()),
            ("\"2026-11-30T08:00:00Z\"", CellKind::Time, "2026-11-30T08:00:00Z".into()),
            ("\"2026-02-28T23:59:59Z\"", CellKind::Time, "2026-02-28T23:59:59Z".into()),
            ("\"2026-11-30T08:00:00+01:00\"", CellKind::Time, "2026-11-30T07:00:00Z".into()),
            ("\"2026-11-30T08:00:00.000Z\"", CellKind::Time, "2026-11-30T08:00:00Z".into()),
            ("\"2026-11-30T08:00:00.50Z\"", CellKind::Time, "2026-11-30T08:00:00.5Z".into()),
            ("\"20261130T080000.123Z\"", CellKind::Time, "2026-11-30T08:00:00.123Z".into()),
            ("\"2026-11-30T23:59:60Z\"", CellKind::Time, "2026-11-30T23:59:59Z".into()),
            ("\"\\u0078\\\"\"", CellKind::Text, "x\"".into()),
            ("\"2026-11\\u002d30\"", CellKind::Date, "2026-11-30".into()),
            ("\"2026-11-30T08:00:00\\u005a\"", CellKind::LocalTime, "2026-11-30T08:00:00".into()),
            ("0.50", CellKind::Decimal, "0.50".into()),
            ("-1.50", CellKind::Decimal, "-1.50".into()),
            ("79228162514264337593543950335", CellKind::Money, "79228162514264337593543950335".into()),
            ("\"2026-11-30T08:00:00Z\"", CellKind::LocalTime, "2026-11-30T08:00:00".into()),
            ("3", CellKind::Choice, serde_json::json!({ "value": 3, "label": null })),
            (
                "\"1,9\"",
                CellKind::Choices,
                serde_json::json!([
                    { "value": 1, "label": null }, { "value": 9, "label": null },
                ]),
            ),
            ("null", CellKind::Money, Value::Null),
        ] {
            assert_eq!(read(&format!("{{\"c\":{json}}}"), kind), Ok(expected), "{json} {kind:?}");
        }
        for kind in [CellKind::Boolean, CellKind::Choice, CellKind::Float, CellKind::Integer, CellKind::Time]
        {
            let error = read("{\"c\":\"x\"}", kind).expect_err("a text");
            assert!(error.starts_with("`c` is not ") && error.ends_with(": \"x\""), "{kind:?}: {error}");
        }
        for kind in [CellKind::Date, CellKind::LocalTime, CellKind::Guid, CellKind::Choices, CellKind::Lookup]
        {
            assert!(read("{\"c\":1}", kind).expect_err("a number").starts_with("`c` is not "), "{kind:?}");
        }
        let long = read(&format!("{{\"c\":\"{}\"}}", "x".repeat(60)), CellKind::Integer).expect_err("a text");
        assert_eq!(long.chars().filter(|c| *c == 'x').count(), 39, "a long value is cut: {long}");
    }

    #[test]
    fn a_field_that_is_a_text_has_the_label_of_an_option_and_the_name_of_a_row() {
        let text = |json: &str, kind| {
            with_column(json, |column| as_text(column, &cell(kind))).expect("a text").map(Cow::into_owned)
        };
        let labelled = |value: &str| format!("{{\"c\":{value},\"c@{FORMATTED}\":\"Label\"}}");
        assert_eq!(text(&labelled("3"), CellKind::Choice).as_deref(), Some("Label"));
        assert_eq!(text(&labelled("\"x\""), CellKind::Lookup).as_deref(), Some("Label"));
        assert_eq!(text(&labelled("\"x\""), CellKind::Text).as_deref(), Some("x"), "a text is no option");
        assert_eq!(text("{\"c\":3}", CellKind::Choice).as_deref(), Some("3"), "without a label the number");
        assert_eq!(text("{\"c\":\"1,2\"}", CellKind::Choices).as_deref(), Some("1,2"));
        assert_eq!(text("{\"c\":3}", CellKind::Integer).as_deref(), Some("3"));
        assert_eq!(text("{\"c\":null}", CellKind::Integer), None);
        assert_eq!(text("{}", CellKind::Choice), None);
    }

    #[test]
    fn options_have_their_labels_only_if_the_labels_can_be_told_apart() {
        let json = |labels: &str| format!("{{\"c\":\"1,9\",\"c@{FORMATTED}\":\"{labels}\"}}");
        let read = |labels: &str| read(&json(labels), CellKind::Choices).expect("options");
        assert_eq!(read("A; B")[1]["label"], "B");
        assert_eq!(read("A; B; C")[1]["label"], Value::Null);
    }

    #[test]
    fn the_last_day_of_every_month_needs_no_parser() {
        for (month, days) in (1..).zip([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
            let day = |day: u8| format!("2026-{month:02}-{day:02}T08:00:00Z");
            assert!(is_usual_time(day(days).as_bytes()), "{}", day(days));
            assert!(!is_usual_time(day(days + 1).as_bytes()), "{}", day(days + 1));
            assert!(day(days).parse::<Timestamp>().is_ok() && day(days + 1).parse::<Timestamp>().is_err());
        }
    }

    #[test]
    fn only_times_that_are_right_in_every_year_need_no_parser() {
        for (text, usual, right) in [
            ("2026-02-28T08:00:00Z", true, true),
            ("2028-02-29T08:00:00Z", false, true),
            ("0001-01-01T00:00:00Z", true, true),
            ("9999-12-28T23:59:59Z", true, true),
            ("2026-02-29T08:00:00Z", false, false),
            ("2026-00-28T08:00:00Z", false, false),
            ("2026-13-28T08:00:00Z", false, false),
            ("2026-01-00T08:00:00Z", false, false),
            ("2026-01-01T24:00:00Z", false, false),
            ("2026-01-01T08:60:00Z", false, false),
            ("2026-01-01T08:00:60Z", false, true),
            ("2026-01-01T08:00:61Z", false, false),
            ("2026-01-01T08:00:0aZ", false, false),
            ("2026-01-01T08:00:a0Z", false, false),
            ("2026-01-01T:0:00:00Z", false, false),
            ("12026-01-01T08:00:00Z", false, false),
            ("026-01-01T08:00:00Z", false, false),
            ("2o26-01-01T08:00:00Z", false, false),
            ("2026-01-01 08:00:00Z", false, true),
            ("2026-01-01T08:00:00z", false, true),
            ("2026-01-01T08:00:00.1Z", false, true),
        ] {
            assert_eq!(is_usual_time(text.as_bytes()), usual, "{text}");
            assert_eq!(time(text.into()).is_some(), right, "{text}");
            if usual {
                assert_eq!(text.parse::<Timestamp>().expect(text).to_string(), text, "the parser agrees");
            }
        }
    }
}
