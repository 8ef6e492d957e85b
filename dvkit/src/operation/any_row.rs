//! Defines [`DynamicRow`], a row whose table is known only from the response.

use serde::de::{Deserialize, Deserializer};

use super::complex::ComplexValue;
use super::member::{MemberError, MemberValue};
use crate::row::{Record, Row};

/// A row of any table, as operations return it that are declared with `crmbaseentity`, or the value of an
/// open type (`expando`).
#[derive(Clone, Debug, PartialEq)]
pub struct DynamicRow(ComplexValue);

impl DynamicRow {
    /// Returns the logical name of the row's table; `None` if the response did not contain the name.
    #[must_use]
    pub fn table(&self) -> Option<String> {
        self.0.type_name()
    }

    /// Returns the value of a column or member; see [`ComplexValue::get`].
    ///
    /// # Errors
    /// Returns an error if there is no such value, or if it has another type.
    pub fn get<V: MemberValue>(&self, name: &str) -> Result<V, MemberError> {
        self.0.get(name)
    }

    /// Decodes the row as a row of the table `T`. Returns `None` if the response says that the row belongs to
    /// another table.
    ///
    /// # Errors
    /// Returns an error if a value does not fit its column.
    pub fn to<T: Record>(&self) -> Result<Option<T>, MemberError> {
        if self.table().is_some_and(|table| table != T::TABLE) {
            return Ok(None);
        }
        Row::<T>::from_json(&self.0.to_json()).map(|row| Some(row.0)).map_err(MemberError::new)
    }

    /// Returns all values by their names.
    #[must_use]
    pub fn values(&self) -> &ComplexValue {
        &self.0
    }
}

impl From<DynamicRow> for ComplexValue {
    fn from(row: DynamicRow) -> Self {
        row.0
    }
}

impl MemberValue for DynamicRow {
    fn from_json(text: &str) -> Result<Self, String> {
        ComplexValue::from_json(text).map(Self)
    }
}

impl<'de> Deserialize<'de> for DynamicRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ComplexValue::deserialize(deserializer).map(Self)
    }
}
