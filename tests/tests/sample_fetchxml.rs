//! FetchXML on the sample organisation: the findings and the fixed text of each query, and laws that hold for
//! any text.

use dvkit_query::{CheckOptions, CheckReport, check_fetchxml};
use dvkit_tests::generate::{config, mutated};
use dvkit_tests::sample::{field, rows, store};
use proptest::prelude::*;

fn checked(text: &str) -> CheckReport {
    check_fetchxml(store(), text, &CheckOptions::default()).expect("the snapshot is in memory")
}

fn shown(checked: &CheckReport, text: &str) -> String {
    checked.diagnostics.iter().map(|d| d.display(text).to_string()).collect::<Vec<_>>().join("\n")
}

#[test]
fn sample_fetchxml_is_checked_and_fixed_as_recorded() {
    let mut wrong = Vec::new();
    for row in &rows("fetchxml.jsonl") {
        let text = field(row, "fetchxml");
        let checked = checked(text);
        let mut found: Vec<String> = checked.diagnostics.iter().map(|d| d.code.to_string()).collect();
        found.sort();
        let codes: Vec<&str> =
            row["codes"].as_array().into_iter().flatten().filter_map(|c| c.as_str()).collect();
        let understood = !codes.is_empty() || checked.query.is_some();
        if found != codes || checked.rewritten.as_deref() != row["rewritten"].as_str() || !understood {
            wrong.push(format!(
                "{text}\nfound {found:?}, expected {codes:?}\nrewritten {:?}, expected {}\n{}",
                checked.rewritten,
                row["rewritten"],
                shown(&checked, text)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Checks everything that must hold for any text.
fn holds(text: &str) -> Result<(), String> {
    let first = checked(text);
    for d in &first.diagnostics {
        if text.get(d.span.range()).is_none() {
            return Err(format!("{text}\na span that does not fit: {d:?}"));
        }
        for s in &d.suggestions {
            dvkit_diagnostic::apply(text, &s.edits).map_err(|e| format!("{text}\n{e}: {s:?}"))?;
        }
    }
    let Some(rewritten) = &first.rewritten else { return Ok(()) };
    let second = checked(rewritten);
    if !second.is_ok() {
        return Err(format!("{text}\n→ {rewritten}, which is not clean:\n{}", shown(&second, rewritten)));
    }
    if second.rewritten.as_ref() != Some(rewritten) {
        return Err(format!("{text}\n→ {rewritten}\n→ {:?}", second.rewritten));
    }
    if let Some(query) = first.query.as_ref().filter(|_| first.parsed)
        && second.query.as_ref() != Some(query)
    {
        return Err(format!(
            "{text}\n→ {rewritten}, which means something else:\n{query:?}\n{:?}",
            second.query
        ));
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn laws_hold_on_mutated_fetchxml(seed in any::<u64>(), edits in proptest::collection::vec((any::<u16>(), any::<u16>(), 0u8..5), 1..4)) {
        let all: Vec<String> = rows("fetchxml.jsonl").iter().map(|r| field(r, "fetchxml").to_owned()).collect();
        let texts: Vec<&str> = all.iter().map(String::as_str).collect();
        let text = mutated(texts[usize::try_from(seed % all.len() as u64).unwrap_or(0)], &texts, &edits);
        if let Err(message) = holds(&text) {
            prop_assert!(false, "{message}");
        }
    }
}
