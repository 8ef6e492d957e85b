//! Finds one token that is missing or doubled in a text with a syntax error: a bracket, a quote, a comma, a
//! space or an operator.
//!
//! The search tries every edit that inserts or removes one token before the offset where parsing failed, and
//! it parses and resolves each edited text. (An edit after that offset cannot help.) If all edited texts that
//! are valid have the same meaning, the fix is certain. An edit at the end of the text is never certain,
//! because a text that ends too early may lack more than one token. FetchXML is an exception: its last
//! character may be added.

mod fetch;

use std::ops::ControlFlow;

use dvkit_diagnostic::{Applicability, Diagnostic, Edit, Span, Suggestion, apply, code};
use dvkit_schema::{Store, StoreError};
use fetchxml::FetchText;
use odata_parser::ast::{OptionKind, Request};
use odata_parser::{ParseOptions, RequestText, parse_filter_with, parse_request, parse_request_recovering};

use super::pipeline::{Analysis, analyze_as_written};
use super::query_text::QueryText;
use crate::CheckOptions;
use crate::hir::Query;

/// The most bytes that one search may parse, summed over all edited texts. A search that needs more is given
/// up.
const MAX_BYTES_PARSED: usize = 400_000;

/// The most bytes of FetchXML that one search may parse. FetchXML needs more characters than OData for an
/// equal query, so this limit is higher than [`MAX_BYTES_PARSED`].
const MAX_FETCHXML_BYTES_PARSED: usize = 2_000_000;

/// The longest text, in bytes, that is searched. In a longer text [`MAX_BYTES_PARSED`] would end the search
/// after few positions.
const MAX_LENGTH: usize = 2_000;

/// The length in bytes of the longest FetchXML text in which the search looks for a missing or extra
/// character. FetchXML needs more characters than OData for an equal query, so this limit is higher than
/// [`MAX_LENGTH`].
const MAX_FETCHXML_LENGTH: usize = 4_000;

/// Tokens that the search tries to insert next to punctuation and at the boundaries of words.
const INSERTED: [&str; 10] = ["(", ")", "'", "\"", ",", "&", ";", "=", "/", ":"];

/// Characters that the search tries to remove.
const REMOVED: &[u8] = b"()',;&/=?$:[]{}\"";

/// Operators that the search tries to remove.
const OPERATORS: [&str; 12] = ["and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le", "in", "asc", "desc"];

