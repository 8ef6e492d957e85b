//! Validates the suggestions of the findings, before an analysis returns them.
//!
//! The edits of a suggestion must be within the text, lie on character boundaries, not overlap, and change
//! the text. A suggestion that completes or cuts off the end of the text is never applied automatically,
//! because the text may be incomplete.

use dvkit_diagnostic::{Applicability, Diagnostic, Suggestion, apply};

/// The maximum length in bytes of a text for which every suggestion is applied as a test. For a longer text
/// the edits are checked without applying them, because applying all suggestions would take too long.
const MAX_TESTED_LENGTH: usize = 1_000;

/// Removes invalid suggestions from `diagnostics`, and marks those suggestions as uncertain that complete or
/// cut off the end of `text`.
pub(crate) fn validate(text: &str, diagnostics: &mut [Diagnostic]) {
    let end = text.trim_end().len();
    for diagnostic in diagnostics {
        let (code, is_error) = (diagnostic.code, diagnostic.is_error());
        diagnostic.suggestions.retain_mut(|s| {
            if s.edits.is_empty() {
                return true;
            }
            let fits = if text.len() > MAX_TESTED_LENGTH {
                fits(text, s)
            } else {
                matches!(apply(text, &s.edits), Ok(changed) if changed != text)
            };
            debug_assert!(fits, "{code}: a suggestion that cannot be applied to {text:?}: {s:?}");
            // A query that the service accepts means what it says, wherever it ends. Only a syntax error can
            // come from a text that breaks off.
            if is_error && (continues(text, end, s) || (code.number() < 100 && truncates(end, s))) {
                s.applicability = Applicability::Maybe;
            }
            fits
        });
    }
}

/// Returns whether the edits of the suggestion are within `text`, lie on character boundaries, do not
/// overlap, and change `text`.
fn fits(text: &str, suggestion: &Suggestion) -> bool {
    let mut ranges: Vec<_> = suggestion.edits.iter().map(|e| e.span.range()).collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    ranges.iter().all(|range| text.get(range.clone()).is_some())
        && ranges.windows(2).all(|pair| pair[0].end <= pair[1].start)
        && suggestion.edits.iter().any(|e| text.get(e.span.range()) != Some(&*e.replacement))
}

/// Returns whether the suggestion completes the last word of `text`. Such a suggestion is uncertain, because
/// an incomplete text may lack more than the rest of that word. `end` is the length in bytes of `text`
/// without trailing spaces.
fn continues(text: &str, end: usize, suggestion: &Suggestion) -> bool {
    suggestion.edits.iter().any(|e| {
        let written = e.span.of(text);
        // Replacing an option by another does not continue it. `_owner_` breaks off even where it could be a
        // typo.
        let begins = written.strip_suffix('_').unwrap_or(written);
        let option = written.is_empty() && e.replacement.starts_with('&');
        // A function without arguments is complete whatever follows: `WhoAmI` means `WhoAmI()`.
        let called = e.replacement.strip_prefix(written) == Some("()");
        let cut = begins.len() < written.len() && e.replacement.contains(begins.trim_start_matches('_'));
        let goes_on =
            e.replacement.len() > written.len() && e.replacement.starts_with(begins) && !option && !called
                || cut;
        // A day with one digit may lack its second digit.
        let day = written.rsplit_once('-').is_some_and(|(_, day)| {
            day.len() == 1 && day.bytes().all(|b| b.is_ascii_digit()) && e.replacement.len() > written.len()
        });
        // `2.` may lack its fraction, and `primarycontacti` the letter that makes it a name.
        let fraction = written.ends_with('.');
        let lookup = e.replacement.strip_prefix('_').and_then(|name| name.strip_suffix("_value"));
        let name = lookup.is_some_and(|name| name.len() > written.len() && name.starts_with(written));
        e.span.range().end >= end && (goes_on || day || fraction || name)
    })
}

/// Returns whether the suggestion removes the end of the text. Such a suggestion is uncertain, because the
/// text may be incomplete. `end` is the length in bytes of the text without trailing spaces.
fn truncates(end: usize, suggestion: &Suggestion) -> bool {
    suggestion.edits.iter().any(|e| e.span.range().end >= end && e.replacement.is_empty())
}
