//! Scans an XML text into tokens for the parser of FetchXML.
//!
//! Unlike a general XML reader, the scanner continues after a mistake, suggests a correction, and refuses
//! document types. A text without diagnostics is well-formed XML, which tests verify with a general XML
//! reader.

use std::borrow::Cow;

use dvkit_diagnostic::{Span, Suggestion, code};

use crate::report::{Report, error};
use crate::step_counter;

mod tag;
mod value;

pub(crate) use tag::LEAVES;
pub(crate) use value::is_character;

/// A token of the XML text.
#[derive(Debug)]
pub(crate) enum Token<'s> {
    /// A start tag. Its attributes are in [`Scanner::attrs`] until the next token is read.
    Start(Start<'s>),
    /// An end tag.
    End(End<'s>),
    /// A text that does not consist of white space only: its span, and the text with its references (`&amp;`)
    /// resolved.
    Text(Span, Cow<'s, str>),
    /// A comment: its span, and the text between `<!--` and `-->`.
    Comment(Span, &'s str),
    /// The end of the text.
    Eof,
}

/// A start tag, without its attributes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start<'s> {
    /// The span of the tag, from `<` to `>`.
    pub(crate) span: Span,
    pub(crate) name_span: Span,
    pub(crate) name: &'s str,
    /// Whether the tag ends in `/>`, so that the element has no content and no end tag.
    pub(crate) empty: bool,
}

/// An end tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End<'s> {
    pub(crate) span: Span,
    pub(crate) name_span: Span,
    pub(crate) name: &'s str,
}

/// An attribute of a start tag, before its value is parsed.
#[derive(Debug)]
pub(crate) struct RawAttr<'s> {
    pub(crate) name_span: Span,
    pub(crate) name: &'s str,
    /// The span of the value, without its quotes.
    pub(crate) value_span: Span,
    pub(crate) value: Cow<'s, str>,
}

pub(crate) struct Scanner<'s> {
    text: &'s str,
    at: usize,
    /// The namespace prefixes that the text uses, each with the position of its first use.
    prefixes: Vec<(&'s str, Span)>,
    /// The attributes of the last start tag, in the order of the text.
    pub(crate) attrs: Vec<RawAttr<'s>>,
    pub(crate) report: Report,
    /// Whether placeholders of templates are accepted between elements and in tags; otherwise they are
    /// reported.
    placeholders: bool,
    /// Whether the rest of the text was not scanned because of a mistake.
    gave_up: bool,
}

