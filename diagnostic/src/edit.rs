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
