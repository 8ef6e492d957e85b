//! Makes the rows of bulk loads ([`Client::bulk`](dvkit_client::Client::bulk)) from typed writes.
//!
//! <https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations>

use dvkit_client::bulk::{BulkRow, BulkTable};

use crate::key::KeyRef;
use crate::row_ref::RowAddress as _;
use crate::row_write::{Create, RowWrite, Update};
use crate::table::{EntitySet, key_name};
use crate::value::Ref;

fn table<T: EntitySet>() -> BulkTable {
    BulkTable::new(T::TABLE, T::ENTITY_SET, key_name::<T>())
}

/// Returns `row`, which writes the values of `write`. The row is refused if the values contain something that a bulk
/// load cannot send.
fn checked<T, M>(row: BulkRow, write: &RowWrite<T, M>) -> BulkRow {
    if !write.content_ids.is_empty() {
        return row.refuse(
            "the values refer to a row that a change set creates, and a bulk load has no change sets: give the new row \
             an id, `Account::id(id).bulk_create(…)`, and bind to this id in a later load",
        );
    }
    match write.body.first_related() {
        Some(navigation) => row.refuse(format!(
            "`{navigation}` has related rows, and a bulk message writes rows of one table only: write the related rows \
             by a load of their own, or send the row in a batch"
        )),
        None => row,
    }
}

impl<T: EntitySet> RowWrite<T, Create> {
    /// Returns the creation of the row as a row of a bulk load. The service gives the row an id.
    ///
    /// If the response is lost, nobody knows whether the row exists, and the result says so;
    /// [`Ref::bulk_create`](crate::Ref::bulk_create) has no such doubt. The row is refused, and its result is an
    /// error, if the write has related rows or refers to a row of a change set.
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
    /// let row = Account::create().set(Account::NAME, "Contoso").bulk().key("A-1");
    /// ```
    #[must_use]
    pub fn bulk(&self) -> BulkRow {
        checked(BulkRow::create(&table::<T>(), self), self)
    }
}

impl<T: EntitySet> Ref<T> {
    /// Returns the creation of the row with this id as a row of a bulk load. It can be repeated: a row that exists is
    /// not created again. The row is refused as in [`RowWrite::bulk`].
    #[must_use]
    pub fn bulk_create(self, values: &RowWrite<T, Create>) -> BulkRow {
        checked(BulkRow::create_with_id(&table::<T>(), self.id(), values), values)
    }

    /// Returns the change of the row as a row of a bulk load. The row is refused as in [`RowWrite::bulk`].
    #[must_use]
    pub fn bulk_update(self, change: &RowWrite<T, Update>) -> BulkRow {
        checked(BulkRow::update(&table::<T>(), self.id(), change), change)
    }

    /// Returns the change of the row, or its creation if it does not exist, as a row of a bulk load. The row is
    /// refused as in [`RowWrite::bulk`].
    #[must_use]
    pub fn bulk_upsert(self, values: &RowWrite<T, Update>) -> BulkRow {
        checked(BulkRow::upsert(&table::<T>(), self.id(), values), values)
    }

    /// Returns the deletion of the row as a row of a bulk load. It can be repeated: a row that is missing counts as
    /// deleted.
    #[must_use]
    pub fn bulk_delete(self) -> BulkRow {
        BulkRow::delete(&table::<T>(), self.id())
    }
}

impl<T: EntitySet> KeyRef<T> {
    /// Returns the change of the row, or its creation if it does not exist, as a row of a bulk load.
    ///
    /// The row is refused as in [`RowWrite::bulk`], and also if the values contain a column of the key, which the
    /// service takes from the key.
    #[must_use]
    pub fn bulk_upsert(&self, values: &RowWrite<T, Update>) -> BulkRow {
        let row = checked(BulkRow::upsert_by_key(&table::<T>(), self.path(), values), values);
        match values.body.first_of(self.key_columns()) {
            Some(column) => row.refuse(format!(
                "`{column}` identifies the row by its key and is among its values too: leave it out of the values"
            )),
            None => row,
        }
    }
}
