//! The best of several spans that a search finds.

use dvkit_diagnostic::Span;

/// The best span found so far. The lowest rank wins; of equal ranks the first.
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
