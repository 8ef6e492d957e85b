//! FetchXML from repositories, from tests of mock services and from documentation: parsed, printed back,
//! escaped and encoded.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
#![expect(clippy::print_stdout, reason = "says what it counted and skipped")]

use std::fs;

use dvkit_tests::{corpus_dir, list};
use fetchxml::ast::{Condition, Operator};
use fetchxml::visit::Visit;
use fetchxml::{
    FetchText, ParseOptions, ParsedFetch, PrintStyle, Quotes, parse_recovering, parse_text, print,
};
use serde_json::Value;

/// Returns the rows of a corpus; empty if it does not exist.
fn rows(name: &str) -> Vec<Value> {
    let Some(dir) = corpus_dir() else {
        println!("skipped: no corpus");
        return Vec::new();
    };
    let text = fs::read_to_string(dir.join(name)).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// Returns parse options with placeholders, since programs assembled many of the queries.
fn options() -> ParseOptions {
    ParseOptions { placeholders: true, ..ParseOptions::default() }
}

fn read(text: &str) -> ParsedFetch<'_> {
    parse_recovering(text, &options())
}

/// Returns a tree as text, without its spans.
fn shape(parsed: &ParsedFetch<'_>) -> String {
    let text = format!("{:?}", parsed.fetch);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("Span { ") {
        out.push_str(&rest[..at]);
        rest = &rest[at + rest[at..].find('}').unwrap() + 1..];
    }
    out + rest
}

/// Returns the first error in the form of the list.
fn refusal(parsed: &ParsedFetch<'_>) -> Option<String> {
    parsed.diagnostics.iter().find(|d| d.is_error()).map(|d| format!("{}: {}", d.code, d.message))
}

const STYLES: [PrintStyle; 4] = [
    PrintStyle { indent: Some(2), quotes: Quotes::Double, explicit_close: false, comments: true },
    PrintStyle { indent: None, quotes: Quotes::Single, explicit_close: false, comments: true },
    PrintStyle { indent: Some(0), quotes: Quotes::Single, explicit_close: true, comments: true },
    PrintStyle { indent: None, quotes: Quotes::Double, explicit_close: true, comments: true },
];

/// The number of the 1,956 rows that are refused, each with a listed reason.
const MAX_REFUSED: usize = 63;

#[test]
fn real_fetchxml_parses_and_prints_back() {
    let exceptions = list("fetchxml_exceptions.txt");
    let mut met = vec![false; exceptions.len()];
    let (mut seen, mut listed, mut refused) = (0, 0, Vec::new());
    for name in ["savedqueries_fetchxml.jsonl", "mock_fetchxml.jsonl"] {
        for row in rows(name) {
            let text = row["fetchxml"].as_str().unwrap();
            if row["well_formed"] != true {
                assert!(!read(text).is_ok(), "{text}");
                continue;
            }
            seen += 1;
            let parsed = read(text);
            // Whatever is wrong with a query, its tree can be printed and parsed again.
            for style in STYLES {
                let printed = print(&parsed.fetch, &style);
                let again = read(&printed);
                assert_eq!(shape(&parsed), shape(&again), "{text}\n{printed}");
            }
            if let Some(why) = refusal(&parsed) {
                match exceptions.iter().position(|(message, _)| why.starts_with(message)) {
                    Some(n) => {
                        met[n] = true;
                        listed += 1;
                    }
                    None => refused.push(format!(
                        "{why}\n    {} {}",
                        row["path"],
                        text.chars().take(4000).collect::<String>()
                    )),
                }
            }
        }
    }
    println!("{seen} rows, {listed} refused as listed, {} refused and not listed", refused.len());
    assert!(listed <= MAX_REFUSED, "{listed} rows are refused");
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    for ((message, _), met) in exceptions.iter().zip(met) {
        assert!(met || seen == 0, "no row is refused with {message:?} any more: take it out of the list");
    }
}

#[test]
fn documented_fetchxml_parses() {
    for row in rows("docs_fetchxml.jsonl") {
        let text = row["q"].as_str().unwrap();
        let parsed = read(text);
        if row["valid"] == true {
            assert_eq!(refusal(&parsed), None, "{text}");
        } else if parsed.is_ok() {
            // The rest needs the types of columns, or is not known to be refused by the service.
            let note = row["note"].as_str().unwrap();
            assert!(note.contains("DateOnly") || note.contains("unverified"), "{note}: {text}");
        }
    }
}

/// The operators of a query's conditions, by the names of the service's own enumeration.
#[derive(Default)]
struct Asked(Vec<String>);

