//! Defines [`Lookup`], the value of a lookup column, and [`Ref`], a typed reference to a row.

use core::fmt;
use core::marker::PhantomData;
use std::borrow::Cow;

use crate::Guid;

/// The value of a lookup column: a reference to a row.
///
/// Table and label come from annotations in the response (`Prefer: odata.include-annotations="*"`). If the
/// lookup has only one target table, the table is known without an annotation.
#[derive(Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The id of the row.
    pub id: Guid,
    /// The logical name of the row's table; `None` if it is not known.
    pub table: Option<Cow<'static, str>>,
    /// The value of the row's primary name column; `None` if the response did not contain it.
    pub label: Option<Box<str>>,
}

impl Lookup {
    /// Returns a lookup of the row with the id `id`. Its table and label are `None`.
    #[must_use]
    pub const fn new(id: Guid) -> Self {
        Self { id, table: None, label: None }
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({}", self.table.as_deref().unwrap_or("?"), self.id)?;
        if let Some(label) = &self.label {
            write!(f, ", {label:?}")?;
        }
        f.write_str(")")
    }
}

/// A reference to a row of table `T` by its id.
pub struct Ref<T> {
    id: Guid,
    table: PhantomData<fn() -> T>,
}

impl<T> Ref<T> {
    /// Returns a reference to the row with the id `id`.
    #[must_use]
    pub const fn new(id: Guid) -> Self {
        Self { id, table: PhantomData }
    }

    /// Returns the id of the row.
    #[must_use]
    pub const fn id(self) -> Guid {
        self.id
    }
}

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Ref<T> {}

impl<T> PartialEq for Ref<T> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<T> Eq for Ref<T> {}
