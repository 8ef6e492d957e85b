//! A translation is called `exact` only if everything in the text was read, and then both queries return the
//! same rows.
//!
//! Random queries get additions at random positions: elements, attributes, values and options, known and
//! unknown ones. The additions that may have no effect are listed here, independently of the translator's own
//! list.
#![allow(clippy::print_stdout)] // the lint's exception for tests does not reach their helpers

use std::cell::Cell;

use dvkit_query::hir::{Query, QueryHint};
use dvkit_query::odata;
use dvkit_query::{CheckOptions, QueryText, check_fetchxml, check_request};
use dvkit_tests::generate::noise::{
    Noise, VALUES, every_attribute, every_element, noisy_fetch, noisy_request,
};
use dvkit_tests::generate::{Dice, config, fetch, request};
use dvkit_tests::rows::{database, same_rows, world};
use dvkit_tests::sample::store;
use dvkit_translate::{Language, TranslationOutcome, translate};
use fetchxml::ast::attributes_of;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

/// Attributes without effect on the result, by the documentation or by the schema of FetchXML, with the
/// values for which that holds; `None` for all values.
const INERT: [(&str, &str, Option<&[&str]>); 27] = [
    ("fetch", "version", None),
    ("fetch", "output-format", None),
    ("fetch", "no-lock", None),
    ("fetch", "mapping", Some(&["logical"])),
    ("fetch", "utc-offset", Some(&["", "0"])),
    ("fetch", "min-active-row-version", Some(OFF)),
    ("entity", "enableprefiltering", Some(OFF)),
    ("link-entity", "enableprefiltering", Some(OFF)),
    ("link-entity", "visible", None),
    ("attribute", "build", None),
    ("attribute", "addedby", None),
    ("condition", "uiname", None),
    ("condition", "uitype", None),
    ("condition", "uihidden", None),
    ("value", "uiname", None),
    ("value", "uitype", None),
    ("filter", "overridequickfindrecordlimitenabled", Some(OFF)),
    ("filter", "overridequickfindrecordlimitdisabled", Some(OFF)),
    ("condition", "column", Some(&[""])),
    ("condition", "aggregate", Some(&[""])),
    ("condition", "rowaggregate", Some(&[""])),
    ("condition", "alias", Some(&[""])),
    ("fetch", "xmlns:x", None),
    ("attribute", "usertimezone", Some(&["true", "1"])),
    ("attribute", "groupby", Some(OFF)),
    ("attribute", "distinct", Some(OFF)),
    ("link-entity", "intersect", None),
];

const OFF: &[&str] = &["false", "0", ""];

/// Returns whether a query with this addition may be called exact. An addition with a meaning may; its rows
/// are then compared.
fn may_be_exact(noise: &Noise) -> bool {
    match noise {
        Noise::Comment => true,
        Noise::Attribute(_, name, _) if name.starts_with("xmlns:") => true,
        Noise::Attribute(element, name, value) => {
            let inert = INERT.iter().any(|(e, n, values)| {
                e == element && n == name && values.is_none_or(|values| values.contains(&value.as_str()))
            });
            // A placeholder for an attribute that decides, whose value is not known.
            let hole = value.contains('{') && !matches!(name.as_str(), "value" | "alias");
            inert || (attributes_of(element).0.contains(&name.as_str()) && !hole)
        }
        // Elements that have no effect where they are empty.
        Noise::Element(_, name) => matches!(
            name.as_str(),
            "all-attributes"
                | "no-attrs"
                | "attribute"
                | "order"
                | "link-entity"
                | "filter"
                | "condition"
                | "value"
        ),
        Noise::Text(_) => false,
        Noise::Option(name, _) => matches!(name.as_str(), "api-version" | "@p9"),
        Noise::Segment(_) => false,
    }
}

/// Checks the translation of a text with this addition. Returns whether it was exact, and whether the query
/// returned rows.
fn judged(
    text: &str,
    noise: &[Noise],
    done: &TranslationOutcome,
    meaning: impl Fn(&str) -> Option<Query>,
    seed: u64,
) -> Result<Option<usize>, String> {
    let Some(emitted) = &done.translation else {
        // A refusal has at least one reason, and each reason has a position.
        let errors: Vec<_> = done.diagnostics.iter().filter(|d| d.is_error()).collect();
        let placed = errors.iter().all(|d| text.get(d.span.range()).is_some());
        if !errors.is_empty() && placed {
            return Ok(None);
        }
        return Err(format!("{text}\nrefused without a reason that has a place: {:?}", done.diagnostics));
    };
    let Some(meant) = meaning(&emitted.text) else {
        return Err(format!("{text}\n{}\nis refused by the check", emitted.text));
    };
    if !emitted.is_exact() {
        return Ok(None);
    }
    if let Some(wrong) = noise.iter().find(|n| !may_be_exact(n)) {
        return Err(format!("{text}\n{}\nis called exact, with {wrong:?}", emitted.text));
    }
    let query = done.query.as_ref().ok_or_else(|| format!("{text}\nhas no meaning"))?;
    if query.hints.iter().any(|e| matches!(e, QueryHint::Unread(_))) {
        return Err(format!("{text}\nis exact, and was not read to its end"));
    }
    let rows = same_rows(query, &meant, &database(seed, query), &world());
    // The value of a placeholder is not known.
    if rows.as_ref().is_err_and(|difference| difference.contains("has no value here")) {
        return Ok(None);
    }
    rows.map_err(|difference| format!("{text}\n{}\n{difference}", emitted.text))
}

