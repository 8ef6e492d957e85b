//! Checks real filters and arbitrary corpus texts: no panic, and every rewritten filter checks clean.

use std::collections::BTreeSet;

use dvkit_query::{CheckOptions, check_filter};
use dvkit_tests::{corpus_dir, sample::store};
use serde_json::Value;

/// Collects every text of a JSON value.
fn texts(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            into.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|v| texts(v, into)),
        Value::Object(members) => members.values().for_each(|v| texts(v, into)),
        _ => {}
    }
}

#[test]
fn every_corpus_text_is_checked_without_panic_and_fixed_soundly() {
    let Some(dir) = corpus_dir() else {
        println!("skipped: no corpus");
        return;
    };
    let mut all = BTreeSet::new();
    for entry in std::fs::read_dir(dir).expect("the corpus is readable").flatten() {
        if entry.path().extension().is_some_and(|e| e == "jsonl") {
            let text = std::fs::read_to_string(entry.path()).expect("UTF-8");
            for line in text.lines() {
                texts(&serde_json::from_str(line).expect("JSON lines"), &mut all);
            }
        }
    }
    let (mut checked, mut rewritten) = (0, 0);
    for text in &all {
        for (table, placeholders) in [("account", false), ("contact", true)] {
            let options = CheckOptions { placeholders, ..CheckOptions::default() };
            let result = check_filter(store(), table, text, &options).expect("in memory");
            checked += 1;
            for d in &result.diagnostics {
                assert!(text.get(d.span.range()).is_some(), "{text}: {d:?}");
                let _ = d.display(text).to_string();
            }
            let Some(right) = result.rewritten else { continue };
            rewritten += 1;
            let again = check_filter(store(), table, &right, &options).expect("in memory");
            assert!(again.is_ok(), "{text}\n→ {right}\n{:?}", again.diagnostics);
            assert_eq!(again.rewritten.as_ref(), Some(&right), "{text}");
        }
    }
    println!("{checked} texts checked, {rewritten} with a right form");
}
