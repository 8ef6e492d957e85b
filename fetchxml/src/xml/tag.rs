//! Scans the tags of an XML text and their attributes, for the scanner in the parent module. It reports
//! mistakes such as missing quotes.

use std::borrow::Cow;

use dvkit_diagnostic::{Span, Suggestion, code};

use super::value::TextContext;
use super::{End, RawAttr, Scanner, Start, is_blank};
use crate::report::error;
use crate::{misspellings, step_counter};

/// Quotes that word processors insert instead of straight ones.
const CURLY: [char; 7] = ['“', '”', '„', '‘', '’', '‚', '″'];

/// The names of the elements of FetchXML that never have children. If such an element has no end tag, its
/// start tag should end in `/>`.
pub(crate) const LEAVES: [&str; 4] = ["attribute", "all-attributes", "no-attrs", "order"];

/// The maximum number of attributes of a tag. It is limited because each attribute is compared with all
/// attributes before it.
const MAX_ATTRIBUTES: usize = 100;

/// For each byte: whether it may be part of a name.
static NAME_PARTS: [bool; 256] = name_parts();

const fn name_parts() -> [bool; 256] {
    let mut parts = [false; 256];
    let mut b = 0_u8;
    while b < 128 {
        parts[b as usize] = b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':');
        b += 1;
    }
    parts
}

/// Returns the length in bytes of the name with which `text` begins; 0 if it does not begin with a name.
/// Rule: XML 1.0, production 5, slightly wider beyond ASCII.
pub(super) fn name_len(text: &str) -> usize {
    let is_start = |c: char| c.is_alphabetic() || c == '_' || c == ':';
    if !text.starts_with(is_start) {
        return 0;
    }
    let ascii = text.bytes().position(|b| !NAME_PARTS[usize::from(b)]);
    match ascii {
        Some(n) if text.as_bytes()[n].is_ascii() => n,
        None => text.len(),
        Some(_) => {
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '\u{b7}');
            text.find(|c| !is_part(c)).unwrap_or(text.len())
        }
    }
}

