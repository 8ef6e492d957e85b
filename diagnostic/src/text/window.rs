//! Selects the visible parts of a line that is too long to be printed: the underlined parts and some text
//! around them. The other parts are replaced by `…`. The drawing of source lines uses it.

use std::ops::Range;

use super::columns::Line;

/// The maximum width of a printed line in columns. Of a longer line only parts are shown.
pub(super) const MAX_LINE_WIDTH: usize = 100;
/// The maximum width in columns of all underlined parts that are shown together. The first part is always
/// shown, whatever its width.
const MAX_MARKED_WIDTH: usize = 72;
/// The maximum width in columns of an underlined part that is shown completely. Of a wider part only both
/// ends are shown.
const MAX_PART_WIDTH: usize = 48;
/// The width in columns of each end of an underlined part that is not shown completely.
const PART_END_WIDTH: usize = 22;
/// The minimum width in columns of a text that is replaced by `…`.
const MIN_OMITTED_WIDTH: usize = 3;
/// The maximum number of columns by which a cut is moved to reach a space.
const MAX_CUT_SHIFT: usize = 16;

/// The visible form of a line, with the data to map columns of the line to printed columns.
#[derive(Debug)]
pub(super) struct View {
    /// The text to print for the line.
    pub(super) text: String,
    pieces: Vec<VisiblePart>,
    width: usize,
    full: usize,
}

#[derive(Debug)]
struct VisiblePart {
    from: Range<usize>,
    to: usize,
}

impl View {
    /// Returns the visible form of `line`. `marks` are the ranges of columns that must be visible as far as
    /// they fit, the most important one first.
    pub(super) fn new(line: Line<'_>, marks: &[Range<usize>]) -> Self {
        let full = line.width();
        let kept =
            if full <= MAX_LINE_WIDTH { std::iter::once(0..full).collect() } else { choose(line, marks) };
        let mut view = Self { text: String::new(), pieces: Vec::new(), width: 0, full };
        let mut done = 0;
        for range in kept {
            let (text, from) = line.slice(range);
            if from.start > done {
                view.ellipsis();
            }
            view.text.push_str(text);
            done = from.end;
            let to = view.width;
            view.width += from.len();
            view.pieces.push(VisiblePart { from, to });
        }
        if done < full {
            view.ellipsis();
        }
        view
    }

    fn ellipsis(&mut self) {
        self.text.push('…');
        self.width += 1;
    }

    /// Returns the printed columns for the columns `columns` of the line; `None` if the first of them is not
    /// visible.
    pub(super) fn place(&self, columns: &Range<usize>) -> Option<Range<usize>> {
        if !self.shows(columns.start) {
            return None;
        }
        let start = self.column(columns.start);
        let end = self.column(columns.end.saturating_sub(1).max(columns.start)) + 1;
        Some(start..end.max(start + 1))
    }

    fn shows(&self, column: usize) -> bool {
        self.pieces.iter().any(|p| p.from.contains(&column))
            || (column >= self.full && self.pieces.last().is_none_or(|p| p.from.end == self.full))
    }

    /// Returns the printed column for a column of the line. For a column that is not visible, this is the
    /// column of the `…` in its place.
    fn column(&self, column: usize) -> usize {
        for piece in &self.pieces {
            if column < piece.from.start {
                return piece.to.saturating_sub(1);
            }
            if column < piece.from.end {
                return piece.to + (column - piece.from.start);
            }
        }
        match self.pieces.last() {
            Some(last) => last.to + last.from.len(),
            None => 0,
        }
    }
}

/// Returns the ranges of columns to show of a line that is too wide, from left to right. `marks` are the
/// ranges that must be visible as far as they fit, the most important one first.
fn choose(line: Line<'_>, marks: &[Range<usize>]) -> Vec<Range<usize>> {
    let width = line.width();
    // Whole cells are shown, and an escape such as `\u{feff}` is wide, so widths are counted in whole cells.
    let whole = |columns: Range<usize>| line.slice(columns).1;
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for mark in marks {
        let more: Vec<_> = ends(mark, width).into_iter().map(whole).collect();
        let with: Vec<_> = pieces.iter().chain(&more).cloned().collect();
        if pieces.is_empty() || cost(&merge(with.clone()), width) <= MAX_MARKED_WIDTH {
            pieces = with;
        }
    }
    if pieces.is_empty() {
        pieces.push(0..0);
    }
    let mut kept = merge(pieces.clone());
    for context in 1..=MAX_LINE_WIDTH {
        let grow = |r: &Range<usize>| whole(r.start.saturating_sub(context)..(r.end + context).min(width));
        let wider = merge(pieces.iter().map(grow).collect());
        if cost(&wider, width) > MAX_LINE_WIDTH {
            break;
        }
        kept = wider;
    }
    for range in &mut kept {
        let inside = |p: &&Range<usize>| p.start >= range.start && p.end <= range.end;
        let first = pieces.iter().filter(inside).map(|p| p.start).min().unwrap_or(range.start);
        let last = pieces.iter().filter(inside).map(|p| p.end).max().unwrap_or(range.end);
        if range.start > 0
            && let Some(cut) = line.spaces(range.start..first.min(range.start + MAX_CUT_SHIFT)).next()
        {
            range.start = cut;
        }
        if range.end < width
            && let Some(cut) =
                line.spaces(last.max(range.end.saturating_sub(MAX_CUT_SHIFT))..range.end).next_back()
        {
            range.end = cut + 1;
        }
    }
    kept
}

