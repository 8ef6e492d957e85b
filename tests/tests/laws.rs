//! Laws of the checker on the sample organisation: a fix keeps the meaning of the text; a rewritten filter
//! checks clean and is not rewritten again; `resolve(emit(hir)) = hir`; the example of every code shows that
//! code.

use dvkit_diagnostic::{Code, CodeFamily, code};
use dvkit_execute::sqlite::to_sql;
use dvkit_query::hir::Query;
use dvkit_query::odata;
use dvkit_query::{CheckOptions, CheckReport, QueryText, check_fetchxml, check_filter, check_request};
use dvkit_tests::generate::{Dice, config, lists_as_comparisons, mutated, predicate, table};
use dvkit_tests::rows::world;
use dvkit_tests::sample::{field, rows, store};
use dvkit_translate::{Language, translate};
use proptest::prelude::*;

fn checked(table: &str, filter: &str) -> CheckReport {
    check_filter(store(), table, filter, &CheckOptions::default()).expect("the snapshot is in memory")
}

/// Checks everything that must hold for any text.
fn holds(table: &str, filter: &str) -> Result<(), String> {
    let first = checked(table, filter);
    let explain = |c: &CheckReport, text: &str| {
        c.diagnostics.iter().map(|d| d.display(text).to_string()).collect::<Vec<_>>().join("\n")
    };
    for d in &first.diagnostics {
        if filter.get(d.span.range()).is_none() {
            return Err(format!("{filter}\na span that does not fit: {d:?}"));
        }
        for s in &d.suggestions {
            dvkit_diagnostic::apply(filter, &s.edits).map_err(|e| format!("{filter}\n{e}: {s:?}"))?;
        }
    }
    if let Some(query) = &first.query
        && first.is_ok()
    {
        let text = odata::filter(query);
        let again = checked(table, &text);
        if !again.is_ok() || again.query.as_ref() != Some(query) {
            return Err(format!(
                "{filter}\nemits {text}\n{}\n{query:?}\n{:?}",
                explain(&again, &text),
                again.query
            ));
        }
    }
    let Some(rewritten) = &first.rewritten else { return Ok(()) };
    let second = checked(table, rewritten);
    if !second.is_ok() {
        return Err(format!("{filter}\n→ {rewritten}, which is not clean:\n{}", explain(&second, rewritten)));
    }
    if second.rewritten.as_ref() != Some(rewritten) {
        return Err(format!("{filter}\n→ {rewritten}\n→ {:?}", second.rewritten));
    }
    // The meaning of a text with syntax errors is a guess of the parser's recovery.
    if let Some(query) = first.query.as_ref().filter(|_| first.parsed)
        && second.query.clone().map(lists_as_comparisons) != Some(lists_as_comparisons(query.clone()))
    {
        return Err(format!(
            "{filter}\n→ {rewritten}, which means something else:\n{query:?}\n{:?}",
            second.query
        ));
    }
    Ok(())
}

