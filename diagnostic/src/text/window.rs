//! What of a long line is shown: the marked places with some of the text around each, and `…` for the rest.

use std::ops::Range;

use super::columns::Line;

/// A line up to this wide is shown whole; a longer one is cut down to it.
pub(super) const ROOM: usize = 100;
/// The marked places alone may take this much, so that some context is left for the first of them.
const CROWD: usize = 72;
/// A marked place longer than this is shown by its two ends.
const LONG: usize = 48;
/// How much of each end.
const END: usize = 22;
/// Leaving out less than this saves nothing.
const GAP: usize = 3;
/// A cut moves up to this far to fall on a blank.
const SNAP: usize = 16;

/// A line as it is shown, and where its columns went.
#[derive(Debug)]
pub(super) struct View {
    /// The characters to print.
    pub(super) text: String,
    pieces: Vec<Piece>,
    width: usize,
    full: usize,
}

#[derive(Debug)]
struct Piece {
    from: Range<usize>,
    to: usize,
}

impl View {
    /// Shows `line` with `marks` (columns, most important first) in sight, as many as there is room for.
    pub(super) fn new(line: Line<'_>, marks: &[Range<usize>]) -> Self {
        let full = line.width();
        let kept = if full <= ROOM { std::iter::once(0..full).collect() } else { choose(line, marks) };
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
            view.pieces.push(Piece { from, to });
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

    /// Where `columns` stand now; nothing where neither end of them is shown.
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

    /// The new column of an old one; for one left out, that of the `…` in its place.
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

/// The column ranges to keep of a line that is too wide.
fn choose(line: Line<'_>, marks: &[Range<usize>]) -> Vec<Range<usize>> {
    let width = line.width();
    // What is shown are whole cells, and an escape (`\u{feff}`) is a wide one: they count before anything is chosen.
    let whole = |columns: Range<usize>| line.slice(columns).1;
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for mark in marks {
        let more: Vec<_> = ends(mark, width).into_iter().map(whole).collect();
        let with: Vec<_> = pieces.iter().chain(&more).cloned().collect();
        if pieces.is_empty() || cost(&merge(with.clone()), width) <= CROWD {
            pieces = with;
        }
    }
    if pieces.is_empty() {
        pieces.push(0..0);
    }
    let mut kept = merge(pieces.clone());
    for context in 1..=ROOM {
        let grow = |r: &Range<usize>| whole(r.start.saturating_sub(context)..(r.end + context).min(width));
        let wider = merge(pieces.iter().map(grow).collect());
        if cost(&wider, width) > ROOM {
            break;
        }
        kept = wider;
    }
    for range in &mut kept {
        let inside = |p: &&Range<usize>| p.start >= range.start && p.end <= range.end;
        let first = pieces.iter().filter(inside).map(|p| p.start).min().unwrap_or(range.start);
        let last = pieces.iter().filter(inside).map(|p| p.end).max().unwrap_or(range.end);
        if range.start > 0
            && let Some(cut) = line.blanks(range.start..first.min(range.start + SNAP)).next()
        {
            range.start = cut;
        }
        if range.end < width
            && let Some(cut) = line.blanks(last.max(range.end.saturating_sub(SNAP))..range.end).next_back()
        {
            range.end = cut + 1;
        }
    }
    kept
}

/// The parts of a mark that must be in sight.
fn ends(mark: &Range<usize>, width: usize) -> Vec<Range<usize>> {
    let mark = mark.start.min(width)..mark.end.min(width);
    if mark.len() <= LONG {
        return vec![mark];
    }
    vec![mark.start..mark.start + END, mark.end - END..mark.end]
}

/// Sorted, with neighbours joined.
fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|r| (r.start, r.end));
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end + GAP => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// The columns that merged ranges take together with the `…` between and around them.
fn cost(ranges: &[Range<usize>], width: usize) -> usize {
    let before = usize::from(ranges.first().is_some_and(|r| r.start > 0));
    let after = usize::from(ranges.last().is_some_and(|r| r.end < width));
    ranges.iter().map(ExactSizeIterator::len).sum::<usize>() + ranges.len().saturating_sub(1) + before + after
}