impl<'s> Visit<'s> for Asked {
    fn visit_condition(&mut self, condition: &Condition<'s>) {
        let Some(operator) = condition.operator.as_ref().and_then(|o| o.value) else { return };
        let value = condition.value.as_ref().map_or("", |v| &*v.raw);
        let pattern = || match (value.starts_with('%'), value.ends_with('%')) {
            (true, true) => "Contain",
            (false, true) => "BeginWith",
            (true, false) => "EndWith",
            (false, false) => "Like",
        };
        self.0.push(match operator {
            Operator::Like | Operator::BeginsWith | Operator::EndsWith => {
                let asked = match operator {
                    Operator::BeginsWith => "BeginWith",
                    Operator::EndsWith => "EndWith",
                    _ => pattern(),
                };
                asked.replace("With", "sWith").replace("Contain", "Contains")
            }
            Operator::NotLike => format!("DoesNot{}", pattern()),
            Operator::NotBeginWith => "DoesNotBeginWith".to_owned(),
            Operator::NotEndWith => "DoesNotEndWith".to_owned(),
            Operator::Eq => "Equal".to_owned(),
            Operator::Ne | Operator::Neq => "NotEqual".to_owned(),
            Operator::Gt => "GreaterThan".to_owned(),
            Operator::Ge => "GreaterEqual".to_owned(),
            Operator::Lt => "LessThan".to_owned(),
            Operator::Le => "LessEqual".to_owned(),
            Operator::NotNull => "NotNull".to_owned(),
            Operator::Null => "Null".to_owned(),
            other => other.function().unwrap_or_default().to_owned(),
        });
    }
}

/// Compares queries with what tests of mock services expect. The expected numbers of rows depend on rows that
/// are not in the corpus, so only the validity of those queries is compared.
#[test]
fn mock_services_expect_the_same_of_a_query() {
    let exceptions = list("mock_disagreements.txt");
    let mut met = vec![false; exceptions.len()];
    let (mut operators, mut errors, mut counted, mut disagreements) = (0, 0, 0, Vec::new());
    let all = rows("mock_fetchxml.jsonl");
    for row in all.iter().filter(|row| row["well_formed"] == true) {
        let text = row["fetchxml"].as_str().unwrap();
        let parsed = read(text);
        let mut asked = Asked::default();
        asked.visit_fetch(&parsed.fetch);
        let mut problem = None;
        for expected in row["expect_operators"].as_array().into_iter().flatten() {
            operators += 1;
            if !asked.0.iter().any(|a| expected == a) {
                problem = Some(format!("{expected} and not {:?}", asked.0));
            }
        }
        if !row["expect_error"].is_null() {
            errors += 1;
            if parsed.is_ok() {
                problem = Some(format!("no {}", row["expect_error"]));
            }
        }
        if !row["expect_entity_count"].is_null() && row["templated"] != true {
            counted += 1;
            problem = problem.or_else(|| refusal(&parsed));
        }
        let Some(problem) = problem else { continue };
        match exceptions.iter().position(|(sha, _)| row["sha"] == **sha) {
            Some(n) => met[n] = true,
            None => disagreements.push(format!("{} {problem}\n    {text}", row["sha"])),
        }
    }
    println!("{operators} operators, {errors} errors, {counted} queries that give rows");
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
    for ((sha, _), met) in exceptions.iter().zip(met) {
        assert!(met || all.is_empty(), "{sha} agrees: take it out of the list");
    }
}

#[test]
fn escaped_and_encoded_fetchxml_parses_to_the_same_tree() {
    let percent = |t: &str| t.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    let html =
        |t: &str| t.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    for name in ["savedqueries_fetchxml.jsonl", "mock_fetchxml.jsonl", "docs_fetchxml.jsonl"] {
        for row in rows(name) {
            let text = row["fetchxml"].as_str().or(row["q"].as_str()).unwrap().trim();
            if !text.starts_with('<') {
                continue;
            }
            let plain = read(text);
            for encoded in [
                percent(text),
                html(text),
                percent(&percent(text)),
                percent(&html(text)),
                html(&html(text)),
                format!("accounts?fetchXml={}&x=1", percent(text)),
            ] {
                let given = FetchText::new(&encoded);
                assert_eq!(given.decoded(), text);
                let parsed = parse_text(&given, &options());
                assert_eq!(parsed.fetch, plain.fetch);
                assert_eq!(parsed.diagnostics.len(), plain.diagnostics.len());
                for diagnostic in &parsed.diagnostics {
                    assert!(encoded.get(diagnostic.span.range()).is_some(), "{diagnostic:?}");
                }
            }
            // A text that is cut off anywhere does not panic either.
            for (n, _) in text.char_indices().step_by(211) {
                let _ = read(&text[..n]);
                let _ = read(&text[n..]);
            }
        }
    }
}