/// Adds a fix for a missing or doubled token to the first error of the analysis, if exactly one fix is
/// possible.
///
/// # Errors
/// Returns an error if the snapshot cannot be read.
pub(super) fn find(
    store: &Store,
    query: QueryText<'_>,
    options: &CheckOptions,
    analysis: &mut Analysis,
) -> Result<(), StoreError> {
    let text = query.text();
    // Encoded FetchXML is searched after it was decoded.
    let is_fetch = query.is_fetchxml();
    let longest = if is_fetch { MAX_FETCHXML_LENGTH } else { MAX_LENGTH };
    if text.len() > longest || (is_fetch && (analysis.parsed || FetchText::new(text).decoded() != text)) {
        return Ok(());
    }
    // Errors that have a certain fix are fixed first, except for an element that only appears to be unclosed.
    let seen = if analysis.parsed { analysis.diagnostics.len() } else { analysis.from_parser };
    let about = |d: &Diagnostic| {
        d.is_error() && (d.fix().is_none() || (is_fetch && d.code == code::UNCLOSED_ELEMENT))
    };
    if !analysis.diagnostics.iter().take(seen).any(about) {
        return Ok(());
    }
    let failure = if is_fetch {
        Some(Failure { at: text.len(), doubled: false })
    } else {
        fails_at(query, options, analysis)
    };
    let Some(Failure { at, doubled }) = failure else { return Ok(()) };
    let mut own = Vec::new();
    if let QueryText::Request { .. } = query {
        let given = RequestText::new(text);
        let parsed = parse_request_recovering(&given, &ParseOptions::default());
        own.extend(own_options(&parsed.request).map(str::to_owned));
    }
    let open = at >= text.len();
    let within = analysis.parsed.then(|| unknown_name(analysis)).flatten();
    let budget = if is_fetch { MAX_FETCHXML_BYTES_PARSED } else { MAX_BYTES_PARSED };
    // Also where placeholders are not accepted: the text is filled in before it is sent.
    let has_placeholder = odata_parser::has_placeholder(text);
    let mut search = Search {
        store,
        query,
        text,
        options,
        own,
        open,
        within,
        doubled,
        has_placeholder,
        budget,
        found: None,
    };
    let certain = match search.all(at)? {
        ControlFlow::Continue(()) => search.found,
        ControlFlow::Break(()) => {
            // Where the element ends is as uncertain as what is missing.
            for d in analysis.diagnostics.iter_mut().filter(|d| is_fetch && d.code == code::UNCLOSED_ELEMENT)
            {
                d.suggestions.iter_mut().for_each(|s| s.applicability = Applicability::Maybe);
            }
            None
        }
    };
    let Some((edit, _)) = certain else { return Ok(()) };
    let mut fixed = text.to_owned();
    fixed = apply(&fixed, std::slice::from_ref(&edit)).unwrap_or(fixed);
    if let Some(diagnostic) = analysis.diagnostics.iter_mut().take(seen).find(|d| about(d)) {
        let message = match (edit.span.is_empty(), edit.replacement.as_str()) {
            (true, " ") => "add the space".to_owned(),
            (true, sign) => format!("add `{sign}`"),
            (false, _) => format!("leave out `{}`", edit.span.of(text).trim()),
        };
        let fix = Suggestion::fix(message, edit.span, edit.replacement);
        // Drop a suggestion of the parser that gives the same text.
        diagnostic.suggestions.retain(|s| apply(text, &s.edits).as_ref() != Ok(&fixed));
        diagnostic.suggestions.insert(0, fix);
        analysis.recovered = true;
    }
    // The other findings refer to the text as it was recovered, so their fixes are no more certain than the
    // recovery.
    let others = analysis.diagnostics.iter_mut().filter(|d| is_fetch || d.is_error());
    for suggestion in others.flat_map(|d| &mut d.suggestions) {
        if apply(text, &suggestion.edits).as_ref() != Ok(&fixed) {
            suggestion.applicability = Applicability::Maybe;
        }
    }
    Ok(())
}

/// The position and kind of a syntax error.
struct Failure {
    /// The offset in bytes up to which the text can be the beginning of a valid query.
    at: usize,
    /// Whether parsing failed at the end of the text. Then only doubled operators are searched, because a
    /// text that ends too early may lack any number of tokens, but it does not end in a doubled operator.
    doubled: bool,
}

/// Returns the position where parsing failed. Returns `None` if the position is unknown, as for a text that
/// is too long.
fn fails_at(query: QueryText<'_>, options: &CheckOptions, analysis: &Analysis) -> Option<Failure> {
    let text = query.text();
    let parse = ParseOptions { limits: options.limits, placeholders: options.placeholders };
    let first = match query {
        QueryText::Filter { .. } => parse_filter_with(text, &parse).err(),
        _ => parse_request(&RequestText::new(text), &parse).err(),
    };
    let end = text.trim_end().len();
    let open = [code::UNBALANCED, code::UNTERMINATED_STRING];
    let never_closed = first.as_ref().is_some_and(|d| open.contains(&d.code));
    let at = match first {
        Some(_) if never_closed => Some(text.len()),
        Some(d) if d.code == code::TOO_LONG || d.code == code::TOO_DEEP => None,
        Some(d) => Some(d.span.range().end.min(text.len())),
        // The text can be parsed, but an unknown name may be two names.
        None => unknown_name(analysis).map(|span| span.range().end.min(text.len())),
    };
    // A text may break off within or after its last word.
    at.map(|at| Failure { at, doubled: at >= end && !never_closed })
}

/// Returns the span of the first unknown column name that has no automatic fix.
fn unknown_name(analysis: &Analysis) -> Option<Span> {
    let unknown = |d: &&Diagnostic| d.is_error() && d.code == code::UNKNOWN_COLUMN && d.fix().is_none();
    analysis.diagnostics.iter().find(unknown).map(|d| d.span)
}

