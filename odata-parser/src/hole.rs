//! Placeholders of templates: `{id}`, `{0}`, `${id}` and Power Automate's `@{…}`.
//!
//! With [`crate::ParseOptions::placeholders`] they are part of the language, as a value, within a text, or as (part of) a name.
//! Without it they are reported. A guid in braces is never a placeholder.

use std::ops::Range;

use dvkit_diagnostic::{Diagnostic, Suggestion, code};

use crate::ast::{Expr, ExprKind, Literal, LiteralKind, Path, Placeholder, Segment, SegmentKind};
use crate::expr::OPERAND;
use crate::grammar::Grammar;
use crate::input::{PResult, fail};
use crate::lexical::is_name_char;
use crate::literal::guid;

/// What to do about placeholders that are meant.
pub(crate) const ALLOWED: &str =
    "where it is filled in before the query is sent, allow placeholders: `--placeholders`";

/// The longest placeholder, in bytes: what keeps a text of opening braces from being searched to its end for each.
const LONGEST: usize = 1024;

/// Does a placeholder begin here, and end somewhere?
#[inline]
pub(crate) fn starts(i: &str) -> bool {
    matches!(i.as_bytes().first(), Some(b'{' | b'$' | b'@')) && end(i, false).is_some()
}

/// Does a text contain a placeholder? A guid in braces and a JSON object are none.
pub(crate) fn within(text: &str) -> bool {
    text.char_indices().any(|(at, _)| {
        let i = &text[at..];
        starts(i) && braced_guid(i).is_none() && !i.starts_with("{\"")
    })
}

/// `{guid}`: the guid, and what follows the brace.
fn braced_guid(i: &str) -> Option<(&str, &str)> {
    let inner = i.strip_prefix('{')?.trim_start_matches(' ');
    let rest = guid(inner)?;
    let text = &inner[..36];
    Some((rest.trim_start_matches(' ').strip_prefix('}')?, text))
}

/// What follows the placeholder that begins here. Braces within it are balanced; texts within `${…}` and `@{…}` are
/// skipped as a whole, because expressions of other languages contain them.
pub(crate) fn end(i: &str, in_text: bool) -> Option<&str> {
    let (body, rich) = match i.strip_prefix(['$', '@']) {
        Some(rest) => (rest.strip_prefix('{')?, true),
        None => (i.strip_prefix('{')?, false),
    };
    if rich && let Some(rest) = balanced(body, true) {
        return Some(rest);
    }
    let rest = balanced(body, false)?;
    let inner = &body[..body.len() - rest.len() - 1];
    // A plain brace is common in ordinary text: what looks like prose or code is left alone.
    let prose =
        (!inner.trim().is_empty() && inner.contains(['\n', '\r'])) || (in_text && inner.contains('\''));
    (rich || !prose).then_some(rest)
}

/// Returns where the placeholders of a template stand in a text (`{id}`, `{0}`, `${id}`, `@{…}`), in order, in bytes.
///
/// ```
/// let text = "name eq '@{variables('x')}' and a eq {b}";
/// let found: Vec<&str> = odata_parser::placeholders(text).map(|range| &text[range]).collect();
/// assert_eq!(found, ["@{variables('x')}", "{b}"]);
/// ```
pub fn placeholders(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    pieces(text).into_iter().filter_map(move |(piece, is_placeholder)| {
        let from = at;
        at += piece.len();
        is_placeholder.then_some(from..at)
    })
}

/// A text in pieces, and which of them are placeholders.
pub(crate) fn pieces(text: &str) -> Vec<(&str, bool)> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(next) = text[at..].find(['{', '$', '@']) {
        at += next;
        match end(&text[at..], true) {
            Some(rest) => {
                let behind = text.len() - rest.len();
                pieces.extend([(&text[from..at], false), (&text[at..behind], true)]);
                (from, at) = (behind, behind);
            }
            None => at += 1,
        }
    }
    pieces.push((&text[from..], false));
    pieces
}

/// What follows the brace that closes the one before `i`.
fn balanced(i: &str, skip_texts: bool) -> Option<&str> {
    let bytes = i.as_bytes();
    let mut depth = 1_usize;
    let mut at = 0;
    while let Some(b) = bytes.get(at).filter(|_| at < LONGEST) {
        match b {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(&i[at + 1..]);
                }
            }
            b'\'' | b'"' | b'`' if skip_texts => {
                at += 1 + bytes[at + 1..].iter().position(|c| c == b)?;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// A text in single quotes in which placeholders may contain quotes of their own.
pub(crate) fn quoted_with_holes(i: &str) -> Option<(&str, &str)> {
    let bytes = i.as_bytes();
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return Some((&i[at + 1..], &i[..=at])),
            b'{' | b'$' | b'@' => match end(&i[at..], true) {
                Some(rest) => at = i.len() - rest.len(),
                None => at += 1,
            },
            _ => at += 1,
        }
    }
}

