//! Parses a query without a schema, and prints it in a normal form. The command `parse` and its batch use it.

use dvkit_diagnostic::Diagnostic;
use fetchxml::FetchText;
use odata_parser::{RequestText, parse_filter_recovering, parse_request_recovering, url};

use crate::query::QueryForm;

/// The result of parsing a query: its findings, and its normal form.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedQuery {
    /// The findings. Their spans refer to the text that was given.
    pub diagnostics: Vec<Diagnostic>,
    /// The query as the syntax tree prints it, in a normal form; `None` if the text is not syntactically
    /// valid.
    pub printed: Option<String>,
}

impl ParsedQuery {
    /// Parses a query. A filter is not percent-decoded. `placeholders` says whether placeholders such as
    /// `{id}` are accepted; if not, they are errors.
    #[must_use]
    pub fn new(text: QueryForm<'_>, placeholders: bool) -> Self {
        let options = odata_parser::ParseOptions { placeholders, ..Default::default() };
        match text {
            QueryForm::Filter(text) => {
                let parsed = parse_filter_recovering(text, &options);
                let printed = parsed.is_ok().then(|| parsed.expr.to_string());
                Self { diagnostics: parsed.diagnostics, printed }
            }
            QueryForm::Request(text) => {
                let text = RequestText::new(text);
                let parsed = parse_request_recovering(&text, &options);
                let printed = parsed.is_ok().then(|| parsed.request.to_string());
                Self { diagnostics: parsed.diagnostics, printed }
            }
            QueryForm::Fetch(text) => {
                let text = FetchText::new(text);
                let options = fetchxml::ParseOptions { placeholders, ..Default::default() };
                let parsed = fetchxml::parse_text(&text, &options);
                let printed = parsed.is_ok().then(|| parsed.fetch.to_string());
                Self { diagnostics: parsed.diagnostics, printed }
            }
        }
    }

    /// Parses a query like [`new`](Self::new), but percent-decodes a filter that cannot be parsed without
    /// that. `placeholders` says whether placeholders such as `{id}` are accepted; if not, they are errors.
    #[must_use]
    pub fn decoded(text: QueryForm<'_>, placeholders: bool) -> Self {
        let parsed = Self::new(text, placeholders);
        let QueryForm::Filter(filter) = text else { return parsed };
        if parsed.is_ok() || !url::is_encoded(filter) {
            return parsed;
        }
        let decoded = url::decode(filter);
        let mut parsed = Self::new(QueryForm::Filter(&decoded.text), placeholders);
        let map = |d: Diagnostic| d.map(|s| decoded.to_encoded(s), |r| url::encode(&r).into_owned());
        parsed.diagnostics = parsed.diagnostics.into_iter().map(map).collect();
        parsed
    }

    /// Returns whether the query is syntactically valid OData or FetchXML, which means that it has a normal
    /// form.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.printed.is_some()
    }
}
