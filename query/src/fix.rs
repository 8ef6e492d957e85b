//! Applies the suggestions of an analysis to its text, repeatedly, until no suggestion is left.
//! [`check`](crate::check) calls it to get the text that Dataverse accepts.
//!
//! Each round applies every machine-applicable suggestion, except one that overlaps a wider suggestion, and
//! analyses the changed text. So a fix can build on another one (a misspelt column within a function that
//! Dataverse does not have), and the final text has been analysed too.

use std::collections::BTreeSet;

use dvkit_diagnostic::{Applicability, Diagnostic, Edit, Span, Suggestion, apply, code};
use dvkit_schema::{Store, StoreError};

use crate::CheckOptions;
use crate::analysis::{Analysis, QueryText, analyze};

/// The maximum number of rounds in which fixes are applied. No known query needs this many; the limit ends
/// the loop if two rewrites undo each other.
const MAX_ROUNDS: usize = 8;

/// The result of applying the machine-applicable suggestions to a text until none is left.
pub(crate) enum FixOutcome {
    /// No error is left. The field is the fixed text, which Dataverse accepts.
    Accepted(String),
    /// An error without an automatic fix is left. The field is this error if the fixes caused it; `None` if
    /// the original text had it already, or if no particular error is known.
    NotFixed(Option<Diagnostic>),
}

/// Applies the machine-applicable suggestions to `query` until none is left. `first` is the analysis of
/// `query`, whose suggestions are applied in the first round.
///
/// # Errors
/// Returns an error if the snapshot cannot be read.
pub(crate) fn fix(
    store: &Store,
    query: QueryText<'_>,
    first: &Analysis,
    options: &CheckOptions,
) -> Result<FixOutcome, StoreError> {
    let mut text = query.text().to_owned();
    if first.diagnostics.is_empty() {
        return Ok(FixOutcome::Accepted(text));
    }
    let mut next: Option<Analysis> = None;
    for _ in 0..=MAX_ROUNDS {
        let analysis = next.as_ref().unwrap_or(first);
        // The parser gave up before the end of the text, so it may contain errors that are not known.
        let mut by_parser = analysis.diagnostics.iter().take(analysis.from_parser);
        if !analysis.parsed && by_parser.any(|d| d.code == code::MORE_FINDINGS) {
            return Ok(FixOutcome::NotFixed(None));
        }
        // A text that is not valid OData yet is made valid first, because the meaning of a recovered tree is
        // a guess.
        let seen = if analysis.parsed { analysis.diagnostics.len() } else { analysis.from_parser };
        // While one syntax error has no fix, no other fix is certain.
        if analysis
            .diagnostics
            .iter()
            .take(seen)
            .any(|d| d.is_error() && !analysis.parsed && !analysis.recovered && d.fix().is_none())
        {
            return Ok(FixOutcome::NotFixed(new_error(first, analysis)));
        }
        let edits = applicable(analysis.diagnostics.iter().take(seen));
        if edits.is_empty() {
            let clean = !analysis.diagnostics.iter().any(Diagnostic::is_error);
            return Ok(if clean {
                FixOutcome::Accepted(text)
            } else {
                FixOutcome::NotFixed(new_error(first, analysis))
            });
        }
        let Ok(changed) = apply(&text, &edits) else { return Ok(FixOutcome::NotFixed(None)) };
        text = changed;
        next = Some(analyze(store, query.with_text(&text), options)?);
    }
    Ok(FixOutcome::NotFixed(None))
}

/// Returns the first error in `last` that has no fix and does not occur in `first`; `None` if there is none.
fn new_error(first: &Analysis, last: &Analysis) -> Option<Diagnostic> {
    let known =
        |d: &&Diagnostic| first.diagnostics.iter().any(|f| f.code == d.code && f.message == d.message);
    last.diagnostics.iter().find(|d| d.is_error() && d.fix().is_none() && !known(d)).cloned()
}

/// Returns the edits to apply in one round: those of the machine-applicable suggestions. If two suggestions
/// overlap, only the wider one is used, because its replacement is printed from the meaning and therefore
/// contains the narrower fix.
fn applicable<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>) -> Vec<Edit> {
    let mut fixes: Vec<&Suggestion> = diagnostics
        .filter_map(|d| d.suggestions.iter().find(|s| s.applicability == Applicability::MachineApplicable))
        .filter(|s| !s.edits.is_empty())
        .collect();
    fixes.sort_by_key(|s| {
        let span = extent(s);
        (std::cmp::Reverse(span.len()), span.start)
    });
    let mut chosen = EditSet::default();
    for fix in fixes {
        if fix.edits.iter().all(|e| chosen.is_free(e.span)) {
            fix.edits.iter().for_each(|e| chosen.insert(e));
        }
    }
    chosen.edits
}

/// A set of edits of one text that do not overlap, and of which no two insert at one offset.
#[derive(Default)]
struct EditSet {
    edits: Vec<Edit>,
    /// The start and end offsets of the edits in bytes, ordered by start. An insertion comes before another
    /// edit that starts at the same offset.
    spans: BTreeSet<(u32, u32)>,
}

impl EditSet {
    /// Returns whether an edit of `span` would touch no edit of the set. Only the two neighbouring edits are
    /// compared, because the edits of the set do not overlap.
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

/// Returns whether two spans cannot both be edited: they overlap, they are insertions at the same offset
/// (whose order would be undefined), or one is an insertion within the other.
fn touches(a: Span, b: Span) -> bool {
    a.overlaps(b)
        || a == b
        || (a.is_empty() && b.start < a.start && a.start < b.end)
        || (b.is_empty() && a.start < b.start && b.start < a.end)
}
