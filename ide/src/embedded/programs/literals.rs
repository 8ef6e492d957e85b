//! Reads and writes the string literals of programming languages: what is common to their escape sequences.
//!
//! A language says where the content of a literal is and which expressions are interpolated in it, and gives
//! two functions that are the inverse of each other: one that decodes the escape sequence at the beginning of
//! a text, and one that writes a text ([`Escaping`]).

use std::ops::Range;
use std::sync::Arc;

use crate::embedded::{Escaping, HostTextBuilder};

/// The maximum number of bytes of an interpolated expression that the grammar did not find.
const MAX_EXPRESSION: usize = 256;

/// A string literal of a program.
pub(super) struct Literal<'t> {
    /// The byte range of the content in the file, without the delimiters.
    pub(super) content: Range<usize>,
    /// The interpolated expressions, in the order of the file.
    pub(super) interpolations: Vec<Interpolation<'t>>,
    /// The rules of the literal.
    pub(super) rules: Arc<dyn LiteralRules>,
}

/// An interpolated expression in a literal.
pub(super) struct Interpolation<'t> {
    /// The byte range with the delimiters, such as `${name}`.
    pub(super) range: Range<usize>,
    /// The expression without them.
    pub(super) expression: tree_sitter::Node<'t>,
}

/// The rules of a kind of literal, for reading and writing.
pub(super) trait LiteralRules: Escaping {
    /// Returns the length of the escape sequence at the beginning of `rest` and its meaning; `None` if the
    /// first character stands for itself. `is_start` says whether `rest` begins at the start of the content.
    fn decode(&self, rest: &str, is_start: bool) -> Option<(usize, String)>;

    /// Returns the length of the interpolated expression at the beginning of `rest`, with its brackets, where
    /// the grammar has none.
    fn interpolation(&self, _rest: &str) -> Option<usize> {
        None
    }

    /// Returns the name of this kind of literal, for people.
    fn name(&self) -> &'static str;
}

/// An escaping by the rules of a literal.
#[derive(Debug)]
pub(super) struct ByRules(pub(super) Arc<dyn LiteralRules>);

impl Escaping for ByRules {
    fn escape(&self, text: &str) -> Option<String> {
        self.0.escape(text)
    }
}

impl<'t> Literal<'t> {
    /// Adds the literal to a text. `placeholder` adds an interpolated expression.
    pub(super) fn write(
        &self,
        source: &str,
        builder: &mut HostTextBuilder,
        mut placeholder: impl FnMut(&Interpolation<'t>, &mut HostTextBuilder),
    ) {
        let escaping = || self.escaping();
        builder.begin(self.content.start, escaping());
        let mut at = self.content.start;
        for interpolation in &self.interpolations {
            let range = &interpolation.range;
            if range.start < at || range.end > self.content.end {
                continue;
            }
            self.stretch(at..range.start, source, builder);
            placeholder(interpolation, builder);
            builder.begin(range.end, escaping());
            at = range.end;
        }
        self.stretch(at..self.content.end, source, builder);
        builder.end();
    }

    fn escaping(&self) -> Arc<dyn Escaping> {
        Arc::new(ByRules(self.rules.clone()))
    }

    /// Adds a stretch of the content without interpolated expressions.
    fn stretch(&self, range: Range<usize>, source: &str, builder: &mut HostTextBuilder) {
        let mut plain = range.start;
        let mut at = range.start;
        while at < range.end {
            let Some(rest) = source.get(at..range.end) else { break };
            let byte = rest.as_bytes().first().copied().unwrap_or_default();
            let can_escape = !byte.is_ascii_alphanumeric() || at == self.content.start;
            match self.rules.decode(rest, at == self.content.start).filter(|_| can_escape) {
                Some((length, meaning)) if length > 0 => {
                    if plain < at {
                        builder.plain(plain..at, source.get(plain..at).unwrap_or_default());
                    }
                    builder.escape(at..at + length, &meaning);
                    at += length;
                    plain = at;
                }
                _ => match self.rules.interpolation(rest).filter(|_| matches!(byte, b'{' | b'$')) {
                    Some(length) => {
                        builder.plain(plain..at, source.get(plain..at).unwrap_or_default());
                        let expression = rest.get(..length).unwrap_or_default();
                        let format = expression.find(':').filter(|_| byte == b'{');
                        let expression = expression.get(..format.unwrap_or(length)).unwrap_or_default();
                        builder.placeholder(at..at + length, expression);
                        at += length;
                        plain = at;
                    }
                    None => at += rest.chars().next().map_or(1, char::len_utf8),
                },
            }
        }
        if plain < range.end {
            builder.plain(plain..range.end, source.get(plain..range.end).unwrap_or_default());
        }
    }
}

/// How a language writes a character by its number behind `\x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hex {
    None,
    /// Exactly two digits.
    Two,
    /// One to four digits.
    UpToFour,
}

