//! Merges the results of checking one text for several organisations. Equal findings become one finding, which
//! says for which organisations it holds.

use dvkit_diagnostic::{Applicability, Diagnostic, Suggestion};

use crate::embedded::{Coverage, HostEdit, TextDiagnosis};
use crate::{Diagnosis, Findings};

/// The reason for not writing a fix into a file that several organisations share.
const DIFFERENT_FIXES: &str = "the organisations need different fixes";

/// The result of checking a text, for one organisation or for several.
#[derive(Clone, Debug)]
pub(crate) struct TextResult {
    pub(crate) diagnosis: Diagnosis,
    pub(crate) coverage: Coverage,
    /// The organisations for which each finding holds; empty if it holds for all that were checked.
    pub(crate) orgs: Vec<Vec<String>>,
    /// The edits of the source file that make the fixed text.
    pub(crate) edits: Vec<HostEdit>,
    pub(crate) refused_fix: Option<&'static str>,
}

impl TextResult {
    /// Returns the result for a query of a document.
    pub(super) fn of_query(diagnosis: Diagnosis) -> Self {
        let orgs = match &diagnosis {
            Diagnosis::Findings(findings) => vec![Vec::new(); findings.diagnostics.len()],
            _ => Vec::new(),
        };
        Self { diagnosis, coverage: Coverage::Checked, orgs, edits: Vec::new(), refused_fix: None }
    }

    /// Returns the result for the text `text` of a source file.
    pub(crate) fn of_source(found: TextDiagnosis, text: &str) -> Self {
        if let Coverage::Skipped(why) = &found.coverage {
            let diagnosis = Diagnosis::Unusable(why.clone());
            return Self { coverage: found.coverage, ..Self::of_query(diagnosis) };
        }
        let is_right = !found.diagnostics.iter().any(dvkit_diagnostic::Diagnostic::is_error);
        let right = || (is_right && found.refused_fix.is_none()).then(|| text.to_owned());
        let findings = Findings {
            is_checked: found.is_checked,
            table: found.table,
            parsed: !found
                .in_text
                .iter()
                .any(|d| d.code.family() == dvkit_diagnostic::CodeFamily::Syntax && d.is_error()),
            rewritten: found.fixed.or_else(right),
            diagnostics: found.in_text,
            located: found.diagnostics,
        };
        Self {
            coverage: found.coverage,
            edits: found.fix,
            refused_fix: found.refused_fix,
            ..Self::of_query(Diagnosis::Findings(findings))
        }
    }

    /// Merges the results for several organisations. `results` has at least one; each comes with the name of
    /// its organisation.
    pub(crate) fn merged(results: Vec<(Option<&str>, Self)>) -> Option<Self> {
        let checked = results.iter().filter(|(_, r)| matches!(r.diagnosis, Diagnosis::Findings(_))).count();
        let mut results = results.into_iter();
        let (name, mut all) = results.next()?;
        if results.len() == 0 {
            return Some(all);
        }
        let named = |name: Option<&str>| name.map(str::to_owned).into_iter().collect::<Vec<_>>();
        all.orgs.fill(named(name));
        let mut suggestions = OrgSuggestions::default();
        suggestions.begin(&all, &named(name));
        for (name, one) in results {
            all.add(&named(name), one, &mut suggestions);
        }
        suggestions.finish(&mut all);
        for orgs in all.orgs.iter_mut().filter(|orgs| orgs.len() == checked) {
            orgs.clear();
        }
        Some(all)
    }

