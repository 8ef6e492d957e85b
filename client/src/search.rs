//! Searches texts over many tables with Dataverse search (learn.microsoft.com, "Search for Dataverse records"):
//! queries, suggestions and completions.
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::{Client, Request, Result};

/// A search for rows, for [`Client::search`].
///
/// ```
/// use dvkit_client::{Search, SearchTable};
///
/// let search = Search::new("contoso")
///     .table(SearchTable::new("account").select(["name"]).filter("statecode eq 0"))
///     .count()
///     .top(20);
/// ```
#[derive(Debug, Clone, Serialize)]
#[must_use]
pub struct Search {
    search: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    count: bool,
    // The service takes the structured parameters as JSON in a text.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_text")]
    entities: Vec<SearchTable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_text")]
    orderby: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_text")]
    facets: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skip: Option<u32>,
    #[serde(skip_serializing_if = "Map::is_empty", serialize_with = "as_text")]
    options: Map<String, Value>,
}

/// A table that is searched.
#[derive(Debug, Clone, Serialize)]
#[must_use]
pub struct SearchTable {
    name: String,
    #[serde(rename = "selectColumns", skip_serializing_if = "Vec::is_empty")]
    select: Vec<String>,
    #[serde(rename = "searchColumns", skip_serializing_if = "Vec::is_empty")]
    search: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    #[serde(skip)]
    mistake: Option<String>,
}

fn as_text<T: Serialize, S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&serde_json::to_string(value).map_err(serde::ser::Error::custom)?)
}

impl SearchTable {
    /// Returns the table with the logical name `name`, with all its columns that are indexed.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), select: Vec::new(), search: Vec::new(), filter: None, mistake: None }
    }

    /// Sets the columns that are returned.
    pub fn select(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.select = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the columns in which the text is searched.
    pub fn search_in(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.search = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Limits the rows to those that fulfil `condition`, in the language of `$filter`.
    pub fn filter(mut self, condition: impl Into<String>) -> Self {
        self.filter = Some(condition.into());
        self
    }

    /// Returns the table as one that cannot be searched: a search with it is not sent, and the error has the text
    /// `mistake`. A mistake that was noted before stays.
    pub fn refuse(mut self, mistake: impl Into<String>) -> Self {
        self.mistake = self.mistake.or_else(|| Some(mistake.into()));
        self
    }
}

impl Search {
    /// Returns a search for `text` in all tables that are indexed. `text` has at most 100 characters.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            search: text.into(),
            count: false,
            entities: Vec::new(),
            filter: None,
            orderby: Vec::new(),
            facets: Vec::new(),
            top: None,
            skip: None,
            options: Map::new(),
        }
    }

    /// Adds a table. Without a call of this method all tables are searched.
    pub fn table(mut self, table: impl Into<SearchTable>) -> Self {
        self.entities.push(table.into());
        self
    }

    /// Limits the rows of all tables to those that fulfil `condition`, in the language of `$filter`.
    pub fn filter(mut self, condition: impl Into<String>) -> Self {
        self.filter = Some(condition.into());
        self
    }

    /// Adds a column by which the results are ordered, such as `@search.score desc` or `modifiedon desc`.
    pub fn order_by(mut self, column: impl Into<String>) -> Self {
        self.orderby.push(column.into());
        self
    }

    /// Adds a facet, such as `entityname,count:100`.
    pub fn facet(mut self, facet: impl Into<String>) -> Self {
        self.facets.push(facet.into());
        self
    }

    /// Requests the number of all results.
    pub fn count(mut self) -> Self {
        self.count = true;
        self
    }

    /// Limits the results to the first `results`, at most 100.
    pub fn top(mut self, results: u32) -> Self {
        self.top = Some(results);
        self
    }

    /// Skips the first `results`.
    pub fn skip(mut self, results: u32) -> Self {
        self.skip = Some(results);
        self
    }

    /// Finds rows that contain all words (`true`) or any word (`false`, the default).
    pub fn all_words(mut self, all: bool) -> Self {
        self.options.insert("searchmode".to_owned(), if all { "all" } else { "any" }.into());
        self
    }

    /// Reads the text in the query language of Lucene: wildcards, fuzzy words, boolean operators.
    pub fn lucene(mut self) -> Self {
        self.options.insert("querytype".to_owned(), "lucene".into());
        self
    }

    /// Returns the request of the search.
    #[must_use]
    pub fn request(&self) -> Request {
        search_request("query", self)
    }
}

