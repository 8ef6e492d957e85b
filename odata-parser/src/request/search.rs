//! Parses the option `$search` (ABNF `searchExpr`). `NOT` binds more tightly than `AND`, and `AND` more
//! tightly than `OR`; adjacent words are joined by `AND`. The parsers of options and of `$apply` call it.

use dvkit_diagnostic::{Diagnostic, Suggestion, code};

use super::separators::option_ahead;
use crate::ast::{Search, SearchKind};
use crate::input::{Expected, Failure, PResult, fail};
use crate::lexical::{blank, is_blank, quoted};
use crate::parser::Parser;
use crate::placeholder;

impl<'s> Parser<'s> {
    /// Parses a search expression at the beginning of `i`, up to the end of the text or a `)`. If `semi` is
    /// true, a `;` before another option also ends it.
    pub(super) fn search(&mut self, i: &'s str, semi: bool) -> PResult<'s, Search<'s>> {
        let i = blank(i);
        let depth = self.depth;
        match self.search_or_failure(i, semi) {
            Err(nom::Err::Error(failure)) if self.recovering => {
                self.depth = depth;
                self.report(failure);
                let (mut rest, mut depth) = (i, 0_usize);
                while let Some(c) = rest.chars().next()
                    && (depth > 0 || !ends(rest, semi))
                {
                    match c {
                        '(' => depth += 1,
                        ')' => depth -= 1,
                        _ => {}
                    }
                    rest = &rest[c.len_utf8()..];
                }
                Ok((rest, Search { span: self.span(i, rest), kind: SearchKind::Error }))
            }
            other => other,
        }
    }

    fn search_or_failure(&mut self, i: &'s str, semi: bool) -> PResult<'s, Search<'s>> {
        // An incomplete search, as typed so far, balanced or not (ABNF `searchExpr-incomplete`).
        if let Some((rest, text)) = quoted(i) {
            let search = Search { span: self.span(i, rest), kind: SearchKind::Phrase(text) };
            let rest = blank(rest);
            return if ends(rest, semi) { Ok((rest, search)) } else { Err(fail(rest, Expected::END)) };
        }
        let (rest, search) = self.search_or(i, semi)?;
        let rest = blank(rest);
        if ends(rest, semi) { Ok((rest, search)) } else { Err(fail(rest, Expected::AND | Expected::OR)) }
    }

    fn search_or(&mut self, i: &'s str, semi: bool) -> PResult<'s, Search<'s>> {
        let (mut rest, mut left) = self.search_and(i, semi)?;
        while let Some(next) = operator(rest, "OR", semi) {
            self.link(next)?;
            let right;
            (rest, right) = self.search_and(next, semi)?;
            let span = left.span.to(right.span);
            left = Search { span, kind: SearchKind::Or(Box::new(left), Box::new(right)) };
        }
        Ok((rest, left))
    }

    fn search_and(&mut self, i: &'s str, semi: bool) -> PResult<'s, Search<'s>> {
        let (mut rest, mut left) = self.search_term(i, semi)?;
        loop {
            let at = blank(rest);
            if at.len() == rest.len() || ends(at, semi) || operator(rest, "OR", semi).is_some() {
                return Ok((rest, left));
            }
            let written = operator(rest, "AND", semi);
            self.link(at)?;
            for word in ["and", "or"] {
                if operator(at, word, semi).is_some() {
                    self.lower_case(at, word)?;
                }
            }
            let right;
            (rest, right) = self.search_term(written.unwrap_or(at), semi)?;
            let span = left.span.to(right.span);
            let kind = SearchKind::And(Box::new(left), Box::new(right), written.is_some());
            left = Search { span, kind };
        }
    }

    /// Parses a word, a phrase or parentheses at the beginning of `i`, possibly after `NOT`. If `semi` is
    /// true, a `;` before another option ends the search.
    fn search_term(&mut self, i: &'s str, semi: bool) -> PResult<'s, Search<'s>> {
        let Some(next) = operator(i, "NOT", semi) else { return self.search_primary(i, semi) };
        let (rest, inner) = self.search_primary(next, semi)?;
        let span = self.span(i, rest);
        Ok((rest, Search { span, kind: SearchKind::Not(Box::new(inner)) }))
    }

