//! Adds the conditions `any`, `all` and `exists` on related rows as methods to navigation properties.

use super::condition::{Filter, IntoFilter, Node};
use crate::column::NavMany;

impl<A, B, R> NavMany<A, B, R> {
    /// Returns a filter for rows of which at least one related row fulfils `condition`.
    pub fn any(self, condition: impl IntoFilter<B>) -> Filter<A> {
        Filter::new(Node::Lambda(self.name(), "any", Some(Box::new(condition.into_filter().node))))
    }

    /// Returns a filter for rows of which every related row fulfils `condition`. Rows without related rows
    /// match too.
    pub fn all(self, condition: impl IntoFilter<B>) -> Filter<A> {
        Filter::new(Node::Lambda(self.name(), "all", Some(Box::new(condition.into_filter().node))))
    }

    /// Returns a filter for rows that have at least one related row.
    pub fn exists(self) -> Filter<A> {
        Filter::new(Node::Lambda(self.name(), "any", None))
    }
}
