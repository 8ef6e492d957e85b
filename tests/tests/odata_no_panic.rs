//! No text of any corpus makes the parser panic, and the strict and the recovering parser agree on valid
//! texts.

use dvkit_tests::corpus_dir;
use odata_parser::{
    Diagnostic, ParseOptions, RequestText, parse_filter_recovering, parse_filter_with, parse_request,
    parse_request_recovering, url,
};
use serde_json::Value;

fn strings(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(s) => out.push(s.clone()),
        Value::Array(items) => items.iter().for_each(|v| strings(v, out)),
        Value::Object(map) => map.values().for_each(|v| strings(v, out)),
        _ => {}
    }
}

#[test]
fn every_string_of_every_corpus_parses_without_panic() {
    let Some(dir) = corpus_dir() else {
        println!("skipped: no corpus");
        return;
    };
    let mut texts = Vec::new();
    for file in std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().path()) {
        if file.extension().is_none_or(|e| e != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(file).unwrap().lines() {
            strings(&serde_json::from_str(line).unwrap(), &mut texts);
        }
    }
    texts.sort();
    texts.dedup();
    for text in &texts {
        for text in [text, &url::decode(text).text, &*url::encode(text)] {
            check(text);
            check_request(text);
        }
    }
    println!("{} texts", texts.len());
    assert!(texts.len() > 1000);
}

fn check(text: &str) {
    for holes in [false, true] {
        let options = ParseOptions { placeholders: holes, ..ParseOptions::default() };
        let parsed = parse_filter_recovering(text, &options);
        let strict = parse_filter_with(text, &options);
        assert_eq!(strict.is_ok(), parsed.is_ok(), "{text}\n{:?}\n{:?}", strict.err(), parsed.diagnostics);
        let _ = parsed.expr.to_string();
        check_diagnostics(text, &parsed.diagnostics);
    }
}

fn check_request(text: &str) {
    let source = RequestText::new(text);
    for holes in [false, true] {
        let options = ParseOptions { placeholders: holes, ..ParseOptions::default() };
        let parsed = parse_request_recovering(&source, &options);
        let strict = parse_request(&source, &options);
        assert_eq!(strict.is_ok(), parsed.is_ok(), "{text}\n{:?}\n{:?}", strict.err(), parsed.diagnostics);
        let _ = parsed.request.to_string();
        check_diagnostics(text, &parsed.diagnostics);
    }
}

/// Checks that spans and edits fit the text.
fn check_diagnostics(text: &str, diagnostics: &[Diagnostic]) {
    for d in diagnostics {
        assert!(text.get(d.span.range()).is_some(), "{text}: {d:?}");
        let _ = d.display(text).to_string();
        for suggestion in &d.suggestions {
            let fixed = dvkit_diagnostic::apply(text, &suggestion.edits);
            assert!(fixed.is_ok(), "{text}: {suggestion:?}: {fixed:?}");
        }
    }
}
