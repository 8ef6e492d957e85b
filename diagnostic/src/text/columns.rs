//! One source line as terminal columns: nothing in it can move the cursor, and every byte has a known place.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::printable::{self, is_printable};

/// A tab is shown as this many blanks wherever it stands: tab stops would shift with the gutter.
const TAB: &str = "    ";

/// What a terminal shows as one thing: a character with the marks and joiners that follow it.
#[derive(Clone, Debug)]
struct Cell {
    /// Its bytes in the source line.
    bytes: Range<usize>,
    /// Its bytes in [`Line::shown`].
    shown: Range<usize>,
    /// Its columns.
    columns: Range<usize>,
}

/// A source line made harmless.
#[derive(Clone, Debug)]
pub(super) struct Line {
    shown: String,
    cells: Vec<Cell>,
}

impl Line {
    /// Reads one line (without its terminator).
    pub(super) fn new(text: &str) -> Self {
        let mut shown = String::with_capacity(text.len());
        let mut cells: Vec<Cell> = Vec::with_capacity(text.len());
        let mut joined = false;
        for (at, c) in text.char_indices() {
            let bytes = at..at + c.len_utf8();
            let from = shown.len();
            if cells.is_empty() && c.width() == Some(0) && is_printable(c) {
                // A mark with nothing to sit on would sit on the gutter.
                shown.push('\u{25CC}');
            }
            if c == '\t' {
                shown.push_str(TAB);
            } else {
                push(&mut shown, c);
            }
            // A mark, a variation selector or the second half of a joined emoji belongs to the cell before it, whose
            // width is measured again as a whole.
            let follows = joined || shown[from..].width() == 0 || matches!(c, '\u{1F3FB}'..='\u{1F3FF}');
            joined = c == '\u{200D}';
            match cells.last_mut() {
                Some(cell) if follows => {
                    cell.bytes.end = bytes.end;
                    cell.shown.end = shown.len();
                    cell.columns.end = cell.columns.start + shown[cell.shown.clone()].width();
                }
                last => {
                    let column = last.map_or(0, |cell| cell.columns.end);
                    let width = shown[from..].width();
                    cells.push(Cell { bytes, shown: from..shown.len(), columns: column..column + width });
                }
            }
        }
        Self { shown, cells }
    }

    /// How many columns it takes.
    pub(super) fn width(&self) -> usize {
        self.cells.last().map_or(0, |cell| cell.columns.end)
    }

    /// The columns of `bytes`: whole cells, and one column at least, which may be the one after the line.
    pub(super) fn columns(&self, bytes: Range<usize>) -> Range<usize> {
        let first = self.cells.partition_point(|cell| cell.bytes.end <= bytes.start);
        let start = self.cells.get(first).map_or(self.width(), |cell| cell.columns.start);
        let after = self.cells.partition_point(|cell| cell.bytes.start < bytes.end);
        let end = match after.checked_sub(1) {
            Some(last) if bytes.start < bytes.end => self.cells[last].columns.end,
            _ => start,
        };
        start..end.max(start + 1)
    }

    /// The text in `columns`, widened to whole cells, and the columns that it really covers.
    pub(super) fn slice(&self, columns: Range<usize>) -> (&str, Range<usize>) {
        let first = self.cells.partition_point(|cell| cell.columns.end <= columns.start);
        let after = self.cells.partition_point(|cell| cell.columns.start < columns.end);
        match self.cells.get(first..after) {
            Some([only]) => (&self.shown[only.shown.clone()], only.columns.clone()),
            Some([a, .., b]) => (&self.shown[a.shown.start..b.shown.end], a.columns.start..b.columns.end),
            _ => ("", columns.start.min(self.width())..columns.start.min(self.width())),
        }
    }

    /// The columns of the blanks inside `columns`: places where a line may be cut.
    pub(super) fn blanks(&self, columns: Range<usize>) -> impl DoubleEndedIterator<Item = usize> {
        let first = self.cells.partition_point(|cell| cell.columns.start < columns.start);
        let after = self.cells.partition_point(|cell| cell.columns.end <= columns.end);
        let cells = self.cells.get(first..after).unwrap_or_default();
        cells.iter().filter(|cell| &self.shown[cell.shown.clone()] == " ").map(|cell| cell.columns.start)
    }
}

/// `text` on one line, with nothing in it that a terminal would obey; line breaks and tabs are white space here.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if printable::is_clean(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(' '),
            '\r' => {}
            c => push(&mut out, c),
        }
    }
    Cow::Owned(out)
}

/// A text of several lines with nothing in it that a terminal would obey but line breaks and tabs.
#[cfg(feature = "render")]
pub(crate) fn harmless_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => out.push(c),
            '\r' if chars.peek() == Some(&'\n') => out.push(c),
            c => push(&mut out, c),
        }
    }
    out
}

/// Adds `c`, or the escape of it: a query that holds such a character is often wrong for that very reason.
fn push(out: &mut String, c: char) {
    if is_printable(c) {
        out.push(c);
    } else {
        // Writing to a string cannot fail.
        let _ = write!(out, "{}", printable::escape(c));
    }
}

/// `text` broken at blanks into lines of at most `width` columns; a longer word keeps a line of its own, and line
/// breaks in `text` stay.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in harmless(paragraph).split(' ') {
            let wide = word.width();
            if used > 0 && used + 1 + wide > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            } else if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += wide;
        }
        lines.push(line);
    }
    lines
}

/// The beginning of `text` that fits in `width` columns, with `…` where something is left out.
pub(super) fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(1);
        if used >= width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}
