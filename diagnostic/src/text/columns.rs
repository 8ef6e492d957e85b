//! Converts a source line to a printable line in which every byte of the source has a known terminal column.
//! The drawing of source lines uses it, to put carets below the right characters.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::printable::{self, is_printable};

/// The text that is printed in place of a tab. The width of a tab would depend on the width of the line
/// numbers.
const TAB: &str = "    ";

/// The maximum length in bytes of one [`Cell`]. Further combining marks on a letter are replaced by `U+FFFD`.
const MAX_CELL_LENGTH: usize = 64;

/// A unit that a terminal shows as a whole: a character with the combining marks and joiners after it.
#[derive(Clone, Debug)]
struct Cell {
    /// The byte range of the cell in the source line.
    bytes: Range<u32>,
    /// The byte range of the cell in the printed text.
    shown: Range<u32>,
    /// The columns of the terminal that the cell covers, counted from 0.
    columns: Range<u32>,
}

impl Cell {
    /// Returns the cell for the byte offset `at` in a line of printable ASCII, in which every byte is one
    /// column.
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

/// Returns the offset as a `u32`. Source texts are shorter than 4 GiB; see [`crate::Span`].
fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The printable form of a source line. It is computed once for all findings in the line.
#[derive(Clone, Debug)]
pub(super) enum Measured {
    /// A line of printable ASCII. It is printed unchanged, and every byte is one column.
    Plain,
    /// A line that contains other characters too.
    Cells {
        /// The text to print for the line.
        shown: String,
        /// The cells of that text, in its order.
        cells: Cells,
    },
}

/// The cells of a line, from left to right.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells(Vec<Cell>);

impl Measured {
    /// Returns the printable form of a line. `text` must not contain the line break at its end.
    pub(super) fn new(text: &str) -> Self {
        if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return Self::Plain;
        }
        let mut shown = String::with_capacity(text.len());
        let mut cells: Vec<Cell> = Vec::with_capacity(text.len());
        let mut joined = false;
        // Whether the last cell is full, so that further marks go into one that replaces the rest.
        let mut rest = false;
        for (at, c) in text.char_indices() {
            let bytes = offset(at)..offset(at + c.len_utf8());
            let from = shown.len();
            if cells.is_empty() && c.width() == Some(0) && is_printable(c) {
                // A mark without a base character would combine with the margin.
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
                Some(cell) if follows && shown.len() - cell.shown.start as usize <= MAX_CELL_LENGTH => {
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

/// A source line with its printable form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'l> {
    /// The line as in the source, without its line break.
    text: &'l str,
    measured: &'l Measured,
}

impl<'l> Line<'l> {
    /// Returns the line `text` together with its printable form `measured`.
    pub(super) fn new(text: &'l str, measured: &'l Measured) -> Self {
        Self { text, measured }
    }

    /// Returns the text to print for the line.
    fn shown(self) -> &'l str {
        match self.measured {
            Measured::Plain => self.text,
            Measured::Cells { shown, .. } => shown,
        }
    }

    /// Returns the cells of the line; `None` for a line of printable ASCII, for which no cells are stored.
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

    /// Returns the number of cells at the beginning of the line for which `before` returns true. For a line
    /// of printable ASCII, returns `plain`, but at most the length of the line.
    fn count(self, plain: usize, before: impl Fn(&Cell) -> bool) -> usize {
        match self.kept() {
            Some(cells) => cells.partition_point(before),
            None => plain.min(self.text.len()),
        }
    }

    /// Returns the width of the printed line in columns.
    pub(super) fn width(self) -> usize {
        match self.kept() {
            Some(cells) => cells.last().map_or(0, |cell| cell.columns.end as usize),
            None => self.text.len(),
        }
    }

    /// Returns the columns that the bytes `bytes` of the line cover, extended to whole cells. The result has
    /// at least one column; at the end of the line this is the one after the line.
    pub(super) fn columns(self, bytes: Range<usize>) -> Range<usize> {
        let (from, to) = (offset(bytes.start), offset(bytes.end));
        let first = self.count(bytes.start, |cell| cell.bytes.end <= from);
        let start = self.cell(first).map_or_else(|| self.width(), |cell| cell.columns().start);
        let after = self.count(bytes.end, |cell| cell.bytes.start < to);
        let last = after.checked_sub(1).filter(|_| bytes.start < bytes.end).and_then(|n| self.cell(n));
        let end = last.map_or(start, |cell| cell.columns().end);
        start..end.max(start + 1)
    }

    /// Returns the printed text in the columns `columns`, extended to whole cells, and the columns that this
    /// text covers.
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

    /// Returns the indexes of the cells in the columns `columns`. If `wholly` is true, a cell must be
    /// completely within them, otherwise a part is enough.
    fn within(self, columns: &Range<usize>, wholly: bool) -> Range<usize> {
        let (from, to) = (offset(columns.start), offset(columns.end));
        if wholly {
            let first = self.count(columns.start, |cell| cell.columns.start < from);
            return first..self.count(columns.end, |cell| cell.columns.end <= to);
        }
        let first = self.count(columns.start, |cell| cell.columns.end <= from);
        first..self.count(columns.end, |cell| cell.columns.start < to)
    }

    /// Returns the columns in `columns` that are spaces, at which a line may be cut, from left to right.
    pub(super) fn spaces(self, columns: Range<usize>) -> impl DoubleEndedIterator<Item = usize> {
        let is_blank = move |cell: &Cell| self.shown().get(cell.shown()) == Some(" ");
        let cells = self.within(&columns, true).filter_map(move |n| self.cell(n));
        cells.filter(is_blank).map(|cell| cell.columns().start)
    }
}

/// Returns `text` on one line with escapes for all characters that a terminal would interpret. Line breaks
/// and tabs become spaces.
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

/// Returns `text` with escapes for all characters that a terminal would interpret, except line breaks and
/// tabs, which are kept.
#[cfg(feature = "render")]
pub(crate) fn escape_control_chars_in_lines(text: &str) -> String {
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

/// Appends `c` to `out`, or its escape if it is not printable. Invisible characters are escaped too, because
/// they are often the mistake.
fn push(out: &mut String, c: char) {
    if is_printable(c) {
        out.push(c);
    } else {
        // Writing to a string cannot fail.
        let _ = write!(out, "{}", printable::escape(c));
    }
}

/// Breaks `text` at spaces into lines of at most `width` columns. A longer word is a line of its own. Line
/// breaks in `text` are kept.
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

/// Returns `text` if it fits into `width` columns; otherwise its beginning followed by `…`, which fits.
pub(super) fn shorten(text: &str, width: usize) -> String {
    if fits(text, width) {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(1);
        if used >= width || out.len() >= width * MAX_CELL_LENGTH {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// Returns whether `text` is at most `width` columns wide. Only as much of `text` is read as necessary.
pub(super) fn fits(text: &str, width: usize) -> bool {
    text.len() <= width * MAX_CELL_LENGTH && text.width() <= width
}

/// Returns the longest beginning of `text` that has at most `bytes` bytes and ends with a whole character.
pub(crate) fn beginning(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)] // lists of ranges
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn texts_are_shortened_at_their_width() {
        for (text, width, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("", 0, ""),
            ("a", 0, "…"),
            ("日本", 4, "日本"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
        ] {
            assert_eq!(shorten(text, width), expected, "{text} {width}");
            assert_eq!(fits(text, width), shorten(text, width) == text, "{text} {width}");
        }
        let marks = |n: usize| format!("a{}", "\u{301}".repeat(n));
        assert_eq!(shorten(&format!("{}b", marks(40)), 1), "…");
        assert_eq!(
            shorten(&format!("{}b", marks(99)), 2),
            format!("{}…", marks(64)),
            "at most 64 bytes a column"
        );
        assert_eq!(shorten("a\u{7}bcd", 4), "a\u{7}b…", "a control character counts as one column");
        assert!(fits(&marks(31), 1) && !fits(&marks(32), 1), "at most 64 bytes a column");
        for (bytes, expected) in [(0, ""), (1, "a"), (2, "a"), (3, "aé"), (4, "aéb"), (9, "aéb")] {
            assert_eq!(beginning("aéb", bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn a_text_is_wrapped_between_words() {
        for (text, width, expected) in [
            ("", 5, &[""][..]),
            ("a b", 5, &["a b"]),
            ("aa bb", 5, &["aa bb"]),
            ("aa bbb", 5, &["aa", "bbb"]),
            ("a\nb c", 5, &["a", "b c"]),
            ("toolong b", 3, &["toolong", "b"]),
            ("a toolong", 3, &["a", "toolong"]),
            ("日本 語", 6, &["日本", "語"]),
            ("日本 語", 7, &["日本 語"]),
            ("a\u{7}", 9, &["a\\u{7}"]),
            ("a b c d e f", 5, &["a b c", "d e f"]),
            ("a b c d e f", 6, &["a b c", "d e f"]),
            ("a b c d e f", 7, &["a b c d", "e f"]),
            ("a  b", 9, &["a  b"]),
            (" a", 9, &["a"]),
            ("a\n\nb", 9, &["a", "", "b"]),
        ] {
            assert_eq!(wrap(text, width), expected, "{text:?} {width}");
        }
    }

    #[test]
    fn control_characters_are_made_visible_or_spaces() {
        for (text, expected) in [
            ("a\nb", "a b"),
            ("a\tb", "a b"),
            ("a\rb", "ab"),
            ("plain é", "plain é"),
            ("\u{1b}[0m", "\\u{1b}[0m"),
            ("é\u{7}é", "é\\u{7}é"),
        ] {
            assert_eq!(escape_control_chars(text), expected, "{text:?}");
        }
        assert!(matches!(escape_control_chars("plain"), Cow::Borrowed(_)));
    }

    /// A line with all kinds of cells: letters, a tab, wide ones, marks, a joined emoji and escapes.
    const KINDS: &str = "a\té 東e\u{301}\u{302} 👩\u{200d}👧👍\u{1f3fd}\u{7}\u{200b} b";

    #[test]
    fn each_byte_of_a_line_has_its_columns() {
        let columns = |text: &str| {
            let measured = Measured::new(text);
            let line = Line::new(text, &measured);
            let each =
                text.char_indices().map(|(at, c)| format!("{at}:{:?}", line.columns(at..at + c.len_utf8())));
            let each: Vec<String> = each.collect();
            format!("{:?}\n{} columns: {}\n", line.shown(), line.width(), each.join(" "))
        };
        expect![[r#"
            "a    é 東e\u{301}\u{302} 👩\u{200d}👧👍🏽\\u{7}\\u{200b} b"
            30 columns: 0:0..1 1:1..5 2:5..6 4:6..7 5:7..9 8:9..10 9:9..10 11:9..10 13:10..11 14:11..13 18:11..13 21:11..13 25:13..15 29:13..15 33:15..20 34:20..28 37:28..29 38:29..30
            ""
            0 columns: 
            "abc"
            3 columns: 0:0..1 1:1..2 2:2..3
            "◌\u{301}a"
            2 columns: 0:0..1 2:1..2
            "◌\u{301}"
            1 columns: 0:0..1
            "\\u{7}\u{301}"
            5 columns: 0:0..5 1:0..5
            "◌\u{200d}a"
            2 columns: 0:0..2 3:0..2
            "a\u{200d}"
            1 columns: 0:0..1 1:0..1
            "東"
            2 columns: 0:0..2
            "    "
            4 columns: 0:0..4
            "e\u{301}"
            1 columns: 0:0..1 1:0..1
        "#]].assert_eq(
            &[
                KINDS,
                "",
                "abc",
                "\u{301}a",
                "\u{301}",
                "\u{7}\u{301}",
                "\u{200d}a",
                "a\u{200d}",
                "東",
                "\t",
                "e\u{301}",
            ]
            .map(columns)
            .concat(),
        );
    }

    #[test]
    fn a_range_of_bytes_is_extended_to_whole_cells() {
        for (text, bytes, expected) in [
            ("abc", 0..1, 0..1),
            ("abc", 1..3, 1..3),
            ("abc", 1..1, 1..2),
            ("abc", 3..3, 3..4),
            ("abc", 5..9, 3..4),
            ("abc", 2..9, 2..3),
            ("東京b", 0..3, 0..2),
            ("東京b", 1..2, 0..2),
            ("東京b", 2..4, 0..4),
            ("東京b", 3..3, 2..3),
            ("東京b", 3..6, 2..4),
            ("東京b", 6..7, 4..5),
            ("東京b", 7..7, 5..6),
            ("東京b", 0..7, 0..5),
            ("", 0..0, 0..1),
        ] {
            let measured = Measured::new(text);
            assert_eq!(Line::new(text, &measured).columns(bytes.clone()), expected, "{bytes:?} of {text}");
        }
    }

    #[test]
    fn a_range_of_columns_shows_whole_cells() {
        for (text, columns, shown, covered) in [
            ("abc def", 0..7, "abc def", 0..7),
            ("abc def", 0..3, "abc", 0..3),
            ("abc def", 2..5, "c d", 2..5),
            ("abc def", 5..99, "ef", 5..7),
            ("abc def", 2..2, "", 2..2),
            ("abc def", 7..9, "", 7..7),
            ("abc def", 9..12, "", 7..7),
            ("東京 b", 0..2, "東", 0..2),
            ("東京 b", 1..2, "東", 0..2),
            ("東京 b", 0..1, "東", 0..2),
            ("東京 b", 1..3, "東京", 0..4),
            ("東京 b", 2..4, "京", 2..4),
            ("東京 b", 3..5, "京 ", 2..5),
            ("東京 b", 4..6, " b", 4..6),
            ("東京 b", 2..2, "", 2..2),
            ("東京 b", 8..9, "", 6..6),
            ("a\u{7}b", 1..2, "\\u{7}", 1..6),
            ("a\u{7}b", 5..7, "\\u{7}b", 1..7),
        ] {
            let measured = Measured::new(text);
            let line = Line::new(text, &measured);
            assert_eq!(line.slice(columns.clone()), (shown, covered), "{columns:?} of {text:?}");
        }
    }

    #[test]
    fn a_line_may_be_cut_at_the_spaces_within_columns() {
        for (text, columns, expected) in [
            ("a b c d", 0..7, &[1, 3, 5][..]),
            ("a b c d", 1..5, &[1, 3]),
            ("a b c d", 1..6, &[1, 3, 5]),
            ("a b c d", 2..3, &[]),
            ("a b c d", 3..4, &[3]),
            ("a b c d", 5..99, &[5]),
            ("a b c d", 4..4, &[]),
            ("東 é b", 0..6, &[2, 4]),
            ("東 é b", 2..4, &[2]),
            ("東 é b", 3..4, &[]),
            ("東 é b", 3..5, &[4]),
            ("a\tb é", 0..9, &[6]),
        ] {
            let measured = Measured::new(text);
            let line = Line::new(text, &measured);
            assert_eq!(line.spaces(columns.clone()).collect::<Vec<_>>(), expected, "{columns:?} of {text:?}");
            let mut back: Vec<_> = line.spaces(columns.clone()).rev().collect();
            back.reverse();
            assert_eq!(back, expected, "{columns:?} of {text:?}, from the right");
        }
    }

    #[test]
    fn marks_beyond_64_bytes_are_one_character() {
        for (marks, shown, width) in [
            (31, format!("a{}", "\u{301}".repeat(31)), 1),
            (32, format!("a{}\u{fffd}", "\u{301}".repeat(31)), 2),
            (33, format!("a{}\u{fffd}", "\u{301}".repeat(31)), 2),
            (90, format!("a{}\u{fffd}", "\u{301}".repeat(31)), 2),
        ] {
            let text = format!("xa{}b", "\u{301}".repeat(marks));
            let measured = Measured::new(&text);
            let line = Line::new(&text, &measured);
            assert_eq!((line.shown(), line.width()), (format!("x{shown}b").as_str(), width + 2), "{marks}");
            assert_eq!(line.columns(text.len() - 1..text.len()), width + 1..width + 2, "{marks}");
            assert_eq!(line.columns(text.len() - 3..text.len() - 1), width..width + 1, "{marks}");
        }
    }

    #[cfg(feature = "render")]
    #[test]
    fn line_breaks_and_tabs_are_kept_in_lines() {
        for (text, expected) in [
            ("a\nb\tc", "a\nb\tc"),
            ("a\r\nb", "a\r\nb"),
            ("a\rb", "a\\rb"),
            ("a\r", "a\\r"),
            ("a\r\r\n", "a\\r\r\n"),
            ("\u{7}é", "\\u{7}é"),
        ] {
            assert_eq!(escape_control_chars_in_lines(text), expected, "{text:?}");
        }
    }
}
