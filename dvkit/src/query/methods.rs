//! Implements the methods with which programs build a [`Query`] or a [`RowQuery`], and print it as a URL.

use core::fmt;
use core::marker::PhantomData;

use super::builder::{Query, RowQuery};
use super::columns::Columns;
use super::combination::{CombinesWith, FromEntity};
use super::expand::Expand;
use super::options::QueryOptions;
use super::order::OrderColumns;
use crate::entity::{self, Entity};
#[cfg(feature = "client")]
use crate::filter::Filter;
use crate::filter::IntoFilter;
use crate::table::EntitySet;

impl<T: EntitySet, X> Query<T, X> {
    /// Selects columns of the rows, in addition to those of earlier calls. If no column is selected, the
    /// service sends all columns.
    pub fn select(mut self, columns: impl Columns<T>) -> Self {
        self.parts.select(columns);
        self
    }

    /// Limits the rows to those that fulfil `condition`, and the conditions of earlier calls.
    pub fn filter(mut self, condition: impl IntoFilter<T>) -> Self {
        let condition = condition.into_filter();
        self.filter = Some(match self.filter.take() {
            Some(before) => before.and(condition),
            None => condition,
        });
        self
    }

    /// Adds an expansion, by which each row comes with its related rows.
    pub fn expand<E: Expand<T>>(mut self, expansion: E) -> Query<T, X::Combined>
    where
        X: CombinesWith<E::Combination>,
    {
        expansion.add(&mut self.parts.expand);
        Query { parts: self.parts, filter: self.filter, marker: PhantomData }
    }

    /// Orders the rows by `columns`, after the columns of earlier calls.
    pub fn order_by(mut self, columns: impl OrderColumns<T>) -> Self {
        columns.add(&mut self.parts.order);
        self
    }

    /// Limits the result to the first `rows` rows, from 1 to 5,000. Without a limit the service sends all
    /// rows, in pages.
    pub fn top(mut self, rows: u32) -> Self {
        self.parts.top = Some(rows);
        self
    }

    /// Requests also the number of all rows that fulfil the condition. The service counts up to 5,000 rows.
    pub fn count(mut self) -> Self {
        self.parts.count = true;
        self
    }

    /// Returns the condition on the rows; `None` for all rows.
    #[cfg(feature = "client")]
    pub(crate) fn condition(&self) -> Option<&Filter<T>> {
        self.filter.as_ref()
    }

    /// Returns the relative URL of the query in readable form: `contacts?$select=fullname`. The text is not
    /// percent-encoded.
    #[must_use]
    pub fn odata(&self) -> String {
        self.write(Clone::clone)
    }

    /// Returns the relative URL of the query, percent-encoded.
    #[must_use]
    pub fn url(&self) -> String {
        self.write(QueryOptions::encoded)
    }

    fn write(&self, form: impl FnOnce(&QueryOptions) -> QueryOptions) -> String {
        let mut parts = self.parts.clone();
        if let Some(filter) = &self.filter {
            parts.filter = filter.odata();
        }
        let mut out = String::from(T::ENTITY_SET);
        form(&parts).write(&mut out, '?', '&');
        out
    }
}

impl<T: EntitySet> Query<T> {
    /// Selects the columns and expansions of the [`Entity`] `E`, so that the rows can be decoded into `E`:
    /// `rows_as::<Card>(&client)`.
    ///
    /// The compiler reports an error if `E` is about another table. No other expansion can be added to the
    /// query; add a field to the entity instead.
    pub fn select_entity<E: Entity>(mut self) -> Query<T, FromEntity> {
        const { entity::is_about::<E, T>() }
        entity::add_to::<E>(&mut self.parts);
        Query { parts: self.parts, filter: self.filter, marker: PhantomData }
    }
}

impl<T: EntitySet> Default for Query<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: EntitySet, X> fmt::Display for Query<T, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.odata())
    }
}

impl<T: EntitySet, X> fmt::Debug for Query<T, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.odata())
    }
}

impl<T: EntitySet> RowQuery<T> {
    /// Selects the columns and expansions of the [`Entity`] `E`, so that the row can be decoded into `E`:
    /// `get_as::<Card>(&client)`.
    ///
    /// The compiler reports an error if `E` is about another table. No other expansion can be added to the
    /// query; add a field to the entity instead.
    pub fn select_entity<E: Entity>(mut self) -> RowQuery<T, FromEntity> {
        const { entity::is_about::<E, T>() }
        entity::add_to::<E>(&mut self.parts);
        RowQuery { path: self.path, parts: self.parts, marker: PhantomData }
    }
}

impl<T: EntitySet, X> RowQuery<T, X> {
    /// Selects columns of the row, in addition to those of earlier calls. If no column is selected, the
    /// service sends all columns.
    pub fn select(mut self, columns: impl Columns<T>) -> Self {
        self.parts.select(columns);
        self
    }

    /// Adds an expansion, by which the row comes with its related rows.
    pub fn expand<E: Expand<T>>(mut self, expansion: E) -> RowQuery<T, X::Combined>
    where
        X: CombinesWith<E::Combination>,
    {
        expansion.add(&mut self.parts.expand);
        RowQuery { path: self.path, parts: self.parts, marker: PhantomData }
    }

    /// Returns the relative URL of the row with the query's options, in readable form. Only the values of an
    /// alternate key are percent-encoded.
    #[must_use]
    pub fn odata(&self) -> String {
        let mut out = self.path.clone();
        self.parts.write(&mut out, '?', '&');
        out
    }

    /// Returns the relative URL of the row with the query's options, percent-encoded.
    #[must_use]
    pub fn url(&self) -> String {
        self.parts.url(&self.path)
    }
}

impl<T: EntitySet, X> fmt::Debug for RowQuery<T, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.odata())
    }
}