impl<'s> Scanner<'s> {
    pub(crate) fn new(text: &'s str, placeholders: bool) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self {
            text,
            at,
            prefixes: Vec::new(),
            attrs: Vec::new(),
            report: Report::default(),
            placeholders,
            gave_up: false,
        }
    }

    /// Returns the part of the text that has not been scanned yet.
    fn rest(&self) -> &'s str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Returns the byte offset up to which the text has been scanned.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Leaves the rest of the text unread because of a mistake that was reported: [`next`](Self::next) returns
    /// no further token. An element that ends in the rest is not called unclosed.
    pub(crate) fn give_up(&mut self) {
        self.at = self.text.len();
        self.gave_up = true;
    }

    /// Returns whether the rest of the text was left unread because of a mistake.
    pub(crate) fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// Records the namespace prefix of a name, if it has one, for the check in [`Self::undeclared`].
    fn prefix(&mut self, name: &'s str, span: Span) {
        // Hardly a name has one, and names are short.
        if name.bytes().any(|b| b == b':')
            && let Some((prefix, _)) = name.split_once(':')
            && !matches!(prefix, "xmlns" | "xml")
            && self.prefixes.len() < 100
            && self.prefixes.iter().all(|(p, _)| *p != prefix)
        {
            let start = span.range().start;
            self.prefixes.push((prefix, Span::new(start, start + prefix.len())));
        }
    }

    /// Reports namespace prefixes that the text uses but does not declare. A declaration may be anywhere in
    /// the text, because tools write it into the first tag.
    pub(crate) fn undeclared(&mut self) {
        for (prefix, span) in std::mem::take(&mut self.prefixes) {
            step_counter::count(self.text.len());
            if !self.text.contains(&format!("xmlns:{prefix}")) {
                let message = format!("the prefix `{prefix}` is not declared");
                self.report.push(
                    error(code::MALFORMED_XML, span, message)
                        .help(format!("declare it in `fetch`: `xmlns:{prefix}=\"…\"`")),
                );
            }
        }
    }

    /// Returns the next token, or [`Token::Eof`] at the end of the text. Processing instructions and document
    /// types are skipped.
    pub(crate) fn next(&mut self) -> Token<'s> {
        loop {
            step_counter::count(1);
            if self.report.is_full() {
                self.give_up();
            }
            let (start, rest) = (self.at, self.rest());
            if rest.is_empty() {
                return Token::Eof;
            }
            if !rest.starts_with('<') {
                if let Some(text) = self.text_run() {
                    return text;
                }
            } else if let Some(comment) = rest.strip_prefix("<!--") {
                return self.comment(start, comment);
            } else if rest.starts_with("<![CDATA[") {
                if let Some(text) = self.cdata(start) {
                    return text;
                }
            } else if rest.starts_with("<!") {
                self.document_type(start);
            } else if let Some(inner) = rest.strip_prefix("<?") {
                self.instruction(start, inner);
            } else if rest.starts_with("</") {
                return Token::End(self.end_tag(start));
            } else if tag::name_len(&rest[1..]) > 0 {
                return Token::Start(self.start_tag(start));
            } else {
                let span = Span::new(start, start + 1);
                // Before another `<` the sign may be doubled, so the fix is not certain.
                let fix = if rest[1..].starts_with('<') { Suggestion::maybe } else { Suggestion::fix };
                self.report.push(
                    error(code::NOT_ESCAPED, span, "a `<` that begins no tag has to be escaped")
                        .suggest(fix("write `&lt;`".to_owned(), span, "&lt;".to_owned())),
                );
                self.at += 1;
                return Token::Text(span, Cow::Borrowed(&rest[..1]));
            }
        }
    }

    /// Scans the text up to the next tag. Returns `None` if it consists of white space only.
    fn text_run(&mut self) -> Option<Token<'s>> {
        let (start, rest) = (self.at, self.rest());
        let raw = rest.find('<').map_or(rest, |n| &rest[..n]);
        self.at += raw.len();
        if raw.bytes().all(is_blank) {
            return None;
        }
        if let Some(n) = raw.find("]]>") {
            let span = Span::new(start + n, start + n + 3);
            self.report.push(
                error(code::NOT_ESCAPED, span, "`]]>` has to be escaped within a text")
                    .suggest(Suggestion::fix("write `]]&gt;`", span, "]]&gt;")),
            );
        }
        let value = self.resolve(raw, start, value::TextContext::Text);
        Some(Token::Text(Span::new(start, self.at), value))
    }

    fn comment(&mut self, start: usize, rest: &'s str) -> Token<'s> {
        let from = start + "<!--".len();
        let text = match rest.find("-->") {
            Some(n) => {
                self.at = from + n + "-->".len();
                &rest[..n]
            }
            None => {
                self.give_up();
                let end = self.at;
                self.report.push(
                    error(code::UNCLOSED_ELEMENT, Span::new(start, from), "the comment is never closed")
                        .suggest(Suggestion::maybe("close it with `-->`", Span::at(end), "-->")),
                );
                rest
            }
        };
        let dashes = text.find("--").or_else(|| text.ends_with('-').then(|| text.len() - 1));
        if let Some(n) = dashes {
            let span = Span::new(from + n, from + n + if text[n..].starts_with("--") { 2 } else { 1 });
            self.report.push(error(
                code::MALFORMED_XML,
                span,
                "`--` must not stand within a comment, nor `-` at its end",
            ));
        }
        self.control_characters(text, from);
        Token::Comment(Span::new(start, self.at), text)
    }

    fn cdata(&mut self, start: usize) -> Option<Token<'s>> {
        let from = start + "<![CDATA[".len();
        let rest = &self.text[from..];
        let text = match rest.find("]]>") {
            Some(n) => {
                self.at = from + n + "]]>".len();
                &rest[..n]
            }
            None => {
                self.give_up();
                let message = "the `<![CDATA[` is never closed";
                self.report.push(
                    error(code::UNCLOSED_ELEMENT, Span::new(start, from), message)
                        .suggest(Suggestion::maybe("close it with `]]>`", Span::at(self.text.len()), "]]>")),
                );
                rest
            }
        };
        let text = self.resolve(text, from, value::TextContext::Data);
        (!text.is_empty()).then(|| Token::Text(Span::new(start, self.at), text))
    }

    /// Skips a document type, with the declarations in its brackets, and reports it. `start` is its byte
    /// offset.
    fn document_type(&mut self, start: usize) {
        let rest = self.rest();
        let (mut quote, mut brackets, mut angles) = (None, 0_usize, 0_usize);
        let end = rest.bytes().position(|b| {
            match (quote, b) {
                (Some(q), _) if b == q => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(b),
                (None, b'[') => brackets += 1,
                (None, b']') => brackets = brackets.saturating_sub(1),
                (None, b'<') => angles += 1,
                (None, b'>') => angles = angles.saturating_sub(1),
                _ => {}
            }
            quote.is_none() && brackets == 0 && angles == 0
        });
        self.at = end.map_or(self.text.len(), |n| start + n + 1);
        let span = Span::new(start, self.at);
        self.report.push(
            error(code::DOCUMENT_TYPE, span, "document types and their entities are refused")
                .suggest(Suggestion::fix("leave it out", span, "")),
        );
    }

    /// Skips a processing instruction (`<?…?>`). `start` is its byte offset, and `rest` is the text from
    /// there.
    fn instruction(&mut self, start: usize, rest: &'s str) {
        let declares =
            rest.strip_prefix("xml").is_some_and(|r| r.starts_with(|c: char| c.is_ascii_whitespace()));
        match rest.find("?>") {
            Some(n) => self.at = start + 2 + n + 2,
            None => {
                self.give_up();
                let span = Span::new(start, start + 2);
                self.report.push(error(code::UNCLOSED_ELEMENT, span, "the `<?` is never closed"));
            }
        }
        let span = Span::new(start, self.at);
        let before = &self.text[..start];
        if declares && !before.trim_start_matches('\u{feff}').is_empty() {
            let message = "`<?xml …?>` stands at the very beginning or nowhere";
            self.report.push(error(code::MALFORMED_XML, span, message).suggest(Suggestion::fix(
                "leave it out",
                span,
                "",
            )));
        }
    }
}

pub(crate) fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}
