//! Stores the positions of the lines of a source text and their printable forms, so that they are computed
//! only once for all findings in the text. Renderers and the SARIF log use it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::columns::{Line, Measured};
use crate::Span;

/// The distance in bytes between the offsets for which the number of characters before them is stored.
const STEP: usize = 128;

/// A source text with an index of its lines, for many findings in one text. Each line is measured only once.
///
/// ```
/// use dvkit_diagnostic::{code, Diagnostic, LineIndex, Span};
/// let source = LineIndex::new("ä == 1\nand b");
/// let found = Diagnostic::error(code::FOREIGN_OPERATOR, Span::new(3, 5), "`==` is not an OData operator");
/// assert_eq!(found.display_in(&source).to_string(), found.display(source.text()).to_string());
/// assert_eq!(source.line_column(found.span), (1, 3));
/// ```
#[derive(Clone, Debug)]
pub struct LineIndex<'s> {
    text: &'s str,
    /// The byte offsets at which lines begin. There is at least one.
    lines: Vec<usize>,
    /// For every multiple of [`STEP`]: the numbers of characters and of UTF-16 code units before this byte
    /// offset. It is empty for an ASCII text.
    steps: Vec<(usize, usize)>,
    /// The printable forms of the lines that were shown so far, by the number of the line, counted from 0.
    measured: RefCell<BTreeMap<usize, Rc<Measured>>>,
}

impl<'s> LineIndex<'s> {
    /// Returns an index of the lines of `text`.
    #[must_use]
    pub fn new(text: &'s str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(breaks).collect();
        let mut steps = Vec::new();
        if !text.is_ascii() {
            let mut before = (0, 0);
            for piece in text.as_bytes().chunks(STEP) {
                steps.push(before);
                let (characters, units) = counted(piece);
                before = (before.0 + characters, before.1 + units);
            }
        }
        Self { text, lines, steps, measured: RefCell::default() }
    }

    /// Returns the text that is indexed.
    #[must_use]
    pub fn text(&self) -> &'s str {
        self.text
    }

    /// Returns the line and the column of the start of `span`, both counted from 1, like
    /// [`Span::line_column`]. The column is counted in characters.
    #[must_use]
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let at = span.clamped(self.text).start;
        let line = self.line_of(at);
        (line + 1, self.before(at).0 - self.before(self.start_of(line)).0 + 1)
    }

    /// Returns the number of UTF-16 code units before the byte offset `at`.
    #[must_use]
    pub fn utf16(&self, at: usize) -> usize {
        self.before(at).1
    }

    /// Returns the line and the column of the byte offset `at`, both counted from 1. The column is counted in
    /// UTF-16 code units.
    #[must_use]
    pub fn utf16_line_column(&self, at: usize) -> (usize, usize) {
        let line = self.line_of(at);
        (line + 1, self.before(at).1 - self.before(self.start_of(line)).1 + 1)
    }

    /// Returns the number of characters, and the number of UTF-16 code units, before the byte offset `at`.
    fn before(&self, at: usize) -> (usize, usize) {
        let at = at.min(self.text.len());
        // A text whose length is a multiple of a step has no step after its end.
        let step = (at / STEP).min(self.steps.len().saturating_sub(1));
        let Some((characters, units)) = self.steps.get(step) else { return (at, at) };
        let piece = counted(self.text.as_bytes().get(step * STEP..at).unwrap_or_default());
        (characters + piece.0, units + piece.1)
    }

    /// Returns the number of the line that contains the byte offset `at`, counted from 0.
    pub(crate) fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at).saturating_sub(1)
    }

    fn start_of(&self, line: usize) -> usize {
        self.lines.get(line).copied().unwrap_or(self.text.len())
    }

    /// Returns the byte range of the line with the number `line`, counted from 0, without its line break.
    pub(crate) fn line(&self, line: usize) -> Range<usize> {
        let start = self.start_of(line);
        let end = self.lines.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let text = self.text.get(start..end).unwrap_or_default();
        start..start + text.strip_suffix('\r').unwrap_or(text).len()
    }

    /// Calls `show` with the line that has the number `line`, counted from 0, and returns its result.
    pub(super) fn with_line<T>(&self, line: usize, show: impl FnOnce(Line<'_>) -> T) -> T {
        let text = self.text.get(self.line(line)).unwrap_or_default();
        let kept = self.measured.borrow().get(&line).cloned();
        let measured = kept.unwrap_or_else(|| {
            let measured = Rc::new(Measured::new(text));
            self.measured.borrow_mut().insert(line, Rc::clone(&measured));
            measured
        });
        show(Line::new(text, &measured))
    }
}

