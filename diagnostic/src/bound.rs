//! Limits the number and the length of the findings about one text, so that a hostile text cannot make the
//! output grow without limit. The parsers and the check of queries call [`limit_findings`].

use crate::text::columns::beginning;
use crate::{Diagnostic, Span, code};

/// The maximum number of findings that are reported for one text, unless a caller asks for more.
pub const DEFAULT_MAX_FINDINGS: usize = 100;
/// The maximum length in bytes of the message, the help and each label of a finding.
const MAX_SENTENCE_LENGTH: usize = 2000;
/// The maximum number of labels of one finding, and also of its suggestions.
const MAX_LABELS: usize = 20;
/// The maximum length of all replacements of a text's findings together, as a multiple of the length of the
/// text. [`MIN_REPLACEMENT_BUDGET`] is added to it.
const MAX_REPLACEMENT_RATIO: usize = 4;
/// The part of the maximum length of all replacements that does not depend on the text, in bytes.
const MIN_REPLACEMENT_BUDGET: usize = 64 << 10;
/// The number of bytes that an edit counts in addition to the length of its replacement, because programs
/// also read its position.
const EDIT_COST: usize = 32;

/// Returns the `most` most severe findings of a text (at least one), and drops the others. `length` is the
/// length of the text in bytes.
///
/// Errors are kept rather than warnings, and warnings rather than notes. The order of the findings is kept.
/// If some are dropped, a last finding is added: a note that says how many were dropped
/// ([`MORE_FINDINGS`](code::MORE_FINDINGS)). Long sentences are shortened. Suggestions are dropped too if all
/// replacements together are many times as long as the text; the note counts them.
///
/// ```
/// use dvkit_diagnostic::{limit_findings, code, Diagnostic, Span};
/// let many = (0..300).map(|at| Diagnostic::error(code::UNBALANCED, Span::at(at), "this `)` closes nothing"));
/// let told = limit_findings(many.collect(), 300, 100);
/// assert_eq!(told.len(), 101);
/// assert_eq!(told[100].message, "200 more findings are left out: 200 errors");
/// ```
#[must_use]
pub fn limit_findings(mut diagnostics: Vec<Diagnostic>, length: usize, most: usize) -> Vec<Diagnostic> {
    if diagnostics.is_empty() || most == usize::MAX {
        return diagnostics;
    }
    // A parser that stopped early has reported it; that note comes last.
    let stopped = diagnostics.iter().rposition(|d| d.code == code::MORE_FINDINGS);
    let stopped = stopped.map(|at| diagnostics.remove(at));
    let left_out = leave_out(&mut diagnostics, most.max(1));
    let mut room = length.saturating_mul(MAX_REPLACEMENT_RATIO).saturating_add(MIN_REPLACEMENT_BUDGET);
    let mut dropped = 0;
    for diagnostic in &mut diagnostics {
        dropped += shorten(diagnostic, &mut room);
    }
    diagnostics.extend(stopped);
    let mut said = Vec::new();
    if let Some(Omitted { counts, .. }) = &left_out {
        let total: usize = counts.iter().sum();
        let parts = [(counts[2], "error"), (counts[1], "warning"), (counts[0], "note")];
        let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, w)| counted(*n, w)).collect();
        let verb = if total == 1 { "is" } else { "are" };
        said.push(format!("{} {verb} left out: {}", counted(total, "more finding"), parts.join(", ")));
    }
    if dropped > 0 {
        let verb = if dropped == 1 { "is" } else { "are" };
        said.push(format!("{} {verb} left out: too long beside the text", counted(dropped, "suggestion")));
    }
    if !said.is_empty() {
        let span = left_out.map_or_else(|| Span::at(length), |left| left.first);
        diagnostics.push(Diagnostic::note(code::MORE_FINDINGS, span, said.join("; ")));
    }
    diagnostics
}

/// The findings that [`limit_findings`] drops.
struct Omitted {
    /// The numbers of dropped notes, warnings and errors, in this order.
    counts: [usize; 3],
    /// The position of the first dropped finding.
    first: Span,
}

/// Removes all findings except the `most` most severe ones. Returns how many were removed; `None` if none was
/// removed.
fn leave_out(diagnostics: &mut Vec<Diagnostic>, most: usize) -> Option<Omitted> {
    if diagnostics.len() <= most {
        return None;
    }
    let of = |which: usize| diagnostics.iter().filter(|d| rank(d) == which).count();
    let stops = of(3).min(most);
    let errors = of(2).min(most - stops);
    let warnings = of(1).min(most - stops - errors);
    let mut room = [most - stops - errors - warnings, warnings, errors, stops];
    let mut left = Omitted { counts: [0; 3], first: Span::default() };
    diagnostics.retain(|d| {
        let of_this = &mut room[rank(d)];
        if *of_this > 0 {
            *of_this -= 1;
            return true;
        }
        if left.counts == [0; 3] {
            left.first = d.span;
        }
        left.counts[d.severity as usize] += 1;
        false
    });
    Some(left)
}

