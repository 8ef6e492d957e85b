//! Reads a source file with the texts in it, and applies edits to it.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::document::{Encoding, NOT_READ_BACK, read_file, replace};

use super::{FoundKind, FoundText, Host, HostEdit};

/// A source file with the queries that were found in it.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path of the file, as the caller gave it.
    pub path: PathBuf,
    host: Host,
    encoding: Encoding,
    bytes: Vec<u8>,
    text: String,
    found: Vec<FoundText>,
    is_in_archive: bool,
}

impl SourceFile {
    /// Returns the source file with the given bytes, which are those of a file or the content of an editor;
    /// `None` if the language is not known by the name of the file.
    ///
    /// # Errors
    /// Returns a sentence as an error if the bytes are not text.
    pub fn new(path: PathBuf, bytes: Vec<u8>) -> Result<Option<Self>, &'static str> {
        let Some(host) = Host::of_path(&path) else { return Ok(None) };
        Self::refined(path, host, bytes).map(Some)
    }

    /// Returns the source file with the given bytes. Its language is `host`, unless the content of a file of JSON
    /// or XML consists of queries.
    ///
    /// # Errors
    /// Returns a sentence as an error if the bytes are not text.
    pub fn refined(path: PathBuf, host: Host, bytes: Vec<u8>) -> Result<Self, &'static str> {
        let mut file = Self::decoded(path, host, bytes)?;
        file.host = host.refined(&file.text);
        file.found = file.host.read(&file);
        Ok(file)
    }

    /// Returns the source file in the language `host` with the given bytes.
    ///
    /// # Errors
    /// Returns a sentence as an error if the bytes are not text.
    pub fn with_host(path: PathBuf, host: Host, bytes: Vec<u8>) -> Result<Self, &'static str> {
        let mut file = Self::decoded(path, host, bytes)?;
        file.found = host.read(&file);
        Ok(file)
    }

    /// Returns the source file in the language `host` with the given bytes, which is read even if it has none of
    /// the language's markers.
    ///
    /// # Errors
    /// Returns a sentence as an error if the bytes are not text.
    pub(super) fn unmarked(path: PathBuf, host: Host, bytes: Vec<u8>) -> Result<Self, &'static str> {
        let mut file = Self::decoded(path, host, bytes)?;
        file.found = host.read_unmarked(&file);
        Ok(file)
    }

    /// Returns the file without its texts.
    fn decoded(path: PathBuf, host: Host, bytes: Vec<u8>) -> Result<Self, &'static str> {
        let encoding = Encoding::of(&bytes);
        let text = encoding.decode(&bytes)?.into_owned();
        let text = String::from_utf8(text).map_err(|_| encoding.not_text())?;
        Ok(Self { path, host, encoding, bytes, text, found: Vec::new(), is_in_archive: false })
    }

    /// Returns this file as an entry of an archive, which cannot be written.
    pub(super) fn in_archive(self) -> Self {
        Self { is_in_archive: true, ..self }
    }

    /// Returns whether the file is an entry of an archive, which cannot be written.
    #[must_use]
    pub fn is_in_archive(&self) -> bool {
        self.is_in_archive
    }

    /// Returns the texts of the file.
    pub(super) fn into_found(self) -> Vec<FoundText> {
        self.found
    }

    /// Reads the file at `path`; `None` if its language is not known by its name.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, is larger than 64 MiB, or does not contain text.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        if Host::of_path(path).is_none() {
            return Ok(None);
        }
        let bytes = read_file(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Self::new(path.to_owned(), bytes).map_err(|why| Error::NotText { path: path.to_owned(), why })
    }

    /// Returns the language of the file.
    #[must_use]
    pub fn host(&self) -> Host {
        self.host
    }

    /// Returns the text of the file, without a byte order mark. The positions of queries refer to it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the queries of the file, in the order of the file.
    #[must_use]
    pub fn found(&self) -> &[FoundText] {
        &self.found
    }

    /// Returns the query at the byte offset `offset` of the file: its index in [`found`](Self::found), and the
    /// offset in the text of the query.
    #[must_use]
    pub fn found_at(&self, offset: usize) -> Option<(usize, usize)> {
        let at = |found: &FoundText| {
            std::iter::once(&found.text).chain(&found.copies).find_map(|text| text.text_offset(offset))
        };
        self.found.iter().enumerate().find_map(|(n, found)| Some((n, at(found)?)))
    }

    /// Returns the file with `edits` applied. `expected` says for each changed query its index and its new
    /// text.
    ///
    /// # Errors
    /// Returns a sentence as an error if edits overlap or are out of bounds, or if the new file would not be
    /// read as the same queries with these changes.
    pub fn edited(&self, edits: &[HostEdit], expected: &[(usize, String)]) -> Result<Self, &'static str> {
        let text = self.apply(edits).ok_or(NOT_READ_BACK)?;
        let bytes = self.encoding.encode(text.as_bytes());
        let new = Self::with_host(self.path.clone(), self.host, bytes)?;
        let wanted = |n: usize| expected.iter().find(|(index, _)| *index == n).map(|(_, text)| text.as_str());
        let queries = |file: &Self| file.found.iter().filter(|found| found.kind == FoundKind::Query).count();
        let is_text = |found: &FoundText, text: &str| {
            found.text.text() == text && found.copies.iter().all(|copy| copy.text() == text)
        };
        let mut new_queries = new.found.iter().filter(|found| found.kind == FoundKind::Query);
        let same = self.found.iter().enumerate().all(|(n, old)| match (old.kind, wanted(n)) {
            (FoundKind::Query, text) => {
                let text = text.unwrap_or_else(|| old.text.text());
                new_queries.next().is_some_and(|new| is_text(new, text))
            }
            // A list of names that is right may be none any more, or be checked with other names beside it.
            (FoundKind::Names | FoundKind::Value, Some(text)) => {
                new.found.len() < self.found.len() || new.found.iter().any(|new| is_text(new, text))
            }
            (FoundKind::Names | FoundKind::Value, None) => true,
        });
        if same && queries(&new) == queries(self) { Ok(new) } else { Err(NOT_READ_BACK) }
    }

    /// Returns the text of the file with `edits` applied; `None` if they overlap or are out of bounds.
    fn apply(&self, edits: &[HostEdit]) -> Option<String> {
        let mut edits: Vec<&HostEdit> = edits.iter().collect();
        edits.sort();
        edits.dedup();
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for edit in edits {
            text.push_str(self.text.get(at..edit.start)?);
            text.push_str(&edit.replacement);
            at = edit.end;
        }
        text.push_str(self.text.get(at..)?);
        Some(text)
    }

    /// Writes this file. `old` is the file that was read, and from which [`edited`](Self::edited) made this
    /// one.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written, is an entry of an archive, or has changed since `old` was
    /// read. The file is then unchanged.
    pub fn write(&self, old: &Self) -> Result<(), Error> {
        let path = || self.path.clone();
        if old.is_in_archive {
            return Err(Error::InArchive { path: path() });
        }
        let now = read_file(&self.path).map_err(|source| Error::Read { path: path(), source })?;
        if now != old.bytes {
            return Err(Error::Changed { path: path() });
        }
        replace(&self.path, &self.bytes).map_err(|source| Error::Write { path: path(), source })
    }

    /// Returns the lines of the file that contain the byte range `range`: the number of the first line,
    /// counted from 1, and the byte range of the lines without the last line break.
    #[must_use]
    pub fn lines(&self, range: &Range<usize>) -> (usize, Range<usize>) {
        let before = self.text.get(..range.start).unwrap_or(&self.text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let number = 1 + memchr::memchr_iter(b'\n', before.as_bytes()).count();
        let end = range.end.max(range.start).min(self.text.len());
        let behind = self.text.get(end..).unwrap_or_default();
        let end = end + behind.find('\n').unwrap_or(behind.len());
        (number, start..end)
    }
}
