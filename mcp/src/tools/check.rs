//! The tool `check`: says what is wrong with a query, and what the right query is.

use serde_json::{Value, json};

use super::{Tool, ToolError, Tools, query, text};
use crate::arguments::{Arguments, BUDGET, FETCHXML, FILTER, ORG, PLACEHOLDERS, QUERY, TABLE};
use crate::budget::Answer;

pub(super) const TOOL: Tool = Tool {
    name: "check",
    title: "Check a query",
    description: "Checks an OData or FetchXML query against the organisation's metadata, offline, before it is sent or written \
into code: names, lookups, options, types, dates, functions, $expand, $apply. Answers the findings and `rewritten`, the right \
query; if `ok` is true the service accepts it. Check every query that you write.",
    parameters: &[QUERY, FILTER, FETCHXML, TABLE, ORG, PLACEHOLDERS, BUDGET],
    members,
    call,
};

fn members() -> Value {
    query::with_members(json!({
        "ok": {"type": "boolean", "description": "Whether the service accepts the query as it was given"},
        "table": text("Logical name of the table whose rows the query selects"),
    }))
}

fn call(tools: &Tools, arguments: &Arguments, answer: &mut Answer) -> Result<(), ToolError> {
    let given = query::GivenQuery::read(tools, arguments)?;
    let report = given.check(tools)?;
    let is_ok = report.is_ok();
    answer.member("ok", is_ok, if is_ok { "ok" } else { "refused" });
    query::rewritten(answer, given.form, report.rewritten.as_deref());
    query::findings(answer, given.form.as_str(), &report.diagnostics);
    if let Some(table) = &report.table {
        answer.member("table", table.as_str(), &format!("table: {table}"));
    }
    Ok(())
}
