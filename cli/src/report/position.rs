//! Converts spans of findings into lines and columns of files, for the JSON report.

use dvkit_diagnostic::{Diagnostic, LineIndex, Span};
use serde::Serialize;

use super::QueryOrigin;

/// The file and the line of a query, which become members of a JSON object.
#[derive(Serialize)]
pub(crate) struct FileLine<'a> {
    pub(crate) file: &'a str,
    pub(crate) line: usize,
}

impl<'a> FileLine<'a> {
    /// Returns the file and the line of a query; `None` if the query is not in a file.
    pub(crate) fn of(origin: &'a QueryOrigin) -> Option<Self> {
        origin.location().map(|o| Self { file: o.path, line: o.line })
    }
}

/// The start and the end of a span in a file. Lines and columns are counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) end_line: usize,
    pub(crate) end_column: usize,
}

impl Position {
    /// Returns the position of a span in `source`. `first` is the line number, in the file, of the first line
    /// of `source`.
    pub(crate) fn of(span: Span, source: &LineIndex<'_>, first: usize) -> Self {
        let range = span.clamped(source.text());
        let (line, column) = source.line_column(Span::at(range.start));
        let (end_line, end_column) = source.line_column(Span::at(range.end));
        Self { line: first - 1 + line, column, end_line: first - 1 + end_line, end_column }
    }
}

/// A finding in JSON: its span in the query and, if the query is in a file, its lines and columns.
#[derive(Serialize)]
pub(crate) struct LocatedDiagnostic<'a> {
    #[serde(flatten)]
    diagnostic: &'a Diagnostic,
    #[serde(flatten)]
    position: Option<Position>,
    /// The first byte in the source file, and the byte behind the last one.
    #[serde(flatten)]
    bytes: Option<ByteRange>,
    /// The organisations for which the finding holds; empty if it holds for all.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    orgs: &'a [String],
}

/// A byte range in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ByteRange {
    byte: usize,
    end_byte: usize,
}

impl<'a> LocatedDiagnostic<'a> {
    /// Returns the findings of a query for the JSON report. `diagnostics` have spans into the query;
    /// `located` are the same findings with spans into `source`, the lines of the query in its file.
    pub(crate) fn all(
        origin: &QueryOrigin,
        source: &str,
        diagnostics: &'a [Diagnostic],
        located: &[Diagnostic],
    ) -> Vec<Self> {
        let source = LineIndex::new(source);
        let position = |d: &Diagnostic| origin.location().map(|o| Position::of(d.span, &source, o.line));
        diagnostics
            .iter()
            .zip(located)
            .map(|(diagnostic, at)| Self { diagnostic, position: position(at), bytes: None, orgs: &[] })
            .collect()
    }

    /// Adds to findings the organisations for which they hold, and to those in a source file the byte ranges
    /// in the file. `start` is the byte offset of the lines to which the spans of `located` refer; `None` for
    /// findings that are not in a source file.
    pub(crate) fn detailed(
        all: Vec<Self>,
        located: &[Diagnostic],
        start: Option<usize>,
        orgs: &'a [Vec<String>],
    ) -> Vec<Self> {
        let bytes = |d: &Diagnostic| {
            let range = d.span.range();
            start.map(|start| ByteRange { byte: start + range.start, end_byte: start + range.end })
        };
        let orgs = orgs.iter().map(Vec::as_slice).chain(std::iter::repeat(&[][..]));
        let details = located.iter().map(bytes).zip(orgs);
        all.into_iter().zip(details).map(|(one, (bytes, orgs))| Self { bytes, orgs, ..one }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_those_of_the_file() {
        let source = LineIndex::new("é a\r\n  bc\nd");
        let at = |start: usize, end: usize| {
            let p = Position::of(Span::new(start, end), &source, 7);
            (p.line, p.column, p.end_line, p.end_column)
        };
        assert_eq!(at(0, 2), (7, 1, 7, 2));
        assert_eq!(at(8, 10), (8, 3, 8, 5));
        assert_eq!(at(3, 12), (7, 3, 9, 2));
    }

    #[test]
    fn findings_have_the_position_of_their_file_their_bytes_and_their_organisations() {
        let finding =
            |start, end| Diagnostic::error(dvkit_diagnostic::code::EMPTY, Span::new(start, end), "m");
        let (own, located) = ([finding(0, 1), finding(1, 2)], [finding(2, 3), finding(5, 6)]);
        let file = QueryOrigin::Line { file: "a".into(), line: 4, utf16_start: 0 };
        let shown = |origin: &QueryOrigin, start, orgs: &[Vec<String>]| {
            let all = LocatedDiagnostic::all(origin, "ab\ncdef", &own, &located);
            let all = LocatedDiagnostic::detailed(all, &located, start, orgs);
            all.iter()
                .map(|one| {
                    let json = serde_json::to_value(one).unwrap();
                    let of = |name: &str| json.get(name).map_or("-".to_owned(), ToString::to_string);
                    ["line", "column", "end_line", "end_column", "byte", "end_byte", "orgs"].map(of).join(" ")
                })
                .collect::<Vec<_>>()
        };
        let orgs = [vec!["x".to_owned()]];
        assert_eq!(shown(&QueryOrigin::Given(None), None, &[]), ["- - - - - - -"; 2]);
        assert_eq!(shown(&file, None, &[]), ["4 3 5 1 - - -", "5 3 5 4 - - -"]);
        assert_eq!(shown(&file, Some(10), &orgs), ["4 3 5 1 12 13 [\"x\"]", "5 3 5 4 15 16 -"]);
    }
}