/// Returns the number of characters, and the number of UTF-16 code units, in a part of a UTF-8 text. A
/// character counts if its first byte is in the part.
fn counted(bytes: &[u8]) -> (usize, usize) {
    let characters = bytes.iter().filter(|b| **b & 0xc0 != 0x80).count();
    (characters, characters + bytes.iter().filter(|b| **b >= 0xf0).count())
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)] // lists of ranges
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_are_those_of_the_text(text in "([a-z]{0,200}|[é東👩\n\r]{0,99}){0,6}", share in 0.0..1.0_f64) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let mut at = (text.len() as f64 * share) as usize;
            while !text.is_char_boundary(at) {
                at += 1;
            }
            let index = LineIndex::new(&text);
            for at in [0, at, text.len()] {
                prop_assert_eq!(index.line_column(Span::at(at)), Span::at(at).line_column(&text));
                let units = |text: &str| text.encode_utf16().count();
                prop_assert_eq!(index.utf16(at), units(&text[..at]));
                let line = text[..at].rsplit('\n').next().unwrap_or_default();
                prop_assert_eq!(index.utf16_line_column(at).1, units(line) + 1);
            }
        }
    }

    #[test]
    fn lines_end_before_their_breaks() {
        for (text, lines) in [
            ("", &[0..0][..]),
            ("ab", &[0..2]),
            ("ab\n", &[0..2, 3..3]),
            ("ab\r\ncd\n\nx", &[0..2, 4..6, 7..7, 8..9]),
            ("\n\n", &[0..0, 1..1, 2..2]),
            ("\ra\r\r\n", &[0..3, 5..5]),
        ] {
            let index = LineIndex::new(text);
            assert_eq!(index.text(), text);
            let found: Vec<_> = (0..lines.len()).map(|line| index.line(line)).collect();
            assert_eq!(found, lines, "{text:?}");
            // There is no line after the last one.
            assert_eq!(index.line(lines.len()), text.len()..text.len(), "{text:?}");
            let of: Vec<_> = (0..=text.len()).map(|at| index.line_of(at)).collect();
            let expected: Vec<_> = (0..=text.len()).map(|at| text[..at].matches('\n').count()).collect();
            assert_eq!(of, expected, "{text:?}");
            assert_eq!(index.line_of(text.len() + 5), lines.len() - 1, "{text:?}");
        }
    }

    #[test]
    fn places_are_counted_in_steps_of_128_bytes() {
        // The number of letters before, and between an `é` and an emoji.
        for (first, second) in
            [(0, 0), (124, 3), (125, 0), (126, 1), (127, 2), (128, 125), (255, 130), (3, 505)]
        {
            let text = format!("{}é{}\u{1f469}\nxyz", "a".repeat(first), "b".repeat(second));
            let index = LineIndex::new(&text);
            let ends = text.len() - 8;
            assert_eq!(ends, first + 2 + second);
            for (at, place, units) in [
                (0, (1, 1), 0),
                (first, (1, first + 1), first),
                (first + 2, (1, first + 2), first + 1),
                (ends, (1, first + second + 2), first + second + 1),
                (ends + 4, (1, first + second + 4), first + second + 3),
                (ends + 5, (2, 1), first + second + 4),
                (ends + 6, (2, 2), first + second + 5),
                (ends + 8, (2, 4), first + second + 7),
                (ends + 99, (2, 4), first + second + 7),
            ] {
                assert_eq!(index.utf16(at), units, "{at} after {first} and {second}");
                assert_eq!(index.utf16_line_column(at), place, "{at} after {first} and {second}");
                let astral = usize::from(at >= ends + 4 && at < ends + 5);
                let column = (place.0, place.1 - astral);
                assert_eq!(index.line_column(Span::at(at)), column, "{at} after {first} and {second}");
            }
        }
    }
}
