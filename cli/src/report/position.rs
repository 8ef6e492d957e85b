//! Lines and columns of a file, for reports that name them.

use dvkit_diagnostic::{Diagnostic, Span};
use serde::Serialize;

use super::Place;

/// Where a text stands in its file, as members of a JSON object.
#[derive(Serialize)]
pub(crate) struct At<'a> {
    file: &'a str,
    line: usize,
}

impl<'a> At<'a> {
    /// None where it stands in no file.
    pub(crate) fn of(place: &'a Place) -> Option<Self> {
        place.origin().map(|o| Self { file: o.path, line: o.line })
    }
}

/// The two ends of a span in a file. Lines and columns count from one, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) end_line: usize,
    pub(crate) end_column: usize,
}

/// Where the lines of a source begin.
pub(crate) struct Lines<'a> {
    source: &'a str,
    starts: Vec<usize>,
    /// The number of the first line in the file.
    first: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(source: &'a str, first: usize) -> Self {
        let breaks = source.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        Self { source, starts: std::iter::once(0).chain(breaks).collect(), first }
    }

    pub(crate) fn position(&self, span: Span) -> Position {
        let range = span.clamped(self.source);
        let (line, column) = self.at(range.start);
        let (end_line, end_column) = self.at(range.end);
        Position { line, column, end_line, end_column }
    }

    fn at(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = self.source.get(start..offset).unwrap_or_default();
        (self.first + line, before.chars().count() + 1)
    }
}

/// A finding as JSON: spans into the query, and beside them lines and columns of the file where it stands in one.
#[derive(Serialize)]
pub(crate) struct Located<'a> {
    #[serde(flatten)]
    diagnostic: &'a Diagnostic,
    #[serde(flatten)]
    position: Option<Position>,
}

impl<'a> Located<'a> {
    /// The findings of a query; `located` are the same with spans into `source`, the lines of the file that it stands
    /// in.
    pub(crate) fn all(
        place: &Place,
        source: &str,
        diagnostics: &'a [Diagnostic],
        located: &[Diagnostic],
    ) -> Vec<Self> {
        let lines = place.origin().map(|origin| Lines::new(source, origin.line));
        let position = |d: &Diagnostic| lines.as_ref().map(|lines| lines.position(d.span));
        diagnostics
            .iter()
            .zip(located)
            .map(|(diagnostic, at)| Self { diagnostic, position: position(at) })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_those_of_the_file() {
        let lines = Lines::new("é a\r\n  bc\nd", 7);
        let at = |start: usize, end: usize| {
            let p = lines.position(Span::new(start, end));
            (p.line, p.column, p.end_line, p.end_column)
        };
        assert_eq!(at(0, 2), (7, 1, 7, 2));
        assert_eq!(at(8, 10), (8, 3, 8, 5));
        assert_eq!(at(3, 12), (7, 3, 9, 2));
    }
}
