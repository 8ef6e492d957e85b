//! The test cases of the OASIS committee, and those of two other OData libraries.
//!
//! Every row that is an expression or a literal must be accepted or refused as it says. Exceptions are in a
//! list with reasons; the test fails if the list is too long or too short.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "says what it counted and skipped; a corpus row that is no JSON may panic"
)]

use std::collections::{BTreeMap, BTreeSet};

use dvkit_tests::{corpus_dir, escape, list};
use odata_parser::ast::{Expr, ExprKind, LiteralKind, SegmentKind};
use odata_parser::{
    ParseOptions, RequestText, parse_expression, parse_filter, parse_request, parse_request_recovering, url,
};
use serde_json::Value;

fn rows(file: &str) -> Option<Vec<Value>> {
    let Some(dir) = corpus_dir() else {
        println!("skipped: no corpus");
        return None;
    };
    let text = std::fs::read_to_string(dir.join(file)).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn text<'v>(row: &'v Value, key: &str) -> &'v str {
    row[key].as_str().unwrap_or("")
}

/// Rules of headers, payloads and annotations, which are not part of a request's URL.
const OTHER_RULES: &[&str] = &[
    "booleanValue",
    "byteValue",
    "context",
    "dateTimeOffsetValue",
    "dateTimeOffsetValueInUrl",
    "dateValue",
    "enumValue",
    "header",
    "includeAnnotationsPreference",
    "int16Value",
    "int32Value",
    "int64Value",
    "maxpagesizePreference",
    "prefer",
    "preference",
    "primitiveValue",
    "request-id",
    "sbyteValue",
    "singleValue",
    "timeOfDayValue",
];

fn literal_kind(e: &Expr<'_>) -> Option<LiteralKind> {
    match &e.kind {
        ExprKind::Literal(l) => Some(l.kind),
        _ => None,
    }
}

fn is_literal(input: &str, kinds: &[LiteralKind]) -> bool {
    parse_expression(input).is_ok_and(|e| literal_kind(&e).is_some_and(|k| kinds.contains(&k)))
}

/// Returns whether `input` is accepted for `rule`; `None` for a rule that is not about expressions.
fn accepts(rule: &str, input: &str) -> Option<bool> {
    use LiteralKind::*;
    let number = &[Integer, Decimal, Double];
    Some(match rule {
        "boolCommonExpr" | "boolcommonExpr" | "commonExpr" | "firstMemberExpr" | "propertyPathExpr"
        | "notExpr" | "isofExpr" => parse_expression(input).is_ok(),
        // The name of the option is not part of the parser's input, and white space around it belongs to the
        // list.
        "filter" => {
            let filter = input.strip_prefix("$filter=").or_else(|| input.strip_prefix("filter="));
            filter.is_some_and(|f| parse_filter(f).is_ok())
        }
        // Steps of a path, not expressions.
        "anyExpr" => parse_expression(&format!("x/{input}")).is_ok_and(
            |e| matches!(&e.kind, ExprKind::Path(p) if matches!(p.segments[1].kind, SegmentKind::Any(_))),
        ),
        "binaryLiteral" => is_literal(input, &[Binary]),
        "boolean" => is_literal(input, &[Boolean]),
        "date" => is_literal(input, &[Date]),
        "dateTimeOffsetLiteral" => is_literal(input, &[DateTimeOffset]),
        "decimalLiteral" | "decimalValue" | "doubleLiteral" | "doubleValue" | "singleLiteral" => {
            is_literal(input, number)
        }
        // In an expression the bare value is in quotation marks.
        "durationValue" => is_literal(&format!("duration'{input}'"), &[Duration]),
        // OData 4.01 leaves the prefix out, so that only the type of the other operand tells.
        "durationLiteral" => is_literal(input, &[Duration, String]),
        "enumLiteral" => is_literal(input, &[Enum, String]),
        "guid" => is_literal(input, &[Guid]),
        "int16Literal" | "int32Literal" | "int64Literal" | "sbyteLiteral" => is_literal(input, &[Integer]),
        "null" => is_literal(input, &[Null]),
        "stringLiteral" => is_literal(input, &[String]),
        "timeOfDayLiteral" => is_literal(input, &[TimeOfDay]),
        "primitiveLiteral" => parse_expression(input).is_ok_and(|e| literal_kind(&e).is_some()),
        "odataIdentifier" => parse_expression(input)
            .is_ok_and(|e| matches!(&e.kind, ExprKind::Path(p) if p.as_name() == Some(input))),
        // A JSON string; expressions have them in arrays.
        "stringInUrl" => parse_expression(&format!("[{input}]")).is_ok(),
        _ if rule.starts_with("geo") => is_literal(input, &[Geo]),
        _ => return None,
    })
}

/// Returns the request, still encoded, for a row of a rule about URLs; `None` for other rules.
fn request(rule: &str, input: &str) -> Option<String> {
    // In the committee's grammar a `+` is a plus; a reader of URLs may take it for a space.
    let input = input.replace('+', "%2B");
    Some(match rule {
        "odataUri" | "odataRelativeUri" | "resourcePath" | "entitySetName" => input,
        "queryOptions" | "systemQueryOption" | "customQueryOption" | "select" | "expand" | "orderby"
        | "orderBy" | "compute" | "search" | "skiptoken" | "deltatoken" => format!("?{input}"),
        "searchExpr" => format!("?$search={input}"),
        // As an argument of a function import.
        "functionParameter" => format!("f({input})"),
        _ => return None,
    })
}