/// Returns the rank of a finding: 0 for a note, 1 for a warning, 2 for an error, and 3 for the reason why a
/// text was not read to its end. Findings of a higher rank are kept first.
fn rank(diagnostic: &Diagnostic) -> usize {
    match diagnostic.code {
        code::TOO_LONG | code::TOO_DEEP => 3,
        _ => diagnostic.severity as usize,
    }
}

/// Shortens the sentences of one finding, and drops suggestions that exceed its limits. `room` is the number
/// of bytes that replacements of the text's findings may still have together; it is reduced. Returns the
/// number of suggestions that were dropped because of `room`.
fn shorten(diagnostic: &mut Diagnostic, room: &mut usize) -> usize {
    let sentences = [Some(&mut diagnostic.message), diagnostic.help.as_mut()].into_iter().flatten();
    sentences.chain(diagnostic.labels.iter_mut().map(|l| &mut l.message)).for_each(cut);
    diagnostic.labels.truncate(MAX_LABELS);
    let before = diagnostic.suggestions.len();
    diagnostic.suggestions.retain_mut(|suggestion| {
        cut(&mut suggestion.message);
        let cost = suggestion.edits.iter().map(|e| e.replacement.len() + EDIT_COST).sum();
        match room.checked_sub(cost) {
            Some(less) => {
                *room = less;
                true
            }
            None => false,
        }
    });
    let dropped = before - diagnostic.suggestions.len();
    // Nobody reads more guesses than these, so they are not counted.
    diagnostic.suggestions.truncate(MAX_LABELS);
    dropped
}

fn cut(sentence: &mut String) {
    if sentence.len() > MAX_SENTENCE_LENGTH {
        sentence.truncate(beginning(sentence, MAX_SENTENCE_LENGTH).len());
        sentence.push('…');
    }
}

