//! A fix is a promise: what is applied unasked never changes what a query means.
//!
//! `DVKIT_DAMAGES=1000000 DVKIT_SEED=2 cargo test --release -p dvkit-tests --test fix_laws -- --nocapture` for a long run.

use dvkit_diagnostic::Diagnostic;
use dvkit_query::Options;
use dvkit_tests::damage::{Language, edits_hold, run};
use dvkit_tests::sample::{field, rows};

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|n| n.parse().ok())
}

#[test]
fn the_certain_fix_of_a_damaged_query_is_absent_or_restores_its_meaning() {
    let number = asked("DVKIT_DAMAGES").unwrap_or(20_000);
    let (tally, broken) = run(number, asked("DVKIT_SEED").unwrap_or(1));
    println!("{tally}");
    let some: Vec<&str> = broken.iter().step_by(broken.len() / 20 + 1).map(String::as_str).collect();
    assert!(broken.is_empty(), "{} of {number}:\n{}", broken.len(), some.join("\n"));
}

#[test]
fn every_suggestion_for_a_sample_can_be_applied_and_comes_through_json_unchanged() {
    let mut suggestions = 0;
    for file in
        ["right.jsonl", "wrong.jsonl", "requests.jsonl", "lints.jsonl", "fetchxml.jsonl", "mapping.jsonl"]
    {
        for row in rows(file) {
            let filter = Language::Filter(field(&row, "table").to_owned());
            let all = [
                ("filter", filter),
                ("query", Language::Request),
                ("odata", Language::Request),
                ("fetchxml", Language::Fetch),
            ];
            for (name, language) in all.into_iter().filter(|(name, _)| row[*name].is_string()) {
                let text = field(&row, name);
                let checked = language.check(text, &Options::default());
                edits_hold(text, &checked.diagnostics).unwrap_or_else(|e| panic!("{e}"));
                let json = serde_json::to_string(&checked.diagnostics).expect("JSON");
                let back: Vec<Diagnostic> = serde_json::from_str(&json).expect("JSON");
                assert_eq!(back, checked.diagnostics, "{text}");
                suggestions += back.iter().map(|d| d.suggestions.len()).sum::<usize>();
            }
        }
    }
    assert!(suggestions > 200, "{suggestions}");
}
