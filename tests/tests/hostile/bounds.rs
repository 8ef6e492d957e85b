//! What is told is bounded, and says so.

use dvkit_diagnostic::{DEFAULT_MAX_FINDINGS, LineIndex, code};
use dvkit_query::{CheckOptions, check_fetchxml, check_filter, check_request};
use dvkit_tests::sample::store;
use dvkit_tests::shapes::{Language, SHAPES};

use super::found;

#[test]
fn no_text_has_more_than_a_bounded_number_of_findings_each_bounded() {
    for shape in SHAPES.iter().filter(|s| s.language.is_query()) {
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
fn what_is_left_out_is_counted_and_mended_all_the_same() {
    let options = CheckOptions::default();
    let text = format!("fullname eq 'a'{}", ")".repeat(28_000));
    let checked = check_filter(store(), "contact", &text, &options).unwrap();
    let last = checked.diagnostics.last().unwrap();
    assert_eq!(
        (last.code, last.message.as_str()),
        (code::MORE_FINDINGS, "27900 more findings are left out: 27900 errors")
    );
    // So many lost brackets are no slip of anybody.
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
fn a_caller_may_ask_for_more() {
    let text = format!("fullname eq 'a'{}", ")".repeat(300));
    let mut options = CheckOptions::default();
    options.limits.findings = 1000;
    assert_eq!(check_filter(store(), "contact", &text, &options).unwrap().diagnostics.len(), 300);
    options.limits.findings = 10;
    assert_eq!(check_filter(store(), "contact", &text, &options).unwrap().diagnostics.len(), 11);
}
