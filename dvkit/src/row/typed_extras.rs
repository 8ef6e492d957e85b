//! Adds methods to [`RowExtras`] that take typed columns and navigation properties instead of names.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Record, RowExtras};
use crate::column::{Column, Nav, NavMany};

impl RowExtras {
    /// Returns the formatted value of a column: the label of a choice, an amount with its currency, a date in
    /// the user's time zone and format. Returns `None` if the response contained no formatted value for the
    /// column.
    #[must_use]
    pub fn formatted<T, K, W>(&self, column: impl Into<Column<T, K, W>>) -> Option<&str> {
        self.formatted_at(column.into().index())
    }

    /// Decodes the row that the expanded navigation property `nav` leads to. Returns `None` if `nav` was not
    /// expanded or leads to no row.
    ///
    /// Decimal numbers and amounts of money in the result are exact only to 15 significant digits, because
    /// the row was stored as a JSON value. To keep all digits, use a struct with
    /// [`#[derive(Entity)]`](derive@crate::Entity) and a field for the expanded row.
    ///
    /// # Errors
    /// Returns an error if the row cannot be decoded. The message names the table, the column and the value.
    pub fn expanded<A, B: Record + DeserializeOwned, W>(
        &self,
        nav: Nav<A, B, W>,
    ) -> Result<Option<B>, serde_json::Error> {
        match self.other(nav.name()) {
            None => Ok(None),
            Some(value) => Option::deserialize(value),
        }
    }

    /// Decodes the rows that the expanded navigation property `nav` leads to, as far as this response
    /// contains them. The list is empty if `nav` was not expanded.
    ///
    /// Decimal numbers and amounts of money in the result are exact only to 15 significant digits, as
    /// [`expanded`](Self::expanded) explains.
    ///
    /// # Errors
    /// Returns an error if a row cannot be decoded. The message names the table, the column and the value.
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
