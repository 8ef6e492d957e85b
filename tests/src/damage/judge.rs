//! Judges the automatic fix of a damaged query: compares its meaning with that of the undamaged query.

use std::collections::BTreeMap;

use dvkit_diagnostic::Diagnostic;
use dvkit_query::hir::Query;
use dvkit_query::{CheckOptions, CheckReport};

use super::{Damage, Subject};
use crate::generate::lists_as_comparisons;
use crate::rows::{database, same_rows, world};

/// The result of damaging and fixing a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The damaged text is valid, and its fix, if there is one, keeps its meaning.
    StillValid,
    /// There is no automatic fix.
    NotFixed,
    /// The fixed text has the meaning of the undamaged query.
    Fixed,
    /// The fixed text has another meaning. The field is the fixed text.
    FixedWrongly(String),
}

/// Judges the automatic fix of `damaged`, a damaged text of the query `subject`. `first` is the result of
/// checking `damaged` with `options`.
#[must_use]
pub fn judge(subject: &Subject, damaged: &str, first: CheckReport, options: &CheckOptions) -> Outcome {
    let is_right = first.is_ok();
    let Some(rewritten) = first.rewritten else { return Outcome::NotFixed };
    if is_right && rewritten == damaged {
        return Outcome::StillValid;
    }
    let Some(fixed) = subject.language.check(&rewritten, options).query else {
        return Outcome::FixedWrongly(rewritten);
    };
    if is_right {
        return match first.query {
            Some(now) if !same(&now, &fixed) && !same(&subject.meaning, &fixed) => {
                Outcome::FixedWrongly(rewritten)
            }
            _ => Outcome::StillValid,
        };
    }
    if same(&subject.meaning, &fixed) { Outcome::Fixed } else { Outcome::FixedWrongly(rewritten) }
}

/// Returns whether two queries have the same meaning, or at least return the same rows from several random
/// databases.
fn same(a: &Query, b: &Query) -> bool {
    if lists_as_comparisons(a.clone()) == lists_as_comparisons(b.clone()) {
        return true;
    }
    // Names of aggregates and the like are part of the result.
    let rows = |seed| same_rows(a, b, &database(seed, a), &world());
    let judged: Vec<_> = (0..12).map(rows).collect();
    judged.iter().all(|r| matches!(r, Ok(Some(_))))
        && judged.iter().any(|r| matches!(r, Ok(Some(n)) if *n > 0))
}

/// Checks the edits of every suggestion: each lies within the text and on character boundaries, overlaps no
/// other edit of its suggestion, and changes the text.
///
/// # Errors
/// Returns a description of the first suggestion that is wrong.
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

/// The numbers of outcomes, by kind of damage.
#[derive(Default)]
pub struct Tally {
    counts: BTreeMap<Damage, [usize; 4]>,
}

impl Tally {
    /// Counts one outcome of the kind of damage `damage`.
    pub fn count(&mut self, damage: Damage, outcome: &Outcome) {
        let column = match outcome {
            Outcome::StillValid => 0,
            Outcome::NotFixed => 1,
            Outcome::Fixed => 2,
            Outcome::FixedWrongly(_) => 3,
        };
        self.counts.entry(damage).or_default()[column] += 1;
    }

    /// Adds the numbers of another tally to this one.
    pub fn add(&mut self, other: &Self) {
        for (damage, counts) in &other.counts {
            let own = self.counts.entry(*damage).or_default();
            own.iter_mut().zip(counts).for_each(|(own, more)| *own += more);
        }
    }

    /// Returns the number of damaged texts that were invalid, and how many of these were fixed. `damage`
    /// selects one kind of damage; `None` selects all.
    #[must_use]
    pub fn broken_and_fixed(&self, damage: Option<Damage>) -> (usize, usize) {
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
        let (wrong, mended) = self.broken_and_fixed(None);
        writeln!(f, "{mended} of {wrong} mended")
    }
}
