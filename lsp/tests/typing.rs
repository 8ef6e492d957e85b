//! A hundred queries are typed letter by letter. At each letter, completion, hover and diagnostics answer.

mod client;

use std::fs;
use std::path::Path;

use client::{Client, able};
use serde_json::{Value, json};

/// Returns the texts of the fixtures: right, wrong, OData and FetchXML.
fn queries() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/queries");
    let mut all = Vec::new();
    for name in ["right.jsonl", "wrong.jsonl", "fetchxml.jsonl", "requests.jsonl", "lints.jsonl"] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        for line in text.lines().filter(|line| line.starts_with('{')) {
            let value: Value = serde_json::from_str(line).unwrap();
            let found = ["query", "filter", "odata", "fetchxml"].iter().find_map(|key| value[*key].as_str());
            all.extend(found.map(str::to_owned));
        }
    }
    // Spread over all files, and bounded in length, since each letter costs three requests.
    all.retain(|query| (8..=160).contains(&query.len()));
    let step = (all.len() / 100).max(1);
    all.into_iter().step_by(step).take(100).collect()
}

#[test]
fn every_letter_of_a_hundred_queries_is_answered() {
    let queries = queries();
    assert_eq!(queries.len(), 100);
    let mut client = Client::start(&[], able());
    let (mut letters, mut offered) = (0, 0);
    for (n, query) in queries.iter().enumerate() {
        // Every third one is typed into a program.
        let (uri, language, before, after) = match n % 3 {
            0 => (format!("file:///nowhere/{n}.ts"), "typescript", "const q = `", "`;\n"),
            _ if query.starts_with('<') => (format!("file:///nowhere/{n}.fetchxml"), "fetchxml", "", ""),
            _ => (format!("file:///nowhere/{n}.odata"), "odata", "", ""),
        };
        client.open(&uri, language, &format!("{before}{after}"));
        let (mut line, mut column) = (0, before.encode_utf16().count());
        for c in query.chars() {
            let here = json!({"line": line, "character": column});
            let range = json!({"start": here, "end": here});
            let version = client.change(&uri, json!([{"range": range, "text": c.to_string()}]));
            if c == '\n' {
                (line, column) = (line + 1, 0);
            } else {
                column += c.len_utf16();
            }
            let found = client.at("textDocument/completion", &uri, line, column);
            offered += usize::from(found["items"].as_array().is_some_and(|items| !items.is_empty()));
            client.at("textDocument/hover", &uri, line, column);
            client.pushed(&uri, Some(version));
            letters += 1;
        }
        client.tell("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }
    let defects: Vec<_> =
        client.notifications.iter().filter(|n| n.params.to_string().contains("defect")).collect();
    assert!(defects.is_empty(), "{defects:?}");
    assert!(offered * 3 > letters, "{offered} of {letters} letters have completions");
    client.end();
}
