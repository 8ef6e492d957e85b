//! A query as a JSON object: a request of the batch contract, or a line of a file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use dvkit_diagnostic::suggest;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::query::{QueryForm, TableName};

/// A query with what is said beside it. Members that are not known are left alone, because editors may keep notes of their
/// own there, unless they look like a mistake.
#[derive(Debug, Deserialize)]
pub struct BatchRequest<'a> {
    /// What the response repeats.
    #[serde(borrow, default)]
    pub id: Option<&'a RawValue>,
    query: Option<String>,
    filter: Option<String>,
    fetchxml: Option<String>,
    odata: Option<String>,
    table: Option<String>,
    entity_set: Option<String>,
    /// The organisation that the query is for, by its name in `dvkit.toml`.
    pub org: Option<String>,
    /// The tables that lookups are followed to, over those of the workspace.
    #[serde(default)]
    pub targets: BTreeMap<String, String>,
    /// Are placeholders accepted? Instead of what the workspace says.
    pub placeholders: Option<bool>,
}

/// The members of a request.
const MEMBERS: [&str; 10] =
    ["id", "query", "filter", "fetchxml", "odata", "table", "entity_set", "org", "targets", "placeholders"];

/// Other words for members, as other tools have them. They are mistakes only where the member itself is not given.
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
    /// Reads one object.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn read(object: &'a str) -> Result<Self, String> {
        let request: Self = serde_json::from_str(object).map_err(|e| without_line(&e))?;
        let Members(members) = serde_json::from_str(object).map_err(|e| without_line(&e))?;
        match members.iter().find_map(|member| mistaken(member, &members)) {
            Some(mistake) => Err(mistake),
            None => Ok(request),
        }
    }

    /// Returns the query that is checked: what begins with `<` is FetchXML, whatever the member is called.
    ///
    /// # Errors
    /// Where there is none, or several; a sentence.
    pub fn text(&self) -> Result<QueryForm<'_>, String> {
        self.one("no `query` and no `filter`")
    }

    /// Returns the query that is translated: OData or FetchXML.
    ///
    /// # Errors
    /// Where there is none, or several; a sentence.
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

    /// Returns the table that the request names.
    ///
    /// # Errors
    /// Where it names one in two ways; a sentence.
    pub fn table(&self) -> Result<Option<TableName>, String> {
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

/// What is to be said of a member where it looks like a mistake: an error that is ignored would answer another query.
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
    // Short names are close to each other by chance.
    let slip =
        || MEMBERS.into_iter().find(|known| written.len() > 3 && suggest::is_one_edit(&written, known));
    let other = || {
        let (_, known) = OTHER_WORDS.into_iter().find(|(word, _)| *word == written)?;
        (!all.iter().any(|given| given == known)).then_some(known)
    };
    let known = same.or_else(slip).or_else(other)?;
    Some(format!("there is no member `{member}`; did you mean `{known}`?"))
}

/// The names of the members of an object.
struct Members<'a>(Vec<Cow<'a, str>>);

/// A name as it is written, without a copy where it has no escapes.
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
    }

    #[test]
    fn a_member_that_is_a_note_is_left_alone() {
        for member in
            ["n", "ok", "name", "note", "expect", "codes", "row", "why", "file", "line", "rewritten", "only"]
        {
            let object = format!("{{\"query\":\"a\",\"{member}\":[1,{{}}]}}");
            assert!(BatchRequest::read(&object).is_ok(), "{object}");
        }
        // The member itself is there, so the other word is something else.
        assert!(BatchRequest::read(r#"{"query":"a","table":"contact","entity":"Kontakt"}"#).is_ok());
    }
}
