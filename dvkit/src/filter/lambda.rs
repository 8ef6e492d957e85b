//! Conditions on the rows of a collection: `any` and `all`.

use super::{Filter, IntoFilter, Node};
use crate::NavMany;

impl<A, B, R> NavMany<A, B, R> {
    /// At least one row fulfils the condition.
    pub fn any(self, condition: impl IntoFilter<B>) -> Filter<A> {
        Filter::new(Node::Lambda(self.name(), "any", Some(Box::new(condition.into_filter().node))))
    }

    /// Every row fulfils the condition; true too where there is none.
    pub fn all(self, condition: impl IntoFilter<B>) -> Filter<A> {
        Filter::new(Node::Lambda(self.name(), "all", Some(Box::new(condition.into_filter().node))))
    }

    /// There is a row.
    pub fn exists(self) -> Filter<A> {
        Filter::new(Node::Lambda(self.name(), "any", None))
    }
}
