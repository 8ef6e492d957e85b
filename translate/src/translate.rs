//! The entry point of translation: check, translate, and check what came out.
//!
//! That a translation is exact is a proof of three parts: everything in the text was read (what was not is in
//! [`Query::extras`] and becomes a difference), the meaning is said in the other language without a note, and what came out passes
//! the same check as any other text. And whatever the check lets pass is translated, or refused with a reason that has a place.

use dvkit_diagnostic::{CodeFamily, Diagnostic, Span, code};
use dvkit_schema::{Store, StoreError};
use fetchxml::{FetchText, PrintStyle};

use dvkit_query::hir::Query;
use dvkit_query::lint::set_severities;
use dvkit_query::{Analysis, Options, QueryText, analyze};

use crate::fidelity::{Translation, Untranslatable};
use crate::to_fetchxml::to_fetchxml;
use crate::to_odata::to_odata;

/// A language that is translated to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// The query options of the Web API.
    OData,
    /// Microsoft's query language in XML.
    FetchXml,
}

impl Language {
    /// Returns what it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OData => "OData",
            Self::FetchXml => "FetchXML",
        }
    }
}

/// What came of a translation.
#[derive(Clone, Debug, PartialEq)]
pub struct Translated {
    /// What there is to say about the text, by place: whatever its check finds, and the reasons why it has no translation. One of
    /// them is an error where there is none.
    pub diagnostics: Vec<Diagnostic>,
    /// The meaning of the text, where all of it could be understood.
    pub query: Option<Query>,
    /// The translation and its notes.
    pub translation: Option<Translation>,
    /// Of a query that cannot be said: the query without that, where the same rows come back.
    pub nearest: Option<String>,
    /// Was the text right, and refused by the other language alone?
    pub refused: bool,
}

/// Translates a query.
///
/// # Errors
/// Only where the snapshot cannot be read, or does not hold the table that `source` names beside its text. Whatever is wrong with
/// the query, and why it cannot be said, is in the diagnostics.
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
    options: &Options,
) -> Result<Translated, StoreError> {
    let analysis = analyze(store, source, &plain(options))?;
    let mut done = Translated {
        diagnostics: analysis.diagnostics.clone(),
        query: analysis.query.as_deref().cloned(),
        translation: None,
        nearest: None,
        refused: false,
    };
    set_severities(&mut done.diagnostics, &options.severities);
    if !done.diagnostics.iter().any(Diagnostic::is_error) {
        match &analysis.query {
            None => done.cannot_translate(Untranslatable::found(unknown(&analysis, source.text(), to))),
            Some(query) => match said(store, query, source, to, options) {
                Err(refused) => done.cannot_translate(refused),
                Ok(translation) => match problem(store, &translation.text, source, to, options)? {
                    Some(reason) => done.cannot_translate(Untranslatable::found(vec![reason])),
                    None => done.translation = Some(translation),
                },
            },
        }
        if let Some(nearest) = &done.nearest
            && problem(store, nearest, source, to, options)?.is_some()
        {
            done.nearest = None;
        }
    }
    done.diagnostics.sort_by_key(|d| (d.span.start, d.span.end));
    Ok(done)
}

impl Translated {
    /// Returns a translation that there is none of, because of what is wrong.
    #[must_use]
    pub fn wrong(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic], query: None, translation: None, nearest: None, refused: false }
    }

    fn cannot_translate(&mut self, refused: Untranslatable) {
        self.diagnostics.extend(refused.reasons);
        self.nearest = refused.nearest;
        self.refused = true;
    }
}

/// The same options, with every finding as it is.
fn plain(options: &Options) -> Options {
    Options { severities: std::collections::BTreeMap::new(), ..options.clone() }
}

/// The meaning in the other language, its reasons put into the text.
fn said(
    store: &Store,
    query: &Query,
    source: QueryText<'_>,
    to: Language,
    options: &Options,
) -> Result<Translation, Untranslatable> {
    let translated = match (to, source) {
        (Language::OData, _) => to_odata(query, store),
        // It is what it is: nothing of it gets lost on the way through its meaning.
        (Language::FetchXml, QueryText::FetchXml(text)) => {
            let text = FetchText::new(text);
            let holes = fetchxml::ParseOptions {
                placeholders: options.placeholders,
                ..fetchxml::ParseOptions::default()
            };
            let printed = fetchxml::print(&fetchxml::parse_text(&text, &holes).fetch, &PrintStyle::default());
            return Ok(Translation { text: printed, notes: Vec::new() });
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

/// Why a translation must not be given out: an error that the check finds in it.
fn problem(
    store: &Store,
    text: &str,
    source: QueryText<'_>,
    to: Language,
    options: &Options,
) -> Result<Option<Diagnostic>, StoreError> {
    let result = match to {
        Language::OData => QueryText::Request { table: None, text },
        Language::FetchXml => QueryText::FetchXml(text),
    };
    let analysis = analyze(store, result, &plain(options))?;
    let Some(error) = analysis.diagnostics.iter().find(|d| d.is_error()) else { return Ok(None) };
    let message = format!("what it becomes in {} would be refused: {}", to.name(), error.message);
    let found = Diagnostic::error(code::REFUSED_RESULT, named_in(source.text(), error, text), message);
    Ok(Some(found.help(format!("`dvkit explain {}` says more", error.code))))
}

/// The first word that an error names and that the text has, or all of the text.
fn named_in(source: &str, error: &Diagnostic, text: &str) -> Span {
    let named = error.message.split('`').skip(1).step_by(2);
    let place = error.span.of(text).split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut words = named.chain(place).filter(|word| word.len() > 1);
    let found = words.find_map(|word| source.find(word).map(|at| Span::new(at, at + word.len())));
    found.unwrap_or(Span::new(0, source.len()))
}

/// Why nobody knows what a text means that has no error: names that the snapshot does not hold, and placeholders in the place of
/// words.
fn unknown(analysis: &Analysis, text: &str, to: Language) -> Vec<Diagnostic> {
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
        // Rows of the metadata itself, of a function or behind a placeholder: the path says so.
        let path = text.find('?').filter(|end| *end > 0).unwrap_or(text.len());
        let message = format!("what this asks for is no rows that could be asked for in {}", to.name());
        reasons.push(Diagnostic::error(code::NOT_UNDERSTOOD, Span::new(0, path), message));
    }
    reasons
}
