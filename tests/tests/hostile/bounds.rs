//! The number and the size of findings are bounded, and the result says so.

use dvkit_diagnostic::{DEFAULT_MAX_FINDINGS, LineIndex, code};
use dvkit_query::{CheckOptions, check_fetchxml, check_filter, check_request};
use dvkit_tests::growing_texts::{GROWING_TEXTS, Language};
use dvkit_tests::sample::store;

use super::found;

#[test]
fn findings_of_any_text_are_bounded_in_number_and_size() {
    for shape in GROWING_TEXTS.iter().filter(|s| s.language.is_query()) {
        let text = shape.text(shape.pieces(20_000));
        let checked = found(shape.language, &text);
        let more = checked.diagnostics.iter().filter(|d| d.code == code::MORE_FINDINGS).count();
        let name = shape.name();
        assert!(
            checked.diagnostics.len() - more <= DEFAULT_MAX_FINDINGS,
            "{name}: {}",
            checked.diagnostics.len()
        );
        assert!(more <= 2, "{name}: {more}");
        let source = LineIndex::new(&text);
        for d in &checked.diagnostics {
            let picture = d.display_in(&source).to_string();
            assert!(picture.len() < 20_000, "{name}: {} bytes of {}", picture.len(), d.code);
            assert!(d.message.len() < 2100, "{name}: {}", d.code);
        }
        let json = serde_json::to_vec(&checked.diagnostics).unwrap().len();
        assert!(json < 8 * text.len() + 200_000, "{name}: {json} bytes of JSON for {}", text.len());
    }
}

#[test]
fn findings_beyond_the_bound_are_counted_and_fixed() {
    let options = CheckOptions::default();
    let text = format!("fullname eq 'a'{}", ")".repeat(28_000));
    let checked = check_filter(store(), "contact", &text, &options).unwrap();
    let last = checked.diagnostics.last().unwrap();
    assert_eq!(
        (last.code, last.message.as_str()),
        (code::MORE_FINDINGS, "27900 more findings are left out: 27900 errors")
    );
    // So many lost brackets are not a slip.
    assert_eq!(checked.rewritten, None);

    let text = ["FullName eq 'a'"; 300].join(" and ");
    let checked = check_filter(store(), "contact", &text, &options).unwrap();
    assert_eq!(checked.diagnostics.last().unwrap().code, code::MORE_FINDINGS);
    assert_eq!(checked.rewritten, Some(text.replace("FullName", "fullname")));

    let text = format!("contacts?$select=fullname{}&$top=1", ",fullnme".repeat(3000));
    let checked = check_request(store(), None, &text, &options).unwrap();
    assert!(!checked.is_ok());
    assert_eq!(checked.diagnostics.last().unwrap().code, code::MORE_FINDINGS);

    let attributes = "<attribute name='fullname'/>".repeat(12_000);
    let text = format!("<fetch><entity name='contact'>{attributes}</entity></fetch>");
    let checked = check_fetchxml(store(), &text, &options).unwrap();
    let last = checked.diagnostics.last().unwrap();
    assert_eq!(last.code, code::MORE_FINDINGS, "{last:?}");
    let text = format!("<fetch><entity name='contact'>{}</entity></fetch>", "& ".repeat(1000));
    let checked = check_fetchxml(store(), &text, &options).unwrap();
    let stopped = checked.diagnostics.iter().any(|d| d.message.contains("what follows may hold more"));
    assert!(stopped && checked.rewritten.is_none(), "{:?}", checked.diagnostics.last());
    assert_eq!(found(Language::Fetch, &text), checked);
}

#[test]
fn a_caller_can_raise_the_bound_of_findings() {
    let text = format!("fullname eq 'a'{}", ")".repeat(300));
    let mut options = CheckOptions::default();
    options.limits.findings = 1000;
    assert_eq!(check_filter(store(), "contact", &text, &options).unwrap().diagnostics.len(), 300);
    options.limits.findings = 10;
    assert_eq!(check_filter(store(), "contact", &text, &options).unwrap().diagnostics.len(), 11);
}
