//! Counts findings by severity, and words numbers for the summaries of commands: `1 error`, `3 tables`,
//! `every one has a fix`.

use dvkit_diagnostic::{Diagnostic, Severity};
pub(crate) use dvkit_ide::explain::description::counted;

/// The numbers of findings by severity and of certain fixes, in one query or in several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    errors: usize,
    warnings: usize,
    notes: usize,
    fixable: usize,
}

impl Counts {
    pub(crate) fn of(diagnostics: &[Diagnostic]) -> Self {
        let count = |s: Severity| diagnostics.iter().filter(|d| d.severity == s).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            fixable: diagnostics.iter().filter(|d| d.fix().is_some()).count(),
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.notes += other.notes;
        self.fixable += other.fixable;
    }

    /// Returns whether any finding has a certain fix.
    pub(crate) fn can_fix(self) -> bool {
        self.fixable > 0
    }

    fn total(self) -> usize {
        self.errors + self.warnings + self.notes
    }

    /// Returns the number of findings that are not errors.
    pub(crate) fn advice(self) -> usize {
        self.warnings + self.notes
    }

    /// Formats the numbers of findings that are not errors: `1 warning, 2 notes`.
    pub(crate) fn advice_summary(self) -> String {
        Self { errors: 0, ..self }.summary()
    }

    /// Formats the numbers of findings: `2 errors, 1 warning`.
    pub(crate) fn summary(self) -> String {
        let parts = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")];
        let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, w)| counted(*n, w)).collect();
        parts.join(", ")
    }

    /// Formats the number of findings with a certain fix: `every one has a fix`.
    pub(crate) fn fixes(self) -> String {
        match (self.fixable, self.total()) {
            (0, 1) => "it has no certain fix".to_owned(),
            (0, _) => "none has a certain fix".to_owned(),
            (1, 1) => "it has a fix".to_owned(),
            (f, t) if f == t => "every one has a fix".to_owned(),
            (f, t) => format!("{f} of {t} have a fix"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Outcome;
    use dvkit_diagnostic::{Span, Suggestion, code};

    #[test]
    fn findings_are_counted_in_words() {
        let at = Span::at(0);
        let fixed = Diagnostic::error(code::EMPTY, at, "a").suggest(Suggestion::fix("b", at, "c"));
        let warning = Diagnostic::warning(code::EMPTY, at, "a");
        let of = |d: &[Diagnostic]| {
            let counts = Counts::of(d);
            format!("{}; {}", counts.summary(), counts.fixes())
        };
        assert_eq!(of(&[fixed.clone(), fixed.clone()]), "2 errors; every one has a fix");
        assert_eq!(of(&[fixed.clone(), warning.clone()]), "1 error, 1 warning; 1 of 2 have a fix");
        assert_eq!(of(std::slice::from_ref(&fixed)), "1 error; it has a fix");
        assert_eq!(of(std::slice::from_ref(&warning)), "1 warning; it has no certain fix");
        assert_eq!(Outcome::of(&[warning]), Outcome::Clean);
        assert_eq!(Outcome::of(&[fixed]), Outcome::Findings);
    }

    fn counts(errors: usize, warnings: usize, notes: usize, fixable: usize) -> Counts {
        Counts { errors, warnings, notes, fixable }
    }

    #[test]
    fn the_words_about_counts_depend_on_each_number() {
        for (of, summary, advice, fixes) in [
            (counts(0, 0, 0, 0), "", "", "none has a certain fix"),
            (counts(1, 0, 0, 0), "1 error", "", "it has no certain fix"),
            (counts(1, 0, 0, 1), "1 error", "", "it has a fix"),
            (counts(0, 1, 0, 1), "1 warning", "1 warning", "it has a fix"),
            (counts(0, 0, 1, 0), "1 note", "1 note", "it has no certain fix"),
            (counts(2, 0, 0, 0), "2 errors", "", "none has a certain fix"),
            (counts(2, 0, 0, 1), "2 errors", "", "1 of 2 have a fix"),
            (counts(2, 0, 0, 2), "2 errors", "", "every one has a fix"),
            (counts(1, 2, 3, 5), "1 error, 2 warnings, 3 notes", "2 warnings, 3 notes", "5 of 6 have a fix"),
            (counts(0, 1, 2, 3), "1 warning, 2 notes", "1 warning, 2 notes", "every one has a fix"),
        ] {
            assert_eq!(
                (&*of.summary(), &*of.advice_summary(), &*of.fixes()),
                (summary, advice, fixes),
                "{of:?}"
            );
            assert_eq!(of.can_fix(), of.fixable > 0, "{of:?}");
            assert_eq!(of.advice(), of.warnings + of.notes, "{of:?}");
        }
    }

    #[test]
    fn counts_are_added_number_by_number() {
        let mut sum = counts(1, 2, 3, 4);
        sum.add(counts(10, 20, 30, 40));
        assert_eq!(sum, counts(11, 22, 33, 44));
    }

    #[test]
    fn each_finding_is_counted_by_its_severity() {
        let at = Span::at(0);
        let note = Diagnostic { severity: Severity::Note, ..Diagnostic::warning(code::EMPTY, at, "a") };
        let fixed = note.clone().suggest(Suggestion::fix("b", at, "c"));
        let maybe = note.clone().suggest(Suggestion::maybe("b", at, "c"));
        let error = Diagnostic::error(code::EMPTY, at, "a");
        assert_eq!(Counts::of(&[note, fixed, maybe, error.clone(), error]), counts(2, 0, 3, 1));
    }
}
