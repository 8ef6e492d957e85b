//! Defines the result for one text of a file: a query of a file of queries, a text in a source file, or a
//! comment that ignores findings.

use std::ops::Range;

use dvkit_diagnostic::{Diagnostic, LineIndex, Span};

use super::lines::LineCursor;
use super::merge::{TextResult, only_in};
use super::suppress::Suppressions;
use crate::document::QueryItem;
use crate::embedded::{Coverage, FoundText, HostEdit};
use crate::{Diagnosis, Findings, QueryForm};

/// The reason for not writing a fix of a query with an ignored finding.
const IGNORED: &str = "a comment ignores a finding of this query";

/// A text that was checked, with its findings. Findings that a comment ignores are left out.
#[derive(Clone, Debug)]
pub struct CheckedText {
    /// What the text is, for people, such as `verbatim string`; `query` in a file of queries.
    pub construct: &'static str,
    /// Whether the text is in a source file, not in a file of queries.
    pub is_source: bool,
    /// Whether the text is a comment that ignores findings, not a query.
    pub is_comment: bool,
    /// Whether the query is in a JSON object with its options.
    pub is_object: bool,
    /// The position of the text in its file.
    pub position: TextPosition,
    /// The whole lines of the file that contain the text and its findings; empty for a text of a source file
    /// without findings.
    pub source: String,
    /// The byte offset of these lines in the file, not counting a byte order mark.
    pub start: usize,
    /// The number of the first of these lines, counted from 1.
    pub line: usize,
    /// The number of UTF-16 code units in the file before these lines.
    pub utf16_start: usize,
    /// The findings. Located ones have positions in [`source`](Self::source).
    pub diagnosis: Diagnosis,
    /// How much of the text was checked.
    pub coverage: Coverage,
    /// The organisations for which each finding holds, in the order of the findings; empty if it holds for
    /// all organisations that were checked.
    pub orgs: Vec<Vec<String>>,
    /// The edits of the source file that apply every certain fix, with positions in the file.
    pub edits: Vec<HostEdit>,
    /// A sentence with the reason why a certain fix cannot be written into the file.
    pub refused_fix: Option<&'static str>,
    /// The number of findings that comments ignore.
    pub ignored: usize,
    text: Option<String>,
    form: Form,
}

/// The form of a query, without its text.
#[derive(Clone, Copy, Debug)]
enum Form {
    Filter,
    Request,
    Fetch,
}

impl Form {
    fn of(query: QueryForm<'_>) -> Self {
        match query {
            QueryForm::Filter(_) => Self::Filter,
            QueryForm::Request(_) => Self::Request,
            QueryForm::Fetch(_) => Self::Fetch,
        }
    }
}

/// The position of a text in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextPosition {
    /// The byte offset in the file, not counting a byte order mark.
    pub byte: usize,
    /// The number of the line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
}

impl CheckedText {
    /// Returns the result for a query of a document, or for one that was given as a text.
    pub(super) fn of_item(item: &QueryItem<'_>, result: TextResult) -> Self {
        let entry = item.entry.as_ref().ok();
        let form = Form::of(entry.map_or(QueryForm::Request(""), |entry| entry.text()));
        let before = item.lines.get(..item.range.start).unwrap_or_default();
        Self {
            construct: "query",
            is_source: false,
            is_comment: false,
            is_object: entry.is_some_and(|entry| entry.request.is_some()),
            position: TextPosition {
                byte: item.start + item.range.start,
                line: item.line,
                column: before.chars().count() + 1,
            },
            source: item.lines.to_owned(),
            start: item.start,
            line: item.line,
            utf16_start: item.utf16_start,
            diagnosis: result.diagnosis,
            coverage: result.coverage,
            orgs: result.orgs,
            edits: result.edits,
            refused_fix: result.refused_fix,
            ignored: 0,
            text: entry.map(|entry| entry.text().as_str().to_owned()),
            form,
        }
    }

