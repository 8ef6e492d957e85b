//! The tool `orgs`: lists the organisations whose metadata is at hand.

use serde_json::{Value, json};

use super::{Tool, ToolError, Tools, objects, text};
use crate::arguments::{Arguments, BUDGET};
use crate::budget::Answer;

pub(super) const TOOL: Tool = Tool {
    name: "orgs",
    title: "List organisations",
    description: "Lists the organisations whose metadata is at hand, the default one first. The other tools take their names \
as `org`. `rows` says whether the tool `run` has rows for it.",
    parameters: &[BUDGET],
    members,
    call,
};

fn members() -> Value {
    let org = json!({
        "name": text("Name for the parameter `org`"),
        "default": {"type": "boolean", "description": "Whether it is used where `org` is not given"},
        "tables": {"type": "integer", "description": "Number of tables in its metadata"},
        "choices": {"type": "integer", "description": "Number of global choices"},
        "url": text("Address of the organisation; nothing is sent there"),
        "rows": {"type": "boolean", "description": "Whether `run` has rows for it"},
        "sample": {"type": "boolean", "description": "Whether it is the sample that comes with dvkit, not the user's own"},
        "error": text("Why its metadata cannot be read"),
    });
    json!({"orgs": objects("The organisations", org, &["name"])})
}

fn call(tools: &Tools, _: &Arguments, answer: &mut Answer) -> Result<(), ToolError> {
    let schemas = &tools.workspace().schemas;
    for (name, known) in &tools.orgs() {
        let mut org = json!({"name": name});
        let mut line = (*name).to_owned();
        if *known == schemas.default_org() {
            org["default"] = true.into();
            line.push_str(", default");
        }
        let is_sample = known.is_none() && schemas.is_sample();
        if is_sample {
            org["sample"] = true.into();
            line.push_str(", the sample organisation, not the user's own");
        }
        match tools.workspace().store(*known) {
            Ok(store) => {
                let (tables, choices) = (store.tables().count(), store.choices().count());
                org["tables"] = tables.into();
                org["choices"] = choices.into();
                line.push_str(&format!(", {tables} tables, {choices} global choices"));
                if let Some(url) = &store.org().url {
                    org["url"] = url.as_str().into();
                    line.push_str(&format!(", {url}"));
                }
            }
            Err(error) => {
                let why = super::with_causes(&error);
                line.push_str(&format!(": {why}"));
                org["error"] = why.into();
            }
        }
        if is_sample || tools.emulators.has_rows(*known) {
            org["rows"] = true.into();
            line.push_str(", has rows");
        }
        if !answer.item("orgs", org, &line) {
            return Ok(());
        }
    }
    Ok(())
}
