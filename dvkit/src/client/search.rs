//! Defines [`TableSearch`], a table of a search with typed columns and a checked filter.
//!
//! <https://learn.microsoft.com/power-apps/developer/data-platform/search/query> ("entities parameter", "filter
//! parameter")

use core::marker::PhantomData;

use dvkit_client::SearchTable;

use crate::column::Marker;
use crate::filter::{Filter, IntoFilter, logical_name};
use crate::query::Columns;
use crate::table::EntitySet;

/// Returns the table `T` for a search, [`Search::table`](dvkit_client::Search::table). The service has to have an
/// index of the table.
///
/// ```
/// # use dvkit::prelude::*;
/// # use dvkit::row::{FieldMut, FieldRef};
/// # #[derive(Default)] struct Account;
/// # impl dvkit::Record for Account {
/// #     const TABLE: &'static str = "account";
/// #     const COLUMNS: &'static [&'static str] = &["accountid", "name"];
/// #     fn fields_mut(&mut self) -> Vec<FieldMut<'_>> { Vec::new() }
/// #     fn fields(&self) -> Vec<FieldRef<'_>> { Vec::new() }
/// # }
/// # impl dvkit::EntitySet for Account { const ENTITY_SET: &'static str = "accounts"; const KEY: u16 = 0; }
/// # impl Account { const NAME: dvkit::Column<Self, dvkit::kind::Text> = dvkit::column(1); }
/// use dvkit::client::search_table;
/// use dvkit::dvkit_client::Search;
///
/// let search = Search::new("contoso").table(search_table::<Account>().select(Account::NAME));
/// ```
pub fn search_table<T: EntitySet>() -> TableSearch<T> {
    TableSearch { select: Vec::new(), search: Vec::new(), filter: None, marker: PhantomData }
}

/// A table of a search, with the columns that are returned and searched and a filter, from [`search_table`].
#[must_use = "a table does nothing until a search has it"]
pub struct TableSearch<T> {
    select: Vec<&'static str>,
    search: Vec<&'static str>,
    filter: Option<Filter<T>>,
    marker: Marker<T>,
}

impl<T: EntitySet> TableSearch<T> {
    /// Selects columns that are returned, in addition to those of earlier calls.
    pub fn select(mut self, columns: impl Columns<T>) -> Self {
        columns.add(&mut self.select);
        self
    }

    /// Adds columns in which the text is searched, to those of earlier calls.
    pub fn search_in(mut self, columns: impl Columns<T>) -> Self {
        columns.add(&mut self.search);
        self
    }

    /// Limits the rows to those that fulfil `condition`, and the conditions of earlier calls.
    ///
    /// The filter of a search compares columns of the table with values. A search is refused before it is sent if its
    /// filter has a column of a related row, a function or a comparison of two columns.
    pub fn filter(mut self, condition: impl IntoFilter<T>) -> Self {
        let condition = condition.into_filter();
        self.filter = Some(match self.filter.take() {
            Some(before) => before.and(condition),
            None => condition,
        });
        self
    }
}

impl<T: EntitySet> From<TableSearch<T>> for SearchTable {
    fn from(table: TableSearch<T>) -> Self {
        let names = |columns: Vec<&'static str>| columns.into_iter().map(logical_name);
        let search = Self::new(T::TABLE).select(names(table.select)).search_in(names(table.search));
        let Some(filter) = table.filter else { return search };
        match filter.not_for_search() {
            Some(mistake) => search.refuse(mistake),
            None => search.filter(filter.odata()),
        }
    }
}
