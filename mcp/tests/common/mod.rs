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

/// Replaces the times at which the emulator made its rows.
pub(crate) fn untimed(text: &str) -> String {
    let mut out = String::new();
    for piece in text.split_inclusive(&[' ', '"']) {
        let (word, end) = piece.split_at(piece.trim_end_matches([' ', '"']).len());
        let is_time =
            word.len() == 20 && word.starts_with("20") && word.ends_with('Z') && word.as_bytes()[10] == b'T';
        out.push_str(if is_time { "(the time)" } else { word });
        out.push_str(end);
    }
    out
}
