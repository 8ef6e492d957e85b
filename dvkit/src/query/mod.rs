//! Typed queries: what is asked of a table's rows, printed as a relative URL.

use core::fmt;
use core::marker::PhantomData;

use crate::{EntitySet, Filter};

/// A query over the rows of table `T`.
#[must_use = "a query does nothing until it is sent"]
pub struct Query<T> {
    filter: Option<Filter<T>>,
    top: Option<u32>,
    table: PhantomData<fn() -> T>,
}

impl<T: EntitySet> Query<T> {
    /// All rows, all columns.
    pub fn new() -> Self {
        Self { filter: None, top: None, table: PhantomData }
    }

    /// Only rows that fulfil this condition, and any that was given before.
    pub fn filter(mut self, condition: impl Into<Filter<T>>) -> Self {
        let condition = condition.into();
        self.filter = Some(match self.filter.take() {
            Some(before) => before.and(condition),
            None => condition,
        });
        self
    }

    /// At most so many rows.
    pub fn top(mut self, rows: u32) -> Self {
        self.top = Some(rows);
        self
    }
}

impl<T: EntitySet> Default for Query<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: EntitySet> fmt::Display for Query<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::ENTITY_SET)?;
        if let Some(filter) = &self.filter {
            write!(f, "?$filter={filter}")?;
        }
        Ok(())
    }
}
