//! Defines [`RowExtras`], which keeps everything in a row that is not a column: formatted values, the
//! version, expanded rows, aliases and annotations.

use serde_json::{Map, Value};

/// Everything in a row that is not a column of the table: the formatted values, the version, and all other
/// names with their values.
///
/// The type has the size of one pointer, and allocates memory only if the row has such values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowExtras(Option<Box<ExtrasInner>>);

#[derive(Clone, Debug, Default, PartialEq)]
struct ExtrasInner {
    etag: Option<Box<str>>,
    /// The formatted values in the order of the response, each with the index of its column in
    /// [`Record::COLUMNS`](super::Record::COLUMNS).
    formatted: Vec<(u16, Box<str>)>,
    other: Map<String, Value>,
}

impl RowExtras {
    /// Extras without any value. Generated code initialises the field with this constant.
    pub const NONE: Self = Self(None);

    /// Returns whether the row contained nothing but columns.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the version of the row (`@odata.etag`); `None` if the response contained no version. Pass it
    /// to `RowWrite::send_if_match` to change the row only if nobody else has changed it meanwhile.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.0.as_ref()?.etag.as_deref()
    }

    /// Returns the formatted value of the column with the index `index` in
    /// [`Record::COLUMNS`](super::Record::COLUMNS); `None` if the response did not contain it.
    pub(super) fn formatted_at(&self, index: usize) -> Option<&str> {
        let formatted = &self.0.as_ref()?.formatted;
        formatted.iter().find(|(at, _)| usize::from(*at) == index).map(|(_, text)| &**text)
    }

    /// Returns the value of a name that is not a column of the table: an alias, an expanded navigation
    /// property or an annotation. Returns `None` if the row did not contain the name.
    #[must_use]
    pub fn other(&self, name: &str) -> Option<&Value> {
        self.0.as_ref()?.other.get(name)
    }

    /// Returns all names that are not columns of the table, each with its value.
    pub fn others(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().flat_map(|inner| inner.other.iter()).map(|(name, value)| (name.as_str(), value))
    }

    fn inner_mut(&mut self) -> &mut ExtrasInner {
        self.0.get_or_insert_default()
    }

    pub(super) fn set_etag(&mut self, etag: String) {
        self.inner_mut().etag = Some(etag.into());
    }

    pub(super) fn set_formatted(&mut self, column: u16, text: String) {
        self.inner_mut().formatted.push((column, text.into()));
    }

    pub(super) fn set_other(&mut self, name: String, value: Value) {
        self.inner_mut().other.insert(name, value);
    }
}
