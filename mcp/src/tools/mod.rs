//! Defines the tools: their names, parameters and results. Each tool is one file.

mod check;
mod complete;
mod describe;
mod emulator;
mod explain;
mod find;
mod fix;
mod generate;
mod orgs;
mod query;
mod run;
mod table;
mod toolbox;
mod translate;

use std::fmt;

use dvkit_diagnostic::suggest;
use dvkit_ide::Workspace;
use dvkit_schema::{Store, StoreError};
use serde_json::{Map, Value, json};

use crate::arguments::{Arguments, Parameter};
use crate::budget::{Answer, MIN_BUDGET, ToolAnswer};

use emulator::Emulators;
pub use emulator::RowSource;
pub(crate) use table::page as table_page;
pub use toolbox::Toolbox;

/// The name by which the default organisation is called if it has none of its own.
const UNNAMED: &str = "default";

/// The name of the sample organisation, which is the default one if there is no other.
const SAMPLE: &str = "sample";

/// The reason why a tool cannot answer: a sentence for the caller.
#[derive(Debug)]
pub(crate) struct ToolError(String);

impl ToolError {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for ToolError {
    fn from(why: &str) -> Self {
        Self(why.to_owned())
    }
}

impl From<String> for ToolError {
    fn from(why: String) -> Self {
        Self(why)
    }
}

impl From<dvkit_ide::Error> for ToolError {
    fn from(error: dvkit_ide::Error) -> Self {
        Self(with_causes(&error))
    }
}

impl From<StoreError> for ToolError {
    fn from(error: StoreError) -> Self {
        Self(with_causes(&error))
    }
}

/// Returns the message of an error with those of its causes.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.ends_with(&message) {
            text.push_str(&format!(": {message}"));
        }
        cause = error.source();
    }
    text
}

/// The declaration of a tool.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// The JSON schemas of the members of the result.
    pub(crate) members: fn() -> Value,
    call: fn(&Tools, &Arguments, &mut Answer) -> Result<(), ToolError>,
}

impl Tool {
    /// Returns the JSON schema of the result. All members are optional, because a small budget may leave any of
    /// them out.
    pub(crate) fn output_schema(&self) -> Map<String, Value> {
        let mut properties = match (self.members)() {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let truncated = json!({"type": "boolean", "description": "Whether something was left out"});
        properties.insert("truncated".to_owned(), truncated);
        properties.insert("rest".to_owned(), json!({"type": "string", "description": "How to get the rest"}));
        let mut schema = Map::new();
        schema.insert("type".to_owned(), "object".into());
        schema.insert("properties".to_owned(), properties.into());
        schema.insert("additionalProperties".to_owned(), false.into());
        schema
    }
}

/// All tools, in the order in which they are listed.
pub(crate) const TOOLS: [Tool; 10] = [
    find::TOOL,
    describe::TOOL,
    explain::TOOL,
    check::TOOL,
    fix::TOOL,
    translate::TOOL,
    complete::TOOL,
    run::TOOL,
    generate::TOOL,
    orgs::TOOL,
];

/// The workspace and the rows that tools work on.
#[derive(Debug)]
pub(crate) struct Tools {
    workspace: Workspace,
    emulators: Emulators,
}

impl Tools {
    /// Calls a tool. Returns `None` if there is no such tool. `arguments` is a JSON object.
    fn call(&self, tool: &str, arguments: Value) -> Option<ToolAnswer> {
        let tool = TOOLS.iter().find(|known| known.name == tool)?;
        let given = match arguments {
            Value::Object(given) => given,
            Value::Null => Map::new(),
            _ => return Some(ToolAnswer::error("the arguments have to be a JSON object", MIN_BUDGET)),
        };
        let budget = Arguments::budget_of(tool.parameters, &given);
        let answer =
            Arguments::read(tool.name, tool.parameters, given).map_err(ToolError).and_then(|arguments| {
                let mut answer = Answer::new(budget);
                (tool.call)(self, &arguments, &mut answer)?;
                Ok(answer.finish())
            });
        Some(answer.unwrap_or_else(|why| ToolAnswer::error(&why.0, budget)))
    }

    pub(crate) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Returns the name of each organisation with the name that the workspace knows it by, which is `None` for a
    /// default organisation without a name. The default organisation comes first.
    pub(crate) fn orgs(&self) -> Vec<(&str, Option<&str>)> {
        let schemas = &self.workspace.schemas;
        let default = schemas.default_org();
        let first = match default {
            Some(name) => Some((name, Some(name))),
            None if !schemas.has_default() => None,
            None if schemas.is_sample() => Some((SAMPLE, None)),
            None => Some((UNNAMED, None)),
        };
        let taken = |name: &str| schemas.orgs().any(|org| org == name);
        let first = first.filter(|(name, known)| known.is_some() || !taken(name));
        let others = schemas.orgs().filter(|name| Some(*name) != default).map(|name| (name, Some(name)));
        first.into_iter().chain(others).collect()
    }

