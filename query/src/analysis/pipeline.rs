//! Parses, resolves and lints one text as it is written, without searching for missing tokens.
//! [`analyze`](super::analyze) calls it for a text, and for each edited text that it tries.

use dvkit_diagnostic::{CodeFamily, Diagnostic, Span};
use dvkit_schema::{Store, StoreError};
use fetchxml::FetchText;
use odata_parser::{
    ParseLimits, ParseOptions, RequestLine, RequestText, batch_lines, parse_filter_recovering,
    parse_request_recovering, request_line, url,
};

use super::query_text::QueryText;
use super::suggestions;
use crate::CheckOptions;
use crate::hir::{Query, QueryHint, UnreadKind, UnreadPart};
use crate::{display_names, lint, quoted_names, resolve, url_rules};

/// The result of parsing, resolving and linting one text: its findings and its meaning.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Whether the text is syntactically valid OData or FetchXML.
    pub parsed: bool,
    /// The findings: first those of the parser, then those about names and types, then those of the lints.
    /// They are neither sorted nor limited in number.
    pub diagnostics: Vec<Diagnostic>,
    /// The number of findings of the parser. They are the first ones in `diagnostics`.
    pub(crate) from_parser: usize,
    /// Whether a fix for one missing or doubled token was found. Then the other errors are consequences of
    /// that token.
    pub(crate) recovered: bool,
    /// The meaning of the query; `None` if a name or value could not be resolved. The query is boxed because
    /// an analysis is moved often.
    pub query: Option<Box<Query>>,
    /// The spans of placeholders that are used as a keyword or a name in FetchXML. The meaning of the query
    /// depends on the values of these placeholders.
    pub placeholders: Vec<Span>,
    /// The logical name of the table whose rows the query selects; `None` if it is unknown.
    pub table: Option<String>,
}

/// Parses, resolves and lints `query` as it is written, without searching for missing tokens.
///
/// # Errors
/// Returns an error if the snapshot cannot be read. A table that the snapshot does not contain is reported in
/// the diagnostics instead.
pub(crate) fn analyze_as_written(
    store: &Store,
    query: QueryText<'_>,
    options: &CheckOptions,
) -> Result<Analysis, StoreError> {
    let mut analysis = match query {
        QueryText::Filter { table, text } => read_filter(store, table, text, options)?,
        QueryText::Request { table, text } => read_request(store, table, text, options)?,
        QueryText::FetchXml(text) => read_fetch(store, text, options)?,
    };
    if analysis.diagnostics.is_empty() {
        return Ok(analysis);
    }
    suggestions::validate(query.text(), &mut analysis.diagnostics);
    if !options.severities.is_empty() {
        // The parser's findings are all syntax errors, which are kept, so `from_parser` remains correct.
        lint::set_severities(&mut analysis.diagnostics, &options.severities);
    }
    Ok(analysis)
}

/// Returns the options for the parser, made from the options of the check. The parser must report every
/// error, because each may have a fix; the number of findings is limited later.
fn parse_options(options: &CheckOptions) -> ParseOptions {
    ParseOptions {
        limits: ParseLimits { findings: usize::MAX, ..options.limits },
        placeholders: options.placeholders,
    }
}

fn read_filter(
    store: &Store,
    table: &str,
    text: &str,
    options: &CheckOptions,
) -> Result<Analysis, StoreError> {
    let mut plain = read_plain(store, table, text, options)?;
    if plain.parsed {
        url_rules::check_flow_filter(text, &mut plain.diagnostics);
    }
    if plain.parsed || !url::is_encoded(text) {
        return Ok(plain);
    }
    let decoded = url::decode(text);
    let mut analysis = read_plain(store, table, &decoded.text, options)?;
    let map = |d: Diagnostic| d.map(|s| decoded.to_encoded(s), |r| url::encode(&r).into_owned());
    analysis.diagnostics = analysis.diagnostics.into_iter().map(map).collect();
    Ok(analysis)
}

fn read_plain(
    store: &Store,
    table: &str,
    text: &str,
    options: &CheckOptions,
) -> Result<Analysis, StoreError> {
    let parse = parse_options(options);
    let parsed = parse_filter_recovering(text, &parse);
    let is_odata = parsed.is_ok();
    let mut diagnostics = parsed.diagnostics;
    if !is_odata && let Some(table) = store.table(table)? {
        display_names::explain(table, text, &mut diagnostics);
    }
    let from_parser = diagnostics.len();
    let mut resolved = resolve::filter(store, table, text, &parsed.expr, options)?;
    quoted_names::suggest_columns(resolved.table, &resolved.facts, text, &mut diagnostics);
    lint::filter(text, &parsed.expr, &mut resolved);
    diagnostics.append(&mut resolved.diagnostics);
    let table = resolved.table.map(|t| t.logical_name.clone());
    Ok(Analysis {
        placeholders: Vec::new(),
        parsed: is_odata,
        diagnostics,
        from_parser,
        recovered: false,
        query: resolved.query,
        table,
    })
}

