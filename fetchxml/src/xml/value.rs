//! Resolves the texts and attribute values of an XML text for the scanner: replaces references and line ends,
//! and reports characters that XML does not permit.

use std::borrow::Cow;

use dvkit_diagnostic::{Span, Suggestion, code};

use super::Scanner;
use crate::report::error;

/// The context of a piece of XML text. It decides which characters have a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextContext {
    /// Text between tags.
    Text,
    /// The value of an attribute. Every white-space character in it means a space, and `<` must be escaped.
    Attribute,
    /// The content of `<![CDATA[…]]>`, in which nothing is escaped.
    Data,
}

/// Returns whether the byte can be copied from a text to its resolved form. This is not so for a byte that
/// may begin a character that XML does not permit.
fn is_plain(b: u8, place: TextContext) -> bool {
    match b {
        b'&' => place == TextContext::Data,
        b'<' | b'\t' | b'\n' => place != TextContext::Attribute,
        b'\r' | 0..0x20 => false,
        // U+FFFE and U+FFFF begin with it, and few other characters.
        0xef => false,
        _ => true,
    }
}

impl<'s> Scanner<'s> {
    /// Returns the text `raw` with its references and line ends resolved, and reports mistakes in it. `start`
    /// is the byte offset of `raw`, and `place` its context. The result is borrowed if nothing changes.
    pub(super) fn resolve(&mut self, raw: &'s str, start: usize, place: TextContext) -> Cow<'s, str> {
        let Some(first) = raw.bytes().position(|b| !is_plain(b, place)) else { return Cow::Borrowed(raw) };
        let mut out = String::with_capacity(raw.len());
        out.push_str(&raw[..first]);
        let mut at = first;
        while let Some(c) = raw[at..].chars().next() {
            let from = at;
            at += c.len_utf8();
            let span = Span::new(start + from, start + at);
            match c {
                '&' if place != TextContext::Data => {
                    at = from + self.reference(&raw[from..], start + from, &mut out)
                }
                '<' if place == TextContext::Attribute => {
                    // Before a possible tag a quote may be missing, or this is a placeholder.
                    let name =
                        raw[at..].trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '/' | '-'));
                    let tag = name.len() < raw.len() - at && name.starts_with([' ', '>', '/']);
                    let fix = if tag { Suggestion::maybe } else { Suggestion::fix };
                    self.report.push(
                        error(code::NOT_ESCAPED, span, "a `<` within a value has to be escaped")
                            .suggest(fix("write `&lt;`".to_owned(), span, "&lt;".to_owned())),
                    );
                    out.push(c);
                }
                '\r' => {
                    if raw[at..].starts_with('\n') {
                        at += 1;
                    }
                    out.push(if place == TextContext::Attribute { ' ' } else { '\n' });
                }
                '\t' | '\n' if place == TextContext::Attribute => out.push(' '),
                c if is_character(c) => out.push(c),
                c => self.refuse(c, span),
            }
            // Most of a text is copied unchanged.
            let plain = raw[at..].bytes().position(|b| !is_plain(b, place)).unwrap_or(raw.len() - at);
            out.push_str(&raw[at..at + plain]);
            at += plain;
        }
        if out == raw { Cow::Borrowed(raw) } else { Cow::Owned(out) }
    }

    /// Resolves the reference with which `rest` begins, at the byte offset `at`, and appends its character to
    /// `out`. Returns the length of the reference in bytes. Something that is not a reference is reported.
    fn reference(&mut self, rest: &str, at: usize, out: &mut String) -> usize {
        let name = reference_name(rest);
        let resolved = match name {
            Some("amp") => Some('&'),
            Some("lt") => Some('<'),
            Some("gt") => Some('>'),
            Some("quot") => Some('"'),
            Some("apos") => Some('\''),
            Some(name) => numbered(name),
            None => None,
        };
        if let (Some(c), Some(name)) = (resolved, name) {
            out.push(c);
            return name.len() + 2;
        }
        let diagnostic = match name {
            Some(name) => {
                let span = Span::new(at, at + name.len() + 2);
                let d = error(code::NOT_ESCAPED, span, format!("XML has no character `&{name};`"));
                match name {
                    "nbsp" => d.suggest(Suggestion::fix("write its number", span, "&#160;")),
                    _ => d.suggest(Suggestion::maybe("escape the `&`", Span::new(at, at + 1), "&amp;")),
                }
            }
            None => {
                let span = Span::new(at, at + 1);
                error(code::NOT_ESCAPED, span, "an `&` has to be escaped").suggest(Suggestion::fix(
                    "write `&amp;`",
                    span,
                    "&amp;",
                ))
            }
        };
        self.report.push(diagnostic);
        out.push('&');
        1
    }

    /// Reports the characters in `raw` that XML does not permit. It is used for texts that are not resolved,
    /// such as comments. `start` is the byte offset of `raw`.
    pub(super) fn control_characters(&mut self, raw: &str, start: usize) {
        for (n, c) in raw.char_indices().filter(|(_, c)| !is_character(*c)) {
            self.refuse(c, Span::new(start + n, start + n + c.len_utf8()));
            if self.report.is_full() {
                return;
            }
        }
    }

    fn refuse(&mut self, c: char, span: Span) {
        let message = format!("XML does not have the character U+{:04X}", u32::from(c));
        let fix = Suggestion::fix("leave it out", span, "");
        self.report.push(error(code::MALFORMED_XML, span, message).suggest(fix));
    }
}

/// Returns the name between the `&` and the `;` with which `rest` begins; `None` if `rest` does not look like
/// a reference.
fn reference_name(rest: &str) -> Option<&str> {
    // The longest valid name is the number of a character, with some zeros.
    let end = rest.bytes().take(32).position(|b| b == b';')?;
    let name = &rest[1..end];
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#') && !name.is_empty();
    is_name.then_some(name)
}

/// Returns the character of a numeric reference, such as `#8364` or `#x20AC`; `None` if there is no such
/// character.
fn numbered(name: &str) -> Option<char> {
    let digits = name.strip_prefix('#')?;
    let number = match digits.strip_prefix('x') {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16),
        None if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse(),
        _ => return None,
    };
    number.ok().and_then(char::from_u32).filter(|c| is_character(*c))
}

/// Returns whether XML permits the character (XML 1.0, production 2).
pub(crate) fn is_character(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}
