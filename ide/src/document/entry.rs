//! Reads one query of a document, which is a plain text or a JSON object with a query as one of its members.
//! The reader of documents and streams calls it for each query.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::EmbeddedText;
use super::json::Json;
use crate::query::{QueryForm, TableName};
use crate::request::BatchRequest;

/// A query of a document. If the query is in a JSON object, the other members of that object belong to it.
#[derive(Debug)]
pub struct QueryEntry<'a> {
    /// The text of the query, with its position in the lines of the document.
    pub query: EmbeddedText<'a>,
    /// The JSON object that contains the query; `None` if the query is a plain text.
    pub request: Option<BatchRequest<'a>>,
    /// The table name in the JSON object, with its position in the lines of the document; `None` if there is
    /// none.
    pub table: Option<EmbeddedText<'a>>,
}

/// The members of a JSON object whose positions diagnostics need.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    query: Option<&'a RawValue>,
    #[serde(borrow)]
    filter: Option<&'a RawValue>,
    #[serde(borrow)]
    fetchxml: Option<&'a RawValue>,
    #[serde(borrow)]
    odata: Option<&'a RawValue>,
    #[serde(borrow)]
    table: Option<&'a RawValue>,
    #[serde(borrow)]
    entity_set: Option<&'a RawValue>,
}

impl<'a> QueryEntry<'a> {
    /// Reads the query at the byte range `range` of `lines`.
    ///
    /// # Errors
    /// Returns a sentence as an error if the text is a JSON object that is not valid or has no query.
    pub(crate) fn read(lines: &'a str, range: Range<usize>) -> Result<Self, String> {
        let text = lines.get(range).unwrap_or_default();
        if Json::begins(text.as_bytes()).is_none_or(|json| json.is_array()) {
            return Ok(Self { query: EmbeddedText::plain(lines, text), request: None, table: None });
        }
        let request = BatchRequest::read(text)?;
        request.text()?;
        request.table()?;
        let raw: Raw<'_> = serde_json::from_str(text).map_err(|e| e.to_string())?;
        // A member that is `null` counts as absent.
        let piece = |value: Option<&'a RawValue>| value.and_then(|v| EmbeddedText::json(lines, v.get()));
        let query = [raw.query, raw.filter, raw.fetchxml, raw.odata].into_iter().find_map(piece);
        let query = query.ok_or_else(|| "no `query` and no `filter`".to_owned())?;
        let table = piece(raw.table).or_else(|| piece(raw.entity_set));
        Ok(Self { query, request: Some(request), table })
    }

    /// Returns the text of the query with its form.
    #[must_use]
    pub fn text(&self) -> QueryForm<'_> {
        match self.request.as_ref().and_then(|request| request.text().ok()) {
            Some(text) => text,
            None => QueryForm::read(self.query.text()),
        }
    }

    /// Returns the table named in the JSON object; `None` if it names none. An object that has both `table`
    /// and `entity_set` was refused when it was read.
    #[must_use]
    pub fn table_name(&self) -> Option<TableName> {
        self.request.as_ref().and_then(|request| request.table().ok().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Result<QueryEntry<'_>, String> {
        QueryEntry::read(text, 0..text.len())
    }

    #[test]
    fn a_filter_a_request_and_fetchxml_are_told_apart() {
        assert_eq!(entry("a eq 1").unwrap().text(), QueryForm::Filter("a eq 1"));
        assert_eq!(entry("contacts?$top=1").unwrap().text(), QueryForm::Request("contacts?$top=1"));
        assert_eq!(entry("{id} eq a").unwrap().text(), QueryForm::Filter("{id} eq a"));
        assert_eq!(entry("<fetch>\n</fetch>").unwrap().text(), QueryForm::Fetch("<fetch>\n</fetch>"));
        let lines = "  a eq 1 ";
        assert_eq!(QueryEntry::read(lines, 2..8).unwrap().text(), QueryForm::Filter("a eq 1"));
    }

    #[test]
    fn json_is_read_as_in_a_batch() {
        let line = r#"{"n":1, "table":"contact","filter":"a eq 'x'"}"#;
        let json = entry(line).unwrap();
        assert_eq!(json.text(), QueryForm::Filter("a eq 'x'"));
        assert_eq!(json.table.as_ref().unwrap().text(), "contact");
        assert_eq!(entry(r#"{"query":"$top=1"}"#).unwrap().text(), QueryForm::Request("$top=1"));
        assert_eq!(entry("{\n\"fetchxml\":\"<fetch/>\"\n}").unwrap().text(), QueryForm::Fetch("<fetch/>"));
        for member in ["query", "filter", "odata"] {
            let line = format!("{{\"{member}\":\" <fetch/>\"}}");
            assert_eq!(
                entry(&line).unwrap().text(),
                QueryForm::Fetch(" <fetch/>"),
                "what begins with `<` is FetchXML"
            );
        }
        for wrong in
            ["{}", r#"{"query":"a","filter":"b"}"#, r#"{"query":1}"#, r#"{"query":"a""#, r#"{"filter":null}"#]
        {
            assert!(entry(wrong).is_err(), "{wrong}");
        }
    }
}
