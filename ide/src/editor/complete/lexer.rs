//! Splits an OData text into tokens for completion. Any text is accepted: what is never closed ends with the
//! text.

use std::ops::Range;

/// A token of an OData text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::editor) struct Token {
    pub(in crate::editor) kind: TokenKind,
    /// The byte range in the text.
    pub(in crate::editor) range: Range<usize>,
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::editor) enum TokenKind {
    /// A name, with the dots of a namespace, or with `$` or `@` before it.
    Name,
    /// A placeholder of a template, together with the characters of a name that touch it.
    Placeholder,
    /// A number, a date or a guid.
    Number,
    /// A text in single quotes. The flag says whether it is closed.
    Text(bool),
    /// A text in double quotes, as in a JSON array. The flag says whether it is closed.
    JsonText(bool),
    /// `/`
    Slash,
    /// `,`
    Comma,
    /// `;`, or an `&` within parentheses.
    Semicolon,
    /// `:`
    Colon,
    /// `=`
    Equals,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[` or `{`
    OpenBracket,
    /// `]` or `}`
    CloseBracket,
    /// Any other character that is not white space.
    Other,
}

impl Token {
    /// Returns the part of `text` at the token.
    pub(in crate::editor) fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.range.clone()).unwrap_or_default()
    }

    /// Returns the text between the quotes of a text token.
    pub(in crate::editor) fn unquoted<'t>(&self, text: &'t str) -> &'t str {
        let closed = matches!(self.kind, TokenKind::Text(true) | TokenKind::JsonText(true));
        let (start, end) = (self.range.start + 1, self.range.end - usize::from(closed));
        text.get(start..end.max(start)).unwrap_or_default()
    }

    /// Returns whether the token is a text in quotes.
    pub(in crate::editor) fn is_text(&self) -> bool {
        matches!(self.kind, TokenKind::Text(_) | TokenKind::JsonText(_))
    }
}

/// Returns whether a name may contain `c` after its first character.
pub(in crate::editor) fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the tokens of the part `range` of `text`.
pub(in crate::editor) fn lex(text: &str, range: Range<usize>) -> Vec<Token> {
    let part = text.get(range.clone()).unwrap_or_default();
    let placeholders: Vec<Range<usize>> = odata_parser::placeholders(part).collect();
    let mut lexer = Lexer { text: part, placeholders, next_placeholder: 0 };
    let mut tokens = Vec::with_capacity(part.len() / 5 + 4);
    let mut at = 0;
    while let Some(c) = part[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (kind, end) = lexer.token(at, c);
        tokens.push(Token { kind, range: range.start + at..range.start + end });
        at = end;
    }
    tokens
}

struct Lexer<'t> {
    text: &'t str,
    placeholders: Vec<Range<usize>>,
    next_placeholder: usize,
}

impl Lexer<'_> {
    /// Returns the end of the placeholder that begins at the offset `at`; `None` if there is none.
    fn placeholder(&mut self, at: usize) -> Option<usize> {
        while self.placeholders.get(self.next_placeholder).is_some_and(|p| p.start < at) {
            self.next_placeholder += 1;
        }
        self.placeholders.get(self.next_placeholder).filter(|p| p.start == at).map(|p| p.end)
    }

    /// Returns the kind and the end of the token that begins with the character `c` at the offset `at`.
    fn token(&mut self, at: usize, c: char) -> (TokenKind, usize) {
        if let Some(end) = self.placeholder(at) {
            return (TokenKind::Placeholder, self.name_end(end).0);
        }
        let one = at + c.len_utf8();
        let kind = match c {
            '\'' => return self.quoted(at, '\''),
            '"' => return self.quoted(at, '"'),
            '/' => TokenKind::Slash,
            ',' => TokenKind::Comma,
            ';' | '&' => TokenKind::Semicolon,
            ':' => TokenKind::Colon,
            '=' => TokenKind::Equals,
            '(' => TokenKind::Open,
            ')' => TokenKind::Close,
            '[' | '{' => TokenKind::OpenBracket,
            ']' | '}' => TokenKind::CloseBracket,
            '-' if self.text[one..].starts_with(|c: char| c.is_ascii_digit()) => {
                return (TokenKind::Number, self.number_end(one));
            }
            c if c.is_ascii_digit() => return (TokenKind::Number, self.number_end(at)),
            '$' | '@' => {
                let (end, placeholder) = self.name_end(one);
                return (if placeholder { TokenKind::Placeholder } else { TokenKind::Name }, end);
            }
            c if is_name_char(c) => {
                if is_guid(&self.text[at..]) {
                    return (TokenKind::Number, at + 36);
                }
                let (end, placeholder) = self.name_end(at);
                return (if placeholder { TokenKind::Placeholder } else { TokenKind::Name }, end);
            }
            _ => TokenKind::Other,
        };
        (kind, one)
    }

    /// Returns the end of the name that continues at the offset `at`, and whether it contains a placeholder.
    fn name_end(&mut self, mut at: usize) -> (usize, bool) {
        let mut placeholder = false;
        while let Some(c) = self.text[at..].chars().next() {
            if is_name_char(c) || c == '.' {
                at += c.len_utf8();
            } else if let Some(end) = self.placeholder(at) {
                (at, placeholder) = (end, true);
            } else {
                break;
            }
        }
        (at, placeholder)
    }

    /// Returns the end of the number, date or guid that continues at the offset `at`.
    fn number_end(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        at + rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '_')))
            .unwrap_or(rest.len())
    }

    fn quoted(&mut self, start: usize, quote: char) -> (TokenKind, usize) {
        let kind = |closed| if quote == '"' { TokenKind::JsonText(closed) } else { TokenKind::Text(closed) };
        let mut at = start + 1;
        while let Some(c) = self.text[at..].chars().next() {
            if let Some(end) = self.placeholder(at) {
                at = end;
                continue;
            }
            at += c.len_utf8();
            if c == '\\' && quote == '"' {
                at += self.text[at..].chars().next().map_or(0, char::len_utf8);
            } else if c == quote {
                if quote == '\'' && self.text[at..].starts_with('\'') {
                    at += 1;
                } else {
                    return (kind(true), at);
                }
            }
        }
        (kind(false), self.text.len())
    }
}

/// Returns whether a guid is at the beginning of `text`.
fn is_guid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 36
        && bytes.iter().take(36).enumerate().all(|(n, b)| match n {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
        && !text[36..].starts_with(is_name_char)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<&str> {
        lex(text, 0..text.len()).iter().map(|t| t.of(text)).collect()
    }

    #[test]
    fn texts_are_split_into_tokens() {
        assert_eq!(
            shown("a/b eq 'x''y' and Microsoft.Dynamics.CRM.In(PropertyName='c',PropertyValues=[\"1\"])"),
            [
                "a",
                "/",
                "b",
                "eq",
                "'x''y'",
                "and",
                "Microsoft.Dynamics.CRM.In",
                "(",
                "PropertyName",
                "=",
                "'c'",
                ",",
                "PropertyValues",
                "=",
                "[",
                "\"1\"",
                "]",
                ")"
            ]
        );
        assert_eq!(
            shown("new_{x} eq {id} and é eq -1.5"),
            ["new_{x}", "eq", "{id}", "and", "é", "eq", "-1.5"]
        );
        assert_eq!(
            shown("a eq ab345678-1234-1234-1234-1234567890ab"),
            ["a", "eq", "ab345678-1234-1234-1234-1234567890ab"]
        );
    }

    #[test]
    fn what_is_never_closed_ends_with_the_text() {
        assert_eq!(shown("a eq 'x y"), ["a", "eq", "'x y"]);
        assert_eq!(shown("{x"), ["{", "x"]);
        assert_eq!(shown("\"\\"), ["\"\\"]);
    }
}
