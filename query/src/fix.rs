//! Applying suggestions until nothing is left to apply.
//!
//! One round applies every machine-applicable suggestion whose edits do not overlap a wider one's, then the text is
//! read again; so fixes compose (a misspelt column within a function that Dataverse does not have), and what is
//! called right has been checked.

mod lost;
mod promise;

use std::collections::BTreeSet;

use dvkit_diagnostic::{Applicability, CodeFamily, Diagnostic, Edit, Span, Suggestion, apply, code};
use dvkit_schema::{Store, StoreError};
use fetchxml::FetchText;
use odata_parser::{
    ParseLimits, ParseOptions, RequestLine, RequestText, batch_lines, parse_filter_recovering,
    parse_request_recovering, request_line, url,
};

use crate::Options;
use crate::hir::{Extra, Query, Unread, UnreadKind};
use crate::{display_names, resolve, transport};

/// More rounds than any real filter needs; a bound, so that two laws that undo each other cannot run forever.
const ROUNDS: usize = 8;

/// What a text is.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Subject<'t> {
    /// A filter on the rows of this table.
    Filter(&'t str),
    /// A whole request; one without a path is about this table.
    Request(Option<&'t str>),
    /// A FetchXML query.
    Fetch,
}

/// One reading of a text.
pub(crate) struct Reading {
    pub(crate) parsed: bool,
    /// The parser's first, then the resolver's.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// How many of them are the parser's.
    pub(crate) from_parser: usize,
    /// Was something lost that is found again, so that everything said of the rest has one cause?
    pub(crate) found: bool,
    /// Boxed: a reading goes through many hands.
    pub(crate) query: Option<Box<Query>>,
    /// Where placeholders stand in place of words that decide what is asked for.
    pub(crate) holes: Vec<Span>,
    /// The table of the rows that are asked for.
    pub(crate) table: Option<String>,
}

/// Reads a text; where something in it was lost or is there twice, and only one text without that has a meaning, that is
/// suggested too.
pub(crate) fn read(
    store: &Store,
    subject: Subject<'_>,
    text: &str,
    options: &Options,
) -> Result<Reading, StoreError> {
    let mut reading = read_as_is(store, subject, text, options)?;
    if reading.diagnostics.iter().any(Diagnostic::is_error) {
        lost::find(store, subject, text, options, &mut reading)?;
    }
    Ok(reading)
}

/// Reads a text as it stands.
fn read_as_is(
    store: &Store,
    subject: Subject<'_>,
    text: &str,
    options: &Options,
) -> Result<Reading, StoreError> {
    let mut reading = match subject {
        Subject::Filter(table) => read_filter(store, table, text, options)?,
        Subject::Request(table) => read_request(store, table, text, options)?,
        Subject::Fetch => read_fetch(store, text, options)?,
    };
    if reading.diagnostics.is_empty() {
        return Ok(reading);
    }
    promise::keep(text, &mut reading.diagnostics);
    if !options.severities.is_empty() {
        // The parser's are all of syntax and stay: `from_parser` goes on to count them.
        crate::lint::set_severities(&mut reading.diagnostics, &options.severities);
    }
    Ok(reading)
}

/// How a text is read: every mistake is wanted, because each may have a fix. What is told of them is bounded later.
fn parse_options(options: &Options) -> ParseOptions {
    ParseOptions {
        limits: ParseLimits { findings: usize::MAX, ..options.limits },
        placeholders: options.placeholders,
    }
}

fn read_filter(store: &Store, table: &str, text: &str, options: &Options) -> Result<Reading, StoreError> {
    let mut plain = read_plain(store, table, text, options)?;
    if plain.parsed {
        transport::filter_rows(text, &mut plain.diagnostics);
    }
    if plain.parsed || !url::is_encoded(text) {
        return Ok(plain);
    }
    let decoded = url::decode(text);
    let mut reading = read_plain(store, table, &decoded.text, options)?;
    let map = |d: Diagnostic| d.map(|s| decoded.to_encoded(s), |r| url::encode(&r).into_owned());
    reading.diagnostics = reading.diagnostics.into_iter().map(map).collect();
    Ok(reading)
}

fn read_plain(store: &Store, table: &str, text: &str, options: &Options) -> Result<Reading, StoreError> {
    let parse = parse_options(options);
    let parsed = parse_filter_recovering(text, &parse);
    let is_odata = parsed.is_ok();
    let mut diagnostics = parsed.diagnostics;
    if !is_odata && let Some(table) = store.table(table)? {
        display_names::explain(table, text, &mut diagnostics);
    }
    let from_parser = diagnostics.len();
    let mut resolved = resolve::filter(store, table, text, &parsed.expr, options)?;
    crate::lint::filter(text, &parsed.expr, &mut resolved);
    diagnostics.append(&mut resolved.diagnostics);
    let table = resolved.table.map(|t| t.logical_name.clone());
    Ok(Reading {
        holes: Vec::new(),
        parsed: is_odata,
        diagnostics,
        from_parser,
        found: false,
        query: resolved.query,
        table,
    })
}

fn read_request(
    store: &Store,
    table: Option<&str>,
    given: &str,
    options: &Options,
) -> Result<Reading, StoreError> {
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
    crate::lint::request(&text, &parsed.request, &mut resolved);
    diagnostics.extend(resolved.diagnostics.into_iter().map(|d| text.diagnostic_to_original(d)));
    transport::check(&text, &parsed.request, &mut diagnostics);
    transport::carried(store, given, &parsed.request, &mut diagnostics)?;
    let mut query = resolved.query;
    // What is sent to change something asks for no rows.
    if request_line(given).is_some_and(|line| !matches!(line.method, "GET" | "HEAD")) {
        diagnostics.retain(|d| d.code.family() != CodeFamily::Performance);
        query = None;
    }
    let table = resolved.table.map(|t| t.logical_name.clone());
    Ok(Reading { holes: Vec::new(), parsed: is_odata, diagnostics, from_parser, found: false, query, table })
}

/// The requests of a `$batch` body, one after the other; spans are into the whole.
fn read_batch(
    store: &Store,
    table: Option<&str>,
    given: &str,
    lines: &[RequestLine],
    options: &Options,
) -> Result<Reading, StoreError> {
    let mut whole = Reading {
        holes: Vec::new(),
        found: false,
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

fn read_fetch(store: &Store, given: &str, options: &Options) -> Result<Reading, StoreError> {
    let text = FetchText::new(given);
    let parse =
        fetchxml::ParseOptions { placeholders: options.placeholders, ..fetchxml::ParseOptions::default() };
    let parsed = fetchxml::parse_text(&text, &parse);
    let is_fetchxml = parsed.is_ok();
    let mut diagnostics = parsed.diagnostics;
    let from_parser = diagnostics.len();
    let mut resolved = resolve::fetch(store, text.decoded(), &parsed.fetch, options)?;
    crate::lint::fetch(text.decoded(), &parsed.fetch, &mut resolved);
    diagnostics.extend(resolved.diagnostics.into_iter().map(|d| text.diagnostic_to_original(d)));
    crate::transport::fetch(store, &text, resolved.table, &mut diagnostics);
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
    let holes = resolved.facts.holes.iter().map(|(_, span)| back(*span)).collect();
    let table = resolved.table.map(|t| t.logical_name.clone());
    Ok(Reading {
        holes,
        parsed: is_fetchxml,
        diagnostics,
        from_parser,
        found: false,
        query: resolved.query,
        table,
    })
}

/// What the certain fixes of a text lead to.
pub(crate) enum Fixed {
    /// The text that Dataverse accepts.
    Text(String),
    /// Something is left that no tool can mend; the error that nobody was told of yet, where the fixes led to one.
    Left(Option<Diagnostic>),
}

/// The text that Dataverse accepts, from a reading of `text`.
///
/// # Errors
/// Where the snapshot cannot be read.
pub(crate) fn fix(
    store: &Store,
    subject: Subject<'_>,
    text: &str,
    first: &Reading,
    options: &Options,
) -> Result<Fixed, StoreError> {
    let mut text = text.to_owned();
    if first.diagnostics.is_empty() {
        return Ok(Fixed::Text(text));
    }
    let mut next: Option<Reading> = None;
    for _ in 0..=ROUNDS {
        let reading = next.as_ref().unwrap_or(first);
        // What was not read to its end has more to mend than anybody knows; that is said among the findings.
        let mut by_parser = reading.diagnostics.iter().take(reading.from_parser);
        if !reading.parsed && by_parser.any(|d| d.code == code::MORE_FINDINGS) {
            return Ok(Fixed::Left(None));
        }
        // A text that is no OData yet is made OData first: what its recovered tree means is a guess.
        let seen = if reading.parsed { reading.diagnostics.len() } else { reading.from_parser };
        // Where something in it has no certain fix, nothing in it is certain.
        if reading
            .diagnostics
            .iter()
            .take(seen)
            .any(|d| d.is_error() && !reading.parsed && !reading.found && d.fix().is_none())
        {
            return Ok(Fixed::Left(untold(first, reading)));
        }
        let edits = applicable(reading.diagnostics.iter().take(seen));
        if edits.is_empty() {
            let clean = !reading.diagnostics.iter().any(Diagnostic::is_error);
            return Ok(if clean { Fixed::Text(text) } else { Fixed::Left(untold(first, reading)) });
        }
        let Ok(changed) = apply(&text, &edits) else { return Ok(Fixed::Left(None)) };
        text = changed;
        next = Some(read(store, subject, &text, options)?);
    }
    Ok(Fixed::Left(None))
}

/// The first error of the last reading that the first does not have.
fn untold(first: &Reading, last: &Reading) -> Option<Diagnostic> {
    let told = |d: &&Diagnostic| first.diagnostics.iter().any(|f| f.code == d.code && f.message == d.message);
    last.diagnostics.iter().find(|d| d.is_error() && d.fix().is_none() && !told(d)).cloned()
}

/// The edits of one round: of suggestions that overlap, the widest wins, because its replacement is emitted from the
/// meaning and holds the narrower fixes already.
fn applicable<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>) -> Vec<Edit> {
    let mut fixes: Vec<&Suggestion> = diagnostics
        .filter_map(|d| d.suggestions.iter().find(|s| s.applicability == Applicability::MachineApplicable))
        .filter(|s| !s.edits.is_empty())
        .collect();
    fixes.sort_by_key(|s| {
        let span = extent(s);
        (std::cmp::Reverse(span.len()), span.start)
    });
    let mut taken = Taken::default();
    for fix in fixes {
        if fix.edits.iter().all(|e| taken.is_free(e.span)) {
            fix.edits.iter().for_each(|e| taken.insert(e));
        }
    }
    taken.edits
}

/// Edits that do not touch one another.
#[derive(Default)]
struct Taken {
    edits: Vec<Edit>,
    /// By their beginnings, insertions before what begins at the same place.
    spans: BTreeSet<(u32, u32)>,
}

impl Taken {
    /// Only the neighbours can touch: those that were taken do not overlap one another.
    fn is_free(&self, span: Span) -> bool {
        let near = |&(start, end): &(u32, u32)| touches(Span { start, end }, span);
        let before = self.spans.range(..(span.start, 0)).next_back();
        let behind = self.spans.range((span.start, 0)..).take_while(|s| s.0 <= span.end);
        !before.is_some_and(near) && !behind.take(3).any(near)
    }

    fn insert(&mut self, edit: &Edit) {
        self.spans.insert((edit.span.start, edit.span.end));
        self.edits.push(edit.clone());
    }
}

fn extent(suggestion: &Suggestion) -> Span {
    let mut spans = suggestion.edits.iter().map(|e| e.span);
    let first = spans.next().unwrap_or_default();
    spans.fold(first, Span::to)
}

/// Overlapping, or two insertions at one place, whose order nobody chose, or an insertion inside the other.
fn touches(a: Span, b: Span) -> bool {
    a.overlaps(b)
        || a == b
        || (a.is_empty() && b.start < a.start && a.start < b.end)
        || (b.is_empty() && a.start < b.start && b.start < a.end)
}
