//! Rows as the judge of translation: what is called exact gives the same rows, there and back.

use std::cell::Cell;

use dvkit_query::emit::{fetchxml, translate};
use dvkit_query::hir::{Answer, Query};
use dvkit_query::{Options, check, check_fetchxml, check_request};
use dvkit_tests::generate::{Dice, config, request};
use dvkit_tests::rows::{database, same_rows, world};
use dvkit_tests::sample::{field, rows, store};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

/// There and back; how many rows there were, or none where the translation has a price or cannot be evaluated.
fn judged(query: &Query, seed: u64) -> Result<Option<usize>, String> {
    let Some(there) = fetchxml::fetchxml(query, store()).ok().filter(|e| e.is_exact()) else {
        return Ok(None);
    };
    let text = &there.text;
    let again = check_fetchxml(store(), text, &Options::default()).map_err(|e| e.to_string())?;
    let wrong = || format!("{text}\n{:?}", again.diagnostics);
    let meant = again.query.as_ref().filter(|_| again.ok()).ok_or_else(wrong)?;
    let data = database(seed, query);
    let number = same_rows(query, meant, &data, &world())
        .map_err(|d| format!("{:?}\n{text}\n{:?}\n{d}", query.predicate, meant.predicate))?;
    let Some(back) = translate::odata(meant, store()).ok().filter(|e| e.is_exact()) else {
        return Ok(number);
    };
    let again = check_request(store(), None, &back.text, &Options::default()).map_err(|e| e.to_string())?;
    let returned = again.query.ok_or_else(|| format!("{}\n{:?}", back.text, again.diagnostics))?;
    same_rows(query, &returned, &data, &world()).map_err(|d| format!("{text}\n{}\n{d}", back.text))?;
    Ok(number)
}

#[test]
fn random_requests_give_the_same_rows() {
    let (all, with_rows) = (Cell::new(0), Cell::new(0));
    let bytes = proptest::collection::vec(any::<u8>(), 8..200);
    let result = TestRunner::new(config()).run(&(bytes, any::<u64>()), |(bytes, seed)| {
        let mut query = request(&mut Dice(bytes.iter()));
        // Expansions change the shape, which is never exact; so does an answer that is no rows.
        query.expand.clear();
        query.answer = Answer::Rows;
        if let Some(number) = judged(&query, seed).map_err(TestCaseError::fail)? {
            all.set(all.get() + 1);
            with_rows.set(with_rows.get() + usize::from(number > 0));
        }
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    // An oracle that finds nothing judges nothing.
    assert!(
        with_rows.get() * 4 > all.get() && all.get() > 20,
        "{} of {} have rows",
        with_rows.get(),
        all.get()
    );
}

#[test]
fn filters_of_the_sample_give_the_same_rows() {
    let mut failures = Vec::new();
    let mut compared = 0;
    for row in rows("right.jsonl") {
        let (table, filter) = (field(&row, "table"), field(&row, "filter"));
        let checked = check(store(), table, filter, &Options::default()).expect("the sample is whole");
        let Some(query) = checked.query else { continue };
        for seed in 0..20 {
            match judged(&query, seed) {
                Ok(number) => compared += usize::from(number.is_some()),
                Err(difference) => {
                    failures.push(format!("{filter}\n{difference}"));
                    break;
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n\n"));
    assert!(compared > 1000, "{compared}");
}

#[test]
fn fetchxml_of_the_sample_gives_the_same_rows() {
    let mut failures = Vec::new();
    let mut compared = 0;
    for row in rows("fetchxml.jsonl") {
        let fetch = field(&row, "fetchxml");
        let checked = check_fetchxml(store(), fetch, &Options::default()).expect("the sample is whole");
        let Some(query) = checked.query else { continue };
        let Some(emitted) = translate::odata(&query, store()).ok().filter(|e| e.is_exact()) else { continue };
        let text = &emitted.text;
        let again = check_request(store(), None, text, &Options::default()).expect("the sample is whole");
        let meant = again.query.unwrap_or_else(|| panic!("{text}: {:?}", again.diagnostics));
        for seed in 0..20 {
            match same_rows(&query, &meant, &database(seed, &query), &world()) {
                Ok(number) => compared += usize::from(number.is_some()),
                Err(difference) => {
                    failures.push(format!("{fetch}\n{text}\n{difference}"));
                    break;
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n\n"));
    assert!(compared > 100, "{compared}");
}
