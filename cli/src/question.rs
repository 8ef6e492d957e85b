//! A query as a JSON object: a question of the batch contract, or a line of a file.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::input::{TableName, Text};

/// A question. Members that are not known are left alone: editors may keep notes of their own there.
#[derive(Deserialize)]
pub(crate) struct Question<'a> {
    #[serde(borrow, default)]
    pub(crate) id: Option<&'a RawValue>,
    query: Option<String>,
    filter: Option<String>,
    fetchxml: Option<String>,
    odata: Option<String>,
    table: Option<String>,
    entity_set: Option<String>,
    #[serde(default)]
    pub(crate) targets: BTreeMap<String, String>,
    pub(crate) placeholders: Option<bool>,
}

impl<'a> Question<'a> {
    /// Reads one line.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub(crate) fn read(line: &'a str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|e| without_line(&e))
    }

    /// What is asked about; the error is a sentence.
    pub(crate) fn text(&self) -> Result<Text<'_>, String> {
        match (&self.query, &self.filter, &self.fetchxml) {
            (Some(query), None, None) => Ok(Text::Request(query)),
            (None, Some(filter), None) => Ok(Text::Filter(filter)),
            (None, None, Some(fetch)) => Ok(Text::Fetch(fetch)),
            (Some(_), Some(_), None) => Err("give `query` or `filter`, not both".to_owned()),
            (None, None, None) => Err("no `query` and no `filter`".to_owned()),
            _ => Err("give one of `query`, `filter` and `fetchxml`".to_owned()),
        }
    }

    /// What is to be translated: OData or FetchXML; the error is a sentence.
    pub(crate) fn translated(&self) -> Result<Text<'_>, String> {
        match (&self.odata, &self.fetchxml) {
            (Some(odata), None) => Ok(Text::read(odata)),
            (None, Some(fetch)) => Ok(Text::Fetch(fetch)),
            (Some(_), Some(_)) => Err("give `odata` or `fetchxml`, not both".to_owned()),
            (None, None) => Err("no `odata` and no `fetchxml`".to_owned()),
        }
    }

    /// The table that it names; the error is a sentence.
    pub(crate) fn table(&self) -> Result<Option<TableName>, String> {
        match (&self.table, &self.entity_set) {
            (Some(_), Some(_)) => Err("give `table` or `entity_set`, not both".to_owned()),
            (Some(name), None) => Ok(Some(TableName::Table(name.clone()))),
            (None, set) => Ok(set.clone().map(TableName::EntitySet)),
        }
    }
}

/// The message of a JSON error, whose own line number is always 1.
fn without_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    let what = if error.is_data() { "" } else { "not JSON: " };
    format!("{what}{message} (column {})", error.column())
}
