//! The layout of queries: one clause a line, or as short as they get. No schema is needed.

use std::collections::BTreeMap;

use dvkit_diagnostic::Diagnostic;
use fetchxml::{FetchText, PrintStyle};
use odata_parser::{ParseOptions, RequestText, parse_filter_recovering, parse_request_recovering, url};

use crate::document::{Document, NOT_READ_BACK, QueryEntry, QueryItem};
use crate::query::QueryForm;

/// How queries are laid out.
#[derive(Clone, Copy, Debug)]
pub struct FormatOptions {
    /// OData becomes the shortest query that means the same, on one line; otherwise one clause is on each line.
    pub minify: bool,
    /// The layout of FetchXML.
    pub style: PrintStyle,
    /// Are placeholders of templates accepted as values?
    pub placeholders: bool,
}

/// A query of a document, and what comes of formatting it.
#[derive(Debug)]
pub struct FormattedQuery<'d> {
    /// The query.
    pub item: QueryItem<'d>,
    /// What comes of formatting it.
    pub result: FormatResult,
}

/// What comes of formatting a query in its place.
#[derive(Clone, Debug, PartialEq)]
pub enum FormatResult {
    /// It is formatted already.
    Same,
    /// The text that replaces it.
    Changed(String),
    /// It is neither OData nor FetchXML: the findings, with spans into [`QueryItem::lines`].
    Wrong(Vec<Diagnostic>),
    /// It is left as it is; the reason as a sentence.
    LeftAlone(String),
}

/// Formats one query.
///
/// # Errors
/// The findings where it is neither OData nor FetchXML, with spans into the text.
pub fn format_query(text: QueryForm<'_>, options: &FormatOptions) -> Result<String, Vec<Diagnostic>> {
    let parser = ParseOptions { placeholders: options.placeholders, ..ParseOptions::default() };
    match text {
        QueryForm::Request(text) => request(text, &parser, options.minify),
        QueryForm::Filter(text) => filter(text, &parser, options.minify),
        QueryForm::Fetch(text) => fetch(text, options.placeholders, &options.style),
    }
}

/// Formats the queries of a document, in order, each as it is to be written in its place. Nothing is written, and whether a text fits
/// there is said by [`formatted_document`].
pub fn format_document<'d>(
    document: &'d Document,
    options: &'d FormatOptions,
) -> impl Iterator<Item = FormattedQuery<'d>> + 'd {
    document.items().map(move |item| {
        let result = match &item.entry {
            Ok(entry) => format_item(&item, entry, document.line_end(), options),
            Err(why) => FormatResult::LeftAlone(why.clone()),
        };
        FormattedQuery { item, result }
    })
}

/// Returns the document with formatted queries in their places, by their numbers from zero; none where nothing changes.
///
/// # Errors
/// Where it would not be read back as the same queries; a sentence.
pub fn formatted_document(
    document: &Document,
    changes: &BTreeMap<usize, String>,
) -> Result<Option<Document>, &'static str> {
    if changes.is_empty() { Ok(None) } else { document.rewritten(changes).map(Some) }
}

/// Returns why the text cannot replace a query of the document, by its number from zero: a sentence, or nothing where it can.
#[must_use]
pub fn misfit(document: &Document, n: usize, text: &str) -> Option<String> {
    (!document.fits(n, text)).then(|| format!("it is left alone: {NOT_READ_BACK}"))
}

fn format_item(
    item: &QueryItem<'_>,
    entry: &QueryEntry<'_>,
    line_end: &str,
    options: &FormatOptions,
) -> FormatResult {
    let left_alone = |why: &str| FormatResult::LeftAlone(why.to_owned());
    if entry.request.is_some() {
        return left_alone("an object of JSON is left alone");
    }
    let given = entry.text();
    if matches!(given, QueryForm::Fetch(text) if !text.starts_with('<')) {
        // What is around it would be lost.
        return left_alone("FetchXML that is encoded or within a URL is left alone");
    }
    let formatted = match format_query(given, options) {
        Ok(formatted) => formatted,
        Err(diagnostics) => {
            return FormatResult::Wrong(diagnostics.into_iter().map(|d| entry.query.locate(d)).collect());
        }
    };
    // Further lines are indented as the first one is, and end as the lines of the document do.
    let first = item.lines.get(..item.range.start).unwrap_or_default();
    let indent = first.get(..first.len() - first.trim_start().len()).unwrap_or_default();
    let formatted = formatted.replace('\n', &format!("{line_end}{indent}"));
    if formatted == item.written() {
        return FormatResult::Same;
    }
    if let Some(doubt) = item.doubt {
        return left_alone(&format!("it is left alone: {doubt}"));
    }
    let again = QueryForm::read(&formatted);
    let same = std::mem::discriminant(&given) == std::mem::discriminant(&again)
        && smallest(given, options).is_some_and(|small| smallest(again, options) == Some(small));
    if same {
        FormatResult::Changed(formatted)
    } else {
        left_alone("what is left of it would be read as something else: it is left alone")
    }
}

/// The shortest form, which two texts share only where they are one query; none where the text is wrong.
fn smallest(text: QueryForm<'_>, options: &FormatOptions) -> Option<String> {
    // Comments are no part of the meaning.
    format_query(text, &FormatOptions { minify: true, style: PrintStyle::minified(), ..*options }).ok()
}

fn request(text: &str, options: &ParseOptions, minify: bool) -> Result<String, Vec<Diagnostic>> {
    let text = RequestText::new(text);
    let parsed = parse_request_recovering(&text, options);
    if !parsed.is_ok() {
        return Err(parsed.diagnostics);
    }
    Ok(if minify {
        odata_parser::format::minify(&parsed.request)
    } else {
        odata_parser::format::pretty(&parsed.request)
    })
}

fn fetch(text: &str, holes: bool, style: &PrintStyle) -> Result<String, Vec<Diagnostic>> {
    let text = FetchText::new(text);
    let parsed =
        fetchxml::parse_text(&text, &fetchxml::ParseOptions { placeholders: holes, ..Default::default() });
    if !parsed.is_ok() {
        return Err(parsed.diagnostics);
    }
    Ok(fetchxml::print(&parsed.fetch, style))
}

/// A filter is read as it is written, and decoded only where it is not a filter then.
fn filter(text: &str, options: &ParseOptions, minify: bool) -> Result<String, Vec<Diagnostic>> {
    plain_filter(text, options, minify).or_else(|diagnostics| {
        if !url::is_encoded(text) {
            return Err(diagnostics);
        }
        let decoded = url::decode(text);
        let back = |d: Diagnostic| d.map(|s| decoded.to_encoded(s), |r| url::encode(&r).into_owned());
        plain_filter(&decoded.text, options, minify).map_err(|all| all.into_iter().map(back).collect())
    })
}

fn plain_filter(text: &str, options: &ParseOptions, minify: bool) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse_filter_recovering(text, options);
    if !parsed.is_ok() {
        return Err(parsed.diagnostics);
    }
    Ok(if minify {
        odata_parser::format::minify_filter(&parsed.expr)
    } else {
        odata_parser::format::pretty_filter(&parsed.expr)
    })
}
