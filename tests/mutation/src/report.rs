//! The result as Markdown: a table by package, a table by kind, and the survivors.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::judge::{Fate, Judgement, Reach};

/// Counts of one row.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    own: usize,
    others: usize,
    timeouts: usize,
    survived: usize,
    unreached: usize,
    equivalent: usize,
}

impl Counts {
    fn add(&mut self, judgement: &Judgement) {
        match judgement.fate {
            Fate::KilledByOwn => self.own += 1,
            Fate::KilledByOthers => self.others += 1,
            Fate::Survived => self.survived += 1,
            Fate::Unreached => self.unreached += 1,
            Fate::Equivalent => self.equivalent += 1,
        }
        self.timeouts += usize::from(judgement.is_timeout);
    }

    /// Returns the number of mutants that count.
    fn judged(self) -> usize {
        self.own + self.others + self.survived + self.unreached
    }

    fn row(self, name: &str) -> String {
        let Counts { own, others, timeouts, survived, unreached, equivalent } = self;
        let judged = self.judged();
        format!(
            "| {name} | {judged} | {own} | {others} | {timeouts} | {survived} | {unreached} | {equivalent} | {} | {} |\n",
            percent(own + others, judged),
            percent(own, judged)
        )
    }
}

/// Returns a share in per cent, with one digit that is cut off, so that no figure is rounded up.
fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let tenths = part * 1000 / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// What a run was, in words.
pub(crate) struct Heading<'h> {
    /// The options that choose the sample.
    pub(crate) options: &'h str,
    /// Number of candidates from which it was drawn.
    pub(crate) candidates: usize,
    /// Number of mutants that did not compile and were replaced.
    pub(crate) dropped: usize,
    /// Whether only own tests judged.
    pub(crate) is_own: bool,
    /// Tests that took longer did not judge.
    pub(crate) longest: Option<f64>,
}

const HEAD: &str = "judged | killed by own | by others | of these by timeout | survived | unreached | equivalent | score | by own tests |\n\
                    |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";

/// Returns the report.
pub(crate) fn markdown(heading: &Heading<'_>, judgements: &[Judgement], reach: &[Reach]) -> String {
    let Heading { options, candidates, dropped, is_own, longest } = heading;
    let mut text = format!("# Mutants: {options}\n\n");
    let tests = if *is_own { "the tests of its own package" } else { "all tests that reach it" };
    let _ = writeln!(
        text,
        "{} mutants of {candidates} candidates; {dropped} did not compile and were replaced. Each was judged by {tests}.",
        judgements.len()
    );
    let untried = judgements.iter().filter(|judgement| judgement.untried > 0).count();
    if untried > 0 {
        let _ = writeln!(
            text,
            "\n{untried} of the survivors were not judged by all tests that reach them, which would have taken too long."
        );
    }
    let left_out = reach.iter().filter(|r| r.passes && longest.is_some_and(|most| r.seconds > most)).count();
    if let Some(most) = longest {
        let _ = writeln!(text, "{left_out} tests that take longer than {most} s did not judge.");
    }
    let failing: Vec<&str> = reach.iter().filter(|r| !r.passes).map(|r| r.test.as_str()).collect();
    if !failing.is_empty() {
        let _ =
            writeln!(text, "Tests that fail without a mutant, and did not judge: {}.", failing.join(", "));
    }
    text.push_str("\n| package | ");
    text.push_str(HEAD);
    text.push_str(&rows(judgements, |judgement| judgement.mutant.package.clone()));
    text.push_str("\n| kind | ");
    text.push_str(HEAD);
    text.push_str(&rows(judgements, |judgement| judgement.mutant.kind.clone()));
    text.push_str("\n## Survivors\n\n");
    text.push_str(&survivors(judgements));
    text
}

fn rows(judgements: &[Judgement], group: impl Fn(&Judgement) -> String) -> String {
    let mut all: BTreeMap<String, Counts> = BTreeMap::new();
    let mut sum = Counts::default();
    for judgement in judgements {
        all.entry(group(judgement)).or_default().add(judgement);
        sum.add(judgement);
    }
    all.iter().map(|(name, counts)| counts.row(name)).chain([sum.row("all")]).collect()
}

/// Returns the mutants that no test noticed, one in a line.
pub(crate) fn survivors(judgements: &[Judgement]) -> String {
    let mut text = String::new();
    for judgement in judgements {
        let note = match judgement.fate {
            Fate::Survived => format!("reached by {} tests", judgement.reached_by),
            Fate::Unreached if judgement.reached_by == 0 => "no test reaches it".to_owned(),
            Fate::Unreached => "only tests that do not judge reach it".to_owned(),
            _ => continue,
        };
        let m = &judgement.mutant;
        let _ = writeln!(text, "- {}:{} `{}` ({}) {} [{note}]", m.file, m.line, m.function, m.kind, m.change);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Mutant;

    fn judgement(package: &str, fate: Fate) -> Judgement {
        let mutant = Mutant {
            id: 1,
            package: package.to_owned(),
            file: "a/src/lib.rs".to_owned(),
            line: 3,
            last_line: 3,
            function_lines: (1, 9),
            function: "f".to_owned(),
            kind: "literal".to_owned(),
            change: "`1` → `2`".to_owned(),
            insertions: Vec::new(),
        };
        Judgement { mutant, fate, test: None, is_timeout: false, reached_by: 2, untried: 0 }
    }

    #[test]
    fn equivalent_mutants_do_not_count_and_no_score_is_rounded_up() {
        let all = [
            judgement("a", Fate::KilledByOwn),
            judgement("a", Fate::KilledByOthers),
            judgement("a", Fate::Survived),
            judgement("b", Fate::Equivalent),
        ];
        let heading =
            Heading { options: "--seed 1", candidates: 9, dropped: 0, is_own: false, longest: None };
        let text = markdown(&heading, &all, &[]);
        assert!(text.contains("| a | 3 | 1 | 1 | 0 | 1 | 0 | 0 | 66.6 % | 33.3 % |"), "{text}");
        assert!(text.contains("| b | 0 | 0 | 0 | 0 | 0 | 0 | 1 | – | – |"), "{text}");
        assert!(text.contains("- a/src/lib.rs:3 `f` (literal) `1` → `2` [reached by 2 tests]"), "{text}");
    }
}