fn of_odata(text: &str, placeholders: bool) -> Option<Query> {
    let options = CheckOptions { placeholders, ..CheckOptions::default() };
    let checked = check_request(store(), None, text, &options).ok()?;
    checked.is_ok().then_some(checked.query).flatten()
}

fn of_fetchxml(text: &str) -> Option<Query> {
    let checked = check_fetchxml(store(), text, &CheckOptions::default()).ok()?;
    checked.is_ok().then_some(checked.query).flatten()
}

fn to_odata(text: &str, placeholders: bool) -> TranslationOutcome {
    let options = CheckOptions { placeholders, ..CheckOptions::default() };
    translate(store(), QueryText::FetchXml(text), Language::OData, &options).expect("the sample is whole")
}

fn to_fetchxml(text: &str) -> TranslationOutcome {
    let options = CheckOptions::default();
    translate(store(), QueryText::Request { table: None, text }, Language::FetchXml, &options)
        .expect("the sample is whole")
}

/// The number of cases unless `PROPTEST_CASES` says another one.
const CASES: u32 = 6_000;

/// Returns settings for some thousand cases, or for as many as `PROPTEST_CASES` says.
fn many() -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let config = config();
    ProptestConfig { cases: if asked { config.cases } else { CASES }, ..config }
}

#[derive(Default)]
struct Tally {
    exact: Cell<usize>,
    with_rows: Cell<usize>,
}

impl Tally {
    fn count(&self, rows: Option<usize>) {
        self.exact.set(self.exact.get() + usize::from(rows.is_some()));
        self.with_rows.set(self.with_rows.get() + usize::from(rows > Some(0)));
    }

    /// Fails if too few cases were exact or returned rows, since the test would then show nothing.
    fn require_enough_cases(&self, what: &str, every: usize) {
        let (cases, exact, rows) =
            (usize::try_from(many().cases).unwrap_or(usize::MAX), self.exact.get(), self.with_rows.get());
        println!("{what}: {cases} cases, {exact} exact, {rows} with rows");
        assert!(
            is_enough(exact, cases, every) && is_enough(rows, exact, 4),
            "{what}: {exact} of {cases}, {rows} with rows"
        );
    }
}

/// Returns whether `count` of `all` random cases is more than one of `every`. With fewer cases than usual chance takes a greater
/// part, and three standard deviations are allowed.
#[allow(clippy::cast_precision_loss, reason = "there are some thousand cases")]
fn is_enough(count: usize, all: usize, every: usize) -> bool {
    let expected = all as f64 / every as f64;
    let chance = if many().cases < CASES { 3.0 * expected.sqrt() } else { 0.0 };
    count as f64 + chance > expected || all == 0
}

#[test]
fn additions_to_fetchxml_are_never_ignored_silently() {
    let tally = Tally::default();
    let bytes = proptest::collection::vec(any::<u8>(), 8..200);
    let result =
        TestRunner::new(many()).run(&(bytes, any::<[u8; 24]>(), any::<u64>()), |(bytes, more, seed)| {
            let mut text = fetch(&mut Dice(bytes.iter()));
            let mut dice = Dice(more.iter());
            let mut all = Vec::new();
            for _ in 0..1 + dice.roll(2) {
                let (noisy, noise) = noisy_fetch(&mut dice, &text);
                text = noisy;
                all.push(noise);
            }
            let holes = dice.roll(4) == 0;
            let done = to_odata(&text, holes);
            let meaning = |text: &str| of_odata(text, holes);
            tally.count(judged(&text, &all, &done, meaning, seed).map_err(TestCaseError::fail)?);
            Ok(())
        });
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    tally.require_enough_cases("noisy FetchXML", 60);
}

#[test]
fn additions_to_requests_are_never_ignored_silently() {
    let tally = Tally::default();
    let bytes = proptest::collection::vec(any::<u8>(), 8..200);
    let result =
        TestRunner::new(many()).run(&(bytes, any::<[u8; 8]>(), any::<u64>()), |(bytes, more, seed)| {
            let mut query = request(&mut Dice(bytes.iter()));
            if seed % 4 > 0 {
                query.expand.clear();
            }
            let mut dice = Dice(more.iter());
            let (text, noise) = noisy_request(&mut dice, &odata::request(&query));
            let done = to_fetchxml(&text);
            tally.count(judged(&text, &[noise], &done, of_fetchxml, seed).map_err(TestCaseError::fail)?);
            Ok(())
        });
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    tally.require_enough_cases("noisy requests", 20);
}

