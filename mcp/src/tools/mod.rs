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
