//! Defines the types of the constants that generated tables have for their columns, navigation properties and
//! alternate keys. Queries, filters and writes take these constants.

use core::fmt;
use core::marker::PhantomData;

use crate::kind;
use crate::row::Record;

/// A field of this type lets a struct have the type parameter `T` without storing a value of `T`.
pub(crate) type Marker<T> = PhantomData<fn() -> T>;

/// Marks a column that can be set when a row is created and when a row is changed.
#[derive(Clone, Copy, Debug)]
pub enum ReadWrite {}
/// Marks a column that can never be set.
#[derive(Clone, Copy, Debug)]
pub enum ReadOnly {}
/// Marks a column that can be set only when a row is created.
#[derive(Clone, Copy, Debug)]
pub enum CreateOnly {}
/// Marks a column that can be set only when an existing row is changed, for example a state.
#[derive(Clone, Copy, Debug)]
pub enum UpdateOnly {}

/// A column of table `T`. `K` is the kind of the column, and `W` says which requests can set it
/// ([`ReadWrite`], [`ReadOnly`], [`CreateOnly`] or [`UpdateOnly`]).
///
/// Generated code has a constant for each column: `Contact::FIRSTNAME: Column<Contact, Text>`.
pub struct Column<T, K, W = ReadWrite> {
    index: u16,
    marker: Marker<(T, K, W)>,
}

/// Returns the column with the index `index` in [`Record::COLUMNS`]. Only generated code calls this function.
///
/// The constructors in this module are free functions, because generated code calls them tens of thousands of
/// times, and the compiler needs a quarter more time for an associated function of a generic type.
#[must_use]
pub const fn column<T, K, W>(index: u16) -> Column<T, K, W> {
    Column { index, marker: PhantomData }
}

impl<T, K, W> Column<T, K, W> {
    /// Returns the index of the column in [`Record::COLUMNS`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.index as usize
    }
}

impl<T: Record, K, W> Column<T, K, W> {
    /// Returns the name of the column in queries and rows: `fullname`, `_parentcustomerid_value`.
    #[must_use]
    pub fn name(self) -> &'static str {
        T::COLUMNS[self.index as usize]
    }
}

/// A navigation property of table `From` that leads to one row of table `To` through a lookup column. `W`
/// says which requests can set the lookup.
///
/// A filter can use it as a step of a path, a query can expand it, and a write can set its lookup. If the
/// lookup has only one target table, the constant also stands for the lookup column, which can be compared,
/// selected and used for ordering.
pub struct Nav<From, To, W = ReadWrite> {
    name: &'static str,
    column: u16,
    marker: Marker<(From, To, W)>,
}

/// Returns the navigation property `name`. `column` is the index of its lookup column in [`Record::COLUMNS`].
/// Only generated code calls this function.
#[must_use]
pub const fn nav<From, To, W>(name: &'static str, column: u16) -> Nav<From, To, W> {
    Nav { name, column, marker: PhantomData }
}

impl<From, To, W> Nav<From, To, W> {
    /// Returns the name of the navigation property: `parentcustomerid_account`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Returns the lookup column of the navigation property.
    #[must_use]
    pub const fn column(self) -> Column<From, kind::Lookup, W> {
        column(self.column)
    }
}

/// Marks a one-to-many relationship: rows of another table refer to this row by a lookup.
#[derive(Clone, Copy, Debug)]
pub enum OneToMany {}
/// Marks a many-to-many relationship: an intersect table relates rows of another table to this row.
#[derive(Clone, Copy, Debug)]
pub enum ManyToMany {}

/// A navigation property of table `From` that leads to many rows of table `To`.
///
/// `R` is the kind of the relationship, [`OneToMany`] or [`ManyToMany`].
pub struct NavMany<From, To, R = OneToMany> {
    name: &'static str,
    marker: Marker<(From, To, R)>,
}

/// Returns the navigation property `name`, which leads to many rows. Only generated code calls this function.
#[must_use]
pub const fn nav_many<From, To, R>(name: &'static str) -> NavMany<From, To, R> {
    NavMany { name, marker: PhantomData }
}

impl<From, To, R> NavMany<From, To, R> {
    /// Returns the name of the navigation property: `contact_customer_accounts`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
}

/// An alternate key of table `T`: columns whose values together identify a row.
///
/// `V` is the tuple of the columns' kinds: `(Text, Int)` for a key of a text column and a whole number
/// column.
pub struct Key<T, V> {
    columns: &'static [u16],
    marker: Marker<(T, V)>,
}

/// Returns the alternate key of the columns with the indices `columns` in [`Record::COLUMNS`]. Only generated
/// code calls this function.
#[must_use]
pub const fn key<T, V>(columns: &'static [u16]) -> Key<T, V> {
    Key { columns, marker: PhantomData }
}

impl<T, V> Key<T, V> {
    /// Returns the indices of the key's columns in [`Record::COLUMNS`].
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

impl<A: Record, B: Record, W> fmt::Debug for Nav<A, B, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} -> {}", A::TABLE, self.name, B::TABLE)
    }
}

impl<A: Record, B: Record, R> fmt::Debug for NavMany<A, B, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} -> many {}", A::TABLE, self.name, B::TABLE)
    }
}

impl<T: Record, V> fmt::Debug for Key<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.columns.iter().map(|at| T::COLUMNS[*at as usize])).finish()
    }
}
