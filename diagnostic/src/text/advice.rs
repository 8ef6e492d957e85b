//! The words after the snippet: what to do, and each suggestion once.

use super::columns::{beginning, escape_control_chars, fits, shorten};
use crate::diagnostic::fitting;
use crate::{Applicability, Diagnostic, Edit, Suggestion};

/// How many guesses are listed.
const GUESSES: usize = 5;
/// An excerpt is cut at this many columns.
const EXCERPT: usize = 100;
/// Unchanged text between two edits longer than this is left out.
const BETWEEN: usize = 32;
/// How far an excerpt reaches out from an edit for the rest of a word.
const REACH: usize = 40;
/// So many bytes of a change are more than fit into an excerpt.
const MORE_THAN_SHOWN: usize = 4096;

/// The sentences of help, without the word `help`: the diagnostic's own, then its suggestions, the certain before
/// the guesses. `shown` is a suggestion that the caller shows in another way.
pub(crate) fn sentences(diagnostic: &Diagnostic, source: &str, shown: Option<&Suggestion>) -> Vec<String> {
    let certain = |s: &&Suggestion| s.applicability == Applicability::MachineApplicable;
    let all = &diagnostic.suggestions;
    let sorted = all.iter().filter(certain).chain(all.iter().filter(|s| !certain(s)));
    let mut said: Vec<(String, Vec<String>)> = Vec::new();
    let (mut guesses, mut more) = (0, 0);
    for suggestion in sorted.filter(|s| !shown.is_some_and(|shown| std::ptr::eq(*s, shown))) {
        if is_in_help(diagnostic, source, suggestion) {
            continue;
        }
        let message = escape_control_chars(suggestion.message.trim_end_matches(':')).into_owned();
        let excerpt = excerpt(source, suggestion).filter(|e| !mentions(&message, e));
        let earlier = said.iter().position(|(m, _)| *m == message);
        let repeats = earlier.is_some_and(|i| excerpt.as_ref().is_none_or(|e| said[i].1.contains(e)));
        if repeats {
            continue;
        }
        if suggestion.applicability == Applicability::Maybe {
            if guesses == GUESSES {
                more += 1;
                continue;
            }
            guesses += 1;
        }
        match earlier {
            Some(i) => said[i].1.extend(excerpt),
            None => said.push((message, excerpt.into_iter().collect())),
        }
    }
    let mut out: Vec<String> = diagnostic.help.iter().map(|h| indented(h)).collect();
    out.extend(said.into_iter().map(|(message, excerpts)| match excerpts.split_last() {
        None => message,
        Some((only, [])) => format!("{message}: `{only}`"),
        Some((last, rest)) => format!("{message}: `{}` or `{last}`", rest.join("`, `")),
    }));
    if more > 0 {
        out.push(format!("and {more} more"));
    }
    out
}

/// True where the help sentence already says what the suggestion says.
pub(crate) fn is_in_help(diagnostic: &Diagnostic, source: &str, suggestion: &Suggestion) -> bool {
    let Some(help) = &diagnostic.help else { return false };
    help.contains(&suggestion.message)
        || excerpt(source, suggestion).is_some_and(|e| mentions(help, &e))
        || matches!(suggestion.edits.as_slice(), [edit] if mentions(help, &edit.replacement))
}

/// Help may have several lines; all but the first stand under the first one's text.
fn indented(help: &str) -> String {
    let lines: Vec<_> = help.trim_end().lines().map(escape_control_chars).collect();
    lines.join("\n      ")
}

/// True where `text` contains `piece` as whole words. A piece of punctuation alone is never found, because it may
/// stand anywhere.
fn mentions(text: &str, piece: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let piece = piece.trim();
    if !piece.contains(word) {
        return false;
    }
    text.match_indices(piece).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(word);
        let after = text[at + piece.len()..].chars().next().is_some_and(word);
        !(before && piece.starts_with(word) || after && piece.ends_with(word))
    })
}

/// What the edits write, as one line: the replacement where it stands for a piece of the source, otherwise the
/// changed text from the word before the first edit to the word after the last. Nothing for a mere deletion and for
/// edits that do not fit.
fn excerpt(source: &str, suggestion: &Suggestion) -> Option<String> {
    let edits = fitting(source, &suggestion.edits).ok()?;
    let text = match edits.as_slice() {
        [] => return None,
        [edit] if edit.replacement.trim().is_empty() => return None,
        [edit] if !edit.span.is_empty() && edit.replacement.contains(char::is_alphanumeric) => {
            beginning(edit.replacement.trim(), MORE_THAN_SHOWN).to_owned()
        }
        _ => changed(source, &edits),
    };
    let line = text.split('\n').map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" ");
    Some(shorten(&escape_control_chars(&line), EXCERPT)).filter(|e| !e.is_empty())
}

/// The edited text around the edits, which fit the source and stand in its order.
fn changed(source: &str, edits: &[&Edit]) -> String {
    let (Some(first), Some(last)) = (edits.first(), edits.last()) else { return String::new() };
    let (from, to) = (first.span.range().start, last.span.range().end);
    let word = |c: &char| !c.is_whitespace();
    let before: String = source[..from].chars().rev().take_while(word).take(REACH).collect();
    let mut out: String = before.chars().rev().collect();
    let mut at = from;
    for edit in edits {
        let kept = &source[at..edit.span.range().start];
        if out.len() > MORE_THAN_SHOWN {
            return out;
        }
        if !fits(kept, BETWEEN) {
            out.extend(kept.chars().take(BETWEEN / 3));
            out.push('…');
            let tail: Vec<char> = kept.chars().rev().take(BETWEEN / 3).collect();
            out.extend(tail.into_iter().rev());
        } else {
            out.push_str(kept);
        }
        out.push_str(beginning(&edit.replacement, MORE_THAN_SHOWN));
        at = edit.span.range().end;
    }
    // As far as the word goes, and on over blanks while a parenthesis is open.
    let step = |c: char| i32::from(c == '(') - i32::from(c == ')');
    let mut open: i32 = out.chars().map(step).sum();
    for c in source[to..].chars().take(REACH) {
        // What closes a parenthesis around it, or begins the next option or tag, is no part of it.
        if open <= 0 && (!word(&c) || matches!(c, ')' | '&' | ';' | '<')) {
            break;
        }
        open += step(c);
        out.push(c);
    }
    out
}
