//! What the tests of this crate share.
#![allow(dead_code)] // each test uses a part of it

use std::path::Path;

use dvkit_ide::config::Config;
use dvkit_ide::{SchemaChoice, Schemas, Settings, Workspace};
use dvkit_mcp::Toolbox;
use serde_json::Value;

/// A question with the call that answers it.
pub(crate) struct Question {
    pub(crate) question: String,
    pub(crate) tool: String,
    pub(crate) arguments: Value,
    pub(crate) contains: Vec<String>,
    pub(crate) rewritten: Option<String>,
}

/// Returns the questions of `questions.jsonl`.
pub(crate) fn questions() -> Vec<Question> {
    let text = include_str!("../questions.jsonl");
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| line[name].as_str().map(str::to_owned);
        let contains = line["contains"].as_array().into_iter().flatten();
        Question {
            question: text("question").unwrap(),
            tool: text("tool").unwrap(),
            arguments: line["arguments"].clone(),
            contains: contains.map(|part| part.as_str().unwrap().to_owned()).collect(),
            rewritten: text("rewritten"),
        }
    };
    text.lines().map(read).collect()
}

/// Returns the tools on the sample organisation.
pub(crate) fn sample() -> Toolbox {
    let schemas =
        Schemas::find(Path::new("/nonexistent"), &Config::default(), &SchemaChoice::default()).unwrap();
    assert!(schemas.is_sample());
    Toolbox::new(Workspace::new(schemas, Settings::default()))
}
