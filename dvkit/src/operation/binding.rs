//! Defines [`BoundRow`], the row that an operation is called on.

use super::marker::{AnyRow, TableRow};
use crate::key::KeyRef;
use crate::row_ref::RowAddress;
use crate::table::{DerivesFrom, EntitySet};
use crate::value::Ref;

/// A reference to a row that an operation can be called on. `K` is the type that the operation is bound to:
/// [`TableRow<Account>`](TableRow), or [`AnyRow`] for an operation of every table.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row that this operation can be called on",
    label = "the operation is bound to `{K}`",
    note = "a row is named by its id, `Account::id(guid)`, or by an alternate key, `Account::NEW_ACCOUNTNUMBERKEY.row((\"A-1\",))`"
)]
pub trait BoundRow<K> {
    /// Returns the URL of the row relative to the service's root, percent-encoded.
    fn address(&self) -> String;

    /// Returns the content id of the row, if the same change set creates the row.
    #[cfg(feature = "client")]
    #[doc(hidden)]
    fn content_id(&self) -> Option<dvkit_client::ContentId> {
        None
    }
}

macro_rules! bound_rows {
    ($($row:ty),*) => {$(
        bound_rows!(@ [B, T: EntitySet + DerivesFrom<B>] TableRow<B>, $row);
        bound_rows!(@ [T: EntitySet] AnyRow, $row);
    )*};
    (@ [$($generics:tt)*] $kind:ty, $row:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> BoundRow<$kind> for $row {
            fn address(&self) -> String {
                RowAddress::<T>::address(self)
            }

            #[cfg(feature = "client")]
            fn content_id(&self) -> Option<dvkit_client::ContentId> {
                RowAddress::<T>::content_id(self)
            }
        }
    };
}

bound_rows!(Ref<T>, KeyRef<T>);
#[cfg(feature = "client")]
bound_rows!(crate::client::NewRow<T>);

impl<K, R: BoundRow<K>> BoundRow<K> for &R {
    fn address(&self) -> String {
        (**self).address()
    }

    #[cfg(feature = "client")]
    fn content_id(&self) -> Option<dvkit_client::ContentId> {
        (**self).content_id()
    }
}
