//! Defines [`GroupQuery`], a query that groups rows and aggregates their values (`$apply`).
//!
//! <https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/aggregate-data>

use core::fmt;
use core::fmt::Write as _;
use core::marker::PhantomData;

use super::url::encode_option;
use crate::column::{Column, Marker, Nav};
use crate::filter::{Filter, IntoFilter, Path};
use crate::kind::{self, ColumnKind};
use crate::row::Record;
use crate::table::EntitySet;
use crate::value::ChoiceSet;

/// A query that groups the rows of table `T` by columns, and aggregates their values. Without columns to group by, the
/// result is one group of all rows.
///
/// The service aggregates up to 50,000 rows; it responds with an error if there are more. Distinct values are counted
/// by FetchXML only (`aggregate="countcolumn" distinct="true"`), and groups have no order.
#[must_use = "a query does nothing until it is sent"]
pub struct GroupQuery<T> {
    filter: Option<Filter<T>>,
    keys: Vec<GroupName>,
    aggregates: Vec<(String, &'static str)>,
}

/// A column to group by: its path in a request and its name in the response.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct GroupName {
    path: String,
    name: String,
    /// The reason why the service cannot group by the column; `None` if it can.
    mistake: Option<&'static str>,
}

impl<T: EntitySet> GroupQuery<T> {
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

    /// Returns the relative URL of the query in readable form. The text is not percent-encoded.
    #[must_use]
    pub fn odata(&self) -> String {
        format!("{}?$apply={}", T::ENTITY_SET, self.apply())
    }

    /// Returns the relative URL of the query, percent-encoded.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}?$apply={}", T::ENTITY_SET, encode_option(&self.apply()))
    }

    fn apply(&self) -> String {
        let mut out = String::new();
        if let Some(filter) = &self.filter {
            // Writing into a String never fails.
            let _ = write!(out, "filter({})/", filter.odata());
        }
        let aggregates: Vec<String> =
            self.aggregates.iter().map(|(text, alias)| format!("{text} as {alias}")).collect();
        let aggregates = match aggregates.is_empty() {
            true => String::new(),
            false => format!("aggregate({})", aggregates.join(",")),
        };
        if self.keys.is_empty() {
            return out + &aggregates;
        }
        let keys: Vec<&str> = self.keys.iter().map(|key| key.path.as_str()).collect();
        let _ = write!(out, "groupby(({})", keys.join(","));
        if !aggregates.is_empty() {
            let _ = write!(out, ",{aggregates}");
        }
        out.push(')');
        out
    }

    /// Returns the reason why the query cannot be sent; `None` if it can.
    #[cfg(feature = "client")]
    pub(crate) fn mistake(&self) -> Option<String> {
        if self.keys.is_empty() && self.aggregates.is_empty() {
            return Some("a query for groups has neither a column to group by nor an aggregate".to_owned());
        }
        if let Some(mistake) = self.keys.iter().find_map(|key| key.mistake) {
            return Some(mistake.to_owned());
        }
        if let Some((_, alias)) = self.aggregates.iter().find(|(_, alias)| !is_name(alias)) {
            return Some(format!(
                "`{alias}` cannot be the name of an aggregate: a name begins with a letter or `_`, and has only letters, \
                 digits and `_`"
            ));
        }
        let mut names = std::collections::BTreeSet::new();
        let all = self
            .keys
            .iter()
            .map(|key| key.name.as_str())
            .chain(self.aggregates.iter().map(|(_, alias)| *alias));
        all.into_iter().find(|name| !names.insert(*name)).map(|name| {
            format!(
                "two results of each group would be called `{name}`: name the aggregates differently, and group by one \
                 column of the same table and name only"
            )
        })
    }
}

#[cfg(feature = "client")]
fn is_name(alias: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    alias.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && alias.chars().all(plain)
}

impl<T> Clone for GroupQuery<T> {
    fn clone(&self) -> Self {
        Self { filter: self.filter.clone(), keys: self.keys.clone(), aggregates: self.aggregates.clone() }
    }
}

impl<T: EntitySet> fmt::Debug for GroupQuery<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.odata())
    }
}

