//! Reads a query that is given as a JSON object: a request of a batch, or an object in a file of queries. The
//! object may also name the table, the organisation and options. The readers of batches and of documents call
//! it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use dvkit_diagnostic::suggest;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::query::{QueryForm, TableName};

/// A JSON object with a query and its options. Unknown members are ignored, because editors may keep notes
/// there, but a member that looks like a misspelt one is an error.
#[derive(Debug, Deserialize)]
pub struct BatchRequest<'a> {
    /// The identifier of the request, which the response repeats; `None` if the request has none.
    #[serde(borrow, default)]
    pub id: Option<&'a RawValue>,
    query: Option<String>,
    filter: Option<String>,
    fetchxml: Option<String>,
    odata: Option<String>,
    table: Option<String>,
    entity_set: Option<String>,
    /// The name in `dvkit.toml` of the organisation that the query is for; `None` for the default one.
    pub org: Option<String>,
    /// The tables that polymorphic lookups are assumed to point to, by column, or by table and column. They
    /// override those of the workspace.
    #[serde(default)]
    pub targets: BTreeMap<String, String>,
    /// Whether placeholders such as `{id}` are accepted; `None` if the setting of the workspace applies.
    pub placeholders: Option<bool>,
}

/// The names of the members that a request can have.
const MEMBERS: [&str; 10] =
    ["id", "query", "filter", "fetchxml", "odata", "table", "entity_set", "org", "targets", "placeholders"];

/// Names that other tools use for a member, each with the right name. They are mistakes only if the object
/// does not have the right member.
const OTHER_WORDS: [(&str, &str); 8] = [
    ("organisation", "org"),
    ("organization", "org"),
    ("entity", "table"),
    ("entityname", "table"),
    ("logicalname", "table"),
    ("entitysetname", "entity_set"),
    ("url", "query"),
    ("fetch", "fetchxml"),
];

impl<'a> BatchRequest<'a> {
    /// Parses a JSON object.
    ///
    /// # Errors
    /// Returns a sentence as an error if the object is not valid, or has a member that looks like a misspelt
    /// one.
    pub fn read(object: &'a str) -> Result<Self, String> {
        // An array would be read as the members in their order.
        let Members(members) = serde_json::from_str(object).map_err(|e| without_line(&e))?;
        let request: Self = serde_json::from_str(object).map_err(|e| without_line(&e))?;
        match members.iter().find_map(|member| mistaken(member, &members)) {
            Some(mistake) => Err(mistake),
            None => Ok(request),
        }
    }

    /// Returns the query to check. A text that begins with `<` is FetchXML, whatever the name of its member
    /// is.
    ///
    /// # Errors
    /// Returns a sentence as an error if the object has no query, or several.
    pub fn text(&self) -> Result<QueryForm<'_>, String> {
        self.one("no `query` and no `filter`")
    }

    /// Returns the query to translate. A text that begins with `<` is FetchXML, whatever the name of its
    /// member is.
    ///
    /// # Errors
    /// Returns a sentence as an error if the object has no query, or several.
    pub fn translated(&self) -> Result<QueryForm<'_>, String> {
        self.one("no `odata` and no `fetchxml`")
    }

    fn one(&self, none: &str) -> Result<QueryForm<'_>, String> {
        let texts = [
            ("query", &self.query, QueryForm::Request as fn(_) -> _),
            ("filter", &self.filter, QueryForm::Filter),
            ("odata", &self.odata, QueryForm::untrimmed),
            ("fetchxml", &self.fetchxml, QueryForm::Fetch),
        ];
        let mut given =
            texts.into_iter().filter_map(|(name, text, read)| Some((name, text.as_deref()?, read)));
        let Some((name, text, read)) = given.next() else { return Err(none.to_owned()) };
        if let Some((other, ..)) = given.next() {
            return Err(format!("give `{name}` or `{other}`, not both"));
        }
        Ok(if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
            QueryForm::Fetch(text)
        } else {
            read(text)
        })
    }

    /// Returns the table named in the object; `None` if it names none.
    ///
    /// # Errors
    /// Returns a sentence as an error if the object has both `table` and `entity_set`.
    pub fn table(&self) -> Result<Option<TableName>, String> {
        match (&self.table, &self.entity_set) {
            (Some(_), Some(_)) => Err("give `table` or `entity_set`, not both".to_owned()),
            (Some(name), None) => Ok(Some(TableName::Table(name.clone()))),
            (None, set) => Ok(set.clone().map(TableName::EntitySet)),
        }
    }
}

