//! Draws the source lines of a finding with carets, underlines and the texts of labels below them. The plain
//! rendering of diagnostics calls it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::Position;
use super::columns::{Line, escape_control_chars, wrap};
use super::window::View;
use crate::{Diagnostic, LineIndex, SourceLocation, Span};

/// The column at which the texts of labels are broken into lines.
const MAX_TEXT_COLUMN: usize = 118;
/// The minimum width in columns of the text of a label.
const MIN_TEXT_WIDTH: usize = 36;
/// The maximum number of lines of a span for which all lines are shown. Of a span with more lines, the first
/// two and the last one are shown.
const MAX_WHOLE_LINES: usize = 4;

/// A part of one line to underline, with the text of its label.
struct Mark {
    /// The byte range of the part in the line.
    bytes: Range<usize>,
    primary: bool,
    text: String,
}

/// A [`Mark`] together with its columns in the printed line.
struct PlacedMark<'a> {
    columns: Range<usize>,
    primary: bool,
    text: &'a str,
}

/// Writes the source lines of a finding, each after a line break. Lines are numbered as in the file `origin`,
/// or from 1 if it is `None`. The position in the file is written above them, unless `is_position_known`.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    diagnostic: &Diagnostic,
    source: &LineIndex<'_>,
    origin: Option<SourceLocation<'_>>,
    is_position_known: bool,
) -> fmt::Result {
    let first = origin.map_or(1, |o| o.line);
    let marks = marks(diagnostic, source);
    let last = marks.keys().next_back().copied().unwrap_or(0);
    let gutter = (last + first).to_string().len();
    if let Some(origin) = origin.filter(|_| !is_position_known) {
        write!(f, "\n{:gutter$}--> {}", "", Position { diagnostic, source, origin })?;
    }
    write!(f, "\n{:gutter$} |", "")?;
    let mut before: Option<usize> = None;
    for (&number, marks) in &marks {
        match before.map(|b| number - b) {
            // One omitted line takes no more space than the dots.
            Some(2) => {
                // A line that is shown only because both its neighbours are.
                let between = source.with_line(number - 1, |line| View::new(line, &[]));
                source_line(f, gutter, number - 1 + first, &between)?;
            }
            Some(3..) => write!(f, "\n{:.<1$}", "", gutter.max(3))?,
            _ => {}
        }
        before = Some(number);
        source.with_line(number, |line| marked_line(f, gutter, number + first, line, marks))?;
    }
    Ok(())
}

fn source_line(f: &mut fmt::Formatter<'_>, gutter: usize, number: usize, view: &View) -> fmt::Result {
    let text = view.text.trim_end();
    let blank = if text.is_empty() { "" } else { " " };
    write!(f, "\n{number:>gutter$} |{blank}{text}")
}

fn marked_line(
    f: &mut fmt::Formatter<'_>,
    gutter: usize,
    number: usize,
    line: Line<'_>,
    marks: &[Mark],
) -> fmt::Result {
    let columns: Vec<_> = marks.iter().map(|m| line.columns(m.bytes.clone())).collect();
    let view = View::new(line, &columns);
    source_line(f, gutter, number, &view)?;
    let mut placed = Vec::new();
    let mut out_of_sight = Vec::new();
    for (mark, columns) in marks.iter().zip(&columns) {
        match view.place(columns) {
            Some(columns) => placed.push(PlacedMark { columns, primary: mark.primary, text: &mark.text }),
            None => out_of_sight.push((columns.start + 1, &mark.text)),
        }
    }
    for row in rows(&placed) {
        write!(f, "\n{:gutter$} | {row}", "")?;
    }
    for (column, text) in out_of_sight.into_iter().filter(|(_, text)| !text.is_empty()) {
        write!(f, "\n{:gutter$} = column {column}: {}", "", escape_control_chars(text))?;
    }
    Ok(())
}

