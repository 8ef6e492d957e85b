//! Every answer of every tool stays within its budget, conforms to its output schema, and has no control characters,
//! whatever the arguments are.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod common;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use common::{questions, sample};
use dvkit_diagnostic::printable::is_printable;
use dvkit_mcp::{MAX_BUDGET, MIN_BUDGET, Server, ToolAnswer, Toolbox};
use proptest::prelude::*;
use rmcp::ServerHandler as _;
use serde_json::{Value, json};

fn tools() -> &'static Toolbox {
    static TOOLS: OnceLock<Toolbox> = OnceLock::new();
    TOOLS.get_or_init(sample)
}

/// Returns the validator of the answers of each tool.
fn schemas() -> &'static BTreeMap<String, jsonschema::Validator> {
    static SCHEMAS: OnceLock<BTreeMap<String, jsonschema::Validator>> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let server = Server::new(sample());
        let schema = |name: &str| {
            let tool = server.get_tool(name).unwrap();
            let schema = Value::Object(tool.output_schema.unwrap().as_ref().clone());
            (name.to_owned(), jsonschema::validator_for(&schema).unwrap())
        };
        Toolbox::names().map(schema).collect()
    })
}

fn assert_fits(tool: &str, arguments: &Value, budget: usize, answer: &ToolAnswer) {
    assert!(answer.tokens() <= budget, "{tool} {arguments}: {} of {budget} tokens", answer.tokens());
    assert!(!answer.text.is_empty(), "{tool} {arguments}");
    let clean = |text: &str| text.chars().all(|c| is_printable(c) || matches!(c, '\n' | '\t'));
    assert!(clean(&answer.text), "{tool} {arguments}: {:?}", answer.text);
    let Some(structured) = &answer.structured else {
        assert!(answer.is_error, "{tool} {arguments}");
        return;
    };
    let errors: Vec<String> =
        schemas()[tool].iter_errors(structured).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{tool} {arguments}: {errors:?}\n{structured:#}");
    assert_eq!(structured.get("truncated").is_some(), structured.get("rest").is_some());
    fn all_clean(value: &Value, clean: &impl Fn(&str) -> bool) -> bool {
        match value {
            Value::String(text) => clean(text),
            Value::Array(values) => values.iter().all(|value| all_clean(value, clean)),
            Value::Object(members) => {
                members.iter().all(|(name, value)| clean(name) && all_clean(value, clean))
            }
            _ => true,
        }
    }
    assert!(all_clean(structured, &clean), "{tool} {arguments}: {structured:?}");
}

#[test]
fn the_answers_to_all_questions_fit_into_every_budget() {
    for question in questions() {
        for budget in [MIN_BUDGET, 51, 63, 80, 100, 150, 250, 400, 700, 1_200, 2_500, 4_000, MAX_BUDGET] {
            let mut arguments = question.arguments.clone();
            arguments["budget"] = budget.into();
            let answer = tools().call(&question.tool, arguments.clone()).unwrap();
            assert_fits(&question.tool, &arguments, budget, &answer);
        }
    }
}

#[test]
fn a_larger_budget_never_says_less() {
    for question in questions() {
        let mut before = 0;
        let mut was_whole = false;
        for budget in [60, 120, 240, 480, 960, 1_920, 3_840, 7_680] {
            let mut arguments = question.arguments.clone();
            arguments["budget"] = budget.into();
            let answer = tools().call(&question.tool, arguments.clone()).unwrap();
            let is_whole = answer.structured.as_ref().is_some_and(|s| s.get("truncated").is_none());
            assert!(!was_whole || is_whole, "{arguments}");
            // The line that says that something was left out may be longer than what was left out.
            assert!(answer.tokens() + 30 >= before, "{arguments}: {} after {before}", answer.tokens());
            (before, was_whole) = (answer.tokens(), is_whole);
        }
    }
}

/// Returns arguments for a tool: sensible ones with wild texts in them.
fn calls() -> impl Strategy<Value = (&'static str, Value)> {
    let name = prop_oneof![
        "[a-z_]{1,12}",
        Just("contact".to_owned()),
        Just("account.name".to_owned()),
        Just("contact.parentcustomerid".to_owned()),
        ".{1,30}",
    ];
    let query = prop_oneof![
        "contacts\\?\\$select=[a-z,]{0,30}&\\$filter=[a-z ']{0,60}",
        "<fetch><entity name='[a-z]{1,9}'>.{0,60}</entity></fetch>",
        "accounts\\?.{0,60}",
        ".{1,80}",
    ];
    let query = (
        prop::sample::select(vec!["check", "fix", "translate", "run"]),
        query,
        prop::option::of(Just("contact")),
    );
    prop_oneof![
        query.prop_map(|(tool, query, table)| match table {
            Some(table) => (tool, json!({"query": query, "table": table})),
            None => (tool, json!({"query": query})),
        }),
        name.clone().prop_map(|name| ("explain", json!({"name": name}))),
        (name.clone(), 0usize..60)
            .prop_map(|(name, offset)| ("describe", json!({"table": name, "offset": offset}))),
        (name.clone(), 1usize..50)
            .prop_map(|(words, limit)| ("find", json!({"words": words, "limit": limit}))),
        name.clone().prop_map(|name| ("describe", json!({"table": "account", "columns": [name]}))),
        name.prop_map(|name| ("generate", json!({"columns": [name]}))),
        Just(("orgs", json!({}))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_to_any_call_fit((tool, mut arguments) in calls(), budget in MIN_BUDGET..=4_000usize) {
        arguments["budget"] = budget.into();
        let answer = tools().call(tool, arguments.clone()).unwrap();
        assert_fits(tool, &arguments, budget, &answer);
    }
}
