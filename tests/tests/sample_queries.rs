//! The handwritten filters on the sample organisation: valid ones check clean, invalid ones are fixed as
//! recorded.

use dvkit_query::{CheckOptions, check_filter};
use dvkit_tests::sample::{field, rows, store};

fn options() -> CheckOptions {
    CheckOptions::default()
}

#[test]
fn valid_sample_filters_check_clean_and_are_not_changed() {
    let mut wrong = Vec::new();
    for row in rows("right.jsonl") {
        let (table, filter) = (field(&row, "table"), field(&row, "filter"));
        let checked = check_filter(store(), table, filter, &options()).expect("the snapshot is in memory");
        if !checked.diagnostics.is_empty()
            || checked.rewritten.as_deref() != Some(filter)
            || checked.query.is_none()
        {
            let found: Vec<String> =
                checked.diagnostics.iter().map(|d| d.display(filter).to_string()).collect();
            wrong.push(format!(
                "{}: {filter}\n  → {:?}\n{}",
                field(&row, "id"),
                checked.rewritten,
                found.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn wrong_sample_filters_are_fixed_as_recorded() {
    let mut wrong = Vec::new();
    for row in rows("wrong.jsonl") {
        let (table, filter) = (field(&row, "table"), field(&row, "filter"));
        let checked = check_filter(store(), table, filter, &options()).expect("the snapshot is in memory");
        let expected = row["expect"].as_str();
        if checked.rewritten.as_deref() != expected || checked.diagnostics.is_empty() {
            let found: Vec<String> =
                checked.diagnostics.iter().map(|d| d.display(filter).to_string()).collect();
            wrong.push(format!(
                "{}: {filter}\n  is      {:?}\n  expects {expected:?}\n{}",
                field(&row, "id"),
                checked.rewritten,
                found.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}
