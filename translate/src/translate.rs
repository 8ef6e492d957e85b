//! Contains [`translate`], the entry point of the crate: it checks the text of a query, translates it, and
//! checks the translation.
//!
//! A translation is exact if every part of the text was read, the translation of the query's meaning has no
//! difference, and the translated text passes the same check as any other query. A correct text is either
//! translated, or refused with a reason that has a span.

use dvkit_diagnostic::{CodeFamily, Diagnostic, Span, code};
use dvkit_schema::{Store, StoreError};
use fetchxml::{FetchText, PrintStyle};

use dvkit_query::hir::Query;
use dvkit_query::lint::set_severities;
use dvkit_query::{Analysis, CheckOptions, QueryText, analyze};

use crate::fidelity::{Translation, Untranslatable};
use crate::to_fetchxml::to_fetchxml;
use crate::to_odata::to_odata;

/// A query language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// OData: the query options of the Web API.
    OData,
    /// FetchXML: Microsoft's query language in XML.
    FetchXml,
}

impl Language {
    /// Returns the name of the language, for messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OData => "OData",
            Self::FetchXml => "FetchXML",
        }
    }
}

/// The outcome of [`translate`]: the findings, and the translation if there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct TranslationOutcome {
    /// The findings of the check and, if the query cannot be translated, the reasons, in the order of the
    /// text. Without a translation at least one of them is an error.
    pub diagnostics: Vec<Diagnostic>,
    /// The meaning of the text; `None` if a part of the text could not be understood.
    pub query: Option<Query>,
    /// The translation with its differences; `None` if one of the diagnostics is an error.
    pub translation: Option<Translation>,
    /// If there is no translation: the text of a translation that omits the parts that the other language
    /// cannot express. `None` if that text would select other rows than the original query.
    pub nearest: Option<String>,
    /// Whether the text is a correct query that the other language cannot express.
    pub untranslatable: bool,
}

/// Translates a query to the language `to`. `options` apply to the check of the text and to the check of the
/// translation.
///
/// # Errors
/// Returns an error if the snapshot cannot be read, or if it does not contain the table that `source` gives
/// beside the text (`table` of a filter or a request). Mistakes in the query, and parts that cannot be
/// translated, are not errors but diagnostics of the outcome.
///
/// ```
/// use dvkit_query::QueryText;
/// use dvkit_translate::{Language, translate};
/// use dvkit_schema::{Column, ColumnType, Schema, Store, Table};
/// let text = ColumnType::String { max_length: None, format: None };
/// let mut account = Table { logical_name: "account".into(), ..Table::default() };
/// account.entity_set = Some("accounts".into());
/// account.columns = vec![Column::new("name", text)];
/// let mut schema = Schema::default();
/// schema.tables.insert("account".into(), account);
/// let store = Store::from_schema(schema);
///
/// let fetch = "<fetch top='3'><entity name='account'><attribute name='name'/></entity></fetch>";
/// let done = translate(&store, QueryText::FetchXml(fetch), Language::OData, &Default::default())?;
/// let translation = done.translation.expect("it can be said");
/// assert_eq!((translation.text.as_str(), translation.is_exact()), ("accounts?$select=name&$top=3", true));
///
/// let limit = fetch.replace("top", "limit");
/// let done = translate(&store, QueryText::FetchXml(&limit), Language::OData, &Default::default())?;
/// assert_eq!(done.translation, None);
/// assert_eq!(done.diagnostics.last().map(|d| d.span.of(&limit)), Some("limit"));
/// # Ok::<(), dvkit_schema::StoreError>(())
/// ```
pub fn translate(
    store: &Store,
    source: QueryText<'_>,
    to: Language,
    options: &CheckOptions,
) -> Result<TranslationOutcome, StoreError> {
    let analysis = analyze(store, source, &without_severities(options))?;
    let mut done = TranslationOutcome {
        diagnostics: analysis.diagnostics.clone(),
        query: analysis.query.as_deref().cloned(),
        translation: None,
        nearest: None,
        untranslatable: false,
    };
    set_severities(&mut done.diagnostics, &options.severities);
    if !done.diagnostics.iter().any(Diagnostic::is_error) {
        match &analysis.query {
            None => done.cannot_translate(Untranslatable::with_spans(reasons_of_unknown_meaning(
                &analysis,
                source.text(),
                to,
            ))),
            Some(query) => match translate_query(store, query, source, to, options) {
                Err(refused) => done.cannot_translate(refused),
                Ok(translation) => match error_in_result(store, &translation.text, source, to, options)? {
                    Some(reason) => done.cannot_translate(Untranslatable::with_spans(vec![reason])),
                    None => done.translation = Some(translation),
                },
            },
        }
        if let Some(nearest) = &done.nearest
            && error_in_result(store, nearest, source, to, options)?.is_some()
        {
            done.nearest = None;
        }
    }
    done.diagnostics.sort_by_key(|d| (d.span.start, d.span.end));
    Ok(done)
}

impl TranslationOutcome {
    /// Returns the outcome for a text that could not be translated because of the error `diagnostic`.
    #[must_use]
    pub fn from_error(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostics: vec![diagnostic],
            query: None,
            translation: None,
            nearest: None,
            untranslatable: false,
        }
    }

    fn cannot_translate(&mut self, refused: Untranslatable) {
        self.diagnostics.extend(refused.reasons);
        self.nearest = refused.nearest;
        self.untranslatable = true;
    }
}

