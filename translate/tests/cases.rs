//! Tables of queries on the sample organisation, each with its translation to the other language, what is
//! otherwise in it, and the reasons where there is none.
//!
//! `UPDATE_EXPECT=1 cargo test -p dvkit-translate --test cases` brings the files up to date; what changes has to be read
//! like code.

use std::path::Path;

use dvkit_diagnostic::{Diagnostic, Span};
use dvkit_fixtures::{Case, Form, assert_cases, contoso};
use dvkit_query::{CheckOptions, QueryText, analyze};
use dvkit_translate::{Difference, Language, translate};
use fetchxml::{FetchText, ParseOptions, PrintStyle, Quotes};

fn query_text<'c>(case: &'c Case<'_>) -> QueryText<'c> {
    let text = case.text.as_str();
    match case.form {
        Form::Filter => QueryText::Filter { table: case.table.expect("a filter has a table"), text },
        Form::Request => QueryText::Request { table: case.table, text },
        Form::FetchXml => QueryText::FetchXml(text),
    }
}

/// Returns a translation on one line, and asserts that it has no error.
fn on_one_line(text: &str, to: Language, options: &CheckOptions) -> String {
    let (query, shown) = match to {
        Language::OData => (QueryText::Request { table: None, text }, text.to_owned()),
        Language::FetchXml => {
            let holes = ParseOptions { placeholders: options.placeholders, ..ParseOptions::default() };
            let style = PrintStyle { quotes: Quotes::Single, ..PrintStyle::minified() };
            let fetch = FetchText::new(text);
            let shown = fetchxml::print(&fetchxml::parse_text(&fetch, &holes).fetch, &style);
            (QueryText::FetchXml(text), shown)
        }
    };
    let analysis = analyze(contoso(), query, options).expect("the sample is whole");
    let errors: Vec<String> = analysis.diagnostics.iter().filter(|d| d.is_error()).map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{text}\n{errors:?}");
    shown
}

fn at(span: Span, text: &str) -> String {
    format!("{}..{} `{}`", span.start, span.end, span.of(text).replace('\n', "\\n"))
}

fn difference(d: &Difference, text: &str) -> String {
    let place = d.span.map(|span| format!(" {}", at(span, text))).unwrap_or_default();
    format!("{}{place}: {}\n", d.kind.as_str(), d.text)
}

fn finding(d: &Diagnostic, text: &str) -> String {
    let help = d.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{} {} {}: {}{help}\n", d.severity.as_str(), d.code, at(d.span, text), d.message)
}

fn translated(case: &Case<'_>) -> String {
    let options =
        CheckOptions { placeholders: case.settings.contains(&"placeholders"), ..CheckOptions::default() };
    let to = if case.form == Form::FetchXml { Language::OData } else { Language::FetchXml };
    let outcome = translate(contoso(), query_text(case), to, &options).expect("the sample is whole");
    let mut out = String::new();
    match &outcome.translation {
        Some(translation) => {
            out += &format!("{}\n", on_one_line(&translation.text, to, &options));
            out += if translation.is_exact() { "exact\n" } else { "" };
            for d in &translation.differences {
                out += &difference(d, &case.text);
            }
        }
        None => {
            for d in outcome.diagnostics.iter().filter(|d| d.is_error()) {
                out += &finding(d, &case.text);
            }
        }
    }
    if let Some(nearest) = &outcome.nearest {
        out += &format!("nearest: {}\n", on_one_line(nearest, to, &options));
    }
    if outcome.untranslatable {
        out += "a right query that the other language cannot express\n";
    }
    out
}

fn cases(file: &str) -> usize {
    assert_cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file), translated)
}

#[test]
fn odata_is_translated_to_fetchxml_with_its_differences() {
    assert!(cases("odata.txt") > 400);
}

#[test]
fn fetchxml_is_translated_to_odata_with_its_differences() {
    assert!(cases("fetchxml.txt") > 300);
}
