//! What each tool answers, word for word: the text and the JSON, the smallest budget for the whole answer, what a
//! smaller budget leaves, and how wrong calls are refused.
#![allow(clippy::unwrap_used, unreachable_pub)] // the lint's exception for tests does not reach their helpers

mod common;
#[path = "../../ide/tests/answers/golden.rs"]
mod golden;

use std::fmt::Write as _;

use common::{sample, untimed};
use dvkit_mcp::{MAX_BUDGET, MIN_BUDGET, ToolAnswer, Toolbox};
use serde_json::Value;

/// Returns the answer to a call with a budget.
fn within(tools: &Toolbox, tool: &str, arguments: &Value, budget: usize) -> ToolAnswer {
    let mut arguments = arguments.clone();
    arguments["budget"] = budget.into();
    tools.call(tool, arguments).unwrap()
}

fn is_whole(answer: &ToolAnswer) -> bool {
    answer.structured.as_ref().is_none_or(|structured| structured.get("truncated").is_none())
}

fn shown(answer: &ToolAnswer) -> String {
    let json = answer.structured.as_ref().map_or("no JSON".to_owned(), Value::to_string);
    let kind = if answer.is_error { "error" } else { "answer" };
    untimed(&format!("{kind} of {} tokens\n{}\n{json}\n", answer.tokens(), answer.text.trim_end()))
}

/// Returns the answers to a call `TOOL {arguments}`.
fn answers(tools: &Toolbox, input: &str) -> String {
    let (tool, arguments) = input.split_once(' ').unwrap_or((input, "null"));
    let arguments: Value = serde_json::from_str(arguments).unwrap();
    let Some(answer) = tools.call(tool, arguments.clone()) else { return "there is no such tool".to_owned() };
    let mut out = shown(&answer);
    if answer.structured.is_none() || arguments.get("budget").is_some() || !is_whole(&answer) {
        return out;
    }
    // The smallest budget that leaves nothing out.
    let (mut small, mut large) = (MIN_BUDGET - 1, MAX_BUDGET);
    while large - small > 1 {
        let middle = usize::midpoint(small, large);
        if is_whole(&within(tools, tool, &arguments, middle)) {
            large = middle;
        } else {
            small = middle;
        }
    }
    writeln!(out, "whole from {large}").unwrap();
    if large > MIN_BUDGET {
        let half = within(tools, tool, &arguments, usize::midpoint(MIN_BUDGET, large));
        if !is_whole(&half) {
            write!(out, "half: {}", shown(&half)).unwrap();
        }
    }
    out
}

#[test]
fn every_tool_answers_and_refuses_in_its_own_words() {
    let tools = sample();
    golden::check("calls.txt", |input| answers(&tools, input));
}

#[test]
fn an_argument_at_its_limit_is_read_and_one_above_is_refused() {
    let tools = sample();
    let why = |tool: &str, arguments: Value| {
        let answer = tools.call(tool, arguments).unwrap();
        if answer.structured.is_none() { answer.text } else { String::new() }
    };
    let name = |length: usize| "a".repeat(length);
    for (tool, at, above, sentence) in [
        (
            "describe",
            serde_json::json!({"table": "contact", "limit": 1000}),
            serde_json::json!({"table": "contact", "limit": 1001}),
            "`limit` has to be a whole number from 1 to 1000, not 1001",
        ),
        (
            "describe",
            serde_json::json!({"table": "contact", "limit": 1}),
            serde_json::json!({"table": "contact", "limit": 0}),
            "`limit` has to be a whole number from 1 to 1000, not 0",
        ),
        (
            "orgs",
            serde_json::json!({"budget": MIN_BUDGET}),
            serde_json::json!({"budget": MIN_BUDGET - 1}),
            "`budget` has to be a whole number from 50 to 50000, not 49",
        ),
        (
            "orgs",
            serde_json::json!({"budget": MAX_BUDGET}),
            serde_json::json!({"budget": MAX_BUDGET + 1}),
            "`budget` has to be a whole number from 50 to 50000, not 50001",
        ),
        (
            "run",
            serde_json::json!({"query": "contacts?$select=fullname", "limit": 200}),
            serde_json::json!({"query": "contacts?$select=fullname", "limit": 201}),
            "`limit` has to be a whole number from 1 to 200, not 201",
        ),
        (
            "find",
            serde_json::json!({"words": name(500)}),
            serde_json::json!({"words": name(501)}),
            "`words` has 501 bytes; at most 500 are read",
        ),
        (
            "describe",
            serde_json::json!({"table": "contact", "columns": vec!["fullname"; 100]}),
            serde_json::json!({"table": "contact", "columns": vec!["fullname"; 101]}),
            "`columns` has 101 elements; at most 100 are read",
        ),
        (
            "check",
            serde_json::json!({"query": format!("contacts?$select=fullname&$top=1&x={}", name((256 << 10) - 35))}),
            serde_json::json!({"query": name((256 << 10) + 1)}),
            "`query` has 262145 bytes; at most 262144 are read",
        ),
    ] {
        assert_eq!(why(tool, at), "", "{sentence}");
        assert_eq!(why(tool, above), sentence);
    }
    let long = serde_json::json!({"table": "contact", "columns": [name(1001)]});
    assert_eq!(why("describe", long), "an element of `columns` has more than 1000 bytes");
}

#[test]
fn the_files_of_types_come_with_the_named_tables_first() {
    let tools = sample();
    for (arguments, paths, types, enums) in [
        (
            serde_json::json!({"columns": ["contact.fullname", "account.name", "contact.familystatuscode"]}),
            &["account.rs", "contact.rs", "mod.rs"][..],
            serde_json::json!({"Account": "account", "Contact": "contact"}),
            serde_json::json!({"contact.familystatuscode": "contact::ContactFamilyStatusCode"}),
        ),
        (
            serde_json::json!({"tables": ["contact"], "columns": ["contact.parentcustomerid"], "operations": ["WhoAmI"]}),
            &["contact.rs", "operations.rs", "mod.rs", "account.rs"],
            serde_json::json!({"Account": "account", "Contact": "contact"}),
            Value::Null,
        ),
        (
            serde_json::json!({"tables": "teamm*"}),
            &["teammembership.rs", "mod.rs"],
            serde_json::json!({"Teammembership": "teammembership"}),
            Value::Null,
        ),
    ] {
        let answer = within(&tools, "generate", &arguments, MAX_BUDGET).structured.unwrap();
        let found: Vec<&str> =
            answer["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
        assert_eq!(
            (found.as_slice(), &answer["types"], &answer["enums"]),
            (paths, &types, &enums),
            "{arguments}"
        );
    }
}
