//! The source lines with their carets, underlines and label texts.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::columns::{Line, escape_control_chars, wrap};
use super::window::View;
use crate::{Diagnostic, LineIndex, SourceLocation, Span};

/// Label texts are broken so that they end near this column.
const TEXT_END: usize = 118;
/// But never narrower than this.
const TEXT_MIN: usize = 36;
/// A span over more lines than this is shown by its first two and its last.
const WHOLE: usize = 4;

/// A stretch of one line to underline.
struct Mark {
    /// Bytes in the line.
    bytes: Range<usize>,
    primary: bool,
    text: String,
}

/// A [`Mark`] that has its place under the shown line.
struct Placed<'a> {
    columns: Range<usize>,
    primary: bool,
    text: &'a str,
}

/// Writes the snippet, a line break before each of its lines. Lines are numbered from the origin's.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    diagnostic: &Diagnostic,
    source: &LineIndex<'_>,
    origin: Option<SourceLocation<'_>>,
) -> fmt::Result {
    let first = origin.map_or(1, |o| o.line);
    let marks = marks(diagnostic, source);
    let last = marks.keys().next_back().copied().unwrap_or(0);
    let gutter = (last + first).to_string().len();
    if let Some(origin) = origin {
        let (line, column) = source.line_column(diagnostic.span);
        write!(f, "\n{:gutter$}--> {}:{}:{column}", "", escape_control_chars(origin.path), line - 1 + first)?;
    }
    write!(f, "\n{:gutter$} |", "")?;
    let mut before: Option<usize> = None;
    for (&number, marks) in &marks {
        match before.map(|b| number - b) {
            // One line left out would take the same room as the dots.
            Some(2) => {
                // A line that is shown only because its neighbours are.
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
            Some(columns) => placed.push(Placed { columns, primary: mark.primary, text: &mark.text }),
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

/// What stands under a line: underlines with the text of the rightmost beside it, then the other texts, each below
/// its own underline, the rightmost first, so that no text crosses a connecting bar.
fn rows(marks: &[Placed<'_>]) -> Vec<String> {
    let end = marks.iter().map(|m| m.columns.end).max().unwrap_or(0);
    let mut under = vec![b' '; end];
    for mark in marks.iter().filter(|m| !m.primary).chain(marks.iter().filter(|m| m.primary)) {
        under[mark.columns.clone()].fill(if mark.primary { b'^' } else { b'-' });
    }
    let mut first: String = under.into_iter().map(char::from).collect();

    let mut texts: Vec<&Placed<'_>> = marks.iter().filter(|m| !m.text.is_empty()).collect();
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
    wrap(text, TEXT_END.saturating_sub(column).max(TEXT_MIN))
}

/// Bars at `bars`, then `text` at `column`.
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

/// The marks of every line that has any; on each line the diagnostic's own first.
fn marks(diagnostic: &Diagnostic, source: &LineIndex<'_>) -> BTreeMap<usize, Vec<Mark>> {
    let mut out: BTreeMap<usize, Vec<Mark>> = BTreeMap::new();
    let mut own: Vec<&str> = Vec::new();
    for label in diagnostic.labels.iter().filter(|l| l.span == diagnostic.span) {
        if !own.contains(&label.message.as_str()) {
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

/// The lines of `span` and the bytes of each that it covers; never empty.
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
        // The end of a text that ends in a line break is, to a reader, the end of its last line.
        if start == source.len() && index.line(a).is_empty() && a > 0 {
            a -= 1;
        }
        return vec![(a, cut(a, start)..cut(a, end))];
    }
    let mut out = Vec::new();
    let shown = if b - a >= WHOLE { (a..=a + 1).chain(b..=b) } else { (a..=b).chain(b + 1..=b) };
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
