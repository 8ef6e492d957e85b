//! What was lost or is there twice: a bracket, a quote, a comma, a blank, an operator.
//!
//! Where it stood is not guessed but tried: every text that has one such thing more or less, before the place where reading
//! failed (behind it nothing can mend it), is read. Where all that are right mean the same, the fix is certain. A text that
//! breaks off may lack more than one thing; nothing is certain there. FetchXML that breaks off lacks more than one sign, but
//! for its very last.

mod fetch;

use std::ops::ControlFlow;

use dvkit_diagnostic::{Applicability, Diagnostic, Edit, Span, Suggestion, apply, code};
use dvkit_schema::{Store, StoreError};
use fetchxml::FetchText;
use odata_parser::ast::{OptionKind, Request};
use odata_parser::{ParseOptions, RequestText, parse_filter_with, parse_request, parse_request_recovering};

use super::QueryText;
use super::pipeline::{Analysis, analyze_as_written};
use crate::Options;
use crate::hir::Query;

/// The most bytes that are read in search of what is missing: long texts are not searched.
const MOST_BYTES: usize = 400_000;

/// The same for FetchXML, which says as much in more letters.
const MOST_BYTES_OF_FETCH: usize = 2_000_000;

/// A longer text, in bytes, is not searched: only a small part of its places could be tried.
const LONGEST: usize = 2_000;

/// The same of FetchXML, which takes more signs to say as much.
const LONGEST_FETCH: usize = 4_000;

/// What is inserted at the boundaries of words and signs.
const INSERTED: [&str; 10] = ["(", ")", "'", "\"", ",", "&", ";", "=", "/", ":"];

/// Signs that may be one too many.
const SIGNS: &[u8] = b"()',;&/=?$:[]{}\"";

/// Operators, one of which may be one too many.
const WORDS: [&str; 12] = ["and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le", "in", "asc", "desc"];

/// Adds the certain fix of what was lost, where there is one.
pub(super) fn find(
    store: &Store,
    query: QueryText<'_>,
    options: &Options,
    analysis: &mut Analysis,
) -> Result<(), StoreError> {
    let text = query.text();
    // Encoded FetchXML is searched once it is decoded.
    let is_fetch = query.is_fetchxml();
    let longest = if is_fetch { LONGEST_FETCH } else { LONGEST };
    if text.len() > longest || (is_fetch && (analysis.parsed || FetchText::new(text).decoded() != text)) {
        return Ok(());
    }
    // What has certain fixes of its own is mended first, but an element that only seems to be open.
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
    let budget = if is_fetch { MOST_BYTES_OF_FETCH } else { MOST_BYTES };
    let mut search = Search { store, query, text, options, own, open, within, doubled, budget, found: None };
    let certain = match search.all(at)? {
        ControlFlow::Continue(()) => search.found,
        ControlFlow::Break(()) => {
            // Where it ends is as uncertain as what is lost.
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
        // What the parser offered for the same place says no more.
        diagnostic.suggestions.retain(|s| apply(text, &s.edits).as_ref() != Ok(&fixed));
        diagnostic.suggestions.insert(0, fix);
        analysis.recovered = true;
    }
    // What was said of the text as it was read is no more certain than that analysis.
    let others = analysis.diagnostics.iter_mut().filter(|d| is_fetch || d.is_error());
    for suggestion in others.flat_map(|d| &mut d.suggestions) {
        if apply(text, &suggestion.edits).as_ref() != Ok(&fixed) {
            suggestion.applicability = Applicability::Maybe;
        }
    }
    Ok(())
}

/// Where reading failed.
struct Failure {
    /// Up to here the text is the beginning of something right.
    at: usize,
    /// Is that its end, so that nothing is searched but an operator that is there twice? No text breaks off so.
    doubled: bool,
}

/// Where reading failed; none where that cannot be said.
fn fails_at(query: QueryText<'_>, options: &Options, analysis: &Analysis) -> Option<Failure> {
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
        // It can be read: a name is unknown that may be two.
        None => unknown_name(analysis).map(|span| span.range().end.min(text.len())),
    };
    // A text may break off within or behind its last word.
    at.map(|at| Failure { at, doubled: at >= end && !never_closed })
}

/// The first name that nothing has, where nothing else is certain about it.
fn unknown_name(analysis: &Analysis) -> Option<Span> {
    let unknown = |d: &&Diagnostic| d.is_error() && d.code == code::UNKNOWN_COLUMN && d.fix().is_none();
    analysis.diagnostics.iter().find(unknown).map(|d| d.span)
}

