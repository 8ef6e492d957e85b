//! Formats queries and documents: one clause on each line, or everything on one line. The command `fmt` calls
//! it; it needs no schema.

use std::collections::BTreeMap;

use dvkit_diagnostic::Diagnostic;
use fetchxml::{FetchText, PrintStyle};
use odata_parser::{ParseOptions, RequestText, parse_filter_recovering, parse_request_recovering, url};

use crate::document::{Document, NOT_READ_BACK, QueryEntry, QueryItem};
use crate::query::QueryForm;

/// The options for formatting queries.
#[derive(Clone, Copy, Debug)]
pub struct FormatOptions {
    /// Whether OData is printed on one line without superfluous spaces; otherwise each clause is on its own
    /// line.
    pub minify: bool,
    /// The style in which FetchXML is printed.
    pub style: PrintStyle,
    /// Whether placeholders of templates such as `{id}` are accepted as values; otherwise they are errors.
    pub placeholders: bool,
}

/// A query of a document, with the result of formatting it.
#[derive(Debug)]
pub struct FormattedQuery<'d> {
    /// The query, with its position in the document.
    pub item: QueryItem<'d>,
    /// The formatted text, or the reason why there is none.
    pub result: FormatResult,
}

/// The result of formatting one query of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum FormatResult {
    /// The query has the wanted format already.
    Same,
    /// The query is formatted differently. The field is the formatted text, which replaces the query in the
    /// document.
    Changed(String),
    /// The query is neither valid OData nor valid FetchXML. The field has the findings, whose spans refer to
    /// [`QueryItem::lines`].
    Wrong(Vec<Diagnostic>),
    /// The query must not be replaced. The field is a sentence with the reason.
    LeftAlone(String),
}

/// Returns the query in the wanted format.
///
/// # Errors
/// Returns an error with the findings if the query is neither valid OData nor valid FetchXML. Their spans
/// refer to the text of the query.
pub fn format_query(text: QueryForm<'_>, options: &FormatOptions) -> Result<String, Vec<Diagnostic>> {
    let parser = ParseOptions { placeholders: options.placeholders, ..ParseOptions::default() };
    match text {
        QueryForm::Request(text) => request(text, &parser, options.minify),
        QueryForm::Filter(text) => filter(text, &parser, options.minify),
        QueryForm::Fetch(text) => fetch(text, options.placeholders, &options.style),
    }
}

/// Formats the queries of a document, in the order of the document. The document is not changed;
/// [`formatted_document`] does that, and checks that the new texts can replace the queries.
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

/// Returns the document with the replaced queries; `None` if `changes` is empty. A key in `changes` is the
/// index of a query in the document, and its value is the formatted text.
///
/// # Errors
/// Returns a sentence as an error if the new document would not be read as the same queries.
pub fn formatted_document(
    document: &Document,
    changes: &BTreeMap<usize, String>,
) -> Result<Option<Document>, &'static str> {
    if changes.is_empty() { Ok(None) } else { document.rewritten(changes).map(Some) }
}

/// Returns a sentence with the reason why `text` cannot replace the query with the index `n`; `None` if it
/// can replace the query.
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
        // The URL or the encoding around the query would be lost.
        return left_alone("FetchXML that is encoded or within a URL is left alone");
    }
    let formatted = match format_query(given, options) {
        Ok(formatted) => formatted,
        Err(diagnostics) => {
            return FormatResult::Wrong(diagnostics.into_iter().map(|d| entry.query.locate(d)).collect());
        }
    };
    // Further lines get the indentation of the first line and the line ends of the document.
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

/// Returns the query on one line without superfluous spaces. Two queries have the same result only if they
/// are equal except for their format. Returns `None` if the text is not valid.
fn smallest(text: QueryForm<'_>, options: &FormatOptions) -> Option<String> {
    // Comments do not change the meaning.
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

fn fetch(text: &str, placeholders: bool, style: &PrintStyle) -> Result<String, Vec<Diagnostic>> {
    let text = FetchText::new(text);
    let parsed = fetchxml::parse_text(&text, &fetchxml::ParseOptions { placeholders, ..Default::default() });
    if !parsed.is_ok() {
        return Err(parsed.diagnostics);
    }
    Ok(fetchxml::print(&parsed.fetch, style))
}

/// Formats the filter `text`. If `minify` is true, it is printed on one line, otherwise each clause is on a
/// line of its own. The filter is percent-decoded only if it cannot be parsed without that. Returns the
/// findings as an error if it cannot be parsed at all.
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
