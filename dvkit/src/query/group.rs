//! Defines [`GroupQuery`], a query that groups rows and aggregates their values (`$apply`).
//!
//! <https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/aggregate-data>

use core::fmt;
use core::marker::PhantomData;

use crate::column::Marker;
use crate::filter::{Filter, IntoFilter};
use crate::kind::{self, ColumnKind};

/// A query that groups the rows of table `T` by columns, and aggregates their values. Without columns to group by, the
/// result is one group of all rows.
///
/// The service aggregates up to 50,000 rows; it responds with an error if there are more. Distinct values are counted
/// by FetchXML only (`aggregate="countcolumn" distinct="true"`), and groups have no order.
#[must_use = "a query does nothing until it is sent"]
pub struct GroupQuery<T> {
    pub(super) filter: Option<Filter<T>>,
    pub(super) keys: Vec<GroupName>,
    pub(super) aggregates: Vec<(String, &'static str)>,
}

/// A column to group by: its path in a request and its name in the response.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct GroupName {
    pub(super) path: String,
    pub(super) name: String,
    /// The reason why the service cannot group by the column; `None` if it can.
    pub(super) mistake: Option<&'static str>,
}

impl<T> GroupQuery<T> {
    /// Returns a query for one group of all rows, without aggregates.
    pub(crate) fn new() -> Self {
        Self { filter: None, keys: Vec::new(), aggregates: Vec::new() }
    }

    /// Groups the rows by `columns`, in addition to those of earlier calls: columns of the row, lookups, and columns
    /// of rows that a lookup leads to, `Account::PRIMARYCONTACTID.then(Contact::FULLNAME)`.
    pub fn group_by(mut self, columns: impl GroupColumns<T>) -> Self {
        columns.add(&mut self.keys);
        self
    }

    /// Limits the rows to those that fulfil `condition`, and the conditions of earlier calls, before they are
    /// grouped.
    pub fn filter(mut self, condition: impl IntoFilter<T>) -> Self {
        let condition = condition.into_filter();
        self.filter = Some(match self.filter.take() {
            Some(before) => before.and(condition),
            None => condition,
        });
        self
    }

    /// Adds an aggregate to the result of each group.
    pub fn aggregate<K>(mut self, aggregate: &Aggregate<T, K>) -> Self {
        self.aggregates.push((aggregate.text.clone(), aggregate.alias));
        self
    }
}

impl<T> Clone for GroupQuery<T> {
    fn clone(&self) -> Self {
        Self { filter: self.filter.clone(), keys: self.keys.clone(), aggregates: self.aggregates.clone() }
    }
}

/// A value of each group that is computed from the group's rows. `K` is the kind of the value. It is made by the
/// methods `sum`, `average`, `min` and `max` of a column, and by [`count_rows`](Aggregate::count_rows).
pub struct Aggregate<T, K> {
    pub(super) text: String,
    pub(super) alias: &'static str,
    pub(super) marker: Marker<(T, K)>,
}

impl<T> Aggregate<T, kind::Long> {
    /// Returns the number of rows of each group. `alias` is its name in the response.
    #[must_use]
    pub fn count_rows(alias: &'static str) -> Self {
        Self { text: "$count".to_owned(), alias, marker: PhantomData }
    }
}

impl<T, K> Clone for Aggregate<T, K> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), alias: self.alias, marker: PhantomData }
    }
}

impl<T, K> fmt::Debug for Aggregate<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {}", self.text, self.alias)
    }
}

/// A value of a group of rows of table `T`: a column to group by, or an aggregate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of groups of `{T}`",
    label = "neither a column that rows of `{T}` can be grouped by nor an aggregate of them"
)]
pub trait GroupValue<T> {
    /// The kind of the value.
    type Kind: ColumnKind;
    /// Returns the name of the value in the response.
    fn name(&self) -> String;
}

/// One or more columns to group rows of table `T` by: a single column, lookup or path, or a tuple of up to six.
#[diagnostic::on_unimplemented(
    message = "rows of `{T}` cannot be grouped by `{Self}`",
    label = "expected columns of `{T}`",
    note = "several columns are given as a tuple; columns of a related row by a path: \
            `Account::PRIMARYCONTACTID.then(Contact::FULLNAME)`"
)]
pub trait GroupColumns<T> {
    #[doc(hidden)]
    fn add(self, names: &mut Vec<GroupName>);
}
