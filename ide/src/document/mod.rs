//! Reads files of queries as documents, with the position of each query, and writes changed queries back.
//! Streams are read by the same rules ([`each_query`]).
//!
//! # The queries of a document
//! - The first character of a query determines its form. `<` begins one FetchXML document of any number of
//!   lines; several may follow one another, also on one line. `{` before a member name begins a JSON object,
//!   usually on one line. Everything else is OData, or encoded FetchXML.
//! - OData has one query per line, which may have continuation lines directly below. A line continues the
//!   query above if no query can begin like it (`&`, `and`, `or`, `)`, `,`, `;`). A line that is indented
//!   deeper also continues the query above if that is open (a bracket, or a comma at its end), or if the line
//!   begins with `?`. `dvkit fmt` prints this layout.
//! - Empty lines, lines that begin with `#` or `//`, and XML comments and processing instructions between
//!   queries are ignored.
//! - Files are UTF-8, with or without a byte order mark, or UTF-16 with one. A file keeps its encoding.
//!
//! # Writing
//! Only the bytes of changed queries are replaced ([`Document::rewritten`]). A query whose end is not certain
//! is read, but never written ([`QueryItem::doubt`]). The new text is parsed before it is written: it has to
//! have the same queries, with the changed ones in their places.

mod embedded;
mod encoding;
mod entry;
mod json;
mod layout;
mod scan;
mod stream;
mod write;
mod xml;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use dvkit_files::LinkPolicy;

use crate::Error;

pub(crate) use encoding::Encoding;
use scan::{QuerySpan, Scanner};
pub(crate) use write::replace;

pub use embedded::EmbeddedText;
pub use entry::QueryEntry;
pub use stream::{decoded, each_query};

/// The maximum size of a file of queries in bytes, 64 MiB.
const MAX_FILE: u64 = 64 << 20;

/// The reason for not writing a changed query: if the file were read again, it would not contain the expected
/// query.
pub const NOT_READ_BACK: &str = "what would be written is not read back as the same query";

/// Reads a whole file into memory, up to the maximum size. Returns an error if the file is larger, or cannot
/// be read.
pub(crate) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    dvkit_files::read(path, LinkPolicy::FollowNamed, MAX_FILE)
}

/// A file of queries: its text with the positions of the queries.
#[derive(Debug)]
pub struct Document {
    /// The path of the file, as the caller gave it.
    pub path: PathBuf,
    bytes: Vec<u8>,
    encoding: Encoding,
    /// The text of the file in UTF-8, without a byte order mark.
    text: Vec<u8>,
    found: Vec<QuerySpan>,
}

/// A query in a document or a stream, or a query given as an argument.
#[derive(Debug)]
pub struct QueryItem<'a> {
    /// The number of the query's first line, counted from 1.
    pub line: usize,
    /// The number of bytes in the document before the first line. A byte order mark does not count.
    pub start: usize,
    /// The number of UTF-16 code units in the document before the first line; 0 in a stream.
    pub utf16_start: usize,
    /// The whole lines that the query is on, without the last line break.
    pub lines: &'a str,
    /// The byte range of the query in `lines`.
    pub range: Range<usize>,
    /// The query; an error with a sentence if the query cannot be used.
    pub entry: Result<QueryEntry<'a>, String>,
    /// A sentence with the reason why the query must not be replaced; `None` if it may be replaced.
    pub doubt: Option<&'static str>,
}

impl<'a> QueryItem<'a> {
    /// Returns an item for a query that is not in a document, such as an argument.
    #[must_use]
    pub fn given(text: &'a str) -> Self {
        let lines = text.trim();
        let range = 0..lines.len();
        Self {
            line: 1,
            start: 0,
            utf16_start: 0,
            lines,
            range: range.clone(),
            entry: QueryEntry::read(lines, range),
            doubt: None,
        }
    }

