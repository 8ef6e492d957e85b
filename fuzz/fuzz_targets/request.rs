//! Checks any text as a whole request on the sample organisation: no panic, spans and edits fit the text, a
//! rewritten request checks clean, and the printed, pretty and minified forms have the same meaning.
#![no_main]

use std::sync::OnceLock;

use dvkit_query::{CheckOptions, check_request};
use dvkit_query::odata;
use dvkit_schema::Store;
use libfuzzer_sys::fuzz_target;
use odata_parser::{RequestText, format, parse_request};

fn store() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        let snapshot = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
        Store::open(snapshot).expect("the sample's snapshot")
    })
}

fuzz_target!(|text: &str| {
    for placeholders in [false, true] {
        let options = CheckOptions { placeholders, ..CheckOptions::default() };
        let check = |text: &str| {
            check_request(store(), Some("contact"), text, &options).expect("the snapshot is readable")
        };
        let checked = check(text);
        for d in &checked.diagnostics {
            assert!(text.get(d.span.range()).is_some(), "{d:?}");
            for s in &d.suggestions {
                assert!(dvkit_diagnostic::apply(text, &s.edits).is_ok(), "{s:?}");
            }
            let _ = d.display(text).to_string();
        }
        if let Some(rewritten) = &checked.rewritten {
            let again = check(rewritten);
            assert!(again.is_ok(), "{text:?} {rewritten:?} {:?}", again.diagnostics);
            assert_eq!(again.rewritten.as_ref(), Some(rewritten), "{text:?}");
        }
        if let Some(query) = checked.query.as_ref().filter(|q| checked.is_ok() && !q.source.entity_set.is_empty()) {
            let again = check(&odata::request(query));
            assert_eq!(again.query.as_ref(), Some(query), "{text:?} {}", odata::request(query));
        }
        let parse = odata_parser::ParseOptions { placeholders, ..Default::default() };
        let source = RequestText::new(text);
        if let Ok(request) = parse_request(&source, &parse) {
            for form in [format::pretty(&request), format::minify(&request)] {
                let source = RequestText::new(&form);
                assert!(parse_request(&source, &parse).is_ok(), "{text:?} {form:?}");
            }
        }
    }
});
