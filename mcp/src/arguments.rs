//! Declares the parameters of tools and reads their arguments. The input schema that a tool publishes and the check
//! of its arguments come from the same declaration.

use dvkit_diagnostic::suggest;
use serde_json::{Map, Value, json};

use crate::budget::{DEFAULT_BUDGET, MAX_BUDGET, MIN_BUDGET};

/// The maximum length of a query, in bytes.
const MAX_QUERY: usize = 256 << 10;

/// The maximum length of a name, in bytes.
const MAX_NAME: usize = 1_000;

/// The type of a parameter, with the bounds of its values.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ParameterType {
    /// A text of at most so many bytes.
    Text { max: usize },
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A whole number within these bounds.
    Integer { min: usize, max: usize, default: Option<usize> },
    /// A truth value, which is false by default.
    Flag,
    /// A list of at most so many texts, or one text.
    Texts { max: usize },
}

/// A parameter of a tool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) ty: ParameterType,
    pub(crate) is_required: bool,
    pub(crate) description: &'static str,
}

impl Parameter {
    pub(crate) const fn new(name: &'static str, ty: ParameterType, description: &'static str) -> Self {
        Self { name, ty, is_required: false, description }
    }

    pub(crate) const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// Returns the JSON schema of the parameter.
    fn schema(&self) -> Value {
        let mut schema = match self.ty {
            ParameterType::Text { .. } => json!({"type": "string"}),
            ParameterType::OneOf(values) => json!({"type": "string", "enum": values}),
            ParameterType::Integer { min, max, default } => {
                let mut schema = json!({"type": "integer", "minimum": min, "maximum": max});
                if let Some(default) = default {
                    schema["default"] = default.into();
                }
                schema
            }
            ParameterType::Flag => json!({"type": "boolean", "default": false}),
            ParameterType::Texts { max } => {
                json!({"type": "array", "items": {"type": "string"}, "maxItems": max})
            }
        };
        schema["description"] = self.description.into();
        schema
    }
}

pub(crate) const QUERY: Parameter = Parameter::new(
    "query",
    ParameterType::Text { max: MAX_QUERY },
    "The query in any form: a request `contacts?$select=…` or URL, FetchXML, or a filter (with `table`)",
);
pub(crate) const FILTER: Parameter = Parameter::new(
    "filter",
    ParameterType::Text { max: MAX_QUERY },
    "Instead of `query`: a $filter expression alone; needs `table`",
);
pub(crate) const FETCHXML: Parameter =
    Parameter::new("fetchxml", ParameterType::Text { max: MAX_QUERY }, "Instead of `query`: FetchXML");
pub(crate) const SOURCE: Parameter = Parameter::new(
    "source",
    ParameterType::Text { max: MAX_QUERY },
    "Instead of `query`: the text of a source file, or a part of one, whose queries are checked; needs `file`",
);
pub(crate) const FILE: Parameter = Parameter::new(
    "file",
    ParameterType::Text { max: MAX_NAME },
    "Name of the file with the text `source`, which says its language: `Accounts.cs`, `flow.json`",
);
pub(crate) const TABLE: Parameter = Parameter::new(
    "table",
    ParameterType::Text { max: MAX_NAME },
    "Logical name (`contact`) or entity set (`contacts`) of the table, where the query names none",
);
pub(crate) const ORG: Parameter = Parameter::new(
    "org",
    ParameterType::Text { max: MAX_NAME },
    "Organisation, as `orgs` lists it; by default the default one",
);
pub(crate) const PLACEHOLDERS: Parameter = Parameter::new(
    "placeholders",
    ParameterType::Flag,
    "Accept placeholders such as `{id}` in place of values",
);
pub(crate) const BUDGET: Parameter = budget(DEFAULT_BUDGET);

/// Returns the parameter `budget` with this default, in tokens.
pub(crate) const fn budget(default: usize) -> Parameter {
    Parameter::new(
        "budget",
        ParameterType::Integer { min: MIN_BUDGET, max: MAX_BUDGET, default: Some(default) },
        "The most tokens that the answer may have, text and JSON together; 4 bytes of UTF-8 count as a token",
    )
}

/// Names that callers use for a parameter, each with the right names. Only those that the tool has are suggested.
const OTHER_WORDS: &[(&str, &[&str])] = &[
    ("odata", &["query"]),
    ("url", &["query"]),
    ("uri", &["query"]),
    ("fetch", &["fetchxml"]),
    ("code", &["source"]),
    ("content", &["source"]),
    ("path", &["file"]),
    ("filename", &["file"]),
    ("xml", &["fetchxml"]),
    ("entity", &["table", "name"]),
    ("entityname", &["table", "name"]),
    ("entitysetname", &["table", "name"]),
    ("entityset", &["table", "name"]),
    ("logicalname", &["table", "name"]),
    ("organisation", &["org"]),
    ("organization", &["org"]),
    ("environment", &["org"]),
    ("top", &["limit"]),
    ("maxrows", &["limit"]),
    ("skip", &["offset"]),
    ("maxtokens", &["budget"]),
    ("tokens", &["budget"]),
    ("text", &["words", "query"]),
    ("search", &["words"]),
    ("searchtext", &["words"]),
    ("query", &["words", "name"]),
    ("table", &["name", "tables"]),
    ("column", &["name", "columns"]),
    ("language", &["to"]),
    ("target", &["to"]),
];

