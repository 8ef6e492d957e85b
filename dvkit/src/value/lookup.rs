//! Lookups as they are read, and references to rows as they are written.

use core::fmt;
use core::marker::PhantomData;
use std::borrow::Cow;

use crate::{EntitySet, Guid, Table};

/// A lookup column as read: the row it points to.
///
/// Table and label come with the annotations of the answer (`Prefer: odata.include-annotations="*"`); the table of a
/// column with one target is known without them.
#[derive(Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The id of the row.
    pub id: Guid,
    /// The logical name of its table.
    pub table: Option<Cow<'static, str>>,
    /// What it is called: the value of its primary name column.
    pub label: Option<Box<str>>,
}

impl Lookup {
    /// A lookup of which only the id is known.
    #[must_use]
    pub const fn new(id: Guid) -> Self {
        Self { id, table: None, label: None }
    }

    /// The row, where it is one of table `T`; `None` where it is of another table or its table was not told.
    #[must_use]
    pub fn to<T: Table>(&self) -> Option<Ref<T>> {
        (self.table.as_deref() == Some(T::TABLE)).then(|| Ref::new(self.id))
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

/// A row of table `T`, by its id.
pub struct Ref<T> {
    id: Guid,
    table: PhantomData<fn() -> T>,
}

impl<T> Ref<T> {
    /// The row with this id.
    #[must_use]
    pub const fn new(id: Guid) -> Self {
        Self { id, table: PhantomData }
    }

    /// Its id.
    #[must_use]
    pub const fn id(self) -> Guid {
        self.id
    }
}

impl<T: EntitySet> Ref<T> {
    /// Its address below the service's root: `contacts(78914942-34cb-ed11-b596-0022481d68cd)`.
    #[must_use]
    pub fn path(self) -> String {
        format!("{}({})", T::ENTITY_SET, self.id)
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

impl<T: Table> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", T::TABLE, self.id)
    }
}

impl<T: Table> From<Ref<T>> for Lookup {
    fn from(row: Ref<T>) -> Self {
        Self { id: row.id, table: Some(Cow::Borrowed(T::TABLE)), label: None }
    }
}