impl<'s> Grammar<'s> {
    /// An operand that begins with a placeholder.
    #[cold]
    pub(crate) fn hole(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        if let Some((rest, text)) = braced_guid(i) {
            let span = self.span(i, rest);
            self.mistake(
                Diagnostic::error(code::BRACED_GUID, span, "a guid has no braces in OData")
                    .suggest(Suggestion::fix("leave the braces out", span, text)),
            )?;
            let kind = ExprKind::Literal(Literal { kind: LiteralKind::Guid, text });
            return Ok((rest, Expr { span, kind }));
        }
        self.glued(i)
    }

    /// A placeholder with what is glued to it: `new_{x}`, `{0}T00:00:00Z`, `{0}/name`.
    #[cold]
    pub(crate) fn glued(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        let (rest, glue) = run(i);
        let text = self.text(i, rest);
        let span = self.span(i, rest);
        if !self.placeholders {
            return self.placeholder(i, rest);
        }
        let hole = Placeholder { text, quoted: false };
        let steps = rest.starts_with(['/', '(']);
        if !steps && glue != Glue::Name {
            return Ok((rest, Expr { span, kind: ExprKind::Placeholder(hole) }));
        }
        let mut segments = vec![Segment { span, kind: SegmentKind::Placeholder(hole) }];
        if let Some(open) = Some(rest).filter(|r| r.starts_with('(')) {
            let (rest, args) = self.arguments(open, false)?;
            segments.push(Segment { span: self.span(open, rest), kind: SegmentKind::Key(args) });
            return self.path(i, rest, segments);
        }
        if steps {
            return self.path(i, rest, segments);
        }
        Ok((rest, Expr { span, kind: ExprKind::Path(Path { segments }) }))
    }

    /// A placeholder as a step of a path.
    #[cold]
    pub(crate) fn hole_name(&mut self, i: &'s str) -> PResult<'s, Placeholder<'s>> {
        let (rest, _) = run(i);
        if rest.len() == i.len() {
            return Err(fail(i, OPERAND));
        }
        if !self.placeholders {
            self.placeholder(i, rest)?;
            // Already reported: the failure only ends the path.
            return Err(fail(i, OPERAND));
        }
        Ok((rest, Placeholder { text: self.text(i, rest), quoted: false }))
    }

    fn placeholder(&mut self, i: &'s str, rest: &'s str) -> PResult<'s, Expr<'s>> {
        let span = self.span(i, rest);
        let text = self.text(i, rest);
        let message = match text.chars().count() {
            0..=40 => format!("`{text}` is a placeholder, not a value"),
            _ => "this is a placeholder, not a value".to_owned(),
        };
        self.mistake(Diagnostic::error(code::PLACEHOLDER, span, message).help(ALLOWED))?;
        Ok((rest, self.error(i, rest)))
    }
}

/// What a placeholder is glued to.
#[derive(Clone, Copy, PartialEq)]
enum Glue {
    /// Nothing.
    Alone,
    /// Letters and digits: it is part of a name.
    Name,
    /// Colons, hyphens, points: it is part of a value.
    Value,
}

/// A run of placeholders and of the characters of names and values.
fn run(i: &str) -> (&str, Glue) {
    let mut rest = i;
    let mut glue = Glue::Alone;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = end(rest, false) {
            rest = after;
        } else if is_name_char(c) {
            if glue == Glue::Alone {
                glue = Glue::Name;
            }
            rest = &rest[c.len_utf8()..];
        } else if matches!(c, ':' | '-' | '.' | '+')
            && rest[1..].starts_with(|c: char| c.is_ascii_digit() || c == '{' || c == '$' || c == '@')
        {
            glue = Glue::Value;
            rest = &rest[1..];
        } else {
            break;
        }
    }
    // `1{0}` begins with a digit: no name does.
    if glue == Glue::Name && i.starts_with(|c: char| c.is_ascii_digit()) {
        glue = Glue::Value;
    }
    (rest, glue)
}
