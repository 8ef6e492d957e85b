//! Parses requests of the search API.

use bytes::Bytes;
use dvkit_schema::{Table, TableKind};
use http::{HeaderMap, Method, StatusCode};
use odata_parser::url::encode;
use serde_json::{Map, Value as Json};

use super::super::service_error::{INVALID_ARGUMENT, ServiceError};
use super::super::session::{Session, key_of};
use crate::request::ApiRequest;

/// The most characters of a searched text, as documented.
const MAX_SEARCH_CHARS: usize = 100;
/// The most results of a request, as documented.
const MAX_RESULTS: u64 = 100;
/// The most results that can be skipped; it bounds the time of a search.
const MAX_SKIPPED: u64 = 10_000;

/// The most pages of rows that the filter of a search can fit.
const MAX_PAGES: usize = 20;

/// The version of the search API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// Version 1.0.
    Legacy,
    /// Version 2.0.
    Current,
}

/// A parsed search.
pub(super) struct Search<'a> {
    /// The condition in the language of FTS5.
    pub(super) condition: String,
    pub(super) tables: Vec<SearchTable<'a>>,
    pub(super) top: u64,
    pub(super) skip: u64,
    /// Whether the number of all matches is counted.
    pub(super) count: bool,
    /// The columns that order the results, with `true` for descending order.
    pub(super) order: Vec<(String, bool)>,
}

/// A table that is searched.
pub(super) struct SearchTable<'a> {
    pub(super) table: &'a Table,
    /// The columns to return; empty for the name and the columns in which the text was found.
    pub(super) select: Vec<String>,
    /// The columns to search in; empty for all texts.
    pub(super) search: Vec<String>,
    /// The conditions, in the language of `$filter`, that the rows have to fulfil.
    filters: Vec<String>,
    /// The ids of the rows that fulfil the conditions, as a JSON array; `None` without conditions.
    pub(super) ids: Option<String>,
}

/// Returns the ids of the rows that fulfil the conditions of a search, as a JSON array; `None` without conditions.
///
/// # Errors
/// Returns an error if a condition is refused, or if it fits too many rows.
fn filtered(
    session: &Session<'_>,
    call: &ApiRequest,
    table: &SearchTable<'_>,
) -> Result<Option<String>, ServiceError> {
    if table.filters.is_empty() {
        return Ok(None);
    }
    let set = table.table.entity_set.as_deref().unwrap_or(&table.table.logical_name);
    let key = table.table.primary_id.as_deref().unwrap_or_default();
    let conditions: Vec<String> = table.filters.iter().map(|filter| format!("({filter})")).collect();
    let mut url = format!("{set}?$select={key}&$filter={}", encode(&conditions.join(" and ")));
    let mut ids = Vec::new();
    for _ in 0..MAX_PAGES {
        let read = ApiRequest {
            method: Method::GET,
            url,
            caller: call.caller.clone(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        let response = super::super::run_on_rows(session, &read)?;
        let page: Json = serde_json::from_slice(&response.content.to_bytes()).unwrap_or_default();
        let rows = page.get("value").and_then(Json::as_array).into_iter().flatten();
        ids.extend(rows.filter_map(|row| row.get(key).cloned()));
        match page.get("@odata.nextLink").and_then(Json::as_str) {
            Some(next) => url = next.strip_prefix(&session.web_api()).unwrap_or(next).to_owned(),
            None => return Ok(Some(Json::Array(ids).to_string())),
        }
    }
    Err(refused("The filter of a search fits too many rows."))
}

fn refused(message: impl Into<String>) -> ServiceError {
    ServiceError::new(StatusCode::BAD_REQUEST, INVALID_ARGUMENT, message)
}

/// Returns a member without regard to letter case, because clients write `orderBy` and `orderby`.
fn member<'b>(body: &'b Map<String, Json>, name: &str) -> Option<&'b Json> {
    body.iter()
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
        .filter(|v| !v.is_null())
}

