//! Applying suggestions until nothing is left to apply.
//!
//! One round applies every machine-applicable suggestion whose edits do not overlap a wider one's, then the text is
//! read again; so fixes compose (a misspelt column within a function that Dataverse does not have), and what is
//! called right has been checked.

use dvkit_diagnostic::{Applicability, Diagnostic, Edit, Span, Suggestion, apply};
use dvkit_schema::{Store, StoreError};
use odata_parser::{Options as ParseOptions, parse_filter_recovering, url};

use crate::Options;
use crate::hir::Query;
use crate::resolve::resolve;

/// More rounds than any real filter needs; a bound, so that two laws that undo each other cannot run forever.
const ROUNDS: usize = 8;

/// One reading of a text.
pub(crate) struct Reading {
    pub(crate) parsed: bool,
    /// The parser's first, then the resolver's.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// How many of them are the parser's.
    pub(crate) from_parser: usize,
    pub(crate) query: Option<Query>,
}

pub(crate) fn read(store: &Store, table: &str, text: &str, options: &Options) -> Result<Reading, StoreError> {
    let plain = read_plain(store, table, text, options)?;
    if plain.parsed || !url::is_encoded(text) {
        return Ok(plain);
    }
    let decoded = url::decode(text);
    let mut reading = read_plain(store, table, &decoded.text, options)?;
    let map = |d: Diagnostic| d.map(|s| decoded.span(s), |r| url::encode(&r).into_owned());
    reading.diagnostics = reading.diagnostics.into_iter().map(map).collect();
    Ok(reading)
}

fn read_plain(store: &Store, table: &str, text: &str, options: &Options) -> Result<Reading, StoreError> {
    let parse = ParseOptions { limits: options.limits, holes: options.placeholders };
    let parsed = parse_filter_recovering(text, &parse);
    let is_odata = parsed.is_ok();
    let mut diagnostics = parsed.diagnostics;
    let from_parser = diagnostics.len();
    let resolved = resolve(store, table, text, &parsed.expr, options)?;
    diagnostics.extend(resolved.diagnostics);
    Ok(Reading { parsed: is_odata, diagnostics, from_parser, query: resolved.query })
}

/// The text that Dataverse accepts, from a reading of `text`; none where an error remains.
///
/// # Errors
/// Where the snapshot cannot be read.
pub(crate) fn fix(
    store: &Store,
    table: &str,
    text: &str,
    first: &Reading,
    options: &Options,
) -> Result<Option<String>, StoreError> {
    let mut text = text.to_owned();
    let mut next: Option<Reading> = None;
    for _ in 0..=ROUNDS {
        let reading = next.as_ref().unwrap_or(first);
        // A text that is no OData yet is made OData first: what its recovered tree means is a guess.
        let seen = if reading.parsed { reading.diagnostics.len() } else { reading.from_parser };
        let edits = applicable(reading.diagnostics.iter().take(seen));
        if edits.is_empty() {
            let clean = !reading.diagnostics.iter().any(Diagnostic::is_error);
            return Ok(clean.then_some(text));
        }
        let Ok(changed) = apply(&text, &edits) else { return Ok(None) };
        text = changed;
        next = Some(read(store, table, &text, options)?);
    }
    Ok(None)
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
    let mut taken: Vec<Edit> = Vec::new();
    for fix in fixes {
        let free = |e: &Edit| !taken.iter().any(|t| touches(t.span, e.span));
        if fix.edits.iter().all(free) {
            taken.extend(fix.edits.iter().cloned());
        }
    }
    taken
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
