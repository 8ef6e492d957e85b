//! The extras of a row by the typed columns and navigation properties of its table.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Record, RowExtras};
use crate::column::{Column, Nav, NavMany};

impl RowExtras {
    /// Returns the value of a column as the service formats it: the label of a choice, an amount with its currency, a date
    /// in the user's time zone and format. `None` where the response had no formatted value for the column.
    #[must_use]
    pub fn formatted<T, K, W>(&self, column: impl Into<Column<T, K, W>>) -> Option<&str> {
        self.formatted_at(column.into().index())
    }

    /// Reads the row that an expanded navigation property leads to; `None` where the property was not expanded or leads to
    /// no row.
    ///
    /// Decimal numbers and money of the expanded row are exact to 15 significant digits only, because they were kept as JSON
    /// values. A field of a struct with [`#[derive(Entity)]`](derive@crate::Entity) keeps all digits.
    ///
    /// # Errors
    /// Where the row cannot be read. The message names table, column and value.
    pub fn expanded<A, B: Record + DeserializeOwned, W>(
        &self,
        nav: Nav<A, B, W>,
    ) -> Result<Option<B>, serde_json::Error> {
        match self.other(nav.name()) {
            None => Ok(None),
            Some(value) => Option::deserialize(value),
        }
    }

    /// Reads the rows of an expanded collection that this response holds; empty where the collection was not expanded.
    ///
    /// Numbers have the precision that [`expanded`](Self::expanded) describes.
    ///
    /// # Errors
    /// Where a row cannot be read. The message names table, column and value.
    pub fn expanded_many<A, B: Record + DeserializeOwned>(
        &self,
        nav: NavMany<A, B>,
    ) -> Result<Vec<B>, serde_json::Error> {
        match self.other(nav.name()) {
            None => Ok(Vec::new()),
            Some(value) => Vec::deserialize(value),
        }
    }
}
