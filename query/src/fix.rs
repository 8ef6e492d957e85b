//! Applying suggestions until nothing is left to apply.
//!
//! One round applies every machine-applicable suggestion whose edits do not overlap a wider one's, then the text is
//! read again; so fixes compose (a misspelt column within a function that Dataverse does not have), and what is
//! called right has been checked.

use std::collections::BTreeSet;

use dvkit_diagnostic::{Applicability, Diagnostic, Edit, Span, Suggestion, apply, code};
use dvkit_schema::{Store, StoreError};

use crate::Options;
use crate::analysis::{Analysis, QueryText, analyze};

/// More rounds than any real filter needs; a bound, so that two laws that undo each other cannot run forever.
const ROUNDS: usize = 8;

/// What the certain fixes of a text lead to.
pub(crate) enum Fixed {
    /// The text that Dataverse accepts.
    Text(String),
    /// Something is left that no tool can mend; the error that nobody was told of yet, where the fixes led to one.
    Left(Option<Diagnostic>),
}

/// The text that Dataverse accepts, from a analysis of `text`.
///
/// # Errors
/// Where the snapshot cannot be read.
pub(crate) fn fix(
    store: &Store,
    query: QueryText<'_>,
    first: &Analysis,
    options: &Options,
) -> Result<Fixed, StoreError> {
    let mut text = query.text().to_owned();
    if first.diagnostics.is_empty() {
        return Ok(Fixed::Text(text));
    }
    let mut next: Option<Analysis> = None;
    for _ in 0..=ROUNDS {
        let analysis = next.as_ref().unwrap_or(first);
        // What was not read to its end has more to mend than anybody knows; that is said among the findings.
        let mut by_parser = analysis.diagnostics.iter().take(analysis.from_parser);
        if !analysis.parsed && by_parser.any(|d| d.code == code::MORE_FINDINGS) {
            return Ok(Fixed::Left(None));
        }
        // A text that is no OData yet is made OData first: what its recovered tree means is a guess.
        let seen = if analysis.parsed { analysis.diagnostics.len() } else { analysis.from_parser };
        // Where something in it has no certain fix, nothing in it is certain.
        if analysis
            .diagnostics
            .iter()
            .take(seen)
            .any(|d| d.is_error() && !analysis.parsed && !analysis.recovered && d.fix().is_none())
        {
            return Ok(Fixed::Left(untold(first, analysis)));
        }
        let edits = applicable(analysis.diagnostics.iter().take(seen));
        if edits.is_empty() {
            let clean = !analysis.diagnostics.iter().any(Diagnostic::is_error);
            return Ok(if clean { Fixed::Text(text) } else { Fixed::Left(untold(first, analysis)) });
        }
        let Ok(changed) = apply(&text, &edits) else { return Ok(Fixed::Left(None)) };
        text = changed;
        next = Some(analyze(store, query.with_text(&text), options)?);
    }
    Ok(Fixed::Left(None))
}

/// The first error of the last analysis that the first does not have.
fn untold(first: &Analysis, last: &Analysis) -> Option<Diagnostic> {
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
