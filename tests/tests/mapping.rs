//! The mapping of the two languages, construct by construct: the translation of each row of
//! `fixtures/queries/mapping.jsonl`, its notes, and the same rows if it is called exact.
//!
//! `there` is from OData to FetchXML, `back` the other way. `result` is given if the translation is not the
//! row's own text in the other language; `refused` lists the codes of all reasons.

use dvkit_query::hir::Query;
use dvkit_query::{CheckOptions, check_fetchxml, check_request};
use dvkit_tests::rows::{database, same_rows, world};
use dvkit_tests::sample::{rows, store};
use dvkit_translate::{Translation, Untranslatable, to_fetchxml, to_odata};
use fetchxml::{PrintStyle, Quotes};
use serde_json::{Value, json};

fn of_odata(text: &str) -> Query {
    let checked = check_request(store(), None, text, &CheckOptions::default()).expect("the sample is whole");
    assert!(checked.is_ok(), "{text}: {:?}", checked.diagnostics);
    checked.query.unwrap_or_else(|| panic!("{text} has a meaning"))
}

fn of_fetchxml(text: &str) -> Query {
    let checked = check_fetchxml(store(), text, &CheckOptions::default()).expect("the sample is whole");
    assert!(checked.is_ok(), "{text}: {:?}", checked.diagnostics);
    checked.query.unwrap_or_else(|| panic!("{text} has a meaning"))
}

/// Returns FetchXML on one line with single quotes.
fn short(fetch: &str) -> String {
    let style = PrintStyle { quotes: Quotes::Single, ..PrintStyle::minified() };
    fetchxml::print(
        &fetchxml::parse(fetch, &fetchxml::ParseOptions::default()).expect("it was emitted"),
        &style,
    )
}

/// Returns the result of a translation in the form of the rows; `own` is the row's text in the other
/// language.
fn verdict(
    translated: &Result<Translation, Untranslatable>,
    own: &Value,
    text: impl Fn(&str) -> String,
) -> Value {
    match translated {
        Ok(emitted) => {
            let mut kinds: Vec<&str> = emitted.differences.iter().map(|n| n.kind.as_str()).collect();
            kinds.sort_unstable();
            let result = text(&emitted.text);
            let mut verdict = json!({ "notes": kinds });
            if own.as_str() != Some(result.as_str()) {
                verdict["result"] = result.into();
            }
            verdict
        }
        Err(refused) => {
            let mut codes: Vec<String> = refused.reasons.iter().map(|d| d.code.to_string()).collect();
            codes.sort_unstable();
            let mut verdict = json!({ "refused": codes });
            if let Some(nearest) = &refused.nearest {
                verdict["nearest"] = text(nearest).into();
            }
            verdict
        }
    }
}

/// Compares the rows of random databases; returns how many rows there were.
fn same(query: &Query, translated: &Result<Translation, Untranslatable>, read: fn(&str) -> Query) -> usize {
    let Some(emitted) = translated.as_ref().ok().filter(|emitted| emitted.is_exact()) else { return 0 };
    let meant = read(&emitted.text);
    let judged = |seed: u64| {
        let found = same_rows(query, &meant, &database(seed, query), &world());
        let found = found.unwrap_or_else(|difference| panic!("{}\n{difference}", emitted.text));
        usize::from(found > Some(0))
    };
    (0..40).map(judged).sum()
}

#[test]
fn every_row_of_the_mapping_translates_as_recorded() {
    let all = rows("mapping.jsonl");
    let (mut there, mut back, mut judged) = (0, 0, 0);
    for row in &all {
        if !row["there"].is_null() {
            let query = of_odata(row["odata"].as_str().expect("a row has a text to begin with"));
            let translated = to_fetchxml(&query, store());
            assert_eq!(verdict(&translated, &row["fetchxml"], short), row["there"], "there: {row}");
            judged += same(&query, &translated, of_fetchxml);
            there += 1;
        }
        if !row["back"].is_null() {
            let query = of_fetchxml(row["fetchxml"].as_str().expect("a row has a text to begin with"));
            let translated = to_odata(&query, store());
            assert_eq!(verdict(&translated, &row["odata"], str::to_owned), row["back"], "back: {row}");
            judged += same(&query, &translated, of_odata);
            back += 1;
        }
        assert!(!row["there"].is_null() || !row["back"].is_null(), "no direction: {row}");
    }
    println!("{} rows: {there} there, {back} back; {judged} databases had rows to judge by", all.len());
    assert!(judged > 1_000, "{judged} databases judged nothing");
}
