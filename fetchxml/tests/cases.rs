//! A table of FetchXML texts, each with its mistakes, its tree, and how the tree is printed.
//!
//! `UPDATE_EXPECT=1 cargo test -p fetchxml --test cases` brings the file up to date; what changes has to be read like code.

use std::path::Path;

use dvkit_fixtures::{Case, assert_cases, finding, on_one_line};
use fetchxml::{FetchText, ParseOptions, PrintStyle, Quotes, is_fetchxml, is_valid, parse_text, print};

fn parsed(case: &Case<'_>) -> String {
    let options =
        ParseOptions { placeholders: case.settings.contains(&"placeholders"), ..ParseOptions::default() };
    let given = FetchText::new(&case.text);
    let parsed = parse_text(&given, &options);
    let mut out: String = parsed.diagnostics.iter().map(|d| finding(d, &case.text)).collect();
    if !is_fetchxml(&case.text) {
        out += "not taken for FetchXML\n";
    }
    if given.decoded() != case.text {
        out += &format!("decoded: {}\n", on_one_line(given.decoded()));
    }
    if let Some((start, range)) = given.location_in_url() {
        out += &format!("in a URL, {start}, {range:?}, beside {:?}\n", given.url_options());
    }
    assert_eq!(is_valid(given.decoded(), &options), parsed.is_ok(), "{}", case.text);
    let style = PrintStyle { quotes: Quotes::Single, ..PrintStyle::minified() };
    let minified = print(&parsed.fetch, &style);
    if minified != given.decoded() {
        out += &format!("minified: {}\n", on_one_line(&minified));
    }
    out + &format!("printed: {}\n", on_one_line(&print(&parsed.fetch, &PrintStyle::default())))
}

fn cases(file: &str) -> usize {
    assert_cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file), parsed)
}

#[test]
fn fetchxml_has_its_mistakes_and_its_forms() {
    assert!(cases("fetchxml.txt") > 200);
}

#[test]
fn each_mistake_of_xml_has_its_finding_and_its_fix() {
    assert!(cases("xml.txt") > 500);
}
