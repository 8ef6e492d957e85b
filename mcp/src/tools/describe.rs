//! The tool `describe`: describes a table with its columns.

use serde_json::{Value, json};

use super::table::{self, ColumnSelection};
use super::{Tool, ToolError, Tools, objects, text};
use crate::arguments::{Arguments, BUDGET, ORG, Parameter, ParameterType};
use crate::budget::Answer;

/// The maximum number of words that select columns.
const MAX_COLUMNS: usize = 100;

pub(super) const TOOL: Tool = Tool {
    name: "describe",
    title: "Describe a table",
    description: "Describes a table: entity set, key, and columns by relevance with type, options, the property of a lookup \
(`_x_value`), its navigation properties, and what cannot be filtered, selected or written; then the collections that lead to \
other tables. Name the `columns` that you need to keep the answer small.",
    parameters: &[
        Parameter::new(
            "table",
            ParameterType::Text { max: 1_000 },
            "Logical name, entity set or label of the table",
        )
        .required(),
        Parameter::new(
            "columns",
            ParameterType::Texts { max: MAX_COLUMNS },
            "Only these columns: names, with `*` and `?` as wildcards, or words of labels",
        ),
        Parameter::new(
            "offset",
            ParameterType::Integer { min: 0, max: 1_000_000, default: Some(0) },
            "The number of columns to skip, as `rest` of a truncated answer says",
        ),
        Parameter::new(
            "limit",
            ParameterType::Integer { min: 1, max: 1_000, default: Some(100) },
            "The most columns that are returned",
        ),
        ORG,
        BUDGET,
    ],
    members,
    call,
};

fn members() -> Value {
    let navigation =
        json!({"name": text("Navigation property, case-sensitive"), "to": text("Table that it leads to")});
    let column = json!({
        "name": text("Logical name; also the property, if `property` is absent"),
        "property": text("Name in $filter, $select and $orderby, if it differs from the logical name"),
        "label": text("Label that users see"),
        "type": text("Type in a few words"),
        "notes": {"type": "array", "items": {"type": "string"}, "description": "What cannot be done with it, or is required"},
        "navigation": {"type": "object", "additionalProperties": {"type": "string"},
            "description": "Navigation property of the lookup, for $expand and paths → table"},
        "options": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Value → label"},
    });
    json!({
        "table": text("Logical name, as FetchXML and metadata name the table"),
        "set": text("Entity set, as URLs name the table"),
        "label": text("Label that users see"),
        "key": text("Primary key column"),
        "name_column": text("Column with the name of a row"),
        "keys": {"type": "array", "items": {"type": "string"}, "description": "Alternate keys, as they are written in a URL"},
        "notes": {"type": "array", "items": {"type": "string"}},
        "count": {"type": "integer", "description": "Number of columns that are selected"},
        "columns": objects("Columns, the most relevant first", column, &["name", "type"]),
        "collections": objects("Navigation properties that lead to many rows", navigation, &["name", "to"]),
    })
}

fn call(tools: &Tools, arguments: &Arguments, answer: &mut Answer) -> Result<(), ToolError> {
    let store = tools.store(arguments)?;
    let table = table::find(store, arguments.required("table"))?;
    let selection = ColumnSelection {
        patterns: arguments.texts("columns"),
        offset: arguments.integer("offset").unwrap_or(0),
        limit: arguments.integer("limit").unwrap_or(100),
    };
    table::show(answer, store, table, &selection)
}