/// Returns a copy of the options in which every finding has its default severity.
fn without_severities(options: &CheckOptions) -> CheckOptions {
    CheckOptions { severities: std::collections::BTreeMap::new(), ..options.clone() }
}

/// Translates the query, and sets the spans of the differences or of the reasons to positions in the text of
/// `source`. The error has the reasons.
fn translate_query(
    store: &Store,
    query: &Query,
    source: QueryText<'_>,
    to: Language,
    options: &CheckOptions,
) -> Result<Translation, Untranslatable> {
    let translated = match (to, source) {
        (Language::OData, _) => to_odata(query, store),
        // FetchXML translated to FetchXML is printed from its tree, so that nothing is lost.
        (Language::FetchXml, QueryText::FetchXml(text)) => {
            let text = FetchText::new(text);
            let holes = fetchxml::ParseOptions {
                placeholders: options.placeholders,
                ..fetchxml::ParseOptions::default()
            };
            let printed = fetchxml::print(&fetchxml::parse_text(&text, &holes).fetch, &PrintStyle::default());
            return Ok(Translation { text: printed, differences: Vec::new() });
        }
        (Language::FetchXml, _) => to_fetchxml(query, store),
    };
    let translated = translated.map(|translation| match source {
        QueryText::Filter { .. } => translation,
        QueryText::Request { text, .. } => translation.in_request(text, options.placeholders),
        QueryText::FetchXml(text) => translation.in_fetchxml(text, options.placeholders),
    });
    translated.map_err(|refused| match source {
        QueryText::Filter { text, .. } => refused.in_filter(text, options.placeholders),
        QueryText::Request { text, .. } => refused.in_request(text, options.placeholders),
        QueryText::FetchXml(text) => refused.in_fetchxml(text, options.placeholders),
    })
}

/// Checks the translation `text`. Returns the reason why this translation must not be returned to the caller;
/// `None` if `text` has no errors.
fn error_in_result(
    store: &Store,
    text: &str,
    source: QueryText<'_>,
    to: Language,
    options: &CheckOptions,
) -> Result<Option<Diagnostic>, StoreError> {
    let result = match to {
        Language::OData => QueryText::Request { table: None, text },
        Language::FetchXml => QueryText::FetchXml(text),
    };
    let analysis = analyze(store, result, &without_severities(options))?;
    let Some(error) = analysis.diagnostics.iter().find(|d| d.is_error()) else { return Ok(None) };
    let message = format!("what it becomes in {} would be refused: {}", to.name(), error.message);
    let found = Diagnostic::error(code::REFUSED_RESULT, span_named_by(source.text(), error, text), message);
    Ok(Some(found.help(format!("`dvkit explain {}` says more", error.code))))
}

/// Returns the span in `source` of the first word that the error mentions, or of the whole `source` if it
/// contains no such word. `text` is the translation that the error is about.
fn span_named_by(source: &str, error: &Diagnostic, text: &str) -> Span {
    let named = error.message.split('`').skip(1).step_by(2);
    let place = error.span.of(text).split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut words = named.chain(place).filter(|word| word.len() > 1);
    let found = words.find_map(|word| source.find(word).map(|at| Span::new(at, at + word.len())));
    found.unwrap_or(Span::new(0, source.len()))
}

/// Returns the reasons why the meaning of `text`, which has no errors, is unknown, such as names that the
/// snapshot does not contain, or placeholders in place of keywords.
fn reasons_of_unknown_meaning(analysis: &Analysis, text: &str, to: Language) -> Vec<Diagnostic> {
    let mut reasons: Vec<Diagnostic> = analysis
        .diagnostics
        .iter()
        .filter_map(|d| {
            let name = d.span.of(text);
            let here = d.code.family() == CodeFamily::Names && d.code != code::DUPLICATE_NAME;
            if here || d.code == code::NOT_CHECKED {
                let message =
                    format!("`{name}` is not known well enough here to be written in {}", to.name());
                let reason = Diagnostic::error(code::TYPE_NOT_IN_SNAPSHOT, d.span, message);
                return Some(reason.help(
                    "import the metadata that has it: `dvkit schema fetch`, or `dvkit schema import`",
                ));
            }
            let message =
                format!("`{name}` is not documented, so that it cannot be written in {}", to.name());
            (d.code == code::STAR).then(|| Diagnostic::error(code::NOT_UNDERSTOOD, d.span, message))
        })
        .collect();
    reasons.extend(analysis.placeholders.iter().map(|span| {
        let message = format!("`{}` stands for a word that decides what is asked for", span.of(text));
        Diagnostic::error(code::NOT_UNDERSTOOD, *span, message)
    }));
    if reasons.is_empty() {
        // The path leads to rows of the metadata, to a function, or begins with a placeholder.
        let path = text.find('?').filter(|end| *end > 0).unwrap_or(text.len());
        let message = format!("this request is not for rows that can be queried in {}", to.name());
        reasons.push(Diagnostic::error(code::NOT_UNDERSTOOD, Span::new(0, path), message));
    }
    reasons
}