    /// Returns the result for a text of a source file. `file` is the text of the file, and `cursor` counts its
    /// lines. The located findings of `result` have positions in the file.
    pub(super) fn of_source(
        found: &FoundText,
        result: TextResult,
        file: &str,
        cursor: &mut LineCursor<'_>,
    ) -> Self {
        let place = found.table.as_ref().and_then(|table| table.place.clone());
        let range = found.text.host_range().or(place).unwrap_or(0..0);
        let (own, line, _) = cursor.lines(&(range.start..range.start));
        let before = file.get(own.start..range.start).unwrap_or_default();
        let position = TextPosition { byte: range.start, line, column: before.chars().count() + 1 };
        let form = Form::of(QueryForm::untrimmed(found.text.text()));
        let mut text = Self {
            construct: found.construct,
            is_source: true,
            is_comment: false,
            is_object: false,
            position,
            source: String::new(),
            start: 0,
            line,
            utf16_start: 0,
            diagnosis: result.diagnosis,
            coverage: result.coverage,
            orgs: result.orgs,
            edits: result.edits,
            refused_fix: result.refused_fix,
            ignored: 0,
            text: Some(found.text.text().to_owned()),
            form,
        };
        text.cut_out(range, file, cursor);
        text
    }

    /// Returns the result for a comment that ignores findings, with a finding about it, whose spans are
    /// positions in the file.
    pub(super) fn of_comment(
        finding: Diagnostic,
        is_source: bool,
        file: &str,
        cursor: &mut LineCursor<'_>,
    ) -> Self {
        let range = finding.span.range();
        let findings = Findings {
            is_checked: true,
            table: None,
            parsed: true,
            located: vec![finding.clone()],
            diagnostics: vec![finding],
            rewritten: None,
        };
        let mut text = Self {
            construct: "comment",
            is_source,
            is_comment: true,
            is_object: false,
            position: TextPosition { byte: range.start, line: 0, column: 0 },
            source: String::new(),
            start: 0,
            line: 0,
            utf16_start: 0,
            diagnosis: Diagnosis::Findings(findings),
            coverage: Coverage::Checked,
            orgs: vec![Vec::new()],
            edits: Vec::new(),
            refused_fix: None,
            ignored: 0,
            text: None,
            form: Form::Request,
        };
        text.cut_out(range, file, cursor);
        let (line, column) = text.located().first().map_or((1, 1), |d| d.span.line_column(&text.source));
        text.position = TextPosition { line: text.line - 1 + line, column, ..text.position };
        // The comment itself is the text.
        if let Diagnosis::Findings(findings) = &mut text.diagnosis {
            findings.diagnostics.clone_from(&findings.located);
        }
        text
    }

    /// Cuts out the lines that contain the byte range `range` and the findings, and moves the findings from
    /// positions in the file to positions in these lines.
    fn cut_out(&mut self, range: Range<usize>, file: &str, cursor: &mut LineCursor<'_>) {
        let Diagnosis::Findings(findings) = &mut self.diagnosis else { return };
        if findings.located.is_empty() {
            return;
        }
        let mut all = range;
        for diagnostic in &findings.located {
            let labels = diagnostic.labels.iter().map(|label| label.span);
            let edits = diagnostic.suggestions.iter().flat_map(|s| &s.edits).map(|edit| edit.span);
            for span in labels.chain(edits).chain([diagnostic.span]) {
                let span = span.clamped(file);
                all = all.start.min(span.start)..all.end.max(span.end);
            }
        }
        let (lines, number, utf16) = cursor.lines(&all);
        let shifted =
            |span: Span| Span::new(span.range().start - lines.start, span.range().end - lines.start);
        for diagnostic in &mut findings.located {
            *diagnostic = diagnostic.clone().map(shifted, |replacement| replacement);
        }
        let lines_start = lines.start;
        file.get(lines).unwrap_or_default().clone_into(&mut self.source);
        (self.start, self.line, self.utf16_start) = (lines_start, number, utf16);
    }

