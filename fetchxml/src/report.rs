//! What is found is gathered here, and bounded: a hostile text has no more to say than a hasty one.

use dvkit_diagnostic::{Code, Diagnostic, Severity, Span, code};

use crate::work;

/// So many findings are kept.
const MOST: usize = 100;

#[derive(Debug, Default)]
pub(crate) struct Report {
    diagnostics: Vec<Diagnostic>,
    /// Errors of XML so far, kept or not.
    errors: usize,
    /// How many were not kept.
    left_out: usize,
}

impl Report {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        work::done(1);
        self.errors += usize::from(diagnostic.is_error());
        if self.diagnostics.len() < MOST || (diagnostic.is_error() && self.errors == 1) {
            self.diagnostics.push(diagnostic);
        } else {
            self.left_out += 1;
        }
    }

    /// Is there so much wrong that it is no use to go on? Looking again for the end of what has none takes time.
    pub(crate) fn is_full(&self) -> bool {
        self.errors >= MOST
    }

    /// All of it, in the order of the text; last, that there would be more.
    pub(crate) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|d| (d.span.start, std::cmp::Reverse(d.severity)));
        let message = match (self.is_full(), self.left_out) {
            (true, _) => format!(
                "it was read up to {MOST} mistakes: what follows may hold more, and nothing is put right"
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