#[test]
fn laws_hold_on_the_sample_queries() {
    let failures: Vec<String> = ["right.jsonl", "wrong.jsonl"]
        .iter()
        .flat_map(|file| rows(file))
        .filter_map(|row| holds(field(&row, "table"), field(&row, "filter")).err())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn the_example_of_every_code_shows_the_code() {
    let mut failures = Vec::new();
    for info in code::all().filter(|i| !i.table.is_empty() && i.code.family() != CodeFamily::Conversion) {
        // The right example shows whether the code is about filters or requests: a filter may be mistaken for
        // a request, which is one of the codes.
        let shape = if info.right.is_empty() { info.wrong } else { info.right };
        let checked = |text: &str| match odata_parser::is_request(shape) {
            _ if text.starts_with('<') => {
                check_fetchxml(store(), text, &CheckOptions::default()).expect("the snapshot is in memory")
            }
            true => check_request(store(), Some(info.table), text, &CheckOptions::default())
                .expect("the snapshot is in memory"),
            false => checked(info.table, text),
        };
        let wrong = checked(info.wrong);
        if !wrong.diagnostics.iter().any(|d| d.code == info.code) {
            let codes: Vec<String> = wrong.diagnostics.iter().map(|d| d.to_string()).collect();
            failures.push(format!("{}: `{}` gives {codes:?}", info.code, info.wrong));
        }
        if info.right.is_empty() {
            continue;
        }
        let right = checked(info.right);
        if !right.diagnostics.is_empty() {
            let codes: Vec<String> = right.diagnostics.iter().map(|d| d.to_string()).collect();
            failures.push(format!("{}: `{}` is called right and gives {codes:?}", info.code, info.right));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The reasons why a query cannot be written in the other language, or in SQL for the codes of SQL.
fn reasons_against_translation(code: Code, text: &str) -> Vec<Code> {
    let options = CheckOptions { placeholders: true, ..CheckOptions::default() };
    if (640..650).contains(&code.number()) {
        let checked = match text.starts_with('<') {
            true => check_fetchxml(store(), text, &options),
            false => check_request(store(), None, text, &options),
        };
        let checked = checked.expect("the snapshot is in memory");
        let query = checked.query.expect("the example has a meaning");
        return match to_sql(&query, store(), &world()) {
            Ok(_) => Vec::new(),
            Err(refused) => refused.reasons.iter().map(|reason| reason.code).collect(),
        };
    }
    let (source, to) = match text.starts_with('<') {
        true => (QueryText::FetchXml(text), Language::OData),
        false => (QueryText::Request { table: None, text }, Language::FetchXml),
    };
    let done = translate(store(), source, to, &options).expect("the snapshot is in memory");
    match done.translation {
        Some(_) => Vec::new(),
        None => done.diagnostics.iter().map(|d| d.code).collect(),
    }
}

#[test]
fn every_example_of_a_conversion_code_shows_that_code() {
    let mut examples = 0;
    for info in code::all().filter(|i| i.code.family() == CodeFamily::Conversion && !i.table.is_empty()) {
        examples += 1;
        let reasons = reasons_against_translation(info.code, info.wrong);
        assert!(reasons.contains(&info.code), "{}: `{}` gives {reasons:?}", info.code, info.wrong);
        if !info.right.is_empty() {
            let reasons = reasons_against_translation(info.code, info.right);
            assert_eq!(reasons, [], "{}: `{}` is called translatable", info.code, info.right);
        }
    }
    assert!(examples >= 30, "only {examples} codes have an example");
}

#[test]
fn a_doubled_negation_of_a_function_with_an_open_column_keeps_its_meaning() {
    for call in ["EqualUserId(PropertyName=@p1)", "NotEqualUserId(PropertyName=@p1)"] {
        for not in ["not ", "not not ", "not (not ", "not not not "] {
            let end = if not.contains('(') { ")" } else { "" };
            let text = format!("statecode eq 0 and {not}Microsoft.Dynamics.CRM.{call}{end}");
            assert_eq!(holds("contact", &text), Ok(()), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_emitted_filter_resolves_to_the_same_meaning(bytes in proptest::collection::vec(any::<u8>(), 8..120)) {
        let mut dice = Dice(bytes.iter());
        let roots = ["account", "contact", "new_project", "task", "incident", "new_externalorder"];
        let root = roots[dice.roll(roots.len())];
        let query = Query::rows(root, predicate(&mut dice, &mut vec![table(root)], 3));
        let text = odata::filter(&query);
        let result = checked(root, &text);
        let found: Vec<String> = result.diagnostics.iter().map(ToString::to_string).collect();
        prop_assert!(result.is_ok(), "{text}\n{found:?}");
        prop_assert_eq!(result.query.as_ref(), Some(&query), "{}", text);
        prop_assert_eq!(result.rewritten.as_ref(), Some(&text));
    }

    /// Texts between valid and invalid: sample queries with tokens cut out, doubled, or exchanged with those
    /// of others.
    #[test]
    fn laws_hold_on_mutated_queries(seed in any::<u64>(), edits in proptest::collection::vec((any::<u16>(), any::<u16>(), 0u8..5), 1..4)) {
        let all: Vec<(String, String)> = ["right.jsonl", "wrong.jsonl"]
            .iter()
            .flat_map(|f| rows(f))
            .map(|r| (field(&r, "table").to_owned(), field(&r, "filter").to_owned()))
            .collect();
        let (table, filter) = &all[usize::try_from(seed % all.len() as u64).unwrap_or(0)];
        let filters: Vec<&str> = all.iter().map(|(_, filter)| filter.as_str()).collect();
        let text = mutated(filter, &filters, &edits);
        if let Err(message) = holds(table, &text) {
            prop_assert!(false, "{message}");
        }
    }
}
