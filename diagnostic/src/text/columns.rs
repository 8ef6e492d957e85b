//! One source line as terminal columns: nothing in it can move the cursor, and every byte has a known place.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::printable::{self, is_printable};

/// A tab is shown as this many blanks wherever it stands: tab stops would shift with the gutter.
const TAB: &str = "    ";

/// A cell holds at most this many bytes of what is shown: whoever stacks more marks on one letter sees `U+FFFD` for the
/// rest of them.
const MOST_OF_CELL: usize = 64;

/// What a terminal shows as one thing: a character with the marks and joiners that follow it.
#[derive(Clone, Debug)]
struct Cell {
    /// Its bytes in the source line.
    bytes: Range<u32>,
    /// Its bytes in what is shown.
    shown: Range<u32>,
    /// Its columns.
    columns: Range<u32>,
}

impl Cell {
    /// The byte `at` of a line in which every byte is a column.
    fn plain(at: usize) -> Self {
        let one = offset(at)..offset(at + 1);
        Self { bytes: one.clone(), shown: one.clone(), columns: one }
    }

    fn shown(&self) -> Range<usize> {
        self.shown.start as usize..self.shown.end as usize
    }

    fn columns(&self) -> Range<usize> {
        self.columns.start as usize..self.columns.end as usize
    }
}

/// Source texts are shorter than 4 GiB, as [`crate::Span`] says.
fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What a source line looks like once it is escape_control_chars; kept, so that a line is measured once however many findings it has.
#[derive(Clone, Debug)]
pub(super) enum Measured {
    /// Printable ASCII: it is shown as it is, and every byte is a column.
    Plain,
    /// Anything else.
    Cells {
        /// The characters to show.
        shown: String,
        /// What they are made of, in order.
        cells: Cells,
    },
}

/// The cells of a line, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells(Vec<Cell>);

impl Measured {
    /// Measures one line (without its terminator).
    pub(super) fn new(text: &str) -> Self {
        if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return Self::Plain;
        }
        let mut shown = String::with_capacity(text.len());
        let mut cells: Vec<Cell> = Vec::with_capacity(text.len());
        let mut joined = false;
        // Is the last cell as great as cells get, so that the marks that follow go into one that stands for the rest?
        let mut rest = false;
        for (at, c) in text.char_indices() {
            let bytes = offset(at)..offset(at + c.len_utf8());
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
            let width = shown.get(from..).map_or(0, UnicodeWidthStr::width);
            let follows = joined || width == 0 || matches!(c, '\u{1F3FB}'..='\u{1F3FF}');
            joined = c == '\u{200D}';
            match cells.last_mut() {
                Some(cell) if follows && rest => {
                    shown.truncate(from);
                    cell.bytes.end = bytes.end;
                }
                Some(cell) if follows && shown.len() - cell.shown.start as usize <= MOST_OF_CELL => {
                    cell.bytes.end = bytes.end;
                    cell.shown.end = offset(shown.len());
                    let width = shown.get(cell.shown()).map_or(0, UnicodeWidthStr::width);
                    cell.columns.end = cell.columns.start + offset(width);
                }
                last => {
                    let column = last.map_or(0, |cell| cell.columns.end);
                    rest = follows && column > 0;
                    let width = if rest {
                        shown.truncate(from);
                        shown.push('\u{FFFD}');
                        1
                    } else {
                        offset(width)
                    };
                    cells.push(Cell {
                        bytes,
                        shown: offset(from)..offset(shown.len()),
                        columns: column..column + width,
                    });
                }
            }
        }
        Self::Cells { shown, cells: Cells(cells) }
    }
}

/// A source line made escape_control_chars.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'l> {
    /// As it was written.
    text: &'l str,
    measured: &'l Measured,
}

impl<'l> Line<'l> {
    /// A line and its measures.
    pub(super) fn new(text: &'l str, measured: &'l Measured) -> Self {
        Self { text, measured }
    }

