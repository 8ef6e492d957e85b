//! Performance findings of whole requests on the sample organisation, and the rewritten requests.
//!
//! The requests have no other findings, so that each row is about one rule only.

use dvkit_query::{CheckOptions, check_request};
use dvkit_tests::sample::{field, rows, store};

#[test]
fn requests_get_the_recorded_performance_findings() {
    let mut wrong = Vec::new();
    let rows = rows("lints.jsonl");
    for row in &rows {
        let query = field(row, "query");
        let checked = check_request(store(), row["table"].as_str(), query, &CheckOptions::default())
            .expect("the snapshot is in memory");
        let mut found: Vec<String> = checked.diagnostics.iter().map(|d| d.code.to_string()).collect();
        found.sort();
        let codes: Vec<&str> =
            row["codes"].as_array().into_iter().flatten().filter_map(|c| c.as_str()).collect();
        if found != codes || checked.rewritten.as_deref() != row["rewritten"].as_str() {
            let shown: Vec<String> =
                checked.diagnostics.iter().map(|d| d.display(query).to_string()).collect();
            wrong.push(format!(
                "{query}\nfound {found:?}, expected {codes:?}\nrewritten {:?}\n{}",
                checked.rewritten,
                shown.join("\n")
            ));
        }
    }
    println!("{} requests", rows.len());
    assert!(wrong.is_empty(), "{} of {}:\n\n{}", wrong.len(), rows.len(), wrong.join("\n\n"));
}
