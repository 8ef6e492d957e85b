//! Counts lines and UTF-16 code units up to positions of a text, which are asked for mostly in their order.

use std::ops::Range;

/// A position in a text that moves forwards, with the numbers of what is before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineCursor<'a> {
    text: &'a str,
    at: usize,
    lines: usize,
    utf16: usize,
}

impl<'a> LineCursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, lines: 0, utf16: 0 }
    }

    /// Returns the byte range of the whole lines that contain `range`, without the last line break; the number
    /// of the first of these lines, counted from 1; and the number of UTF-16 code units before it.
    pub(super) fn lines(&mut self, range: &Range<usize>) -> (Range<usize>, usize, usize) {
        let before = self.text.get(..range.start).unwrap_or(self.text);
        let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
        if start < self.at {
            *self = Self::new(self.text);
        }
        let passed = self.text.get(self.at..start).unwrap_or_default();
        self.lines += memchr::memchr_iter(b'\n', passed.as_bytes()).count();
        self.utf16 += passed.encode_utf16().count();
        self.at = start;
        let end = range.end.max(range.start).min(self.text.len());
        let behind = self.text.as_bytes().get(end..).unwrap_or_default();
        let mut end = end + memchr::memchr(b'\n', behind).unwrap_or(behind.len());
        if end > start && self.text.as_bytes().get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
        (start..end.max(range.end.min(self.text.len())), self.lines + 1, self.utf16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_in_any_order() {
        let text = "é\r\n𝄞b\ncd\n";
        let mut cursor = LineCursor::new(text);
        let mut of = |range: Range<usize>| {
            let (lines, number, utf16) = cursor.lines(&range);
            (&text[lines], number, utf16)
        };
        assert_eq!(of(0..2), ("é", 1, 0));
        assert_eq!(of(11..12), ("cd", 3, 7));
        assert_eq!(of(4..8), ("𝄞b", 2, 3));
        assert_eq!(of(8..11), ("𝄞b\ncd", 2, 3));
        assert_eq!(of(13..13), ("", 4, 10));
    }
}
