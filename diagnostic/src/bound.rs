//! How much is told of one text. A hostile text has no more to say than a hasty one.

use crate::text::columns::beginning;
use crate::{Diagnostic, Span, code};

/// So many findings of one text are told, unless somebody asks for more.
pub const DEFAULT_MAX_FINDINGS: usize = 100;
/// A message, a help or a label goes on for so many bytes.
const LONGEST_SENTENCE: usize = 2000;
/// So many labels and so many suggestions has one finding.
const MOST_EACH: usize = 20;
/// Suggestions may write as much as this many times the text, all of them together,
const TIMES_THE_TEXT: usize = 4;
/// and this many bytes besides.
const AND_MORE: usize = 64 << 10;
/// What an edit counts for beside its replacement: a program reads its place.
const EDIT: usize = 32;

/// The findings of a text of `length` bytes that are told: at most `most` (and one at least), errors before warnings before notes, each in
/// the order that they are in. Where some are left out, the last finding counts them (a note,
/// [`MORE_FINDINGS`](code::MORE_FINDINGS)). What is told of each is limit_findings as well: long sentences are cut, and suggestions
/// that would write many times the text are left out, which is counted too.
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
    // Who found them may have stopped before the end, which is said last.
    let stopped = diagnostics.iter().rposition(|d| d.code == code::MORE_FINDINGS);
    let stopped = stopped.map(|at| diagnostics.remove(at));
    let left_out = leave_out(&mut diagnostics, most.max(1));
    let mut room = length.saturating_mul(TIMES_THE_TEXT).saturating_add(AND_MORE);
    let mut dropped = 0;
    for diagnostic in &mut diagnostics {
        dropped += shorten(diagnostic, &mut room);
    }
    diagnostics.extend(stopped);
    let mut said = Vec::new();
    if let Some(LeftOut { counts, .. }) = &left_out {
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

/// What is not told.
struct LeftOut {
    /// Notes, warnings, errors.
    counts: [usize; 3],
    /// Where the first of them stands.
    first: Span,
}

/// Keeps the worst.
fn leave_out(diagnostics: &mut Vec<Diagnostic>, most: usize) -> Option<LeftOut> {
    if diagnostics.len() <= most {
        return None;
    }
    let of = |which: usize| diagnostics.iter().filter(|d| rank(d) == which).count();
    let stops = of(3).min(most);
    let errors = of(2).min(most - stops);
    let warnings = of(1).min(most - stops - errors);
    let mut room = [most - stops - errors - warnings, warnings, errors, stops];
    let mut left = LeftOut { counts: [0; 3], first: Span::default() };
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

/// What is kept before what: notes, warnings, errors, and why a text was not read to its end.
fn rank(diagnostic: &Diagnostic) -> usize {
    match diagnostic.code {
        code::TOO_LONG | code::TOO_DEEP => 3,
        _ => diagnostic.severity as usize,
    }
}

/// Bounds one finding; `room` is what suggestions may still write. How many of them there is none for.
fn shorten(diagnostic: &mut Diagnostic, room: &mut usize) -> usize {
    let sentences = [Some(&mut diagnostic.message), diagnostic.help.as_mut()].into_iter().flatten();
    sentences.chain(diagnostic.labels.iter_mut().map(|l| &mut l.message)).for_each(cut);
    diagnostic.labels.truncate(MOST_EACH);
    let before = diagnostic.suggestions.len();
    diagnostic.suggestions.retain_mut(|suggestion| {
        cut(&mut suggestion.message);
        let cost = suggestion.edits.iter().map(|e| e.replacement.len() + EDIT).sum();
        match room.checked_sub(cost) {
            Some(less) => {
                *room = less;
                true
            }
            None => false,
        }
    });
    let dropped = before - diagnostic.suggestions.len();
    // Guesses beyond these are a matter of course, and nobody reads them.
    diagnostic.suggestions.truncate(MOST_EACH);
    dropped
}

fn cut(sentence: &mut String) {
    if sentence.len() > LONGEST_SENTENCE {
        sentence.truncate(beginning(sentence, LONGEST_SENTENCE).len());
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
    fn the_worst_are_kept_in_their_order() {
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
        // Whoever asks whether there is an error is told so.
        assert_eq!(told(0), told(1));
        assert_eq!(told(0).1, "7 more findings are left out: 2 errors, 3 warnings, 2 notes");
        assert!(limit_findings(Vec::new(), 0, 0).is_empty());
    }

    #[test]
    fn why_a_text_was_not_read_to_its_end_is_kept() {
        let mut all: Vec<Diagnostic> = (0..9).map(|at| found(Severity::Error, at)).collect();
        all.push(Diagnostic::error(code::TOO_DEEP, Span::at(9), "nested too deep"));
        let places: Vec<u32> = limit_findings(all, 10, 3).iter().map(|d| d.span.start).collect();
        assert_eq!(places, [0, 1, 9, 2]);
    }

    #[test]
    fn what_was_counted_before_is_no_finding() {
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
    fn each_is_bounded_too() {
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
}
