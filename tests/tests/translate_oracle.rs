//! Rows as the judge of translation: what is called exact gives the same rows, there and back.

use std::cell::Cell;

use dvkit_query::emit::{fetchxml, translate};
use dvkit_query::hir::{Answer, Query};
use dvkit_query::{Options, check, check_fetchxml, check_request};
use dvkit_tests::generate::{Dice, config, fetch, request};
use dvkit_tests::rows::{database, same_rows, world};
use dvkit_tests::sample::{field, rows, store};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

/// How often a law was put to the test.
#[derive(Default)]
struct Tally {
    /// Queries that were translated exactly and evaluated.
    exact: Cell<usize>,
    /// Of those, queries that found rows.
    with_rows: Cell<usize>,
}

impl Tally {
    fn count(&self, rows: Option<usize>) {
        self.exact.set(self.exact.get() + usize::from(rows.is_some()));
        self.with_rows.set(self.with_rows.get() + usize::from(rows > Some(0)));
    }
}

/// What FetchXML means; it has to be right.
fn of_fetchxml(text: &str) -> Result<Query, String> {
    let checked = check_fetchxml(store(), text, &Options::default()).map_err(|e| e.to_string())?;
    let wrong = || format!("{text}\n{:?}", checked.diagnostics);
    checked.query.as_ref().filter(|_| checked.ok()).cloned().ok_or_else(wrong)
}

/// What a request means.
fn of_odata(text: &str) -> Result<Query, String> {
    let checked = check_request(store(), None, text, &Options::default()).map_err(|e| e.to_string())?;
    checked.query.ok_or_else(|| format!("{text}\n{:?}", checked.diagnostics))
}

/// There and back; how many rows there were, or none where the translation has a price or cannot be evaluated.
fn judged(query: &Query, seed: u64) -> Result<Option<usize>, String> {
    let Some(there) = fetchxml::fetchxml(query, store()).ok().filter(|e| e.is_exact()) else {
        return Ok(None);
    };
    let text = &there.text;
    let meant = of_fetchxml(text)?;
    let data = database(seed, query);
    let number = same_rows(query, &meant, &data, &world())
        .map_err(|d| format!("{:?}\n{text}\n{:?}\n{d}", query.predicate, meant.predicate))?;
    let Some(back) = translate::odata(&meant, store()).ok().filter(|e| e.is_exact()) else {
        return Ok(number);
    };
    let returned = of_odata(&back.text)?;
    same_rows(query, &returned, &data, &world()).map_err(|d| format!("{text}\n{}\n{d}", back.text))?;
    Ok(number)
}

/// FetchXML written again, and as OData.
fn judged_fetch(text: &str, seed: u64, again: &Tally, odata: &Tally) -> Result<(), String> {
    let query = of_fetchxml(text)?;
    let data = database(seed, &query);
    if let Some(emitted) = fetchxml::fetchxml(&query, store()).ok().filter(|e| e.is_exact()) {
        let meant = of_fetchxml(&emitted.text).map_err(|e| format!("{text}\n{e}"))?;
        let rows = same_rows(&query, &meant, &data, &world());
        again.count(rows.map_err(|d| format!("{text}\n{}\n{d}", emitted.text))?);
    }
    if let Some(emitted) = translate::odata(&query, store()).ok().filter(|e| e.is_exact()) {
        let meant = of_odata(&emitted.text).map_err(|e| format!("{text}\n{e}"))?;
        let rows = same_rows(&query, &meant, &data, &world());
        odata.count(rows.map_err(|d| format!("{text}\n{}\n{d}", emitted.text))?);
    }
    Ok(())
}

#[test]
fn random_requests_give_the_same_rows() {
    let tally = Tally::default();
    let bytes = proptest::collection::vec(any::<u8>(), 8..200);
    let result = TestRunner::new(config()).run(&(bytes, any::<u64>()), |(bytes, seed)| {
        let mut query = request(&mut Dice(bytes.iter()));
        // Expansions change the shape, which is never exact; so does an answer that is no rows.
        query.expand.clear();
        query.answer = Answer::Rows;
        tally.count(judged(&query, seed).map_err(TestCaseError::fail)?);
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    // An oracle that finds nothing judges nothing.
    let (all, with_rows) = (tally.exact.get(), tally.with_rows.get());
    assert!(with_rows * 4 > all && all > 20, "{with_rows} of {all} have rows");
}

#[test]
fn random_fetchxml_gives_the_same_rows() {
    let (again, odata) = (Tally::default(), Tally::default());
    let bytes = proptest::collection::vec(any::<u8>(), 8..200);
    let result = TestRunner::new(config()).run(&(bytes, any::<u64>()), |(bytes, seed)| {
        let text = fetch(&mut Dice(bytes.iter()));
        judged_fetch(&text, seed, &again, &odata).map_err(TestCaseError::fail)
    });
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    for (name, tally) in [("again", again), ("odata", odata)] {
        let (all, with_rows) = (tally.exact.get(), tally.with_rows.get());
        eprintln!("{name}: {with_rows} of {all}");
        assert!(with_rows * 4 > all && all > 20, "{name}: {with_rows} of {all} have rows");
    }
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
