//! Defines [`Span`], a range of bytes in a source text. Syntax trees and diagnostics use it for positions.

use std::ops::Range;

/// A range of bytes in a source text, from `start` to before `end`.
///
/// Offsets are counted in bytes, not characters. The line and the column of a position are computed only to
/// show a message. `u32` is enough, because every parser of dvkit refuses texts of 4 GiB and more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Span {
    /// The offset in bytes of the first byte of the span.
    pub start: u32,
    /// The offset in bytes of the byte after the last one of the span.
    pub end: u32,
}

impl Span {
    /// Returns the span from `start` to before `end`, in bytes. Offsets above `u32::MAX` become `u32::MAX`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end) }
    }

    /// Returns the empty span at the byte offset `at`, where text can be inserted.
    #[must_use]
    pub fn at(at: usize) -> Self {
        Self::new(at, at)
    }

    /// Returns the smallest span that contains both spans.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Returns the span as a range of `usize`, which can index a text.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns the part of `source` at the span. Returns an empty text if the span is outside of `source`, or
    /// begins or ends within a character.
    #[must_use]
    pub fn of(self, source: &str) -> &str {
        source.get(self.range()).unwrap_or("")
    }

    /// Returns the span as a range that is valid in `source`: the end is at most the end of the text,
    /// characters that are covered partly are included, and the start is at most the end.
    ///
    /// ```
    /// use dvkit_diagnostic::Span;
    /// assert_eq!(Span::new(1, 99).clamped("né"), 1..3);
    /// assert_eq!(Span::new(2, 2).clamped("né"), 1..1);
    /// ```
    #[must_use]
    pub fn clamped(self, source: &str) -> Range<usize> {
        let fit = |at: u32| (at as usize).min(source.len());
        let (mut start, mut end) = (fit(self.start), fit(self.end));
        while !source.is_char_boundary(start) {
            start -= 1;
        }
        if self.is_empty() {
            return start..start;
        }
        while !source.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }

    /// Returns the line and the column of the span's start in `source`, both counted from 1. The column is
    /// counted in characters.
    ///
    /// ```
    /// use dvkit_diagnostic::Span;
    /// assert_eq!(Span::at(8).line_column("ä eq 1\nand b"), (2, 1));
    /// assert_eq!(Span::at(3).line_column("ä eq 1\nand b"), (1, 3));
    /// ```
    #[must_use]
    pub fn line_column(self, source: &str) -> (usize, usize) {
        let before = &source[..self.clamped(source).start];
        let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }

    /// Returns the length of the span in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        (self.end.saturating_sub(self.start)) as usize
    }

    /// Returns whether the span covers no bytes.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Returns whether the two spans have at least one byte in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

impl From<Range<usize>> for Span {
    fn from(r: Range<usize>) -> Self {
        Self::new(r.start, r.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_joined_measured_and_compared() {
        let span = Span::new;
        assert_eq!(
            (span(2, 4).to(span(7, 9)), span(7, 9).to(span(2, 4)), span(2, 9).to(span(4, 5))),
            (span(2, 9), span(2, 9), span(2, 9))
        );
        for (one, len, empty) in
            [(span(2, 5), 3, false), (span(2, 2), 0, true), (span(5, 2), 0, true), (span(2, 3), 1, false)]
        {
            assert_eq!((one.len(), one.is_empty()), (len, empty), "{one:?}");
        }
        for (one, other, expected) in [
            (span(0, 2), span(2, 4), false),
            (span(0, 3), span(2, 4), true),
            (span(2, 4), span(0, 3), true),
            (span(2, 4), span(0, 2), false),
            (span(1, 2), span(0, 4), true),
            (span(2, 2), span(0, 4), true),
            (span(2, 2), span(2, 2), false),
        ] {
            assert_eq!(one.overlaps(other), expected, "{one:?} {other:?}");
        }
        assert_eq!((Span::at(3), Span::from(1..2), span(1, 4).range()), (span(3, 3), span(1, 2), 1..4));
        assert_eq!(Span::new(usize::MAX, usize::MAX), Span { start: u32::MAX, end: u32::MAX });
    }

    #[test]
    fn a_span_outside_of_characters_is_clamped_to_them() {
        let source = "aé\nbü";
        assert_eq!(source.len(), 7);
        for (from, to, text, range, place) in [
            (0, 1, "a", 0..1, (1, 1)),
            (1, 3, "é", 1..3, (1, 2)),
            (2, 3, "", 1..3, (1, 2)),
            (1, 2, "", 1..3, (1, 2)),
            (2, 2, "", 1..1, (1, 2)),
            (3, 4, "\n", 3..4, (1, 3)),
            (4, 5, "b", 4..5, (2, 1)),
            (5, 7, "ü", 5..7, (2, 2)),
            (7, 7, "", 7..7, (2, 3)),
            (9, 12, "", 7..7, (2, 3)),
            (5, 3, "", 5..5, (2, 2)),
        ] {
            let span = Span::new(from, to);
            assert_eq!(span.of(source), text, "{span:?}");
            assert_eq!(span.clamped(source), range, "{span:?}");
            assert_eq!(span.line_column(source), place, "{span:?}");
            assert_eq!(crate::LineIndex::new(source).line_column(span), place, "{span:?}");
        }
    }
}
