//! The tool `run`: runs a query on rows in an emulator within this process.

use bytes::Bytes;
use dvkit_ide::{QueryForm, fetch_url};
use dvkit_schema::Store;
use serde_json::{Map, Value, json};

use super::{Tool, ToolError, Tools, query, text};
use crate::arguments::{Arguments, BUDGET, FETCHXML, FILTER, ORG, Parameter, ParameterType, QUERY, TABLE};
use crate::budget::Answer;

/// The number of rows of an answer, if the caller gives none.
const DEFAULT_ROWS: usize = 10;

/// The maximum number of rows of an answer.
const MAX_ROWS: usize = 200;

/// The path of the Web API that the emulator serves.
const WEB_API: &str = "/api/data/v9.2/";

/// The annotation with the label of a choice, the name of a lookup's row, or a formatted number.
const FORMATTED: &str = "OData.Community.Display.V1.FormattedValue";

pub(super) const TOOL: Tool = Tool {
    name: "run",
    title: "Run a query on sample rows",
    description: "Runs a query (read only) on rows in an emulator of the Web API within this process: the sample rows, or the \
seed file that the server was started with; never on a live organisation. Answers column names once and then rows. A query \
with mistakes is not run, but answered with the findings and `rewritten`.",
    parameters: &[
        QUERY,
        FILTER,
        FETCHXML,
        TABLE,
        Parameter::new(
            "limit",
            ParameterType::Integer { min: 1, max: MAX_ROWS, default: Some(DEFAULT_ROWS) },
            "The most rows that are returned",
        ),
        Parameter::new(
            "labels",
            ParameterType::Flag,
            "Return formatted values too, such as the labels of choices",
        ),
        ORG,
        BUDGET,
    ],
    members,
    call,
};

fn members() -> Value {
    query::with_members(json!({
        "ok": {"type": "boolean", "description": "Whether the query was run"},
        "count": {"type": "integer", "description": "Number of rows in `rows`"},
        "total": {"type": "integer", "description": "Number of all rows that match, if the query asks for it with $count"},
        "columns": {"type": "array", "items": {"type": "string"}, "description": "Names of the values in each row"},
        "rows": {"type": "array", "items": {"type": "array"}, "description": "Rows, with values in the order of `columns`"},
        "value": {"description": "The result of a query that has no rows, such as a count"},
        "request": text("The request that was run"),
    }))
}

fn call(tools: &Tools, arguments: &Arguments, answer: &mut Answer) -> Result<(), ToolError> {
    let given = query::GivenQuery::read(tools, arguments)?;
    let report = given.check(tools)?;
    if !report.is_ok() {
        answer.refuse();
        answer.member("ok", false, "not run: the query has mistakes");
        query::rewritten(answer, given.form, report.rewritten.as_deref());
        query::findings(answer, given.form.as_str(), &report.diagnostics);
        return Ok(());
    }
    let store = tools.workspace().store(given.org)?;
    let path = match (given.form, &report.query) {
        (QueryForm::Fetch(text), Some(meaning)) => fetch_url(store, meaning, text, false),
        (form, _) => relative(store, form, report.table.as_deref()),
    };
    let path =
        path.ok_or_else(|| ToolError::new("no URL leads to the rows of this table: it has no entity set"))?;
    let limit = arguments.integer("limit").unwrap_or(DEFAULT_ROWS);
    let body = send(tools, given.org, &path, limit, arguments.flag("labels"))?;
    answer.member("ok", true, "");
    // A request without `$select` returns all columns, and most of them are empty.
    let is_selection = path.contains("select") || path.contains("fetchXml=");
    show(answer, body, limit, is_selection);
    query::findings(answer, given.form.as_str(), &report.diagnostics);
    answer.member("request", path.as_str(), "");
    Ok(())
}