impl<'s> Scanner<'s> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        self.at += self.text.as_bytes()[self.at..].iter().take_while(|b| is_blank(**b)).count();
    }

    fn name(&mut self) -> (Span, &'s str) {
        let name = &self.rest()[..name_len(self.rest())];
        let span = Span::new(self.at, self.at + name.len());
        self.at += name.len();
        (span, name)
    }

    pub(super) fn end_tag(&mut self, start: usize) -> End<'s> {
        self.at += "</".len();
        if self.byte().is_some_and(is_blank) {
            let from = self.at;
            self.skip_blanks();
            let span = Span::new(from, self.at);
            self.report.push(
                error(code::MALFORMED_XML, span, "there must be no space between `</` and the name")
                    .suggest(Suggestion::fix("leave it out", span, "")),
            );
        }
        let (name_span, name) = self.name();
        self.skip_blanks();
        match self.byte() {
            Some(b'>') => self.at += 1,
            None | Some(b'<') => self.open_ended(start, ">"),
            Some(_) => {
                let from = self.at;
                self.at += self.rest().find(['<', '>']).unwrap_or(self.rest().len());
                let span = Span::new(from, self.at);
                self.report.push(
                    error(code::MALFORMED_XML, span, "an end tag has nothing but its name")
                        .suggest(Suggestion::fix("leave it out", span, "")),
                );
                match self.byte() {
                    Some(b'>') => self.at += 1,
                    _ => self.open_ended(start, ">"),
                }
            }
        }
        End { span: Span::new(start, self.at), name_span, name }
    }

    /// Reports a tag that begins at the byte offset `start` and has no `>` before the next tag or the end of
    /// the text. `end` is the missing end of the tag, such as `>`, for the fix.
    fn open_ended(&mut self, start: usize, end: &str) {
        let written = self.text[start..self.at].trim_end().len();
        let message = format!("the tag has no `{}`", if end.is_empty() { ">" } else { end });
        let span = Span::new(start, start + written);
        self.report.push(error(code::UNCLOSED_ELEMENT, span, message).suggest(Suggestion::fix(
            format!("add `{end}`"),
            Span::at(start + written),
            end,
        )));
    }

    pub(super) fn start_tag(&mut self, start: usize) -> Start<'s> {
        self.at += 1;
        let (name_span, name) = self.name();
        self.prefix(name, name_span);
        self.attrs.clear();
        let mut empty = false;
        loop {
            let before = self.at;
            self.skip_blanks();
            match self.byte() {
                Some(b'>') => {
                    self.at += 1;
                    break;
                }
                Some(b'/') if self.rest().starts_with("/>") => {
                    self.at += 2;
                    empty = true;
                    break;
                }
                None | Some(b'<') => {
                    empty = LEAVES.contains(&name);
                    self.open_ended(start, if empty { " />" } else { ">" });
                    break;
                }
                Some(_) if name_len(self.rest()) > 0 => self.attribute(before),
                Some(_) => self.stray(),
            }
            if self.report.is_full() || self.gave_up {
                break;
            }
        }
        Start { span: Span::new(start, self.at), name_span, name, empty }
    }

    /// Reports text within a tag that is not an attribute, and skips it.
    fn stray(&mut self) {
        let from = self.at;
        let rest = self.rest();
        // A single slash or quote is skipped; an attribute may follow.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let more = rest[first..].find(|c: char| c.is_ascii_whitespace() || matches!(c, '<' | '>' | '/'));
        self.at += first + more.unwrap_or(rest.len() - first);
        let span = Span::new(from, self.at);
        self.report.push(error(
            code::MALFORMED_XML,
            span,
            format!("`{}` is not an attribute: a tag holds `name=\"value\"`", &self.text[from..self.at]),
        ));
    }

    /// Scans an attribute (`name="value"`) and adds it to the attributes of the tag. `before` is the byte
    /// offset where the attribute or name before it ends.
    fn attribute(&mut self, before: usize) {
        let start = self.at;
        if before == start {
            let message = "a space is missing before the attribute";
            self.report.push(error(code::MALFORMED_XML, Span::at(start), message).suggest(Suggestion::fix(
                "add a space",
                Span::at(start),
                " ",
            )));
        }
        let (name_span, name) = self.name();
        self.prefix(name, name_span);
        self.skip_blanks();
        if self.byte() != Some(b'=') {
            // The text after the name is the next attribute.
            self.at = start + name.len();
            self.report.push(
                error(code::MALFORMED_XML, name_span, format!("the attribute `{name}` has no value"))
                    .suggest(Suggestion::maybe("give it one", Span::at(self.at), "=\"true\"")),
            );
            return;
        }
        self.at += 1;
        self.skip_blanks();
        let (value_span, value) = self.value();
        if self.attrs.len() >= MAX_ATTRIBUTES {
            let message = format!("a tag has more than {MAX_ATTRIBUTES} attributes");
            self.report.push(error(code::TOO_LONG, name_span, message));
            self.give_up();
            return;
        }
        step_counter::count(self.attrs.len());
        if let Some(first) = self.attrs.iter().find(|a| a.name == name) {
            let message = format!("the attribute `{name}` is there twice");
            let whole = Span::new(before.min(start), self.at);
            // Which of two different values was meant is not certain.
            let leave_out = if first.value == value { Suggestion::fix } else { Suggestion::maybe };
            self.report.push(
                error(code::DUPLICATE_ATTRIBUTE, name_span, message)
                    .label(first.name_span, "first here")
                    .suggest(leave_out("leave this one out".to_owned(), whole, String::new())),
            );
            return;
        }
        self.attrs.push(RawAttr { name_span, name, value_span, value });
    }

    /// Scans the value of an attribute together with its quotes. Returns the span and the text of the value
    /// without the quotes.
    fn value(&mut self) -> (Span, Cow<'s, str>) {
        let rest = self.rest();
        match rest.chars().next() {
            Some(q @ ('"' | '\'')) => {
                let inner = &rest[1..];
                if let Some(raw) = doubled(inner, q) {
                    return self.oddly_quoted(1 + q.len_utf8(), raw, 2);
                }
                match closing(inner, q) {
                    Ok(n) => {
                        let behind = inner.as_bytes().get(n + 1);
                        if behind.is_some_and(|b| !is_blank(*b) && !matches!(b, b'/' | b'>' | b'?'))
                            && let Some(found) = self.with_expression(inner, q)
                        {
                            return found;
                        }
                        let raw = &inner[..n];
                        let at = self.at + 1;
                        self.at = at + n + 1;
                        (Span::new(at, at + n), self.resolve(raw, at, TextContext::Attribute))
                    }
                    Err(n) => {
                        let raw = &inner[..n];
                        let at = self.at + 1;
                        self.at = at + n;
                        let span = Span::new(at - 1, self.at);
                        self.report.push(
                            error(code::ATTRIBUTE_QUOTES, span, "the value has no closing quote").suggest(
                                Suggestion::fix(format!("close it with `{q}`"), Span::at(self.at), q),
                            ),
                        );
                        (Span::new(at, self.at), self.resolve(raw, at, TextContext::Attribute))
                    }
                }
            }
            // The quotes were escaped together with the text around.
            Some('&') if escaped_quote(rest).is_some() => {
                let quote = escaped_quote(rest).unwrap_or_default();
                let inner = &rest[quote.len()..];
                let n = inner.find(quote).unwrap_or(inner.len());
                let close = if n < inner.len() { quote.len() } else { 0 };
                self.oddly_quoted(quote.len(), &inner[..n], close)
            }
            // A backslash before a quote is left over from program code.
            Some('\\') if rest[1..].starts_with(['"', '\'']) => {
                let inner = &rest[2..];
                let n = inner.find(['"', '\'', '<', '>']).unwrap_or(inner.len());
                let raw = inner[..n].trim_end_matches('\\');
                let closed = inner[n..].starts_with(['"', '\'']);
                self.oddly_quoted(2, raw, n - raw.len() + usize::from(closed))
            }
            Some(q) if CURLY.contains(&q) => {
                let inner = &rest[q.len_utf8()..];
                let end =
                    inner.char_indices().find(|(_, c)| CURLY.contains(c) || matches!(c, '"' | '<' | '>'));
                let (n, close) = end.map_or((inner.len(), 0), |(n, c)| {
                    (n, if matches!(c, '<' | '>') { 0 } else { c.len_utf8() })
                });
                self.oddly_quoted(q.len_utf8(), &inner[..n], close)
            }
            _ => {
                let n = rest
                    .find(|c: char| c.is_ascii_whitespace() || matches!(c, '<' | '>' | '"' | '\''))
                    .unwrap_or(rest.len());
                // The slash belongs to the tag.
                let n = if rest[n..].starts_with('>') && rest[..n].ends_with('/') { n - 1 } else { n };
                // A quote after a value without quotes closes nothing.
                let extra = usize::from(n > 0 && rest[n..].starts_with(['"', '\'']));
                let raw = &rest[..n];
                self.oddly_quoted(0, raw, extra)
            }
        }
    }

    /// Scans the value of an attribute that contains a template expression with quotes of its own, such as
    /// `'@{triggerBody()?['id']}'`. `inner` is the text after the first quote `q`. Returns the span and the
    /// text of the value; `None` if the value does not contain such an expression.
    fn with_expression(&mut self, inner: &'s str, q: char) -> Option<(Span, Cow<'s, str>)> {
        let first = inner.find(q)?;
        let open = ["@{", "${"].iter().filter_map(|mark| inner[..first].find(mark)).min()?;
        let mut at = open;
        let end = loop {
            let rest = &inner[at..];
            match rest.find(['@', '$', q])? {
                n if rest[n..].starts_with(q) => break at + n,
                n => at += n + misspellings::expression(&rest[n..]).unwrap_or(1),
            }
        };
        step_counter::count(end);
        if end == first {
            return None;
        }
        let start = self.at + 1;
        self.at = start + end + 1;
        let span = Span::new(start, start + end);
        if !self.placeholders {
            let message = "the quotes of a placeholder end the value of the attribute";
            self.report.push(error(code::PLACEHOLDER, span, message).help(
                "where it is filled in before the query is read, allow placeholders: `--placeholders`",
            ));
        }
        Some((span, Cow::Borrowed(&inner[..end])))
    }

    /// Scans and reports the value `raw` of an attribute, which is not in straight quotes. `before` and
    /// `after` are the lengths in bytes of the delimiters before and after it. Returns the span and the text
    /// of the value.
    fn oddly_quoted(&mut self, before: usize, raw: &'s str, after: usize) -> (Span, Cow<'s, str>) {
        let from = self.at;
        let inner = from + before;
        self.at = inner + raw.len() + after;
        let span = Span::new(from, self.at);
        // A tag without an end has its own diagnostic.
        if span.start != span.end || self.byte().is_some() {
            let quote = if raw.contains('"') { '\'' } else { '"' };
            self.report.push(
                error(code::ATTRIBUTE_QUOTES, span, "the value of an attribute stands in straight quotes")
                    .suggest(
                        Suggestion::fix("put it in quotes", Span::new(from, inner), quote)
                            .and_edit(Span::new(inner + raw.len(), self.at), quote),
                    ),
            );
        } else {
            self.report.push(error(code::ATTRIBUTE_QUOTES, span, "the attribute has no value"));
        }
        (Span::new(inner, inner + raw.len()), self.resolve(raw, inner, TextContext::Attribute))
    }
}