/// Returns a request to the search API. A search changes nothing, so it can be sent twice.
fn search_request(operation: &str, search: &Search) -> Request {
    let request = Request::post(format!("/api/search/v2.0/{operation}")).json(search).idempotent(true);
    match search.entities.iter().find_map(|table| table.mistake.as_ref()) {
        Some(mistake) => request.refuse(mistake),
        None => request,
    }
}

/// The results of a search.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct SearchResults {
    /// The rows, best first.
    #[serde(rename = "Value", default)]
    pub rows: Vec<SearchHit>,
    /// The number of all rows; -1 or 0 unless it was requested.
    #[serde(rename = "Count", default)]
    pub count: i64,
    /// The facets, by the name of the column.
    #[serde(rename = "Facets", default, deserialize_with = "or_default")]
    pub facets: Map<String, Value>,
}

/// A row that a search has found.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct SearchHit {
    /// The id of the row.
    #[serde(rename = "Id", default)]
    pub id: String,
    /// The logical name of the table.
    #[serde(rename = "EntityName", default)]
    pub table: String,
    /// The measure by which the results are ordered.
    #[serde(rename = "Score", default)]
    pub score: f64,
    /// The columns that were selected, by their names.
    #[serde(rename = "Attributes", default, deserialize_with = "or_default")]
    pub columns: Map<String, Value>,
    /// The parts of the columns in which the text was found, by the names of the columns.
    #[serde(rename = "Highlights", default, deserialize_with = "or_default")]
    pub highlights: Map<String, Value>,
}

/// A suggestion for a text that somebody is typing.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Suggestion {
    /// The text, with the marks of the part that was found.
    #[serde(rename = "Text", default)]
    pub text: String,
    /// The row, by the names of its columns.
    #[serde(rename = "Document", default, deserialize_with = "or_default")]
    pub row: Map<String, Value>,
}

fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(value: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or_default())
}

/// The response of the search API: JSON in a text.
struct Answer<T>(T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Answer<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Outer {
            response: String,
        }
        let outer = Outer::deserialize(deserializer)?;
        serde_json::from_str(&outer.response).map(Self).map_err(D::Error::custom)
    }
}

/// The value of a response.
#[derive(Deserialize)]
struct Holder<T> {
    #[serde(rename = "Value")]
    value: T,
}

impl Client {
    /// Searches rows.
    ///
    /// # Errors
    /// Returns the errors of [`Client::json`]; the service refuses a search if the organisation has Dataverse
    /// search turned off.
    pub async fn search(&self, search: &Search) -> Result<SearchResults> {
        self.json::<Answer<SearchResults>>(search.request()).await.map(|answer| answer.0)
    }

    /// Returns rows for a text that somebody is typing. The text has from 3 to 100 characters. Tables, filters,
    /// order and `top` of the search apply.
    ///
    /// # Errors
    /// Returns the errors of [`Client::search`].
    pub async fn suggest(&self, search: &Search) -> Result<Vec<Suggestion>> {
        let request = search_request("suggest", search);
        self.json::<Answer<Holder<Vec<Suggestion>>>>(request).await.map(|answer| answer.0.value)
    }

    /// Returns the completion of the last word of a text that somebody is typing; empty if there is none.
    ///
    /// # Errors
    /// Returns the errors of [`Client::search`].
    pub async fn autocomplete(&self, search: &Search) -> Result<String> {
        let request = search_request("autocomplete", search);
        let answer = self.json::<Answer<Holder<Option<String>>>>(request).await?;
        Ok(answer.0.value.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn structured_parameters_are_json_in_texts() {
        let search = Search::new("contoso")
            .table(SearchTable::new("account").select(["name"]).filter("statecode eq 0"))
            .order_by("modifiedon desc")
            .all_words(true)
            .top(5);
        assert_eq!(
            serde_json::to_value(&search).unwrap(),
            json!({
                "search": "contoso",
                "entities": r#"[{"name":"account","selectColumns":["name"],"filter":"statecode eq 0"}]"#,
                "orderby": r#"["modifiedon desc"]"#,
                "options": r#"{"searchmode":"all"}"#,
                "top": 5,
            })
        );
    }

    #[test]
    fn any_word_finds_a_row_if_not_all_are_wanted() {
        let options =
            |all| serde_json::to_value(Search::new("a b").all_words(all)).unwrap()["options"].clone();
        assert_eq!(options(true), r#"{"searchmode":"all"}"#);
        assert_eq!(options(false), r#"{"searchmode":"any"}"#);
    }
}
