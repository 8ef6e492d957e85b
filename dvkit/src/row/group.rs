//! Defines [`GroupRow`], a group in the result of a [`GroupQuery`](crate::query::GroupQuery).

use core::fmt;
use core::marker::PhantomData;
use std::collections::BTreeMap;

use serde::de::{DeserializeSeed as _, Deserializer, Error as _};
use serde_json::value::RawValue;

use super::FieldMut;
use super::decode::{FORMATTED, FieldSeed, TARGET};
use super::storage::FieldStorage;
use crate::column::Marker;
use crate::kind::ColumnKind;
use crate::query::GroupValue;
use crate::row::Record;

/// A group of rows of table `T`: the values of the columns by which the rows are grouped, and the aggregates.
///
/// Values are read by the same columns and aggregates that the query has: `group.get(Account::INDUSTRYCODE)`,
/// `group.get(&total)`. Decimal numbers and amounts of money keep all digits.
pub struct GroupRow<T> {
    values: BTreeMap<String, Box<RawValue>>,
    table: Marker<T>,
}

impl<T: Record> GroupRow<T> {
    /// Returns the value of a column or of an aggregate; `None` if it is null, or if the query does not have it.
    ///
    /// # Errors
    /// Returns an error if the value is not of the kind of the column or aggregate. The message names the table, the
    /// value's name and the value.
    pub fn get<V: GroupValue<T>>(
        &self,
        value: V,
    ) -> Result<Option<<V::Kind as ColumnKind>::Value>, serde_json::Error>
    where
        Option<<V::Kind as ColumnKind>::Value>: FieldStorage + Default,
    {
        let name = value.name();
        let mut field: Option<<V::Kind as ColumnKind>::Value> = None;
        let Some(raw) = self.values.get(&name) else { return Ok(None) };
        let mut slot = field.field_mut();
        let seed = FieldSeed { table: T::TABLE, column: &name, field: &mut slot };
        seed.deserialize(&mut serde_json::Deserializer::from_str(raw.get()))?;
        if let FieldMut::Lookup(Some(lookup), _) = &mut slot {
            lookup.label = self.text(&format!("{name}{FORMATTED}")).map(Into::into);
            lookup.table = self.text(&format!("{name}{TARGET}")).map(Into::into);
        }
        Ok(field)
    }

    /// Returns the formatted value of a column or of an aggregate: the label of a choice, an amount with its currency.
    /// Returns `None` if the response contained no formatted value.
    #[must_use]
    pub fn formatted<V: GroupValue<T>>(&self, value: V) -> Option<String> {
        self.text(&format!("{}{FORMATTED}", value.name()))
    }

    /// Returns the value `name` of the response if it is a text.
    fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.values.get(name)?.get()).ok()
    }
}

impl<'de, T> serde::Deserialize<'de> for GroupRow<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = BTreeMap::deserialize(deserializer)
            .map_err(|error| D::Error::custom(format_args!("a group of rows: {error}")))?;
        Ok(Self { values, table: PhantomData })
    }
}

impl<T> Clone for GroupRow<T> {
    fn clone(&self) -> Self {
        Self { values: self.values.clone(), table: PhantomData }
    }
}

impl<T> fmt::Debug for GroupRow<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.values.iter().map(|(name, value)| (name, value.get()))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{FieldMut, FieldRef};
    use crate::{Column, Nav, column, kind, nav};

    #[derive(Default)]
    struct Account;

    impl Record for Account {
        const TABLE: &'static str = "account";
        const COLUMNS: &'static [&'static str] = &["_ownerid_value", "name", "revenue"];

        fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
            Vec::new()
        }

        fn fields(&self) -> Vec<FieldRef<'_>> {
            Vec::new()
        }
    }

    const OWNER: Nav<Account, Account> = nav("ownerid", 0);
    const NAME: Column<Account, kind::Text> = column(1);
    const REVENUE: Column<Account, kind::Money> = column(2);

    fn group(json: &str) -> GroupRow<Account> {
        serde_json::from_str(json).expect("it is a group")
    }

    #[test]
    fn values_are_read_by_the_kind_of_their_column() {
        let total = REVENUE.sum("total");
        let row = group(
            r#"{"name": "Contoso", "total": 922337203685477.580700000, "total@OData.Community.Display.V1.FormattedValue": "$9",
                "_ownerid_value": "00000000-0000-0000-0000-000000000007",
                "_ownerid_value@OData.Community.Display.V1.FormattedValue": "Ann",
                "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "systemuser"}"#,
        );
        assert_eq!(row.get(NAME).expect("a text").as_deref(), Some("Contoso"));
        assert_eq!(
            row.get(&total).expect("an amount").map(|n| n.to_string()).as_deref(),
            Some("922337203685477.5807")
        );
        assert_eq!(row.formatted(&total).as_deref(), Some("$9"));
        let owner = row.get(OWNER).expect("a lookup").expect("it is set");
        assert_eq!((owner.table.as_deref(), owner.label.as_deref()), (Some("systemuser"), Some("Ann")));
    }

    #[test]
    fn a_missing_value_is_none_and_a_wrong_one_an_error() {
        let row = group(r#"{"name": 7, "revenue": null}"#);
        assert_eq!(row.get(REVENUE).expect("null"), None);
        assert_eq!(row.get(OWNER).expect("nothing"), None);
        let error = row.get(NAME).expect_err("a number is no text");
        assert!(error.to_string().contains("account.name: expected a text, found 7"), "{error}");
    }
}
