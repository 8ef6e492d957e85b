//! Tables of filters and requests, each with its mistakes, its tree, and how the tree is printed.
//!
//! `UPDATE_EXPECT=1 cargo test -p odata-parser --test cases` brings the files up to date; what changes has to be read like
//! code.

use std::path::Path;

use dvkit_diagnostic::Diagnostic;
use dvkit_fixtures::{Case, Form, assert_cases, finding, on_one_line, outline};
use odata_parser::{
    ParseOptions, RequestText, format, is_request, parse_filter_recovering, parse_request_recovering,
};

/// Returns the line with the debug text of a tree with short spans, for a short text without errors.
fn tree(value: &impl std::fmt::Debug, given: &str, diagnostics: &[Diagnostic]) -> String {
    if given.len() > 70 || diagnostics.iter().any(Diagnostic::is_error) {
        return String::new();
    }
    let text = outline(value);
    let mut parts = text.split("Span { start: ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (start, rest) = part.split_once(", end: ").expect("a span has an end");
        let (end, rest) = rest.split_once(" }").expect("a span ends");
        out += &format!("{start}..{end}{rest}");
    }
    format!("tree: {}\n", out.replace("span: ", "").replace("kind: ", ""))
}

/// Returns how the forms of one tree are printed, those that differ.
fn printed(text: &str, plain: String, pretty: String, minified: String) -> String {
    let mut out = String::new();
    if plain != text {
        out += &format!("printed: {}\n", on_one_line(&plain));
    }
    if pretty != plain {
        out += &format!("pretty: {}\n", on_one_line(&pretty));
    }
    if minified != plain {
        out += &format!("minified: {}\n", on_one_line(&minified));
    }
    out
}

fn parsed(case: &Case<'_>) -> String {
    let options =
        ParseOptions { placeholders: case.settings.contains(&"placeholders"), ..ParseOptions::default() };
    let text = case.text.as_str();
    let found = |diagnostics: &[Diagnostic]| diagnostics.iter().map(|d| finding(d, text)).collect::<String>();
    if case.form == Form::Filter {
        let parsed = parse_filter_recovering(text, &options);
        let e = &parsed.expr;
        let printed = printed(text, e.to_string(), format::pretty_filter(e), format::minify_filter(e));
        return format!("{}{printed}{}", found(&parsed.diagnostics), tree(e, text, &parsed.diagnostics));
    }
    let given = RequestText::new(text);
    let parsed = parse_request_recovering(&given, &options);
    let r = &parsed.request;
    let kind = if is_request(text) { "" } else { "not taken for a request\n" };
    let printed = printed(text, r.to_string(), format::pretty(r), format::minify(r));
    format!("{kind}{}{printed}{}", found(&parsed.diagnostics), tree(r, text, &parsed.diagnostics))
}

fn cases(file: &str) -> usize {
    assert_cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file), parsed)
}

#[test]
fn filters_have_their_mistakes_and_their_trees() {
    assert!(cases("filters.txt") > 200);
}

#[test]
fn requests_have_their_mistakes_and_their_trees() {
    assert!(cases("requests.txt") > 200);
}

#[test]
fn filters_as_people_write_them_have_their_mistakes_and_their_trees() {
    assert!(cases("written_filters.txt") > 500);
}

#[test]
fn requests_as_people_write_them_have_their_mistakes_and_their_trees() {
    assert!(cases("written_requests.txt") > 300);
}
