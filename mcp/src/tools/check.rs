//! The tool `check`: says what is wrong with a query, and what the right query is; or the same of all queries in
//! the text of a source file.

use std::path::PathBuf;

use dvkit_diagnostic::LineIndex;
use dvkit_ide::embedded::{Coverage, Host, SourceFile};
use serde_json::{Value, json};

use super::{Tool, ToolError, Tools, objects, query, text};
use crate::arguments::{Arguments, BUDGET, FETCHXML, FILE, FILTER, ORG, PLACEHOLDERS, QUERY, SOURCE, TABLE};
use crate::budget::Answer;

pub(super) const TOOL: Tool = Tool {
    name: "check",
    title: "Check a query",
    description: "Checks an OData or FetchXML query against the organisation's metadata, offline, before it is sent or written \
into code: names, lookups, options, types, dates, functions, $expand, $apply. Answers the findings and `rewritten`, the right \
query; if `ok` is true the service accepts it. Check every query that you write. With `source` and `file`, checks the queries \
in code, flows and other files, and answers `edits`.",
    parameters: &[QUERY, FILTER, FETCHXML, SOURCE, FILE, TABLE, ORG, PLACEHOLDERS, BUDGET],
    members,
    call,
};

fn members() -> Value {
    let edit = json!({
        "span": {"type": "array", "items": {"type": "integer"}},
        "from": {"type": "string"},
        "to": {"type": "string"},
    });
    query::with_members(json!({
        "ok": {"type": "boolean", "description": "Whether the service accepts the query as it was given"},
        "table": text("Logical name of the table whose rows the query selects"),
        "texts": {"type": "integer", "description": "Number of queries and lists of names in `source`"},
        "partly": {"type": "integer", "description": "How many of them were not checked completely"},
        "edits": objects("Certain fixes of `source`, with spans in bytes", edit, &["span", "from", "to"]),
    }))
}

fn call(tools: &Tools, arguments: &Arguments, answer: &mut Answer) -> Result<(), ToolError> {
    match (arguments.text("source"), arguments.text("file")) {
        (Some(source), Some(file)) => return check_source(tools, arguments, source, file, answer),
        (Some(_), None) => {
            return Err(ToolError::new(
                "`source` needs `file`, the name of the file, which says its language: `Accounts.cs`",
            ));
        }
        (None, Some(_)) => {
            return Err(ToolError::new(
                "`file` is only a name: no file is read. Pass the text of the file as `source`",
            ));
        }
        (None, None) => {}
    }
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

/// Checks the queries in `source`, the text of a file with the name `file`.
fn check_source(
    tools: &Tools,
    arguments: &Arguments,
    source: &str,
    file: &str,
    answer: &mut Answer,
) -> Result<(), ToolError> {
    if let Some(other) =
        ["query", "filter", "fetchxml", "table"].iter().find(|name| arguments.text(name).is_some())
    {
        return Err(ToolError::new(format!(
            "pass `source` or `{other}`, not both: the source has its own queries"
        )));
    }
    let unknown = || {
        let known: Vec<&str> = Host::all().flat_map(Host::extensions).copied().collect();
        ToolError::new(format!(
            "the name `{file}` says no known language; it has to end in one of: {}",
            known.join(", ")
        ))
    };
    let orgs: Vec<String> = tools.org(arguments.text("org"))?.map(str::to_owned).into_iter().collect();
    let read = SourceFile::new(PathBuf::from(file), source.as_bytes().to_vec())?;
    let read = read.ok_or_else(unknown)?;
    let Some(diagnosis) = tools.workspace().diagnose_source(&read, &orgs, || true)? else { return Ok(()) };
    let findings = diagnosis.findings();
    let is_ok = diagnosis.unusable.is_empty() && !findings.iter().any(|d| d.is_error());
    answer.member("ok", is_ok, if is_ok { "ok" } else { "refused" });
    let (texts, partly) = (
        diagnosis.texts.len(),
        diagnosis.texts.iter().filter(|text| text.coverage != Coverage::Checked).count(),
    );
    answer.member("texts", texts, &format!("{texts} texts to check, {partly} of them only in part"));
    answer.member("partly", partly, "");
    for edit in diagnosis.fixes(&read) {
        let from = read.text().get(edit.start..edit.end).unwrap_or_default();
        let value = json!({"span": [edit.start, edit.end], "from": from, "to": edit.replacement});
        if !answer.item("edits", value, &format!("edit: `{from}` -> `{}`", edit.replacement)) {
            return Ok(());
        }
    }
    let lines = LineIndex::new(read.text());
    for unusable in &diagnosis.unusable {
        let (line, _) = lines.line_column(unusable.span);
        let at = query::quoted(unusable.span, read.text());
        let mut value = json!({"severity": "error", "message": unusable.reason, "line": line});
        if !at.is_empty() {
            value["at"] = at.into();
            value["span"] = json!([unusable.span.start, unusable.span.end]);
        }
        if !answer.item("findings", value, &format!("error line {line}: {}", unusable.reason)) {
            return Ok(());
        }
    }
    query::by_severity(answer, read.text(), &findings, Some(&lines));
    Ok(())
}
