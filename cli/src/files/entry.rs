//! What is asked in one place: a text, or a JSON object that has one.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Piece;
use super::json::Json;
use crate::input::Text;
use crate::question::Question;

/// A query and what is said beside it.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// The text of the query.
    pub(crate) query: Piece<'a>,
    /// Beside it in an object of JSON: the table, and how to check.
    pub(crate) json: Option<(Question<'a>, Option<Piece<'a>>)>,
}

/// The members that are shown at their place.
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

impl<'a> Entry<'a> {
    /// Reads the query that stands at `range` of `lines`.
    ///
    /// # Errors
    /// Where it is an object of JSON that asks nothing, a sentence.
    pub(crate) fn read(lines: &'a str, range: Range<usize>) -> Result<Self, String> {
        let text = lines.get(range).unwrap_or_default();
        if Json::begins(text.as_bytes()).is_none_or(|json| json.is_array()) {
            return Ok(Self { query: Piece::plain(lines, text), json: None });
        }
        let question = Question::read(text)?;
        question.text()?;
        question.table()?;
        let raw: Raw<'_> = serde_json::from_str(text).map_err(|e| e.to_string())?;
        // `null` stands for nothing.
        let piece = |value: Option<&'a RawValue>| value.and_then(|v| Piece::json(lines, v.get()));
        let query = [raw.query, raw.filter, raw.fetchxml, raw.odata].into_iter().find_map(piece);
        let query = query.ok_or_else(|| "no `query` and no `filter`".to_owned())?;
        let table = piece(raw.table).or_else(|| piece(raw.entity_set));
        Ok(Self { query, json: Some((question, table)) })
    }

    /// What is asked about.
    pub(crate) fn text(&self) -> Text<'_> {
        match self.json.as_ref().and_then(|(question, _)| question.text().ok()) {
            Some(text) => text,
            None => Text::read(self.query.text()),
        }
    }

    /// What stands beside the text.
    pub(crate) fn question(&self) -> Option<&Question<'a>> {
        self.json.as_ref().map(|(question, _)| question)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Result<Entry<'_>, String> {
        Entry::read(text, 0..text.len())
    }

    #[test]
    fn texts_are_told_apart() {
        assert_eq!(entry("a eq 1").unwrap().text(), Text::Filter("a eq 1"));
        assert_eq!(entry("contacts?$top=1").unwrap().text(), Text::Request("contacts?$top=1"));
        assert_eq!(entry("{id} eq a").unwrap().text(), Text::Filter("{id} eq a"));
        assert_eq!(entry("<fetch>\n</fetch>").unwrap().text(), Text::Fetch("<fetch>\n</fetch>"));
        let lines = "  a eq 1 ";
        assert_eq!(Entry::read(lines, 2..8).unwrap().text(), Text::Filter("a eq 1"));
    }

    #[test]
    fn json_asks_as_the_batch_does() {
        let line = r#"{"n":1, "table":"contact","filter":"a eq 'x'"}"#;
        let json = entry(line).unwrap();
        assert_eq!(json.text(), Text::Filter("a eq 'x'"));
        let (_, table) = json.json.as_ref().unwrap();
        assert_eq!(table.as_ref().unwrap().text(), "contact");
        assert_eq!(entry(r#"{"query":"$top=1"}"#).unwrap().text(), Text::Request("$top=1"));
        assert_eq!(entry("{\n\"fetchxml\":\"<fetch/>\"\n}").unwrap().text(), Text::Fetch("<fetch/>"));
        for member in ["query", "filter", "odata"] {
            let line = format!("{{\"{member}\":\" <fetch/>\"}}");
            assert_eq!(
                entry(&line).unwrap().text(),
                Text::Fetch(" <fetch/>"),
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