/// Queries that have every element, each small enough to be translated exactly.
const PLAIN: [&str; 6] = [
    "<fetch><entity name=\"account\"><attribute name=\"name\"/><filter><condition attribute=\"name\" operator=\"eq\" value=\"Ann\"/></filter></entity></fetch>",
    "<fetch><entity name=\"account\"><attribute name=\"name\"/><order attribute=\"name\"/><filter><condition attribute=\"name\" operator=\"in\"><value>Ann</value></condition></filter></entity></fetch>",
    "<fetch><entity name=\"account\"><all-attributes/><filter type=\"or\"><condition attribute=\"name\" operator=\"null\"/><condition attribute=\"revenue\" operator=\"gt\" value=\"5\"/></filter></entity></fetch>",
    "<fetch><entity name=\"account\"><no-attrs/><link-entity name=\"contact\" from=\"contactid\" to=\"primarycontactid\"><filter><condition attribute=\"lastname\" operator=\"eq\" value=\"Ann\"/></filter></link-entity></entity></fetch>",
    "<fetch><entity name=\"account\"><attribute name=\"name\"/><filter><link-entity name=\"contact\" from=\"parentcustomerid\" to=\"accountid\" link-type=\"any\"><filter><condition attribute=\"lastname\" operator=\"eq\" value=\"Ann\"/></filter></link-entity></filter></entity></fetch>",
    "<fetch aggregate=\"true\"><entity name=\"account\"><attribute name=\"accountid\" alias=\"n\" aggregate=\"count\"/></entity></fetch>",
];

#[test]
fn every_known_fetchxml_attribute_and_element_is_read_or_reported() {
    let (mut cases, mut exact, mut failures) = (0, 0, Vec::new());
    // All values in a long run.
    let values = if std::env::var_os("PROPTEST_CASES").is_some() { &VALUES[..] } else { &VALUES[..9] };
    for plain in PLAIN {
        let done = to_odata(plain, false);
        assert!(
            done.translation.as_ref().is_some_and(dvkit_translate::Translation::is_exact),
            "{plain}\n{done:?}"
        );
        for (text, noise) in every_attribute(plain, values).into_iter().chain(every_element(plain)) {
            let done = to_odata(&text, false);
            let rows =
                judged(&text, std::slice::from_ref(&noise), &done, |text| of_odata(text, false), cases);
            match rows {
                Ok(rows) => exact += usize::from(rows.is_some()),
                Err(failure) => failures.push(failure),
            }
            cases += 1;
        }
    }
    println!("{cases} cases, {exact} exact");
    let shown: Vec<&String> = failures.iter().take(20).collect();
    assert!(failures.is_empty(), "{} failures: {shown:#?}", failures.len());
    assert!(exact > 300, "{exact} of {cases}");
}

/// Queries with additions that were once ignored silently.
#[test]
fn queries_once_translated_too_freely_are_not_called_exact() {
    let body = |head: &str, inside: &str, behind: &str| {
        format!(
            "<fetch{head}><entity name='account'><attribute name='name'/>{inside}</entity>{behind}</fetch>"
        )
    };
    let condition = "<condition attribute='name' operator='eq' value='x'/>";
    for text in [
        body("", &format!("<filter><and>{condition}</and></filter>"), ""),
        body("", &format!("<filter><group>{condition}</group></filter>"), ""),
        body("", &format!("<filter operator='or'>{condition}</filter>"), ""),
        body(" limit='5'", "", ""),
        body(" datasource='archive'", "", ""),
        body(" utc-offset='120'", "", ""),
        body(" min-active-row-version='true'", "", ""),
        body("", "", "<order attribute='name'/>"),
        body("", "<filter><condition attribute='name' operator='null' value='x'/></filter>", ""),
        body("", "<filter><condition attribute='statuscode' operator='like' value='{0}'/></filter>", ""),
        body("", "<filter><condition attribute='ownerid' operator='like' value='A%'/></filter>", ""),
    ] {
        let done = to_odata(&text, false);
        assert!(done.translation.is_none_or(|e| !e.is_exact()), "{text}");
    }
    let stored = "fetchXml=<fetch><entity name='account'/></fetch>";
    for (request, exact) in [
        (format!("accounts?{stored}"), true),
        (format!("accounts?{stored}&$top=3"), false),
        (format!("accounts(00000000-0000-0000-0000-000000000007)?{stored}"), false),
    ] {
        let is_exact = to_fetchxml(&request).translation.is_some_and(|e| e.is_exact());
        assert_eq!(is_exact, exact, "{request}");
    }
    for text in ["accounts(00000000-0000-0000-0000-000000000007)?$select=name", "accounts?$select=name&tag=x"]
    {
        let done = to_fetchxml(text);
        assert!(done.translation.is_some_and(|e| !e.is_exact()), "{text}");
    }
}