/// The state of one search for a missing or doubled token.
struct Search<'s> {
    store: &'s Store,
    query: QueryText<'s>,
    text: &'s str,
    options: &'s CheckOptions,
    /// The names of the options in the request that OData does not define. An edit must not create a new one.
    own: Vec<String>,
    /// Whether parsing failed at the end of the text because a bracket or quote is never closed. Then the
    /// text may be incomplete.
    open: bool,
    /// The unknown name, if the text can be parsed. Then only a separator within this name is tried, because
    /// the name may be two names with a missing token between them.
    within: Option<Span>,
    /// Whether only the removal of a doubled operator is tried.
    doubled: bool,
    /// Whether the text contains a placeholder of a template.
    has_placeholder: bool,
    budget: usize,
    found: Option<(Edit, Query)>,
}

impl Search<'_> {
    /// Tries every edit up to offset `at`. Returns `Break` as soon as two edited texts are valid and differ
    /// in meaning, or the budget is used up.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    fn all(&mut self, at: usize) -> Result<ControlFlow<()>, StoreError> {
        if self.query.is_fetchxml() {
            for (span, sign) in fetch::candidates(self.text) {
                if self.text.is_char_boundary(span.range().start) && self.attempt(span, sign)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            return Ok(ControlFlow::Continue(()));
        }
        let end = self.text.trim_end().len();
        let bytes = self.text.as_bytes();
        let Some(imbalance) = Imbalance::of(self.text) else { return Ok(ControlFlow::Continue(())) };
        for i in 0..=at.min(end) {
            if !self.text.is_char_boundary(i) {
                continue;
            }
            let (before, here) = (i.checked_sub(1).and_then(|n| bytes.get(n)), bytes.get(i));
            let letter =
                |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80);
            // After `%20` a new word begins, although the escape ends with a letter or digit.
            let escaped = i.checked_sub(3).is_some_and(|n| bytes[n] == b'%');
            let inside = letter(before) && letter(here) && !escaped;
            if self.doubled {
                let twice = word_at(self.text, i).filter(|n| !inside && is_twice(self.text, i, *n));
                if let Some(n) = twice
                    && self.attempt(Span::new(i, i + n), "")?.is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
                continue;
            }
            if let Some(name) = self.within {
                if name.range().start < i && i < name.range().end {
                    for sign in [" ", ",", "/"] {
                        if self.attempt(Span::new(i, i), sign)?.is_break() {
                            return Ok(ControlFlow::Break(()));
                        }
                    }
                }
                continue;
            }
            if let Some(b) = here.filter(|b| REMOVED.contains(b) && imbalance.deletes(**b)) {
                // Of several equal characters only the first is tried. An option keeps its one `$`.
                let one = *b != b'$' || bytes.get(i + 1) == Some(b);
                if before != Some(b) && one && self.attempt(Span::new(i, i + 1), "")?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            if !inside {
                for sign in INSERTED.into_iter().filter(|s| imbalance.inserts(s.as_bytes()[0])) {
                    if self.attempt(Span::new(i, i), sign)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                if let Some(n) = word_at(self.text, i).filter(|_| imbalance.is_free())
                    && self.attempt(Span::new(i, i + n), "")?.is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
            }
            let blank = |b: Option<&u8>| b.is_none_or(u8::is_ascii_whitespace);
            let free = imbalance.is_free() && !blank(before) && !blank(here);
            if free && self.attempt(Span::new(i, i), " ")?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Returns whether an edit can restore what somebody meant, beyond making the text valid. A `:` is inserted
    /// only after the variable of a lambda that the condition uses: `any(anot (…))` lacks more than a colon. An
    /// `&` is removed only beside another separator, because otherwise one option becomes a part of another one's
    /// value. Only a quote is inserted behind a backslash, where everything else makes another escape.
    fn plausibility(&self, span: Span, replacement: &str) -> Plausibility {
        if self.query.is_fetchxml() {
            return Plausibility::Plausible;
        }
        let (before, behind) = (&self.text[..span.range().start], &self.text[span.range().end..]);
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let plausible = match (span.of(self.text), replacement) {
            ("", ":") => {
                let start = before.trim_end_matches(is_name).len();
                let variable = &before[start..];
                let uses = behind.match_indices(variable).any(|(at, _)| {
                    behind[at + variable.len()..].starts_with('/') && !behind[..at].ends_with(is_name)
                });
                !variable.is_empty() && uses
            }
            ("&", "") => before.ends_with(['?', '&']) || behind.is_empty() || behind.starts_with(['&', '#']),
            ("", inserted) => !before.ends_with('\\') || inserted == "\"",
            _ => true,
        };
        let (removed, inserted) = (span.of(self.text), replacement);
        let changed = if removed.is_empty() { inserted } else { removed };
        let one = removed.len() + inserted.len() == 1;
        let quote = one && changed.starts_with(['\'', '"']);
        let bracket = one && changed.starts_with(['(', ')', '[', ']', '{', '}']);
        // A placeholder may stand for a part of the query that has the other bracket or quote.
        let uncertain = (quote || bracket) && self.has_placeholder
            || quote && encloses_another_text(before, inserted, behind);
        match (plausible, uncertain) {
            (false, _) => Plausibility::Implausible,
            (true, true) => Plausibility::Uncertain,
            (true, false) => Plausibility::Plausible,
        }
    }

    /// Analyses the text with one edit, and stores the edit if it is the first one that makes the text valid.
    /// Returns `Break` if the search must end without a fix: the edited text has another meaning than the
    /// stored one, the edit is uncertain or at the end of the text, or the budget is used up.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    fn attempt(&mut self, span: Span, replacement: &str) -> Result<ControlFlow<()>, StoreError> {
        let plausibility = self.plausibility(span, replacement);
        if plausibility == Plausibility::Implausible {
            return Ok(ControlFlow::Continue(()));
        }
        let edit = Edit { span, replacement: replacement.to_owned() };
        let Ok(changed) = apply(self.text, std::slice::from_ref(&edit)) else {
            return Ok(ControlFlow::Continue(()));
        };
        let Some(left) = self.budget.checked_sub(changed.len()) else { return Ok(ControlFlow::Break(())) };
        self.budget = left;
        let parse = ParseOptions { limits: self.options.limits, placeholders: self.options.placeholders };
        let right = match self.query {
            QueryText::Filter { .. } => parse_filter_with(&changed, &parse).is_ok(),
            QueryText::FetchXml(_) => {
                let options = fetchxml::ParseOptions {
                    placeholders: parse.placeholders,
                    ..fetchxml::ParseOptions::default()
                };
                fetchxml::is_valid(FetchText::new(&changed).decoded(), &options)
            }
            // An edit that creates an unknown option is not a fix.
            QueryText::Request { .. } => parse_request(&RequestText::new(&changed), &parse)
                .is_ok_and(|r| own_options(&r).all(|o| self.own.iter().any(|own| own == o))),
        };
        if !right {
            return Ok(ControlFlow::Continue(()));
        }
        let analysis = analyze_as_written(self.store, self.query.with_text(&changed), self.options)?;
        let Some(query) = analysis
            .query
            .map(|query| *query)
            .filter(|_| !analysis.diagnostics.iter().any(Diagnostic::is_error))
        else {
            return Ok(ControlFlow::Continue(()));
        };
        // An insertion before equal characters at the end of the text counts as an insertion at the end.
        let behind = self.text.get(span.range().end..).unwrap_or_default().trim_end();
        let last =
            behind.is_empty() || (span.is_empty() && behind.trim_start_matches(replacement).is_empty());
        if last && !self.query.is_fetchxml() && (span.is_empty() || self.open) {
            return Ok(ControlFlow::Break(()));
        }
        if plausibility == Plausibility::Uncertain {
            return Ok(ControlFlow::Break(()));
        }
        match &self.found {
            Some((_, other)) if *other != query => return Ok(ControlFlow::Break(())),
            Some(_) => {}
            None => self.found = Some((edit, query)),
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// Whether an edit that makes the text valid may be what somebody meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plausibility {
    /// The edit is not what somebody meant, and is not tried.
    Implausible,
    /// The edit is one of several that may be meant. If it makes the text valid, no edit is certain.
    Uncertain,
    /// The edit is meant if no other edit makes the text valid.
    Plausible,
}

/// The kind of edit that can balance the brackets and quotes of a text.
#[derive(Clone, Copy, PartialEq)]
enum Imbalance {
    /// Any edit. The text contains quotes within quotes, so the search cannot tell whether it is balanced.
    Anything,
    /// Any edit of another token. The brackets and quotes are balanced.
    Balanced,
    /// Inserting or removing a quote.
    Quote,
    /// Inserting `)` or removing `(`.
    Close,
    /// Inserting `(` or removing `)`.
    Open,
}

impl Imbalance {
    /// Returns the kind of edit that can balance `text`, or `None` if no single edit can.
    fn of(text: &str) -> Option<Self> {
        if text.contains(['"', '%']) {
            return Some(Self::Anything);
        }
        let (mut quoted, mut depth) = (false, 0_i32);
        for b in text.bytes() {
            match b {
                b'\'' => quoted = !quoted,
                b'(' if !quoted => depth += 1,
                b')' if !quoted => depth -= 1,
                _ => {}
            }
        }
        match depth {
            _ if quoted => Some(Self::Quote),
            0 => Some(Self::Balanced),
            1 => Some(Self::Close),
            -1 => Some(Self::Open),
            _ => None,
        }
    }

    fn is_free(self) -> bool {
        matches!(self, Self::Anything | Self::Balanced)
    }

    fn inserts(self, sign: u8) -> bool {
        match self {
            Self::Anything => true,
            Self::Balanced => !b"()'".contains(&sign),
            Self::Quote => sign == b'\'',
            Self::Close => sign == b')',
            Self::Open => sign == b'(',
        }
    }

    fn deletes(self, sign: u8) -> bool {
        match self {
            Self::Anything => true,
            Self::Balanced => !b"()'".contains(&sign),
            Self::Quote => sign == b'\'',
            Self::Close => sign == b'(',
            Self::Open => sign == b')',
        }
    }
}

/// Returns whether a text in quotes, in the query that `before`, `inserted` and `behind` make together, begins,
/// ends or changes at the inserted or removed quote and encloses another text with its quotes:
/// `"O',Values=['46'"`. Such a text is two texts, and more than one quote is missing.
fn encloses_another_text(before: &str, inserted: &str, behind: &str) -> bool {
    let changed = format!("{before}{inserted}{behind}");
    let bytes = changed.as_bytes();
    let at = before.len();
    let delimits = |b: Option<&u8>| b.is_some_and(|b| b"[](),=:".contains(b));
    let mut from = 0;
    while let Some(start) = bytes[from..].iter().position(|b| matches!(b, b'\'' | b'"')).map(|n| from + n) {
        let quote = bytes[start];
        let other = if quote == b'"' { b'\'' } else { b'"' };
        let Some(end) = bytes[start + 1..].iter().position(|b| *b == quote).map(|n| start + 1 + n) else {
            break;
        };
        let mut inner = start + 1..end;
        let another =
            |i: usize| bytes[i] == other && (delimits(bytes.get(i - 1)) || delimits(bytes.get(i + 1)));
        if start <= at && at <= end && inner.any(another) {
            return true;
        }
        from = end + 1;
    }
    false
}

/// Returns the names of the options in the request that OData does not define.
fn own_options<'r>(request: &'r Request<'_>) -> impl Iterator<Item = &'r str> {
    request.options.iter().filter(|o| matches!(o.kind, OptionKind::Custom(_))).map(|o| o.name)
}

/// Returns whether the operator at offset `at` is repeated directly after itself. `n` is the length in bytes
/// of the operator together with the spaces after it.
fn is_twice(text: &str, at: usize, n: usize) -> bool {
    let (word, rest) = text[at..].split_at(n);
    let word = word.trim_end();
    word.len() < n
        && rest.get(..word.len()).is_some_and(|next| next.eq_ignore_ascii_case(word))
        && rest[word.len()..].starts_with(' ')
}

/// Returns the length in bytes of the operator at offset `at` together with the spaces after it, or `None` if
/// there is no operator.
fn word_at(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let word = OPERATORS.iter().find(|w| {
        rest.get(..w.len()).is_some_and(|r| r.eq_ignore_ascii_case(w))
            && !rest[w.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
    })?;
    let behind = rest[word.len()..].trim_start_matches(' ');
    // Without its `not` the condition would mean the opposite.
    if *word == "not" && !behind.get(..3).is_some_and(|w| w.eq_ignore_ascii_case("not")) {
        return None;
    }
    let blank = rest.len() - word.len() - behind.len();
    Some(word.len() + blank)
}

#[cfg(test)]
mod tests {
    use super::{encloses_another_text, is_twice, word_at};

    #[test]
    fn a_quote_beside_a_bracket_or_a_comma_begins_or_ends_another_text() {
        for (before, inserted, behind, encloses) in [
            // Between the quotes stands another one, before or behind a sign that delimits texts.
            ("", "\"", "O'b\"", false),
            ("", "\"", "O',b\"", true),
            ("", "\"", "O['b\"", true),
            ("", "\"", "O']b\"", true),
            ("", "\"", "O='b\"", true),
            ("", "\"", "O':b\"", true),
            ("", "\"", "O ' b\"", false),
            ("", "'", "O\",b'", true),
            ("", "'", "O',b'", false),
            // It has to be the text that the change is in, at its ends too.
            ("'a' ", "", "\"b',c\"", true),
            ("'a'", "", " \"b',c\"", false),
            ("'a' \"b", "", "',c\"", true),
            ("\"b',c\"", "", " 'a'", false),
            ("\"b',c", "\"", " 'a'", true),
            ("\"b',c", "", "", false),
        ] {
            assert_eq!(
                encloses_another_text(before, inserted, behind),
                encloses,
                "{before}|{inserted}|{behind}"
            );
        }
    }

    #[test]
    fn an_operator_is_a_whole_word_and_may_be_there_twice() {
        for (text, at, length, twice) in [
            ("eq eq 1", 0, Some(3), true),
            ("eq EQ 1", 0, Some(3), true),
            ("eq  eq 1", 0, Some(4), true),
            ("eq eq", 0, Some(3), false),
            ("eq eqx", 0, Some(3), false),
            ("eq ne 1", 0, Some(3), false),
            ("a and and b", 2, Some(4), true),
            ("a and b", 2, Some(4), false),
            ("NOT x", 0, None, false),
            ("not not x", 0, Some(4), true),
            ("not notx", 0, Some(4), false),
            ("NOT  NOT x", 0, Some(5), true),
            ("eq", 0, Some(2), false),
            ("eq(1", 0, Some(2), false),
            ("equal", 0, None, false),
            ("eq_ 1", 0, None, false),
            ("x", 0, None, false),
            ("", 0, None, false),
            ("eq", 9, None, false),
            ("é eq", 1, None, false),
        ] {
            assert_eq!(word_at(text, at), length, "{text} at {at}");
            let found = length.is_some_and(|n| is_twice(text, at, n));
            assert_eq!(found, twice, "{text} at {at}");
        }
    }

    #[test]
    fn a_quote_that_makes_one_text_of_two_is_recognised() {
        for (before, inserted, behind, encloses) in [
            (r#"a in (["]","O',Values=['46'"#, "\"", "])", true),
            (r#"["a","#, "", r#"b",'c']"#, false),
            (r#"["a"#, "", r#",'c',"d"]"#, true),
            ("name eq 'a", "'", " and fullname eq \"b\"", false),
            ("name in ('a", "", ",\"b\",'c')", true),
            // An apostrophe within a word delimits nothing.
            (r#"["O'Brien"#, "\"", "]", false),
        ] {
            assert_eq!(
                encloses_another_text(before, inserted, behind),
                encloses,
                "{before}|{inserted}|{behind}"
            );
        }
    }
}
