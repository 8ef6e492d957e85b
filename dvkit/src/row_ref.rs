//! Makes the URLs of rows from their ids or alternate keys, and defines [`RowAddress`], which writes take.

use core::fmt;
use std::borrow::Cow;

use crate::query::RowQuery;
use crate::table::{EntitySet, Table};
use crate::value::{Lookup, Ref};

/// A reference to one row of table `T`, by its id or by an alternate key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a row of `{T}`",
    note = "`Contact::id(guid)` does, and an alternate key with its values: `Account::NEW_ACCOUNTNUMBERKEY.row((\"A-1\",))`"
)]
pub trait RowAddress<T> {
    /// Returns the URL of the row relative to the service's root, percent-encoded:
    /// `contacts(78914942-34cb-ed11-b596-0022481d68cd)`.
    fn address(&self) -> String;

    /// Returns the names of the columns by which the URL identifies the row; none if it has the row's id.
    #[doc(hidden)]
    fn key_columns(&self) -> &[&'static str] {
        &[]
    }

    /// Returns the content id of the row, if the same change set creates the row.
    #[cfg(feature = "client")]
    #[doc(hidden)]
    fn content_id(&self) -> Option<dvkit_client::ContentId> {
        None
    }
}

impl<T: EntitySet> RowAddress<T> for Ref<T> {
    fn address(&self) -> String {
        self.path()
    }
}

impl<T: EntitySet> Ref<T> {
    /// Returns the URL of the row relative to the service's root: `contacts(78914942-34cb-ed11-b596-0022481d68cd)`.
    #[must_use]
    pub fn path(self) -> String {
        format!("{}({})", T::ENTITY_SET, self.id())
    }

    /// Returns a query for the row. The query selects all columns until `select` is called.
    pub fn query(self) -> RowQuery<T> {
        RowQuery::new(self.path())
    }
}

impl<T: Table> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", T::TABLE, self.id())
    }
}

impl<T: Table> From<Ref<T>> for Lookup {
    fn from(row: Ref<T>) -> Self {
        Self { id: row.id(), table: Some(Cow::Borrowed(T::TABLE)), label: None }
    }
}

impl Lookup {
    /// Returns a typed reference to the row of the lookup, if its table is `T`. Returns `None` if it has
    /// another table, or if its table is not known.
    #[must_use]
    pub fn to<T: Table>(&self) -> Option<Ref<T>> {
        (self.table.as_deref() == Some(T::TABLE)).then(|| Ref::new(self.id))
    }
}