/// Returns the message of a JSON error. A line number in it counts from the beginning of the object.
fn without_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    let what = if error.is_data() { "" } else { "not JSON: " };
    let line = if error.line() > 1 { format!("line {} of it, ", error.line()) } else { String::new() };
    format!("{what}{message} ({line}column {})", error.column())
}

/// Returns a sentence if the unknown member `member` looks like a mistake; `None` otherwise. `all` are the
/// members of the object. If a misspelt member were ignored, another query would be checked than intended.
fn mistaken(member: &str, all: &[Cow<'_, str>]) -> Option<String> {
    if MEMBERS.contains(&member) {
        return None;
    }
    let plain = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let written = plain(member);
    if written == "schema" {
        return Some(
            "a query cannot bring a `schema`: that of the command is used, or name an organisation of `dvkit.toml` with `org`"
                .to_owned(),
        );
    }
    let same = MEMBERS.into_iter().find(|known| plain(known) == written);
    // Short names can be similar by coincidence.
    let slip =
        || MEMBERS.into_iter().find(|known| written.len() > 3 && suggest::is_one_edit(&written, known));
    let other = || {
        let (_, known) = OTHER_WORDS.into_iter().find(|(word, _)| *word == written)?;
        (!all.iter().any(|given| given == known)).then_some(known)
    };
    let known = same.or_else(slip).or_else(other)?;
    Some(format!("there is no member `{member}`; did you mean `{known}`?"))
}

/// The names of the members of a JSON object, without their values.
struct Members<'a>(Vec<Cow<'a, str>>);

