//! The conditions `any`, `all` and `exists` on related rows.

use super::condition::{Filter, IntoFilter, Node};
use crate::column::NavMany;

impl<A, B, R> NavMany<A, B, R> {
    /// Matches rows for which `condition` is true for at least one related row.
    pub fn any(self, condition: impl IntoFilter<B>) -> Filter<A> {
        Filter::new(Node::Lambda(self.name(), "any", Some(Box::new(condition.into_filter().node))))
    }

    /// Matches rows for which `condition` is true for every related row. Rows without related rows match,
    /// too.
    pub fn all(self, condition: impl IntoFilter<B>) -> Filter<A> {
        Filter::new(Node::Lambda(self.name(), "all", Some(Box::new(condition.into_filter().node))))
    }

    /// Matches rows that have at least one related row.
    pub fn exists(self) -> Filter<A> {
        Filter::new(Node::Lambda(self.name(), "any", None))
    }
}
