//! Validates suggestions. The edits of each must be within the text, on character boundaries, must not
//! overlap, and must change the text. A fix that is applied automatically must not complete a text that
//! breaks off.

use dvkit_diagnostic::{Applicability, Diagnostic, Suggestion, apply};

/// The longest text, in bytes, on which suggestions are tried out. In a longer text only their edits are
/// examined: the number of suggestions may grow with the text, and so does the time to apply one.
const MAX_TESTED_LENGTH: usize = 1_000;

/// Drops invalid suggestions, and marks those that complete a text that breaks off as uncertain.
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

/// Returns whether the edits are within the text, on character boundaries, do not overlap, and change the
/// text.
fn fits(text: &str, suggestion: &Suggestion) -> bool {
    let mut ranges: Vec<_> = suggestion.edits.iter().map(|e| e.span.range()).collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    ranges.iter().all(|range| text.get(range.clone()).is_some())
        && ranges.windows(2).all(|pair| pair[0].end <= pair[1].start)
        && suggestion.edits.iter().any(|e| text.get(e.span.range()) != Some(&*e.replacement))
}

/// Returns whether the suggestion continues the last word of the text. If a text breaks off, more than that
/// word may be missing.
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

/// Returns whether the suggestion removes the end of the text. If a text breaks off, what follows is missing.
fn truncates(end: usize, suggestion: &Suggestion) -> bool {
    suggestion.edits.iter().any(|e| e.span.range().end >= end && e.replacement.is_empty())
}
