//! Maps positions between a text and the line in which it is embedded, plain or as a JSON string. Findings of
//! a query in a JSON object are located with it.

use std::borrow::Cow;
use std::ops::Range;

use dvkit_diagnostic::{Diagnostic, Span};

use crate::embedded::{HostText, HostTextBuilder, json_string, verbatim};

/// A text that is embedded in a line, either plain or as a JSON string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedText<'a> {
    text: Cow<'a, str>,
    /// The byte range of the text in the line, without the quotes of a JSON string.
    range: Range<usize>,
    /// The escapes of a JSON string, in the order of the text; `None` for a plain text. Each entry is the
    /// byte offset in the decoded text after the escape, and the number of bytes by which the line is longer
    /// than the decoded text up to there.
    escapes: Option<Vec<(usize, usize)>>,
}

impl<'a> EmbeddedText<'a> {
    /// Returns `text` as a text that is embedded without any encoding. `text` must be a slice of `line`.
    pub(crate) fn plain(line: &'a str, text: &'a str) -> Self {
        let start = offset(line, text);
        Self { text: text.into(), range: start..start + text.len(), escapes: None }
    }

    /// Returns the content of the JSON string `value`, which must be a slice of `line`; `None` if `value` is
    /// not a string.
    pub(crate) fn json(line: &'a str, value: &'a str) -> Option<Self> {
        let text: String = serde_json::from_str(value).ok()?;
        let inside = value.strip_prefix('"')?.strip_suffix('"')?;
        let start = offset(line, inside);
        let escapes = Some(escapes(inside));
        Some(Self { text: text.into(), range: start..start + inside.len(), escapes })
    }

    /// Returns the text without the escapes of a JSON string.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns a diagnostic of the text as a diagnostic of the line: its spans refer to the line, and its
    /// replacements are escaped if the text is a JSON string.
    #[must_use]
    pub fn locate(&self, diagnostic: Diagnostic) -> Diagnostic {
        let at = |offset: u32| self.line_offset(offset as usize);
        diagnostic.map(|span| Span::new(at(span.start), at(span.end)), |text| self.spell(text))
    }

    /// Returns `line` with `text` in place of this text, escaped if this text is a JSON string.
    pub(crate) fn replaced(&self, line: &str, text: &str) -> String {
        let before = line.get(..self.range.start).unwrap_or_default();
        let after = line.get(self.range.end..).unwrap_or_default();
        format!("{before}{}{after}", self.spell(text.to_owned()))
    }

    /// Returns the byte offset in the line that corresponds to the byte offset `offset` in the text.
    #[must_use]
    pub fn line_offset(&self, offset: usize) -> usize {
        let escapes = self.escapes.as_deref().unwrap_or_default();
        let passed = escapes.partition_point(|(behind, _)| *behind <= offset);
        let longer =
            passed.checked_sub(1).and_then(|last| escapes.get(last)).map_or(0, |(_, longer)| *longer);
        self.range.start + offset + longer
    }

    /// Returns this text with the positions of its characters in the file. `line` is the text that this text
    /// is a part of, and `start` the byte offset of `line` in the file.
    pub(crate) fn host_text(&self, line: &str, start: usize) -> HostText {
        let mut builder = HostTextBuilder::default();
        let Some(escapes) = &self.escapes else {
            builder.begin(start + self.range.start, verbatim());
            builder.plain(start + self.range.start..start + self.range.end, &self.text);
            return builder.finish();
        };
        builder.begin(start + self.range.start, json_string());
        // The text up to `at` is done, and stands before `host` in the line.
        let (mut at, mut host) = (0, self.range.start);
        for (behind, longer) in escapes {
            let written_end = self.range.start + behind + longer;
            // The escape sequence begins at the last backslash that is not done.
            let plain = line.get(host..written_end).and_then(|part| part.find('\\')).unwrap_or(0);
            builder
                .plain(start + host..start + host + plain, self.text.get(at..at + plain).unwrap_or_default());
            let meaning = self.text.get(at + plain..*behind).unwrap_or_default();
            builder.escape(start + host + plain..start + written_end, meaning);
            (at, host) = (*behind, written_end);
        }
        builder.plain(start + host..start + self.range.end, self.text.get(at..).unwrap_or_default());
        builder.finish()
    }

    fn spell(&self, text: String) -> String {
        if self.escapes.is_none() {
            return text;
        }
        let quoted = serde_json::Value::from(text).to_string();
        quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"')).unwrap_or(&quoted).to_owned()
    }
}

/// Returns the byte offset of `part` in `whole`. `part` must be a slice of `whole`.
fn offset(whole: &str, part: &str) -> usize {
    part.as_ptr() as usize - whole.as_ptr() as usize
}

/// Returns the escapes in a valid JSON string, as in [`EmbeddedText`]. `inside` is the text between its
/// quotes.
fn escapes(inside: &str) -> Vec<(usize, usize)> {
    let mut escapes = Vec::new();
    let mut longer = 0;
    let mut from = 0;
    while let Some(at) = inside.get(from..).and_then(|rest| rest.find('\\')).map(|at| from + at) {
        let unit = |at: usize| inside.get(at..at + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let (written, means) = match inside.as_bytes().get(at + 1) {
            Some(b'u') => match unit(at + 2) {
                // The first half of a surrogate pair; the second half follows.
                Some(0xd800..0xdc00) => (12, 4),
                unit => (6, unit.and_then(char::from_u32).map_or(1, char::len_utf8)),
            },
            _ => (2, 1),
        };
        longer += written - means;
        from = at + written;
        escapes.push((from - longer, longer));
    }
    escapes
}

#[cfg(test)]
mod tests {
    use super::*;
    use dvkit_diagnostic::{Suggestion, code};

    #[test]
    fn spans_lead_into_the_line() {
        let line = r#"{"filter":"a\u00e9 \ud83d\ude00\"x\n eq y"}"#;
        let value = &line[10..line.len() - 1];
        let piece = EmbeddedText::json(line, value).unwrap();
        assert_eq!(piece.text(), "aé 😀\"x\n eq y");
        for (part, stands) in [
            ("a", "a"),
            ("é", r"\u00e9"),
            ("😀", r"\ud83d\ude00"),
            ("\"x", "\\\"x"),
            ("y", "y"),
            ("\n", r"\n"),
        ] {
            let start = piece.text().find(part).unwrap();
            let found = Diagnostic::error(code::EMPTY, Span::new(start, start + part.len()), "");
            assert_eq!(piece.locate(found).span.of(line), stands);
        }
    }

    #[test]
    fn replacements_are_spelled_for_their_place() {
        let line = r#"{"id":1,  "filter" : "a eq \"x\"" }"#;
        let value = &line[21..33];
        let piece = EmbeddedText::json(line, value).unwrap();
        let quotes = Span::new(5, 8);
        let found = Diagnostic::error(code::EMPTY, quotes, "").suggest(Suggestion::fix("", quotes, "'\"'"));
        let located = piece.locate(found);
        assert_eq!(located.span.of(line), r#"\"x\""#);
        assert_eq!(located.suggestions[0].edits[0].replacement, r#"'\"'"#);
        assert_eq!(piece.replaced(line, "a eq '\"'"), r#"{"id":1,  "filter" : "a eq '\"'" }"#);
        let line = "  a ";
        let plain = EmbeddedText::plain(line, line.trim());
        assert_eq!(plain.replaced(line, "b\""), "  b\" ");
        assert_eq!(EmbeddedText::json("1", "1"), None);
    }
}
