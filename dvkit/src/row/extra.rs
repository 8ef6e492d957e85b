//! What stands in an answer beside the columns: formatted values, the version tag, expanded rows, computed names.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Column, Nav, NavMany, Record};

/// What a row has beside its columns. It costs a pointer where there is nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extra(Option<Box<Beside>>);

#[derive(Clone, Debug, Default, PartialEq)]
struct Beside {
    etag: Option<Box<str>>,
    /// By the place of their column, in the order of the answer.
    formatted: Vec<(u16, Box<str>)>,
    other: Map<String, Value>,
}

impl Extra {
    /// Nothing beside the columns; for generated code.
    pub const NONE: Self = Self(None);

    /// Is there nothing?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The version of the row (`@odata.etag`), to be sent with `If-Match`.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.0.as_ref()?.etag.as_deref()
    }

    /// How the service shows the value of a column: the label of a choice, an amount with its currency, a date in the
    /// user's zone and format.
    #[must_use]
    pub fn formatted<T, K, W>(&self, column: impl Into<Column<T, K, W>>) -> Option<&str> {
        let index = column.into().index();
        let found = self.0.as_ref()?.formatted.iter().find(|(at, _)| usize::from(*at) == index)?;
        Some(&found.1)
    }

    /// The row of an expanded navigation; `None` where it was not expanded or points nowhere.
    ///
    /// Its decimal numbers and money have been kept as JSON values: they are exact up to 15 significant digits. A field of a
    /// struct with [`#[derive(Entity)]`](derive@crate::Entity) has them all.
    ///
    /// # Errors
    /// The row cannot be read: the message names table, column and value.
    pub fn expanded<A, B: Record + DeserializeOwned, W>(
        &self,
        nav: Nav<A, B, W>,
    ) -> Result<Option<B>, serde_json::Error> {
        match self.other(nav.name()) {
            None => Ok(None),
            Some(value) => Option::deserialize(value),
        }
    }

    /// The rows of an expanded collection: those in this answer. Empty where it was not expanded. Of their numbers it is as with
    /// [`expanded`](Self::expanded).
    ///
    /// # Errors
    /// A row cannot be read: the message names table, column and value.
    pub fn expanded_many<A, B: Record + DeserializeOwned>(
        &self,
        nav: NavMany<A, B>,
    ) -> Result<Vec<B>, serde_json::Error> {
        match self.other(nav.name()) {
            None => Ok(Vec::new()),
            Some(value) => Vec::deserialize(value),
        }
    }

    /// Whatever else stands in the answer, by its name there: aliases, expanded navigations, annotations.
    #[must_use]
    pub fn other(&self, name: &str) -> Option<&Value> {
        self.0.as_ref()?.other.get(name)
    }

    /// All names of [`other`](Self::other).
    pub fn others(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().flat_map(|beside| beside.other.iter()).map(|(name, value)| (name.as_str(), value))
    }

    fn beside(&mut self) -> &mut Beside {
        self.0.get_or_insert_default()
    }

    pub(super) fn set_etag(&mut self, etag: String) {
        self.beside().etag = Some(etag.into());
    }

    pub(super) fn set_formatted(&mut self, column: u16, text: String) {
        self.beside().formatted.push((column, text.into()));
    }

    pub(super) fn set_other(&mut self, name: String, value: Value) {
        self.beside().other.insert(name, value);
    }
}