/// A value of each group that is computed from the group's rows. `K` is the kind of the value. It is made by the
/// methods `sum`, `average`, `min` and `max` of a column, and by [`count_rows`](Aggregate::count_rows).
pub struct Aggregate<T, K> {
    text: String,
    alias: &'static str,
    marker: Marker<(T, K)>,
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

/// A kind of column whose values are numbers, of which sums and averages are computed.
#[diagnostic::on_unimplemented(
    message = "columns of kind `{Self}` have no sum and no average",
    label = "not a column of numbers"
)]
pub trait Summable: ColumnKind {
    /// The kind of the sum.
    type Sum: ColumnKind;
    /// The kind of the average.
    type Average: ColumnKind;
}

macro_rules! summable {
    ($($kind:ident $sum:ident $average:ident;)*) => {$(
        impl Summable for kind::$kind {
            type Sum = kind::$sum;
            type Average = kind::$average;
        }
    )*};
}

summable! {
    // The sum of whole numbers can be larger than each of them.
    Int Long Decimal;
    Long Decimal Decimal;
    Decimal Decimal Decimal;
    Money Money Money;
    Float Float Float;
}

/// A kind of column of whose values the least and the greatest are found: numbers, dates and times.
#[diagnostic::on_unimplemented(
    message = "columns of kind `{Self}` have no least and no greatest value",
    label = "neither a column of numbers nor of dates"
)]
pub trait Ranked: ColumnKind {}

/// A kind of column that rows can be grouped by.
#[diagnostic::on_unimplemented(
    message = "rows cannot be grouped by a column of kind `{Self}`",
    label = "the service does not group by this kind of column",
    note = "FetchXML groups by parts of dates: `<attribute name=\"createdon\" groupby=\"true\" dategrouping=\"month\" …/>`"
)]
pub trait Groupable: ColumnKind {}

macro_rules! implement {
    ($($name:ident: $($kind:ident)*;)*) => {$($(impl $name for kind::$kind {})*)*};
}

implement! {
    Ranked: Int Long Decimal Money Float DateTime LocalDateTime Date;
    Groupable: Text Int Long Decimal Money Float Bool Id Lookup;
}

impl<E: ChoiceSet> Groupable for kind::Choice<E> {}
impl<E: ChoiceSet> Groupable for kind::TwoOptions<E> {}

impl<T: Record, K, W> Column<T, K, W> {
    fn aggregate<A>(self, function: &str, alias: &'static str) -> Aggregate<T, A> {
        Aggregate { text: format!("{} with {function}", self.name()), alias, marker: PhantomData }
    }

