//! The tool `explain`: says how one name is spelled everywhere, or what a code of a finding means.

use dvkit_ide::explain::{CodePage, Explanation, Page, explain, is_code};
use serde_json::{Value, json};

use super::{Tool, ToolError, Tools, objects, text};
use crate::arguments::{Arguments, BUDGET, ORG, Parameter, ParameterType};
use crate::budget::Answer;

/// The maximum length of a name, in bytes.
const MAX_NAME: usize = 1_000;

pub(super) const TOOL: Tool = Tool {
    name: "explain",
    title: "Explain a name or a code",
    description: "Explains one name: how it is spelled in $filter, $select, $expand, $orderby, in JSON that writes it, in \
FetchXML and in responses, with options, navigation properties and examples of values. Takes `contact.parentcustomerid`, \
`contact.\"Full Name\"`, `account.contact_customer_accounts`, a table, a choice, an operation, a query function (`Between`), or \
the code of a finding (`DV0203`).",
    parameters: &[
        Parameter::new("name", ParameterType::Text { max: MAX_NAME }, "The name or the code").required(),
        ORG,
        BUDGET,
    ],
    members,
    call,
};

fn members() -> Value {
    let spelling = json!({
        "type": "object",
        "properties": {"text": text("What to write"), "note": text("What it means")},
        "required": ["text"],
        "additionalProperties": false,
    });
    let form = json!({"anyOf": [text("What to write"), spelling]});
    let uses = json!({"use": text("Purpose"), "forms": {"type": "array", "items": form}});
    json!({
        "name": text("Name with that of its table, or the code"),
        "label": text("Label that users see, or the title of the code"),
        "summary": text("Type in a few words"),
        "uses": objects("How the name is written for each purpose", uses, &["use", "forms"]),
        "text": text("What a finding with this code means"),
        "wrong": text("A query that has such a finding"),
        "right": text("The same query without it"),
    })
}

fn call(tools: &Tools, arguments: &Arguments, answer: &mut Answer) -> Result<(), ToolError> {
    let name = arguments.required("name").trim();
    if is_code(name) {
        let page = CodePage::find(name).ok_or_else(|| {
            ToolError::new(format!("there is no code `{name}`; findings have codes such as `DV0203`"))
        })?;
        code(answer, &page);
        return Ok(());
    }
    let store = tools.store(arguments)?;
    match explain(store, name)? {
        Explanation::Page(page) => show(answer, page),
        Explanation::Unknown(diagnostic) => {
            let mut sentence = diagnostic.message.clone();
            for advice in diagnostic.advice(name) {
                sentence.push_str(&format!("; {advice}"));
            }
            return Err(ToolError::new(format!("{sentence}; `find` searches by words")));
        }
    }
    Ok(())
}

fn code(answer: &mut Answer, page: &CodePage) {
    let code = page.code.to_string();
    answer.member("name", code.as_str(), "");
    answer.member("label", page.title, &format!("{code}: {}", page.title));
    if !page.wrong.is_empty() {
        answer.member("wrong", page.wrong, &format!("wrong, on {}: {}", page.table, page.wrong));
    }
    if !page.right.is_empty() {
        answer.member("right", page.right, &format!("right: {}", page.right));
    }
    answer.member("text", page.text.as_str(), &page.text);
}

/// Adds a page. If it does not fit, each purpose keeps its first spellings.
pub(super) fn show(answer: &mut Answer, page: Page) {
    answer.member("name", page.name.as_str(), &page.name);
    if !page.title.is_empty() {
        answer.member("label", page.title.as_str(), &format!("label: {}", page.title));
    }
    answer.member("summary", page.summary.as_str(), &page.summary);
    // Each spelling takes room in both forms of the answer.
    let (page, dropped) = page.within(answer.room() * 2 / 5);
    for purpose in &page.uses {
        let forms: Vec<Value> = purpose
            .spellings
            .iter()
            .map(|spelling| match &spelling.note {
                Some(note) => json!({"text": spelling.text, "note": note}),
                None => spelling.text.as_str().into(),
            })
            .collect();
        let line: Vec<String> = purpose
            .spellings
            .iter()
            .map(|spelling| match &spelling.note {
                Some(note) => format!("{}  ({note})", spelling.text),
                None => spelling.text.clone(),
            })
            .collect();
        let line = format!("{}: {}", purpose.label, line.join("   "));
        if !answer.item("uses", json!({"use": purpose.label, "forms": forms}), &line) {
            return;
        }
    }
    if dropped > 0 {
        answer.truncate("raise `budget`");
    }
}