    /// Returns the name that the workspace knows the organisation `name` by; `None` stands for the default one.
    pub(crate) fn org<'a>(&'a self, name: Option<&str>) -> Result<Option<&'a str>, ToolError> {
        let Some(name) = name else { return Ok(self.workspace.schemas.default_org()) };
        let orgs = self.orgs();
        if let Some((_, known)) = orgs.iter().find(|(org, _)| *org == name) {
            return Ok(*known);
        }
        let near = suggest::closest(name, orgs.iter().map(|(org, _)| *org));
        let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        let all: Vec<&str> = orgs.iter().map(|(org, _)| *org).collect();
        Err(ToolError(format!("there is no organisation `{name}`; {near}`org` is one of {}", all.join(", "))))
    }

    /// Returns the snapshot of the organisation that the arguments name.
    pub(crate) fn store(&self, arguments: &Arguments) -> Result<&Store, ToolError> {
        Ok(self.workspace.store(self.org(arguments.text("org"))?)?)
    }
}

/// Returns the JSON schema of a text, with its description.
fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

/// Returns the JSON schema of a list of objects with these members.
fn objects(description: &str, members: Value, required: &[&str]) -> Value {
    let items =
        json!({"type": "object", "properties": members, "required": required, "additionalProperties": false});
    json!({"type": "array", "description": description, "items": items})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Failure(&'static str, #[source] Option<Box<Failure>>);

    #[test]
    fn an_error_is_told_with_the_causes_that_it_does_not_tell_itself() {
        for (messages, expected) in [
            (&["a"][..], "a"),
            (&["a", "b"], "a: b"),
            (&["a", "b", "c"], "a: b: c"),
            (&["a: b", "b", "c"], "a: b: c"),
            (&["a: b: c", "b: c", "c"], "a: b: c"),
            (&["b: a", "b"], "b: a: b"),
        ] {
            let mut failure = None;
            for message in messages.iter().rev() {
                failure = Some(Box::new(Failure(message, failure)));
            }
            assert_eq!(with_causes(&failure.unwrap()), expected, "{messages:?}");
        }
    }

    #[test]
    fn each_tool_has_its_parameters_and_the_members_of_its_result() {
        let findings = ["findings", "rewritten"];
        for (tool, parameters, members) in [
            ("find", "words table class limit org budget", &["names", "similar"][..]),
            (
                "describe",
                "table columns offset limit org budget",
                &[
                    "collections",
                    "columns",
                    "count",
                    "key",
                    "keys",
                    "label",
                    "name_column",
                    "notes",
                    "set",
                    "table",
                ],
            ),
            ("explain", "name org budget", &["label", "name", "right", "summary", "text", "uses", "wrong"]),
            (
                "check",
                "query filter fetchxml source file table org placeholders budget",
                &["edits", findings[0], "ok", "partly", findings[1], "table", "texts"],
            ),
            (
                "fix",
                "query filter fetchxml table org placeholders budget",
                &["changed", "changes", "findings", "fixed"],
            ),
            (
                "translate",
                "query filter fetchxml table to org placeholders budget",
                &["differences", "exact", findings[0], "nearest", "ok", "result", findings[1], "to", "url"],
            ),
            (
                "complete",
                "query filter fetchxml table offset limit org budget",
                &["completions", "replaces", "span"],
            ),
            (
                "run",
                "query filter fetchxml table limit labels org budget",
                &["columns", "count", findings[0], "ok", "request", findings[1], "rows", "total", "value"],
            ),
            ("generate", "tables columns operations org budget", &["enums", "files", "operations", "types"]),
            ("orgs", "budget", &["orgs"]),
        ] {
            let known: Vec<&Tool> = TOOLS.iter().filter(|known| known.name == tool).collect();
            assert_eq!(known.len(), 1, "{tool}");
            let named: Vec<&str> = known[0].parameters.iter().map(|parameter| parameter.name).collect();
            assert_eq!(named.join(" "), parameters, "{tool}");
            let schema = known[0].output_schema();
            let mut expected = vec!["rest", "truncated"];
            expected.extend(members);
            expected.sort_unstable();
            let properties = schema["properties"].as_object().unwrap();
            let mut found: Vec<&str> = properties.keys().map(String::as_str).collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{tool}");
            for (name, property) in properties {
                let is_list_of_parts = ["notes", "ok", "to", "count"].contains(&name.as_str());
                assert!(is_list_of_parts || property["description"].is_string(), "{tool} {name}");
            }
        }
    }

    #[test]
    fn the_schema_of_a_result_says_what_its_members_are() {
        let orgs = TOOLS.iter().find(|tool| tool.name == "orgs").unwrap();
        let org = json!({
            "name": {"type": "string", "description": "Name for the parameter `org`"},
            "default": {"type": "boolean", "description": "Whether it is used where `org` is not given"},
            "tables": {"type": "integer", "description": "Number of tables in its metadata"},
            "choices": {"type": "integer", "description": "Number of global choices"},
            "url": {"type": "string", "description": "Address of the organisation; nothing is sent there"},
            "rows": {"type": "boolean", "description": "Whether `run` has rows for it"},
            "sample": {
                "type": "boolean",
                "description": "Whether it is the sample that comes with dvkit, not the user's own",
            },
            "error": {"type": "string", "description": "Why its metadata cannot be read"},
        });
        let expected = json!({
            "type": "object",
            "properties": {
                "orgs": {
                    "type": "array",
                    "description": "The organisations",
                    "items": {
                        "type": "object", "properties": org, "required": ["name"], "additionalProperties": false,
                    },
                },
                "truncated": {"type": "boolean", "description": "Whether something was left out"},
                "rest": {"type": "string", "description": "How to get the rest"},
            },
            "additionalProperties": false,
        });
        assert_eq!(Value::Object(orgs.output_schema()), expected);
    }
}