/// Returns the path and query of a request below the root of the Web API. Returns `None` if the table has no entity
/// set.
fn relative(store: &Store, form: QueryForm<'_>, table: Option<&str>) -> Option<String> {
    let set = || store.entry(table?)?.entity_set.clone();
    Some(match form {
        QueryForm::Filter(text) => format!("{}?$filter={}", set()?, odata_parser::url::encode(text)),
        _ if !form.has_path() => {
            format!("{}?{}", set()?, encoded(form.as_str().trim_start_matches('?')))
        }
        _ => {
            let text = form.as_str();
            let rest = text.split_once("/api/data/v").and_then(|(_, rest)| Some(rest.split_once('/')?.1));
            encoded(rest.unwrap_or(text).trim_start_matches('/'))
        }
    })
}

/// Returns the text of a request with the characters percent-encoded that no URL may contain. What is encoded already
/// stays as it is.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '
            | '"'
            | '#'
            | '<'
            | '>'
            | '\\'
            | '^'
            | '`'
            | '{'
            | '|'
            | '}'
            | '\0'..='\u{1f}'
            | '\u{7f}'.. => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("%{byte:02X}"));
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// Sends a GET request to the emulator of an organisation, and returns the body of the response.
fn send(
    tools: &Tools,
    org: Option<&str>,
    path: &str,
    limit: usize,
    labels: bool,
) -> Result<Value, ToolError> {
    let mut prefer = format!("odata.maxpagesize={limit}");
    if labels {
        prefer.push_str(&format!(",odata.include-annotations=\"{FORMATTED}\""));
    }
    let request = http::Request::get(format!("{WEB_API}{path}"))
        .header("accept", "application/json")
        .header("prefer", prefer)
        .body(Bytes::new())
        .map_err(|error| ToolError::new(format!("the query cannot be sent as a URL: {error}")))?;
    let response = tools.emulator(org)?.respond("dvkit", request);
    let status = response.status();
    let text = String::from_utf8_lossy(response.body());
    let text = text.trim_start_matches('\u{feff}');
    let body: Value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    if status.is_success() {
        return Ok(body);
    }
    let why = body["error"]["message"].as_str().map_or_else(|| text.to_owned(), str::to_owned);
    let why = if status == http::StatusCode::NOT_IMPLEMENTED { format!("not emulated: {why}") } else { why };
    Err(ToolError::new(format!("the emulator answers {}: {why}", status.as_u16())))
}

/// Adds the rows of a response. Columns that are empty in all rows are left out, unless `is_selection` says that the
/// request names its columns.
fn show(answer: &mut Answer, body: Value, limit: usize, is_selection: bool) {
    let (rows, total, has_more) = match body {
        Value::Object(mut body) => {
            let total = body.get("@odata.count").and_then(Value::as_u64);
            let has_more = body.contains_key("@odata.nextLink");
            match body.remove("value") {
                Some(Value::Array(rows)) => (rows, total, has_more),
                Some(value) => return value_line(answer, value),
                None => (vec![Value::Object(body)], None, false),
            }
        }
        value => return value_line(answer, value),
    };
    let has_more = has_more || rows.len() > limit;
    let rows: Vec<Map<String, Value>> = rows.into_iter().take(limit).map(row).collect();
    let mut columns: Vec<&str> = Vec::new();
    for (name, value) in rows.iter().flatten() {
        if !columns.contains(&name.as_str()) && (is_selection || !value.is_null()) {
            columns.push(name);
        }
    }
    let count = rows.len();
    let line = match (count, total) {
        (0, _) => "no rows".to_owned(),
        (1, None) => "1 row".to_owned(),
        (n, Some(total)) => format!("{n} of {total} rows"),
        (n, None) => format!("{n} rows"),
    };
    answer.member("count", count, &line);
    if let Some(total) = total {
        answer.member("total", total, "");
    }
    if count > 0 {
        answer.member("columns", columns.clone(), &columns.join(" | "));
    }
    for row in &rows {
        let values: Vec<Value> =
            columns.iter().map(|name| row.get(*name).cloned().unwrap_or(Value::Null)).collect();
        let line: Vec<String> = values.iter().map(cell).collect();
        if !answer.item("rows", values, &line.join(" | ")) {
            break;
        }
    }
    if has_more && !answer.is_truncated() {
        answer.truncate("raise `limit`, or filter more");
    }
}

fn value_line(answer: &mut Answer, value: Value) {
    let line = cell(&value);
    answer.member("value", value, &line);
}