/// Returns a member that version 2.0 sends as JSON in a text.
fn unpacked(body: &Map<String, Json>, name: &str) -> Result<Option<Json>, ServiceError> {
    match member(body, name) {
        Some(Json::String(text)) if text.trim_start().starts_with(['[', '{']) => serde_json::from_str(text)
            .map(Some)
            .map_err(|error| refused(format!("The parameter '{name}' is not valid JSON: {error}"))),
        other => Ok(other.cloned()),
    }
}

impl<'a> Search<'a> {
    /// Parses a request for the operation `operation`.
    ///
    /// # Errors
    /// Returns an error if a parameter is refused or not supported.
    pub(super) fn parse(
        session: &Session<'a>,
        call: &ApiRequest,
        version: Version,
        operation: &str,
    ) -> Result<Self, ServiceError> {
        let body: Map<String, Json> = serde_json::from_slice(&call.body)
            .map_err(|error| ServiceError::bad(format!("The body is not a JSON object: {error}")))?;
        const KNOWN: [&str; 16] = [
            "search",
            "entities",
            "top",
            "skip",
            "count",
            "returntotalrecordcount",
            "orderby",
            "options",
            "searchmode",
            "searchtype",
            "fuzzy",
            "usefuzzy",
            "facets",
            "filter",
            "propertybag",
            "querytype",
        ];
        if let Some(other) = body.keys().find(|name| !KNOWN.contains(&name.to_ascii_lowercase().as_str())) {
            return Err(refused(format!("The parameter '{other}' is not a parameter of a search.")));
        }
        let text = member(&body, "search").and_then(Json::as_str).unwrap_or_default();
        let least = if operation == "suggest" { 3 } else { 1 };
        if !(least..=MAX_SEARCH_CHARS).contains(&text.chars().count()) {
            return Err(refused(format!(
                "The parameter 'search' has between {least} and {MAX_SEARCH_CHARS} characters."
            )));
        }
        let empty = |value: &Json| {
            value.as_array().is_some_and(Vec::is_empty) || value.as_str().is_some_and(str::is_empty)
        };
        if unpacked(&body, "facets")?.is_some_and(|value| !empty(&value)) {
            return Err(ServiceError::not_emulated("facets of a search"));
        }
        for name in ["fuzzy", "usefuzzy"] {
            if member(&body, name) == Some(&Json::Bool(true)) {
                return Err(ServiceError::not_emulated("a fuzzy search"));
            }
        }
        let all = all_words(&body)?;
        let flag = match version {
            Version::Legacy => "returntotalrecordcount",
            Version::Current => "count",
        };
        let number = |name: &str| match member(&body, name) {
            None => Ok(None),
            Some(value) => value
                .as_u64()
                .map(Some)
                .ok_or_else(|| refused(format!("The parameter '{name}' is not a number."))),
        };
        let default = match operation {
            "query" => 50,
            "suggest" => 5,
            _ => 1,
        };
        let skip = number("skip")?.unwrap_or(0);
        if skip > MAX_SKIPPED {
            return Err(refused(format!("The parameter 'skip' is greater than {MAX_SKIPPED}.")));
        }
        let mut tables = tables(session, unpacked(&body, "entities")?)?;
        if let Some(filter) = member(&body, "filter") {
            let filter = filter.as_str().ok_or_else(|| refused("The parameter 'filter' is not a text."))?;
            // `account:revenue gt 5` is a filter of the rows of one table.
            let (of, filter) = match filter.split_once(':') {
                Some((name, rest)) if session.table(name.trim()).is_ok() => (Some(name.trim()), rest),
                _ => (None, filter),
            };
            for table in tables.iter_mut().filter(|t| of.is_none_or(|of| t.table.logical_name == of)) {
                table.filters.push(filter.to_owned());
            }
        }
        for table in &mut tables {
            table.filters.retain(|filter| !filter.trim().is_empty());
            table.ids = filtered(session, call, table)?;
        }
        Ok(Self {
            condition: condition(text, all, operation != "query")?,
            tables,
            top: number("top")?.unwrap_or(default).min(MAX_RESULTS),
            skip,
            count: member(&body, flag) == Some(&Json::Bool(true)),
            order: order(unpacked(&body, "orderby")?)?,
        })
    }
}