/// Returns the parts of the range `mark` that must be visible: all of it, or both its ends if it is too wide.
/// `width` is the width of the line in columns.
fn ends(mark: &Range<usize>, width: usize) -> Vec<Range<usize>> {
    let mark = mark.start.min(width)..mark.end.min(width);
    if mark.len() <= MAX_PART_WIDTH {
        return vec![mark];
    }
    vec![mark.start..mark.start + PART_END_WIDTH, mark.end - PART_END_WIDTH..mark.end]
}

/// Returns the ranges from left to right, joined if there are at most [`MIN_OMITTED_WIDTH`] columns between
/// them.
fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|r| (r.start, r.end));
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end + MIN_OMITTED_WIDTH => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// Returns the printed width of the ranges in columns, with a `…` in place of each part of the line that is
/// left out. `width` is the width of the line in columns.
fn cost(ranges: &[Range<usize>], width: usize) -> usize {
    let before = usize::from(ranges.first().is_some_and(|r| r.start > 0));
    let after = usize::from(ranges.last().is_some_and(|r| r.end < width));
    ranges.iter().map(ExactSizeIterator::len).sum::<usize>() + ranges.len().saturating_sub(1) + before + after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::columns::Measured;

    #[test]
    fn a_column_is_placed_where_its_part_of_the_line_is_printed() {
        // The parts that must be visible, and for columns of the line the printed ones.
        let first: &[Range<usize>] = &[0..48, 252..300];
        let last: &[Range<usize>] = &[252..300, 100..140];
        let two: &[Range<usize>] = &[100..120, 160..170];
        for (width, marks, columns, printed) in [
            // A short line is printed as a whole; the column after its end belongs to it.
            (0, first, 0..1, Some(0..1)),
            (10, first, 3..5, Some(3..5)),
            (10, first, 9..10, Some(9..10)),
            (10, first, 10..11, Some(10..11)),
            // The columns 0 to 98 and `…`; the second part does not fit.
            (300, first, 252..300, None),
            (300, first, 0..48, Some(0..48)),
            (300, first, 98..99, Some(98..99)),
            (300, first, 90..120, Some(90..100)),
            (300, first, 99..100, None),
            (300, first, 299..300, None),
            (300, first, 300..301, None),
            // `…` and the columns 201 to 299; the second part does not fit.
            (300, last, 252..300, Some(52..100)),
            (300, last, 201..202, Some(1..2)),
            (300, last, 300..301, Some(100..101)),
            (300, last, 200..201, None),
            (300, last, 100..140, None),
            (300, last, 0..1, None),
            // `…`, the columns 84 to 135, `…`, the columns 144 to 185, `…`.
            (300, two, 100..120, Some(17..37)),
            (300, two, 160..170, Some(70..80)),
            (300, two, 130..150, Some(47..60)),
            (300, two, 130..141, Some(47..54)),
            (300, two, 180..300, Some(90..97)),
            (300, two, 83..84, None),
            (300, two, 136..137, None),
            (300, two, 143..150, None),
            (300, two, 186..187, None),
            (300, two, 300..301, None),
        ] {
            let text = "x".repeat(width);
            let measured = Measured::new(&text);
            let view = View::new(Line::new(&text, &measured), marks);
            assert_eq!(view.place(&columns), printed, "{columns:?} of {width} in {}", view.text);
        }
    }

    #[test]
    fn a_line_without_marks_shows_its_beginning() {
        for (text, shown) in [
            ("x".repeat(100), "x".repeat(100)),
            ("x".repeat(101), "x".repeat(99) + "…"),
            ("abc ".repeat(30), "abc ".repeat(24) + "…"),
            ("\u{1}".repeat(40), "\\u{1}".repeat(19) + "…"),
        ] {
            let measured = Measured::new(&text);
            assert_eq!(View::new(Line::new(&text, &measured), &[]).text, shown, "{text:?}");
        }
    }
}
