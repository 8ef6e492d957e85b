//! Lookups as they are read, and references to rows as they are written.

use core::fmt;
use core::marker::PhantomData;
use std::borrow::Cow;

use crate::Guid;

/// The value of a lookup column: a reference to a row.
///
/// Table and label come with the annotations of the response (`Prefer: odata.include-annotations="*"`). The table of a
/// lookup with one target table is known without them.
#[derive(Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The id of the row.
    pub id: Guid,
    /// The logical name of the table of the row.
    pub table: Option<Cow<'static, str>>,
    /// The value of the row's primary name column.
    pub label: Option<Box<str>>,
}

impl Lookup {
    /// Returns a lookup of which only the id is known.
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
    /// Returns a reference to the row with this id.
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
