//! Builds the answer of a tool within a budget. Every tool adds its results to an [`Answer`], which accepts only
//! what still fits, so that no answer is larger than the caller allowed.
//!
//! An answer has two forms with the same content: JSON members and lines of text. The budget is for both together,
//! because some programs show a model the one, some the other, and some both.

use dvkit_diagnostic::printable;
use serde_json::{Map, Value};

/// The number of bytes of UTF-8 that count as one token.
pub const BYTES_PER_TOKEN: usize = 4;

/// The smallest budget of an answer, in tokens.
pub const MIN_BUDGET: usize = 50;

/// The largest budget of an answer, in tokens.
pub const MAX_BUDGET: usize = 50_000;

/// The budget of an answer, in tokens, if the caller gives none.
pub const DEFAULT_BUDGET: usize = 2_000;

/// The maximum number of bytes of the sentence that says how to get the rest of an answer.
const MAX_REST: usize = 40;

/// The bytes that are kept free for the members and the line that say that an answer is truncated.
const RESERVE: usize = r#""truncated":true,"rest":"","#.len() + "truncated: \n".len() + 2 * MAX_REST;

/// The result of a call of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolAnswer {
    /// The answer as text.
    pub text: String,
    /// The same answer as JSON; `None` if the call failed before there was anything to answer.
    pub structured: Option<Value>,
    /// Whether the tool did not do what it was asked for.
    pub is_error: bool,
}

impl ToolAnswer {
    /// Returns the answer to a call that failed, whose text is the sentence `why`. It is cut if it is longer than
    /// `budget` tokens.
    pub(crate) fn error(why: &str, budget: usize) -> Self {
        let why = printable::block(why).to_string();
        Self { text: cut(&why, budget * BYTES_PER_TOKEN), structured: None, is_error: true }
    }

    /// Returns the number of tokens of the answer: the bytes of its text and of its JSON together, divided by
    /// [`BYTES_PER_TOKEN`] and rounded up.
    #[must_use]
    pub fn tokens(&self) -> usize {
        (self.text.len() + self.structured.as_ref().map_or(0, length)).div_ceil(BYTES_PER_TOKEN)
    }
}

/// Returns the text, or the beginning of it that has at most `most` bytes, with `…` at its end.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most.saturating_sub('…'.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", text.get(..end).unwrap_or_default())
}

/// Returns the number of bytes of a value as JSON.
fn length(value: &Value) -> usize {
    value.to_string().len()
}

/// Returns the value with all unprintable characters in its texts escaped, except line feeds and tabs.
fn clean(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(printable::block(&text).to_string()),
        Value::Array(values) => values.into_iter().map(clean).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (printable::block(&name).to_string(), clean(value)))
            .collect(),
        other => other,
    }
}

/// An answer that is being built, within a budget.
#[derive(Debug)]
pub(crate) struct Answer {
    limit: usize,
    used: usize,
    members: Map<String, Value>,
    text: String,
    rest: Option<String>,
    is_error: bool,
}

impl Answer {
    /// Returns an empty answer for a budget in tokens.
    pub(crate) fn new(budget: usize) -> Self {
        let limit = (budget.max(MIN_BUDGET) * BYTES_PER_TOKEN).saturating_sub(RESERVE);
        Self {
            limit,
            used: "{}".len(),
            members: Map::new(),
            text: String::new(),
            rest: None,
            is_error: false,
        }
    }

    /// Returns whether `bytes` more fit, and counts them if so. Nothing fits any more once something did not fit.
    fn reserve(&mut self, bytes: usize) -> bool {
        let fits = self.rest.is_none() && self.used + bytes <= self.limit;
        if fits {
            self.used += bytes;
        } else if self.rest.is_none() {
            self.rest = Some("raise `budget`".to_owned());
        }
        fits
    }

