//! Keeps the best of several spans that a search finds.

use dvkit_diagnostic::Span;

/// The best span so far with its rank, lower being better. Of spans with the same rank the first is kept.
#[derive(Default)]
pub(super) struct BestSpan(Option<(u8, Span)>);

impl BestSpan {
    pub(super) fn offer(&mut self, rank: u8, span: Span) {
        if self.0.is_none_or(|(best, _)| rank < best) {
            self.0 = Some((rank, span));
        }
    }

    pub(super) fn span(self) -> Option<Span> {
        self.0.map(|(_, span)| span)
    }
}
