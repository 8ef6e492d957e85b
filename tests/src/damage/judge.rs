//! What a certain fix made of a damaged query.

use std::collections::BTreeMap;

use dvkit_diagnostic::Diagnostic;
use dvkit_query::hir::Query;
use dvkit_query::{CheckOptions, CheckReport};

use super::{Damage, Subject};
use crate::generate::written_out;
use crate::rows::{database, same_rows, world};

/// How it came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The damaged text is no error, and keeps its meaning.
    Right,
    /// No fix is certain.
    Left,
    /// The fix restores the meaning.
    Mended,
    /// The fix means something else: the fixed text.
    Changed(String),
}

/// Judges the certain fix of `damaged`, which was made from `subject`; `first` is what its check found.
#[must_use]
pub fn judge(subject: &Subject, damaged: &str, first: CheckReport, options: &CheckOptions) -> Outcome {
    let is_right = first.is_ok();
    let Some(rewritten) = first.rewritten else { return Outcome::Left };
    if is_right && rewritten == damaged {
        return Outcome::Right;
    }
    let Some(fixed) = subject.language.check(&rewritten, options).query else {
        return Outcome::Changed(rewritten);
    };
    if is_right {
        return match first.query {
            Some(now) if !same(&now, &fixed) && !same(&subject.meaning, &fixed) => {
                Outcome::Changed(rewritten)
            }
            _ => Outcome::Right,
        };
    }
    if same(&subject.meaning, &fixed) { Outcome::Mended } else { Outcome::Changed(rewritten) }
}

/// The same meaning, or at least the same rows of several random databases.
fn same(a: &Query, b: &Query) -> bool {
    if written_out(a.clone()) == written_out(b.clone()) {
        return true;
    }
    // Names of aggregates and the like are part of an answer.
    let rows = |seed| same_rows(a, b, &database(seed, a), &world());
    let judged: Vec<_> = (0..12).map(rows).collect();
    judged.iter().all(|r| matches!(r, Ok(Some(_))))
        && judged.iter().any(|r| matches!(r, Ok(Some(n)) if *n > 0))
}

/// Every edit that is suggested lies within the text, on the boundaries of characters, overlaps no other of its suggestion,
/// and changes the text.
///
/// # Errors
/// What is wrong with which suggestion.
pub fn edits_hold(text: &str, diagnostics: &[Diagnostic]) -> Result<(), String> {
    for d in diagnostics {
        for s in d.suggestions.iter().filter(|s| !s.edits.is_empty()) {
            let applied =
                dvkit_diagnostic::apply(text, &s.edits).map_err(|e| format!("{text}\n{e}: {d:?}"))?;
            if applied == text {
                return Err(format!("{text}\nan edit that changes nothing: {d:?}"));
            }
        }
    }
    Ok(())
}

/// Outcomes, by kind of damage.
#[derive(Default)]
pub struct Tally {
    counts: BTreeMap<Damage, [usize; 4]>,
}

impl Tally {
    /// Counts one.
    pub fn count(&mut self, damage: Damage, outcome: &Outcome) {
        let column = match outcome {
            Outcome::Right => 0,
            Outcome::Left => 1,
            Outcome::Mended => 2,
            Outcome::Changed(_) => 3,
        };
        self.counts.entry(damage).or_default()[column] += 1;
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        for (damage, counts) in &other.counts {
            let own = self.counts.entry(*damage).or_default();
            own.iter_mut().zip(counts).for_each(|(own, more)| *own += more);
        }
    }

    /// How many were wrong, and how many of them were mended: of one kind, or of all.
    #[must_use]
    pub fn recall(&self, damage: Option<Damage>) -> (usize, usize) {
        let of = self.counts.iter().filter(|(d, _)| damage.is_none_or(|wanted| wanted == **d));
        of.fold((0, 0), |(wrong, mended), (_, c)| (wrong + c[1] + c[2] + c[3], mended + c[2]))
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{:<16}{:>10}{:>10}{:>10}{:>10}", "damage", "right", "left", "mended", "changed")?;
        for (damage, [right, left, mended, changed]) in &self.counts {
            writeln!(f, "{:<16}{right:>10}{left:>10}{mended:>10}{changed:>10}", format!("{damage:?}"))?;
        }
        let (wrong, mended) = self.recall(None);
        writeln!(f, "{mended} of {wrong} mended")
    }
}
