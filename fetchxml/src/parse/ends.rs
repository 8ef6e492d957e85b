//! Parses the ends of elements and the text between elements, for the parser of FetchXML. It reports missing
//! and superfluous end tags, and text where only elements are allowed.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};

use super::Parser;
use crate::ast::ELEMENTS;
use crate::misspellings;
use crate::report::error;
use crate::xml::{End, Start, Token};

impl<'s> Parser<'s, '_> {
    /// Returns the span at which the element with the start tag `start` ends, if `token` (an end tag or the
    /// end of the text) ends it. Returns `None` for an end tag that matches no open element, after reporting
    /// that.
    pub(super) fn ends(&mut self, start: Start<'s>, token: Token<'s>) -> Option<Span> {
        let Token::End(end) = token else {
            // The text ended, or parsing was given up.
            let at = Span::at(self.xml.at());
            if !self.xml.gave_up() && !self.xml.report.is_full() {
                self.unclosed(start, at);
            }
            return Some(at);
        };
        if end.name == start.name {
            return Some(end.span);
        }
        let closes = |b: &mut Self, code, message: String| {
            let fix = Suggestion::fix(format!("write `{}`", start.name), end.name_span, start.name);
            b.report(error(code, end.name_span, message).label(start.name_span, "opened here").suggest(fix));
            Some(end.span)
        };
        if end.name.eq_ignore_ascii_case(start.name) {
            // In this case the start tag is wrong and has been reported.
            if ELEMENTS.contains(&end.name) {
                return Some(end.span);
            }
            let message = format!("`{}` is closed as `{}`: case counts in XML", start.name, end.name);
            return closes(self, code::XML_CASE, message);
        }
        let around = self.open.len().saturating_sub(1);
        if self.open[..around].contains(&end.name) {
            self.unclosed(start, Span::at(end.span.range().start));
            let at = Span::at(end.span.range().start);
            self.pending = Some(Token::End(end));
            return Some(at);
        }
        if end.name.is_empty() || suggest::unambiguous_typo(end.name, [(start.name, None)]).is_some() {
            let message = if end.name.is_empty() {
                format!("the end tag of `{}` has no name", start.name)
            } else {
                format!("`{}` is closed as `{}`", start.name, end.name)
            };
            return closes(self, code::UNCLOSED_ELEMENT, message);
        }
        self.stray_end(end);
        None
    }

    pub(super) fn unclosed(&mut self, start: Start<'s>, at: Span) {
        if crate::xml::LEAVES.contains(&start.name) {
            return self.unclosed_leaf(start);
        }
        let end = format!("</{}>", start.name);
        // If the element has no content, the end tag may belong to an enclosing element that lost its slash.
        let within = self.text.get(start.span.range().end..at.range().start).unwrap_or_default();
        let again = self.open.iter().filter(|name| **name == start.name).count() > 1;
        let fix = if again && within.trim().is_empty() { Suggestion::maybe } else { Suggestion::fix };
        self.report(
            error(code::UNCLOSED_ELEMENT, start.name_span, format!("`{}` is never closed", start.name))
                .suggest(fix(format!("close it with `{end}`"), at, end)),
        );
    }

    /// Reports an element that never has children and has no end tag, with a fix that ends its tag in `/>`.
    pub(super) fn unclosed_leaf(&mut self, start: Start<'s>) {
        let close = Span::new(start.span.range().end.saturating_sub(1), start.span.range().end);
        self.report(
            error(code::UNCLOSED_ELEMENT, start.name_span, format!("`{}` is never closed", start.name))
                .suggest(Suggestion::fix("close it with `/>`", close, "/>")),
        );
    }

    pub(super) fn stray_end(&mut self, end: End<'s>) {
        let what = if end.name.is_empty() { "element".to_owned() } else { format!("`{}`", end.name) };
        self.report(
            error(code::UNCLOSED_ELEMENT, end.span, format!("there is no {what} to close here"))
                .suggest(Suggestion::maybe("leave it out", end.span, "")),
        );
    }

    pub(super) fn stray_text(&mut self, span: Span, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        // The span excludes the white space around the text.
        let raw = self.text.get(span.range()).unwrap_or_default();
        let start = span.range().start + (raw.len() - raw.trim_start().len());
        let span = Span::new(start, start + raw.trim().len());
        if self.open.is_empty() {
            let message = "nothing but comments stands before or behind the `fetch`";
            let diagnostic = error(code::STRAY_TEXT, span, message);
            self.report(diagnostic.suggest(Suggestion::maybe("leave it out", span, "")));
            return;
        }
        if misspellings::is_placeholder(text) {
            let message = "a placeholder of a template stands between the elements";
            let diagnostic = error(code::STRAY_TEXT, span, message);
            self.report(
                diagnostic.help("what is filled in can be checked; or allow placeholders: `--placeholders`"),
            );
            return;
        }
        // Saved views with such texts run, because the service ignores them, so this is a warning.
        let message = "no text stands between the elements: it has no effect";
        let diagnostic = Diagnostic::warning(code::STRAY_TEXT, span, message);
        // A text that looks like part of XML may be an element that lost a sign.
        let is_words = !text.contains(['<', '>', '=', '/', '"', '\'']);
        let leave_out = if is_words { Suggestion::fix } else { Suggestion::maybe };
        self.report(diagnostic.suggest(leave_out("leave it out", span, "")));
    }
}
