//! Diagnostics of OData and FetchXML are the same: `fixtures/queries/both.jsonl` has a row for every code,
//! with a wrong query in each language, or with the reason why one of them cannot have it.

use std::collections::{BTreeMap, BTreeSet};

use dvkit_diagnostic::{CodeFamily, code};
use dvkit_query::{CheckOptions, CheckReport, check_fetchxml, check_filter, check_request};
use dvkit_tests::sample::{field, rows, store};

fn codes(checked: &CheckReport) -> BTreeSet<String> {
    checked.diagnostics.iter().map(|d| d.code.to_string()).collect()
}

#[test]
fn a_mistake_is_reported_in_both_languages() {
    let options = CheckOptions::default();
    let mut failures = Vec::new();
    let mut compared = 0;
    for row in &rows("both.jsonl") {
        if row.get("only").is_some() {
            continue;
        }
        let (odata, fetchxml) = (field(row, "odata"), field(row, "fetchxml"));
        let said = match field(row, "table") {
            "" => check_request(store(), None, odata, &options),
            table => check_filter(store(), table, odata, &options),
        };
        let said = codes(&said.expect("the snapshot is in memory"));
        let told = codes(&check_fetchxml(store(), fetchxml, &options).expect("the snapshot is in memory"));
        for (query, expected, found) in
            [(odata, field(row, "odata_code"), said), (fetchxml, field(row, "fetchxml_code"), told)]
        {
            if !found.contains(expected) {
                failures.push(format!("{query}\n  lacks {expected}: {found:?}"));
            }
        }
        compared += 1;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(compared > 40, "{compared} rows have both languages");
}

#[test]
fn every_diagnostic_code_has_a_row() {
    let mut where_told: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for row in &rows("both.jsonl") {
        if row.get("only").is_some() {
            let code = field(row, "code");
            assert!(field(row, "why").len() > 10, "{code} has no reason");
            assert!(matches!(field(row, "only"), "odata" | "fetchxml" | "both"), "{code}");
            where_told.entry(code.to_owned()).or_default().push("only");
        } else {
            for member in ["odata_code", "fetchxml_code"] {
                where_told.entry(field(row, member).to_owned()).or_default().push(member);
            }
        }
    }
    let missing: Vec<String> = code::all()
        .filter(|info| info.code.family() != CodeFamily::Conversion)
        .map(|info| info.code.to_string())
        .filter(|code| !where_told.contains_key(code))
        .collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
    let doubted: Vec<&String> = where_told
        .iter()
        .filter(|(_, told)| told.contains(&"only") && told.len() > 1)
        .map(|(code, _)| code)
        .collect();
    assert!(doubted.is_empty(), "in one language only, and in both: {doubted:?}");
}