/// Returns the escape of a quote (`&quot;`, `&#39;`) with which `rest` begins; `None` if it does not begin
/// with one.
fn escaped_quote(rest: &str) -> Option<&'static str> {
    ["&quot;", "&apos;", "&#34;", "&#39;"].into_iter().find(|q| rest.starts_with(q))
}

/// Returns the value of an attribute whose quotes are doubled as in program code (`""value""`). `inner` is
/// the text after the first quote `q`. Returns `None` if the quotes are not doubled.
fn doubled(inner: &str, q: char) -> Option<&str> {
    let value = inner.strip_prefix(q)?;
    let text = value.starts_with(|c: char| !c.is_ascii_whitespace() && !matches!(c, '/' | '>' | '<' | '?'));
    if !text {
        return None;
    }
    let n = value.find([q, '<', '>']);
    step_counter::count(n.unwrap_or(value.len()));
    let n = n?;
    let twice = value[n..].strip_prefix(q)?.starts_with(q);
    twice.then(|| &value[..n])
}

/// Returns the length in bytes of the value with which `inner` begins, up to the closing quote `q`. If the
/// closing quote is missing, returns an error with the probable length in bytes.
fn closing(inner: &str, q: char) -> Result<usize, usize> {
    let found = inner.find(q);
    step_counter::count(found.unwrap_or(inner.len()));
    let Some(n) = found else {
        return Err(meant_end(inner));
    };
    let raw = &inner[..n];
    // If an attribute's name and `=` precede the quote, and a value follows, the quote opens that next value.
    let head = raw.trim_end();
    let Some(head) = head.strip_suffix('=') else { return Ok(n) };
    let head = head.trim_end();
    let name =
        head.len() - head.bytes().rev().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-').count();
    let behind = inner[n + 1..].bytes().next();
    let goes_on = behind.is_some_and(|b| !is_blank(b) && !matches!(b, b'/' | b'>' | b'?'));
    let is_next = name < head.len() && head[..name].ends_with(|c: char| c.is_ascii_whitespace());
    if !(goes_on && is_next) {
        return Ok(n);
    }
    let end = meant_end(raw);
    // Within the tag, the value ends before the next attribute.
    Err(end.min(head[..name].trim_end().len()))
}

/// Returns the probable length in bytes of a value without a closing quote: the value ends where its tag
/// ends. `raw` is the text from the beginning of the value.
fn meant_end(raw: &str) -> usize {
    let tag = raw.find(['<', '>']).unwrap_or(raw.len());
    let raw = raw[..tag].trim_end();
    raw.strip_suffix('/').unwrap_or(raw).trim_end().len()
}
