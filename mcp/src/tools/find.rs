//! The tool `find`: finds names by words.

use dvkit_ide::explain::{FindRequest, NameClass, NameMatch, find};
use serde_json::{Value, json};

use super::{Tool, ToolError, Tools, objects, text};
use crate::arguments::{Arguments, BUDGET, ORG, Parameter, ParameterType};
use crate::budget::Answer;

/// The maximum length of the words, in bytes.
const MAX_WORDS: usize = 500;

/// The number of names of an answer, if the caller gives none.
const DEFAULT_NAMES: usize = 20;

/// The maximum number of names of an answer.
const MAX_NAMES: usize = 200;

pub(super) const TOOL: Tool = Tool {
    name: "find",
    title: "Find names",
    description: "Finds tables, columns, navigation properties, choices, options and operations by words: parts of names, \
labels or descriptions, in any language of the metadata. Use it before you write a name that you have not seen. An option is \
answered as the comparison that selects it (`account.industrycode eq 7`).",
    parameters: &[
        Parameter::new(
            "words",
            ParameterType::Text { max: MAX_WORDS },
            "Words that all have to match, such as `parent customer`",
        )
        .required(),
        Parameter::new("table", ParameterType::Text { max: MAX_WORDS }, "Only what belongs to this table"),
        Parameter::new(
            "class",
            ParameterType::OneOf(&["table", "column", "navigation", "choice", "operation", "option"]),
            "Only names of this class",
        ),
        Parameter::new(
            "limit",
            ParameterType::Integer { min: 1, max: MAX_NAMES, default: Some(DEFAULT_NAMES) },
            "The most names that are returned",
        ),
        ORG,
        BUDGET,
    ],
    members,
    call,
};

fn members() -> Value {
    let name = json!({
        "class": {"type": "string", "enum": ["table", "column", "navigation", "choice", "operation", "option"]},
        "name": text("Name; `describe` takes that of a table, `explain` that of a column, navigation property or operation"),
        "label": text("Label that users see"),
        "summary": text("Type in a few words"),
    });
    json!({
        "names": objects("The names, the best match first", name, &["class", "name", "summary"]),
        "similar": {"type": "boolean", "description": "true if nothing matches and the names are only similar"},
    })
}

/// Returns the word for a class of names.
pub(super) fn class_name(class: NameClass) -> &'static str {
    match class {
        NameClass::Table => "table",
        NameClass::Column => "column",
        NameClass::Navigation => "navigation",
        NameClass::Choice => "choice",
        NameClass::Operation => "operation",
        NameClass::Option => "option",
    }
}

fn call(tools: &Tools, arguments: &Arguments, answer: &mut Answer) -> Result<(), ToolError> {
    let store = tools.store(arguments)?;
    let limit = arguments.integer("limit").unwrap_or(DEFAULT_NAMES);
    let table = match arguments.text("table") {
        Some(name) => Some(super::table::entry(store, name)?.logical_name.as_str()),
        None => None,
    };
    let class = arguments.text("class");
    let words = arguments.required("words");
    // A class is chosen after the search, so more names are searched for than are returned.
    let searched = if class.is_some() { usize::MAX / 8 } else { limit + 1 };
    let found = find(store, &FindRequest { words, table, limit: searched })?;
    let found: Vec<NameMatch> =
        found.into_iter().filter(|name| class.is_none_or(|class| class == class_name(name.class))).collect();
    if found.is_empty() {
        answer.member("names", json!([]), "nothing matches; try fewer or other words");
        return Ok(());
    }
    let lower = words.to_lowercase();
    let is_similar = !lower.split_whitespace().any(|word| {
        found
            .iter()
            .any(|name| name.name.to_lowercase().contains(word) || name.label.to_lowercase().contains(word))
    });
    if is_similar
        && table.is_none()
        && found.iter().all(|name| name.label.is_empty() || name.class == NameClass::Table)
    {
        answer.member("similar", true, "nothing matches; similar names:");
    }
    let more = found.len() > limit;
    for name in found.iter().take(limit) {
        let mut value = json!({"class": class_name(name.class), "name": name.name, "summary": name.summary});
        let mut line = format!("{} {}", class_name(name.class), name.name);
        if !name.label.is_empty() {
            value["label"] = name.label.as_str().into();
            line.push_str(&format!("  \"{}\"", name.label));
        }
        line.push_str(&format!("  {}", name.summary));
        if !answer.item("names", value, &line) {
            return Ok(());
        }
    }
    if more {
        answer.truncate("raise `limit`, or pass more words");
    }
    Ok(())
}
