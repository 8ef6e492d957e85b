//! Reads JSON files: flows, Logic Apps, templates of ARM and Data Factory, collections of Postman, and texts
//! with queries in other files.

mod expression;
mod flow;
mod parse;
mod postman;
mod values;

use super::layers::{may_have_query, push_recognized};
use super::{FoundText, HostText, SourceFile};
use expression::evaluated;
pub(super) use parse::Json;
pub(super) use postman::with_variables;

/// Texts of which a JSON file with something to check has at least one.
pub(super) const MARKERS: &[&str] = &[
    "<fetch",
    "&lt;fetch",
    "u003cfetch",
    "%3cfetch",
    "$select",
    "$filter",
    "$expand",
    "$orderby",
    "$apply",
    "$top",
    "%24select",
    "%24filter",
    "u0024select",
    "u0024filter",
    "fetchxml",
    "/api/data/v",
    "/_api/",
    "commondataservice",
    "dynamicscrmonline",
    "subscriptionrequest",
    "\"entityname\"",
    "savedquery=",
    "userquery=",
];

/// Returns the texts of a JSON file.
pub(super) fn read(file: &SourceFile) -> Vec<FoundText> {
    let source = file.text();
    let Some(json) = Json::parse(source) else {
        let text = HostText::unescaped("", 0);
        return vec![FoundText::query("JSON", text).skipped("the file has more than 2,000,000 values")];
    };
    let mut flow = flow::read(&json);
    let mut found = std::mem::take(&mut flow.found);
    if source.contains("\"_postman_id\"") || source.contains("getpostman.com") || source.contains("\"raw\"") {
        found.extend(postman::read(&json, &mut flow.read));
    }
    for string in json.strings() {
        if flow.read.contains(&string.index()) || !may_have_query(string.raw()) {
            continue;
        }
        if let Some(text) = string.text() {
            let text = with_variables(&evaluated(&text));
            push_recognized("string in JSON", &text, &mut found);
        }
    }
    found.sort_by_key(|text| text.text.host_range().map_or(0, |range| range.start));
    found
}

/// Returns whether a JSON file consists of queries, as [`Document`](crate::document::Document) reads them: all
/// its values are objects with a query.
pub(super) fn is_queries(source: &str) -> bool {
    let Some(json) = Json::parse(source) else { return false };
    let mut roots = json.roots().peekable();
    roots.peek().is_some()
        && roots.all(|root| {
            let queries = ["query", "filter", "fetchxml", "odata"]
                .iter()
                .filter(|name| root.get(name).is_some_and(|value| value.is_string()))
                .count();
            queries == 1 && root.children().all(|member| !member.is_array())
        })
}
