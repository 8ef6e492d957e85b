//! Defines [`Members`], which finds the members of a JSON object without decoding them.
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

/// The name of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key<'r> {
    pub(super) name: Cow<'r, str>,
    /// The name as it is in the text, with what stands between it and the value.
    pub(super) text: &'r str,
}

/// The members of a JSON object, one after the other: a key, then its value. If it is no object, or a text that is no JSON
/// turns out to be none, there is an error instead of the next member.
#[derive(Debug)]
pub(super) struct Members<'r> {
    text: &'r str,
    at: usize,
    /// Whether the end of the object was reached.
    ended: bool,
}

impl<'r> Members<'r> {
    /// Begins to read the members of an object.
    pub(super) fn new(text: &'r str) -> Result<Self, NoObject> {
        let mut members = Self { text, at: 0, ended: false };
        members.skip(b'{')?;
        members.ended = members.peek() == Some(b'}');
        Ok(members)
    }

    /// Returns the key of the next member; `None` if there is none.
    pub(super) fn key(&mut self) -> Result<Option<Key<'r>>, NoObject> {
        if self.ended {
            return Ok(None);
        }
        let start = self.at;
        let name = string(self.json()?).ok_or(NoObject)?;
        self.skip(b':')?;
        self.skip_whitespace();
        Ok(Some(Key { name, text: &self.text[start..self.at] }))
    }

    /// Goes to the value if the next member has the key with this text, which an object before had.
    pub(super) fn skip_key(&mut self, text: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(text.as_bytes());
        if found {
            self.at += text.len();
        }
        found
    }

    /// Returns the JSON of the value, after its key.
    pub(super) fn value(&mut self) -> Result<&'r str, NoObject> {
        let value = self.json()?;
        match self.peek().ok_or(NoObject)? {
            b',' => {
                self.at += 1;
                self.skip_whitespace();
            }
            b'}' => self.ended = true,
            _ => return Err(NoObject),
        }
        Ok(value)
    }

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

    /// Returns the JSON that begins here, and goes on behind it.
    fn json(&mut self) -> Result<&'r str, NoObject> {
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
        let mut members = Members::new(text)?;
        while let Some(key) = members.key()? {
            assert!(text.contains(key.text), "{key:?}");
            all.push((key.name.into_owned(), members.value()?.to_owned()));
        }
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

    #[test]
    fn a_key_is_skipped_if_it_is_the_next() {
        let mut first = Members::new(r#"{ "a" : 1, "b":2}"#).unwrap();
        let key = first.key().unwrap().unwrap();
        assert_eq!((key.name.as_ref(), key.text), ("a", "\"a\" : "));
        for (text, skipped) in [
            (r#"{"a" : 1}"#, true),
            (r#"{ "a" : 1}"#, true),
            (r#"{"a": 1}"#, false),
            (r#"{"b" : 1}"#, false),
            ("{}", false),
        ] {
            let mut other = Members::new(text).unwrap();
            assert_eq!(other.skip_key(key.text), skipped, "{text}");
            if skipped {
                assert_eq!(other.value(), Ok("1"), "{text}");
            }
        }
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
