//! Writes the help lines that follow the source lines of a finding: its advice, and each of its suggestions
//! once. Both renderers of diagnostics call it.

use std::collections::BTreeSet;

use super::columns::{beginning, escape_control_chars, fits, shorten};
use crate::edit::fitting;
use crate::{Applicability, Diagnostic, Edit, Suggestion};

/// The maximum number of suggestions that are guesses and are listed.
const MAX_GUESSES: usize = 5;
/// The maximum width in columns of the changed text that a suggestion shows.
const MAX_EXCERPT_WIDTH: usize = 100;
/// The maximum width in columns of unchanged text between two edits that is shown completely.
const MAX_GAP: usize = 32;
/// The maximum number of characters by which the changed text is extended at each end to show whole words.
const MAX_REACH: usize = 40;
/// The maximum length in bytes of the changed text that is prepared for showing.
const MAX_CHANGE_LENGTH: usize = 4096;

/// Returns the sentences of help without the word `help`: first the help of the diagnostic, and then its
/// suggestions, guesses last. `shown` is a suggestion that the caller shows in another form, so that it is
/// left out.
pub(crate) fn sentences(diagnostic: &Diagnostic, source: &str, shown: Option<&Suggestion>) -> Vec<String> {
    let certain = |s: &&Suggestion| s.applicability == Applicability::MachineApplicable;
    let all = &diagnostic.suggestions;
    let sorted = all.iter().filter(certain).chain(all.iter().filter(|s| !certain(s)));
    let mut said: Vec<(String, Vec<String>)> = Vec::new();
    let mut guesses = 0;
    // The guesses that are not listed, each once.
    let mut more = BTreeSet::new();
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
            if guesses == MAX_GUESSES {
                more.insert((message, excerpt));
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
    if !more.is_empty() {
        out.push(format!("and {} more", more.len()));
    }
    out
}

/// Returns whether the help of the diagnostic already describes the suggestion.
pub(crate) fn is_in_help(diagnostic: &Diagnostic, source: &str, suggestion: &Suggestion) -> bool {
    let Some(help) = &diagnostic.help else { return false };
    help.contains(&suggestion.message)
        || excerpt(source, suggestion).is_some_and(|e| mentions(help, &e))
        || matches!(suggestion.edits.as_slice(), [edit] if mentions(help, &edit.replacement))
}

/// Returns the help with all lines except the first indented, so that they align with the first.
fn indented(help: &str) -> String {
    let lines: Vec<_> = help.trim_end().lines().map(escape_control_chars).collect();
    lines.join("\n      ")
}

/// Returns whether `text` contains `piece` as one or more whole words. The result is `false` if `piece`
/// consists only of punctuation, which may occur anywhere.
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

/// Returns on one line what a suggestion writes into the source. This is the replacement if the only edit
/// replaces a part of the source, otherwise the changed text from the word before the first edit to the word
/// after the last one. Returns `None` if the suggestion only deletes text, or does not fit the source.
fn excerpt(source: &str, suggestion: &Suggestion) -> Option<String> {
    let edits = fitting(source, &suggestion.edits).ok()?;
    let text = match edits.as_slice() {
        [] => return None,
        [edit] if edit.replacement.trim().is_empty() => return None,
        [edit] if !edit.span.is_empty() && edit.replacement.contains(char::is_alphanumeric) => {
            beginning(edit.replacement.trim(), MAX_CHANGE_LENGTH).to_owned()
        }
        // The same change in several copies of a text is said once.
        [first, rest @ ..] if is_copied(source, first, rest) => {
            beginning(first.replacement.trim(), MAX_CHANGE_LENGTH).to_owned()
        }
        _ => changed(source, &edits),
    };
    let line = text.split('\n').map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" ");
    Some(shorten(&escape_control_chars(&line), MAX_EXCERPT_WIDTH)).filter(|e| !e.is_empty())
}

/// Returns whether the edits `rest` make the same change as `first` elsewhere, too far away to be shown with it.
fn is_copied(source: &str, first: &Edit, rest: &[&Edit]) -> bool {
    let same =
        |edit: &&Edit| edit.replacement == first.replacement && edit.span.of(source) == first.span.of(source);
    let gap = rest.first().and_then(|next| source.get(first.span.range().end..next.span.range().start));
    !first.span.is_empty()
        && first.replacement.contains(char::is_alphanumeric)
        && gap.is_some_and(|gap| !fits(gap, MAX_GAP))
        && rest.iter().all(same)
}

/// Returns the changed text from the word before the first edit to the word after the last one. The edits
/// must fit the source and be in its order.
fn changed(source: &str, edits: &[&Edit]) -> String {
    let (Some(first), Some(last)) = (edits.first(), edits.last()) else { return String::new() };
    let (from, to) = (first.span.range().start, last.span.range().end);
    let word = |c: &char| !c.is_whitespace();
    let before: String = source[..from].chars().rev().take_while(word).take(MAX_REACH).collect();
    let mut out: String = before.chars().rev().collect();
    let mut at = from;
    for edit in edits {
        let kept = &source[at..edit.span.range().start];
        if out.len() > MAX_CHANGE_LENGTH {
            return out;
        }
        if !fits(kept, MAX_GAP) {
            out.extend(kept.chars().take(MAX_GAP / 3));
            out.push('…');
            let tail: Vec<char> = kept.chars().rev().take(MAX_GAP / 3).collect();
            out.extend(tail.into_iter().rev());
        } else {
            out.push_str(kept);
        }
        out.push_str(beginning(&edit.replacement, MAX_CHANGE_LENGTH));
        at = edit.span.range().end;
    }
    // The excerpt extends to the end of the word, and over spaces while a parenthesis is open.
    let step = |c: char| i32::from(c == '(') - i32::from(c == ')');
    let mut open: i32 = out.chars().map(step).sum();
    for c in source[to..].chars().take(MAX_REACH) {
        // A character that closes an enclosing parenthesis, or begins the next option or tag, is not included.
        if open <= 0 && (!word(&c) || matches!(c, ')' | '&' | ';' | '<')) {
            break;
        }
        open += step(c);
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests;
