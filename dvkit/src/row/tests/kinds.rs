//! Tests which values of JSON fit which kinds of fields, what they become, and what is said about the others.

use pretty_assertions::assert_eq;

use super::*;
use crate::row::{Rows, equal};

/// A kind of fields: what its messages say is expected, values that fit with the field as it is shown, and values
/// about which another message is given.
struct Kind {
    column: &'static str,
    wanted: &'static str,
    fits: &'static [(&'static str, &'static str)],
    wrong: &'static [(&'static str, &'static str)],
}

const GUID: &str = r#""00000000-0000-0000-0000-000000000007""#;
const OTHER: &str = r#""00000000-0000-0000-0000-000000000008""#;

const KINDS: &[Kind] = &[
    Kind {
        column: "bool",
        wanted: "true or false",
        fits: &[("true", "true"), ("false", "false"), ("null", "None")],
        wrong: &[],
    },
    Kind {
        column: "choice",
        wanted: "the number of an option",
        fits: &[("2", "Some(Large)"), ("7", "Some(Unknown(7))"), ("null", "None")],
        wrong: &[("3000000000", "a whole number of 32 bits"), ("-3000000000", "a whole number of 32 bits")],
    },
    Kind {
        column: "choices",
        wanted: "numbers of options with commas between",
        fits: &[
            (r#""2""#, "Some({Large})"),
            (r#""2, 1,9,1""#, "Some({Small, Large, Unknown(9)})"),
            ("7", "Some({Unknown(7)})"),
            ("null", "None"),
        ],
        wrong: &[("3000000000", "a whole number of 32 bits")],
    },
    Kind {
        column: "date",
        wanted: "a date",
        fits: &[
            (r#""2021-04-04""#, "2021-04-04"),
            (r#""2021-12-31T23:00:00Z""#, "2021-12-31"),
            ("null", "None"),
        ],
        wrong: &[],
    },
    Kind {
        column: "datetime",
        wanted: "a date and time in UTC",
        fits: &[
            (r#""2021-04-04T20:00:00Z""#, "2021-04-04T20:00:00Z"),
            (r#""2021-04-04T20:00:00+01:00""#, "2021-04-04T19:00:00Z"),
            ("null", "None"),
        ],
        wrong: &[],
    },
    Kind {
        column: "decimal",
        wanted: "a decimal number",
        fits: &[
            ("7", "7"),
            ("1.5", "1.5"),
            ("3000000000", "3000000000"),
            (r#""12.3400""#, "12.34"),
            ("-0.25", "-0.25"),
            ("null", "None"),
        ],
        wrong: &[],
    },
    Kind {
        column: "file",
        wanted: "the guid of a file",
        fits: &[
            (GUID, "FileId(00000000-0000-0000-0000-000000000007)"),
            (OTHER, "FileId(00000000-0000-0000-0000-000000000008)"),
            ("null", "None"),
        ],
        wrong: &[(r#""a""#, "a guid")],
    },
    Kind {
        column: "float",
        wanted: "a number",
        fits: &[
            ("7", "7.0"),
            ("1.5", "1.5"),
            ("3000000000", "3000000000.0"),
            ("18446744073709551615", "1.8446744073709552e19"),
            ("null", "None"),
        ],
        wrong: &[],
    },
    Kind {
        column: "id",
        wanted: "a guid",
        fits: &[
            (GUID, "00000000-0000-0000-0000-000000000007"),
            (OTHER, "00000000-0000-0000-0000-000000000008"),
            ("null", "None"),
        ],
        wrong: &[],
    },
    Kind {
        column: "image",
        wanted: "an image in base64",
        fits: &[(r#""AQID""#, "Image(3 bytes)"), (r#""AQ==""#, "Image(1 bytes)"), ("null", "None")],
        wrong: &[],
    },
    Kind {
        column: "int",
        wanted: "a whole number",
        fits: &[("7", "7"), ("-2147483648", "-2147483648"), ("2147483647", "2147483647"), ("null", "None")],
        wrong: &[("3000000000", "a whole number of 32 bits"), ("2147483648", "a whole number of 32 bits")],
    },
    Kind {
        column: "local",
        wanted: "a date and time",
        fits: &[
            (r#""2025-01-31T08:30:00Z""#, "2025-01-31T08:30:00"),
            (r#""2025-01-31T09:30:00""#, "2025-01-31T09:30:00"),
            ("null", "None"),
        ],
        wrong: &[],
    },
    Kind {
        column: "long",
        wanted: "a whole number",
        fits: &[
            ("7", "7"),
            ("3000000000", "3000000000"),
            (r#""9007199254740993""#, "9007199254740993"),
            ("null", "None"),
        ],
        wrong: &[],
    },
    Kind {
        column: "lookup",
        wanted: "the guid of a row",
        fits: &[
            (GUID, "account(00000000-0000-0000-0000-000000000007)"),
            (OTHER, "account(00000000-0000-0000-0000-000000000008)"),
            ("null", "None"),
        ],
        wrong: &[(r#""a""#, "a guid")],
    },
    Kind {
        column: "managed",
        wanted: "a managed property",
        fits: &[
            (
                r#"{"Value": true, "CanBeChanged": false, "a": [1]}"#,
                "ManagedProperty { value: true, can_be_changed: false }",
            ),
            (r#"{"CanBeChanged": true}"#, "ManagedProperty { value: false, can_be_changed: true }"),
            (r#"{"a": 1}"#, "ManagedProperty { value: false, can_be_changed: false }"),
            ("null", "None"),
        ],
        wrong: &[],
    },
    Kind {
        column: "owner",
        wanted: "the guid of a row",
        // Which of its two tables it is, only an annotation says.
        fits: &[
            (GUID, "?(00000000-0000-0000-0000-000000000007)"),
            (OTHER, "?(00000000-0000-0000-0000-000000000008)"),
            ("null", "None"),
        ],
        wrong: &[(r#""a""#, "a guid")],
    },
    Kind {
        column: "text",
        wanted: "a text",
        fits: &[(r#""a""#, r#""a""#), (r#""\n""#, r#""\n""#), ("null", "None")],
        wrong: &[],
    },
    Kind {
        column: "x_custom",
        wanted: "a value",
        fits: &[
            ("true", r#""Bool(true)""#),
            ("7", r#""Int(7)""#),
            ("3000000000", r#""Int(3000000000)""#),
            ("1.5", r#""Float(1.5)""#),
            (r#""a""#, r#""Text(\"a\")""#),
        ],
        wrong: &[("null", "anything")],
    },
    Kind {
        column: "x_json",
        wanted: "nothing else",
        fits: &[
            ("true", "true"),
            ("7", "7"),
            ("3000000000", "3000000000"),
            ("1.5", "1.5"),
            (r#""a""#, r#""a""#),
            (r#"[{"b": null}]"#, r#"[{"b":null}]"#),
            ("[1]", "[1]"),
            (r#"{"a": 1}"#, r#"{"a":1}"#),
            ("null", "null"),
        ],
        wrong: &[],
    },
    Kind {
        column: "x_many",
        wanted: "a list of rows",
        fits: &[
            (
                r#"[{"name": "a"}, {}, {"name": "b", "c": 1}]"#,
                r#"[Small { name: Some("a") }, Small { name: None }, Small { name: Some("b") }]"#,
            ),
            ("[]", "[]"),
            ("null", "[]"),
        ],
        wrong: &[],
    },
    Kind {
        column: "x_single",
        wanted: "a row",
        fits: &[
            (r#"{"name": "a"}"#, r#"Some(Small { name: Some("a") })"#),
            (r#"{"a": 1}"#, "Some(Small { name: None })"),
            ("null", "None"),
        ],
        wrong: &[],
    },
    Kind {
        column: "x_string",
        wanted: "a text; make the field an `Option<String>` where the column may be empty",
        fits: &[(r#""a""#, r#""a""#), (r#""""#, r#""""#)],
        // A list or an object is not offered to the type.
        wrong: &[("[1]", "a value"), (r#"{"a": 1}"#, "a value")],
    },
];

/// Values of every JSON type, and what a message calls them.
const PROBES: &[(&str, &str)] = &[
    ("null", "null"),
    ("true", "true"),
    ("7", "7"),
    ("3000000000", "3000000000"),
    ("1.5", "1.5"),
    (r#""a""#, r#""a""#),
    ("[1]", "a list"),
    (r#"{"a": 1}"#, "an object"),
];

/// Decodes a row with one column, from JSON text and from a JSON value, which must become the same.
fn read(column: &str, json: &str) -> Result<Everything, String> {
    let text = format!("{{{column:?}: {json}}}");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let of_text = serde_json::from_str::<Row<Everything>>(&text).map_err(|error| error.to_string());
    let of_value = serde_json::from_value::<Row<Everything>>(value).map_err(|error| error.to_string());
    match (&of_text, &of_value) {
        (Ok(one), Ok(other)) => assert_eq!(one.0.shown(column), other.0.shown(column), "{text}"),
        // Errors in a text have a position, too.
        (Err(one), Err(other)) => assert!(one.starts_with(other), "{text}: {one}, {other}"),
        _ => panic!("{text}: {:?}, {:?}", of_text.is_ok(), of_value.is_ok()),
    }
    of_text.map(|row| row.0)
}

#[test]
fn a_value_becomes_a_field_of_its_kind() {
    for kind in KINDS {
        for (json, shown) in kind.fits {
            let row =
                read(kind.column, json).unwrap_or_else(|error| panic!("{}: {json}: {error}", kind.column));
            assert_eq!(row.shown(kind.column), *shown, "{}: {json}", kind.column);
        }
    }
}

#[test]
fn a_value_of_another_kind_is_refused_in_the_words_of_its_field() {
    for kind in KINDS {
        let probes = PROBES.iter().filter(|(json, _)| !kind.fits.iter().any(|(fit, _)| fit == json));
        let others = kind.wrong.iter().filter(|(json, _)| !PROBES.iter().any(|(probe, _)| probe == json));
        // Rows of lists have messages of their own.
        let rows = |json: &&(&str, &str)| !(kind.column == "x_many" && json.0 == "[1]");
        for (json, found) in probes.filter(rows).copied().chain(others.map(|(json, _)| (*json, *json))) {
            let wanted =
                kind.wrong.iter().find(|(of, _)| *of == json).map_or(kind.wanted, |(_, wanted)| wanted);
            let Err(error) = read(kind.column, json) else { panic!("{}: {json} is accepted", kind.column) };
            let message = format!("everything.{}: expected {wanted}, found {found}", kind.column);
            assert!(error.starts_with(&message), "{}: {json}: {error}\n{message}", kind.column);
        }
    }
    let Err(error) = read("x_many", "[1]") else { panic!("a number is a row") };
    assert!(error.starts_with("invalid type: integer `1`, expected a row of `small`"), "{error}");
}

/// A name that occurs twice is no error in JSON; the last value counts.
#[test]
fn a_later_value_replaces_the_one_before() {
    for kind in KINDS {
        for (before, _) in kind.fits {
            for (json, shown) in kind.fits {
                let text = format!("{{\"{0}\": {before}, \"{0}\": {json}}}", kind.column);
                let Row(row) = serde_json::from_str::<Row<Everything>>(&text)
                    .unwrap_or_else(|error| panic!("{text}: {error}"));
                assert_eq!(row.shown(kind.column), *shown, "{text}");
            }
        }
    }
}

#[test]
fn rows_of_generated_tables_are_copied_compared_and_shown_by_their_fields() {
    let plain = |column: &str, json: &str| -> Plain {
        serde_json::from_str(&format!("{{{column:?}: {json}}}"))
            .unwrap_or_else(|error| panic!("{column}: {error}"))
    };
    let empty = Plain::default();
    assert_eq!(format!("{empty:?}"), "plain");
    for kind in KINDS.iter().filter(|kind| Plain::COLUMNS.contains(&kind.column)) {
        let column = kind.column;
        for (json, shown) in kind.fits.iter().filter(|(json, _)| *json != "null") {
            let row = plain(column, json);
            assert_eq!(row, row.clone(), "{column}: {json}");
            assert_ne!(row, empty, "{column}: {json}");
            assert_eq!(format!("{row:?}"), format!("plain {{ {column}: {shown} }}"), "{column}: {json}");
            for (other, _) in kind.fits.iter().filter(|(_, other)| other != shown) {
                assert!(!equal(&row, &plain(column, other)), "{column}: {json}, {other}");
            }
        }
        assert_eq!(plain(column, "null"), empty, "{column}");
    }
    // The bytes of an image count, not their number.
    assert_ne!(plain("image", r#""AQID""#), plain("image", r#""AQIE""#));
    let etag: Plain = serde_json::from_str(r#"{"@odata.etag": "W/\"1\""}"#).unwrap();
    assert_ne!(etag, empty);
    assert_eq!(etag.clone(), etag);
    assert!(format!("{etag:?}").starts_with("plain { extra: RowExtras("), "{etag:?}");
}

#[test]
fn a_long_text_is_cut_in_a_message_after_eighty_characters() {
    for (length, told) in [
        (79, format!("\"{}\"", "ä".repeat(79))),
        (80, format!("\"{}\"", "ä".repeat(80))),
        (81, format!("\"{}\"…", "ä".repeat(80))),
        (200, format!("\"{}\"…", "ä".repeat(80))),
    ] {
        let Err(error) = read("int", &format!("\"{}\"", "ä".repeat(length))) else {
            panic!("it is a number")
        };
        assert!(
            error.starts_with(&format!("everything.int: expected a whole number, found {told}")),
            "{error}"
        );
        assert!(!error.contains(&format!("{told}…")), "{length}: {error}");
    }
}

/// Lists whose rows have other columns than the row before, in every order.
#[test]
fn every_row_of_a_list_is_read_by_its_own_names() {
    let parts = [r#""bool": true"#, r#""int": 7"#, r#""text": "a""#, r#""zzz": 1"#];
    let mut rows = vec![String::new()];
    for first in parts {
        rows.push(first.to_owned());
        for second in parts {
            for third in parts {
                if first != second && second != third && first != third {
                    rows.push(format!("{first}, {second}"));
                    rows.push(format!("{first}, {second}, {third}"));
                }
            }
        }
    }
    for one in &rows {
        for other in &rows {
            let text = format!("[{{{one}}}, {{{other}}}, {{{one}}}]");
            let Rows(read) =
                serde_json::from_str::<Rows<Plain>>(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(read.len(), 3, "{text}");
            for (row, written) in read.iter().zip([one, other, one]) {
                let alone: Plain = serde_json::from_str(&format!("{{{written}}}")).unwrap();
                assert_eq!(*row, alone, "{text}");
                assert_eq!(row.bool, written.contains("bool").then_some(true), "{text}");
                assert_eq!(row.int, written.contains("int").then_some(7), "{text}");
                assert_eq!(row.extra.other("zzz").is_some(), written.contains("zzz"), "{text}");
            }
        }
    }
    let error = serde_json::from_str::<Rows<Plain>>("{}").unwrap_err().to_string();
    assert!(error.starts_with("invalid type: map, expected a list of rows of `plain`"), "{error}");
}

/// Formats other than JSON have optional values, and names that are no texts.
#[test]
fn values_of_other_formats_are_read_like_those_of_json() {
    use serde::Deserialize as _;
    use serde::de::value::{Error, MapDeserializer};
    use serde::de::{Deserializer, IntoDeserializer, Visitor};

    /// A value that is there or not.
    struct Maybe(Option<i64>);

    impl<'de> Deserializer<'de> for Maybe {
        type Error = Error;

        fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.0 {
                Some(number) => visitor.visit_some(number.into_deserializer()),
                None => visitor.visit_none(),
            }
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct
            seq tuple tuple_struct map struct enum identifier ignored_any
        }
    }

    impl IntoDeserializer<'_, Error> for Maybe {
        type Deserializer = Self;

        fn into_deserializer(self) -> Self {
            self
        }
    }

    for (value, int) in [(Some(7), Some(7)), (None, None)] {
        let Row(row) =
            Row::<Everything>::deserialize(MapDeserializer::new([("int", Maybe(value))].into_iter()))
                .unwrap();
        assert_eq!(row.plain.int, int);
    }
    let error =
        Row::<Small>::deserialize(MapDeserializer::<_, Error>::new([(1_u32, "a")].into_iter())).unwrap_err();
    assert_eq!(error.to_string(), "invalid type: integer `1`, expected the name of a column");
}