    /// Leaves out the findings that comments ignore.
    pub(super) fn suppress(&mut self, suppressions: &mut Suppressions) {
        let Diagnosis::Findings(findings) = &mut self.diagnosis else { return };
        if suppressions.is_empty() || findings.located.is_empty() {
            return;
        }
        let index = LineIndex::new(&self.source);
        let is_ignored: Vec<bool> = findings
            .located
            .iter()
            .map(|d| {
                let line = self.line - 1 + index.line_column(d.span).0;
                suppressions.ignores(d.code, line, self.position.line)
            })
            .collect();
        self.ignored = is_ignored.iter().filter(|ignored| **ignored).count();
        if self.ignored == 0 {
            return;
        }
        let has_fix = |is_ignored_one: bool| {
            findings.located.iter().zip(&is_ignored).any(|(d, i)| *i == is_ignored_one && d.fix().is_some())
        };
        let (hides, leaves) = (has_fix(true), has_fix(false));
        keep(&mut findings.located, &is_ignored);
        keep(&mut findings.diagnostics, &is_ignored);
        keep(&mut self.orgs, &is_ignored);
        // The fixed text would have the fixes of the ignored findings too.
        if hides {
            findings.rewritten = None;
            self.edits.clear();
            self.refused_fix = leaves.then_some(IGNORED);
        }
    }

    /// Leaves out the findings for which `is_accepted` returns `true`, and returns their number. The fix of
    /// the text stays.
    pub fn accept(&mut self, mut is_accepted: impl FnMut(&Diagnostic) -> bool) -> usize {
        let Diagnosis::Findings(findings) = &mut self.diagnosis else { return 0 };
        let accepted: Vec<bool> = findings.located.iter().map(&mut is_accepted).collect();
        let count = accepted.iter().filter(|accepted| **accepted).count();
        if count > 0 {
            keep(&mut findings.located, &accepted);
            keep(&mut findings.diagnostics, &accepted);
            keep(&mut self.orgs, &accepted);
        }
        count
    }

    /// Adds to the message of each finding for which organisations it holds, if it does not hold for all that
    /// were checked.
    pub fn name_orgs(&mut self) {
        let Diagnosis::Findings(findings) = &mut self.diagnosis else { return };
        let pairs = findings.located.iter_mut().zip(&mut findings.diagnostics).zip(&self.orgs);
        for ((located, diagnostic), orgs) in pairs.filter(|(_, orgs)| !orgs.is_empty()) {
            located.message = format!("{} ({})", located.message, only_in(orgs));
            diagnostic.message.clone_from(&located.message);
        }
    }

    /// Returns the query; `None` if it cannot be read, or if the text is a comment.
    #[must_use]
    pub fn query(&self) -> Option<QueryForm<'_>> {
        self.text.as_deref().map(|text| match self.form {
            Form::Filter => QueryForm::Filter(text),
            Form::Request => QueryForm::Request(text),
            Form::Fetch => QueryForm::Fetch(text),
        })
    }

    /// Returns the findings with positions in [`source`](Self::source).
    #[must_use]
    pub fn located(&self) -> &[Diagnostic] {
        match &self.diagnosis {
            Diagnosis::Findings(findings) => &findings.located,
            _ => &[],
        }
    }

    /// Returns the text with every certain fix; `None` if it is not known, or if it is the text itself.
    pub(super) fn fixed(&self) -> Option<&str> {
        match &self.diagnosis {
            Diagnosis::Findings(findings) => {
                findings.rewritten.as_deref().filter(|fixed| self.text.as_deref() != Some(*fixed))
            }
            _ => None,
        }
    }
}

/// Keeps the values that are not marked in `dropped`.
pub(crate) fn keep<T>(all: &mut Vec<T>, dropped: &[bool]) {
    let mut dropped = dropped.iter();
    all.retain(|_| !dropped.next().copied().unwrap_or(false));
}
