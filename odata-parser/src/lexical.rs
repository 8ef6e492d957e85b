//! Parses the smallest elements of the grammar: white space, names, keywords and strings. Each
//! of these is parsed by a function on `&str`; the other parsers call these functions.

use nom::Parser;
use nom::bytes::complete::{take_while, take_while1};
use nom::combinator::recognize;

use crate::ast::BinaryOp;
use crate::input::PResult;

/// Returns the text after the white space at the beginning of `i` (ABNF `BWS`, `RWS`). Line breaks count as
/// white space, because real filters contain them.
#[inline]
pub(crate) fn blank(i: &str) -> &str {
    // No space and one space are by far the most frequent cases.
    match i.as_bytes() {
        [b' ', b' ' | b'\t' | b'\r' | b'\n', ..] | [b'\t' | b'\r' | b'\n', ..] => {
            i.trim_start_matches(is_blank)
        }
        [b' ', ..] => &i[1..],
        _ => i,
    }
}

/// Returns whether the character is white space that [`blank`] skips.
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Returns whether a name may begin with `c` (ABNF `identifierLeadingCharacter`).
#[inline]
pub(crate) fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && c.is_alphabetic())
}

/// Returns whether a name may contain `c` after its first character (ABNF `identifierCharacter`).
#[inline]
pub(crate) fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || c == '_'
        || (!c.is_ascii()
            && (c.is_alphanumeric()
                || matches!(c, '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{203f}' | '\u{2040}')))
}

/// Returns whether no character of a name is at the beginning of `i`, so that the word before `i` is
/// complete. Without this check, `order` would be read as the operator `or`.
#[inline]
pub(crate) fn at_boundary(i: &str) -> bool {
    match i.as_bytes().first() {
        None => true,
        Some(b) if b.is_ascii() => !NAME[usize::from(*b)],
        Some(_) => !i.starts_with(is_name_char),
    }
}

/// For each byte: whether it is an ASCII character that a name may contain. It is a table, because the
/// innermost loop of the parser uses it.
const NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 128_u8 {
        table[b as usize] = b.is_ascii_alphanumeric() || b == b'_';
        b += 1;
    }
    table
};

/// Returns whether a name begins at the beginning of `i`.
#[inline]
pub(crate) fn begins_name(i: &str) -> bool {
    match i.as_bytes().first() {
        Some(b) if b.is_ascii() => b.is_ascii_alphabetic() || *b == b'_',
        Some(_) => i.starts_with(is_name_start),
        None => false,
    }
}

/// Returns the length in bytes of the name at the beginning of `i`; 0 if there is no name.
#[inline]
pub(crate) fn name_len(i: &str) -> usize {
    if !begins_name(i) {
        return 0;
    }
    let bytes = i.as_bytes();
    let mut ascii = 1;
    while let Some(b) = bytes.get(ascii)
        && NAME[usize::from(*b)]
    {
        ascii += 1;
    }
    if bytes[0].is_ascii() && bytes.get(ascii).is_none_or(u8::is_ascii) {
        return ascii;
    }
    i.find(|c| !is_name_char(c)).unwrap_or(i.len())
}

/// Parses a name at the beginning of `i` (ABNF `odataIdentifier`).
#[inline]
pub(crate) fn name(i: &str) -> PResult<'_, &str> {
    match name_len(i) {
        0 => Err(crate::input::fail(i, crate::input::Expected::NAME)),
        n => Ok((&i[n..], &i[..n])),
    }
}

/// Parses a name, or several names joined by dots, at the beginning of `i` (ABNF `qualifiedTypeName`,
/// `namespace "." …`). The flag in the result is true if the name contains a dot.
#[inline]
pub(crate) fn dotted_name(i: &str) -> PResult<'_, (&str, bool)> {
    let (mut rest, _) = name(i)?;
    let mut dotted = false;
    while rest.as_bytes().first() == Some(&b'.') {
        match name_len(&rest[1..]) {
            0 => break,
            n => {
                rest = &rest[1 + n..];
                dotted = true;
            }
        }
    }
    Ok((rest, (&i[..i.len() - rest.len()], dotted)))
}

/// Parses one or more digits at the beginning of `i`.
pub(crate) fn digits(i: &str) -> PResult<'_, &str> {
    take_while1(|c: char| c.is_ascii_digit()).parse(i)
}

