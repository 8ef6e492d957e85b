//! Translations that are called exact return the same rows, there and back.

use std::cell::Cell;

use dvkit_execute::interpreter::{self, Database, Row, evaluate};
use dvkit_query::hir::{Query, ResultShape, Value};
use dvkit_query::{CheckOptions, check_fetchxml, check_filter, check_request};
use dvkit_tests::generate::{Dice, config, fetch, request};
use dvkit_tests::rows::{database, same_rows, same_rows_except_noted_differences, world};
use dvkit_tests::sample::{field, rows, store};
use dvkit_translate::{DifferenceKind, Translation, Untranslatable, to_fetchxml, to_odata};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

/// Counts of how often a law was tested.
#[derive(Default)]
struct Tally {
    /// Queries that were translated exactly and evaluated.
    exact: Cell<usize>,
    /// The number of those queries that returned rows.
    with_rows: Cell<usize>,
}

impl Tally {
    /// Fails if fewer than one of `every` cases was exact, or fewer than a quarter of those returned rows,
    /// since the test would then show nothing.
    fn require_enough_cases(&self, what: &str, every: usize) {
        let (all, with_rows) = (self.exact.get(), self.with_rows.get());
        let cases = usize::try_from(many().cases).unwrap_or(usize::MAX);
        assert!(
            all * every > cases && with_rows * 4 > all,
            "{what}: {all} of {cases}, {with_rows} with rows"
        );
    }

    fn count(&self, rows: Option<usize>) {
        self.exact.set(self.exact.get() + usize::from(rows.is_some()));
        self.with_rows.set(self.with_rows.get() + usize::from(rows > Some(0)));
    }
}

/// Returns the meaning of FetchXML, which must be valid.
fn of_fetchxml(text: &str) -> Result<Query, String> {
    let checked = check_fetchxml(store(), text, &CheckOptions::default()).map_err(|e| e.to_string())?;
    let wrong = || format!("{text}\n{:?}", checked.diagnostics);
    checked.query.as_ref().filter(|_| checked.is_ok()).cloned().ok_or_else(wrong)
}

/// Returns the meaning of a request.
fn of_odata(text: &str) -> Result<Query, String> {
    let checked = check_request(store(), None, text, &CheckOptions::default()).map_err(|e| e.to_string())?;
    checked.query.ok_or_else(|| format!("{text}\n{:?}", checked.diagnostics))
}

/// Compares a query and its translation on the same rows: they differ only in what the notes name. Returns
/// the meaning of the translation and the number of rows; `None` if it is refused.
fn judged_one(
    query: &Query,
    text: &str,
    emitted: Result<Translation, Untranslatable>,
    read: fn(&str) -> Result<Query, String>,
    data: &Database,
) -> Result<Option<(Translation, Query, Option<usize>)>, String> {
    let Ok(emitted) = emitted else { return Ok(None) };
    let meant = read(&emitted.text).map_err(|e| format!("{text}\n{e}"))?;
    let rows = same_rows_except_noted_differences(query, &emitted, &meant, data, &world())
        .map_err(|d| format!("{text}\n{}\n{d}", emitted.text))?;
    Ok(Some((emitted, meant, rows)))
}

/// Translates there and back. Returns the number of rows; `None` if the translation has notes or cannot be
/// evaluated.
fn judged(query: &Query, seed: u64) -> Result<Option<usize>, String> {
    let data = database(seed, query);
    let source = format!("{:?}", query.predicate);
    let there = judged_one(query, &source, to_fetchxml(query, store()), of_fetchxml, &data)?;
    let Some((emitted, meant, rows)) = there.filter(|(emitted, ..)| emitted.is_exact()) else {
        return Ok(None);
    };
    let back = to_odata(&meant, store());
    let back = judged_one(&meant, &emitted.text, back, of_odata, &data)?;
    if let Some((back, returned, _)) = back.filter(|(back, ..)| back.is_exact()) {
        let difference = |d| format!("{}\n{}\n{d}", emitted.text, back.text);
        same_rows(query, &returned, &data, &world()).map_err(difference)?;
    }
    Ok(rows)
}

/// Translates FetchXML to OData, and through its meaning to FetchXML again.
fn judged_fetch(text: &str, seed: u64, again: &Tally, odata: &Tally) -> Result<(), String> {
    let query = of_fetchxml(text)?;
    let data = database(seed, &query);
    let written = to_fetchxml(&query, store());
    let written = judged_one(&query, text, written, of_fetchxml, &data)?;
    if let Some((_, _, rows)) = written.filter(|(emitted, ..)| emitted.is_exact()) {
        again.count(rows);
    }
    let there = to_odata(&query, store());
    if let Err(refused) = &there {
        // Each reason has a position in the text, and no two reasons have the same message.
        for reason in refused.clone().in_fetchxml(text, false).reasons {
            let piece = text.get(reason.span.range()).ok_or_else(|| format!("{text}\n{reason:?}"))?;
            if piece.len() == text.len() {
                return Err(format!("{text}\nnobody knows where this is: {reason}"));
            }
        }
    }
    let there = judged_one(&query, text, there, of_odata, &data)?;
    let Some((emitted, meant, rows)) = there.filter(|(emitted, ..)| emitted.is_exact()) else {
        return Ok(());
    };
    odata.count(rows);
    let back = to_fetchxml(&meant, store());
    if let Some((back, returned, _)) =
        judged_one(&meant, &emitted.text, back, of_fetchxml, &data)?.filter(|(back, ..)| back.is_exact())
    {
        let difference = |d| format!("{text}\n{}\n{}\n{d}", emitted.text, back.text);
        same_rows(&query, &returned, &data, &world()).map_err(difference)?;
    }
    Ok(())
}