fn read_request(
    store: &Store,
    table: Option<&str>,
    given: &str,
    options: &CheckOptions,
) -> Result<Analysis, StoreError> {
    let batch = batch_lines(given);
    if !batch.is_empty() {
        return read_batch(store, table, given, &batch, options);
    }
    let parse = parse_options(options);
    let text = RequestText::new(given);
    let parsed = parse_request_recovering(&text, &parse);
    let is_odata = parsed.is_ok();
    let mut diagnostics = parsed.diagnostics;
    let mut resolved = resolve::request(store, table, text.decoded(), &parsed.request, options)?;
    if !is_odata && let Some(table) = resolved.table {
        let mut said: Vec<Diagnostic> = Vec::new();
        display_names::explain(table, text.decoded(), &mut resolved.diagnostics);
        resolved.diagnostics.retain(|d| !display_names::is_ours(d));
        display_names::explain(table, text.decoded(), &mut said);
        let said: Vec<Diagnostic> = said.into_iter().map(|d| text.diagnostic_to_original(d)).collect();
        let covered =
            |d: &Diagnostic| said.iter().any(|s| d.span.start >= s.span.start && d.span.start <= s.span.end);
        diagnostics.retain(|d| !d.is_error() || !covered(d));
        diagnostics.extend(said);
    }
    quoted_names::suggest_columns(resolved.table, &resolved.facts, given, &mut diagnostics);
    let from_parser = diagnostics.len();
    lint::request(&text, &parsed.request, &mut resolved);
    diagnostics.extend(resolved.diagnostics.into_iter().map(|d| text.diagnostic_to_original(d)));
    url_rules::check(&text, &parsed.request, &mut diagnostics);
    url_rules::check_carried_fetchxml(store, given, &parsed.request, &mut diagnostics)?;
    let mut query = resolved.query;
    // A request that changes data selects no rows.
    if request_line(given).is_some_and(|line| !matches!(line.method, "GET" | "HEAD")) {
        diagnostics.retain(|d| d.code.family() != CodeFamily::Performance);
        query = None;
    }
    let table = resolved.table.map(|t| t.logical_name.clone());
    Ok(Analysis {
        placeholders: Vec::new(),
        parsed: is_odata,
        diagnostics,
        from_parser,
        recovered: false,
        query,
        table,
    })
}

/// Analyses the requests of a `$batch` body one after the other. `given` is the whole body, to which all
/// spans refer, and `lines` are its requests. `table` is the logical name of the queried table for requests
/// without a path. Returns an error if the schema cannot be read.
fn read_batch(
    store: &Store,
    table: Option<&str>,
    given: &str,
    lines: &[RequestLine],
    options: &CheckOptions,
) -> Result<Analysis, StoreError> {
    let mut whole = Analysis {
        placeholders: Vec::new(),
        recovered: false,
        parsed: true,
        diagnostics: Vec::new(),
        from_parser: 0,
        query: None,
        table: None,
    };
    let mut rest = Vec::new();
    for line in lines {
        let text = given.get(line.target.clone()).unwrap_or_default();
        let mut one = read_request(store, table, text, options)?;
        // A request that changes data selects no rows.
        if !matches!(line.method, "GET" | "HEAD") {
            one.diagnostics.retain(|d| d.code.family() != CodeFamily::Performance);
            one.query = None;
        }
        let by = Span::new(0, line.target.start).end;
        let moved = |d: Diagnostic| d.map(|s| Span { start: s.start + by, end: s.end + by }, |r| r);
        let parsers = one.from_parser.min(one.diagnostics.len());
        rest.extend(one.diagnostics.split_off(parsers).into_iter().map(moved));
        whole.diagnostics.extend(one.diagnostics.into_iter().map(moved));
        whole.parsed &= one.parsed;
        // A batch of one request has the meaning of that request.
        if lines.len() == 1 {
            (whole.query, whole.table) = (one.query, one.table);
        }
    }
    whole.from_parser = whole.diagnostics.len();
    whole.diagnostics.extend(rest);
    Ok(whole)
}

fn read_fetch(store: &Store, given: &str, options: &CheckOptions) -> Result<Analysis, StoreError> {
    let text = FetchText::new(given);
    let parse =
        fetchxml::ParseOptions { placeholders: options.placeholders, ..fetchxml::ParseOptions::default() };
    let parsed = fetchxml::parse_text(&text, &parse);
    let is_fetchxml = parsed.is_ok();
    let mut diagnostics = parsed.diagnostics;
    let from_parser = diagnostics.len();
    let mut resolved = resolve::fetch(store, text.decoded(), &parsed.fetch, options)?;
    lint::fetch(text.decoded(), &parsed.fetch, &mut resolved);
    diagnostics.extend(resolved.diagnostics.into_iter().map(|d| text.diagnostic_to_original(d)));
    url_rules::check_fetchxml_url(store, &text, resolved.table, &mut diagnostics);
    // Other options in the URL that carries the FetchXML also affect the result.
    if let Some(query) = &mut resolved.query {
        query.hints.extend(text.url_options().iter().map(|(name, value)| {
            QueryHint::Unread(UnreadPart {
                kind: UnreadKind::Option,
                element: String::new(),
                name: name.clone(),
                value: value.clone(),
                known: !name.starts_with('$') || name == "$count",
            })
        }));
    }
    let back = |span| text.to_original(span);
    let placeholders = resolved.facts.placeholders.iter().map(|(_, span)| back(*span)).collect();
    let table = resolved.table.map(|t| t.logical_name.clone());
    Ok(Analysis {
        placeholders,
        parsed: is_fetchxml,
        diagnostics,
        from_parser,
        recovered: false,
        query: resolved.query,
        table,
    })
}
