//! Parses JSON into a flat list of values with their positions, without recursion. The parser accepts comments
//! and commas before a closing bracket, and ends at the first thing that it cannot read.

use std::ops::Range;

use super::super::layers::pieces;
use super::super::{HostText, HostTextBuilder, json_string};

/// The maximum number of values in a file. Larger files are data, not sources.
const MAX_VALUES: usize = 2_000_000;

/// A JSON text with the positions of its values.
#[derive(Debug)]
pub(in super::super) struct Json<'s> {
    pub(in super::super) source: &'s str,
    values: Vec<Value>,
}

/// A value with its position. The values within it follow it in the list, up to `behind`.
#[derive(Clone, Copy, Debug)]
struct Value {
    kind: Kind,
    /// The byte range of the value; that of a string is without its quotes.
    start: u32,
    end: u32,
    /// The byte range of the member's name, without its quotes; empty and 0 if the value is not a member.
    key_start: u32,
    key_end: u32,
    /// The index of the first value that is not within this one.
    behind: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Object,
    Array,
    String,
    Other,
}

/// A value of a JSON text.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Node<'j> {
    json: &'j Json<'j>,
    index: usize,
}

impl<'s> Json<'s> {
    /// Parses `source`. The result has everything before the first mistake; `None` if the file has too many
    /// values.
    pub(in super::super) fn parse(source: &'s str) -> Option<Self> {
        let mut parser = Parser { bytes: source.as_bytes(), at: 0, values: Vec::new(), open: Vec::new() };
        parser.run()?;
        let mut values = parser.values;
        let count = offset(values.len());
        for index in parser.open {
            if let Some(value) = values.get_mut(index) {
                (value.behind, value.end) = (count, offset(source.len()));
            }
        }
        Some(Self { source, values })
    }

    /// Returns the values at the top. A file usually has one.
    pub(in super::super) fn roots(&self) -> impl Iterator<Item = Node<'_>> {
        Siblings { json: self, next: 0, end: self.values.len() }
    }

    /// Returns all strings, without names of members, in the order of the file.
    pub(in super::super) fn strings(&self) -> impl Iterator<Item = Node<'_>> {
        self.of_kind(Kind::String, 0..self.values.len())
    }

    /// Returns the strings with indices in `range`.
    pub(in super::super) fn strings_in(&self, range: Range<usize>) -> impl Iterator<Item = Node<'_>> {
        self.of_kind(Kind::String, range)
    }

    /// Returns all objects, in the order of the file.
    pub(in super::super) fn objects(&self) -> impl Iterator<Item = Node<'_>> {
        self.of_kind(Kind::Object, 0..self.values.len())
    }

    /// Returns the objects with indices in `range`.
    pub(in super::super) fn objects_in(&self, range: Range<usize>) -> impl Iterator<Item = Node<'_>> {
        self.of_kind(Kind::Object, range)
    }

    fn of_kind(&self, kind: Kind, range: Range<usize>) -> impl Iterator<Item = Node<'_>> {
        let start = range.start;
        let values = self.values.get(range).unwrap_or_default().iter().enumerate();
        let of_kind = values.filter(move |(_, value)| value.kind == kind);
        of_kind.map(move |(index, _)| Node { json: self, index: start + index })
    }
}

struct Siblings<'j> {
    json: &'j Json<'j>,
    next: usize,
    end: usize,
}

impl<'j> Iterator for Siblings<'j> {
    type Item = Node<'j>;

    fn next(&mut self) -> Option<Node<'j>> {
        if self.next >= self.end {
            return None;
        }
        let node = Node { json: self.json, index: self.next };
        self.next = (node.value()?.behind as usize).max(self.next + 1);
        Some(node)
    }
}

