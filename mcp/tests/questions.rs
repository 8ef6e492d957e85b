//! Questions that a model answers wrong from memory, answered by the tools alone: `questions.jsonl` has each question
//! with the call of a tool and what its answer has to contain.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod common;

use std::collections::BTreeMap;

use common::{Question, questions, sample, untimed};
use dvkit_mcp::{BYTES_PER_TOKEN, DEFAULT_BUDGET, ToolAnswer, Toolbox};
use serde_json::{Value, json};

#[test]
fn every_question_is_answered_right_and_within_the_budget() {
    let tools = sample();
    let mut wrong = Vec::new();
    let questions = questions();
    assert!(questions.len() >= 200, "{}", questions.len());
    for Question { question, tool, arguments, contains, rewritten } in &questions {
        let answer = tools.call(tool, arguments.clone()).unwrap();
        let structured = answer.structured.clone().unwrap_or(Value::Null);
        let default = if tool == "generate" { 8_000 } else { DEFAULT_BUDGET };
        assert!(answer.tokens() <= default, "{question}: {} tokens", answer.tokens());
        let json = unescaped(&structured);
        for part in contains {
            // Both forms have to answer, because a program shows a model the one or the other.
            if !answer.text.contains(part.as_str()) {
                wrong.push(format!("{question}\n  the text lacks {part}\n{}", answer.text));
            }
            if !in_json(&json, part) {
                wrong.push(format!("{question}\n  the JSON lacks {part}\n{structured:#}"));
            }
        }
        if let Some(right) = rewritten {
            let given = structured.get("rewritten").or_else(|| structured.get("fixed"));
            if given.and_then(Value::as_str) != Some(right) || !answer.text.contains(right.as_str()) {
                wrong.push(format!("{question}\n  the right query is {right}\n{}", answer.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), questions.len(), wrong.join("\n\n"));
}

/// Returns all texts and names in a value, one a line.
fn unescaped(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Array(values) => values.iter().map(unescaped).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| format!("{name}\n{}", unescaped(value))).collect()
        }
        other => format!("{other}\n"),
    }
}

/// Returns whether the JSON says what a part of the text says. The text joins what the JSON has in several members.
fn in_json(json: &str, part: &str) -> bool {
    let has = |part: &str| json.contains(part);
    let words = [
        "ok",
        "entity set",
        "table",
        "option",
        "rewritten:",
        "row",
        "rows",
        "nearest:",
        "label",
        "navigation",
    ];
    has(part)
        || part
            .split([' ', ','])
            .filter(|word| !word.is_empty() && *word != "->" && !words.contains(word))
            .all(|word| has(word.trim_matches(['(', ')'])) || words.iter().any(|w| w.contains(word)))
}

#[test]
fn a_rewritten_query_is_accepted() {
    let tools = sample();
    for Question { question, tool, arguments, rewritten, .. } in questions() {
        let Some(right) = rewritten.filter(|_| tool == "check") else { continue };
        let is_filter = arguments.get("filter").is_some();
        let again = match is_filter {
            true => json!({"filter": right, "table": arguments["table"]}),
            false => json!({"query": right}),
        };
        let answer = tools.call("check", again).unwrap().structured.unwrap();
        assert_eq!(answer["ok"], true, "{question}: {right}\n{answer:#}");
        assert_eq!(answer.get("rewritten"), None, "{question}: {right}");
    }
}

#[test]
fn the_questions_need_every_tool() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for question in questions() {
        *counts.entry(question.tool).or_default() += 1;
    }
    let missing: Vec<&str> = Toolbox::names().filter(|name| !counts.contains_key(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_same_call_gives_the_same_answer() {
    let (first, second) = (sample(), sample());
    for Question { tool, arguments, .. } in questions() {
        let answer = first.call(&tool, arguments.clone()).unwrap();
        assert_eq!(answer, first.call(&tool, arguments.clone()).unwrap());
        // Each emulator makes its rows when it is first used.
        let shown = |answer: &ToolAnswer| untimed(&format!("{} {:?}", answer.text, answer.structured));
        assert_eq!(shown(&answer), shown(&second.call(&tool, arguments).unwrap()));
    }
}

#[test]
fn a_token_has_four_bytes() {
    let answer = sample().call("orgs", json!({})).unwrap();
    let bytes = answer.text.len() + answer.structured.as_ref().unwrap().to_string().len();
    assert_eq!(answer.tokens(), bytes.div_ceil(BYTES_PER_TOKEN));
}
