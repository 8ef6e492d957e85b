//! Columns and navigations as constants of a table.

use core::fmt;
use core::marker::PhantomData;

use crate::{EntitySet, Record, Table};

/// Types that a value is about and does not hold.
pub(crate) type Marker<T> = PhantomData<fn() -> T>;

/// May be given on create and on update.
#[derive(Clone, Copy, Debug)]
pub enum ReadWrite {}
/// Is never written.
#[derive(Clone, Copy, Debug)]
pub enum ReadOnly {}
/// Is given on create and stays.
#[derive(Clone, Copy, Debug)]
pub enum CreateOnly {}
/// Is changed, and never given on create (states).
#[derive(Clone, Copy, Debug)]
pub enum UpdateOnly {}

/// A column of table `T` that holds `K` and may be written as `W` says.
///
/// Generated code has one constant for each: `Contact::FIRSTNAME: Column<Contact, Text>`.
pub struct Column<T, K, W = ReadWrite> {
    index: u16,
    marker: Marker<(T, K, W)>,
}

/// The column at this place of [`Record::COLUMNS`]; for generated code.
///
/// This and its like are functions of their own: one that is looked up in a generic type costs the compiler a quarter
/// more, and there are tens of thousands of constants.
#[must_use]
pub const fn column<T, K, W>(index: u16) -> Column<T, K, W> {
    Column { index, marker: PhantomData }
}

impl<T, K, W> Column<T, K, W> {
    /// Its place in [`Record::COLUMNS`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.index as usize
    }
}

impl<T: Record, K, W> Column<T, K, W> {
    /// Its property in queries and rows: `fullname`, `_parentcustomerid_value`.
    #[must_use]
    pub fn name(self) -> &'static str {
        T::COLUMNS[self.index as usize]
    }
}

/// A navigation from `From` to one row of `To`, by a lookup column: to follow in filters, to expand, to bind.
///
/// Where a lookup has one target, this is the lookup's constant too: it is compared, selected and sorted by like a column.
pub struct Nav<From, To, W = ReadWrite> {
    name: &'static str,
    column: u16,
    marker: Marker<(From, To, W)>,
}

/// The navigation of this name, with the place of its lookup in [`Record::COLUMNS`]; for generated code.
#[must_use]
pub const fn nav<From, To, W>(name: &'static str, column: u16) -> Nav<From, To, W> {
    Nav { name, column, marker: PhantomData }
}

impl<From, To, W> Nav<From, To, W> {
    /// Its name on the wire: `parentcustomerid_account`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The lookup column that it follows.
    #[must_use]
    pub const fn column(self) -> Column<From, crate::kind::Lookup, W> {
        column(self.column)
    }
}

/// A collection of rows that point here by a lookup.
#[derive(Clone, Copy, Debug)]
pub enum OneToMany {}
/// A collection of rows that are connected by an intersect table.
#[derive(Clone, Copy, Debug)]
pub enum ManyToMany {}

/// A navigation from `From` to many rows of `To`, by a relationship of kind `R`.
pub struct NavMany<From, To, R = OneToMany> {
    name: &'static str,
    marker: Marker<(From, To, R)>,
}

/// The navigation of this name; for generated code.
#[must_use]
pub const fn nav_many<From, To, R>(name: &'static str) -> NavMany<From, To, R> {
    NavMany { name, marker: PhantomData }
}

impl<From, To, R> NavMany<From, To, R> {
    /// Its name on the wire: `contact_customer_accounts`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
}

/// An alternate key of table `T`: columns that name one row together, with values of the types `V`.
pub struct Key<T, V> {
    columns: &'static [u16],
    marker: Marker<(T, V)>,
}

/// The key of these columns, as places in [`Record::COLUMNS`]; for generated code.
#[must_use]
pub const fn key<T, V>(columns: &'static [u16]) -> Key<T, V> {
    Key { columns, marker: PhantomData }
}

impl<T, V> Key<T, V> {
    /// Its columns, as places in [`Record::COLUMNS`].
    #[must_use]
    pub const fn columns(self) -> &'static [u16] {
        self.columns
    }
}

macro_rules! copy {
    ($($name:ident<$($p:ident),*>)*) => {$(
        impl<$($p),*> Clone for $name<$($p),*> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<$($p),*> Copy for $name<$($p),*> {}
    )*};
}

copy!(Column<T, K, W> Nav<A, B, W> NavMany<A, B, R> Key<T, V>);

impl<T: Record, K, W> fmt::Debug for Column<T, K, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", T::TABLE, self.name())
    }
}

impl<A: Record, B: Table, W> fmt::Debug for Nav<A, B, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} -> {}", A::TABLE, self.name, B::TABLE)
    }
}

impl<A: Record, B: Table, R> fmt::Debug for NavMany<A, B, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} -> many {}", A::TABLE, self.name, B::TABLE)
    }
}

impl<T: EntitySet, V> fmt::Debug for Key<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.columns.iter().map(|at| T::COLUMNS[*at as usize])).finish()
    }
}
