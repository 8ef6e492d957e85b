//! Where the reasons of a refused translation stand in the text that was translated.
//!
//! A meaning has no place in a text. So a reason says what it is subject, in words of the meaning ([`Subject`]), and is looked for in
//! the tree of the text: one file a language.

mod fetchxml;
mod odata;

use ::fetchxml::FetchText;
use dvkit_diagnostic::{Diagnostic, Span, code};
use odata_parser::{RequestText, parse_filter_recovering, parse_request_recovering, url};

use crate::fidelity::{Translation, Untranslatable};
use dvkit_query::hir::Unread;

/// What of a query a reason is subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Subject {
    /// All of it.
    #[default]
    Whole,
    /// The table that the query begins with.
    Entity,
    /// Which page is wanted.
    Page,
    /// What a value is ordered by: the column, and the alias of the row that it is of.
    Order(Option<String>, String),
    /// A result that is ordered by.
    OrderOfResult(String),
    /// A column that comes back, and the alias of its row.
    Select(Option<String>, String),
    /// The other name that a column is given, first of those of this row.
    Alias(Option<String>),
    /// A column in a condition, and the alias of its row.
    Condition(Option<String>, String),
    /// Two columns that are compared, the first by its name alone.
    Compared(String, String),
    /// A column and the text that it is compared with.
    Text(String, String),
    /// The function of a result of grouping, by the name of the result.
    Aggregate(String),
    /// The part of a date that is grouped by, by its column.
    DatePart(String),
    /// A joined row, by its alias.
    Join(String),
    /// The columns that join it.
    JoinColumns(String),
    /// How it is joined.
    JoinKind(String),
    /// A condition whether rows exist: their table or the intersect table that leads there, and the two columns that join them.
    Exists(Vec<String>, String, String),
    /// A navigation property, a function, a parameter.
    Name(String),
    /// Order and limit of what is expanded by this navigation property.
    OptionsOf(String),
    /// An attribute of `fetch`.
    Attribute(&'static str),
    /// An option of the request, by its name without `$`.
    Option(&'static str),
    /// A piece that nothing in the meaning stands for.
    Unread(Unread),
}

/// The best place that was found so far: the less the rank, the better; among equals the first.
#[derive(Default)]
struct BestSpan(Option<(u8, Span)>);

impl BestSpan {
    fn offer(&mut self, rank: u8, span: Span) {
        if self.0.is_none_or(|(best, _)| rank < best) {
            self.0 = Some((rank, span));
        }
    }

    fn span(self) -> Option<Span> {
        self.0.map(|(_, span)| span)
    }
}

/// Puts pieces where they stand in a text.
trait Placed: Sized {
    /// `text` is what spans are found in, and `back` leads them to the text as it was given.
    fn placed(
        self,
        text: &str,
        find: impl Fn(&Subject) -> Option<Span>,
        back: impl Fn(Diagnostic) -> Diagnostic,
    ) -> Self;

    fn filter(self, filter: &str, placeholders: bool) -> Self {
        let options = odata_parser::ParseOptions { placeholders, ..odata_parser::ParseOptions::default() };
        let parsed = parse_filter_recovering(filter, &options);
        if parsed.is_ok() || !url::is_encoded(filter) {
            return self.placed(filter, |subject| odata::in_filter(subject, &parsed.expr), |d| d);
        }
        let decoded = url::decode(filter);
        let parsed = parse_filter_recovering(&decoded.text, &options);
        let back = |d: Diagnostic| d.map(|span| decoded.to_encoded(span), |text| text);
        self.placed(&decoded.text, |subject| odata::in_filter(subject, &parsed.expr), back)
    }

    fn request(self, request: &str, placeholders: bool) -> Self {
        let options = odata_parser::ParseOptions { placeholders, ..odata_parser::ParseOptions::default() };
        let text = RequestText::new(request);
        let parsed = parse_request_recovering(&text, &options);
        self.placed(
            text.decoded(),
            |subject| odata::in_request(subject, &parsed.request),
            |d| text.diagnostic_to_original(d),
        )
    }

    fn fetch(self, fetch: &str, placeholders: bool) -> Self {
        let options = ::fetchxml::ParseOptions { placeholders, ..::fetchxml::ParseOptions::default() };
        let text = FetchText::new(fetch);
        let parsed = ::fetchxml::parse_text(&text, &options);
        self.placed(
            text.decoded(),
            |subject| fetchxml::find(subject, &parsed.fetch),
            |d| text.diagnostic_to_original(d),
        )
    }
}

impl Untranslatable {
    /// Puts each reason where it stands in `filter`, the text that was translated; one that is about nothing in particular is
    /// about all of it.
    #[must_use]
    pub fn in_filter(self, filter: &str, placeholders: bool) -> Self {
        self.filter(filter, placeholders)
    }

    /// The same within a whole request.
    #[must_use]
    pub fn in_request(self, request: &str, placeholders: bool) -> Self {
        self.request(request, placeholders)
    }

    /// The same within FetchXML.
    #[must_use]
    pub fn in_fetchxml(self, fetch: &str, placeholders: bool) -> Self {
        self.fetch(fetch, placeholders)
    }
}

impl Translation {
    /// Puts each note that is about one piece where that stands in `request`, the text that was translated.
    #[must_use]
    pub fn in_request(self, request: &str, placeholders: bool) -> Self {
        if self.notes.iter().all(|note| note.subject.is_none()) {
            return self;
        }
        self.request(request, placeholders)
    }

    /// The same within FetchXML.
    #[must_use]
    pub fn in_fetchxml(self, fetch: &str, placeholders: bool) -> Self {
        if self.notes.iter().all(|note| note.subject.is_none()) {
            return self;
        }
        self.fetch(fetch, placeholders)
    }
}

impl Placed for Translation {
    fn placed(
        mut self,
        _: &str,
        find: impl Fn(&Subject) -> Option<Span>,
        back: impl Fn(Diagnostic) -> Diagnostic,
    ) -> Self {
        for note in &mut self.notes {
            let at = note.subject.as_ref().and_then(&find);
            note.span = at.map(|span| back(Diagnostic::note(code::NOT_UNDERSTOOD, span, "")).span);
        }
        self
    }
}

impl Placed for Untranslatable {
    fn placed(
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