/// The meaning of a backslash before a line break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Continuation {
    /// There is no such thing.
    None,
    /// Both are left out.
    Line,
    /// Both are left out, with the white space at the beginning of the next line.
    LineAndIndent,
}

/// The escape sequences with a backslash that a language has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backslashes {
    /// The characters that stand for another one: the one behind the backslash, and its meaning.
    pub(super) simple: &'static [(char, &'static str)],
    pub(super) hex: Hex,
    /// Whether `\u0041` is a character.
    pub(super) unicode: bool,
    /// Whether `\u{41}` is a character.
    pub(super) braced: bool,
    /// Whether `\U00000041` is a character.
    pub(super) long_unicode: bool,
    /// Whether `\101` is a character.
    pub(super) octal: bool,
    pub(super) continuation: Continuation,
    /// Whether the backslash before any other character is a part of the text.
    pub(super) keeps_unknown: bool,
}

impl Backslashes {
    /// Returns the length and the meaning of the escape sequence at the beginning of `rest`, which begins with
    /// a backslash; `None` if the backslash stands for itself.
    pub(super) fn decode(&self, rest: &str) -> Option<(usize, String)> {
        let behind = rest.strip_prefix('\\')?;
        let c = behind.chars().next()?;
        if let Some((_, meaning)) = self.simple.iter().find(|(simple, _)| *simple == c) {
            return Some((1 + c.len_utf8(), (*meaning).to_owned()));
        }
        let digits = behind.get(c.len_utf8()..).unwrap_or_default();
        let number = match c {
            'x' if self.hex != Hex::None => {
                let most = if self.hex == Hex::Two { 2 } else { 4 };
                let length = hex_digits(digits, most);
                (length > 0 && (self.hex != Hex::Two || length == 2)).then_some((2, length, 16))
            }
            'u' if self.braced && digits.starts_with('{') => {
                let length = digits.find('}').filter(|end| *end < 10)?;
                let number = u32::from_str_radix(&digits.get(1..length)?.replace('_', ""), 16).ok()?;
                return Some((2 + length + 1, char::from_u32(number).unwrap_or('\u{fffd}').to_string()));
            }
            'u' if self.unicode => (hex_digits(digits, 4) == 4).then_some((2, 4, 16)),
            'U' if self.long_unicode => (hex_digits(digits, 8) == 8).then_some((2, 8, 16)),
            '0'..='7' if self.octal => {
                let most = if c <= '3' { 3 } else { 2 };
                let length = behind.bytes().take(most).take_while(|b| (b'0'..=b'7').contains(b)).count();
                Some((1, length, 8))
            }
            _ => None,
        };
        if let Some((start, length, radix)) = number {
            let number = u32::from_str_radix(rest.get(start..start + length)?, radix).ok()?;
            let end = start + length;
            if let Some(c) = char::from_u32(number) {
                return Some((end, c.to_string()));
            }
            // A pair of surrogates is one character.
            let second = rest.get(end..).and_then(|r| r.strip_prefix("\\u")).and_then(|r| r.get(..4));
            let second = second.and_then(|digits| u16::from_str_radix(digits, 16).ok());
            if let (Ok(first), Some(second)) = (u16::try_from(number), second)
                && let Some(Ok(c)) = char::decode_utf16([first, second]).next()
            {
                return Some((end + 6, c.to_string()));
            }
            return Some((end, "\u{fffd}".to_owned()));
        }
        if let Some(length) = line_break(behind) {
            let indent = || {
                let next = behind.get(length..).unwrap_or_default();
                next.len() - next.trim_start_matches([' ', '\t', '\n', '\r']).len()
            };
            return match self.continuation {
                Continuation::None => None,
                Continuation::Line => Some((1 + length, String::new())),
                Continuation::LineAndIndent => Some((1 + length + indent(), String::new())),
            };
        }
        (!self.keeps_unknown).then(|| (1 + c.len_utf8(), c.to_string()))
    }

    /// Adds to `out` the character `c` as an escape sequence; returns `None` if the language has none for it.
    pub(super) fn encode(&self, c: char, out: &mut String) -> Option<()> {
        if let Some((simple, _)) =
            self.simple.iter().find(|(_, meaning)| meaning.len() == c.len_utf8() && meaning.starts_with(c))
        {
            out.push('\\');
            out.push(*simple);
        } else if self.unicode && c as u32 <= 0xFFFF {
            out.push_str(&format!("\\u{:04x}", c as u32));
        } else if self.braced {
            out.push_str(&format!("\\u{{{:x}}}", c as u32));
        } else if self.hex == Hex::Two && c as u32 <= 0xFF {
            out.push_str(&format!("\\x{:02x}", c as u32));
        } else if !self.keeps_unknown {
            out.push('\\');
            out.push(c);
        } else {
            return None;
        }
        Some(())
    }
}