    /// The characters to show.
    fn shown(self) -> &'l str {
        match self.measured {
            Measured::Plain => self.text,
            Measured::Cells { shown, .. } => shown,
        }
    }

    /// The cells that were kept, which a plain line does without.
    fn kept(self) -> Option<&'l [Cell]> {
        match self.measured {
            Measured::Plain => None,
            Measured::Cells { cells, .. } => Some(&cells.0),
        }
    }

    fn cell(self, n: usize) -> Option<Cell> {
        match self.kept() {
            Some(cells) => cells.get(n).cloned(),
            None => (n < self.text.len()).then(|| Cell::plain(n)),
        }
    }

    /// How many cells stand before the first that is not `before`, of which those of a plain line are `plain` many.
    fn count(self, plain: usize, before: impl Fn(&Cell) -> bool) -> usize {
        match self.kept() {
            Some(cells) => cells.partition_point(before),
            None => plain.min(self.text.len()),
        }
    }

    /// How many columns it takes.
    pub(super) fn width(self) -> usize {
        match self.kept() {
            Some(cells) => cells.last().map_or(0, |cell| cell.columns.end as usize),
            None => self.text.len(),
        }
    }

    /// The columns of `bytes`: whole cells, and one column at least, which may be the one after the line.
    pub(super) fn columns(self, bytes: Range<usize>) -> Range<usize> {
        let (from, to) = (offset(bytes.start), offset(bytes.end));
        let first = self.count(bytes.start, |cell| cell.bytes.end <= from);
        let start = self.cell(first).map_or_else(|| self.width(), |cell| cell.columns().start);
        let after = self.count(bytes.end, |cell| cell.bytes.start < to);
        let last = after.checked_sub(1).filter(|_| bytes.start < bytes.end).and_then(|n| self.cell(n));
        let end = last.map_or(start, |cell| cell.columns().end);
        start..end.max(start + 1)
    }

    /// The text in `columns`, widened to whole cells, and the columns that it really covers.
    pub(super) fn slice(self, columns: Range<usize>) -> (&'l str, Range<usize>) {
        let Range { start: first, end: after } = self.within(&columns, false);
        let ends = after.checked_sub(1).filter(|last| *last >= first);
        match (self.cell(first), ends.and_then(|last| self.cell(last))) {
            (Some(a), Some(b)) => {
                let shown = self.shown().get(a.shown().start..b.shown().end).unwrap_or_default();
                (shown, a.columns().start..b.columns().end)
            }
            _ => ("", columns.start.min(self.width())..columns.start.min(self.width())),
        }
    }

    /// The cells that stand in `columns`: those that do so wholly, or those that do at all.
    fn within(self, columns: &Range<usize>, wholly: bool) -> Range<usize> {
        let (from, to) = (offset(columns.start), offset(columns.end));
        if wholly {
            let first = self.count(columns.start, |cell| cell.columns.start < from);
            return first..self.count(columns.end, |cell| cell.columns.end <= to);
        }
        let first = self.count(columns.start, |cell| cell.columns.end <= from);
        first..self.count(columns.end, |cell| cell.columns.start < to)
    }

    /// The columns of the blanks inside `columns`: places where a line may be cut.
    pub(super) fn blanks(self, columns: Range<usize>) -> impl DoubleEndedIterator<Item = usize> {
        let is_blank = move |cell: &Cell| self.shown().get(cell.shown()) == Some(" ");
        let cells = self.within(&columns, true).filter_map(move |n| self.cell(n));
        cells.filter(is_blank).map(|cell| cell.columns().start)
    }
}

/// `text` on one line, with nothing in it that a terminal would obey; line breaks and tabs are white space here.
pub(crate) fn escape_control_chars(text: &str) -> Cow<'_, str> {
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
        for word in escape_control_chars(paragraph).split(' ') {
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
    if fits(text, width) {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(1);
        if used >= width || out.len() >= width * MOST_OF_CELL {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// Is `text` at most `width` columns wide? Looks no further than it has to.
pub(super) fn fits(text: &str, width: usize) -> bool {
    text.len() <= width * MOST_OF_CELL && text.width() <= width
}

/// The beginning of `text`, of at most `bytes` bytes.
pub(crate) fn beginning(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}
