//! Parses, resolves and lints one text as it is written.

use dvkit_diagnostic::{CodeFamily, Diagnostic, Span};
use dvkit_schema::{Store, StoreError};
use fetchxml::FetchText;
use odata_parser::{
    ParseLimits, ParseOptions, RequestLine, RequestText, batch_lines, parse_filter_recovering,
    parse_request_recovering, request_line, url,
};

use super::{QueryText, suggestions};
use crate::Options;
use crate::hir::{Extra, Query, Unread, UnreadKind};
use crate::{display_names, lint, resolve, url_rules};

/// What is known of one text after it was parsed, resolved and linted.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Whether the text is syntactically OData, or FetchXML.
    pub parsed: bool,
    /// The findings: the parser's first, then those of names, types and lints. They are not sorted, and their number is not
    /// bounded.
    pub diagnostics: Vec<Diagnostic>,
    /// The number of diagnostics that are the parser's.
    pub(crate) from_parser: usize,
    /// Whether one lost or doubled token was found that explains every other finding.
    pub(crate) recovered: bool,
    /// The meaning, where every name and value could be resolved. It is boxed because an analysis is moved often.
    pub query: Option<Box<Query>>,
    /// The spans of placeholders that stand for words which decide what is asked for (an operator, a name).
    pub placeholders: Vec<Span>,
    /// The table of the rows that are asked for, by logical name.
    pub table: Option<String>,
}

/// Parses, resolves and lints `query` as it is written.
///
/// # Errors
/// Where the snapshot cannot be read, or does not hold the table of a filter.
pub(crate) fn analyze_as_written(
    store: &Store,
    query: QueryText<'_>,
    options: &Options,
) -> Result<Analysis, StoreError> {
    let mut analysis = match query {
        QueryText::Filter { table, text } => read_filter(store, table, text, options)?,
        QueryText::Request { table, text } => read_request(store, table, text, options)?,
        QueryText::FetchXml(text) => read_fetch(store, text, options)?,
    };
    if analysis.diagnostics.is_empty() {
        return Ok(analysis);
    }
    suggestions::keep_promises(query.text(), &mut analysis.diagnostics);
    if !options.severities.is_empty() {
        // The parser's are all of syntax and stay: `from_parser` goes on to count them.
        lint::set_severities(&mut analysis.diagnostics, &options.severities);
    }
    Ok(analysis)
}

/// How a text is read: every mistake is wanted, because each may have a fix. What is told of them is bounded later.
fn parse_options(options: &Options) -> ParseOptions {
    ParseOptions {
        limits: ParseLimits { findings: usize::MAX, ..options.limits },
        placeholders: options.placeholders,
    }
}

fn read_filter(store: &Store, table: &str, text: &str, options: &Options) -> Result<Analysis, StoreError> {
    let mut plain = read_plain(store, table, text, options)?;
    if plain.parsed {
        url_rules::filter_rows(text, &mut plain.diagnostics);
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

fn read_plain(store: &Store, table: &str, text: &str, options: &Options) -> Result<Analysis, StoreError> {
    let parse = parse_options(options);
    let parsed = parse_filter_recovering(text, &parse);
    let is_odata = parsed.is_ok();
    let mut diagnostics = parsed.diagnostics;
    if !is_odata && let Some(table) = store.table(table)? {
        display_names::explain(table, text, &mut diagnostics);
    }
    let from_parser = diagnostics.len();
    let mut resolved = resolve::filter(store, table, text, &parsed.expr, options)?;
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
    options: &Options,
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
        let told =
            |d: &Diagnostic| said.iter().any(|s| d.span.start >= s.span.start && d.span.start <= s.span.end);
        diagnostics.retain(|d| !d.is_error() || !told(d));
        diagnostics.extend(said);
    }
    let from_parser = diagnostics.len();
    lint::request(&text, &parsed.request, &mut resolved);
    diagnostics.extend(resolved.diagnostics.into_iter().map(|d| text.diagnostic_to_original(d)));
    url_rules::check(&text, &parsed.request, &mut diagnostics);
    url_rules::carried(store, given, &parsed.request, &mut diagnostics)?;
    let mut query = resolved.query;
    // What is sent to change something asks for no rows.
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

/// The requests of a `$batch` body, one after the other; spans are into the whole.
fn read_batch(
    store: &Store,
    table: Option<&str>,
    given: &str,
    lines: &[RequestLine],
    options: &Options,
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
        if !matches!(line.method, "GET" | "HEAD") {
            one.diagnostics.retain(|d| d.code.family() != CodeFamily::Performance);
        }
        let by = Span::new(0, line.target.start).end;
        let moved = |d: Diagnostic| d.map(|s| Span { start: s.start + by, end: s.end + by }, |r| r);
        let parsers = one.from_parser.min(one.diagnostics.len());
        rest.extend(one.diagnostics.split_off(parsers).into_iter().map(moved));
        whole.diagnostics.extend(one.diagnostics.into_iter().map(moved));
        whole.parsed &= one.parsed;
        // One request is asked as if it stood alone.
        if lines.len() == 1 {
            (whole.query, whole.table) = (one.query, one.table);
        }
    }
    whole.from_parser = whole.diagnostics.len();
    whole.diagnostics.extend(rest);
    Ok(whole)
}

fn read_fetch(store: &Store, given: &str, options: &Options) -> Result<Analysis, StoreError> {
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
    url_rules::fetch(store, &text, resolved.table, &mut diagnostics);
    // What stands beside the query in a URL asks for something too.
    if let Some(query) = &mut resolved.query {
        query.extras.extend(text.url_options().iter().map(|(name, value)| {
            Extra::Unread(Unread {
                kind: UnreadKind::Option,
                element: String::new(),
                name: name.clone(),
                value: value.clone(),
                known: !name.starts_with('$') || name == "$count",
            })
        }));
    }
    let back = |span| text.to_original(span);
    let placeholders = resolved.facts.holes.iter().map(|(_, span)| back(*span)).collect();
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
