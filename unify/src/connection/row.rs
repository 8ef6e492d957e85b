//! Reads the columns of a row: from the text that the service sent to the values of the model.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use foldhash::fast::RandomState;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::field_value::{ChoiceValue, FieldValue, ReferenceValue};
use crate::mapping::{Cell, CellKind};

/// The annotation that has a value as the organisation shows it.
const FORMATTED: &str = "OData.Community.Display.V1.FormattedValue";

/// The annotation that has the table of a lookup's row.
const LOOKUP_TABLE: &str = "Microsoft.Dynamics.CRM.lookuplogicalname";

/// A row: its properties, each as the text that the service sent, so that no digit of a number is lost.
///
/// A page has thousands of rows, which are read for a caller who waits. Nothing is copied from a row unless it has
/// escapes, the annotations that the model needs are beside their property, and one `Row` is filled with all rows of a page
/// in turn: they have the same members in nearly the same order, so that most members are found where they were.
#[derive(Debug, Default)]
pub(super) struct Row<'r> {
    /// The members that rows had, in the order in which they came first.
    members: Vec<Member<'r>>,
    /// The positions in `members` by name.
    by_name: HashMap<Cow<'r, str>, usize, RandomState>,
    /// The properties of the row.
    properties: Vec<Property<'r>>,
    /// The positions in `properties` by name.
    by_property: HashMap<Cow<'r, str>, usize, RandomState>,
}

/// A member of rows: a property or an annotation.
#[derive(Debug)]
struct Member<'r> {
    name: Cow<'r, str>,
    /// The position of the property.
    property: usize,
    part: PropertyPart,
    /// The position of the member that came after it in the last row.
    next: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PropertyPart {
    Value,
    Formatted,
    LookupTable,
}

/// A property of a row with its annotations, as JSON. What is null is not there.
#[derive(Clone, Copy, Debug, Default)]
struct Property<'r> {
    value: Option<&'r str>,
    formatted: Option<&'r str>,
    lookup_table: Option<&'r str>,
}

impl<'r> Property<'r> {
    fn part(&mut self, part: PropertyPart) -> &mut Option<&'r str> {
        match part {
            PropertyPart::Value => &mut self.value,
            PropertyPart::Formatted => &mut self.formatted,
            PropertyPart::LookupTable => &mut self.lookup_table,
        }
    }
}

/// The number of different members after which what is known about them is forgotten. A table has some hundred columns.
const MAX_MEMBERS: usize = 10_000;

impl<'r> Row<'r> {
    /// Parses a row.
    pub(super) fn parse(text: &'r str) -> serde_json::Result<Self> {
        let mut row = Self::default();
        row.fill(text)?;
        Ok(row)
    }

    /// Parses another row in place of the one that it has.
    pub(super) fn fill(&mut self, text: &'r str) -> serde_json::Result<()> {
        if self.members.len() > MAX_MEMBERS {
            *self = Self::default();
        }
        self.properties.fill(Property::default());
        let mut json = serde_json::Deserializer::from_str(text);
        FillRow(self).deserialize(&mut json)
    }

    /// Adds a member that came after the one at `last`, and returns its position.
    fn insert(&mut self, last: Option<usize>, name: Cow<'r, str>, value: &'r RawValue) -> usize {
        let expected = last.map_or(0, |last| self.members[last].next);
        let at = match self.members.get(expected) {
            Some(member) if member.name == name => expected,
            _ => self.member(name),
        };
        if let Some(last) = last {
            self.members[last].next = at;
        }
        let Member { property, part, .. } = self.members[at];
        *self.properties[property].part(part) = Some(value.get()).filter(|text| *text != "null");
        at
    }

