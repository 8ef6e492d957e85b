//! Where queries come from, one rule for every command: [`inputs`] tells texts from the names of files, and
//! [`QueryFile`] finds the queries in a file. Standard input is read by the same rule ([`each_query`]).
//!
//! # A text or a file
//! An argument is the name of files by its form alone, whatever files there are, and no right query has such a form:
//! it ends in `.odata`, `.fetchxml`, `.xml`, `.json`, `.jsonl`, `.ndjson` or `.txt`; or it ends in `/` or `\`; or it
//! has a `*` and a separator; and it has none of `'`, `"`, `<`, `$`, `=`, is no URL, and has no line break. What begins
//! with `./`, `../` or a drive (`C:\`) is a name at any rate. `-` is standard input. Everything else is the text of a
//! query. `--queries` takes names of every form. Details stand in [`names`].
//!
//! # The queries of a file
//! - The first character of a query tells its kind. `<`: one FetchXML document, however many lines it has; several may
//!   follow one another, also on one line. `{` with a member behind it: an object of JSON, usually on one line.
//!   Everything else is OData, or FetchXML that is encoded.
//! - OData has one query a line. A line goes on with the one directly above where no query begins so (`&`, `and`, `or`,
//!   `)`, `,`, `;`), or where it is indented deeper and the query above is open (a bracket; a comma at its end) or this
//!   line begins with `?`: that is what `dvkit fmt` prints.
//! - Empty lines and lines that begin with `#` or `//`, and comments and instructions of XML between queries, are left
//!   alone.
//! - Files are UTF-8, with or without a byte order mark, or UTF-16 with one, and are written as they were.
//!
//! # Writing
//! Only the bytes of queries that change are written anew ([`QueryFile::rewritten`]). A query whose extent is not
//! certain is read, but never written ([`Item::doubt`]). The new text is read again before it is written: it has to be
//! the same queries, with those that changed in their places.

mod encoding;
mod entry;
mod glob;
mod json;
mod layout;
pub(crate) mod names;
mod piece;
mod scan;
mod stream;
mod write;
mod xml;

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use dvkit_files::LinkPolicy;

use crate::report::Place;

use encoding::Encoding;
use scan::{Found, Scanner};

pub(crate) use entry::Entry;
pub(crate) use names::{Input, inputs};
pub(crate) use piece::Piece;
pub(crate) use stream::{each_query, stdin};
pub(crate) use write::replace;

/// Files longer than this are refused: 64 MiB.
const MAX_FILE: u64 = 64 << 20;

/// Said where a file would not be what it has to be.
pub(crate) const NOT_READ_BACK: &str = "what would be written is not read back as the same query";

/// Reads a file whole.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    dvkit_files::read(path, LinkPolicy::FollowNamed, MAX_FILE)
}

/// A file, read whole.
#[derive(Debug)]
pub(crate) struct QueryFile {
    pub(crate) path: PathBuf,
    bytes: Vec<u8>,
    encoding: Encoding,
    /// As UTF-8, without a byte order mark.
    text: Vec<u8>,
    found: Vec<Found>,
}

/// A query in a file or in standard input, or a text that was given.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    /// The number of its first line, from one.
    pub(crate) number: usize,
    /// UTF-16 code units of the file before that line.
    pub(crate) offset: usize,
    /// The lines that it stands in, whole, without the last line end.
    pub(crate) lines: &'a str,
    /// Where it stands in them.
    pub(crate) range: Range<usize>,
    /// What it asks, or why it cannot be used.
    pub(crate) entry: Result<Entry<'a>, String>,
    /// Why nothing may be written in its place.
    pub(crate) doubt: Option<&'static str>,
}

impl<'a> Item<'a> {
    /// A text that stands in no file.
    pub(crate) fn given(text: &'a str) -> Self {
        let lines = text.trim();
        let range = 0..lines.len();
        Self {
            number: 1,
            offset: 0,
            lines,
            range: range.clone(),
            entry: Entry::read(lines, range),
            doubt: None,
        }
    }

    /// What was found in `text`, whose lines begin at `base`.
    fn new(found: &Found, text: &'a [u8], base: usize, offset: usize, not_text: &'static str) -> Self {
        let moved =
            |range: &Range<usize>, by: usize| range.start.wrapping_sub(by)..range.end.wrapping_sub(by);
        let lines = text.get(moved(&found.lines, base)).unwrap_or_default();
        let range = moved(&found.query, found.lines.start);
        let (lines, entry) = match (found.broken, std::str::from_utf8(lines)) {
            (Some(why), lines) => (lines.unwrap_or_default(), Err(why.to_owned())),
            (None, Ok(lines)) => (lines, Entry::read(lines, range.clone())),
            (None, Err(_)) => ("", Err(not_text.to_owned())),
        };
        Self { number: found.number, offset, lines, range, entry, doubt: found.doubt }
    }

