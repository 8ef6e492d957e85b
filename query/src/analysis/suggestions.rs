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

#[cfg(test)]
mod tests {
    use dvkit_diagnostic::{Edit, Span};

    use super::*;

    /// Returns whether a suggestion with these edits, each from and to an offset with its text, fits `äbc`.
    fn fits(edits: &[(usize, usize, &str)]) -> bool {
        let edit = |&(from, to, text): &(usize, usize, &str)| Edit {
            span: Span::new(from, to),
            replacement: text.to_owned(),
        };
        let edits = edits.iter().map(edit).collect();
        super::fits("äbc", &Suggestion { message: String::new(), edits, applicability: Applicability::Maybe })
    }

    #[test]
    fn edits_fit_if_they_are_within_the_text_apart_and_change_it() {
        for (edits, expected) in [
            (&[(2, 3, "x")][..], true),
            (&[(4, 4, "x")], true),
            (&[(4, 5, "x")], false),
            (&[(1, 2, "x")], false),
            (&[(2, 3, "x"), (3, 4, "y")], true),
            (&[(3, 4, "y"), (2, 3, "x")], true),
            (&[(2, 4, "x"), (3, 4, "y")], false),
            (&[(2, 3, "b")], false),
            (&[(2, 3, "b"), (3, 4, "d")], true),
            (&[], false),
        ] {
            assert_eq!(fits(edits), expected, "{edits:?}");
        }
    }

    /// Returns whether the one edit of the end of a text is one that completes it.
    fn completes(text: &str, from: usize, replacement: &str) -> bool {
        let edits =
            vec![Edit { span: Span::new(from, text.trim_end().len()), replacement: replacement.to_owned() }];
        let suggestion = Suggestion { message: String::new(), edits, applicability: Applicability::Maybe };
        continues(text, text.trim_end().len(), &suggestion)
    }

    #[test]
    fn a_suggestion_completes_a_text_if_it_goes_on_with_its_last_word() {
        for (text, from, replacement, expected) in [
            ("a eq nul", 5, "null", true),
            ("a eq nul ", 5, "null", true),
            ("a eq Null", 5, "null", false),
            ("a eq null", 5, "null", false),
            ("_owner_", 0, "_ownerid_value", true),
            ("_owner_", 0, "ownerid", true),
            ("_owner_", 0, "name", false),
            ("a ge 2025-1-3", 5, "2025-01-03", true),
            ("a ge 2025-1-31", 5, "2025-01-31", false),
            ("a ge 2.", 5, "3", true),
            ("primarycontacti", 0, "_primarycontactid_value", true),
            ("primarycontactid", 0, "_primarycontactid_value", false),
            ("WhoAmI", 0, "WhoAmI()", false),
            ("accounts", 8, "&$top=5", false),
            ("accounts", 8, "?", true),
        ] {
            assert_eq!(completes(text, from, replacement), expected, "{text} with {replacement}");
        }
        let before = Suggestion::maybe("", Span::new(0, 3), "name");
        assert!(!continues("nam eq 5", 8, &before), "the word is not at the end");
    }

    #[test]
    fn a_suggestion_truncates_a_text_if_it_removes_its_end() {
        let cut = |from, to, text: &str| truncates(8, &Suggestion::maybe("", Span::new(from, to), text));
        assert!(cut(5, 8, "") && cut(5, 9, ""));
        assert!(!cut(5, 7, "") && !cut(5, 8, "x"));
    }
}
