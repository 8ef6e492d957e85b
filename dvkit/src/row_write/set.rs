//! Adds values to a write: the methods `set`, `clear` and `bind`, and the traits that decide which values
//! each column takes.

use super::{Create, RowWrite, Update};
use crate::Guid;
use crate::column::{Column, CreateOnly, Nav, ReadWrite, UpdateOnly};
use crate::filter::{Literal, Operand};
use crate::key::KeyRef;
use crate::kind;
use crate::row::Record;
use crate::table::{DerivesFrom, EntitySet};
use crate::value::Ref;

/// The access marker (`Self`) of columns that a write of the kind `M` can set. `M` is [`Create`] or
/// [`Update`].
#[diagnostic::on_unimplemented(
    message = "this column is `{Self}`, and the service does not take it here",
    label = "not written by `{M}`",
    note = "the organisation's metadata says which columns can be created and updated (IsValidForCreate, IsValidForUpdate)"
)]
pub trait Writable<M> {}

impl Writable<Create> for ReadWrite {}
impl Writable<Update> for ReadWrite {}
impl Writable<Create> for CreateOnly {}
impl Writable<Update> for UpdateOnly {}

/// A reference to a row at the other end of a relationship that leads to table `B`: the id of a row of `B`, or
/// a reference to a row of `B` or of a table that derives from `B`. References are a [`Ref`], a [`KeyRef`] or,
/// within a change set, a `NewRow` of `dvkit::client`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row that this lookup can point to",
    label = "neither an id nor a reference to a row of `{B}`",
    note = "an abstract target needs the table of the row: `SystemUser::id(guid)`"
)]
pub trait BindTarget<B> {
    /// Returns the URL of the row as the body of a request contains it: `/accounts(…)`.
    fn address(self) -> String;

    /// Returns the content id of the row, if the same change set creates the row.
    #[cfg(feature = "client")]
    #[doc(hidden)]
    fn content_id(&self) -> Option<dvkit_client::ContentId> {
        None
    }
}

impl<B: EntitySet> BindTarget<B> for Guid {
    fn address(self) -> String {
        BindTarget::<B>::address(Ref::<B>::new(self))
    }
}

impl<B, R: EntitySet + DerivesFrom<B>> BindTarget<B> for Ref<R> {
    fn address(self) -> String {
        format!("/{}", self.path())
    }
}

// A row of an alternate key is named as in the URL of a request, and the service reads it as a URL
// (https://learn.microsoft.com/power-apps/developer/data-platform/use-alternate-key-reference-record).
impl<B, R: EntitySet + DerivesFrom<B>> BindTarget<B> for KeyRef<R> {
    fn address(self) -> String {
        format!("/{}", self.path())
    }
}

impl<B, R: EntitySet + DerivesFrom<B>> BindTarget<B> for &KeyRef<R> {
    fn address(self) -> String {
        format!("/{}", self.path())
    }
}

impl<T, M> RowWrite<T, M> {
    /// Returns the URL of `row`. If the row is one that a change set creates, its content id is noted.
    pub(super) fn url_of<B>(&mut self, row: impl BindTarget<B>) -> String {
        #[cfg(feature = "client")]
        self.content_ids.extend(row.content_id());
        row.address()
    }
}

impl<T: Record, M> RowWrite<T, M> {
    /// Sets a column to a value. For a lookup, use [`Self::bind`] instead, because the service does not
    /// accept an id as the value of a lookup column.
    ///
    /// An empty set of options empties the column, as [`Self::clear`] does.
    pub fn set<K: SetByValue, W: Writable<M>>(
        mut self,
        column: Column<T, K, W>,
        value: impl Operand<K>,
    ) -> Self {
        self.body.set(column.name().to_owned(), value.literal());
        self
    }

    /// Empties a column or a lookup, by setting its value to null.
    pub fn clear<W: Writable<M>>(mut self, column: impl Clearable<T, W>) -> Self {
        self.body.set(column.name(), Literal::Null);
        self
    }

    /// Sets the lookup of the navigation property `navigation` to `row`.
    ///
    /// A lookup with several target tables has a navigation property for each of these tables. Setting one of
    /// them replaces the lookup's previous row, whatever its table is.
    pub fn bind<B, W: Writable<M>>(mut self, navigation: Nav<T, B, W>, row: impl BindTarget<B>) -> Self {
        let url = self.url_of(row);
        self.body.set(bind_name(navigation.name()), Literal::Text(url));
        self
    }
}

pub(super) fn bind_name(navigation: &str) -> String {
    format!("{navigation}@odata.bind")
}

/// The argument of [`RowWrite::clear`]: a column of table `T`, or the navigation property of a lookup.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be emptied in a row of `{T}`",
    note = "a column of the same table can, and a lookup by its navigation"
)]
pub trait Clearable<T, W> {
    /// Returns the name whose value in the body of the request is `null`.
    fn name(self) -> String;
}

/// A kind of column that [`RowWrite::set`] can set: all kinds but lookups, which [`RowWrite::bind`] sets.
#[diagnostic::on_unimplemented(
    message = "a lookup is written by its navigation",
    label = "`bind` or `clear` the navigation, as in `Contact::PARENTCUSTOMERID_ACCOUNT`"
)]
pub trait SetByValue {}

macro_rules! set_by_value {
    ($($kind:ident)*) => {$(impl SetByValue for kind::$kind {})*};
}

set_by_value!(Text Int Long Decimal Money Float Bool Id DateTime LocalDateTime Date Image File ManagedProperty);

impl<E> SetByValue for kind::Choice<E> {}
impl<E> SetByValue for kind::Choices<E> {}
impl<E> SetByValue for kind::TwoOptions<E> {}

impl<T: Record, K: SetByValue, W> Clearable<T, W> for Column<T, K, W> {
    fn name(self) -> String {
        Column::name(self).to_owned()
    }
}

impl<T, B, W> Clearable<T, W> for Nav<T, B, W> {
    fn name(self) -> String {
        bind_name(Nav::name(self))
    }
}
