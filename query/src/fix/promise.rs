//! What is promised of every suggestion: its edits lie within the text, on the boundaries of characters, do not overlap, and
//! change the text; and what may be applied unasked does not go on where the text breaks off.

use dvkit_diagnostic::{Applicability, Diagnostic, Suggestion, apply};

/// Holds the promise for what was found in `text`.
pub(crate) fn keep(text: &str, diagnostics: &mut [Diagnostic]) {
    let end = text.trim_end().len();
    for diagnostic in diagnostics {
        let (code, is_error) = (diagnostic.code, diagnostic.is_error());
        diagnostic.suggestions.retain_mut(|s| {
            if s.edits.is_empty() {
                return true;
            }
            let fits = matches!(apply(text, &s.edits), Ok(changed) if changed != text);
            debug_assert!(fits, "{code}: a suggestion that cannot be applied to {text:?}: {s:?}");
            if continues(text, end, s) || (is_error && cuts(end, s)) {
                s.applicability = Applicability::Maybe;
            }
            fits
        });
    }
}

/// Does it add to what the text ends with? Where a text breaks off, more may be missing than that.
fn continues(text: &str, end: usize, suggestion: &Suggestion) -> bool {
    suggestion.edits.iter().any(|e| {
        let written = e.span.of(text);
        let goes_on = e.replacement.len() > written.len() && e.replacement.starts_with(written);
        e.span.range().end >= end && goes_on
    })
}

/// Does it leave out what the text ends with? Where a text breaks off, what would follow is missing.
fn cuts(end: usize, suggestion: &Suggestion) -> bool {
    suggestion.edits.iter().any(|e| e.span.range().end >= end && e.replacement.is_empty())
}