/// What was found so far.
struct Search<'s> {
    store: &'s Store,
    query: QueryText<'s>,
    text: &'s str,
    options: &'s Options,
    /// The options of the text that are none of OData's.
    own: Vec<String>,
    /// Is something never closed, so that the text may break off?
    open: bool,
    /// The unknown name of a text that can be read: it may be two, of which something is missing in between.
    within: Option<Span>,
    /// Is nothing tried but to leave out an operator that is there twice?
    doubled: bool,
    budget: usize,
    found: Option<(Edit, Query)>,
}

impl Search<'_> {
    /// Tries everything up to `at`; breaks where two texts that are right mean different things.
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
        let Some(wanted) = Wanted::of(self.text) else { return Ok(ControlFlow::Continue(())) };
        for i in 0..=at.min(end) {
            if !self.text.is_char_boundary(i) {
                continue;
            }
            let (before, here) = (i.checked_sub(1).and_then(|n| bytes.get(n)), bytes.get(i));
            let letter =
                |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80);
            // `%20` is a blank, whatever letters it ends with.
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
            if let Some(b) = here.filter(|b| SIGNS.contains(b) && wanted.deletes(**b)) {
                // Of several equal ones the first stands for all. What had one `$` keeps it.
                let one = *b != b'$' || bytes.get(i + 1) == Some(b);
                if before != Some(b) && one && self.attempt(Span::new(i, i + 1), "")?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            if !inside {
                for sign in INSERTED.into_iter().filter(|s| wanted.inserts(s.as_bytes()[0])) {
                    if self.attempt(Span::new(i, i), sign)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                if let Some(n) = word_at(self.text, i).filter(|_| wanted.is_free())
                    && self.attempt(Span::new(i, i + n), "")?.is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
            }
            let blank = |b: Option<&u8>| b.is_none_or(u8::is_ascii_whitespace);
            let free = wanted.is_free() && !blank(before) && !blank(here);
            if free && self.attempt(Span::new(i, i), " ")?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Reads the text with one edit; breaks where that is right and means something else than what was found, or where the
    /// text would only have to go on.
    fn attempt(&mut self, span: Span, replacement: &str) -> Result<ControlFlow<()>, StoreError> {
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
                fetchxml::parse_text(&FetchText::new(&changed), &options).is_ok()
            }
            // What becomes an option that nobody knows is not mended.
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
        // Before signs that are its like it stands at the end too.
        let behind = self.text.get(span.range().end..).unwrap_or_default().trim_end();
        let last =
            behind.is_empty() || (span.is_empty() && behind.trim_start_matches(replacement).is_empty());
        if last && !self.query.is_fetchxml() && (span.is_empty() || self.open) {
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

/// What alone can mend a text, by what is not balanced in it.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    /// Nobody can tell: there are quotes within quotes.
    Anything,
    /// Brackets and quotes are balanced: anything else.
    Balanced,
    /// One quote more or less.
    Quote,
    /// One `)` more, or one `(` less.
    Close,
    /// One `(` more, or one `)` less.
    Open,
}

impl Wanted {
    /// None where no single sign can mend it.
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

/// The names of options that are none of OData's.
fn own_options<'r>(request: &'r Request<'_>) -> impl Iterator<Item = &'r str> {
    request.options.iter().filter(|o| matches!(o.kind, OptionKind::Custom(_))).map(|o| o.name)
}

/// Does the operator, which with the blank behind it has `n` bytes, stand there once more?
fn is_twice(text: &str, at: usize, n: usize) -> bool {
    let (word, rest) = text[at..].split_at(n);
    let word = word.trim_end();
    word.len() < n
        && rest.get(..word.len()).is_some_and(|next| next.eq_ignore_ascii_case(word))
        && rest[word.len()..].starts_with(' ')
}

/// The length of the operator that begins here, with the blank behind it.
fn word_at(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let word = WORDS.iter().find(|w| {
        rest.get(..w.len()).is_some_and(|r| r.eq_ignore_ascii_case(w))
            && !rest[w.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
    })?;
    let behind = rest[word.len()..].trim_start_matches(' ');
    // Without its `not` a condition says the opposite.
    if *word == "not" && !behind.get(..3).is_some_and(|w| w.eq_ignore_ascii_case("not")) {
        return None;
    }
    let blank = rest.len() - word.len() - behind.len();
    Some(word.len() + blank)
}