    /// Returns the position of a member, which is added if rows did not have it so far.
    fn member(&mut self, name: Cow<'r, str>) -> usize {
        if let Some(at) = self.by_name.get(&name) {
            return *at;
        }
        let (end, part) = match name.split_once('@') {
            Some((property, FORMATTED)) => (property.len(), PropertyPart::Formatted),
            Some((property, LOOKUP_TABLE)) => (property.len(), PropertyPart::LookupTable),
            // An annotation that the model does not need is a property of its own.
            _ => (name.len(), PropertyPart::Value),
        };
        let property = match &name {
            Cow::Borrowed(name) => Cow::Borrowed(&name[..end]),
            Cow::Owned(name) => Cow::Owned(name[..end].to_owned()),
        };
        let properties = &mut self.properties;
        let property = *self.by_property.entry(property).or_insert_with(|| {
            properties.push(Property::default());
            properties.len() - 1
        });
        let at = self.members.len();
        self.members.push(Member { name: name.clone(), property, part, next: at + 1 });
        self.by_name.insert(name, at);
        at
    }

    fn property(&self, name: &str) -> Option<&Property<'r>> {
        self.by_property.get(name).map(|at| &self.properties[*at])
    }

    /// Returns the text of a property; `None` if the row does not have it or if it is null.
    pub(super) fn raw(&self, name: &str) -> Option<&'r str> {
        self.property(name)?.value
    }

    /// Returns the text of a property or an annotation; `None` if the row does not have it or if it is null.
    pub(super) fn any(&self, name: &str) -> Option<&'r str> {
        let Member { property, part, .. } = self.members[*self.by_name.get(name)?];
        let mut property = self.properties[property];
        *property.part(part)
    }

    /// Returns a property that is a JSON string.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'r, str>> {
        self.raw(name).and_then(string)
    }

    /// Returns the text of a property as the organisation shows it.
    fn formatted(&self, property: &str) -> Option<Cow<'r, str>> {
        self.property(property)?.formatted.and_then(string)
    }

    /// Returns the table of the row to which a lookup leads.
    pub(super) fn lookup_table(&self, property: &str) -> Option<Cow<'r, str>> {
        self.property(property)?.lookup_table.and_then(string)
    }

    /// Returns the related row that was expanded; `None` if the lookup is empty.
    pub(super) fn related(&self, navigation: &str) -> Option<Self> {
        Self::parse(self.raw(navigation)?).ok()
    }
}

/// Returns the text of a JSON string; `None` if `raw`, which is JSON, is none.
fn string(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    match inner.contains('\\') {
        true => serde_json::from_str(raw).ok().map(Cow::Owned),
        false => Some(Cow::Borrowed(inner)),
    }
}

/// Fills a row with the members of a JSON object.
struct FillRow<'m, 'r>(&'m mut Row<'r>);

impl<'de> DeserializeSeed<'de> for FillRow<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FillRow<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut last = None;
        while let Some((name, value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
            last = Some(self.0.insert(last, name.0, value));
        }
        Ok(())
    }
}

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

/// Returns the value of a column as the model has it: an option of a choice with its label, a time in UTC, a number
/// with decimal places as a text.
///
/// # Errors
/// Returns a sentence if the row has a value of another type.
pub(super) fn value<'r>(row: &Row<'r>, cell: &Cell) -> Result<FieldValue<'r>, String> {
    let Some(raw) = row.raw(&cell.property) else { return Ok(FieldValue::Null) };
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
            Ok(value) => FieldValue::Choice(ChoiceValue { value, label: row.formatted(&cell.property) }),
            Err(_) => return wrong("the number of an option"),
        },
        CellKind::Choices => match string(raw) {
            Some(text) => FieldValue::Choices(choices(&text, row.formatted(&cell.property))),
            None => return wrong("a list of options"),
        },
        CellKind::Lookup => match string(raw) {
            Some(id) => {
                let name = row.formatted(&cell.property);
                FieldValue::Reference(ReferenceValue { id, name, resource: None })
            }
            None => return wrong("a guid"),
        },
    })
}

