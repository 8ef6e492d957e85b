//! Defines [`RowKey`], which identifies a row of a table, and [`RowRef`], a reference to a row.

use core::fmt;

use super::check::{self, Template};
use super::error::Result;
use super::names;
use super::organisation::Table;
use super::value::Value;
use crate::Guid;

/// The key of one row: a guid, or the values of an alternate key.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RowKey {
    /// The primary key.
    Id(Guid),
    /// The columns of an alternate key, with their values.
    Columns(Vec<(String, Value)>),
}

impl RowKey {
    /// Returns the key with these columns and values.
    ///
    /// ```
    /// use dvkit::by_name::RowKey;
    /// # use dvkit::by_name::Organisation;
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
    /// # let organisation = Organisation::new(dvkit_schema::Store::open(folder)?);
    /// let row = organisation.table("account")?.row(RowKey::columns([("accountnumber", "A-1")]));
    /// assert_eq!(row.path()?, "accounts(accountnumber='A-1')");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn columns<N: Into<String>, V: Into<Value>>(values: impl IntoIterator<Item = (N, V)>) -> Self {
        Self::Columns(values.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// Appends the path of the row to a template.
    pub(super) fn write(&self, table: &Table, out: &mut Template) -> Result<()> {
        out.push(table.entity_set());
        out.push("(");
        match self {
            Self::Id(id) => out.push(&id.to_string()),
            Self::Columns(columns) => {
                for (at, (name, value)) in columns.iter().enumerate() {
                    out.push(if at > 0 { "," } else { "" });
                    out.push(&names::path(table.organisation.store(), Some(table.name()), name)?.path);
                    out.push("=");
                    out.value(value);
                }
            }
        }
        out.push(")");
        Ok(())
    }
}

impl From<Guid> for RowKey {
    fn from(id: Guid) -> Self {
        Self::Id(id)
    }
}

impl From<&Guid> for RowKey {
    fn from(id: &Guid) -> Self {
        Self::Id(*id)
    }
}

impl From<&RowKey> for RowKey {
    fn from(key: &RowKey) -> Self {
        key.clone()
    }
}

impl From<RowRef> for RowKey {
    /// Returns the key of the row. The table of the row is forgotten.
    fn from(row: RowRef) -> Self {
        row.key
    }
}

/// A reference to one row of a table. [`Table::row`] returns it.
#[derive(Clone)]
pub struct RowRef {
    table: Table,
    key: RowKey,
}

impl Table {
    /// Returns a reference to one row: by a guid, or by an alternate key ([`RowKey::columns`]).
    #[must_use]
    pub fn row(&self, key: impl Into<RowKey>) -> RowRef {
        RowRef::new(self.clone(), key.into())
    }
}

impl RowRef {
    pub(super) fn new(table: Table, key: RowKey) -> Self {
        Self { table, key }
    }

    /// Returns the table of the row.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Returns the key of the row.
    #[must_use]
    pub fn key(&self) -> &RowKey {
        &self.key
    }

    /// Returns the id of the row; `None` if the row is named by an alternate key.
    #[must_use]
    pub fn id(&self) -> Option<Guid> {
        match &self.key {
            RowKey::Id(id) => Some(*id),
            RowKey::Columns(_) => None,
        }
    }

    /// Returns the path of the row relative to the service's root, percent-encoded:
    /// `contacts(78914942-34cb-ed11-b596-0022481d68cd)`.
    ///
    /// # Errors
    /// Returns the findings if the table has no alternate key of these columns, or if a value does not fit its
    /// column.
    pub fn path(&self) -> Result<String> {
        if let RowKey::Id(id) = &self.key {
            return Ok(format!("{}({id})", self.table.entity_set()));
        }
        let mut template = Template::default();
        self.key.write(&self.table, &mut template)?;
        Ok(check::request(&self.table.organisation, &template)?.target().to_owned())
    }
}

impl From<&RowRef> for Value {
    /// Returns the id of the row. A row that is named by an alternate key has no id here, and becomes a value
    /// that no column takes.
    fn from(row: &RowRef) -> Self {
        match row.key() {
            RowKey::Id(id) => Self::Row(*id, Some(row.table().name().to_owned())),
            RowKey::Columns(_) => Self::List(Vec::new()),
        }
    }
}

impl From<RowRef> for Value {
    fn from(row: RowRef) -> Self {
        Self::from(&row)
    }
}

impl fmt::Debug for RowRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?})", self.table.name(), self.key)
    }
}

impl PartialEq for RowRef {
    fn eq(&self, other: &Self) -> bool {
        self.table.name() == other.table.name() && self.key == other.key
    }
}
