//! Files of queries: one a line, as text or as JSON, and everything around them kept byte for byte.

mod piece;
mod write;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use dvkit_files::Links;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::input::Text;
use crate::lines::MAX_LINE;
use crate::question::Question;

pub(crate) use piece::Piece;
pub(crate) use write::replace;

/// Files longer than this are refused: 64 MiB.
const MAX_FILE: u64 = 64 << 20;
const BOM: &str = "\u{feff}";

/// A file, read whole.
pub(crate) struct QueryFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

/// One line of a file, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileLine<'a> {
    /// From one.
    pub(crate) number: usize,
    /// UTF-16 code units of the file before it.
    pub(crate) offset: usize,
    /// Where it begins in the bytes of the file.
    pub(crate) start: usize,
    /// The text, or why it cannot be used.
    pub(crate) text: Result<&'a str, &'static str>,
}

/// A query in a line.
pub(crate) struct Entry<'a> {
    /// The text of the query.
    pub(crate) query: Piece<'a>,
    /// Beside it in a line of JSON: the table, and how to check.
    pub(crate) json: Option<(Question<'a>, Option<Piece<'a>>)>,
}

impl QueryFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// Where it is no file, cannot be read, is too long, or is UTF-16.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let cannot = || format!("cannot read `{}`", path.display());
        let bytes = dvkit_files::read(path, Links::Named, MAX_FILE).with_context(cannot)?;
        // The shell of Windows writes such files with `>`.
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            bail!("{}: it is UTF-16; save it as UTF-8", cannot());
        }
        Ok(Self { path: path.to_owned(), bytes })
    }

    /// Its lines, in order.
    pub(crate) fn lines(&self) -> impl Iterator<Item = FileLine<'_>> {
        let bytes = &self.bytes;
        // A byte order mark is no part of the text, and nobody counts it.
        let mut start = if bytes.starts_with(BOM.as_bytes()) { BOM.len() } else { 0 };
        let (mut number, mut offset) = (0, 0);
        std::iter::from_fn(move || {
            let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
            let end = rest.iter().position(|b| *b == b'\n');
            let content = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
            let length = content.len() + usize::from(end.is_some());
            let whole = rest.get(..length).unwrap_or(rest);
            number += 1;
            let text = match std::str::from_utf8(content.strip_suffix(b"\r").unwrap_or(content)) {
                Ok(text) if text.len() > MAX_LINE => Err("longer than 1 MiB"),
                Ok(text) => Ok(text),
                Err(_) => Err("not UTF-8"),
            };
            let line = FileLine { number, offset, start, text };
            start += length;
            offset += String::from_utf8_lossy(whole).encode_utf16().count();
            Some(line)
        })
    }
}

/// What is asked in a line: nothing where it is blank or a comment; the error is a sentence.
pub(crate) fn entry(line: &str) -> Result<Option<Entry<'_>>, String> {
    let text = line.trim();
    if text.is_empty() || text.starts_with('#') || text.starts_with("//") {
        return Ok(None);
    }
    // A placeholder `{id}` opens with a brace as well, but no filter goes on with a quote or ends there.
    let inside = text.strip_prefix('{').map(str::trim_start);
    if inside.is_some_and(|rest| rest.starts_with(['"', '}'])) {
        return json_entry(line, text).map(Some);
    }
    Ok(Some(Entry { query: Piece::plain(line, text), json: None }))
}

/// The members that are shown at their place.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    query: Option<&'a RawValue>,
    #[serde(borrow)]
    filter: Option<&'a RawValue>,
    #[serde(borrow)]
    table: Option<&'a RawValue>,
    #[serde(borrow)]
    entity_set: Option<&'a RawValue>,
}

fn json_entry<'a>(line: &'a str, text: &'a str) -> Result<Entry<'a>, String> {
    let question = Question::read(text)?;
    question.text()?;
    question.table()?;
    let raw: Raw<'_> = serde_json::from_str(text).map_err(|e| e.to_string())?;
    // `null` stands for nothing.
    let piece = |value: Option<&'a RawValue>| value.and_then(|v| Piece::json(line, v.get()));
    let query = piece(raw.query).or_else(|| piece(raw.filter));
    let query = query.ok_or_else(|| "no `query` and no `filter`".to_owned())?;
    let table = piece(raw.table).or_else(|| piece(raw.entity_set));
    Ok(Entry { query, json: Some((question, table)) })
}

impl Entry<'_> {
    /// What is asked about.
    pub(crate) fn text(&self) -> Text<'_> {
        match self.json.as_ref().and_then(|(question, _)| question.text().ok()) {
            Some(text) => text,
            None => Text::read(self.query.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> QueryFile {
        QueryFile { path: "a".into(), bytes: bytes.to_vec() }
    }

    #[test]
    fn lines_know_where_they_stand() {
        let file = file("\u{feff}é\r\n\n😀 x\nlast".as_bytes());
        let lines: Vec<_> = file.lines().map(|l| (l.number, l.offset, l.start, l.text)).collect();
        assert_eq!(
            lines,
            [(1, 0, 3, Ok("é")), (2, 3, 7, Ok("")), (3, 4, 8, Ok("😀 x")), (4, 9, 15, Ok("last"))]
        );
    }

    #[test]
    fn what_cannot_be_used_takes_its_line_only() {
        let mut bytes = b"a\n\xff\n".to_vec();
        bytes.extend(vec![b'x'; MAX_LINE + 1]);
        bytes.extend(b"\nb");
        let file = file(&bytes);
        let texts: Vec<_> = file.lines().map(|l| l.text).collect();
        assert_eq!(texts, [Ok("a"), Err("not UTF-8"), Err("longer than 1 MiB"), Ok("b")]);
        assert_eq!(super::QueryFile { path: "a".into(), bytes: Vec::new() }.lines().count(), 0);
    }

    #[test]
    fn blanks_and_comments_ask_nothing() {
        for line in ["", "  \t", "# a eq 1", " // note", "//"] {
            assert!(entry(line).unwrap().is_none(), "{line}");
        }
        let plain = entry("  a eq 1 ").unwrap().unwrap();
        assert_eq!(plain.text(), Text::Filter("a eq 1"));
        assert_eq!(entry("contacts?$top=1").unwrap().unwrap().text(), Text::Request("contacts?$top=1"));
        assert_eq!(entry("{id} eq a").unwrap().unwrap().text(), Text::Filter("{id} eq a"));
    }

    #[test]
    fn json_lines_ask_as_the_batch_does() {
        let entry_of = |line| entry(line).map(|e| e.unwrap());
        let line = r#" {"n":1, "table":"contact","filter":"a eq 'x'"}"#;
        let json = entry_of(line).unwrap();
        assert_eq!(json.text(), Text::Filter("a eq 'x'"));
        let (_, table) = json.json.as_ref().unwrap();
        assert_eq!(table.as_ref().unwrap().text(), "contact");
        assert_eq!(entry_of(r#"{"query":"$top=1"}"#).unwrap().text(), Text::Request("$top=1"));
        for wrong in
            ["{}", r#"{"query":"a","filter":"b"}"#, r#"{"query":1}"#, r#"{"query":"a""#, r#"{"filter":null}"#]
        {
            assert!(entry_of(wrong).is_err(), "{wrong}");
        }
    }
}