    /// Returns the item for a query that the scanner found. `text` is a part of the document that contains
    /// the query, `base` is the byte offset of `text` in the document, and `utf16_start` becomes the field of
    /// that name. `not_text` is the reason to give if the lines of the query are not UTF-8.
    fn new(
        found: &QuerySpan,
        text: &'a [u8],
        base: usize,
        utf16_start: usize,
        not_text: &'static str,
    ) -> Self {
        let moved =
            |range: &Range<usize>, by: usize| range.start.wrapping_sub(by)..range.end.wrapping_sub(by);
        let lines = text.get(moved(&found.lines, base)).unwrap_or_default();
        let range = moved(&found.query, found.lines.start);
        let (lines, entry) = match (found.broken, std::str::from_utf8(lines)) {
            (Some(why), lines) => (lines.unwrap_or_default(), Err(why.to_owned())),
            (None, Ok(lines)) => (lines, QueryEntry::read(lines, range.clone())),
            (None, Err(_)) => ("", Err(not_text.to_owned())),
        };
        Self {
            line: found.number,
            start: found.lines.start,
            utf16_start,
            lines,
            range,
            entry,
            doubt: found.doubt,
        }
    }

    /// Returns the query as it is written in the document; for a query in a JSON object, the whole object.
    #[must_use]
    pub fn written(&self) -> &'a str {
        self.lines.get(self.range.clone()).unwrap_or_default()
    }

    /// Returns the text that must replace [`written`](Self::written) to change the query of `entry` to
    /// `query`.
    #[must_use]
    pub fn replaced(&self, entry: &QueryEntry<'_>, query: &str) -> String {
        let lines = entry.query.replaced(self.lines, query);
        let behind = self.lines.len().saturating_sub(self.range.end);
        lines.get(self.range.start..lines.len() - behind).unwrap_or_default().to_owned()
    }
}

impl Document {
    /// Reads the file at `path` as a document.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, is larger than 64 MiB, or does not contain text.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = read_file(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Self::new(path.to_owned(), bytes).map_err(|why| Error::NotText { path: path.to_owned(), why })
    }

    /// Returns a document with the given bytes, which are those of a file or the content of an editor.
    ///
    /// # Errors
    /// Returns a sentence as an error if the bytes are not text.
    pub fn new(path: PathBuf, bytes: Vec<u8>) -> Result<Self, &'static str> {
        let encoding = Encoding::of(&bytes);
        let text = encoding.decode(&bytes)?.into_owned();
        let found = scan(&text);
        Ok(Self { path, bytes, encoding, text, found })
    }

    /// Returns the queries in the order of the document.
    pub fn items(&self) -> impl Iterator<Item = QueryItem<'_>> {
        let (mut at, mut offset) = (0, 0);
        self.found.iter().map(move |found| {
            let before = self.text.get(at..found.lines.start).unwrap_or_default();
            offset += String::from_utf8_lossy(before).encode_utf16().count();
            at = at.max(found.lines.start);
            QueryItem::new(found, &self.text, 0, offset, self.encoding.not_text())
        })
    }

    /// Returns the text of the document, without a byte order mark.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }

    /// Returns the text of the document, which is copied only if it is not valid UTF-8.
    pub(crate) fn utf8(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }

    /// Returns the line break that the document uses, `\r\n` or `\n`. This is the first one in the text;
    /// `\n` if the text has none.
    #[must_use]
    pub fn line_end(&self) -> &'static str {
        let end = self.text.iter().position(|b| *b == b'\n').unwrap_or(0);
        if end > 0 && self.text.get(end - 1) == Some(&b'\r') { "\r\n" } else { "\n" }
    }

    /// Returns whether the text `change` can replace the query with the index `n` in [`items`](Self::items).
    /// This is so if the changed document is read with `change` as one query and with the same neighbouring
    /// queries.
    #[must_use]
    pub fn fits(&self, n: usize, change: &str) -> bool {
        let Some(found) = self.found.get(n) else { return false };
        let around = |n: Option<usize>| n.and_then(|n| self.found.get(n));
        let start = around(n.checked_sub(1)).map_or(0, |before| before.lines.start);
        let end = around(Some(n + 1)).map_or(self.text.len(), |behind| behind.lines.end);
        let part = |range: Range<usize>| self.text.get(range).unwrap_or_default();
        let old = part(start..end);
        let new = [part(start..found.query.start), change.as_bytes(), part(found.query.end..end)].concat();
        // Earlier queries may share the first line.
        let which = scan(old).iter().position(|f| f.query.start + start == found.query.start);
        which.is_some_and(|n| same((old, &scan(old)), (&new, &scan(&new)), |m| (m == n).then_some(change)))
    }

    /// Returns the document with some queries replaced. A key in `changes` is the index of a query in
    /// [`items`](Self::items), and its value is the new text.
    ///
    /// # Errors
    /// Returns a sentence as an error if the new document would not be read as the same queries with these
    /// replacements.
    pub fn rewritten(&self, changes: &BTreeMap<usize, String>) -> Result<Self, &'static str> {
        let mut text = Vec::with_capacity(self.text.len());
        let mut at = 0;
        for (n, found) in self.found.iter().enumerate() {
            let Some(change) = changes.get(&n) else { continue };
            text.extend_from_slice(self.text.get(at..found.query.start).unwrap_or_default());
            text.extend_from_slice(change.as_bytes());
            at = found.query.end;
        }
        text.extend_from_slice(self.text.get(at..).unwrap_or_default());
        let found = scan(&text);
        if !same((&self.text, &self.found), (&text, &found), |n| changes.get(&n).map(String::as_str)) {
            return Err(NOT_READ_BACK);
        }
        let bytes = self.encoding.encode(&text);
        Ok(Self { path: self.path.clone(), bytes, encoding: self.encoding, text, found })
    }

    /// Writes this document to its file. `old` is the document that was read from the file, and from which
    /// [`rewritten`](Self::rewritten) made this document.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written, or has changed since `old` was read. The file is then
    /// unchanged.
    pub fn write(&self, old: &Self) -> Result<(), Error> {
        let path = || self.path.clone();
        let now = read_file(&self.path).map_err(|source| Error::Read { path: path(), source })?;
        if now != old.bytes {
            return Err(Error::Changed { path: path() });
        }
        replace(&self.path, &self.bytes).map_err(|source| Error::Write { path: path(), source })
    }
}