/// Returns the input schema of a tool with these parameters.
pub(crate) fn input_schema(parameters: &[Parameter]) -> Map<String, Value> {
    let properties: Map<String, Value> = parameters.iter().map(|p| (p.name.to_owned(), p.schema())).collect();
    let required: Vec<&str> = parameters.iter().filter(|p| p.is_required).map(|p| p.name).collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.into());
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema.insert("additionalProperties".to_owned(), false.into());
    schema
}

/// The arguments of a call, which were checked against the parameters of the tool.
#[derive(Clone, Debug)]
pub(crate) struct Arguments(Map<String, Value>);

impl Arguments {
    /// Checks the arguments of a call of the tool `tool`. An argument that is null counts as absent.
    ///
    /// # Errors
    /// Returns a sentence as an error that names the wrong argument.
    pub(crate) fn read(
        tool: &str,
        parameters: &[Parameter],
        given: Map<String, Value>,
    ) -> Result<Self, String> {
        let mut read = Map::new();
        for (name, value) in given {
            let Some(parameter) = parameters.iter().find(|p| p.name == name) else {
                return Err(unknown(tool, parameters, &name));
            };
            if !value.is_null() {
                read.insert(name, checked(parameter, value)?);
            }
        }
        match parameters.iter().find(|p| p.is_required && !read.contains_key(p.name)) {
            Some(missing) => {
                Err(format!("`{tool}` needs `{}`: {}", missing.name, lower_first(missing.description)))
            }
            None => Ok(Self(read)),
        }
    }

