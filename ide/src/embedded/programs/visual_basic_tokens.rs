//! Splits a program in Visual Basic into tokens: words, strings, comments, lines, and XML literals.

use std::ops::Range;

/// A token of Visual Basic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) range: Range<usize>,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word,
    Number,
    /// A string with its quotes.
    Text,
    /// An interpolated string with its dollar sign and its quotes.
    Interpolated,
    /// An XML literal.
    Xml,
    /// An operator or a bracket.
    Sign,
    /// The end of a line that ends a statement, unless the statement cannot end there.
    Line,
}

/// The words behind which an expression comes.
const BEFORE_EXPRESSION: [&str; 10] =
    ["return", "in", "from", "to", "andalso", "orelse", "is", "isnot", "not", "yield"];

/// Returns the tokens of a program, without its comments and directives.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let bytes = source.as_bytes();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let starts_line = tokens.last().is_none_or(|last| last.kind == TokenKind::Line);
        let (kind, end) = match byte {
            b'\n' => (TokenKind::Line, at + 1),
            _ if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'\'' => {
                at = line_end(bytes, at);
                continue;
            }
            b'#' if starts_line => {
                at = line_end(bytes, at);
                continue;
            }
            b'#' => (TokenKind::Number, date_end(bytes, at)),
            b'"' => {
                let end = text_end(bytes, at + 1);
                let is_character = matches!(bytes.get(end), Some(b'c' | b'C'))
                    && !bytes.get(end + 1).is_some_and(|next| is_word(*next));
                tokens.push(Token { kind: TokenKind::Text, range: at..end });
                at = end + usize::from(is_character);
                continue;
            }
            b'$' if bytes.get(at + 1) == Some(&b'"') => {
                (TokenKind::Interpolated, interpolated_end(bytes, at + 2, 0))
            }
            b'<' if begins_xml(&tokens, source, at) => (TokenKind::Xml, xml_end(bytes, at)),
            b'_' if !bytes.get(at + 1).is_some_and(|next| is_word(*next)) => {
                // The statement goes on in the next line.
                at = line_end(bytes, at).saturating_add(1);
                continue;
            }
            b'[' => {
                // A word in brackets is a name, whatever it means without them.
                let end =
                    memchr::memchr(b']', bytes.get(at..).unwrap_or_default()).map_or(at + 1, |n| at + n + 1);
                let inner = at + 1..end.saturating_sub(1).max(at + 1);
                let is_name = bytes.get(inner.clone()).is_some_and(|name| name.iter().all(|b| is_word(*b)));
                if is_name && !inner.is_empty() {
                    tokens.push(Token { kind: TokenKind::Word, range: inner });
                    at = end;
                    continue;
                }
                (TokenKind::Sign, at + 1)
            }
            _ if is_word(byte) => {
                let length = bytes.get(at..).unwrap_or_default().iter().take_while(|b| is_word(**b)).count();
                let kind = if byte.is_ascii_digit() { TokenKind::Number } else { TokenKind::Word };
                let is_comment = length == 3
                    && starts_line
                    && bytes.get(at..at + 3).is_some_and(|word| word.eq_ignore_ascii_case(b"rem"));
                if is_comment {
                    at = line_end(bytes, at);
                    continue;
                }
                (kind, at + length)
            }
            _ => {
                let two = bytes.get(at..at + 2).unwrap_or_default();
                let is_two = matches!(two, b"&=" | b"+=" | b"-=" | b"<>" | b"<=" | b">=" | b":=" | b"?.");
                (TokenKind::Sign, at + if is_two { 2 } else { 1 })
            }
        };
        tokens.push(Token { kind, range: at..end });
        at = end;
    }
    tokens
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', bytes.get(at..).unwrap_or_default()).map_or(bytes.len(), |length| at + length)
}

/// Returns the offset behind a date such as `#1/31/2026#`; that behind its first character if it is none.
fn date_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at + 1..).unwrap_or_default();
    let end = rest.iter().take(40).position(|b| *b == b'#');
    end.filter(|end| !rest.get(..*end).unwrap_or_default().contains(&b'\n'))
        .map_or(at + 1, |end| at + end + 2)
}