/// Returns the number of hexadecimal digits at the beginning of a text, up to `most`.
fn hex_digits(text: &str, most: usize) -> usize {
    text.bytes().take(most).take_while(u8::is_ascii_hexdigit).count()
}

/// Returns the length of the line break at the beginning of a text.
pub(super) fn line_break(text: &str) -> Option<usize> {
    if text.starts_with("\r\n") {
        Some(2)
    } else {
        (text.starts_with('\n') || text.starts_with('\r')).then_some(1)
    }
}

/// Returns whether a character ends a line in some language, or cannot be seen in a literal.
pub(super) fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// What curly brackets mean in a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Braces {
    /// They stand for themselves.
    Plain,
    /// A doubled one stands for one of them.
    Doubled,
}

/// A literal between quotes with backslash sequences.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted {
    pub(super) name: &'static str,
    pub(super) backslashes: &'static Backslashes,
    /// The quote that ends the literal.
    pub(super) quote: char,
    pub(super) braces: Braces,
    /// Whether line breaks are written as they are.
    pub(super) multi_line: bool,
    /// Whether every line break in the file is read as a line feed.
    pub(super) one_line_break: bool,
    /// Whether `${` begins an expression, so that its dollar sign is escaped.
    pub(super) dollars: bool,
}

impl Escaping for Quoted {
    fn escape(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text.chars().peekable();
        if self.dollars && text.starts_with('{') {
            // A dollar sign may stand before it.
            out.push('\\');
        }
        while let Some(c) = rest.next() {
            match c {
                '\\' => out.push_str("\\\\"),
                '\n' if self.multi_line => out.push('\n'),
                '$' if self.dollars && rest.peek().is_none_or(|next| *next == '{') => out.push_str("\\$"),
                '{' | '}' if self.braces == Braces::Doubled => out.extend([c, c]),
                c if c == self.quote => {
                    out.push('\\');
                    out.push(c);
                }
                c if is_control(c) => self.backslashes.encode(c, &mut out)?,
                c => out.push(c),
            }
        }
        Some(out)
    }
}

impl LiteralRules for Quoted {
    fn decode(&self, rest: &str, _: bool) -> Option<(usize, String)> {
        match rest.as_bytes().first()? {
            b'\\' => self.backslashes.decode(rest),
            b'\r' if self.one_line_break => Some((line_break(rest)?, "\n".to_owned())),
            b'{' | b'}' if self.braces == Braces::Doubled => doubled(rest),
            _ => None,
        }
    }

    fn interpolation(&self, rest: &str) -> Option<usize> {
        if self.braces == Braces::Doubled { braced_expression(rest) } else { None }
    }

    fn name(&self) -> &'static str {
        self.name
    }
}

/// The maximum length in bytes of an interpolation of a raw literal that the grammar does not know.
const MAX_RAW_INTERPOLATION: usize = 512;

/// Returns the length of the interpolation of a raw literal at the beginning of `rest`, which has `braces` curly
/// brackets on each side of the expression.
pub(super) fn raw_interpolation(rest: &str, braces: usize) -> Option<usize> {
    let run = rest.bytes().take(braces + 1).take_while(|b| *b == b'{').count();
    if braces == 0 || run != braces {
        return None;
    }
    let bytes = rest.as_bytes().get(braces..)?;
    let bytes = bytes.get(..MAX_RAW_INTERPOLATION).unwrap_or(bytes);
    let end = memchr::memmem::find(bytes, "}".repeat(braces).as_bytes())?;
    (end > 0).then_some(braces + end + braces)
}

/// Returns the length of the expression in curly brackets at the beginning of `rest`.
fn braced_expression(rest: &str) -> Option<usize> {
    if !rest.starts_with('{') {
        return None;
    }
    bracketed(rest, b'{', b'}').filter(|length| *length > 2)
}

/// Returns the length up to the bracket that closes the first open one.
pub(super) fn bracketed(rest: &str, open: u8, close: u8) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in rest.bytes().enumerate().take(MAX_EXPRESSION) {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

/// Returns the sequence of a doubled character at the beginning of `rest`.
pub(super) fn doubled(rest: &str) -> Option<(usize, String)> {
    let bytes = rest.as_bytes();
    (bytes.first() == bytes.get(1)).then(|| (2, rest.get(..1).unwrap_or_default().to_owned()))
}

/// A literal without escape sequences but doubled characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verbatim {
    pub(super) name: &'static str,
    /// The characters that are written twice.
    pub(super) doubled: &'static [char],
    /// The characters that the literal cannot contain.
    pub(super) forbidden: &'static [char],
    /// Whether every line break in the file is read as a line feed.
    pub(super) one_line_break: bool,
    /// A text that the literal cannot contain, because it would end there.
    pub(super) end: &'static str,
}