/// Returns the value of a column as a text, for fields that are texts.
pub(super) fn as_text<'r>(row: &Row<'r>, cell: &Cell) -> Result<Option<Cow<'r, str>>, String> {
    if matches!(cell.kind, CellKind::Choice | CellKind::Choices | CellKind::Lookup) {
        return Ok(row.formatted(&cell.property).or_else(|| {
            let raw = row.raw(&cell.property)?;
            Some(string(raw).unwrap_or(Cow::Borrowed(raw)))
        }));
    }
    Ok(match value(row, cell)? {
        FieldValue::Null => None,
        FieldValue::Text(text) => Some(text),
        FieldValue::Float(number) => Some(Cow::Owned(serde_json::Value::from(number).to_string())),
        // A whole number, or true or false.
        _ => row.raw(&cell.property).map(Cow::Borrowed),
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
    let time: Timestamp = text.parse().ok()?;
    // The service writes times in the very form of the model: `2026-11-30T08:00:00Z`. A leap second is another time there.
    let bytes = text.as_bytes();
    let is_utc = bytes.len() == 20
        && [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'Z')]
            .iter()
            .all(|(at, is)| bytes[*at] == *is)
        && !text.ends_with("60Z");
    Some(if is_utc { text } else { Cow::Owned(time.to_string()) })
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
        let value = value(&Row::parse(json).expect("a row"), &cell(kind))?;
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
            as_text(&Row::parse(json).expect("a row"), &cell(kind)).expect("a text").map(Cow::into_owned)
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
        let row = Row::parse(r#"{"\u0063":"x"}"#).expect("a row");
        assert_eq!(row.text("c").as_deref(), Some("x"));
    }

    #[test]
    fn annotations_are_found_by_their_property_and_by_their_whole_names() {
        let text = format!(
            r#"{{"a@{FORMATTED}":"A","a":1,"\u0062@{FORMATTED}":"B","c@{LOOKUP_TABLE}":"account","c@x.y":"X","d@{FORMATTED}":null}}"#
        );
        let row = Row::parse(&text).expect("a row");
        for (property, annotation, expected) in [
            ("a", FORMATTED, Some("A")),
            ("b", FORMATTED, Some("B")),
            ("c", FORMATTED, None),
            ("c", LOOKUP_TABLE, Some("account")),
            ("c", "x.y", Some("X")),
            ("d", FORMATTED, None),
            ("a", LOOKUP_TABLE, None),
        ] {
            let name = format!("{property}@{annotation}");
            assert_eq!(row.any(&name).and_then(string).as_deref(), expected, "{name}");
            match annotation {
                FORMATTED => assert_eq!(row.formatted(property).as_deref(), expected, "{name}"),
                LOOKUP_TABLE => assert_eq!(row.lookup_table(property).as_deref(), expected, "{name}"),
                _ => {}
            }
        }
        assert_eq!((row.raw("a"), row.raw("b"), row.raw("c")), (Some("1"), None, None));
    }

    #[test]
    fn a_row_that_is_filled_again_is_the_other_row_alone() {
        let texts = [
            r#"{"a":1,"b":2,"b@x":"X","c":"3"}"#,
            r#"{"c":"4","a":5}"#,
            r#"{}"#,
            r#"{"d":6,"a":null,"c":"7","b":8,"b":9}"#,
            r#"{"a":1,"b":2,"b@x":"X","c":"3"}"#,
        ];
        let mut row = Row::default();
        for (text, [a, b, x, c, d]) in texts.into_iter().zip([
            [Some("1"), Some("2"), Some("\"X\""), Some("\"3\""), None],
            [Some("5"), None, None, Some("\"4\""), None],
            [None; 5],
            [None, Some("9"), None, Some("\"7\""), Some("6")],
            [Some("1"), Some("2"), Some("\"X\""), Some("\"3\""), None],
        ]) {
            row.fill(text).expect("a row");
            for (name, expected) in [("a", a), ("b", b), ("b@x", x), ("c", c), ("d", d)] {
                assert_eq!(row.any(name), expected, "{name} of {text}");
                assert_eq!(row.raw(name), expected, "{name} of {text}");
            }
        }
        assert!(row.fill("[1]").is_err(), "a list is no row");
    }

    #[test]
    fn options_have_their_labels_only_if_the_labels_can_be_told_apart() {
        let json = |labels: &str| format!("{{\"c\":\"1,9\",\"c@{FORMATTED}\":\"{labels}\"}}");
        let read = |labels: &str| read(&json(labels), CellKind::Choices).expect("options");
        assert_eq!(read("A; B")[1]["label"], "B");
        assert_eq!(read("A; B; C")[1]["label"], Value::Null);
    }
}
