//! A document: a file with queries and their positions. Streams are read by the same rules ([`each_query`]).
//!
//! # The queries of a document
//! - The first character of a query determines its form. `<` begins one FetchXML document of any number of
//!   lines; several may follow one another, also on one line. `{` before a member name begins a JSON object,
//!   usually on one line. Everything else is OData, or encoded FetchXML.
//! - OData has one query per line, which may have continuation lines directly below. A line continues the query
//!   above if no query can begin like it (`&`, `and`, `or`, `)`, `,`, `;`). A line that is indented deeper also
//!   continues the query above if that is open (a bracket, or a comma at its end), or if the line begins with `?`.
//!   `dvkit fmt` prints this layout.
//! - Empty lines, lines that begin with `#` or `//`, and XML comments and processing instructions between queries
//!   are ignored.
//! - Files are UTF-8, with or without a byte order mark, or UTF-16 with one. A file keeps its encoding.
//!
//! # Writing
//! Only the bytes of changed queries are replaced ([`Document::rewritten`]). A query whose end is not certain is
//! read, but never written ([`QueryItem::doubt`]). The new text is parsed before it is written: it has to have
//! the same queries, with the changed ones in their places.

mod embedded;
mod encoding;
mod entry;
mod json;
mod layout;
mod scan;
mod stream;
mod write;
mod xml;

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use dvkit_files::LinkPolicy;

use crate::Error;

use encoding::Encoding;
use scan::{QuerySpan, Scanner};
use write::replace;

pub use embedded::EmbeddedText;
pub use entry::QueryEntry;
pub use stream::{decoded, each_query};

/// The maximum size of a file, in bytes: 64 MiB.
const MAX_FILE: u64 = 64 << 20;

/// The reason for not writing a query: the file, read again, would not have the expected query.
pub const NOT_READ_BACK: &str = "what would be written is not read back as the same query";

/// Reads a whole file.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    dvkit_files::read(path, LinkPolicy::FollowNamed, MAX_FILE)
}

/// The text of a file with the positions of its queries.
#[derive(Debug)]
pub struct Document {
    /// The path as given.
    pub path: PathBuf,
    bytes: Vec<u8>,
    encoding: Encoding,
    /// The text as UTF-8, without a byte order mark.
    text: Vec<u8>,
    found: Vec<QuerySpan>,
}

/// A query in a document or a stream, or a query given as an argument.
#[derive(Debug)]
pub struct QueryItem<'a> {
    /// The number of the query's first line, from 1.
    pub line: usize,
    /// The number of bytes in the document before that line, without a byte order mark.
    pub start: usize,
    /// The number of UTF-16 code units in the document before that line; 0 in a stream.
    pub utf16_start: usize,
    /// The whole lines of the query, without the last line end.
    pub lines: &'a str,
    /// The byte range of the query in `lines`.
    pub range: Range<usize>,
    /// The query, or the reason why it cannot be used.
    pub entry: Result<QueryEntry<'a>, String>,
    /// The reason why the query must not be replaced.
    pub doubt: Option<&'static str>,
}

impl<'a> QueryItem<'a> {
    /// Creates an item from a text that is not in a document.
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

    /// Creates an item from a scanned query of `text`; `base` is the offset of `text` in the document.
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

    /// Returns the text as written in the document; for JSON, the whole object.
    #[must_use]
    pub fn written(&self) -> &'a str {
        self.lines.get(self.range.clone()).unwrap_or_default()
    }

    /// Returns the replacement text that changes the query of `entry` to `query`.
    #[must_use]
    pub fn replaced(&self, entry: &QueryEntry<'_>, query: &str) -> String {
        let lines = entry.query.replaced(self.lines, query);
        let behind = self.lines.len().saturating_sub(self.range.end);
        lines.get(self.range.start..lines.len() - behind).unwrap_or_default().to_owned()
    }
}

impl Document {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// If the file cannot be read, is too long, or is not text.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = read_file(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Self::new(path.to_owned(), bytes).map_err(|why| Error::NotText { path: path.to_owned(), why })
    }

    /// Creates a document from the bytes of a file, or from the content of an editor.
    ///
    /// # Errors
    /// A sentence, if the bytes are not text.
    pub fn new(path: PathBuf, bytes: Vec<u8>) -> Result<Self, &'static str> {
        let encoding = Encoding::of(&bytes);
        let text = encoding.decode(&bytes)?.into_owned();
        let found = scan(&text);
        Ok(Self { path, bytes, encoding, text, found })
    }

    /// Returns the queries, in order.
    pub fn items(&self) -> impl Iterator<Item = QueryItem<'_>> {
        let (mut at, mut offset) = (0, 0);
        self.found.iter().map(move |found| {
            let before = self.text.get(at..found.lines.start).unwrap_or_default();
            offset += String::from_utf8_lossy(before).encode_utf16().count();
            at = at.max(found.lines.start);
            QueryItem::new(found, &self.text, 0, offset, self.encoding.not_text())
        })
    }

    /// Returns the text, without a byte order mark.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }

    /// Returns the line end of the document; `\n` if it has a single line.
    #[must_use]
    pub fn line_end(&self) -> &'static str {
        let end = self.text.iter().position(|b| *b == b'\n').unwrap_or(0);
        if end > 0 && self.text.get(end - 1) == Some(&b'\r') { "\r\n" } else { "\n" }
    }

    /// Returns whether the text `change` can replace query `n`, counted from 0 in [`items`](Self::items). It
    /// has to be read back as one query and must not change the neighbouring queries.
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

    /// Returns the document with some queries replaced; the keys are indices into [`items`](Self::items).
    ///
    /// # Errors
    /// A sentence, if the new document would not be read back as the same queries with the replacements.
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

    /// Writes this document to the file that `old` was read from; [`rewritten`](Self::rewritten) made this
    /// one of `old`.
    ///
    /// # Errors
    /// If the file cannot be written, or has changed since it was read. The file is then left as it is.
    pub fn write(&self, old: &Self) -> Result<(), Error> {
        let path = || self.path.clone();
        let now = read_file(&self.path).map_err(|source| Error::Read { path: path(), source })?;
        if now != old.bytes {
            return Err(Error::Changed { path: path() });
        }
        replace(&self.path, &self.bytes).map_err(|source| Error::Write { path: path(), source })
    }
}

/// Returns whether the new text has the queries of the old text, apart from the changed queries.
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

/// Returns whether the root element of the XML file is `fetch`. An unreadable file counts as FetchXML: the
/// error is reported when the file is read as a document.
pub(crate) fn holds_fetchxml(path: &Path) -> bool {
    let Ok(bytes) = read_file(path) else { return true };
    let encoding = Encoding::of(&bytes);
    encoding.decode(&bytes).is_ok_and(|text| xml::root_is_fetch(&text))
}

#[cfg(test)]
mod tests;
