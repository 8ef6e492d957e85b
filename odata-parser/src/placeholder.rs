//! Recognises and parses placeholders of templates: `{id}`, `{0}`, `${id}` and Power Automate's `@{…}`. All
//! parsers of operands and names call it.
//!
//! If [`crate::ParseOptions::placeholders`] is set, a placeholder may be a value, a part of a text, a name,
//! or a part of a name. If not, placeholders are reported. A guid in braces is never a placeholder.

use std::ops::Range;

use dvkit_diagnostic::{Diagnostic, Suggestion, code};

use crate::ast::{Expr, ExprKind, Literal, LiteralKind, Path, Placeholder, Segment, SegmentKind};
use crate::expr::OPERAND;
use crate::input::{PResult, fail};
use crate::lexical::is_name_char;
use crate::literal::guid;
use crate::parser::Parser;

/// The help of the diagnostic for a placeholder. It says how to allow placeholders.
pub(crate) const ALLOWED: &str =
    "where it is filled in before the query is sent, allow placeholders: `--placeholders`";

/// The maximum length of a placeholder in bytes. Without this limit, a text of many opening braces would be
/// searched to its end for each of them.
const LONGEST: usize = 1024;

/// Returns whether `i` begins with a complete placeholder.
#[inline]
pub(crate) fn starts(i: &str) -> bool {
    matches!(i.as_bytes().first(), Some(b'{' | b'$' | b'@')) && end(i, false).is_some()
}

/// Returns whether a text contains a placeholder of a template (`{id}`, `{{id}}`, `${id}`, `@{…}`). A guid in
/// braces and a JSON object are not placeholders.
#[must_use]
pub fn has_placeholder(text: &str) -> bool {
    text.char_indices().any(|(at, _)| {
        let i = &text[at..];
        starts(i) && braced_guid(i).is_none() && !i.starts_with("{\"")
    })
}

/// Parses a guid in braces at the beginning of `i`. Returns the text after the closing brace, and the guid
/// without braces; `None` if there is no such guid.
fn braced_guid(i: &str) -> Option<(&str, &str)> {
    let inner = i.strip_prefix('{')?.trim_start_matches(' ');
    let rest = guid(inner)?;
    let text = &inner[..36];
    Some((rest.trim_start_matches(' ').strip_prefix('}')?, text))
}

/// Returns the text after the placeholder at the beginning of `i`; `None` if `i` does not begin with a
/// placeholder. `in_text` says whether the placeholder is within a string in quotes. Braces within a
/// placeholder are balanced; braces in strings within `${…}` and `@{…}` do not count.
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
    // A plain brace is common in ordinary text, so content that looks like prose or code is not a placeholder.
    let prose =
        (!inner.trim().is_empty() && inner.contains(['\n', '\r'])) || (in_text && inner.contains('\''));
    (rich || !prose).then_some(rest)
}

/// Returns the byte ranges of the placeholders in a text (`{id}`, `{0}`, `${id}`, `@{…}`), in the order of
/// the text.
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

/// Splits a text into its placeholders and the parts between them, in the order of the text. The flag says
/// whether a part is a placeholder.
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

/// Returns the text after the closing brace that belongs to the opening brace directly before `i`; `None` if
/// there is none. If `skip_texts` is true, braces within quotes do not count.
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