    /// Returns the budget of a call before its arguments are checked, so that also an error stays within it.
    pub(crate) fn budget_of(parameters: &[Parameter], given: &Map<String, Value>) -> usize {
        let default = parameters.iter().find_map(|p| match p.ty {
            ParameterType::Integer { default, .. } if p.name == "budget" => default,
            _ => None,
        });
        let given = given.get("budget").and_then(integer).map(|n| n.clamp(MIN_BUDGET, MAX_BUDGET));
        given.or(default).unwrap_or(DEFAULT_BUDGET)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Returns an argument that the parameters require, or an empty text.
    pub(crate) fn required(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let values = self.0.get(name).and_then(Value::as_array);
        values.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    pub(crate) fn integer(&self, name: &str) -> Option<usize> {
        self.0.get(name).and_then(integer)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }
}

/// Returns the value of an argument, in the one form that the rest of the crate expects. Returns a sentence as an
/// error if it is not a value of the parameter.
fn checked(parameter: &Parameter, value: Value) -> Result<Value, String> {
    let name = parameter.name;
    match parameter.ty {
        ParameterType::Text { max } => match value {
            Value::String(text) if text.len() > max => {
                Err(format!("`{name}` has {} bytes; at most {max} are read", text.len()))
            }
            Value::String(text) if text.trim().is_empty() => Err(format!("`{name}` is empty")),
            Value::String(text) => Ok(Value::String(text)),
            other => Err(format!("`{name}` has to be a text, not {}", describe(&other))),
        },
        ParameterType::OneOf(values) => match value.as_str() {
            Some(text) if values.contains(&text) => Ok(value),
            _ => {
                let lower = value.as_str().map(str::to_ascii_lowercase);
                let near = lower.as_deref().and_then(|text| {
                    values
                        .iter()
                        .find(|v| **v == text)
                        .copied()
                        .or_else(|| suggest::closest(text, values.iter().copied()))
                });
                let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                Err(format!(
                    "`{name}` has to be one of {}, not {}{near}",
                    values.join(", "),
                    describe(&value)
                ))
            }
        },
        ParameterType::Integer { min, max, .. } => match integer(&value) {
            Some(n) if (min..=max).contains(&n) => Ok(n.into()),
            _ => Err(format!(
                "`{name}` has to be a whole number from {min} to {max}, not {}",
                describe(&value)
            )),
        },
        ParameterType::Flag => match &value {
            Value::Bool(_) => Ok(value),
            Value::String(text) if text == "true" || text == "false" => Ok((text == "true").into()),
            other => Err(format!("`{name}` has to be true or false, not {}", describe(other))),
        },
        ParameterType::Texts { max } => {
            let values = match value {
                Value::Array(values) => values,
                Value::String(text) => text.split(',').map(|part| part.trim().into()).collect(),
                other => return Err(format!("`{name}` has to be a list of texts, not {}", describe(&other))),
            };
            let values: Vec<Value> = values.into_iter().filter(|v| v.as_str() != Some("")).collect();
            if let Some(other) = values.iter().find(|v| !v.is_string()) {
                return Err(format!(
                    "`{name}` has to be a list of texts; one of them is {}",
                    describe(other)
                ));
            }
            if values.len() > max {
                return Err(format!("`{name}` has {} elements; at most {max} are read", values.len()));
            }
            let long = |v: &&Value| v.as_str().is_some_and(|text| text.len() > MAX_NAME);
            match values.iter().find(long) {
                Some(_) => Err(format!("an element of `{name}` has more than {MAX_NAME} bytes")),
                None => Ok(Value::Array(values)),
            }
        }
    }
}

/// Returns a whole number, which some callers write as a text.
fn integer(value: &Value) -> Option<usize> {
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().filter(|n| n.fract() == 0.0 && *n >= 0.0 && *n < 1e15);
            number.as_u64().map(|n| usize::try_from(n).unwrap_or(usize::MAX)).or(whole.map(|n| n as usize))
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.len() <= 60 => format!("`{text}`"),
        Value::String(_) => "a long text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn unknown(tool: &str, parameters: &[Parameter], name: &str) -> String {
    let plain = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let written = plain(name);
    let names = || parameters.iter().map(|p| p.name);
    let same = names().find(|known| plain(known) == written);
    let other = || {
        let (_, known) = OTHER_WORDS.iter().find(|(word, _)| *word == written)?;
        known.iter().copied().find(|known| names().any(|name| name == *known))
    };
    let near = same.or_else(other).or_else(|| suggest::closest(&written, names()));
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let name = if name.len() > 60 { "…" } else { name };
    let all: Vec<&str> = names().collect();
    format!("`{tool}` has no parameter `{name}`{near} It takes {}.", all.join(", "))
        .replace("` It takes", "`. It takes")
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMETERS: &[Parameter] = &[
        QUERY.required(),
        ORG,
        BUDGET,
        PLACEHOLDERS,
        Parameter::new("to", ParameterType::OneOf(&["odata", "fetchxml"]), "The language"),
        Parameter::new("tables", ParameterType::Texts { max: 2 }, "The tables"),
    ];

    fn read(given: Value) -> Result<Arguments, String> {
        let Value::Object(given) = given else { panic!("{given}") };
        Arguments::read("check", PARAMETERS, given)
    }

    #[test]
    fn a_wrong_argument_is_named() {
        for (given, expected) in [
            (json!({}), "`check` needs `query`: the query in any form"),
            (json!({"qurey": "a"}), "has no parameter `qurey`; did you mean `query`?"),
            (json!({"Query": "a"}), "did you mean `query`?"),
            (json!({"organization": "a"}), "did you mean `org`?"),
            (json!({"zzzzzz": "a"}), "has no parameter `zzzzzz`. It takes query, org, budget"),
            (json!({"query": 3}), "`query` has to be a text, not 3"),
            (json!({"query": " "}), "`query` is empty"),
            (json!({"query": "a".repeat(MAX_QUERY + 1)}), "at most"),
            (json!({"query": "a", "budget": 3}), "`budget` has to be a whole number from 50 to 50000, not 3"),
            (json!({"query": "a", "budget": 60.5}), "not 60.5"),
            (json!({"query": "a", "budget": -60}), "not -60"),
            (json!({"query": "a", "to": "FetchXML"}), "did you mean `fetchxml`?"),
            (json!({"query": "a", "placeholders": "yes"}), "true or false"),
            (json!({"query": "a", "tables": {"a": 1}}), "a list of texts, not an object"),
            (json!({"query": "a", "tables": ["a", 1]}), "one of them is 1"),
            (json!({"query": "a", "tables": ["a", "b", "c"]}), "at most 2"),
        ] {
            let error = read(given.clone()).unwrap_err();
            assert!(error.contains(expected), "{given}: {error}");
        }
    }

    #[test]
    fn values_are_read_in_the_forms_that_callers_write() {
        let given =
            json!({"query": "a", "org": null, "budget": "60", "placeholders": "true", "tables": "a, b"});
        let arguments = read(given).unwrap();
        assert_eq!(arguments.integer("budget"), Some(60));
        assert_eq!(arguments.text("org"), None);
        assert!(arguments.flag("placeholders"));
        assert_eq!(arguments.texts("tables"), ["a", "b"]);
        assert_eq!(read(json!({"query": "a", "budget": 60.0})).unwrap().integer("budget"), Some(60));
    }

    #[test]
    fn the_schema_says_what_is_checked() {
        let schema = Value::Object(input_schema(PARAMETERS));
        assert_eq!(schema["required"], json!(["query"]));
        assert_eq!(schema["properties"]["budget"]["minimum"], MIN_BUDGET);
        assert_eq!(schema["properties"]["budget"]["default"], DEFAULT_BUDGET);
        assert_eq!(schema["properties"]["to"]["enum"], json!(["odata", "fetchxml"]));
        assert_eq!(schema["additionalProperties"], false);
    }
}
