//! Filters from real programs: every one that is OData at all must parse.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "says what it counted and skipped; a corpus row that is no JSON may panic"
)]

use std::collections::{BTreeMap, BTreeSet};

use dvkit_tests::{corpus_dir, escape, list};
use odata_parser::ast::Request;
use odata_parser::{
    ParseOptions, RequestText, parse_filter, parse_filter_recovering, parse_filter_with, parse_request, url,
};
use serde_json::Value;

/// Returns the filters of the corpus, decoded if they are encoded, and whether they contain placeholders.
fn filters() -> Option<BTreeMap<String, bool>> {
    let Some(dir) = corpus_dir() else {
        println!("skipped: no corpus");
        return None;
    };
    let text = std::fs::read_to_string(dir.join("realworld_filters.jsonl")).unwrap();
    let mut filters = BTreeMap::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let Some(filter) = row["filter"].as_str() else { continue };
        let decoded = if url::is_encoded(filter) { url::decode(filter).text } else { filter.to_owned() };
        filters.insert(decoded, row["templated"].as_bool().unwrap());
    }
    Some(filters)
}

#[test]
fn plain_filters_parse() {
    let Some(filters) = filters() else { return };
    let refusals: BTreeMap<String, String> = list("realworld_refusals.txt").into_iter().collect();
    let (mut accepted, mut odata_refused, mut not_odata, mut wrong) = (0, 0, 0, Vec::new());
    let mut seen = BTreeSet::new();
    for (filter, _) in filters.iter().filter(|(_, templated)| !**templated) {
        match (parse_filter(filter), refusals.get(filter)) {
            (Ok(_), None) => accepted += 1,
            (Ok(_), Some(_)) => wrong.push(format!("no refusal any more: {}", escape(filter))),
            // A refusal is right only if the text is not OData.
            (Err(_), Some(reason)) if reason.starts_with("not OData") => not_odata += 1,
            (Err(_), Some(_)) => odata_refused += 1,
            (Err(e), None) => wrong.push(format!("{}\t{}", escape(filter), e.message)),
        }
        seen.insert(filter.as_str());
    }
    wrong.extend(
        refusals.keys().filter(|r| !seen.contains(r.as_str())).map(|r| format!("no such filter: {r}")),
    );
    let share = 100.0 * f64::from(accepted) / f64::from(accepted + odata_refused);
    println!("{accepted} accepted, {odata_refused} refused, {not_odata} are not OData: {share:.1} %");
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    assert!(share >= 99.0);
}

#[test]
fn printing_keeps_every_filter() {
    let Some(filters) = filters() else { return };
    for (filter, _) in filters {
        let options = ParseOptions { placeholders: true, ..ParseOptions::default() };
        let Ok(tree) = parse_filter_with(&filter, &options) else { continue };
        let printed = tree.to_string();
        let again =
            parse_filter_with(&printed, &options).unwrap_or_else(|e| panic!("{filter}\n{printed}\n{e}"));
        assert_eq!(again.to_string(), printed);
    }
}

#[test]
fn templates_parse_with_placeholders() {
    let Some(filters) = filters() else { return };
    let options = ParseOptions { placeholders: true, ..ParseOptions::default() };
    let (mut ok, mut all) = (0, 0);
    for (filter, _) in filters.iter().filter(|(_, templated)| **templated) {
        all += 1;
        let parsed = parse_filter_recovering(filter, &options);
        if parsed.is_ok() {
            ok += 1;
        } else {
            println!("{}: {}", escape(filter), parsed.diagnostics[0].message);
        }
    }
    println!("{ok} of {all} templates parse with placeholders");
    assert!(ok * 100 >= all * 90);
}

/// Returns the queries of the corpus as requests: whole ones, and `$select`, `$expand` and `$orderby` with
/// their names.
fn requests() -> Option<BTreeSet<String>> {
    let Some(dir) = corpus_dir() else {
        println!("skipped: no corpus");
        return None;
    };
    let text = std::fs::read_to_string(dir.join("realworld_filters.jsonl")).unwrap();
    let request = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let input = row["input"].as_str().unwrap();
        match row["option"].as_str().unwrap() {
            "query" => Some(input.to_owned()),
            option @ ("$select" | "$expand" | "$orderby") => Some(format!("{option}={input}")),
            _ => None,
        }
    };
    Some(text.lines().filter_map(request).collect())
}

/// Checks that the printed request parses to the same request. Printing decodes values, so they are encoded
/// again.
fn prints_again(request: &Request<'_>, options: &ParseOptions) {
    let printed: Vec<String> = request.options.iter().map(ToString::to_string).collect();
    let escape = |o: &String| match o.split_once('=') {
        Some((name, value)) if !name.contains('{') => format!("{name}={}", url::encode(value)),
        _ => o.clone(),
    };
    let query: Vec<String> = printed.iter().map(escape).collect();
    let text = format!("{}?{}", request.path, query.join("&"));
    let source = RequestText::new(&text);
    let again = parse_request(&source, options).unwrap_or_else(|e| panic!("{text}\n{e}"));
    assert_eq!(again.options.iter().map(ToString::to_string).collect::<Vec<_>>(), printed, "{text}");
    assert_eq!(again.path.to_string(), request.path.to_string());
}

#[test]
fn requests_parse_with_placeholders() {
    let Some(requests) = requests() else { return };
    let refusals: BTreeMap<String, String> = list("realworld_request_refusals.txt").into_iter().collect();
    let options = ParseOptions { placeholders: true, ..ParseOptions::default() };
    let (mut accepted, mut wrong) = (0, Vec::new());
    for request in &requests {
        let source = RequestText::new(request);
        match (parse_request(&source, &options), refusals.get(request)) {
            (Ok(parsed), None) => {
                accepted += 1;
                prints_again(&parsed, &options);
            }
            (Ok(_), Some(_)) => wrong.push(format!("no refusal any more: {}", escape(request))),
            (Err(_), Some(_)) => {}
            (Err(e), None) => wrong.push(format!("{}\t{}", escape(request), e.message)),
        }
    }
    wrong.extend(refusals.keys().filter(|r| !requests.contains(*r)).map(|r| format!("no such query: {r}")));
    let not_odata = refusals.values().filter(|reason| reason.starts_with("not OData")).count();
    println!(
        "{accepted} of {} requests parse, {} are refused, {not_odata} of them are not OData",
        requests.len(),
        refusals.len()
    );
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}