    /// Returns the sum of the column's values in each group. `alias` is its name in the response. Rows without a
    /// value do not count.
    #[must_use]
    pub fn sum(self, alias: &'static str) -> Aggregate<T, K::Sum>
    where
        K: Summable,
    {
        self.aggregate("sum", alias)
    }

    /// Returns the average of the column's values in each group. `alias` is its name in the response. Rows without a
    /// value do not count.
    #[must_use]
    pub fn average(self, alias: &'static str) -> Aggregate<T, K::Average>
    where
        K: Summable,
    {
        self.aggregate("average", alias)
    }

    /// Returns the least of the column's values in each group. `alias` is its name in the response.
    #[must_use]
    pub fn min(self, alias: &'static str) -> Aggregate<T, K>
    where
        K: Ranked,
    {
        self.aggregate("min", alias)
    }

    /// Returns the greatest of the column's values in each group. `alias` is its name in the response.
    #[must_use]
    pub fn max(self, alias: &'static str) -> Aggregate<T, K>
    where
        K: Ranked,
    {
        self.aggregate("max", alias)
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

impl<T: Record, K: Groupable, W> GroupValue<T> for Column<T, K, W> {
    type Kind = K;

    fn name(&self) -> String {
        Column::name(*self).to_owned()
    }
}

impl<A: Record, B, W> GroupValue<A> for Nav<A, B, W> {
    type Kind = kind::Lookup;

    fn name(&self) -> String {
        self.column().name().to_owned()
    }
}

impl<T, K: Groupable> GroupValue<T> for Path<T, K> {
    type Kind = K;

    fn name(&self) -> String {
        // A column of a related row is named by its table: `contact_fullname` for `primarycontactid/fullname`.
        match self.table {
            "" => self.place.property.to_owned(),
            table => format!("{table}_{}", self.place.property),
        }
    }
}

impl<T, K: ColumnKind> GroupValue<T> for &Aggregate<T, K> {
    type Kind = K;

    fn name(&self) -> String {
        self.alias.to_owned()
    }
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

impl<T: Record, K: Groupable, W> GroupColumns<T> for Column<T, K, W> {
    fn add(self, names: &mut Vec<GroupName>) {
        let name = Column::name(self);
        names.push(GroupName { path: name.to_owned(), name: name.to_owned(), mistake: None });
    }
}

impl<A: Record, B, W> GroupColumns<A> for Nav<A, B, W> {
    fn add(self, names: &mut Vec<GroupName>) {
        self.column().add(names);
    }
}

impl<T, K: Groupable> GroupColumns<T> for Path<T, K> {
    fn add(self, names: &mut Vec<GroupName>) {
        let mistake = (self.place.navigations.len() > 1).then_some(
            "rows are grouped by their own columns and by those of rows that a lookup leads to, and not further",
        );
        let mut path = String::new();
        for navigation in &self.place.navigations {
            path.push_str(navigation);
            path.push('/');
        }
        path.push_str(self.place.property);
        names.push(GroupName { path, name: GroupValue::<T>::name(&self), mistake });
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<T, $($name: GroupColumns<T>),*> GroupColumns<T> for ($($name,)*) {
            #[expect(non_snake_case, reason = "one name for the type and its value")]
            fn add(self, names: &mut Vec<GroupName>) {
                let ($($name,)*) = self;
                $($name.add(names);)*
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::{column, nav};
    use crate::row::{FieldMut, FieldRef};

    #[derive(Default)]
    struct Account;

    impl Record for Account {
        const TABLE: &'static str = "account";
        const COLUMNS: &'static [&'static str] = &["_parentid_value", "name", "revenue"];

        fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
            Vec::new()
        }

        fn fields(&self) -> Vec<FieldRef<'_>> {
            Vec::new()
        }
    }

    impl EntitySet for Account {
        const ENTITY_SET: &'static str = "accounts";
        const KEY: u16 = 1;
    }

    const PARENT: Nav<Account, Account> = nav("parentid", 0);
    const NAME: Column<Account, kind::Text> = column(1);
    const REVENUE: Column<Account, kind::Money> = column(2);

    #[test]
    fn conditions_come_before_groups() {
        let query = Account::group_by((NAME, PARENT, PARENT.then(NAME)))
            .filter(NAME.ne("A & B)/groupby((x))"))
            .aggregate(&Aggregate::count_rows("n"))
            .aggregate(&REVENUE.sum("total"));
        assert_eq!(
            query.odata(),
            "accounts?$apply=filter(name ne 'A & B)/groupby((x))')/\
             groupby((name,_parentid_value,parentid/name),aggregate($count as n,revenue with sum as total))"
        );
        assert_eq!(
            query.url(),
            "accounts?$apply=filter(name%20ne%20'A%20%26%20B%29%2Fgroupby%28%28x%29%29')/\
             groupby((name,_parentid_value,parentid/name),aggregate($count%20as%20n,revenue%20with%20sum%20as%20total))"
        );
        assert_eq!(Account::aggregate(&REVENUE.max("most")).odata(), "accounts?$apply=aggregate(revenue with max as most)");
        assert_eq!(Account::group_by(NAME).odata(), "accounts?$apply=groupby((name))");
    }

    #[cfg(feature = "client")]
    #[test]
    fn what_the_service_would_mix_up_is_a_mistake() {
        let mistake = |query: &GroupQuery<Account>| query.mistake().unwrap_or_default();
        assert_eq!(mistake(&Account::group_by((NAME, PARENT)).aggregate(&REVENUE.sum("total"))), "");
        let same = Account::group_by(NAME).aggregate(&REVENUE.sum("name"));
        assert!(mistake(&same).contains("would be called `name`"));
        let tables = Account::group_by(PARENT.then(NAME)).aggregate(&REVENUE.sum("account_name"));
        assert!(mistake(&tables).contains("would be called `account_name`"));
        assert!(mistake(&GroupQuery::new()).contains("neither"));
        assert!(mistake(&Account::group_by(PARENT.then(PARENT).then(NAME))).contains("not further"));
        for alias in ["", "1a", "a b", "a,b", "ä"] {
            assert!(mistake(&Account::aggregate(&REVENUE.sum(alias))).contains("cannot be the name"), "{alias}");
        }
    }
}
