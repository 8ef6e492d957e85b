//! Collects at most [`MAX_DIAGNOSTICS`] diagnostics, so that a hostile text cannot make the list grow without
//! limit.

use dvkit_diagnostic::{Code, Diagnostic, Severity, Span, code};

use crate::step_counter;

/// The most diagnostics that are kept.
const MAX_DIAGNOSTICS: usize = 100;

#[derive(Debug)]
pub(crate) struct Report {
    diagnostics: Vec<Diagnostic>,
    /// The number of errors at which parsing stops.
    max_errors: usize,
    /// The number of errors so far, including errors that are not kept.
    errors: usize,
    /// The number of diagnostics that are not kept.
    left_out: usize,
}

impl Default for Report {
    fn default() -> Self {
        Self { diagnostics: Vec::new(), max_errors: MAX_DIAGNOSTICS, errors: 0, left_out: 0 }
    }
}

impl Report {
    /// Returns a report that is full after one error.
    pub(crate) fn of_one_error() -> Self {
        Self { max_errors: 1, ..Self::default() }
    }

    /// Returns whether an error has been reported.
    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        step_counter::count(1);
        self.errors += usize::from(diagnostic.is_error());
        if self.diagnostics.len() < MAX_DIAGNOSTICS || (diagnostic.is_error() && self.errors == 1) {
            self.diagnostics.push(diagnostic);
        } else {
            self.left_out += 1;
        }
    }

    /// Returns whether there are so many errors that parsing should stop. After each further error, the
    /// parser might search the rest of the text for a missing end, which takes time.
    pub(crate) fn is_full(&self) -> bool {
        self.errors >= self.max_errors
    }

    /// Returns the diagnostics in the order of the text. If some are omitted, the last one says so.
    pub(crate) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|d| (d.span.start, std::cmp::Reverse(d.severity)));
        let message = match (self.is_full(), self.left_out) {
            (true, _) => format!(
                "it was read up to {MAX_DIAGNOSTICS} mistakes: what follows may hold more, and nothing is put right"
            ),
            (false, 0) => return self.diagnostics,
            (false, n) => format!("{n} more findings are left out"),
        };
        let last = self.diagnostics.last().map_or_else(Span::default, |d| d.span);
        self.diagnostics.push(Diagnostic::note(code::MORE_FINDINGS, last, message));
        self.diagnostics
    }
}

pub(crate) fn error(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, Severity::Error, span, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(errors: usize, warnings: usize, mut report: Report) -> Report {
        for n in 0..warnings {
            report.push(Diagnostic::warning(code::STRAY_TEXT, Span::new(n, n + 1), "a warning"));
        }
        for n in 0..errors {
            report.push(error(code::MALFORMED_XML, Span::new(n, n + 1), "an error"));
        }
        report
    }

    #[test]
    fn findings_beyond_the_limit_are_counted_but_for_the_first_error() {
        let stopped = "it was read up to 100 mistakes: what follows may hold more, and nothing is put right";
        for (errors, warnings, kept, last) in [
            (0, 0, 0, None),
            (1, 0, 1, Some("an error")),
            (99, 0, 99, Some("an error")),
            (100, 0, 101, Some(stopped)),
            (101, 0, 101, Some(stopped)),
            (0, 100, 100, Some("a warning")),
            (0, 101, 101, Some("1 more findings are left out")),
            (0, 150, 101, Some("50 more findings are left out")),
            (1, 100, 101, Some("a warning")),
            (2, 100, 102, Some("1 more findings are left out")),
            (3, 101, 102, Some("3 more findings are left out")),
            (100, 100, 102, Some(stopped)),
        ] {
            let report = report(errors, warnings, Report::default());
            assert_eq!(report.has_errors(), errors > 0, "{errors} {warnings}");
            assert_eq!(report.is_full(), errors >= 100, "{errors} {warnings}");
            let found = report.into_diagnostics();
            assert_eq!(found.len(), kept, "{errors} {warnings}");
            assert_eq!(found.last().map(|d| d.message.as_str()), last, "{errors} {warnings}");
        }
    }

    #[test]
    fn findings_come_in_the_order_of_the_text_and_errors_before_warnings() {
        let mut report = Report::default();
        report.push(Diagnostic::note(code::STRAY_TEXT, Span::new(1, 9), "third"));
        report.push(Diagnostic::warning(code::STRAY_TEXT, Span::new(1, 2), "second"));
        report.push(error(code::MALFORMED_XML, Span::new(2, 3), "fourth"));
        report.push(error(code::MALFORMED_XML, Span::new(1, 3), "first"));
        let found = report.into_diagnostics();
        let messages: Vec<&str> = found.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(messages, ["first", "second", "third", "fourth"]);
    }

    #[test]
    fn what_is_left_out_is_said_where_the_last_finding_is() {
        let report = Report { left_out: 2, ..report(0, 3, Report::default()) };
        let last = report.into_diagnostics().pop().expect("it is there");
        assert_eq!((last.severity, last.code), (Severity::Note, code::MORE_FINDINGS));
        assert_eq!((last.span, last.message.as_str()), (Span::new(2, 3), "2 more findings are left out"));
    }

    #[test]
    fn a_report_of_one_error_is_full_after_it() {
        assert!(!report(0, 1, Report::of_one_error()).is_full());
        assert!(report(1, 0, Report::of_one_error()).is_full());
    }
}
