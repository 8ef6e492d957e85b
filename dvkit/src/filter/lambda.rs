//! Conditions on the rows of a collection: `any` and `all`.

use super::condition::{Filter, IntoFilter, Node};
use crate::column::NavMany;

impl<A, B, R> NavMany<A, B, R> {
    /// Matches rows of which at least one related row fulfils the condition.
    pub fn any(self, condition: impl IntoFilter<B>) -> Filter<A> {
        Filter::new(Node::Lambda(self.name(), "any", Some(Box::new(condition.into_filter().node))))
    }

    /// Matches rows of which every related row fulfils the condition, and rows without related rows.
    pub fn all(self, condition: impl IntoFilter<B>) -> Filter<A> {
        Filter::new(Node::Lambda(self.name(), "all", Some(Box::new(condition.into_filter().node))))
    }

    /// Matches rows that have a related row.
    pub fn exists(self) -> Filter<A> {
        Filter::new(Node::Lambda(self.name(), "any", None))
    }
}
