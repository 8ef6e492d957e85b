//! Defines [`NewRow`], a row that a change set creates, to which later changes of the same change set refer.
//!
//! <https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api>
//! ("Reference URIs in an operation")

use core::fmt;
use core::marker::PhantomData;

use dvkit_client::{ChangeSet, ContentId};

use crate::column::Marker;
use crate::row_ref::RowAddress;
use crate::row_write::{BindTarget, Create, Party, PartyTarget, RowWrite};
use crate::table::{DerivesFrom, EntitySet, Table};

/// A row of table `T` that a change of a change set creates. Later changes of the same change set can set lookups to
/// it, associate it and change it:
///
/// ```
/// # use dvkit::prelude::*;
/// # use dvkit::row::{FieldMut, FieldRef};
/// # #[derive(Default)] struct Account;
/// # impl dvkit::Record for Account {
/// #     const TABLE: &'static str = "account";
/// #     const COLUMNS: &'static [&'static str] = &["_parentaccountid_value", "name"];
/// #     fn fields_mut(&mut self) -> Vec<FieldMut<'_>> { Vec::new() }
/// #     fn fields(&self) -> Vec<FieldRef<'_>> { Vec::new() }
/// # }
/// # impl dvkit::EntitySet for Account { const ENTITY_SET: &'static str = "accounts"; const KEY: u16 = 0; }
/// # impl Account {
/// #     const NAME: dvkit::Column<Self, dvkit::kind::Text> = dvkit::column(1);
/// #     const PARENTACCOUNTID: dvkit::Nav<Self, Account> = dvkit::nav("parentaccountid", 0);
/// # }
/// let mut changes = dvkit::dvkit_client::ChangeSet::new();
/// let group = changes.create(&Account::create().set(Account::NAME, "Contoso Group"));
/// changes.create(&Account::create().set(Account::NAME, "Contoso").bind(Account::PARENTACCOUNTID, group));
/// ```
pub struct NewRow<T> {
    content_id: ContentId,
    table: Marker<T>,
}

impl<T> NewRow<T> {
    /// Returns the row that the change with the content id `content_id` creates. [`TypedChanges::create`] is for
    /// changes that are typed; this function is for a change that is a request of another kind.
    #[must_use]
    pub const fn new(content_id: ContentId) -> Self {
        Self { content_id, table: PhantomData }
    }

    /// Returns the content id of the change that creates the row.
    #[must_use]
    pub const fn content_id(self) -> ContentId {
        self.content_id
    }
}

impl<T> Clone for NewRow<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for NewRow<T> {}

impl<T: Table> fmt::Debug for NewRow<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", T::TABLE, self.content_id.reference())
    }
}

impl<T: EntitySet> RowAddress<T> for NewRow<T> {
    fn address(&self) -> String {
        self.content_id.reference()
    }

    fn content_id(&self) -> Option<ContentId> {
        Some(self.content_id)
    }
}

impl<B, R: EntitySet + DerivesFrom<B>> BindTarget<B> for NewRow<R> {
    fn address(self) -> String {
        self.content_id.reference()
    }

    fn content_id(&self) -> Option<ContentId> {
        Some(self.content_id)
    }
}

impl<T: EntitySet> PartyTarget for NewRow<T> {
    fn add(self, party: &mut Party) {
        party.set_row(T::TABLE, self.content_id.reference());
        party.set_content_id(self.content_id);
    }
}

/// Adds typed changes to a [`ChangeSet`]. Other typed changes are added as requests, by [`ChangeSet::add`]:
/// `changes.add(Contact::id(id).update_request(&change))`.
pub trait TypedChanges {
    /// Adds a change that creates a row, and returns the row, to which later changes of this change set can refer.
    fn create<T: EntitySet>(&mut self, row: &RowWrite<T, Create>) -> NewRow<T>;
}

impl TypedChanges for ChangeSet {
    fn create<T: EntitySet>(&mut self, row: &RowWrite<T, Create>) -> NewRow<T> {
        NewRow::new(self.add(row.request()))
    }
}