    /// Adds the result for the organisation with the name `name`.
    fn add(&mut self, name: &[String], other: Self, suggestions: &mut OrgSuggestions) {
        let Diagnosis::Findings(new) = other.diagnosis else { return };
        let Diagnosis::Findings(old) = &mut self.diagnosis else {
            let orgs = new.diagnostics.iter().map(|_| name.to_vec()).collect();
            *self = Self { diagnosis: Diagnosis::Findings(new), orgs, ..other };
            suggestions.begin(self, name);
            return;
        };
        for (diagnostic, located) in new.diagnostics.into_iter().zip(new.located) {
            let is_same = |d: &dvkit_diagnostic::Diagnostic| {
                (d.code, d.severity, d.span, &d.message, &d.help)
                    == (located.code, located.severity, located.span, &located.message, &located.help)
            };
            match old.located.iter().position(is_same) {
                Some(n) => {
                    self.orgs.get_mut(n).into_iter().for_each(|orgs| orgs.extend_from_slice(name));
                    suggestions.add(n, name, &diagnostic, &located);
                }
                None => {
                    suggestions.add(old.located.len(), name, &diagnostic, &located);
                    old.diagnostics.push(diagnostic);
                    old.located.push(located);
                    self.orgs.push(name.to_vec());
                }
            }
        }
        old.is_checked |= new.is_checked;
        old.parsed &= new.parsed;
        if old.table.is_none() {
            old.table = new.table;
        }
        if self.coverage == Coverage::Checked {
            self.coverage = other.coverage;
        }
        self.refused_fix = self.refused_fix.or(other.refused_fix);
        if old.rewritten != new.rewritten {
            if old.rewritten.is_some() && new.rewritten.is_some() {
                self.refused_fix = Some(DIFFERENT_FIXES);
            }
            old.rewritten = None;
            self.edits.clear();
        }
    }
}

/// The suggestions of each finding, with the organisations that make them.
#[derive(Default)]
struct OrgSuggestions(Vec<Vec<OrgSuggestion>>);

/// A suggestion in the text of the query and in the file.
struct OrgSuggestion {
    in_text: Suggestion,
    located: Suggestion,
    orgs: Vec<String>,
}

impl OrgSuggestions {
    /// Adds the suggestions of all findings of `result`, which is that of the organisation `name`.
    fn begin(&mut self, result: &TextResult, name: &[String]) {
        self.0.clear();
        let Diagnosis::Findings(findings) = &result.diagnosis else { return };
        for (n, (diagnostic, located)) in findings.diagnostics.iter().zip(&findings.located).enumerate() {
            self.add(n, name, diagnostic, located);
        }
    }

    /// Adds the suggestions of the finding with the index `n`, which the organisation `name` makes.
    fn add(&mut self, n: usize, name: &[String], diagnostic: &Diagnostic, located: &Diagnostic) {
        while self.0.len() <= n {
            self.0.push(Vec::new());
        }
        let Some(all) = self.0.get_mut(n) else { return };
        for (in_text, located) in diagnostic.suggestions.iter().zip(&located.suggestions) {
            match all.iter_mut().find(|known| known.located == *located) {
                Some(known) => known.orgs.extend_from_slice(name),
                None => all.push(OrgSuggestion {
                    in_text: in_text.clone(),
                    located: located.clone(),
                    orgs: name.to_vec(),
                }),
            }
        }
    }

    /// Gives the findings of `result` their suggestions. One that not all organisations with the finding make is
    /// a guess that says for which it is meant.
    fn finish(self, result: &mut TextResult) {
        let Diagnosis::Findings(findings) = &mut result.diagnosis else { return };
        let findings = findings.diagnostics.iter_mut().zip(&mut findings.located).zip(&result.orgs);
        for (((diagnostic, located), orgs), all) in findings.zip(self.0) {
            (diagnostic.suggestions, located.suggestions) = all
                .into_iter()
                .map(|one| {
                    let own = |suggestion: Suggestion| {
                        if one.orgs.len() == orgs.len() {
                            return suggestion;
                        }
                        let message = format!("{} ({})", suggestion.message, only_in(&one.orgs));
                        Suggestion { message, applicability: Applicability::Maybe, ..suggestion }
                    };
                    (own(one.in_text), own(one.located))
                })
                .unzip();
        }
    }
}

/// Returns the words that say for which organisations a finding holds: `only in contoso and fabrikam`.
pub(crate) fn only_in(orgs: &[String]) -> String {
    match orgs {
        [] => String::new(),
        [one] => format!("only in {one}"),
        [first @ .., last] => format!("only in {} and {last}", first.join(", ")),
    }
}