impl<'j> Node<'j> {
    fn value(self) -> Option<&'j Value> {
        self.json.values.get(self.index)
    }

    /// Returns the index of the value in the list of all values.
    pub(in super::super) fn index(self) -> usize {
        self.index
    }

    fn is(self, kind: Kind) -> bool {
        self.value().is_some_and(|value| value.kind == kind)
    }

    pub(in super::super) fn is_object(self) -> bool {
        self.is(Kind::Object)
    }

    pub(in super::super) fn is_array(self) -> bool {
        self.is(Kind::Array)
    }

    pub(in super::super) fn is_string(self) -> bool {
        self.is(Kind::String)
    }

    /// Returns the values within an object or an array.
    pub(in super::super) fn children(self) -> impl Iterator<Item = Node<'j>> {
        let end = self.value().map_or(0, |value| value.behind as usize);
        Siblings { json: self.json, next: self.index + 1, end }
    }

    /// Returns the indices of the values within this one.
    pub(in super::super) fn inner(self) -> Range<usize> {
        self.index..self.value().map_or(self.index, |value| value.behind as usize)
    }

    /// Returns the member of an object with the name `name`.
    pub(in super::super) fn get(self, name: &str) -> Option<Node<'j>> {
        if !self.is_object() {
            return None;
        }
        self.children().find(|child| child.key() == Some(name))
    }

    /// Returns the value at a path of names of members.
    pub(in super::super) fn at(self, path: &[&str]) -> Option<Node<'j>> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    /// Returns the name of the member as it is written, without its quotes.
    pub(in super::super) fn key(self) -> Option<&'j str> {
        let value = self.value().filter(|value| value.key_end > 0)?;
        self.json.source.get(value.key_start as usize..value.key_end as usize)
    }

    /// Returns the name of the member with its positions.
    pub(in super::super) fn key_text(self) -> Option<HostText> {
        let value = self.value().filter(|value| value.key_end > 0)?;
        Some(text(self.json.source, value.key_start as usize..value.key_end as usize))
    }

    /// Returns the byte range of the value; that of a string is without its quotes.
    pub(in super::super) fn range(self) -> Range<usize> {
        self.value().map_or(0..0, |value| value.start as usize..value.end as usize)
    }

    /// Returns the source of the value; that of a string is without its quotes.
    pub(in super::super) fn raw(self) -> &'j str {
        self.json.source.get(self.range()).unwrap_or_default()
    }

    /// Returns a string as it is written, without its quotes; `None` for other values.
    pub(in super::super) fn raw_string(self) -> Option<&'j str> {
        self.is_string().then(|| self.raw())
    }

    /// Returns the text of a string with its positions; `None` for other values.
    pub(in super::super) fn text(self) -> Option<HostText> {
        self.is_string().then(|| text(self.json.source, self.range()))
    }
}

/// Returns the text of the string at the byte range `range` of `source`, which is without quotes.
fn text(source: &str, range: Range<usize>) -> HostText {
    let raw = source.get(range.clone()).unwrap_or_default();
    let mut builder = HostTextBuilder::default();
    builder.begin(range.start, json_string());
    if !raw.contains('\\') {
        builder.plain(range, raw);
        return builder.finish();
    }
    for (piece, meaning) in pieces(raw, sequence) {
        let host = range.start + piece.start..range.start + piece.end;
        if raw.get(piece) == Some(meaning.as_str()) {
            builder.plain(host, &meaning);
        } else {
            builder.escape(host, &meaning);
        }
    }
    builder.finish()
}

/// Returns the length and the meaning of the escape sequence at the beginning of `rest`.
fn sequence(rest: &str) -> Option<(usize, String)> {
    let behind = rest.strip_prefix('\\')?;
    let c = behind.chars().next()?;
    let simple = match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'u' => {
            let unit = |at: usize| u16::from_str_radix(rest.get(at..at + 4)?, 16).ok();
            let first = unit(2)?;
            let mut units = vec![first];
            if (0xd800..0xdc00).contains(&first) && rest.get(6..8) == Some("\\u") {
                units.extend(unit(8));
            }
            let length = if units.len() == 2 { 12 } else { 6 };
            return match String::from_utf16(&units) {
                Ok(text) => Some((length, text)),
                Err(_) => Some((6, char::REPLACEMENT_CHARACTER.to_string())),
            };
        }
        c => c,
    };
    Some((1 + c.len_utf8(), simple.to_string()))
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