/// Returns a row without the annotations of the protocol, also in rows that it contains.
fn row(value: Value) -> Map<String, Value> {
    let members = match value {
        Value::Object(members) => members,
        other => [("value".to_owned(), other)].into_iter().collect(),
    };
    let is_protocol =
        |name: &str| name.contains("@odata.") || name.contains("@Microsoft.Dynamics.CRM.totalrecord");
    let nested = |value: Value| match value {
        Value::Object(members) => Value::Object(row(Value::Object(members))),
        Value::Array(rows) => rows
            .into_iter()
            .map(|inner| if inner.is_object() { Value::Object(row(inner)) } else { inner })
            .collect(),
        other => other,
    };
    members
        .into_iter()
        .filter(|(name, _)| !is_protocol(name))
        .map(|(name, value)| (name.replace(&format!("@{FORMATTED}"), " (label)"), nested(value)))
        .collect()
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.replace('\n', "\\n"),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the text and the JSON that say what a response holds.
    fn shown(body: Value, limit: usize, is_selection: bool) -> (String, Value) {
        let mut answer = Answer::new(crate::DEFAULT_BUDGET);
        show(&mut answer, body, limit, is_selection);
        let answer = answer.finish();
        (answer.text, answer.structured.unwrap())
    }

    #[test]
    fn the_rows_of_a_response_are_told_with_the_names_of_their_columns_once() {
        let rows = |count: usize| -> Vec<Value> { (0..count).map(|n| json!({"a": n})).collect() };
        let more = "truncated: raise `limit`, or filter more";
        for (body, limit, is_selection, text, expected) in [
            (json!({"value": []}), 2, true, "no rows".to_owned(), json!({"count": 0})),
            (
                json!({"value": [], "@odata.count": 0}),
                2,
                true,
                "no rows".to_owned(),
                json!({"count": 0, "total": 0}),
            ),
            (
                json!({"value": rows(1)}),
                2,
                true,
                "1 row\na\n0".to_owned(),
                json!({"count": 1, "columns": ["a"], "rows": [[0]]}),
            ),
            (
                json!({"value": rows(1), "@odata.count": 7}),
                2,
                true,
                "1 of 7 rows\na\n0".to_owned(),
                json!({"count": 1, "total": 7, "columns": ["a"], "rows": [[0]]}),
            ),
            (
                json!({"value": rows(2)}),
                2,
                true,
                "2 rows\na\n0\n1".to_owned(),
                json!({"count": 2, "columns": ["a"], "rows": [[0], [1]]}),
            ),
            (
                json!({"value": rows(3)}),
                2,
                true,
                format!("2 rows\na\n0\n1\n{more}"),
                json!({"count": 2, "columns": ["a"], "rows": [[0], [1]], "truncated": true, "rest": "raise `limit`, or filter more"}),
            ),
            (
                json!({"value": rows(1), "@odata.nextLink": "x"}),
                2,
                true,
                format!("1 row\na\n0\n{more}"),
                json!({"count": 1, "columns": ["a"], "rows": [[0]], "truncated": true, "rest": "raise `limit`, or filter more"}),
            ),
            (
                json!({"value": [{"a": null, "b": 1}, {"c": "x\ny"}]}),
                2,
                true,
                "2 rows\na | b | c\n | 1 | \n |  | x\\ny".to_owned(),
                json!({"count": 2, "columns": ["a", "b", "c"], "rows": [[null, 1, null], [null, null, "x\ny"]]}),
            ),
            (
                json!({"value": [{"a": null, "b": 1}, {"c": true, "b": null}]}),
                2,
                false,
                "2 rows\nb | c\n1 | \n | true".to_owned(),
                json!({"count": 2, "columns": ["b", "c"], "rows": [[1, null], [null, true]]}),
            ),
            (json!({"value": 16}), 2, true, "16".to_owned(), json!({"value": 16})),
            (json!({"value": "a\nb"}), 2, true, "a\\nb".to_owned(), json!({"value": "a\nb"})),
            (json!("16"), 2, true, "16".to_owned(), json!({"value": "16"})),
            (json!([1, 2]), 2, true, "[1,2]".to_owned(), json!({"value": [1, 2]})),
            (
                json!({"value": [1, "x"]}),
                2,
                true,
                "2 rows\nvalue\n1\nx".to_owned(),
                json!({"count": 2, "columns": ["value"], "rows": [[1], ["x"]]}),
            ),
            (
                json!({"@odata.context": "x", "a": 1}),
                2,
                true,
                "1 row\na\n1".to_owned(),
                json!({"count": 1, "columns": ["a"], "rows": [[1]]}),
            ),
        ] {
            assert_eq!(
                shown(body.clone(), limit, is_selection),
                (text, expected),
                "{body} {limit} {is_selection}"
            );
        }
    }

    #[test]
    fn a_row_has_no_annotations_of_the_protocol_but_its_labels() {
        let label = format!("statecode@{FORMATTED}");
        let given = json!({
            "@odata.etag": "W/1",
            "statecode": 0,
            (label.clone()): "Active",
            "a@Microsoft.Dynamics.CRM.totalrecordcount": 5,
            "a@Microsoft.Dynamics.CRM.lookuplogicalname": "account",
            "one": {"@odata.etag": "W/2", "b": 1, "deep": {"@odata.etag": "W/3", "c": 2}},
            "many": [{"@odata.etag": "W/4", "d": 3, (label.clone()): "Active"}, 7, null],
            "many@odata.nextLink": "x",
            "none": null,
        });
        let expected = json!({
            "statecode": 0,
            "statecode (label)": "Active",
            "a@Microsoft.Dynamics.CRM.lookuplogicalname": "account",
            "one": {"b": 1, "deep": {"c": 2}},
            "many": [{"d": 3, "statecode (label)": "Active"}, 7, null],
            "none": null,
        });
        assert_eq!(Value::Object(row(given)), expected);
        assert_eq!(Value::Object(row(json!(7))), json!({"value": 7}));
    }

    #[test]
    fn the_characters_that_no_url_may_contain_are_encoded() {
        let stays = "!$%&'()*+,-./0189:;=?@AZ[]_az~";
        assert_eq!(encoded(stays), stays);
        for (given, expected) in [
            (" ", "%20"),
            ("\"#<>", "%22%23%3C%3E"),
            ("\\^`", "%5C%5E%60"),
            ("{|}", "%7B%7C%7D"),
            ("\0\t\n\u{1f}", "%00%09%0A%1F"),
            ("\u{7f}\u{80}", "%7F%C2%80"),
            ("é€😀", "%C3%A9%E2%82%AC%F0%9F%98%80"),
            ("a%20b c", "a%20b%20c"),
        ] {
            assert_eq!(encoded(given), expected);
        }
    }

    #[test]
    fn a_request_is_the_path_below_the_root_of_the_web_api() {
        let store = dvkit_ide::sample::open().unwrap();
        for (text, table, expected) in [
            ("contacts?$top=1", None, Some("contacts?$top=1")),
            ("/contacts?$filter=a eq 'b'", None, Some("contacts?$filter=a%20eq%20'b'")),
            ("/api/data/v9.2/contacts?$top=1", None, Some("contacts?$top=1")),
            ("https://x.example/api/data/v9.1/contacts?$top=1", None, Some("contacts?$top=1")),
            ("https://x.example/api/data/v9.2//contacts", None, Some("contacts")),
            ("?$top=1&$filter=a eq 1", Some("contact"), Some("contacts?$top=1&$filter=a%20eq%201")),
            ("$top=1", Some("contact"), Some("contacts?$top=1")),
            ("$top=1", Some("principal"), None),
            ("$top=1", Some("nothing"), None),
            ("$top=1", None, None),
        ] {
            assert_eq!(
                relative(&store, QueryForm::Request(text), table).as_deref(),
                expected,
                "{text} {table:?}"
            );
        }
        for (text, table, expected) in [
            ("a eq 'b&c#d'", Some("contact"), Some("contacts?$filter=a%20eq%20'b%26c%23d'")),
            ("a eq 1", Some("principal"), None),
            ("a eq 1", None, None),
        ] {
            assert_eq!(
                relative(&store, QueryForm::Filter(text), table).as_deref(),
                expected,
                "{text} {table:?}"
            );
        }
    }
}