/// Returns the offset behind the string whose content begins at `at`.
fn text_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(quote) = memchr::memchr(b'"', bytes.get(at..).unwrap_or_default()) {
        at += quote + 1;
        if bytes.get(at) != Some(&b'"') {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

/// Returns the offset behind the interpolated string whose content begins at `at`.
fn interpolated_end(bytes: &[u8], mut at: usize, depth: usize) -> usize {
    let mut open = 0_usize;
    while let Some(byte) = bytes.get(at) {
        let doubled = bytes.get(at + 1) == Some(byte);
        match byte {
            b'"' if open > 0 => {
                let is_interpolated = bytes.get(at - 1) == Some(&b'$') && depth < 8;
                at = if is_interpolated {
                    interpolated_end(bytes, at + 1, depth + 1)
                } else {
                    text_end(bytes, at + 1)
                };
                continue;
            }
            b'"' | b'{' | b'}' if open == 0 && doubled => at += 1,
            b'"' => return at + 1,
            b'{' => open += 1,
            b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Returns whether the `<` at `at` begins an XML literal: an expression can begin there.
fn begins_xml(tokens: &[Token], source: &str, at: usize) -> bool {
    let next = source.as_bytes().get(at + 1).copied().unwrap_or_default();
    if !(next.is_ascii_alphabetic() || matches!(next, b'?' | b'!')) {
        return false;
    }
    // A line before it does not matter where an expression has to follow.
    let Some(last) = tokens.iter().rev().find(|token| token.kind != TokenKind::Line) else { return false };
    let text = source.get(last.range.clone()).unwrap_or_default();
    let is_first = tokens.last().is_some_and(|token| token.kind == TokenKind::Line);
    match last.kind {
        TokenKind::Sign => {
            matches!(text, "=" | "(" | "," | "{" | "&" | "+" | ":=" | "&=" | "+=")
                // `Sub M(<X> y)`: attributes of parameters are short and without a value.
                && !(matches!(text, "(" | ",") && is_attribute(source, at))
        }
        TokenKind::Word => !is_first && BEFORE_EXPRESSION.iter().any(|word| text.eq_ignore_ascii_case(word)),
        _ => false,
    }
}

/// Returns whether the text at `at` is an attribute such as `<Out>` or `<[In]()>` before a word.
fn is_attribute(source: &str, at: usize) -> bool {
    let rest = source.get(at + 1..).unwrap_or_default();
    let length =
        rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '(' | ')' | '_')).unwrap_or(rest.len());
    let behind = rest.get(length..).and_then(|rest| rest.strip_prefix('>')).unwrap_or_default();
    let word = behind.trim_start();
    ["ByVal ", "ByRef ", "Optional ", "ParamArray "].iter().any(|start| word.starts_with(start))
}

/// Returns the offset behind the XML literal at `at`.
fn xml_end(bytes: &[u8], start: usize) -> usize {
    let find = |from: usize, end: &[u8]| {
        let rest = bytes.get(from..).unwrap_or_default();
        memchr::memmem::find(rest, end).map_or(bytes.len(), |at| from + at + end.len())
    };
    let mut at = start;
    let mut depth = 0_usize;
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.first() != Some(&b'<') {
            at = memchr::memchr(b'<', rest).map_or(bytes.len(), |length| at + length);
            continue;
        }
        if rest.starts_with(b"<%=") {
            at = find(at + 3, b"%>");
            continue;
        }
        let declaration = if rest.starts_with(b"<![CDATA[") {
            Some(find(at, b"]]>"))
        } else if rest.starts_with(b"<!--") {
            Some(find(at, b"-->"))
        } else if rest.starts_with(b"<?") {
            Some(find(at, b"?>"))
        } else {
            None
        };
        if let Some(end) = declaration {
            at = end;
            // An XML declaration comes before the element; the others can be a literal of their own.
            if depth == 0 && !rest.starts_with(b"<?") {
                return at;
            }
            continue;
        }
        let end = tag_end(bytes, at);
        if rest.starts_with(b"</") {
            depth = depth.saturating_sub(1);
        } else if bytes.get(end.saturating_sub(2)) != Some(&b'/') {
            depth += 1;
        }
        at = end;
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

/// Returns the offset behind the tag at `at`, whose values may be expressions `<%= … %>`.
fn tag_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    let mut quote = None;
    while let Some(byte) = bytes.get(at).copied() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'<') if bytes.get(at..).is_some_and(|rest| rest.starts_with(b"<%=")) => {
                let rest = bytes.get(at..).unwrap_or_default();
                at = memchr::memmem::find(rest, b"%>").map_or(bytes.len(), |length| at + length + 2);
                continue;
            }
            (None, b'>') => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_split_into_tokens() {
        let source = "Dim x = \"a\"\"b\" & $\"{f(\"}\")}{{\" _ ' comment\n  & <a b=<%= \"%\" %>><c/></a>.Value\n'x\nIf a < b Then";
        let all = tokens(source);
        let texts: Vec<&str> = all
            .iter()
            .map(|token| if token.kind == TokenKind::Line { "¶" } else { &source[token.range.clone()] })
            .collect();
        assert_eq!(
            texts,
            [
                "Dim",
                "x",
                "=",
                "\"a\"\"b\"",
                "&",
                "$\"{f(\"}\")}{{\"",
                "&",
                "<a b=<%= \"%\" %>><c/></a>",
                ".",
                "Value",
                "¶",
                "¶",
                "If",
                "a",
                "<",
                "b",
                "Then"
            ]
        );
    }
}
