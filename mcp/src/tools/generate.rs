//! The tool `generate`: returns Rust types for tables and operations.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Tool, ToolError, Tools, objects, text};
use crate::arguments::{Arguments, ORG, Parameter, ParameterType, budget};
use crate::budget::Answer;

/// The maximum number of tables, columns or operations of one call.
const MAX_NAMES: usize = 100;

pub(super) const TOOL: Tool = Tool {
    name: "generate",
    title: "Generate Rust types",
    description: "Generates Rust for the crate `dvkit`: a struct, constants and enums for each named table, so that names and \
types of columns are checked by the compiler. Code is long: name the `columns` that you need. In a project, write \
`dvkit_codegen::schema(\"crm\").tables([…]).register()` in build.rs instead of pasting the code.",
    parameters: &[
        Parameter::new(
            "tables",
            ParameterType::Texts { max: MAX_NAMES },
            "Logical names of tables; `*` and `?` are wildcards",
        ),
        Parameter::new(
            "columns",
            ParameterType::Texts { max: MAX_NAMES },
            "Only some columns of a table: `contact.fullname`, `contact.emailaddress*`",
        ),
        Parameter::new(
            "operations",
            ParameterType::Texts { max: MAX_NAMES },
            "Names of actions and functions: `WhoAmI`, `new_*`",
        ),
        ORG,
        budget(8_000),
    ],
    members,
    call,
};

fn members() -> Value {
    let file = json!({"path": text("Path in the module"), "code": text("Rust code")});
    json!({
        "types": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Struct → table"},
        "enums": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Choice column → enum"},
        "operations": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Struct → operation"},
        "files": objects("The files of the module, the named tables first", file, &["path", "code"]),
    })
}

fn call(tools: &Tools, arguments: &Arguments, answer: &mut Answer) -> Result<(), ToolError> {
    let store = tools.store(arguments)?;
    let mut columns: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in arguments.texts("columns") {
        let (table, column) = path.split_once('.').ok_or_else(|| {
            ToolError::new(format!("`columns`: `{path}` does not name its table; write `table.{path}`"))
        })?;
        columns.entry(table).or_default().push(column);
    }
    let mut tables = arguments.texts("tables");
    tables.extend(columns.keys().filter(|table| !tables.contains(table)).copied().collect::<Vec<_>>());
    let operations = arguments.texts("operations");
    if tables.is_empty() && operations.is_empty() {
        return Err(ToolError::new("which types? pass `tables`, `columns` or `operations`"));
    }
    let mut config = dvkit_codegen::schema("crm").tables(tables.iter().copied()).operations(operations);
    for (table, columns) in columns {
        config = config.columns(table, columns);
    }
    let code = config.generate_from(store).map_err(|error| ToolError::new(error.to_string()))?;
    let map = |names: &BTreeMap<String, String>| -> Value {
        names
            .iter()
            .map(|(name, of)| (name.clone(), Value::String(of.clone())))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    answer.member("types", map(code.types()), "");
    if !code.enums().is_empty() {
        answer.member("enums", map(code.enums()), "");
    }
    if !code.operations().is_empty() {
        answer.member("operations", map(code.operations()), "");
    }
    let mut files: Vec<(String, String)> =
        code.files().into_iter().map(|(path, code)| (path.to_string_lossy().into_owned(), code)).collect();
    // Tables that are only the targets of lookups come last.
    let rank = |path: &str| match path.trim_end_matches(".rs") {
        "choices" | "operations" => 1,
        "mod" => 2,
        name => {
            let is_named = tables.iter().any(|table| *table == name || table.contains(['*', '?']));
            if is_named { 0 } else { 3 }
        }
    };
    files.sort_by_key(|(path, _)| rank(path));
    for (path, code) in files {
        let line = format!("// {path}\n{}", code.trim_end());
        let value = json!({"path": path, "code": code});
        if !answer.item("files", value, &line) {
            answer.truncate("name fewer `columns`, raise `budget`");
            break;
        }
    }
    Ok(())
}
