//! Collects the diagnostics of a text for the scanner, the parser and the rules. At most [`MAX_DIAGNOSTICS`]
//! are kept, so that a hostile text cannot make the list grow without limit.

use dvkit_diagnostic::{Code, Diagnostic, Severity, Span, code};

use crate::step_counter;

/// The maximum number of diagnostics that are kept for one text.
const MAX_DIAGNOSTICS: usize = 100;

#[derive(Debug, Default)]
pub(crate) struct Report {
    diagnostics: Vec<Diagnostic>,
    /// The number of errors that were reported so far, including errors that were dropped.
    errors: usize,
    /// The number of diagnostics that were dropped because too many were reported.
    left_out: usize,
}

impl Report {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        step_counter::count(1);
        self.errors += usize::from(diagnostic.is_error());
        if self.diagnostics.len() < MAX_DIAGNOSTICS || (diagnostic.is_error() && self.errors == 1) {
            self.diagnostics.push(diagnostic);
        } else {
            self.left_out += 1;
        }
    }

    /// Returns whether so many errors were reported that parsing should stop. After each further error, the
    /// parser might search the rest of the text for a missing end, which takes time.
    pub(crate) fn is_full(&self) -> bool {
        self.errors >= MAX_DIAGNOSTICS
    }

    /// Returns the diagnostics in the order of the text. If some were dropped, a last one says so.
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