/// Returns whether all words have to be found, according to the options of a search.
fn all_words(body: &Map<String, Json>) -> Result<bool, ServiceError> {
    let mut all = false;
    let mut take = |name: &str, value: &Json| -> Result<(), ServiceError> {
        match (name.to_ascii_lowercase().as_str(), value) {
            ("searchmode", Json::String(mode)) if mode.eq_ignore_ascii_case("all") => all = true,
            ("searchmode", Json::String(mode)) if mode.eq_ignore_ascii_case("any") => {}
            ("searchtype" | "querytype", Json::String(kind)) if kind.eq_ignore_ascii_case("simple") => {}
            // The ranking of results within groups is not documented further.
            ("grouprankingenabled" | "groupranking", _) => {}
            // The documentation does not say what the advanced algorithm of suggestions does.
            ("advancedsuggestenabled" | "advancedsuggest" | "advanced", _) => {}
            ("besteffortsearchenabled" | "besteffortsearch", Json::Bool(false)) => {}
            (other, value) => {
                return Err(ServiceError::not_emulated(format_args!(
                    "the option {other} of a search with {value}"
                )));
            }
        }
        Ok(())
    };
    for name in ["searchmode", "searchtype", "querytype"] {
        if let Some(value) = member(body, name) {
            take(name, value)?;
        }
    }
    match unpacked(body, "options")? {
        None => {}
        Some(Json::Object(options)) => {
            for (name, value) in &options {
                take(name, value)?;
            }
        }
        // "Set the options value to a serialized array of these options".
        Some(Json::Array(options)) => {
            for option in options {
                match option.as_str() {
                    Some("searchmodelall" | "searchmodeall") => take("searchmode", &Json::from("all"))?,
                    Some(name) => take(name, &Json::Bool(true))?,
                    None => return Err(refused("The parameter 'options' is not valid.")),
                }
            }
        }
        Some(_) => return Err(refused("The parameter 'options' is not valid.")),
    }
    Ok(all)
}

/// Translates a searched text to a condition of FTS5: words, phrases in quotes, `word*`, `+` for "and", `|` for
/// "or", `-` for "not", and `\` before a character that is not an operator. `prefix` makes the last word the
/// beginning of one.
fn condition(text: &str, all: bool, prefix: bool) -> Result<String, ServiceError> {
    #[derive(Clone, Copy, PartialEq)]
    enum Joint {
        Default,
        And,
        Or,
    }
    let mut terms: Vec<(Joint, bool, String)> = Vec::new();
    let mut joint = Joint::Default;
    let mut negated = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => {}
            '+' => joint = Joint::And,
            '|' => joint = Joint::Or,
            '-' => negated = true,
            '(' | ')' => return Err(ServiceError::not_emulated("brackets in a searched text")),
            _ => {
                let quoted = c == '"';
                let mut word = String::new();
                let mut next = if quoted { chars.next() } else { Some(c) };
                let mut star = false;
                while let Some(c) = next {
                    match c {
                        '"' if quoted => break,
                        '\\' => word.extend(chars.next()),
                        '*' if !quoted => star = true,
                        c => word.push(c),
                    }
                    let ends = !quoted && chars.peek().is_none_or(|c| " \t+|\"()".contains(*c));
                    if ends {
                        break;
                    }
                    next = chars.next();
                }
                if word.chars().any(char::is_alphanumeric) {
                    // Text in double quotes is a phrase, whatever it contains.
                    let term =
                        format!("\"{}\"{}", word.replace(['"', '\0'], " "), if star { "*" } else { "" });
                    terms.push((joint, negated, term));
                }
                joint = Joint::Default;
                negated = false;
            }
        }
    }
    if prefix
        && let Some((_, _, last)) = terms.last_mut()
        && !last.ends_with('*')
    {
        last.push('*');
    }
    let without: Vec<&str> =
        terms.iter().filter(|(_, negated, _)| *negated).map(|(.., term)| term.as_str()).collect();
    let mut condition = String::new();
    for (joint, _, term) in terms.iter().filter(|(_, negated, _)| !negated) {
        let word = match (condition.is_empty(), joint) {
            (true, _) => "",
            (false, Joint::And) => " AND ",
            (false, Joint::Or) => " OR ",
            (false, Joint::Default) if all => " AND ",
            (false, Joint::Default) => " OR ",
        };
        condition.push_str(word);
        condition.push_str(term);
    }
    match (condition.is_empty(), without.as_slice()) {
        (true, _) => Err(refused("The parameter 'search' has no word to search for.")),
        (false, []) => Ok(condition),
        (false, without) => Ok(format!("({condition}) NOT ({})", without.join(" OR "))),
    }
}

