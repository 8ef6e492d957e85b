//! SQLite as the judge of SQL, and the interpreter as the judge of both: a query as SQL gives the rows that it means.

mod sqlite;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use dvkit_query::emit::{fetchxml, odata, sql};
use dvkit_query::eval::{Answer, World, eval};
use dvkit_query::hir::Query;
use dvkit_query::{Options, check, check_fetchxml, check_request};
use dvkit_tests::generate::{Dice, config, request};
use dvkit_tests::rows::{database, world};
use dvkit_tests::sample::{field, rows, store};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use sqlite::Sqlite;

/// What became of many queries.
#[derive(Default)]
struct Tally {
    sqlite: Option<RefCell<Sqlite>>,
    emitted: Cell<usize>,
    refused: RefCell<BTreeMap<String, usize>>,
    with_rows: Cell<usize>,
}

impl Tally {
    fn new() -> Self {
        Self { sqlite: Some(RefCell::new(Sqlite::new())), ..Self::default() }
    }

    /// One query, asked of both. The rows are in the order of their keys, so that even where a query says nothing of the order
    /// both have the same.
    fn judge(&self, query: &Query, seed: u64, world: &World) -> Result<(), String> {
        let said = match sql::sql(query, store(), world) {
            Ok(said) => said,
            Err(refused) => {
                let mut tally = self.refused.borrow_mut();
                for reason in refused.reasons {
                    *tally.entry(format!("{} {}", reason.code, reason.message)).or_default() += 1;
                }
                return Ok(());
            }
        };
        let data = database(seed, query);
        let meant = eval(query, &data, store(), world).map_err(|e| format!("said and not evaluated: {e}\n{query:#?}"))?;
        let mut sqlite = self.sqlite.as_ref().expect("made").borrow_mut();
        sqlite.fill(&said.tables, &data);
        let found = sqlite.answer(query, &said)?;
        if found != meant {
            return Err(format!("{}\n{:?}\n{found:#?}\nis not\n{meant:#?}", said.rows.text, said.rows.parameters));
        }
        self.emitted.set(self.emitted.get() + 1);
        let any = match meant {
            Answer::Rows(rows, _) => !rows.is_empty(),
            Answer::Count(n) => n > 0,
            Answer::References(all) => !all.is_empty(),
            Answer::Column(value) => value.is_some(),
        };
        self.with_rows.set(self.with_rows.get() + usize::from(any));
        Ok(())
    }

    /// An oracle that is asked nothing judges nothing: so many of a hundred are said, so many of them have rows.
    fn holds(&self, said: usize, with_rows: usize) {
        let refused: usize = self.refused.borrow().values().sum();
        let (emitted, found) = (self.emitted.get(), self.with_rows.get());
        let told = format!("{emitted} said, {found} with rows, refused: {:#?}", self.refused.borrow());
        println!("{told}");
        assert!(emitted * 100 >= (emitted + refused) * said, "{told}");
        assert!(found * 100 >= emitted * with_rows, "{told}");
    }
}

fn random(cases: impl Fn(&Tally, Query, u64) -> Result<(), String>) -> Tally {
    let tally = Tally::new();
    let bytes = proptest::collection::vec(any::<u8>(), 8..200);
    let result = TestRunner::new(config()).run(&(bytes, any::<u64>()), |(bytes, seed)| {
        let query = request(&mut Dice(bytes.iter()));
        cases(&tally, query, seed).map_err(TestCaseError::fail)
    });
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    tally
}

#[test]
fn random_requests_give_their_rows() {
    let tally = random(|tally, query, seed| {
        let text = odata::request(&query);
        let read = check_request(store(), None, &text, &Options::default()).map_err(|e| e.to_string())?;
        let meant = read.query.ok_or_else(|| format!("{text}: {:?}", read.diagnostics))?;
        tally.judge(&meant, seed, &world()).map_err(|e| format!("{text}\n{e}"))
    });
    tally.holds(90, 50);
}

#[test]
fn random_requests_as_fetchxml_give_their_rows() {
    let tally = random(|tally, query, seed| {
        let Ok(fetch) = fetchxml::fetchxml(&query, store()) else { return Ok(()) };
        let read = check_fetchxml(store(), &fetch.text, &Options::default()).map_err(|e| e.to_string())?;
        let Some(meant) = read.query else { return Ok(()) };
        tally.judge(&meant, seed, &world()).map_err(|e| format!("{}\n{e}", fetch.text))
    });
    tally.holds(90, 40);
}

#[test]
fn queries_of_the_sample_give_their_rows() {
    let tally = Tally::new();
    let mut failures = Vec::new();
    for row in ["right.jsonl", "requests.jsonl", "lints.jsonl", "fetchxml.jsonl"].iter().flat_map(|f| rows(f)) {
        let options = Options::default();
        let read = if let Some(fetch) = row["fetchxml"].as_str() {
            check_fetchxml(store(), fetch, &options)
        } else if let Some(filter) = row["filter"].as_str() {
            check(store(), field(&row, "table"), filter, &options)
        } else {
            check_request(store(), row["table"].as_str(), field(&row, "query"), &options)
        };
        let read = read.expect("the sample is whole");
        let Some(query) = read.query.filter(|_| read.parsed) else { continue };
        for seed in 0..20 {
            if let Err(difference) = tally.judge(&query, seed, &world()) {
                failures.push(format!("{row}\n{difference}"));
                break;
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n\n"));
    tally.holds(90, 50);
}
