//! Whole requests on the sample organisation: the findings and the fixed text of each.
//!
//! `codes` lists the findings except those of performance, which have their own file; `rewritten` is `null`
//! if there is no automatic fix.

use dvkit_diagnostic::CodeFamily;
use dvkit_query::{CheckOptions, check_request};
use dvkit_tests::sample::{field, rows, store};

#[test]
fn sample_requests_are_checked_and_fixed_as_recorded() {
    let mut wrong = Vec::new();
    let rows = rows("requests.jsonl");
    for row in &rows {
        let query = field(row, "query");
        let checked = check_request(store(), row["table"].as_str(), query, &CheckOptions::default())
            .expect("the snapshot is in memory");
        let mut found: Vec<String> = checked
            .diagnostics
            .iter()
            .filter(|d| d.code.family() != CodeFamily::Performance)
            .map(|d| d.code.to_string())
            .collect();
        found.sort();
        let mut codes: Vec<&str> =
            row["codes"].as_array().into_iter().flatten().filter_map(|c| c.as_str()).collect();
        codes.sort_unstable();
        if found != codes || checked.rewritten.as_deref() != row["rewritten"].as_str() {
            let shown: Vec<String> =
                checked.diagnostics.iter().map(|d| d.display(query).to_string()).collect();
            wrong.push(format!(
                "{query}\nfound {found:?}, expected {codes:?}\nrewritten {:?}, expected {}\n{}",
                checked.rewritten,
                row["rewritten"],
                shown.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n\n{}", wrong.len(), rows.len(), wrong.join("\n\n"));
}