/// Returns the rows to print below a source line. The first row has the underlines of all `marks`, followed
/// by the text of the rightmost mark. The following rows have the texts of the other marks, each below its
/// underline, from right to left, so that no text crosses a bar.
fn rows(marks: &[PlacedMark<'_>]) -> Vec<String> {
    let end = marks.iter().map(|m| m.columns.end).max().unwrap_or(0);
    let mut under = vec![b' '; end];
    for mark in marks.iter().filter(|m| !m.primary).chain(marks.iter().filter(|m| m.primary)) {
        under[mark.columns.clone()].fill(if mark.primary { b'^' } else { b'-' });
    }
    let mut first: String = under.into_iter().map(char::from).collect();

    let mut texts: Vec<&PlacedMark<'_>> = marks.iter().filter(|m| !m.text.is_empty()).collect();
    texts.sort_by_key(|m| std::cmp::Reverse((m.columns.start, m.columns.end)));
    let beside = texts
        .iter()
        .enumerate()
        .filter(|(_, m)| m.columns.end == end)
        .max_by_key(|(_, m)| (m.columns.start, m.primary))
        .map(|(i, _)| i);
    let beside = beside.map(|i| texts.remove(i));
    let bars: Vec<usize> = texts.iter().map(|m| m.columns.start).collect();

    let mut rows = Vec::new();
    if let Some(mark) = beside {
        let mut lines = broken(mark.text, end + 1).into_iter();
        first.push(' ');
        first.push_str(&lines.next().unwrap_or_default());
        rows.push(first);
        rows.extend(lines.map(|line| row(&bars, end + 1, &line)));
    } else {
        rows.push(first);
    }
    if !bars.is_empty() {
        rows.push(row(&bars, 0, ""));
    }
    for (i, mark) in texts.iter().enumerate() {
        let left: Vec<usize> = bars[i + 1..].iter().copied().filter(|b| *b < mark.columns.start).collect();
        rows.extend(
            broken(mark.text, mark.columns.start)
                .into_iter()
                .map(|line| row(&left, mark.columns.start, &line)),
        );
    }
    rows
}

fn broken(text: &str, column: usize) -> Vec<String> {
    wrap(text, MAX_TEXT_COLUMN.saturating_sub(column).max(MIN_TEXT_WIDTH))
}

/// Returns a row that has a bar at each of the columns `bars`, and `text` from the column `column` on.
fn row(bars: &[usize], column: usize, text: &str) -> String {
    let width = bars.iter().map(|b| b + 1).max().unwrap_or(0).max(if text.is_empty() { 0 } else { column });
    let mut row = vec![b' '; width];
    for bar in bars {
        row[*bar] = b'|';
    }
    let mut row: String = row.into_iter().map(char::from).collect();
    row.push_str(text);
    row
}

/// Returns the parts to underline, by the number of their line, counted from 0. The part of the finding
/// itself is the first one of its line.
fn marks(diagnostic: &Diagnostic, source: &LineIndex<'_>) -> BTreeMap<usize, Vec<Mark>> {
    let mut out: BTreeMap<usize, Vec<Mark>> = BTreeMap::new();
    let mut own: Vec<&str> = Vec::new();
    for label in diagnostic.labels.iter().filter(|l| l.span == diagnostic.span) {
        if !label.message.is_empty() && !own.contains(&label.message.as_str()) {
            own.push(&label.message);
        }
    }
    let own = own.join("\n");
    let others = diagnostic.labels.iter().filter(|l| l.span != diagnostic.span);
    let all = std::iter::once((diagnostic.span, true, own.as_str()))
        .chain(others.map(|l| (l.span, false, l.message.as_str())));
    for (span, primary, text) in all {
        let stretches = stretches(span, source);
        let last = stretches.len().saturating_sub(1);
        for (i, (line, bytes)) in stretches.into_iter().enumerate() {
            let text = if i == last { text.to_owned() } else { String::new() };
            out.entry(line).or_default().push(Mark { bytes, primary, text });
        }
    }
    out
}

/// Returns the lines of `span` to show, each by its number, counted from 0, with the byte range that the span
/// covers in it. There is at least one.
fn stretches(span: Span, index: &LineIndex<'_>) -> Vec<(usize, Range<usize>)> {
    let source = index.text();
    let Range { start, end } = span.clamped(source);
    let line_of = |at: usize| index.line_of(at);
    let (mut a, b) = (line_of(start), line_of(if end > start { end - 1 } else { end }));
    let cut = |line: usize, at: usize| {
        let Range { start, end } = index.line(line);
        at.clamp(start, end) - start
    };
    if a == b {
        // Where a text ends in a line break, a reader takes the end of its last line for its end.
        if start == source.len() && index.line(a).is_empty() && a > 0 {
            a -= 1;
        }
        return vec![(a, cut(a, start)..cut(a, end))];
    }
    let mut out = Vec::new();
    let shown = if b - a >= MAX_WHOLE_LINES { (a..=a + 1).chain(b..=b) } else { (a..=b).chain(b + 1..=b) };
    for line in shown {
        let text = &source[index.line(line)];
        let from = if line == a { cut(a, start) } else { text.len() - text.trim_start().len() };
        let to = if line == b { cut(b, end) } else { text.trim_end().len() };
        if from < to {
            out.push((line, from..to));
        }
    }
    if out.is_empty() {
        out.push((a, cut(a, start)..cut(a, start)));
    }
    out
}
