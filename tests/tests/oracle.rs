//! Emitted and fixed queries return the same rows as the meaning that they were made from.

use std::cell::Cell;

use dvkit_query::odata;
use dvkit_query::{CheckOptions, CheckReport, check_filter, check_request};
use dvkit_tests::generate::{Dice, config, lists_as_comparisons, request};
use dvkit_tests::rows::{database, same_rows, world};
use dvkit_tests::sample::{field, rows, store};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

fn checked(table: Option<&str>, text: &str) -> CheckReport {
    check_request(store(), table, text, &CheckOptions::default()).expect("the snapshot is in memory")
}

#[test]
fn emitted_requests_return_the_same_rows() {
    let (all, with_rows) = (Cell::new(0), Cell::new(0));
    let bytes = proptest::collection::vec(any::<u8>(), 8..200);
    let result = TestRunner::new(config()).run(&(bytes, any::<u64>()), |(bytes, seed)| {
        let query = request(&mut Dice(bytes.iter()));
        let text = odata::request(&query);
        let again = checked(None, &text);
        let again = again.query.ok_or_else(|| TestCaseError::fail(text.clone()))?;
        let data = database(seed, &query);
        let number = same_rows(&query, &again, &data, &world())
            .map_err(|difference| TestCaseError::fail(format!("{text}\n{difference}")))?;
        prop_assert!(number.is_some(), "not evaluated: {}", text);
        // A list returns the same rows as its comparisons, with and without nulls.
        let lists = lists_as_comparisons(query.clone());
        same_rows(&query, &lists, &data, &world())
            .map_err(|difference| TestCaseError::fail(format!("{text}\n{difference}")))?;
        all.set(all.get() + 1);
        with_rows.set(with_rows.get() + usize::from(number > Some(0)));
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    // The test shows nothing if few queries return rows.
    assert!(with_rows.get() * 3 > all.get(), "{} of {} have rows", with_rows.get(), all.get());
}

#[test]
fn fixed_requests_return_the_same_rows() {
    let mut failures = Vec::new();
    let (mut compared, mut with_rows) = (0, 0);
    for row in ["wrong.jsonl", "requests.jsonl", "lints.jsonl"].iter().flat_map(|file| rows(file)) {
        let table = row["table"].as_str();
        let filter = row["filter"].as_str();
        let read = |text: &str| match filter {
            Some(_) => check_filter(store(), table.unwrap_or_default(), text, &CheckOptions::default())
                .expect("the snapshot is in memory"),
            None => checked(table, text),
        };
        let text = filter.unwrap_or_else(|| field(&row, "query"));
        let first = read(text);
        // The meaning of a text with syntax errors is a guess of the parser's recovery.
        let Some(query) = first.query.filter(|_| first.parsed) else { continue };
        let Some(rewritten) = first.rewritten.filter(|rewritten| rewritten != text) else { continue };
        let Some(again) = read(&rewritten).query else {
            failures.push(format!("{text}\n→ {rewritten}, which has no meaning"));
            continue;
        };
        for seed in 0..20 {
            match same_rows(&query, &again, &database(seed, &query), &world()) {
                Ok(number) => {
                    compared += usize::from(number.is_some());
                    with_rows += usize::from(number > Some(0));
                }
                Err(difference) => failures.push(format!("{text}\n→ {rewritten}\n{difference}")),
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(with_rows * 3 > compared && compared > 1000, "{with_rows} of {compared} have rows");
}