/// The name of a member of a JSON object, borrowed from the text if it has no escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Vec<Cow<'de, str>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut names = Vec::new();
                while let Some((Name(name), IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(names)
            }
        }
        deserializer.deserialize_map(Names).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_looks_like_a_mistake_is_refused() {
        for (object, meant) in [
            (r#"{"tabel":"contact","filter":"a"}"#, "`tabel`; did you mean `table`?"),
            (r#"{"Table":"contact","filter":"a"}"#, "`Table`; did you mean `table`?"),
            (r#"{"entitySet":"contacts","filter":"a"}"#, "did you mean `entity_set`?"),
            (r#"{"fetchXml":"<fetch/>"}"#, "did you mean `fetchxml`?"),
            (r#"{"entity":"contact","filter":"a"}"#, "did you mean `table`?"),
            (r#"{"query":"a","target":{}}"#, "did you mean `targets`?"),
            (r#"{"query":"a","organisation":"x"}"#, "did you mean `org`?"),
            (r#"{"query":"a","placeholder":true}"#, "did you mean `placeholders`?"),
            (r#"{"query":"a","schema":"x"}"#, "with `org`"),
            (r#"{"query":"a","sch\u0065ma":"x"}"#, "with `org`"),
        ] {
            let error = BatchRequest::read(object).unwrap_err();
            assert!(error.ends_with(meant), "{object}: {error}");
        }
        // A name of three letters is similar to others by coincidence, a synonym counts where its meaning is not given.
        for (object, expected) in [
            (r#"{"query":"a","orgs":"x"}"#, Some("there is no member `orgs`; did you mean `org`?")),
            (r#"{"query":"a","ogr":"x"}"#, None),
            (r#"{"query":"a","og":"x"}"#, None),
            (r#"{"url":"a"}"#, Some("there is no member `url`; did you mean `query`?")),
            (r#"{"URL":"a"}"#, Some("there is no member `URL`; did you mean `query`?")),
            (r#"{"query":"a","url":"b"}"#, None),
            (r#"{"fetch":"a"}"#, Some("there is no member `fetch`; did you mean `fetchxml`?")),
            (
                r#"{"query":"a","entity_name":"b"}"#,
                Some("there is no member `entity_name`; did you mean `table`?"),
            ),
            (
                r#"{"query":"a","entitySetName":"b"}"#,
                Some("there is no member `entitySetName`; did you mean `entity_set`?"),
            ),
            (r#"{"query":"a","colour":"b"}"#, None),
            (
                r#"{"query":"a","Schema":"x"}"#,
                Some(
                    "a query cannot bring a `schema`: that of the command is used, or name an organisation of `dvkit.toml` with `org`",
                ),
            ),
        ] {
            let error = BatchRequest::read(object).err();
            assert_eq!(error.as_deref(), expected, "{object}");
        }
    }

    #[test]
    fn a_line_that_is_no_object_is_refused_with_the_place() {
        for (object, expected) in [
            ("[\"a\"]", "invalid type: sequence, expected an object (column 0)"),
            ("1", "invalid type: integer `1`, expected an object (column 1)"),
            ("{", "not JSON: EOF while parsing an object (column 1)"),
            ("{\"query\": a}", "not JSON: expected value (column 11)"),
            ("{\"query\":\n\n a}", "not JSON: expected value (line 3 of it, column 2)"),
            ("{\"query\": 1}", "invalid type: integer `1`, expected a string (column 11)"),
            ("{} x", "not JSON: trailing characters (column 4)"),
        ] {
            assert_eq!(BatchRequest::read(object).map(drop), Err(expected.to_owned()), "{object}");
        }
    }

    #[test]
    fn a_request_has_one_text_and_one_name_of_a_table() {
        let fetch = "\u{feff} <fetch/>";
        for (object, expected) in [
            (r#"{"query":"a"}"#, Ok(QueryForm::Request("a"))),
            (r#"{"filter":"a"}"#, Ok(QueryForm::Filter("a"))),
            (r#"{"odata":"a eq 1"}"#, Ok(QueryForm::Filter("a eq 1"))),
            (r#"{"odata":" $top=1"}"#, Ok(QueryForm::Request(" $top=1"))),
            (r#"{"fetchxml":"a"}"#, Ok(QueryForm::Fetch("a"))),
            ("{\"query\":\"\u{feff} <fetch/>\"}", Ok(QueryForm::Fetch(fetch))),
            ("{\"filter\":\"\u{feff} <fetch/>\"}", Ok(QueryForm::Fetch(fetch))),
            (r#"{}"#, Err("no `query` and no `filter`")),
            (r#"{"query":"a","filter":"b"}"#, Err("give `query` or `filter`, not both")),
            (r#"{"filter":"a","odata":"b"}"#, Err("give `filter` or `odata`, not both")),
            (r#"{"odata":"a","fetchxml":"b"}"#, Err("give `odata` or `fetchxml`, not both")),
            (r#"{"query":"a","filter":"b","fetchxml":"c"}"#, Err("give `query` or `filter`, not both")),
        ] {
            let request = BatchRequest::read(object).unwrap();
            assert_eq!(request.text(), expected.map_err(str::to_owned), "{object}");
            let none = "no `query` and no `filter`";
            let translated = expected.map_err(|why| {
                if why == none { "no `odata` and no `fetchxml`".to_owned() } else { why.to_owned() }
            });
            assert_eq!(request.translated(), translated, "{object}");
        }
        for (object, expected) in [
            (r#"{}"#, Ok(None)),
            (r#"{"table":"a"}"#, Ok(Some(TableName::Table("a".to_owned())))),
            (r#"{"entity_set":"a"}"#, Ok(Some(TableName::EntitySet("a".to_owned())))),
            (r#"{"table":"a","entity_set":"b"}"#, Err("give `table` or `entity_set`, not both".to_owned())),
        ] {
            assert_eq!(BatchRequest::read(object).unwrap().table(), expected, "{object}");
        }
    }

    #[test]
    fn a_member_that_is_a_note_is_left_alone() {
        for member in
            ["n", "ok", "name", "note", "expect", "codes", "row", "why", "file", "line", "rewritten", "only"]
        {
            let object = format!("{{\"query\":\"a\",\"{member}\":[1,{{}}]}}");
            assert!(BatchRequest::read(&object).is_ok(), "{object}");
        }
        // The member itself is given, so its synonym means something else.
        assert!(BatchRequest::read(r#"{"query":"a","table":"contact","entity":"Kontakt"}"#).is_ok());
    }
}
