//! The reasons why a query cannot be translated to SQL.

use dvkit_diagnostic::{Code, DEFAULT_MAX_FINDINGS, Diagnostic, Span, code};

/// The error for a query that cannot be translated to SQL.
#[derive(Clone, Debug, PartialEq)]
pub struct UnsupportedQuery {
    /// All the reasons, without duplicates. Their spans are empty, because a HIR has no spans.
    pub reasons: Vec<Diagnostic>,
}

/// The error of a function that translates a construct: the construct was refused, and the reason was added
/// to [`Reasons`].
pub(super) struct Refused;

/// Collects the reasons during a translation.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    all: Vec<Diagnostic>,
    /// The number of reasons beyond [`DEFAULT_MAX_FINDINGS`], which are not kept.
    left_out: usize,
}

impl Reasons {
    /// Adds a reason, unless it is there already.
    pub(super) fn add(&mut self, code: Code, message: impl Into<String>) {
        let reason = Diagnostic::error(code, Span::default(), message);
        if self.all.contains(&reason) {
            return;
        }
        if self.all.len() < DEFAULT_MAX_FINDINGS {
            self.all.push(reason);
        } else {
            self.left_out += 1;
        }
    }

    /// Returns an error with all reasons, or `Ok` if there are none.
    pub(super) fn finish(mut self) -> Result<(), UnsupportedQuery> {
        if self.left_out > 0 {
            let message = format!("{} more reasons like these are left out", self.left_out);
            self.all.push(Diagnostic::note(code::MORE_FINDINGS, Span::default(), message));
        }
        if self.all.is_empty() { Ok(()) } else { Err(UnsupportedQuery { reasons: self.all }) }
    }
}
