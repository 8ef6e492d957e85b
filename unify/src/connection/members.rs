//! Finds the members of a JSON object without decoding them.
//!
//! The client has checked that a response is JSON, so that only the ends of names and values are looked for here. That takes
//! a fraction of the time of another check, for pages with thousands of rows.

use std::borrow::Cow;

use memchr::memchr2;
use thiserror::Error;

use super::row::string;

/// A text that is no JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it is no JSON object")]
pub(super) struct NoObject;

/// Calls `each` with the members of a JSON object: the name, and the value as its JSON.
///
/// # Errors
/// Returns an error if the text is no object. Of a text that is no JSON some members may have been found before that.
pub(super) fn members<'r>(
    text: &'r str,
    mut each: impl FnMut(Cow<'r, str>, &'r str),
) -> Result<(), NoObject> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.skip(b'{')?;
    if scanner.peek() == Some(b'}') {
        return Ok(());
    }
    loop {
        scanner.skip_whitespace();
        let name = string(scanner.value()?).ok_or(NoObject)?;
        scanner.skip(b':')?;
        scanner.skip_whitespace();
        each(name, scanner.value()?);
        match scanner.peek().ok_or(NoObject)? {
            b',' => scanner.at += 1,
            b'}' => return Ok(()),
            _ => return Err(NoObject),
        }
    }
}

/// A place in a JSON text.
struct Scanner<'r> {
    text: &'r str,
    at: usize,
}

impl<'r> Scanner<'r> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Returns the next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        self.skip_whitespace();
        self.byte()
    }

    fn skip(&mut self, byte: u8) -> Result<(), NoObject> {
        match self.peek() {
            Some(next) if next == byte => {
                self.at += 1;
                Ok(())
            }
            _ => Err(NoObject),
        }
    }

    /// Returns the value that begins here, and goes on behind it.
    fn value(&mut self) -> Result<&'r str, NoObject> {
        let start = self.at;
        match self.byte().ok_or(NoObject)? {
            b'"' => self.skip_string()?,
            b'{' | b'[' => self.skip_nested()?,
            _ => {
                while !matches!(
                    self.byte(),
                    None | Some(b',' | b'}' | b']' | b':' | b' ' | b'\t' | b'\n' | b'\r')
                ) {
                    self.at += 1;
                }
            }
        }
        self.text.get(start..self.at).filter(|value| !value.is_empty()).ok_or(NoObject)
    }

    /// Goes behind the string that begins here.
    fn skip_string(&mut self) -> Result<(), NoObject> {
        self.at += 1;
        loop {
            let rest = self.text.as_bytes().get(self.at..).ok_or(NoObject)?;
            let found = memchr2(b'"', b'\\', rest).ok_or(NoObject)?;
            if rest[found] == b'"' {
                self.at += found + 1;
                return Ok(());
            }
            // The character after a backslash ends no string.
            self.at += found + 2;
        }
    }

    /// Goes behind the object or the list that begins here.
    fn skip_nested(&mut self) -> Result<(), NoObject> {
        let mut depth = 0_usize;
        loop {
            match self.byte().ok_or(NoObject)? {
                b'"' => {
                    self.skip_string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;
    use serde_json::{Map, Value};

    use super::*;

    fn found(text: &str) -> Result<Vec<(String, String)>, NoObject> {
        let mut all = Vec::new();
        members(text, |name, value| all.push((name.into_owned(), value.to_owned())))?;
        Ok(all)
    }

    #[test]
    fn the_members_of_an_object_are_its_names_and_the_json_of_its_values() {
        for (text, expected) in [
            ("{}", vec![]),
            (" {\t} ", vec![]),
            (r#"{"a":1}"#, vec![("a", "1")]),
            ("\n{ \"a\" : -1.5e3 ,\r\n\t\"b\" : null }\n", vec![("a", "-1.5e3"), ("b", "null")]),
            (
                r#"{"a":"","b":"x,}\"]","c":"\\","d":"é\u0022"}"#,
                vec![("a", r#""""#), ("b", r#""x,}\"]""#), ("c", r#""\\""#), ("d", r#""é\u0022""#)],
            ),
            (r#"{"\u0061\"":true}"#, vec![("a\"", "true")]),
            (
                r#"{"a":{"b":[1,{"c":"}]"}],"d":{}},"e":[ ]}"#,
                vec![("a", r#"{"b":[1,{"c":"}]"}],"d":{}}"#), ("e", "[ ]")],
            ),
            (r#"{"a":1,"a":2}"#, vec![("a", "1"), ("a", "2")]),
        ] {
            let expected: Vec<_> =
                expected.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            assert_eq!(found(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_object_is_an_error() {
        for text in [
            "",
            " ",
            "null",
            "1",
            "\"{}\"",
            "[1]",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":}",
            "{\"a\":1",
            "{\"a\":1,",
            "{\"a\":1,}",
            "{\"a\":1 1}",
            "{\"a\":[]1}",
            "{\"a\" 1}",
            "{a:1}",
            "{1:1}",
            "{\"a\":\"",
            "{\"a\":\"\\",
            "{\"a\":\"\\\"",
            "{\"a\":[",
            "{\"a\":[\"",
            "{\"a\":{]",
            "{,}",
        ] {
            assert!(found(text).is_err(), "{text}: {:?}", found(text));
        }
    }

    /// Returns any JSON.
    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
            "[\"\\\\{}\\[\\],: \\n]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec(("\\PC{0,6}|[\"\\\\]{0,3}", inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn members_are_those_that_a_json_parser_finds(value in json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let parsed: Result<std::collections::BTreeMap<String, &RawValue>, _> = serde_json::from_str(&text);
            match (found(&text), parsed) {
                (Ok(found), Ok(parsed)) => {
                    let found: std::collections::BTreeMap<String, String> = found.into_iter().collect();
                    prop_assert_eq!(found, parsed.into_iter().map(|(name, value)| (name, value.get().to_owned())).collect());
                }
                (found, parsed) => prop_assert!(found.is_err() && parsed.is_err(), "{}: {:?} {:?}", text, found, parsed),
            }
        }

        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,40}|[\"\\\\{}\\[\\],: 1a]{0,20}") {
            let _ = found(&text);
        }
    }
}
