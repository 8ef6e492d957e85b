//! What is promised of every suggestion: its edits lie within the text, on the boundaries of characters, do not overlap, and
//! change the text; and what may be applied unasked does not go on where the text breaks off.

use dvkit_diagnostic::{Applicability, Diagnostic, Suggestion, apply};

/// The suggestions of a longer text, in bytes, are judged by their edits alone: there may be as many of them as the text is
/// long, and applying each takes time in proportion to the text.
const SHORT: usize = 1_000;

/// Holds the promise for what was found in `text`.
pub(crate) fn keep_promises(text: &str, diagnostics: &mut [Diagnostic]) {
    let end = text.trim_end().len();
    for diagnostic in diagnostics {
        let (code, is_error) = (diagnostic.code, diagnostic.is_error());
        diagnostic.suggestions.retain_mut(|s| {
            if s.edits.is_empty() {
                return true;
            }
            let fits = if text.len() > SHORT {
                fits(text, s)
            } else {
                matches!(apply(text, &s.edits), Ok(changed) if changed != text)
            };
            debug_assert!(fits, "{code}: a suggestion that cannot be applied to {text:?}: {s:?}");
            // What a service takes as it is means what it says, wherever it ends; and only syntax breaks off.
            if is_error && (continues(text, end, s) || (code.number() < 100 && cuts(end, s))) {
                s.applicability = Applicability::Maybe;
            }
            fits
        });
    }
}

/// Do its edits lie within the text, on the boundaries of characters and apart from one another, and does one change it?
fn fits(text: &str, suggestion: &Suggestion) -> bool {
    let mut ranges: Vec<_> = suggestion.edits.iter().map(|e| e.span.range()).collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    ranges.iter().all(|range| text.get(range.clone()).is_some())
        && ranges.windows(2).all(|pair| pair[0].end <= pair[1].start)
        && suggestion.edits.iter().any(|e| text.get(e.span.range()) != Some(&*e.replacement))
}

/// Does it add to what the text ends with? Where a text breaks off, more may be missing than that.
fn continues(text: &str, end: usize, suggestion: &Suggestion) -> bool {
    suggestion.edits.iter().any(|e| {
        let written = e.span.of(text);
        // Another option is none of what breaks off; `_owner_` is cut off even where it would be a slip.
        let begins = written.strip_suffix('_').unwrap_or(written);
        let option = written.is_empty() && e.replacement.starts_with('&');
        // A function that takes nothing is called, whatever is behind it: `WhoAmI` is `WhoAmI()`.
        let called = e.replacement.strip_prefix(written) == Some("()");
        let cut = begins.len() < written.len() && e.replacement.contains(begins.trim_start_matches('_'));
        let goes_on =
            e.replacement.len() > written.len() && e.replacement.starts_with(begins) && !option && !called
                || cut;
        // Of a day that has one digit the second one may be missing.
        let day = written.rsplit_once('-').is_some_and(|(_, day)| {
            day.len() == 1 && day.bytes().all(|b| b.is_ascii_digit()) && e.replacement.len() > written.len()
        });
        // `2.` may go on with its fraction, and `primarycontacti` with the letter that makes it a name.
        let fraction = written.ends_with('.');
        let lookup = e.replacement.strip_prefix('_').and_then(|name| name.strip_suffix("_value"));
        let name = lookup.is_some_and(|name| name.len() > written.len() && name.starts_with(written));
        e.span.range().end >= end && (goes_on || day || fraction || name)
    })
}

/// Does it leave out what the text ends with? Where a text breaks off, what would follow is missing.
fn cuts(end: usize, suggestion: &Suggestion) -> bool {
    suggestion.edits.iter().any(|e| e.span.range().end >= end && e.replacement.is_empty())
}
