//! A query as a JSON object: a question of the batch contract, or a line of a file.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::input::{TableName, Text};

/// A question. Members that are not known are left alone: editors may keep notes of their own there.
#[derive(Debug, Deserialize)]
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

    /// What is asked about: what begins with `<` is FetchXML, under whatever name it stands. The error is a sentence.
    pub(crate) fn text(&self) -> Result<Text<'_>, String> {
        self.one("no `query` and no `filter`")
    }

    /// What is to be translated: OData or FetchXML; the error is a sentence.
    pub(crate) fn translated(&self) -> Result<Text<'_>, String> {
        self.one("no `odata` and no `fetchxml`")
    }

    fn one(&self, none: &str) -> Result<Text<'_>, String> {
        let texts = [
            ("query", &self.query, Text::Request as fn(_) -> _),
            ("filter", &self.filter, Text::Filter),
            ("odata", &self.odata, Text::untrimmed),
            ("fetchxml", &self.fetchxml, Text::Fetch),
        ];
        let mut given =
            texts.into_iter().filter_map(|(name, text, read)| Some((name, text.as_deref()?, read)));
        let Some((name, text, read)) = given.next() else { return Err(none.to_owned()) };
        if let Some((other, ..)) = given.next() {
            return Err(format!("give `{name}` or `{other}`, not both"));
        }
        Ok(if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
            Text::Fetch(text)
        } else {
            read(text)
        })
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

/// The message of a JSON error. Its line number counts from the beginning of the object.
fn without_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    let what = if error.is_data() { "" } else { "not JSON: " };
    let line = if error.line() > 1 { format!("line {} of it, ", error.line()) } else { String::new() };
    format!("{what}{message} ({line}column {})", error.column())
}
