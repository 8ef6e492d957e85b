//! The tool `complete`: lists what can stand at a position of a query.

use dvkit_ide::QueryForm;
use dvkit_ide::editor::{CompletionKind, QueryContext};
use serde_json::{Value, json};

use super::query::GivenQuery;
use super::{Tool, ToolError, Tools, objects, text};
use crate::arguments::{Arguments, BUDGET, FETCHXML, FILTER, ORG, Parameter, ParameterType, QUERY, TABLE};
use crate::budget::Answer;

/// The number of completions of an answer, if the caller gives none.
const DEFAULT_COMPLETIONS: usize = 20;

/// The maximum number of completions of an answer.
const MAX_COMPLETIONS: usize = 200;

/// The maximum offset in a query, in bytes.
const MAX_OFFSET: usize = 1 << 20;

pub(super) const TOOL: Tool = Tool {
    name: "complete",
    title: "Complete a query",
    description: "Lists what can stand at a position of an unfinished query, the best first: columns, navigation properties, \
options with their numbers, functions and operators that fit. `contacts?$filter=` lists columns, \
`contacts?$filter=statecode eq ` the options.",
    parameters: &[
        QUERY,
        FILTER,
        FETCHXML,
        TABLE,
        Parameter::new(
            "offset",
            ParameterType::Integer { min: 0, max: MAX_OFFSET, default: None },
            "Position in bytes; by default the end of the query",
        ),
        Parameter::new(
            "limit",
            ParameterType::Integer { min: 1, max: MAX_COMPLETIONS, default: Some(DEFAULT_COMPLETIONS) },
            "The most completions that are returned",
        ),
        ORG,
        BUDGET,
    ],
    members,
    call,
};

fn members() -> Value {
    let completion = json!({
        "insert": text("Text to insert; it replaces `replaces`"),
        "kind": text("What it is: column, navigation, option, function, …"),
        "label": text("Text that a list shows, if it differs from `insert`"),
        "detail": text("Label and type, or what the text means"),
    });
    json!({
        "completions": objects("What can stand there, the best first", completion, &["insert", "kind"]),
        "replaces": text("The part of the query that a completion replaces, if it is not empty"),
        "span": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2,
            "description": "First byte of that part, and the byte after it"},
    })
}

fn call(tools: &Tools, arguments: &Arguments, answer: &mut Answer) -> Result<(), ToolError> {
    let given = GivenQuery::untrimmed(tools, arguments)?;
    let text = given.form.as_str();
    let store = tools.workspace().store(given.org)?;
    let table = match &given.table {
        Some(name) => {
            Some(name.find(store).map_err(|diagnostic| given.wrong_table(&diagnostic))?.logical_name.as_str())
        }
        None => None,
    };
    if table.is_none() && matches!(given.form, QueryForm::Filter(_)) {
        return Err(super::query::no_table());
    }
    let offset = arguments.integer("offset").unwrap_or(text.len());
    if !text.is_char_boundary(offset) {
        return Err(ToolError::new(format!(
            "`offset` has to be the position of a character, from 0 to {}",
            text.len()
        )));
    }
    let limit = arguments.integer("limit").unwrap_or(DEFAULT_COMPLETIONS);
    let completions = QueryContext::new(store, given.form, table).complete(offset)?;
    if completions.is_empty() {
        answer.member("completions", json!([]), "nothing fits here");
        return Ok(());
    }
    let mut span = None;
    for completion in completions.iter().take(limit) {
        if span != Some(completion.edit.span) {
            // Nearly always all completions replace the same part.
            let first = span.is_none();
            span = Some(completion.edit.span);
            let replaced = completion.edit.span.of(text);
            if first && !replaced.is_empty() {
                answer.member("replaces", replaced, &format!("in place of `{replaced}`:"));
                answer.member("span", json!([completion.edit.span.start, completion.edit.span.end]), "");
            }
        }
        let (insert, kind) = (completion.edit.replacement.as_str(), kind_name(completion.kind));
        let mut value = json!({"insert": insert, "kind": kind});
        let mut line = insert.trim_end().to_owned();
        if completion.label != insert.trim_end() {
            value["label"] = completion.label.as_str().into();
            line.push_str(&format!("  {}", completion.label));
        }
        line.push_str(&format!("  ({kind})"));
        if let Some(detail) = &completion.detail {
            value["detail"] = detail.as_str().into();
            line.push_str(&format!("  {detail}"));
        }
        if !answer.item("completions", value, &line) {
            return Ok(());
        }
    }
    if completions.len() > limit {
        answer.truncate("raise `limit`, or type more");
    }
    Ok(())
}

fn kind_name(kind: CompletionKind) -> &'static str {
    match kind {
        CompletionKind::Table => "table",
        CompletionKind::Column => "column",
        CompletionKind::Navigation => "navigation",
        CompletionKind::Function => "function",
        CompletionKind::Operator => "operator",
        CompletionKind::Keyword => "keyword",
        CompletionKind::Choice => "option",
        CompletionKind::Value => "value",
        CompletionKind::QueryOption => "query option",
        CompletionKind::Element => "element",
        CompletionKind::Attribute => "attribute",
        CompletionKind::Alias => "alias",
        CompletionKind::Variable => "variable",
        CompletionKind::Snippet => "snippet",
    }
}