    /// The text in the file: of JSON, the whole object.
    pub(crate) fn written(&self) -> &'a str {
        self.lines.get(self.range.clone()).unwrap_or_default()
    }

    /// What has to be written in its place so that it asks for `query`.
    pub(crate) fn replaced(&self, entry: &Entry<'_>, query: &str) -> String {
        let lines = entry.query.replaced(self.lines, query);
        let behind = self.lines.len().saturating_sub(self.range.end);
        lines.get(self.range.start..lines.len() - behind).unwrap_or_default().to_owned()
    }

    /// Its place, in a file.
    pub(crate) fn place(&self, path: &Path) -> Place {
        Place::Line { file: path.display().to_string(), number: self.number, offset: self.offset }
    }
}

impl QueryFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// Where it cannot be read, is too long, or is no text.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let cannot = || format!("cannot read `{}`", path.display());
        let bytes = read_file(path).with_context(cannot)?;
        Self::of(path.to_owned(), bytes).map_err(|why| anyhow!("{}: {why}", cannot()))
    }

    fn of(path: PathBuf, bytes: Vec<u8>) -> Result<Self, &'static str> {
        let encoding = Encoding::of(&bytes);
        let text = encoding.decode(&bytes)?.into_owned();
        let found = scan(&text);
        Ok(Self { path, bytes, encoding, text, found })
    }

    /// The queries, in order.
    pub(crate) fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let (mut at, mut offset) = (0, 0);
        self.found.iter().map(move |found| {
            let before = self.text.get(at..found.lines.start).unwrap_or_default();
            offset += String::from_utf8_lossy(before).encode_utf16().count();
            at = at.max(found.lines.start);
            Item::new(found, &self.text, 0, offset, self.encoding.not_text())
        })
    }

    /// The text, for a diff.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }

    /// The line end that the file has, where it has several lines.
    pub(crate) fn line_end(&self) -> &'static str {
        let end = self.text.iter().position(|b| *b == b'\n').unwrap_or(0);
        if end > 0 && self.text.get(end - 1) == Some(&b'\r') { "\r\n" } else { "\n" }
    }

    /// Can this text stand in the place of a query, by its number in [`items`](Self::items) from zero? It has to be read
    /// back as one query, and leave its neighbours what they are.
    pub(crate) fn fits(&self, n: usize, change: &str) -> bool {
        let Some(found) = self.found.get(n) else { return false };
        let around = |n: Option<usize>| n.and_then(|n| self.found.get(n));
        let start = around(n.checked_sub(1)).map_or(0, |before| before.lines.start);
        let end = around(Some(n + 1)).map_or(self.text.len(), |behind| behind.lines.end);
        let part = |range: Range<usize>| self.text.get(range).unwrap_or_default();
        let old = part(start..end);
        let new = [part(start..found.query.start), change.as_bytes(), part(found.query.end..end)].concat();
        // Queries before may share the first line.
        let which = scan(old).iter().position(|f| f.query.start + start == found.query.start);
        which.is_some_and(|n| same((old, &scan(old)), (&new, &scan(&new)), |m| (m == n).then_some(change)))
    }

    /// The file with other texts in the places of some queries, by their numbers in [`items`](Self::items) from zero.
    ///
    /// # Errors
    /// Where it would not be read back as the same queries with these in their places; a sentence.
    pub(crate) fn rewritten(&self, changes: &BTreeMap<usize, String>) -> Result<Self, &'static str> {
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

    /// Replaces the file that `old` was read from by this one, which [`rewritten`](Self::rewritten) made of it.
    ///
    /// # Errors
    /// Where it cannot be written, or has changed meanwhile; it is as it was then.
    pub(crate) fn write(&self, old: &Self) -> Result<()> {
        let now = read_file(&self.path).with_context(|| format!("cannot read `{}`", self.path.display()))?;
        if now != old.bytes {
            bail!("`{}` has changed while it was looked at: nothing is written", self.path.display());
        }
        replace(&self.path, &self.bytes)
    }
}

/// Does the new text hold the queries of the old one, apart from those that were changed?
fn same<'a>(
    (old_text, old): (&'a [u8], &[Found]),
    (new_text, new): (&[u8], &[Found]),
    change: impl Fn(usize) -> Option<&'a str>,
) -> bool {
    old.len() == new.len()
        && old.iter().zip(new).enumerate().all(|(n, (old, new))| {
            let wanted = change(n).map(str::as_bytes).or_else(|| old_text.get(old.query.clone()));
            new_text.get(new.query.clone()) == wanted && (old.broken, old.doubt) == (new.broken, new.doubt)
        })
}

fn scan(text: &[u8]) -> Vec<Found> {
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

#[cfg(test)]
mod tests;