/// Parses a string in single quotes at the beginning of `i`, in which placeholders may contain quotes of
/// their own. Returns the text after it, and the string with its quotes; `None` if there is no such string.
pub(crate) fn quoted_with_placeholders(i: &str) -> Option<(&str, &str)> {
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

impl<'s> Parser<'s> {
    /// Parses an operand that begins with a placeholder at the beginning of `i`.
    #[cold]
    pub(crate) fn placeholder_operand(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        if let Some((rest, text)) = braced_guid(i) {
            let span = self.span(i, rest);
            self.mistake(
                Diagnostic::error(code::BRACED_GUID, span, "a guid has no braces in OData")
                    .suggest(Suggestion::fix("leave the braces out", span, text)),
            )?;
            let kind = ExprKind::Literal(Literal { kind: LiteralKind::Guid, text });
            return Ok((rest, Expr { span, kind }));
        }
        self.placeholder_with_affixes(i)
    }

    /// Parses an operand at the beginning of `i` that consists of placeholders and characters that touch
    /// them, such as `new_{x}`, `{0}T00:00:00Z` and `{0}/name`.
    #[cold]
    pub(crate) fn placeholder_with_affixes(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        let (rest, glue) = run(i);
        let text = self.text(i, rest);
        let span = self.span(i, rest);
        if !self.placeholders {
            return self.placeholder(i, rest);
        }
        let placeholder = Placeholder { text, quoted: false };
        let steps = rest.starts_with(['/', '(']);
        if !steps && glue != Adjacent::Name {
            return Ok((rest, Expr { span, kind: ExprKind::Placeholder(placeholder) }));
        }
        let mut segments = vec![Segment { span, kind: SegmentKind::Placeholder(placeholder) }];
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

    /// Parses a placeholder at the beginning of `i` as a segment of a path, together with the characters that
    /// touch it.
    #[cold]
    pub(crate) fn placeholder_segment(&mut self, i: &'s str) -> PResult<'s, Placeholder<'s>> {
        let (rest, _) = run(i);
        if rest.len() == i.len() {
            return Err(fail(i, OPERAND));
        }
        if !self.placeholders {
            self.placeholder(i, rest)?;
            // The placeholder has been reported: this failure only ends the path.
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

/// What a placeholder is a part of, judged by the characters that directly touch it.
#[derive(Clone, Copy, PartialEq)]
enum Adjacent {
    /// No character touches the placeholder.
    Alone,
    /// Letters and digits touch the placeholder, so that it is a part of a name.
    Name,
    /// Colons, hyphens or dots touch the placeholder, so that it is a part of a value.
    Value,
}

/// Parses consecutive placeholders at the beginning of `i`, together with the characters of names and values
/// that touch them. Returns the text after them, and what the placeholders are a part of.
fn run(i: &str) -> (&str, Adjacent) {
    let mut rest = i;
    let mut glue = Adjacent::Alone;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = end(rest, false) {
            rest = after;
        } else if is_name_char(c) {
            if glue == Adjacent::Alone {
                glue = Adjacent::Name;
            }
            rest = &rest[c.len_utf8()..];
        } else if matches!(c, ':' | '-' | '.' | '+')
            && rest[1..].starts_with(|c: char| c.is_ascii_digit() || c == '{' || c == '$' || c == '@')
        {
            glue = Adjacent::Value;
            rest = &rest[1..];
        } else {
            break;
        }
    }
    // `1{0}` begins with a digit, which no name does.
    if glue == Adjacent::Name && i.starts_with(|c: char| c.is_ascii_digit()) {
        glue = Adjacent::Value;
    }
    (rest, glue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_at_the_quote_that_is_neither_doubled_nor_in_a_placeholder() {
        for (text, expected) in [
            ("'a' b", Some((" b", "'a'"))),
            ("''", Some(("", "''"))),
            ("'''' b", Some((" b", "''''"))),
            ("'a''' b", Some((" b", "'a'''"))),
            ("'a''b' c", Some((" c", "'a''b'"))),
            ("'@{f('x')}' b", Some((" b", "'@{f('x')}'"))),
            ("'@{f('x')}''' b", Some((" b", "'@{f('x')}'''"))),
            ("'@{x}${y}'", Some(("", "'@{x}${y}'"))),
            ("'{' b", Some((" b", "'{'"))),
            ("'a", None),
            ("'a''", None),
            ("'", None),
        ] {
            assert_eq!(quoted_with_placeholders(text), expected, "{text}");
        }
    }

    #[test]
    fn the_placeholders_of_a_text_have_their_places() {
        for (text, expected) in [
            ("", &[][..]),
            ("name eq 'x'", &[]),
            ("{a}", &[(0, 3)]),
            ("a eq {b}", &[(5, 8)]),
            ("é {a}{b} ${c} @{d('e')}", &[(3, 6), (6, 9), (10, 14), (15, 24)]),
            ("{a} and {a}", &[(0, 3), (8, 11)]),
            ("a eq {b", &[]),
        ] {
            let found: Vec<_> = placeholders(text).map(|place| (place.start, place.end)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
