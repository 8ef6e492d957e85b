//! Edits of a text, and their application.

use crate::Span;

/// An edit of a text: it replaces the bytes under `span` by `replacement`. If the span is empty, it inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Edit {
    /// The bytes of the original text to replace.
    pub span: Span,
    /// The text that replaces those bytes.
    pub replacement: String,
}

/// The reason why edits could not be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditError {
    /// The two edits with these spans overlap.
    Overlap(Span, Span),
    /// The edit with this span is outside the text, or begins or ends within a character.
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

/// Returns `source` with the edits applied. They may be in any order.
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

/// Returns the edits in the order of the text, or an error if they overlap or do not fit the text.
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
