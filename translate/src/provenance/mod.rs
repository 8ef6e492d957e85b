//! Finds the parts of the original text that the findings of a translation are about, and sets the spans of
//! these findings. The findings are the differences of a translation, or the reasons why there is none.
//!
//! A translation works on a HIR, which has no spans. A finding therefore describes its part of the text as a
//! [`Subject`], and this module searches the syntax tree of the text for that part. The search for each
//! language is in a file of its own.

mod best_span;
mod fetchxml;
mod odata;

use ::fetchxml::FetchText;
use dvkit_diagnostic::{Diagnostic, Span, code};
use odata_parser::{RequestText, parse_filter_recovering, parse_request_recovering, url};

use crate::fidelity::{Translation, Untranslatable};
use crate::subject::Subject;

/// A translation, or the reasons why there is none, with spans that can be set.
trait SetSpans: Sized {
    /// Sets the spans in the original text. `find` returns the span of a part in `text`, and `back` maps a
    /// finding from positions in `text` to positions in the original text.
    fn set_spans(
        self,
        text: &str,
        find: impl Fn(&Subject) -> Option<Span>,
        back: impl Fn(Diagnostic) -> Diagnostic,
    ) -> Self;

    fn filter(self, filter: &str, placeholders: bool) -> Self {
        let options = odata_parser::ParseOptions { placeholders, ..odata_parser::ParseOptions::default() };
        let parsed = parse_filter_recovering(filter, &options);
        if parsed.is_ok() || !url::is_encoded(filter) {
            return self.set_spans(filter, |subject| odata::in_filter(subject, &parsed.expr), |d| d);
        }
        let decoded = url::decode(filter);
        let parsed = parse_filter_recovering(&decoded.text, &options);
        let back = |d: Diagnostic| d.map(|span| decoded.to_encoded(span), |text| text);
        self.set_spans(&decoded.text, |subject| odata::in_filter(subject, &parsed.expr), back)
    }

    fn request(self, request: &str, placeholders: bool) -> Self {
        let options = odata_parser::ParseOptions { placeholders, ..odata_parser::ParseOptions::default() };
        let text = RequestText::new(request);
        let parsed = parse_request_recovering(&text, &options);
        self.set_spans(
            text.decoded(),
            |subject| odata::in_request(subject, &parsed.request),
            |d| text.diagnostic_to_original(d),
        )
    }

    fn fetch(self, fetch: &str, placeholders: bool) -> Self {
        let options = ::fetchxml::ParseOptions { placeholders, ..::fetchxml::ParseOptions::default() };
        let text = FetchText::new(fetch);
        let parsed = ::fetchxml::parse_text(&text, &options);
        self.set_spans(
            text.decoded(),
            |subject| fetchxml::find(subject, &parsed.fetch),
            |d| text.diagnostic_to_original(d),
        )
    }
}

impl Untranslatable {
    /// Sets the span of each reason to the part of `filter` that the reason is about, or to the whole text if
    /// the reason is not about a particular part. `filter` is the text that could not be translated; it may
    /// be percent-encoded. If `placeholders` is true, placeholders of templates (`{id}`) in the text are
    /// parsed as values.
    #[must_use]
    pub fn in_filter(self, filter: &str, placeholders: bool) -> Self {
        self.filter(filter, placeholders)
    }

    /// Sets the span of each reason to the part of `request` that the reason is about, or to the whole text
    /// if the reason is not about a particular part. `request` is the text of a whole request that could not
    /// be translated. If `placeholders` is true, placeholders of templates (`{id}`) in the text are parsed as
    /// values.
    #[must_use]
    pub fn in_request(self, request: &str, placeholders: bool) -> Self {
        self.request(request, placeholders)
    }

    /// Sets the span of each reason to the part of `fetch` that the reason is about, or to the whole text if
    /// the reason is not about a particular part. `fetch` is the FetchXML that could not be translated. If
    /// `placeholders` is true, placeholders of templates (`{id}`) in the text are accepted as values.
    #[must_use]
    pub fn in_fetchxml(self, fetch: &str, placeholders: bool) -> Self {
        self.fetch(fetch, placeholders)
    }
}

impl Translation {
    /// Sets the span of each difference that a part of `request` causes. Other differences are not changed.
    /// `request` is the text that was translated. If `placeholders` is true, placeholders of templates
    /// (`{id}`) in the text are parsed as values.
    #[must_use]
    pub fn in_request(self, request: &str, placeholders: bool) -> Self {
        if self.differences.iter().all(|note| note.subject.is_none()) {
            return self;
        }
        self.request(request, placeholders)
    }

    /// Sets the span of each difference that a part of `fetch` causes. Other differences are not changed.
    /// `fetch` is the FetchXML that was translated. If `placeholders` is true, placeholders of templates
    /// (`{id}`) in the text are accepted as values.
    #[must_use]
    pub fn in_fetchxml(self, fetch: &str, placeholders: bool) -> Self {
        if self.differences.iter().all(|note| note.subject.is_none()) {
            return self;
        }
        self.fetch(fetch, placeholders)
    }
}

impl SetSpans for Translation {
    fn set_spans(
        mut self,
        _: &str,
        find: impl Fn(&Subject) -> Option<Span>,
        back: impl Fn(Diagnostic) -> Diagnostic,
    ) -> Self {
        for note in &mut self.differences {
            let at = note.subject.as_ref().and_then(&find);
            note.span = at.map(|span| back(Diagnostic::note(code::NOT_UNDERSTOOD, span, "")).span);
        }
        self
    }
}

impl SetSpans for Untranslatable {
    fn set_spans(
        mut self,
        text: &str,
        find: impl Fn(&Subject) -> Option<Span>,
        back: impl Fn(Diagnostic) -> Diagnostic,
    ) -> Self {
        let whole = Span::new(0, text.len());
        let subject = std::mem::take(&mut self.subject);
        let reasons = std::mem::take(&mut self.reasons);
        let mut placed: Vec<Diagnostic> = reasons
            .into_iter()
            .zip(subject.iter().map(Some).chain(std::iter::repeat(None)))
            .map(|(reason, subject)| {
                let span = subject.and_then(&find).unwrap_or(whole);
                back(Diagnostic { span, ..reason })
            })
            .collect();
        placed.sort_by_key(|d| (d.span.start, d.span.end));
        Self { reasons: placed, subject: Vec::new(), ..self }
    }
}

#[cfg(test)]
mod tests;