impl Escaping for Verbatim {
    fn escape(&self, text: &str) -> Option<String> {
        let ends = !self.end.is_empty() && text.contains(self.end);
        if ends || text.contains(self.forbidden) || (self.one_line_break && text.contains('\r')) {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            out.push(c);
            if self.doubled.contains(&c) {
                out.push(c);
            }
        }
        Some(out)
    }
}

impl LiteralRules for Verbatim {
    fn decode(&self, rest: &str, _: bool) -> Option<(usize, String)> {
        match rest.chars().next()? {
            '\r' if self.one_line_break => Some((line_break(rest)?, "\n".to_owned())),
            c if c.is_ascii() && self.doubled.contains(&c) => doubled(rest),
            _ => None,
        }
    }

    fn interpolation(&self, rest: &str) -> Option<usize> {
        if self.doubled.contains(&'{') { braced_expression(rest) } else { None }
    }

    fn name(&self) -> &'static str {
        self.name
    }
}

/// A literal of several lines whose common indentation is not a part of the text.
#[derive(Clone, Debug)]
pub(super) struct Indented {
    pub(super) name: &'static str,
    /// The indentation of each line.
    pub(super) indent: String,
    /// The text that ends the literal.
    pub(super) end: String,
    /// The escape sequences with a backslash; `None` if there are none.
    pub(super) backslashes: Option<&'static Backslashes>,
    /// The number of curly brackets that begin an expression; 0 if none do.
    pub(super) braces: usize,
}

impl Escaping for Indented {
    fn escape(&self, text: &str) -> Option<String> {
        let braces = self.braces > 0
            && ["{", "}"].iter().any(|brace| text.contains(brace.repeat(self.braces).as_str()));
        if braces {
            return None;
        }
        let Some(backslashes) = self.backslashes else {
            let fits = !text.contains(&self.end) && !text.contains('\r');
            return fits.then(|| text.replace('\n', &format!("\n{}", self.indent)));
        };
        let mut out = String::with_capacity(text.len());
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\\' => out.push_str("\\\\"),
                '\n' => {
                    out.push('\n');
                    out.push_str(&self.indent);
                }
                '"' => out.push_str("\\\""),
                // White space at the end of a line is not a part of the text.
                ' ' if rest.peek().is_none_or(|next| *next == '\n') => out.push_str("\\s"),
                c if is_control(c) => backslashes.encode(c, &mut out)?,
                c => out.push(c),
            }
        }
        Some(out)
    }
}

impl LiteralRules for Indented {
    fn decode(&self, rest: &str, is_start: bool) -> Option<(usize, String)> {
        if is_start && !self.indent.is_empty() && rest.starts_with(&self.indent) {
            return Some((self.indent.len(), String::new()));
        }
        let backslashes = self.backslashes;
        match rest.as_bytes().first()? {
            b'\\' => {
                let (length, meaning) = backslashes.and_then(|backslashes| backslashes.decode(rest))?;
                // The indentation of the next line is taken off first.
                let is_continuation = meaning.is_empty() && rest.get(length..)?.starts_with(&self.indent);
                Some((if is_continuation { length + self.indent.len() } else { length }, meaning))
            }
            b' ' | b'\t' if backslashes.is_some() => {
                let run = rest.bytes().take(256).take_while(|b| matches!(b, b' ' | b'\t')).count();
                let trimmed = rest.get(run..)?;
                // White space at the end of a line of a text block is not a part of the text.
                (trimmed.is_empty() || trimmed.starts_with(['\n', '\r']))
                    .then(|| (rest.len() - trimmed.len(), String::new()))
            }
            b'\n' | b'\r' => {
                let length = line_break(rest)?;
                let next = rest.get(length..)?;
                let indent = if next.starts_with(&self.indent) {
                    self.indent.len()
                } else {
                    let most = next.len() - next.trim_start_matches([' ', '\t']).len();
                    most.min(self.indent.len())
                };
                // A file with CR LF keeps it, except in languages that read every line break as a line feed.
                let meaning = if backslashes.is_some() { "\n" } else { rest.get(..length)? };
                (indent > 0 || meaning.len() != length).then(|| (length + indent, meaning.to_owned()))
            }
            _ => None,
        }
    }

    fn interpolation(&self, rest: &str) -> Option<usize> {
        raw_interpolation(rest, self.braces)
    }

    fn name(&self) -> &'static str {
        self.name
    }
}
