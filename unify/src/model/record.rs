//! Defines [`Record`], a record of any resource.

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A record of a resource, in the shape of the model. It serialises as a JSON object with the fields of the
/// resource, then `custom_fields` and `remote_data`.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The fields of the resource, with `id` and `custom_fields`. A field that the mapping does not have is null.
    pub fields: Map<String, Value>,
    /// The row as the organisation sent it, byte for byte; `None` if it was not asked for.
    pub remote_data: Option<Box<RawValue>>,
}

impl Record {
    /// Returns the id of the record; an empty text if it has none.
    #[must_use]
    pub fn id(&self) -> &str {
        self.text("id").unwrap_or_default()
    }

    /// Returns the field `name` if it is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }

    /// Returns the field `name`; null if the record does not have it.
    #[must_use]
    pub fn get(&self, name: &str) -> &Value {
        self.fields.get(name).unwrap_or(&Value::Null)
    }

    /// Returns the record as the type of its resource, such as [`Contact`](super::Contact).
    ///
    /// # Errors
    /// Returns an error if the record is one of another resource whose fields have other types.
    pub fn to<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        let mut fields = self.fields.clone();
        if let Some(row) = &self.remote_data {
            fields.insert("remote_data".into(), serde_json::from_str(row.get())?);
        }
        serde_json::from_value(Value::Object(fields))
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        let text = |row: &Option<Box<RawValue>>| row.as_ref().map(|row| row.get().to_owned());
        self.fields == other.fields && text(&self.remote_data) == text(&other.remote_data)
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;

        let extra = usize::from(self.remote_data.is_some());
        let mut map = serializer.serialize_map(Some(self.fields.len() + extra))?;
        for (name, value) in &self.fields {
            map.serialize_entry(name, value)?;
        }
        if let Some(row) = &self.remote_data {
            map.serialize_entry("remote_data", row)?;
        }
        map.end()
    }
}