/// Returns whether a new text has the same queries as an old text, except for the changed ones. Each text is
/// given with the positions of its queries. `change` returns the new text of the query with an index; `None`
/// if the query is not changed.
fn same<'a>(
    (old_text, old): (&'a [u8], &[QuerySpan]),
    (new_text, new): (&[u8], &[QuerySpan]),
    change: impl Fn(usize) -> Option<&'a str>,
) -> bool {
    old.len() == new.len()
        && old.iter().zip(new).enumerate().all(|(n, (old, new))| {
            let wanted = change(n).map(str::as_bytes).or_else(|| old_text.get(old.query.clone()));
            new_text.get(new.query.clone()) == wanted && (old.broken, old.doubt) == (new.broken, new.doubt)
        })
}

fn scan(text: &[u8]) -> Vec<QuerySpan> {
    let mut scanner = Scanner::new();
    let mut at = 0;
    for line in text.split_inclusive(|b| *b == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        scanner.line(at, content.strip_suffix(b"\r").unwrap_or(content));
        at += line.len();
    }
    scanner.end();
    scanner.take()
}

/// Returns whether the root element of the XML text is `fetch`.
pub(crate) fn root_is_fetch(text: &[u8]) -> bool {
    xml::root_is_fetch(text)
}

/// Returns whether the root element of the XML file at `path` is `fetch`. If the file cannot be read, the
/// result is `true`, so that the error is reported when the file is read as a document.
pub(crate) fn holds_fetchxml(path: &Path) -> bool {
    let Ok(bytes) = read_file(path) else { return true };
    let encoding = Encoding::of(&bytes);
    encoding.decode(&bytes).is_ok_and(|text| xml::root_is_fetch(&text))
}

#[cfg(test)]
mod tests;
