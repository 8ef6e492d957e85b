//! Tables of queries on the sample organisation, each with its translation to the other language, what is
//! otherwise in it, and the reasons where there is none.
//!
//! `UPDATE_EXPECT=1 cargo test -p dvkit-translate --test cases` brings the files up to date; what changes has to be read
//! like code.

use std::path::Path;

use dvkit_diagnostic::{Diagnostic, Severity, Span, code};
use dvkit_fixtures::{Case, Form, assert_cases, contoso};
use dvkit_query::{CheckOptions, QueryText, analyze};
use dvkit_translate::{Difference, Language, TranslationOutcome, to_fetchxml, to_odata, translate};
use fetchxml::{FetchText, ParseOptions, PrintStyle, Quotes};

fn query_text<'c>(case: &'c Case<'_>) -> QueryText<'c> {
    let text = case.text.as_str();
    match case.form {
        Form::Filter => QueryText::Filter { table: case.table.expect("a filter has a table"), text },
        Form::Request => QueryText::Request { table: case.table, text },
        Form::FetchXml => QueryText::FetchXml(text),
    }
}

/// Returns a translation on one line.
///
/// # Errors
/// Returns its errors if it has any.
fn on_one_line(text: &str, to: Language, options: &CheckOptions) -> Result<String, String> {
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
    let errors: Vec<String> =
        analysis.diagnostics.iter().filter(|d| d.is_error()).map(ToString::to_string).collect();
    if errors.is_empty() { Ok(shown) } else { Err(format!("{text}\n{errors:?}")) }
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
            out += &format!(
                "{}\n",
                on_one_line(&translation.text, to, &options).expect("a translation is right")
            );
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
        out += &format!("nearest: {}\n", on_one_line(nearest, to, &options).expect("a translation is right"));
    }
    // The meaning can be written in the language that it comes from, too.
    let (own, again) = match (&outcome.query, to) {
        (None, _) => return out,
        (Some(query), Language::OData) => (Language::FetchXml, to_fetchxml(query, contoso())),
        (Some(query), Language::FetchXml) => (Language::OData, to_odata(query, contoso())),
    };
    match again {
        Ok(again) => {
            match on_one_line(&again.text, own, &options) {
                Ok(text) if text == case.text => {}
                Ok(text) => out += &format!("again: {text}\n"),
                Err(_) => out += "again with errors\n",
            }
            for d in &again.differences {
                out += &format!("again with {d}\n");
            }
        }
        Err(refused) => {
            for d in &refused.reasons {
                out += &format!("not again: {d}\n");
            }
        }
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

#[test]
fn joined_and_related_rows_are_translated_to_odata_with_their_differences() {
    assert!(cases("fetchxml_rows.txt") > 150);
}

#[test]
fn fetchxml_stays_fetchxml_and_a_request_a_request() {
    let fetch = "<fetch top='5'><entity name='account'><attribute name='name'/></entity></fetch>";
    let options = CheckOptions::default();
    let same =
        translate(contoso(), QueryText::FetchXml(fetch), Language::FetchXml, &options).expect("in memory");
    let printed = "<fetch top=\"5\">\n  <entity name=\"account\">\n    <attribute name=\"name\" />\n  </entity>\n</fetch>";
    assert_eq!(same.translation.map(|t| (t.text, t.differences.len())), Some((printed.to_owned(), 0)));
    let text = "accounts?$top=5&$select=name";
    let request = QueryText::Request { table: None, text };
    let same = translate(contoso(), request, Language::OData, &options).expect("in memory");
    assert_eq!(same.translation.map(|t| t.text).as_deref(), Some("accounts?$select=name&$top=5"));
    assert_eq!((Language::OData.name(), Language::FetchXml.name()), ("OData", "FetchXML"));
}

#[test]
fn the_severities_of_findings_do_not_decide_what_is_translated() {
    let text = "accounts?$top=5";
    let request = QueryText::Request { table: None, text };
    for (severity, translated) in [(None, true), (Some(Severity::Note), true), (Some(Severity::Error), false)]
    {
        let severities = [(code::NO_SELECT, severity)].into();
        let options = CheckOptions { severities, ..CheckOptions::default() };
        let outcome = translate(contoso(), request, Language::FetchXml, &options).expect("in memory");
        assert_eq!(outcome.translation.is_some(), translated, "{severity:?}");
        assert_eq!(outcome.diagnostics.first().map(|d| d.severity), severity);
        assert!(!outcome.untranslatable, "{severity:?}");
    }
}

#[test]
fn many_reasons_are_counted_after_the_first_hundred() {
    let outcome = |conditions: &str| {
        let text = format!(
            "<fetch top='5'><entity name='account'><attribute name='name'/><filter>{conditions}</filter></entity></fetch>"
        );
        let outcome =
            translate(contoso(), QueryText::FetchXml(&text), Language::OData, &CheckOptions::default());
        outcome.expect("in memory")
    };
    for (number, said) in [(99, 99), (100, 100), (101, 101), (150, 101)] {
        let unread: String = (0..number)
            .map(|n| format!("<condition attribute='name' operator='eq' value='{n}' unread{n}='1'/>"))
            .collect();
        let outcome = outcome(&unread);
        let is_reason =
            |d: &&Diagnostic| d.message.contains("would be lost") || d.message.contains("more reasons");
        let texts: Vec<&str> =
            outcome.diagnostics.iter().filter(is_reason).map(|d| d.message.as_str()).collect();
        assert_eq!(texts.len(), said, "{number}: {:?}", texts.last());
        let more = texts.iter().filter(|t| t.starts_with(&format!("{} more", number.max(100) - 100))).count();
        assert_eq!(more, usize::from(number > 100), "{number}: {:?}", texts.last());
    }
}

#[test]
fn an_outcome_of_an_error_has_nothing_else() {
    let diagnostic = Diagnostic::error(code::UNKNOWN_TABLE, Span::new(0, 1), "no such table");
    let outcome = TranslationOutcome::from_error(diagnostic.clone());
    assert_eq!(outcome.diagnostics, [diagnostic]);
    assert_eq!(
        (outcome.query, outcome.translation, outcome.nearest, outcome.untranslatable),
        (None, None, None, false)
    );
}
