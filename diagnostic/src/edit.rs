//! Defines edits of a text, and applies them. Suggestions consist of edits; programs that fix texts call
//! [`apply`].

use crate::Span;

/// An edit of a text, which replaces the bytes at `span` by `replacement`. An edit with an empty span inserts
/// the replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Edit {
    /// The range of bytes in the original text that is replaced.
    pub span: Span,
    /// The text that takes the place of these bytes.
    pub replacement: String,
}

/// The reason why a list of edits cannot be applied to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditError {
    /// Two edits overlap. The fields are their spans.
    Overlap(Span, Span),
    /// An edit is outside of the text, or begins or ends within a character. The field is its span.
    OutOfText(Span),
}

impl std::fmt::Display for EditError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Overlap(a, b) => {
                write!(f, "edits at bytes {}..{} and {}..{} overlap", a.start, a.end, b.start, b.end)
            }
            Self::OutOfText(s) => write!(f, "an edit at bytes {}..{} does not fit the text", s.start, s.end),
        }
    }
}

impl std::error::Error for EditError {}

/// Returns `source` with the edits applied. The spans of all edits refer to `source`. The edits may be in any
/// order.
///
/// # Errors
/// Returns an error if two edits overlap, or if one is outside the text or cuts a character.
pub fn apply(source: &str, edits: &[Edit]) -> Result<String, EditError> {
    let sorted = fitting(source, edits)?;
    let mut out = String::with_capacity(source.len() + 16);
    let mut at = 0;
    for edit in sorted {
        let range = edit.span.range();
        out.push_str(source.get(at..range.start).unwrap_or_default());
        out.push_str(&edit.replacement);
        at = range.end;
    }
    out.push_str(source.get(at..).unwrap_or_default());
    Ok(out)
}

/// Returns the edits in the order of the text. Returns an error if two of them overlap, or if one does not
/// fit `source`.
pub(crate) fn fitting<'e>(source: &str, edits: &'e [Edit]) -> Result<Vec<&'e Edit>, EditError> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|e| (e.span.start, e.span.end));
    let mut at = 0;
    let mut last = Span::at(0);
    for edit in &sorted {
        let range = edit.span.range();
        if range.start < at {
            return Err(EditError::Overlap(last, edit.span));
        }
        if source.get(range.clone()).is_none() {
            return Err(EditError::OutOfText(edit.span));
        }
        at = range.end;
        last = edit.span;
    }
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: usize, end: usize, replacement: &str) -> Edit {
        Edit { span: Span::new(start, end), replacement: replacement.to_owned() }
    }

    #[test]
    fn edits_are_applied_in_the_order_of_the_text() {
        let apply = |edits: &[Edit]| apply("abcdef", edits).map_err(|e| e.to_string());
        for (edits, expected) in [
            (vec![], Ok("abcdef")),
            (vec![edit(4, 6, "X"), edit(0, 1, "")], Ok("bcdX")),
            (vec![edit(2, 2, "+"), edit(2, 2, "-")], Ok("ab+-cdef")),
            (vec![edit(2, 4, "X"), edit(2, 2, "(")], Ok("ab(Xef")),
            (vec![edit(0, 2, "X"), edit(2, 4, "Y")], Ok("XYef")),
            (vec![edit(6, 6, "!")], Ok("abcdef!")),
            (vec![edit(0, 3, "X"), edit(2, 4, "Y")], Err("edits at bytes 0..3 and 2..4 overlap")),
            (vec![edit(1, 3, "X"), edit(2, 2, "Y")], Err("edits at bytes 1..3 and 2..2 overlap")),
            (vec![edit(6, 7, "X")], Err("an edit at bytes 6..7 does not fit the text")),
            (vec![edit(4, 2, "X")], Err("an edit at bytes 4..2 does not fit the text")),
        ] {
            assert_eq!(apply(&edits), expected.map(str::to_owned).map_err(str::to_owned), "{edits:?}");
        }
        assert_eq!(super::apply("é", &[edit(1, 2, "x")]), Err(EditError::OutOfText(Span::new(1, 2))));
    }
}
