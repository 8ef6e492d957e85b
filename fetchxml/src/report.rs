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