fn counted(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Severity, Suggestion};

    fn found(severity: Severity, at: usize) -> Diagnostic {
        Diagnostic::new(code::EMPTY, severity, Span::at(at), "found")
    }

    #[test]
    fn the_most_severe_findings_are_kept_in_order() {
        use Severity::{Error, Note, Warning};
        let all = [Note, Warning, Error, Note, Error, Warning, Error, Warning];
        let all = || all.iter().enumerate().map(|(at, severity)| found(*severity, at)).collect::<Vec<_>>();
        let told = |most: usize| {
            let told = limit_findings(all(), 10, most);
            let places: Vec<u32> = told.iter().map(|d| d.span.start).collect();
            (places, told.last().map(|d| d.message.clone()).unwrap_or_default())
        };
        assert_eq!(limit_findings(all(), 10, 8), all());
        assert_eq!(told(7).0, [0, 1, 2, 4, 5, 6, 7, 3]);
        assert_eq!(told(7).1, "1 more finding is left out: 1 note");
        assert_eq!(told(4).0, [1, 2, 4, 6, 0]);
        assert_eq!(told(4).1, "4 more findings are left out: 2 warnings, 2 notes");
        assert_eq!(told(2).1, "6 more findings are left out: 1 error, 3 warnings, 2 notes");
        // A caller that asks whether there is an error gets one.
        assert_eq!(told(0), told(1));
        assert_eq!(told(0).1, "7 more findings are left out: 2 errors, 3 warnings, 2 notes");
        assert!(limit_findings(Vec::new(), 0, 0).is_empty());
    }

    #[test]
    fn the_reason_for_an_early_stop_is_kept() {
        let mut all: Vec<Diagnostic> = (0..9).map(|at| found(Severity::Error, at)).collect();
        all.push(Diagnostic::error(code::TOO_DEEP, Span::at(9), "nested too deep"));
        let places: Vec<u32> = limit_findings(all, 10, 3).iter().map(|d| d.span.start).collect();
        assert_eq!(places, [0, 1, 9, 2]);
    }

    #[test]
    fn an_earlier_count_is_not_counted_again() {
        let mut all: Vec<Diagnostic> = (0..3).map(|at| found(Severity::Error, at)).collect();
        all.push(Diagnostic::note(code::MORE_FINDINGS, Span::at(9), "the rest was not read"));
        let told = limit_findings(all, 10, 2);
        let messages: Vec<&str> = told.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(
            messages,
            ["found", "found", "the rest was not read", "1 more finding is left out: 1 error"]
        );
    }

    #[test]
    fn each_finding_is_shortened() {
        let long = "ä".repeat(10_000);
        let mut d = Diagnostic::error(code::EMPTY, Span::at(0), long.clone()).help(long.clone());
        for at in 0..100 {
            d = d.label(Span::at(at), "here").suggest(Suggestion::maybe("perhaps", Span::at(at), "x"));
        }
        let told = limit_findings(vec![d], 0, 9);
        assert_eq!(told.len(), 1, "{:?}", told.last());
        assert!(told[0].message.len() < 2010 && told[0].message.ends_with('…'));
        assert!(told[0].help.as_ref().unwrap().len() < 2010);
        assert_eq!((told[0].labels.len(), told[0].suggestions.len()), (20, 20));

        let all = (0..9).map(|at| {
            found(Severity::Error, at).suggest(Suggestion::fix("all", Span::new(0, 9), long.as_str()))
        });
        let told = limit_findings(all.collect(), 9, 9);
        assert_eq!(told.iter().filter(|d| d.fix().is_some()).count(), 3);
        assert_eq!(told[9].message, "6 suggestions are left out: too long beside the text");
    }

    #[test]
    fn each_limit_holds_exactly() {
        let with = |message: &str| Diagnostic::error(code::EMPTY, Span::at(0), message).help(message);
        let told = |message: &str| limit_findings(vec![with(message)], 0, 9)[0].clone();
        let at_limit = "x".repeat(2000);
        assert_eq!((told(&at_limit).message, told(&at_limit).help), (at_limit.clone(), Some(at_limit)));
        let above = told(&"x".repeat(2001));
        assert_eq!(above.message, format!("{}…", "x".repeat(2000)));
        assert_eq!(above.help.as_ref(), Some(&above.message));
        let labels = |n: usize| {
            let labelled = (0..n).fold(with("m"), |d, at| d.label(Span::at(at), "y".repeat(2001)));
            limit_findings(vec![labelled], 0, 9)[0].labels.clone()
        };
        assert_eq!([19, 20, 21].map(|n| labels(n).len()), [19, 20, 20]);
        assert_eq!(labels(1)[0].message.len(), 2003);
        // A suggestion costs its text and 32 bytes; all may cost four times the text and 64 KiB.
        let suggested = |replacement: usize, length: usize| {
            let fix = Suggestion::fix("z".repeat(2001), Span::at(0), "x".repeat(replacement));
            limit_findings(vec![with("m").suggest(fix)], length, 9)
        };
        let room = 64 * 1024 + 4 * 10;
        let fits = suggested(room - 32, 10);
        assert_eq!(
            (fits.len(), fits[0].suggestions.len(), fits[0].suggestions[0].message.len()),
            (1, 1, 2003)
        );
        let above = suggested(room - 31, 10);
        assert_eq!((above.len(), above[0].suggestions.len()), (2, 0));
        assert_eq!(
            (above[1].message.as_str(), above[1].span),
            ("1 suggestion is left out: too long beside the text", Span::at(10))
        );
        assert_eq!(limit_findings(vec![with(&"x".repeat(3000))], 0, usize::MAX)[0].message.len(), 3000);
    }

    #[test]
    fn an_early_stop_takes_the_place_of_an_error() {
        let stop = |at| Diagnostic::error(code::TOO_LONG, Span::at(at), "stopped");
        let mut all = vec![found(Severity::Error, 0), found(Severity::Warning, 1), found(Severity::Note, 2)];
        all.extend([stop(3), stop(4)]);
        let places = |most: usize| {
            limit_findings(all.clone(), 10, most).iter().map(|d| d.span.start).collect::<Vec<_>>()
        };
        assert_eq!(places(1), [3, 0]);
        assert_eq!(places(2), [3, 4, 0]);
        assert_eq!(places(3), [0, 3, 4, 1]);
        assert_eq!(places(4), [0, 1, 3, 4, 2]);
        assert_eq!(places(5), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn the_note_says_what_was_left_out_and_where() {
        use Severity::{Error, Note, Warning};
        let long = "x".repeat(1 << 17);
        let too_long = |at| found(Note, at).suggest(Suggestion::maybe("all", Span::at(at), long.as_str()));
        let note = |all: Vec<Diagnostic>, most| {
            let told = limit_findings(all, 10, most);
            told.last().map(|d| (d.message.clone(), d.span, d.severity, d.code)).unwrap()
        };
        let told = |message: &str, at| (message.to_owned(), Span::at(at), Note, code::MORE_FINDINGS);
        let all = [found(Error, 3), found(Error, 4), found(Warning, 5), found(Note, 6), found(Note, 7)];
        for (most, message, at) in [
            (4, "1 more finding is left out: 1 note", 7),
            (3, "2 more findings are left out: 2 notes", 6),
            (2, "3 more findings are left out: 1 warning, 2 notes", 5),
            (1, "4 more findings are left out: 1 error, 1 warning, 2 notes", 4),
        ] {
            assert_eq!(note(all.to_vec(), most), told(message, at), "{most}");
        }
        assert_eq!(
            note(vec![too_long(1)], 9),
            told("1 suggestion is left out: too long beside the text", 10)
        );
        assert_eq!(
            note(vec![too_long(1), too_long(2), found(Error, 0)], 9),
            told("2 suggestions are left out: too long beside the text", 10)
        );
        assert_eq!(
            note(vec![too_long(1), found(Note, 2)], 1),
            told("1 more finding is left out: 1 note; 1 suggestion is left out: too long beside the text", 2)
        );
        // An earlier count keeps its place, and the last of several is taken for it.
        let earlier = |at| Diagnostic::note(code::MORE_FINDINGS, Span::at(at), "earlier");
        let kept = limit_findings(vec![earlier(1), found(Error, 2), earlier(3), found(Error, 4)], 10, 9);
        assert_eq!(kept.iter().map(|d| d.span.start).collect::<Vec<_>>(), [1, 2, 4, 3]);
        assert_eq!(limit_findings(vec![too_long(1)], 10, usize::MAX), [too_long(1)]);
    }
}
