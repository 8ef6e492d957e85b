//! Reads the columns of a row: from the text that the service sent to the values of the model.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::mapping::{Cell, CellKind};

/// The annotation that has a value as the organisation shows it.
pub(super) const FORMATTED: &str = "OData.Community.Display.V1.FormattedValue";

/// The annotation that has the table of a lookup's row.
pub(super) const LOOKUP_TABLE: &str = "Microsoft.Dynamics.CRM.lookuplogicalname";

/// The members of a row, each as the text that the service sent, so that no digit of a number is lost.
#[derive(Debug, Default)]
pub(super) struct Row<'r>(HashMap<Cow<'r, str>, &'r RawValue>);

impl<'r> Row<'r> {
    /// Parses a row.
    pub(super) fn parse(text: &'r RawValue) -> serde_json::Result<Self> {
        serde_json::from_str(text.get())
    }

    /// Returns the text of a member; `None` if the row does not have it or if it is null.
    pub(super) fn raw(&self, name: &str) -> Option<&'r str> {
        self.0.get(name).map(|raw| raw.get()).filter(|text| *text != "null")
    }

    /// Returns a member that is a JSON string.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.raw(name).and_then(|text| serde_json::from_str(text).ok())
    }

    /// Returns an annotation of a property.
    pub(super) fn annotation(&self, property: &str, name: &str) -> Option<String> {
        self.text(&format!("{property}@{name}"))
    }

    /// Returns the related row that was expanded; `None` if the lookup is empty.
    pub(super) fn related(&self, navigation: &str) -> Option<Self> {
        serde_json::from_str(self.raw(navigation)?).ok()
    }
}

impl<'de: 'r, 'r> Deserialize<'de> for Row<'r> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        /// A name that is borrowed unless it has escapes.
        struct Name<'de>(Cow<'de, str>);

        impl<'de> Deserialize<'de> for Name<'de> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl<'de> Visitor<'de> for Text {
                    type Value = Name<'de>;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a name")
                    }

                    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
                        Ok(Name(Cow::Borrowed(text)))
                    }

                    fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
                        Ok(Name(Cow::Owned(text.to_owned())))
                    }
                }

                deserializer.deserialize_str(Text)
            }
        }

        impl<'de> Visitor<'de> for Members {
            type Value = Row<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row<'de>, A::Error> {
                let mut members = HashMap::with_capacity(32);
                while let Some((name, value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    members.insert(name.0, value);
                }
                Ok(Row(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// Returns the value of a column as the model has it: an option of a choice with its label, a time in UTC, a number
/// with decimal places as a text.
///
/// # Errors
/// Returns a sentence if the row has a value of another type.
pub(super) fn value(row: &Row<'_>, cell: &Cell) -> Result<Value, String> {
    let Some(raw) = row.raw(&cell.property) else { return Ok(Value::Null) };
    let wrong = |wanted: &str| Err(format!("`{}` is not {wanted}: {}", cell.column, shortened(raw)));
    let text = || row.text(&cell.property);
    Ok(match cell.kind {
        CellKind::Text | CellKind::Guid => match text() {
            Some(text) => Value::String(text),
            None => return wrong("a text"),
        },
        CellKind::Integer => match raw.parse::<i64>() {
            Ok(number) => Value::from(number),
            Err(_) => return wrong("a whole number"),
        },
        CellKind::Decimal | CellKind::Money => match decimal(raw) {
            Some(number) => Value::String(number.to_string()),
            None => return wrong("a number"),
        },
        CellKind::Float => match raw.parse::<f64>() {
            Ok(number) => Value::from(number),
            Err(_) => return wrong("a number"),
        },
        CellKind::Boolean => match raw {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return wrong("true or false"),
        },
        CellKind::Date => match text() {
            Some(text) => Value::String(text.get(..10).unwrap_or(&text).to_owned()),
            None => return wrong("a date"),
        },
        CellKind::Time => match text().and_then(|text| text.parse::<Timestamp>().ok()) {
            Some(time) => Value::String(time.to_string()),
            None => return wrong("a time"),
        },
        // The service writes such times with a `Z` that means nothing.
        CellKind::LocalTime => match text() {
            Some(text) => Value::String(text.trim_end_matches('Z').to_owned()),
            None => return wrong("a time"),
        },
        CellKind::Choice => match raw.parse::<i64>() {
            Ok(number) => serde_json::json!({
                "value": number,
                "label": row.annotation(&cell.property, FORMATTED),
            }),
            Err(_) => return wrong("the number of an option"),
        },
        CellKind::Choices => match text() {
            Some(text) => choices(&text, row.annotation(&cell.property, FORMATTED).as_deref()),
            None => return wrong("a list of options"),
        },
        CellKind::Lookup => match text() {
            Some(id) => serde_json::json!({
                "id": id,
                "name": row.annotation(&cell.property, FORMATTED),
                "resource": null,
            }),
            None => return wrong("a guid"),
        },
    })
}

/// Returns the value of a column as a text, for fields that are texts.
pub(super) fn as_text(row: &Row<'_>, cell: &Cell) -> Result<Option<String>, String> {
    Ok(match cell.kind {
        CellKind::Choice | CellKind::Choices | CellKind::Lookup => {
            row.annotation(&cell.property, FORMATTED).or_else(|| {
                let raw = row.raw(&cell.property)?;
                Some(row.text(&cell.property).unwrap_or_else(|| raw.to_owned()))
            })
        }
        _ => match value(row, cell)? {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        },
    })
}

/// Returns the options of a multi-select choice with their labels. The service separates labels by `; `.
fn choices(numbers: &str, labels: Option<&str>) -> Value {
    let numbers: Vec<i64> = numbers.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    let labels: Vec<&str> = labels.map(|labels| labels.split("; ").collect()).unwrap_or_default();
    // A label may contain the separator: then nobody can tell which label belongs to which option.
    let paired = labels.len() == numbers.len();
    let options = numbers.iter().enumerate().map(|(at, number)| {
        let label = labels.get(at).filter(|_| paired);
        serde_json::json!({ "value": number, "label": label })
    });
    Value::Array(options.collect())
}

/// Returns a number of JSON, exact; `None` if it has more than 28 digits or is no number.
fn decimal(raw: &str) -> Option<Decimal> {
    Decimal::from_str_exact(raw).ok().or_else(|| Decimal::from_scientific(raw).ok())
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

    fn read(json: &str, kind: CellKind) -> Result<Value, String> {
        let raw: Box<RawValue> = serde_json::from_str(json).expect("JSON");
        value(&Row::parse(&raw).expect("a row"), &cell(kind))
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
            ("\"2026-11-30T08:00:00+01:00\"", CellKind::Time, "2026-11-30T07:00:00Z".into()),
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
            let raw: Box<RawValue> = serde_json::from_str(json).expect("JSON");
            as_text(&Row::parse(&raw).expect("a row"), &cell(kind)).expect("a text")
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
    fn names_with_escapes_are_names() {
        let raw: Box<RawValue> = serde_json::from_str(r#"{"\u0063":"x"}"#).expect("JSON");
        let row = Row::parse(&raw).expect("a row");
        assert_eq!(row.text("c").as_deref(), Some("x"));
    }

    #[test]
    fn options_have_their_labels_only_if_the_labels_can_be_told_apart() {
        let json = |labels: &str| format!("{{\"c\":\"1,9\",\"c@{FORMATTED}\":\"{labels}\"}}");
        let read = |labels: &str| read(&json(labels), CellKind::Choices).expect("options");
        assert_eq!(read("A; B")[1]["label"], "B");
        assert_eq!(read("A; B; C")[1]["label"], Value::Null);
    }
}