    /// Parses a word, a phrase or parentheses at the beginning of `i`. If `semi` is true, a `;` before
    /// another option ends the search.
    fn search_primary(&mut self, i: &'s str, semi: bool) -> PResult<'s, Search<'s>> {
        let (rest, kind) = match i.as_bytes().first() {
            Some(b'(') => {
                self.enter(i)?;
                let (rest, inner) = self.search_or(blank(&i[1..]), semi)?;
                let (rest, ()) = self.close(blank(rest), i, ')', Expected::CLOSE)?;
                self.leave();
                (rest, SearchKind::Paren(Box::new(inner)))
            }
            Some(b'"') => match phrase_end(&i[1..]) {
                Some(end) => (&i[1 + end..], SearchKind::Phrase(&i[..=end])),
                None => {
                    self.endless_phrase(i)?;
                    ("", SearchKind::Error)
                }
            },
            _ if !self.placeholders && placeholder::starts(i) => {
                let (rest, _) = self.placeholder_operand(i)?;
                (rest, SearchKind::Error)
            }
            _ => {
                let rest = self.word_end(i, semi);
                let text = self.text(i, rest);
                if text.is_empty() || text.starts_with('\'') {
                    return Err(fail(i, Expected::SEARCH));
                }
                (rest, SearchKind::Word(text))
            }
        };
        Ok((rest, Search { span: self.span(i, rest), kind }))
    }

    /// Returns the text after the word with which `i` begins (ABNF `searchWord`, decoded). If `semi` is true,
    /// a `;` before another option ends the word.
    fn word_end(&self, i: &'s str, semi: bool) -> &'s str {
        let mut rest = i;
        while let Some(c) = rest.chars().next() {
            if self.placeholders
                && let Some(after) = placeholder::end(rest, false)
            {
                rest = after;
                continue;
            }
            if is_blank(c) || matches!(c, '"' | '(' | ')') || ends(rest, semi) {
                break;
            }
            rest = &rest[c.len_utf8()..];
        }
        rest
    }

    /// Warns of a word such as `or` in lower case, which is not an operator: `a or b` searches for three
    /// words. `word` is the word with which `at` begins.
    #[cold]
    fn lower_case(&mut self, at: &'s str, word: &str) -> Result<(), nom::Err<Failure>> {
        let (span, right) = (self.span(at, &at[word.len()..]), word.to_ascii_uppercase());
        let message = format!("`{word}` in lower case is a word that is searched for");
        let d = Diagnostic::warning(code::WRONG_CASE, span, message);
        self.mistake(d.suggest(Suggestion::maybe(format!("write `{right}`"), span, right)))
    }

    #[cold]
    fn endless_phrase(&mut self, i: &'s str) -> Result<(), nom::Err<Failure>> {
        let message = "this phrase in double quotes is never closed";
        let span = self.span(i, "");
        let end = crate::Span::at(self.offset(i) + i.trim_end_matches(is_blank).len());
        let d = Diagnostic::error(code::UNTERMINATED_STRING, span, message);
        self.mistake(d.suggest(Suggestion::maybe("close it at the end", end, "\"")))
    }
}

/// Returns the length in bytes of a phrase in double quotes. `i` begins after its opening quote, and the
/// length includes the closing quote. Returns `None` for an empty phrase, or one that is never closed. A
/// backslash escapes the character after it.
fn phrase_end(i: &str) -> Option<usize> {
    let mut bytes = i.bytes().enumerate();
    while let Some((at, b)) = bytes.next() {
        match b {
            b'"' => return (at > 0).then_some(at + 1),
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
    None
}

/// Returns whether the search expression ends at the beginning of `i`. If `semi` is true, a `;` before
/// another option ends it. A `;` before anything else is a part of a word, because it was escaped in the URL.
fn ends(i: &str, semi: bool) -> bool {
    i.is_empty() || i.starts_with(')') || (semi && i.starts_with(';') && begins_option(blank(&i[1..])))
}

fn begins_option(i: &str) -> bool {
    let n = crate::lexical::name_len(i);
    i.is_empty()
        || i.starts_with(')')
        || option_ahead(i).is_some()
        || (n > 0 && blank(&i[n..]).starts_with('='))
}

/// Returns the text after the operator `word` if it is at the beginning of `i`; otherwise `None`. At the end
/// of the search expression, `word` is not an operator but a word to search for. If `semi` is true, a `;`
/// before another option ends the search expression.
fn operator<'s>(i: &'s str, word: &str, semi: bool) -> Option<&'s str> {
    let rest = blank(i).strip_prefix(word)?;
    let next = blank(rest);
    (next.len() < rest.len() && !ends(next, semi)).then_some(next)
}