/// Returns the operator with the name `word`, in any letter case (OData 4.01); `None` if there is none.
#[inline]
pub(crate) fn binary_operator(word: &str) -> Option<BinaryOp> {
    if word.len() < 2 {
        return None;
    }
    Some(match word.as_bytes() {
        b"eq" => BinaryOp::Eq,
        b"and" => BinaryOp::And,
        b"or" => BinaryOp::Or,
        b"ne" => BinaryOp::Ne,
        b"gt" => BinaryOp::Gt,
        b"ge" => BinaryOp::Ge,
        b"lt" => BinaryOp::Lt,
        b"le" => BinaryOp::Le,
        b"in" => BinaryOp::In,
        b"has" => BinaryOp::Has,
        b"add" => BinaryOp::Add,
        b"sub" => BinaryOp::Sub,
        b"mul" => BinaryOp::Mul,
        b"div" => BinaryOp::Div,
        b"divby" => BinaryOp::DivBy,
        b"mod" => BinaryOp::Mod,
        // The lower-case spelling is the usual one: only the others need a copy.
        w if w.len() <= 5 && w.iter().any(u8::is_ascii_uppercase) => {
            return binary_operator(&word.to_ascii_lowercase());
        }
        _ => return None,
    })
}

/// The names of the infix operators, among which a misspelt operator is looked for.
pub(crate) const OPERATOR_WORDS: &[&str] = &[
    "eq", "ne", "gt", "ge", "lt", "le", "and", "or", "in", "has", "add", "sub", "mul", "div", "divby", "mod",
];

/// Parses a string in single quotes at the beginning of `i`, in which apostrophes are doubled (ABNF
/// `string`). Returns the text after it, and the string with its quotes; `None` if there is no string or it
/// is never closed.
#[inline]
pub(crate) fn quoted(i: &str) -> Option<(&str, &str)> {
    let bytes = i.as_bytes();
    if bytes.first() != Some(&b'\'') {
        return None;
    }
    let mut at = 1;
    loop {
        at += bytes[at..].iter().position(|b| *b == b'\'')? + 1;
        if bytes.get(at) != Some(&b'\'') {
            return Some((&i[at..], &i[..at]));
        }
        at += 1;
    }
}

/// Parses a JSON string in double quotes at the beginning of `i` (ABNF `stringInJSON`), and checks its
/// escapes. Returns the text after it, and the string with its quotes; `None` if there is no valid string.
pub(crate) fn json_string(i: &str) -> Option<(&str, &str)> {
    let bytes = i.as_bytes();
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'"' => return Some((&i[at + 1..], &i[..=at])),
            b'\\' => match *bytes.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                b'u' if bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => at += 6,
                _ => return None,
            },
            _ => at += 1,
        }
    }
}

/// Returns the part of the text that an error at the beginning of `i` underlines: a word, a string in quotes,
/// or one character. It is empty at the end of the text.
pub(crate) fn token(i: &str) -> &str {
    let word: PResult<'_, &str> = recognize(take_while(|c| is_name_char(c) || c == '.')).parse(i);
    match word {
        Ok((_, "")) | Err(_) => {}
        Ok((_, word)) => return word,
    }
    if let Some((_, text)) = quoted(i) {
        return text;
    }
    let symbols = i.len() - i.trim_start_matches(['=', '!', '<', '>', '&', '|']).len();
    match symbols {
        0 => i.chars().next().map_or("", |c| &i[..c.len_utf8()]),
        n => &i[..n],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_at_the_first_other_character() {
        assert_eq!(name("_x_value eq"), Ok((" eq", "_x_value")));
        assert_eq!(name("größe)"), Ok((")", "größe")));
        assert_eq!(name("Ünïcode9 "), Ok((" ", "Ünïcode9")));
        assert_eq!(name_len("0time"), 0);
        assert_eq!(dotted_name("a.b.c("), Ok(("(", ("a.b.c", true))));
        assert_eq!(dotted_name("a..b"), Ok(("..b", ("a", false))));
    }

    #[test]
    fn a_string_ends_at_the_first_single_apostrophe() {
        assert_eq!(quoted("'O''Brien' x"), Some((" x", "'O''Brien'")));
        assert_eq!(quoted("''"), Some(("", "''")));
        assert_eq!(quoted("'''"), None);
        assert_eq!(json_string(r#""a\"b" "#), Some((" ", r#""a\"b""#)));
        assert_eq!(json_string(r#""a\x""#), None);
    }

    #[test]
    fn operators_are_read_in_any_case() {
        assert_eq!(binary_operator("AND"), Some(BinaryOp::And));
        assert_eq!(binary_operator("Eq"), Some(BinaryOp::Eq));
        assert_eq!(binary_operator("order"), None);
    }
}
