//! Implements what is done with queries for groups: their text, the aggregates of columns, and the columns that rows
//! are grouped by.

use core::fmt;
use core::fmt::Write as _;
use core::marker::PhantomData;

use super::group::{Aggregate, GroupColumns, GroupName, GroupQuery, GroupValue};
use super::url::encode_option;
use crate::column::{Column, Nav};
use crate::filter::Path;
use crate::kind::{self, ColumnKind};
use crate::row::Record;
use crate::table::EntitySet;
use crate::value::ChoiceSet;

impl<T: EntitySet> GroupQuery<T> {
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
    #[must_use]
    pub fn mistake(&self) -> Option<String> {
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

fn is_name(alias: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    alias.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && alias.chars().all(plain)
}

impl<T: EntitySet> fmt::Debug for GroupQuery<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.odata())
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

// The kinds of sums and averages are parameters, so that the compiler finds the method and then reports the column that
// has none.
impl<T: Record, K, W> Column<T, K, W> {
    fn aggregate<A>(self, function: &str, alias: &'static str) -> Aggregate<T, A> {
        Aggregate { text: format!("{} with {function}", self.name()), alias, marker: PhantomData }
    }

    /// Returns the sum of the column's values in each group. `alias` is its name in the response. Rows without a
    /// value do not count.
    #[must_use]
    pub fn sum<S>(self, alias: &'static str) -> Aggregate<T, S>
    where
        K: Summable<Sum = S>,
    {
        self.aggregate("sum", alias)
    }

    /// Returns the average of the column's values in each group. `alias` is its name in the response. Rows without a
    /// value do not count.
    #[must_use]
    pub fn average<A>(self, alias: &'static str) -> Aggregate<T, A>
    where
        K: Summable<Average = A>,
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
        assert_eq!(
            Account::aggregate(&REVENUE.max("most")).odata(),
            "accounts?$apply=aggregate(revenue with max as most)"
        );
        assert_eq!(Account::group_by(NAME).odata(), "accounts?$apply=groupby((name))");
    }

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
            assert!(
                mistake(&Account::aggregate(&REVENUE.sum(alias))).contains("cannot be the name"),
                "{alias}"
            );
        }
    }
}