/// Returns settings for as many cases as `PROPTEST_CASES` says, or ten thousand.
fn many() -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let config = config();
    ProptestConfig { cases: if asked { config.cases } else { 10_000 }, ..config }
}

#[test]
fn translated_random_requests_return_the_same_rows() {
    let tally = Tally::default();
    let bytes = proptest::collection::vec(any::<u8>(), 8..200);
    let result = TestRunner::new(many()).run(&(bytes, any::<u64>()), |(bytes, seed)| {
        let mut query = request(&mut Dice(bytes.iter()));
        // Expansions change the shape of the result, which is never exact, and so do results that are not
        // rows: most queries have neither.
        if seed % 4 > 0 {
            query.expand.clear();
            query.result = ResultShape::Rows;
        }
        tally.count(judged(&query, seed).map_err(TestCaseError::fail)?);
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    tally.require_enough_cases("requests", 3);
}

#[test]
fn translated_random_fetchxml_returns_the_same_rows() {
    let (again, odata) = (Tally::default(), Tally::default());
    let bytes = proptest::collection::vec(any::<u8>(), 8..200);
    let result = TestRunner::new(many()).run(&(bytes, any::<u64>()), |(bytes, seed)| {
        let text = fetch(&mut Dice(bytes.iter()));
        judged_fetch(&text, seed, &again, &odata).map_err(TestCaseError::fail)
    });
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    again.require_enough_cases("FetchXML again", 2);
    odata.require_enough_cases("FetchXML as OData", 6);
}

/// Small versions of random queries that were once translated wrongly.
#[test]
fn once_wrong_translations_return_the_same_rows() {
    let kept = [
        // The outer link over an intersect table was read as the inner link behind it.
        "<fetch><entity name='new_project'><link-entity name='new_project_systemuser' from='new_projectid' to='new_projectid' link-type='outer'><link-entity name='systemuser' from='systemuserid' to='systemuserid' alias='u'><attribute name='accessmode'/><filter><condition attribute='accessmode' operator='eq' value='0'/></filter></link-entity></link-entity></entity></fetch>",
        // Conditions and columns of the intersect table itself were lost.
        "<fetch><entity name='systemuser'><link-entity name='teammembership' from='systemuserid' to='systemuserid'><filter><condition attribute='versionnumber' operator='eq' value='3'/></filter><link-entity name='team' from='teamid' to='teamid'/></link-entity></entity></fetch>",
        // Where the row behind the lookup has no value, `not any` keeps the row.
        "<fetch><entity name='task'><filter><link-entity name='activitypointer' from='activityid' to='activityid' link-type='not any'><filter><condition attribute='scheduledstart' operator='gt' value='2025-01-01T10:20:30Z'/></filter></link-entity></filter></entity></fetch>",
        "<fetch><entity name='account'><filter><link-entity name='contact' from='contactid' to='primarycontactid' link-type='not any'><filter type='or'><condition attribute='lastname' operator='like' value='%a%'/><condition attribute='firstname' operator='eq' valueof='lastname'/><condition attribute='gendercode' operator='in'><value>1</value></condition></filter></link-entity></filter></entity></fetch>",
        // A many-to-many link without its columns was no condition.
        "<fetch><entity name='systemuser'><filter><link-entity name='team' link-type='not any'><filter><condition attribute='name' operator='eq' value='Ann'/></filter></link-entity></filter></entity></fetch>",
        // Links below one that only tests gave orders and columns.
        "<fetch><entity name='account'><link-entity name='opportunity' from='customerid' to='accountid' link-type='exists'><link-entity name='annotation' from='objectid' to='opportunityid' link-type='outer'><attribute name='notetext'/><order attribute='filename'/></link-entity></link-entity></entity></fetch>",
        // An alias that OData does not take as a name was written as it is.
        "<fetch aggregate='true'><entity name='contact'><attribute name='contactid' alias='count.contacts' aggregate='count'/><attribute name='createdon' alias='1st' aggregate='min'/></entity></fetch>",
        // The condition of an outer link that shows nothing says nothing.
        "<fetch><entity name='account'><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer'><filter><condition attribute='lastname' operator='eq' value='Ann'/></filter></link-entity></entity></fetch>",
        "<fetch><entity name='account'><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='c'><attribute name='lastname'/><link-entity name='systemuser' from='systemuserid' to='createdby'/></link-entity></entity></fetch>",
        // Groups ordered by a result became different rows ordered by a name that those do not have.
        "<fetch aggregate='true'><entity name='contact'><attribute name='firstname' groupby='true' alias='f'/><order alias='f'/></entity></fetch>",
        // Two links without an alias had one name.
        "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' to='primarycontactid'/><link-entity name='contact' from='parentcustomerid' to='accountid'><filter><condition attribute='lastname' operator='eq' value='Ann'/></filter></link-entity></entity></fetch>",
        // The name that accompanies a lookup was a column without a value.
        "<fetch><entity name='account'><attribute name='name'/><filter type='or'><condition attribute='primarycontactidname' operator='not-like' value='%a%'/><condition attribute='createdbyname' operator='eq' value='Ann'/></filter></entity></fetch>",
    ];
    for text in kept {
        for seed in 0..200 {
            let tally = Tally::default();
            judged_fetch(text, seed, &tally, &tally).unwrap_or_else(|difference| panic!("{difference}"));
        }
    }
}

/// For each kind of note some rows show the difference.
#[test]
fn every_noted_difference_shows_in_some_rows() {
    let kept = [
        (
            DifferenceKind::Rows,
            "<fetch><entity name='account'><link-entity name='contact' from='parentcustomerid' to='accountid'/></entity></fetch>",
        ),
        (
            DifferenceKind::Shape,
            "<fetch><entity name='account'><link-entity name='contact' from='contactid' to='primarycontactid' link-type='outer' alias='c'><attribute name='lastname'/></link-entity></entity></fetch>",
        ),
        (
            DifferenceKind::Names,
            "<fetch aggregate='true'><entity name='account'><attribute name='statecode' groupby='true' alias='state'/><attribute name='accountid' aggregate='count' alias='n'/></entity></fetch>",
        ),
        (
            DifferenceKind::Paging,
            "<fetch count='2' page='1'><entity name='account'><attribute name='name'/></entity></fetch>",
        ),
    ];
    for (kind, text) in kept {
        let query = of_fetchxml(text).unwrap_or_else(|e| panic!("{e}"));
        let emitted = to_odata(&query, store()).unwrap_or_else(|r| panic!("{text}: {r:?}"));
        assert!(
            emitted.differences.iter().all(|note| note.kind == kind),
            "{text}: {:?}",
            emitted.differences
        );
        let meant = of_odata(&emitted.text).unwrap_or_else(|e| panic!("{e}"));
        let differ =
            (0..50).filter(|seed| same_rows(&query, &meant, &database(*seed, &query), &world()).is_err());
        assert!(differ.count() > 0, "{text}: no rows differ");
    }
}

/// `/$count` stops at 5,000, an aggregate does not.
#[test]
fn a_count_and_an_aggregate_stop_at_different_totals() {
    let query = of_odata("accounts/$count").unwrap_or_else(|e| panic!("{e}"));
    let emitted = to_fetchxml(&query, store()).unwrap_or_else(|r| panic!("{r:?}"));
    assert!(
        emitted.differences.iter().all(|note| note.kind == DifferenceKind::Totals) && !emitted.is_exact()
    );
    let meant = of_fetchxml(&emitted.text).unwrap_or_else(|e| panic!("{e}"));
    let mut data = Database::default();
    data.tables
        .insert("account".into(), vec![Row::from([("creditonhold".into(), Value::Boolean(true))]); 5_001]);
    let answer = |query: &Query| evaluate(query, &data, store(), &world()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(answer(&query), interpreter::QueryResult::Count(5_000));
    let interpreter::QueryResult::Rows(rows, _) = answer(&meant) else { panic!("groups are rows") };
    assert_eq!(rows[0].columns.values().collect::<Vec<_>>(), [&Value::Integer(5_001)]);
}

#[test]
fn translated_sample_filters_return_the_same_rows() {
    let mut failures = Vec::new();
    let mut compared = 0;
    for row in rows("right.jsonl") {
        let (table, filter) = (field(&row, "table"), field(&row, "filter"));
        let checked =
            check_filter(store(), table, filter, &CheckOptions::default()).expect("the sample is whole");
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
fn translated_sample_fetchxml_returns_the_same_rows() {
    let mut failures = Vec::new();
    let mut compared = 0;
    for row in rows("fetchxml.jsonl") {
        let fetch = field(&row, "fetchxml");
        let checked = check_fetchxml(store(), fetch, &CheckOptions::default()).expect("the sample is whole");
        let Some(query) = checked.query else { continue };
        let Some(emitted) = to_odata(&query, store()).ok().filter(|e| e.is_exact()) else { continue };
        let text = &emitted.text;
        let again =
            check_request(store(), None, text, &CheckOptions::default()).expect("the sample is whole");
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