/// Parses `["@search.score desc", "modifiedon desc"]`.
fn order(value: Option<Json>) -> Result<Vec<(String, bool)>, ServiceError> {
    let clauses: Vec<String> = match value {
        None => Vec::new(),
        Some(Json::Array(all)) => all.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        Some(Json::String(text)) => text.split(',').map(str::to_owned).collect(),
        Some(_) => return Err(refused("The parameter 'orderby' is not valid.")),
    };
    let clause = |clause: &String| {
        let mut words = clause.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(name), None | Some("asc"), None) => Ok((name.to_owned(), false)),
            (Some(name), Some("desc"), None) => Ok((name.to_owned(), true)),
            _ => Err(refused(format!("The clause '{clause}' of the parameter 'orderby' is not valid."))),
        }
    };
    clauses.iter().map(clause).collect()
}

/// Returns the tables that a search names, or else all tables of rows that have a name.
fn tables<'a>(session: &Session<'a>, entities: Option<Json>) -> Result<Vec<SearchTable<'a>>, ServiceError> {
    let names = |entity: &Json, member: &str| -> Vec<String> {
        let value =
            entity.as_object().and_then(|o| o.iter().find(|(name, _)| name.eq_ignore_ascii_case(member)));
        value
            .and_then(|(_, v)| v.as_array())
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .map(str::to_owned)
            .collect()
    };
    match entities {
        None => {
            let mut all = Vec::new();
            for known in session.schema().tables.values() {
                let kind = matches!(known.kind, None | Some(TableKind::Standard | TableKind::Activity));
                if !kind || known.primary_name.is_none() || known.entity_set.is_none() || known.partial {
                    continue;
                }
                let table = session.table(&known.logical_name)?;
                if session.layout(&table.logical_name).is_ok_and(|layout| key_of(&layout).is_ok()) {
                    all.push(SearchTable {
                        table,
                        select: Vec::new(),
                        search: Vec::new(),
                        filters: Vec::new(),
                        ids: None,
                    });
                }
            }
            Ok(all)
        }
        Some(Json::Array(entities)) => {
            let one = |entity: &Json| {
                let name =
                    entity.as_str().or_else(|| entity.get("name").and_then(Json::as_str)).unwrap_or_default();
                let filter = entity.as_object().and_then(|members| member(members, "filter"));
                let filters = filter.and_then(Json::as_str).map(str::to_owned).into_iter().collect();
                let table = session
                    .table(name)
                    .map_err(|_| refused(format!("The table '{name}' is not searched.")))?;
                let (select, search) = (names(entity, "selectcolumns"), names(entity, "searchcolumns"));
                if let Some(unknown) = select.iter().chain(&search).find(|c| table.column(c).is_none()) {
                    return Err(refused(format!("The table '{name}' has no column '{unknown}'.")));
                }
                Ok(SearchTable { table, select, search, filters, ids: None })
            };
            entities.iter().map(one).collect()
        }
        Some(_) => Err(refused("The parameter 'entities' is not valid.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_searched_text_becomes_a_condition() {
        let any = |text: &str| condition(text, false, false).unwrap();
        assert_eq!(any("Contoso Ltd"), "\"Contoso\" OR \"Ltd\"");
        assert_eq!(
            any("hotel+wifi|\"king size\" -pool"),
            "(\"hotel\" AND \"wifi\" OR \"king size\") NOT (\"pool\")"
        );
        assert_eq!(any("Alp*"), "\"Alp\"*");
        assert_eq!(any("a\" OR b:c"), "\"a\" OR \" OR b:c\"");
        assert_eq!(any("\\+1"), "\"+1\"");
        assert_eq!(condition("a b", true, true).unwrap(), "\"a\" AND \"b\"*");
        for empty in ["+", "-a", "\"", "()", "* *"] {
            assert!(condition(empty, false, false).is_err(), "{empty}");
        }
    }

    #[test]
    fn every_operator_of_a_searched_text_joins_negates_or_ends_a_word() {
        for (text, condition_of_any, condition_of_all) in [
            ("a b", r#""a" OR "b""#, r#""a" AND "b""#),
            ("a\tb", r#""a" OR "b""#, r#""a" AND "b""#),
            ("a + b", r#""a" AND "b""#, r#""a" AND "b""#),
            ("a|b", r#""a" OR "b""#, r#""a" OR "b""#),
            // The sign before the first word joins nothing, and a joint holds for one word.
            ("+a b", r#""a" OR "b""#, r#""a" AND "b""#),
            ("a+b c", r#""a" AND "b" OR "c""#, r#""a" AND "b" AND "c""#),
            ("a|b c", r#""a" OR "b" OR "c""#, r#""a" OR "b" AND "c""#),
            // A negation holds for one word, wherever it stands.
            ("-a b", r#"("b") NOT ("a")"#, r#"("b") NOT ("a")"#),
            ("a -b c", r#"("a" OR "c") NOT ("b")"#, r#"("a" AND "c") NOT ("b")"#),
            ("a -b -c", r#"("a") NOT ("b" OR "c")"#, r#"("a") NOT ("b" OR "c")"#),
            ("a-b", r#""a-b""#, r#""a-b""#),
            ("a* b", r#""a"* OR "b""#, r#""a"* AND "b""#),
            // A phrase ends at its quote, and what it contains is text.
            (r#""a+b|c-d*" e"#, r#""a+b|c-d*" OR "e""#, r#""a+b|c-d*" AND "e""#),
            (r#""a b"c"#, r#""a b" OR "c""#, r#""a b" AND "c""#),
            (r#"c"a b""#, r#""c" OR "a b""#, r#""c" AND "a b""#),
            (r#""a \"b" c"#, r#""a  b" OR "c""#, r#""a  b" AND "c""#),
            (r#""a b"#, r#""a b""#, r#""a b""#),
            (r"a\+b", r#""a+b""#, r#""a+b""#),
            (r"\-a", r#""-a""#, r#""-a""#),
            (r"a\*", r#""a*""#, r#""a*""#),
            (r"a\", r#""a""#, r#""a""#),
            ("ä ß", r#""ä" OR "ß""#, r#""ä" AND "ß""#),
            ("& a", r#""a""#, r#""a""#),
        ] {
            assert_eq!(condition(text, false, false).unwrap(), condition_of_any, "any of {text}");
            assert_eq!(condition(text, true, false).unwrap(), condition_of_all, "all of {text}");
        }
    }

    #[test]
    fn only_the_last_word_of_a_suggestion_is_the_beginning_of_one() {
        for (text, found) in [
            ("a", r#""a"*"#),
            ("a b", r#""a" OR "b"*"#),
            ("a b*", r#""a" OR "b"*"#),
            ("a* b", r#""a"* OR "b"*"#),
            (r#"a "b c""#, r#""a" OR "b c"*"#),
            ("a -b", r#"("a") NOT ("b"*)"#),
        ] {
            assert_eq!(condition(text, false, true).unwrap(), found, "{text}");
        }
    }

    #[test]
    fn a_searched_text_without_a_word_and_one_with_brackets_are_refused() {
        for (text, why) in [
            ("", "no word"),
            (" ", "no word"),
            ("&", "no word"),
            ("-a -b", "no word"),
            ("\"\"", "no word"),
            ("(a", "brackets"),
            ("a)", "brackets"),
            ("a (b", "brackets"),
        ] {
            let refused = condition(text, false, false).unwrap_err().message;
            assert!(refused.contains(why), "{text}: {refused}");
        }
    }

    #[test]
    fn an_order_is_a_list_or_a_text_of_clauses() {
        let clauses = |all: &[(&str, bool)]| {
            Some(all.iter().map(|(name, descending)| ((*name).to_owned(), *descending)).collect::<Vec<_>>())
        };
        for (value, found) in [
            (Json::from("name"), clauses(&[("name", false)])),
            (Json::from("name asc"), clauses(&[("name", false)])),
            (Json::from("name desc"), clauses(&[("name", true)])),
            (Json::from(" name  desc , fax "), clauses(&[("name", true), ("fax", false)])),
            (Json::from(vec!["name desc", "fax"]), clauses(&[("name", true), ("fax", false)])),
            (Json::Array(Vec::new()), clauses(&[])),
            (Json::from(""), None),
            (Json::from("name,"), None),
            (Json::from("name DESC"), None),
            (Json::from("name asc asc"), None),
            (Json::from(vec!["name desc", "fax up"]), None),
            (Json::Bool(true), None),
        ] {
            assert_eq!(order(Some(value.clone())).ok(), found, "{value}");
        }
        assert_eq!(order(None).ok(), clauses(&[]));
    }

    #[test]
    fn the_options_of_a_search_say_whether_all_words_have_to_be_found() {
        for (body, found) in [
            ("{}", Some(false)),
            (r#"{"searchmode": "all"}"#, Some(true)),
            (r#"{"SearchMode": "ALL"}"#, Some(true)),
            (r#"{"searchmode": "any"}"#, Some(false)),
            (r#"{"searchmode": null}"#, Some(false)),
            (r#"{"searchmode": true}"#, None),
            (r#"{"searchmode": "some"}"#, None),
            (r#"{"searchtype": "simple"}"#, Some(false)),
            (r#"{"querytype": "Simple"}"#, Some(false)),
            (r#"{"searchtype": "full"}"#, None),
            (r#"{"querytype": "lucene"}"#, None),
            (r#"{"options": "{\"searchmode\": \"all\"}"}"#, Some(true)),
            (r#"{"options": {"searchmode": "all", "querytype": "simple"}}"#, Some(true)),
            (r#"{"options": {"groupRankingEnabled": true, "advancedSuggestEnabled": true}}"#, Some(false)),
            (r#"{"options": {"groupranking": 1, "advancedsuggest": 1, "advanced": 1}}"#, Some(false)),
            (r#"{"options": {"besteffortsearch": false}}"#, Some(false)),
            (r#"{"options": {"besteffortsearch": true}}"#, None),
            (r#"{"options": {"other": false}}"#, None),
            (r#"{"options": ["searchmodeall"]}"#, Some(true)),
            (r#"{"options": ["searchmodelall"]}"#, Some(true)),
            (r#"{"options": ["groupranking"]}"#, Some(false)),
            (r#"{"options": "[\"advanced\", \"searchmodeall\"]"}"#, Some(true)),
            (r#"{"options": ["besteffortsearch"]}"#, None),
            (r#"{"options": [1]}"#, None),
            (r#"{"options": "searchmodeall"}"#, None),
            (r#"{"options": "[searchmodeall"}"#, None),
            (r#"{"options": 1}"#, None),
        ] {
            let members: Map<String, Json> = serde_json::from_str(body).unwrap();
            assert_eq!(all_words(&members).ok(), found, "{body}");
        }
    }
}
