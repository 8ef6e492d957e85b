//! Keeps the best of the spans that a search through a syntax tree offers. The searches for FetchXML and for
//! OData in this folder use it.

use dvkit_diagnostic::Span;

/// The best span that was offered so far, with its rank. A lower rank is better; of several spans with the
/// lowest rank the first is kept.
#[derive(Default)]
pub(super) struct BestSpan(Option<(u8, Span)>);

impl BestSpan {
    pub(super) fn offer(&mut self, rank: u8, span: Span) {
        if self.0.is_none_or(|(best, _)| rank < best) {
            self.0 = Some((rank, span));
        }
    }

    /// Offers a span that is exactly what is searched. No other span is better.
    pub(super) fn exact(&mut self, span: Span) {
        self.offer(0, span);
    }

    pub(super) fn span(self) -> Option<Span> {
        self.0.map(|(_, span)| span)
    }
}