    /// Adds a line of text. Returns `false` if it does not fit.
    pub(crate) fn line(&mut self, line: &str) -> bool {
        let line = printable::block(line).to_string();
        let fits = self.reserve(line.len() + 1);
        if fits {
            self.push(&line);
        }
        fits
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Adds a member with the line that says the same. Returns `false` if both together do not fit. An empty line is
    /// left out.
    pub(crate) fn member(&mut self, name: &str, value: impl Into<Value>, line: &str) -> bool {
        let value = clean(value.into());
        let line = printable::block(line).to_string();
        let in_text = if line.is_empty() { 0 } else { line.len() + 1 };
        let fits = self.reserve(name.len() + "\"\":,".len() + length(&value) + in_text);
        if fits {
            self.members.insert(name.to_owned(), value);
            if in_text > 0 {
                self.push(&line);
            }
        }
        fits
    }

    /// Returns whether an element fits into the list `name` with its line, and leaves `kept` bytes free.
    pub(crate) fn fits(&self, name: &str, value: &Value, line: &str, kept: usize) -> bool {
        let value = clean(value.clone());
        let line = printable::block(line).to_string();
        self.rest.is_none() && self.used + self.item_length(name, &value, &line) + kept <= self.limit
    }

    fn item_length(&self, name: &str, value: &Value, line: &str) -> usize {
        let in_text = if line.is_empty() { 0 } else { line.len() + 1 };
        let list = if self.members.contains_key(name) { 0 } else { name.len() + "\"\":[],".len() };
        list + length(value) + 1 + in_text
    }

    /// Adds an element to the list `name`, with the line that says the same. Returns `false` if both together do not
    /// fit.
    pub(crate) fn item(&mut self, name: &str, value: impl Into<Value>, line: &str) -> bool {
        let value = clean(value.into());
        let line = printable::block(line).to_string();
        let fits = self.reserve(self.item_length(name, &value, &line));
        if fits {
            let list = self.members.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(values) = list {
                values.push(value);
            }
            if !line.is_empty() {
                self.push(&line);
            }
        }
        fits
    }

    /// Marks the answer as truncated. `how` is a short sentence that says how to get the rest, such as
    /// ``pass `offset` 20``.
    pub(crate) fn truncate(&mut self, how: impl Into<String>) {
        let how = how.into();
        debug_assert!(how.len() <= MAX_REST, "{how}");
        self.rest = Some(cut(&how, MAX_REST));
    }

    /// Returns the number of bytes that still fit.
    pub(crate) fn room(&self) -> usize {
        if self.rest.is_some() { 0 } else { self.limit - self.used.min(self.limit) }
    }

    /// Returns whether something did not fit, or the answer was marked as truncated.
    pub(crate) fn is_truncated(&self) -> bool {
        self.rest.is_some()
    }

    /// Marks the answer as one to a call that did not do what it was asked for.
    pub(crate) fn refuse(&mut self) {
        self.is_error = true;
    }

    /// Returns the finished answer.
    pub(crate) fn finish(mut self) -> ToolAnswer {
        if let Some(rest) = self.rest.take() {
            self.push(&format!("truncated: {rest}"));
            self.members.insert("truncated".to_owned(), Value::Bool(true));
            self.members.insert("rest".to_owned(), Value::String(rest));
        }
        let text = self.text.trim_end().to_owned();
        ToolAnswer { text, structured: Some(Value::Object(self.members)), is_error: self.is_error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_answer_is_never_larger_than_its_budget(
            budget in MIN_BUDGET..400,
            items in prop::collection::vec((".{0,40}", ".{0,60}", any::<bool>()), 0..40),
        ) {
            let mut answer = Answer::new(budget);
            for (n, (value, line, is_item)) in items.iter().enumerate() {
                let fits = match is_item {
                    true => answer.item("items", value.as_str(), line),
                    false => answer.member(&format!("member{n}"), value.as_str(), line),
                };
                prop_assert_eq!(!fits, answer.is_truncated());
            }
            let answer = answer.finish();
            prop_assert!(answer.tokens() <= budget, "{} of {budget}", answer.tokens());
            prop_assert!(answer.text.chars().all(|c| printable::is_printable(c) || matches!(c, '\n' | '\t')));
        }
    }

    #[test]
    fn an_answer_that_does_not_fit_says_so_in_both_forms() {
        let mut answer = Answer::new(MIN_BUDGET);
        assert!(answer.member("ok", true, "right"));
        assert!(!answer.member("long", "x".repeat(200), ""));
        assert!(!answer.member("short", "x", ""), "nothing follows what was left out");
        let answer = answer.finish();
        assert_eq!(answer.text, "right\ntruncated: raise `budget`");
        let expected = serde_json::json!({"ok": true, "truncated": true, "rest": "raise `budget`"});
        assert_eq!(answer.structured, Some(expected));
    }

    #[test]
    fn control_characters_are_escaped() {
        let mut answer = Answer::new(DEFAULT_BUDGET);
        answer.member("name", serde_json::json!({"a\u{1b}": ["\u{202e}b\n"]}), "\u{7}c");
        let answer = answer.finish();
        assert_eq!(answer.text, "\\u{7}c");
        assert_eq!(answer.structured, Some(serde_json::json!({"name": {"a\\u{1b}": ["\\u{202e}b\n"]}})));
    }

    #[test]
    fn an_error_is_cut_between_characters() {
        let answer = ToolAnswer::error(&"é".repeat(300), MIN_BUDGET);
        assert_eq!((answer.text, answer.is_error), (format!("{}…", "é".repeat(98)), true));
        for (text, most, expected) in [
            ("", 3, ""),
            ("abc", 3, "abc"),
            ("abcd", 3, "…"),
            ("abcd", 4, "abcd"),
            ("abcdef", 5, "ab…"),
            ("ééé", 6, "ééé"),
            ("ééé", 5, "é…"),
            ("ééé", 4, "…"),
            ("a€€€", 9, "a€…"),
            ("a€€€", 8, "a€…"),
            ("a€€€", 7, "a€…"),
            ("a€€€", 6, "a…"),
            ("😀😀😀", 11, "😀😀…"),
            ("😀😀😀", 10, "😀…"),
            ("😀😀😀", 6, "…"),
        ] {
            assert_eq!(cut(text, most), expected, "{text} in {most} bytes");
            assert!(cut(text, most).len() <= most, "{text} in {most} bytes");
        }
    }

    #[test]
    fn what_takes_exactly_the_room_that_is_left_fits_and_a_byte_more_does_not() {
        /// Adds what takes a number of bytes.
        type Add = fn(&mut Answer, usize) -> bool;
        let text = |length: usize| "x".repeat(length);
        let ways: [(&str, Add); 7] = [
            ("a line", |answer, n| answer.line(&"x".repeat(n - 1))),
            ("a member", |answer, n| answer.member("m", "x".repeat(n - "\"m\":\"\",y\n".len()), "y")),
            ("a silent member", |answer, n| answer.member("m", "x".repeat(n - "\"m\":\"\",".len()), "")),
            ("a first item", |answer, n| answer.item("l", "x".repeat(n - "\"l\":[],\"\",y\n".len()), "y")),
            ("a silent first item", |answer, n| answer.item("l", "x".repeat(n - "\"l\":[],\"\",".len()), "")),
            ("a second item", |answer, n| {
                answer.item("l", 1, "");
                answer.item("l", "x".repeat(n - "\"l\":[],1,\"\",y\n".len()), "y")
            }),
            ("an item with a line of its own", |answer, n| {
                answer.item("l", 1, &"x".repeat(n - "\"l\":[],1,\n".len()))
            }),
        ];
        let first = Answer::new(MIN_BUDGET).room();
        for (name, add) in ways {
            let mut answer = Answer::new(MIN_BUDGET);
            assert!(add(&mut answer, 30), "{name}");
            assert_eq!(answer.room(), first - 30, "{name}");
            assert!(answer.line(&text(first - 31)), "{name} and a line");
            assert_eq!((answer.room(), answer.is_truncated()), (0, false), "{name} and a line");

            let mut answer = Answer::new(MIN_BUDGET);
            assert!(add(&mut answer, first), "{name}");
            assert_eq!((answer.room(), answer.is_truncated()), (0, false), "{name}");
            assert!(answer.finish().text.len() < first, "{name}");

            let mut answer = Answer::new(MIN_BUDGET);
            assert!(!add(&mut answer, first + 1), "{name}");
            assert_eq!((answer.room(), answer.is_truncated()), (0, true), "{name}");
            assert!(!answer.line(""), "nothing follows {name} that was left out");
            assert_eq!(answer.finish().text, "truncated: raise `budget`", "{name}");
        }
    }

    #[test]
    fn an_item_is_said_to_fit_if_it_leaves_the_bytes_that_are_kept() {
        let value = Value::from("x");
        let first = Answer::new(MIN_BUDGET).room();
        for (listed, line, length) in [
            (false, "", "\"l\":[],\"x\",".len()),
            (false, "y", "\"l\":[],\"x\",y\n".len()),
            (true, "", "\"x\",".len()),
            (true, "y", "\"x\",y\n".len()),
        ] {
            let mut answer = Answer::new(MIN_BUDGET);
            if listed {
                assert!(answer.item("l", 1, ""));
            }
            let room = if listed { first - "\"l\":[],1,".len() } else { first };
            assert!(answer.fits("l", &value, line, room - length), "{listed} {line}");
            assert!(!answer.fits("l", &value, line, room - length + 1), "{listed} {line}");
            assert!(!answer.is_truncated(), "to ask changes nothing");
            answer.truncate("pass `offset` 1");
            assert!(!answer.fits("l", &value, line, 0), "nothing fits any more");
        }
    }
}