/// Checks that a text is accepted as a request. The recovering parser must give the same result.
fn accepts_request(text: &str) -> Result<(), String> {
    let source = RequestText::new(text);
    let options = ParseOptions::default();
    let request = parse_request(&source, &options).map_err(|e| e.message)?;
    assert_eq!(request.to_string(), parse_request_recovering(&source, &options).request.to_string());
    Ok(())
}

#[test]
fn oasis_test_cases_are_accepted_or_refused_as_they_say() {
    let (Some(mut rows), Some(all)) = (rows("oasis_filter.jsonl"), rows("oasis_abnf.jsonl")) else { return };
    rows.extend(all);
    let exceptions: BTreeMap<String, String> = list("oasis_exceptions.txt").into_iter().collect();
    let mut seen = BTreeSet::new();
    let (mut agreed, mut excepted) = (BTreeMap::<&str, usize>::new(), BTreeMap::<&str, usize>::new());
    let (mut others, mut wrong) = (BTreeSet::new(), Vec::new());
    for row in &rows {
        let (rule, input, ok) = (text(row, "rule"), text(row, "input"), row["ok"].as_bool().unwrap());
        let key = format!("{rule}: {input}");
        // Most rows are in both files, some of them twice.
        if !seen.insert(key.clone()) {
            continue;
        }
        // The committee's grammar reads encoded text in which `+` is a plus.
        let decoded = url::decode_keeping_plus(input).text;
        let accepted = match (request(rule, input), accepts(rule, &decoded)) {
            (Some(request), _) => accepts_request(&request),
            (None, Some(true)) => Ok(()),
            (None, Some(false)) => {
                Err(parse_expression(&decoded).err().map_or_else(String::new, |e| e.message))
            }
            (None, None) => {
                assert!(OTHER_RULES.contains(&rule), "a rule nobody has judged: {rule}");
                others.insert(key);
                continue;
            }
        };
        match (accepted.is_ok() == ok, exceptions.contains_key(&key)) {
            (true, false) => *agreed.entry(rule).or_default() += 1,
            (true, true) => wrong.push(format!("no exception any more: {key}")),
            (false, true) => *excepted.entry(rule).or_default() += 1,
            (false, false) => wrong.push(format!("{key}\tmust be {ok}: {accepted:?}")),
        }
    }
    wrong.extend(exceptions.keys().filter(|k| !seen.contains(*k)).map(|k| format!("no such row: {k}")));
    let sum: usize = agreed.values().sum();
    println!("OASIS: {sum} rows agree: {agreed:?}");
    println!("{} exceptions: {excepted:?}; {} rows of other rules", exceptions.len(), others.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), seen.len(), wrong.join("\n"));
    assert!(sum > 850);
}

/// The committee's cases for whole query strings contain filters, which are valid if the query string is.
#[test]
fn oasis_query_options_contain_valid_filters() {
    let Some(rows) = rows("oasis_filter.jsonl") else { return };
    let mut seen = 0;
    for row in rows.iter().filter(|r| text(r, "rule") == "queryOptions" && r["ok"] == true) {
        for filter in text(row, "input").split('&').filter_map(|option| option.strip_prefix("$filter=")) {
            let decoded = url::decode_keeping_plus(filter).text;
            if let Err(e) = parse_filter(&decoded) {
                panic!("{decoded}: {e}");
            }
            seen += 1;
        }
    }
    println!("{seen} filters within query options");
}

/// Compares with another library's tests. Only accepted rows and syntax errors matter for a parser.
fn library(file: &str, exceptions: &str) {
    let Some(rows) = rows(file) else { return };
    let exceptions: BTreeMap<String, String> = list(exceptions).into_iter().collect();
    let mut seen = BTreeSet::new();
    let (mut agreed, mut wrong) = (0, Vec::new());
    for row in &rows {
        let (input, ok, level) = (text(row, "input"), row["ok"].as_bool().unwrap(), text(row, "error_level"));
        if !(ok || matches!(level, "syntax" | "syntax-or-type")) {
            continue;
        }
        let accepted = match text(row, "kind") {
            "filter" | "expr" => parse_expression(input).map(drop).map_err(|e| e.message),
            "uri" => accepts_request(input),
            // Aliases are options of their own.
            kind @ ("apply" | "compute" | "expand" | "orderby" | "search" | "select") => {
                let aliased = input.contains("&@");
                let input = if aliased { input.into() } else { url::escape_delimiters(input) };
                accepts_request(&format!("?${kind}={input}"))
            }
            _ => continue,
        };
        let key = escape(input);
        match (accepted.is_ok() == ok, exceptions.contains_key(input)) {
            (true, false) => agreed += 1,
            (true, true) => wrong.push(format!("no disagreement any more: {key}")),
            (false, true) => {}
            (false, false) => wrong.push(format!("{key}\tmust be {ok}: {accepted:?}")),
        }
        seen.insert(input.to_owned());
    }
    wrong.extend(exceptions.keys().filter(|k| !seen.contains(*k)).map(|k| format!("no such row: {k}")));
    println!("{file}: {agreed} rows agree, {} disagreements", exceptions.len());
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn odata_net_test_cases_are_accepted_or_refused_as_they_say() {
    library("odatanet_filters.jsonl", "odatanet_disagreements.txt");
}

#[test]
fn olingo_test_cases_are_accepted_or_refused_as_they_say() {
    library("olingo_filters.jsonl", "olingo_disagreements.txt");
}
