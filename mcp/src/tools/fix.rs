//! The tool `fix`: applies the certain fixes of a query.

use dvkit_diagnostic::Diagnostic;
use serde_json::{Value, json};

use super::{Tool, ToolError, Tools, objects, query, text};
use crate::arguments::{Arguments, BUDGET, FETCHXML, FILTER, ORG, PLACEHOLDERS, QUERY, TABLE};
use crate::budget::Answer;

pub(super) const TOOL: Tool = Tool {
    name: "fix",
    title: "Fix a query",
    description: "Applies every certain fix to an OData or FetchXML query and answers the query as the service accepts it \
(`fixed`), with the changes that were made. `findings` are what is left: mistakes without a certain fix, and advice.",
    parameters: &[QUERY, FILTER, FETCHXML, TABLE, ORG, PLACEHOLDERS, BUDGET],
    members,
    call,
};

fn members() -> Value {
    let change = json!({
        "code": text("Code of the mistake that the change corrects"),
        "from": text("The text that was replaced; empty if text was inserted"),
        "to": text("The text that replaces it; empty if text was removed"),
    });
    let mut members = query::with_members(json!({
        "changed": {"type": "boolean", "description": "Whether the fixed query differs from the one that was given"},
        "fixed": text("The query with every certain fix, which the service accepts"),
        "changes": objects("The changes of the certain fixes", change, &["code", "from", "to"]),
    }));
    if let Value::Object(members) = &mut members {
        members.remove("rewritten");
    }
    members
}

fn call(tools: &Tools, arguments: &Arguments, answer: &mut Answer) -> Result<(), ToolError> {
    let given = query::GivenQuery::read(tools, arguments)?;
    let report = given.check(tools)?;
    let source = given.form.as_str();
    let fixed = report.rewritten.as_deref();
    let is_changed = fixed.is_some_and(|fixed| fixed != source);
    let line = match (fixed, is_changed) {
        (None, _) => "an error has no certain fix",
        (_, true) => "",
        (_, false) => "nothing to fix",
    };
    answer.member("changed", is_changed, line);
    if let Some(fixed) = fixed {
        let fixed = query::spelled_out(given.form, fixed);
        answer.member("fixed", fixed.as_str(), &format!("fixed: {fixed}"));
    } else {
        answer.refuse();
    }
    let (certain, left): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
        report.diagnostics.iter().partition(|d| d.fix().is_some() && fixed.is_some());
    let left: Vec<Diagnostic> = left.into_iter().cloned().collect();
    query::findings(answer, source, &left);
    for diagnostic in certain {
        for edit in diagnostic.fix().iter().flat_map(|fix| &fix.edits) {
            let (from, to) = (query::quoted(edit.span, source), edit.replacement.as_str());
            let change = json!({"code": diagnostic.code.to_string(), "from": from, "to": to});
            if !answer.item("changes", change, &format!("{}: `{from}` -> `{to}`", diagnostic.code)) {
                return Ok(());
            }
        }
    }
    Ok(())
}
