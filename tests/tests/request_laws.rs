//! Laws of whole requests on the sample organisation: a rewritten request checks clean, is not rewritten
//! again, and means the same; `resolve(emit(hir)) = hir`.

use dvkit_query::odata;
use dvkit_query::{CheckOptions, CheckReport, check_request};
use dvkit_tests::generate::{Dice, config, lists_as_comparisons, mutated, request};
use dvkit_tests::sample::{field, rows, store};
use odata_parser::{RequestText, format, parse_request};
use proptest::prelude::*;

fn checked(table: Option<&str>, text: &str) -> CheckReport {
    check_request(store(), table, text, &CheckOptions::default()).expect("the snapshot is in memory")
}

fn shown(checked: &CheckReport, text: &str) -> String {
    checked.diagnostics.iter().map(|d| d.display(text).to_string()).collect::<Vec<_>>().join("\n")
}

/// Checks everything that must hold for any text.
fn holds(table: Option<&str>, text: &str) -> Result<(), String> {
    let first = checked(table, text);
    for d in &first.diagnostics {
        if text.get(d.span.range()).is_none() || d.labels.iter().any(|l| text.get(l.span.range()).is_none()) {
            return Err(format!("{text}\na span that does not fit: {d:?}"));
        }
        for s in &d.suggestions {
            dvkit_diagnostic::apply(text, &s.edits).map_err(|e| format!("{text}\n{e}: {s:?}"))?;
        }
    }
    // A request without a path does not name an entity set.
    if let Some(query) = first.query.as_ref().filter(|q| first.is_ok() && !q.source.entity_set.is_empty()) {
        let emitted = odata::request(query);
        let again = checked(None, &emitted);
        if !again.is_ok() || again.query.as_ref() != Some(query) {
            return Err(format!(
                "{text}\nemits {emitted}\n{}\n{query:?}\n{:?}",
                shown(&again, &emitted),
                again.query
            ));
        }
    }
    // Formatting and minifying do not change the meaning.
    let source = RequestText::new(text);
    if let (Some(query), Ok(request)) =
        (&first.query, parse_request(&source, &odata_parser::ParseOptions::default()))
    {
        for form in [format::pretty(&request), format::minify(&request)] {
            let again = checked(table, &form);
            if again.query.as_ref() != Some(query) {
                return Err(format!("{text}\nis written {form}\n{query:?}\n{:?}", again.query));
            }
        }
    }
    let Some(rewritten) = &first.rewritten else { return Ok(()) };
    let second = checked(table, rewritten);
    if !second.is_ok() {
        return Err(format!("{text}\n→ {rewritten}, which is not clean:\n{}", shown(&second, rewritten)));
    }
    if second.rewritten.as_ref() != Some(rewritten) {
        return Err(format!("{text}\n→ {rewritten}\n→ {:?}", second.rewritten));
    }
    // The meaning of a text with syntax errors is a guess of the parser's recovery.
    if let Some(query) = first.query.as_ref().filter(|_| first.parsed)
        && second.query.clone().map(lists_as_comparisons) != Some(lists_as_comparisons(query.clone()))
    {
        return Err(format!(
            "{text}\n→ {rewritten}, which means something else:\n{query:?}\n{:?}",
            second.query
        ));
    }
    Ok(())
}

fn samples() -> Vec<(Option<String>, String)> {
    ["requests.jsonl", "lints.jsonl"]
        .iter()
        .flat_map(|file| rows(file))
        .filter(|r| r["query"].is_string())
        .map(|r| (r["table"].as_str().map(str::to_owned), field(&r, "query").to_owned()))
        .collect()
}

#[test]
fn laws_hold_on_the_sample_requests() {
    let failures: Vec<String> =
        samples().iter().filter_map(|(table, text)| holds(table.as_deref(), text).err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_emitted_request_resolves_to_the_same_meaning(bytes in proptest::collection::vec(any::<u8>(), 8..200)) {
        let query = request(&mut Dice(bytes.iter()));
        let text = odata::request(&query);
        let result = checked(None, &text);
        prop_assert!(result.is_ok(), "{text}\n{}", shown(&result, &text));
        prop_assert_eq!(result.query.as_ref(), Some(&query), "{}", text);
    }

    #[test]
    fn laws_hold_on_mutated_requests(seed in any::<u64>(), edits in proptest::collection::vec((any::<u16>(), any::<u16>(), 0u8..5), 1..4)) {
        let all = samples();
        let texts: Vec<&str> = all.iter().map(|(_, text)| text.as_str()).collect();
        let (table, text) = &all[usize::try_from(seed % all.len() as u64).unwrap_or(0)];
        let text = mutated(text, &texts, &edits);
        if let Err(message) = holds(table.as_deref(), &text) {
            prop_assert!(false, "{message}");
        }
    }
}