struct Parser<'s> {
    bytes: &'s [u8],
    at: usize,
    values: Vec<Value>,
    /// The indices of the objects and arrays that are open, outermost first.
    open: Vec<usize>,
}

impl Parser<'_> {
    /// Reads values up to the first mistake; `None` if there are too many.
    fn run(&mut self) -> Option<()> {
        let mut key = 0..0;
        loop {
            self.skip();
            let Some(byte) = self.bytes.get(self.at) else { return Some(()) };
            if self.values.len() >= MAX_VALUES {
                return None;
            }
            let in_object = self.open.last().and_then(|index| self.values.get(*index)).map(|v| v.kind)
                == Some(Kind::Object);
            match byte {
                b'{' | b'[' => {
                    let kind = if *byte == b'{' { Kind::Object } else { Kind::Array };
                    self.open.push(self.values.len());
                    self.push(kind, self.at..self.at + 1, std::mem::take(&mut key));
                    self.at += 1;
                }
                b'}' | b']' => {
                    self.at += 1;
                    let behind = offset(self.values.len());
                    let Some(value) = self.open.pop().and_then(|index| self.values.get_mut(index)) else {
                        return Some(());
                    };
                    (value.behind, value.end) = (behind, offset(self.at));
                    key = 0..0;
                }
                b',' | b':' => self.at += 1,
                b'"' => {
                    let Some(end) = string_end(self.bytes, self.at + 1) else { return Some(()) };
                    let range = self.at + 1..end;
                    self.at = end + 1;
                    if in_object && key.is_empty() {
                        self.skip();
                        if self.bytes.get(self.at) != Some(&b':') {
                            return Some(());
                        }
                        // An empty name has no position, and nobody asks for it.
                        key = if range.is_empty() { range.start - 1..range.start } else { range };
                    } else {
                        self.push(Kind::String, range, std::mem::take(&mut key));
                    }
                }
                b'-' | b'.' | b'+' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                    let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+');
                    let rest = self.bytes.get(self.at..).unwrap_or_default();
                    let length = rest.iter().take_while(|b| word(b)).count();
                    self.push(Kind::Other, self.at..self.at + length, std::mem::take(&mut key));
                    self.at += length;
                }
                _ => return Some(()),
            }
        }
    }

    fn push(&mut self, kind: Kind, range: Range<usize>, key: Range<usize>) {
        self.values.push(Value {
            kind,
            start: offset(range.start),
            end: offset(range.end),
            key_start: offset(key.start),
            key_end: offset(key.end),
            behind: offset(self.values.len() + 1),
        });
    }

    /// Skips white space and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let spaces = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
            let rest = rest.get(spaces..).unwrap_or_default();
            self.at += spaces;
            if rest.starts_with(b"//") {
                self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            } else if rest.starts_with(b"/*") {
                self.at += memchr::memmem::find(rest, b"*/").map_or(rest.len(), |at| at + 2);
            } else {
                return;
            }
        }
    }
}

/// Returns the offset of the quote that ends a string whose content begins at `from`.
fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_positions() {
        let source = r#"{"a": [1, {"b": "x\"\u00e9\n"}], /* no */ "c": null,}"#;
        let json = Json::parse(source).unwrap();
        let root = json.roots().next().unwrap();
        let a = root.get("a").unwrap();
        let b = a.children().nth(1).unwrap().get("b").unwrap();
        assert_eq!(b.text().unwrap().text(), "x\"é\n");
        assert_eq!(b.raw(), r#"x\"\u00e9\n"#);
        assert_eq!(root.get("c").unwrap().raw(), "null");
        assert_eq!(a.raw(), r#"[1, {"b": "x\"\u00e9\n"}]"#);
    }

    #[test]
    fn broken_texts_are_read_up_to_the_mistake() {
        for source in
            ["", "{", "{\"a", "{\"a\":", "[\"a\", }", "{\"a\" 1}", "]", "{\"a\": \"\\", "\u{0}", "[[[["]
        {
            let json = Json::parse(source).unwrap();
            assert!(json.strings().count() <= 1, "{source}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(Json::parse(&deep).unwrap().roots().count(), 1);
    }
}
