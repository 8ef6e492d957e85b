//! Compares the checker's verdicts with what Microsoft's documentation says is accepted or refused.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "says what it counted; a corpus row that is no JSON may panic"
)]

use std::collections::BTreeMap;

use dvkit_query::{CheckOptions, CheckReport, check_fetchxml, check_request};
use dvkit_schema::{Choice, ChoiceRef, Column, ColumnType, Schema, Store};
use dvkit_tests::{corpus_dir, list};
use serde_json::Value;

/// Returns the organisation of the documentation's examples: a real `$metadata` document, with the one column
/// that they add.
fn store() -> Option<Store> {
    let dir = corpus_dir()?.parent()?.join("data").join("csdl");
    let mut files: Vec<_> = std::fs::read_dir(dir).ok()?.map(|f| f.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "xml"));
    files.sort();
    let snapshot = tempfile::tempdir().unwrap();
    dvkit_schema_fetch::import_into(snapshot.path(), &files, &mut ()).unwrap();
    let mut schema: Schema = Store::open(snapshot.path()).unwrap().load().unwrap();
    let contact = schema.tables.get_mut("contact")?;
    let choice = Some(ChoiceRef::Local(Choice::default()));
    contact.columns.push(Column::new("sample_outdooractivities", ColumnType::Choices { choice }));
    Some(Store::from_schema(schema))
}

/// Compares the verdict on every row of a file with the row's mark.
fn agree(file: &str, request: impl Fn(&Value) -> String, check: impl Fn(&Store, &str) -> CheckReport) {
    let (Some(dir), Some(store)) = (corpus_dir(), store()) else {
        println!("skipped: no corpus");
        return;
    };
    let listed: BTreeMap<String, String> = list("documentation_disagreements.txt").into_iter().collect();
    let text = std::fs::read_to_string(dir.join(file)).unwrap();
    let (mut agreed, mut wrong, mut all) = (0, Vec::new(), 0);
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let request = request(&row);
        let valid = row["valid"].as_bool().unwrap();
        let checked = check(&store, &request);
        all += 1;
        match (checked.is_ok() == valid, listed.contains_key(&request)) {
            (true, false) => agreed += 1,
            (true, true) => wrong.push(format!("no disagreement any more: {request}")),
            (false, true) => {}
            (false, false) => {
                let found: Vec<String> =
                    checked.diagnostics.iter().map(|d| d.display(&request).to_string()).collect();
                wrong.push(format!("{request}: must be {valid}\n{}", found.join("\n")));
            }
        }
    }
    println!("{file}: {agreed} of {all} marked rows agree");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(agreed * 100 >= all * 95, "{agreed} of {all}");
}

#[test]
fn documented_requests_get_the_documented_verdict() {
    let request = |row: &Value| format!("{}{}", row["set"].as_str().unwrap(), row["q"].as_str().unwrap());
    let check =
        |store: &Store, text: &str| check_request(store, None, text, &CheckOptions::default()).unwrap();
    agree("docs_odata.jsonl", request, check);
}

#[test]
fn documented_fetchxml_gets_the_documented_verdict() {
    let request = |row: &Value| row["q"].as_str().unwrap().to_owned();
    let check = |store: &Store, text: &str| check_fetchxml(store, text, &CheckOptions::default()).unwrap();
    agree("docs_fetchxml.jsonl", request, check);
}
