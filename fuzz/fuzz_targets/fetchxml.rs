//! Checks any text as FetchXML on the sample organisation: no panic, spans and edits fit the text, every
//! printed form parses to the same tree, a rewritten query checks clean, and a translation, there and back,
//! is valid in the other language.
#![no_main]

use std::sync::OnceLock;

use dvkit_translate::{to_fetchxml, to_odata};
use dvkit_query::{CheckOptions, check_fetchxml, check_request};
use dvkit_schema::Store;
use fetchxml::{FetchText, Quotes, PrintStyle, parse_recovering, parse_text, print};
use libfuzzer_sys::fuzz_target;

fn store() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        let snapshot = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
        Store::open(snapshot).expect("the sample's snapshot")
    })
}

const STYLES: [PrintStyle; 3] = [
    PrintStyle { indent: Some(2), quotes: Quotes::Double, explicit_close: false, comments: true },
    PrintStyle { indent: None, quotes: Quotes::Single, explicit_close: false, comments: true },
    PrintStyle { indent: Some(0), quotes: Quotes::Single, explicit_close: true, comments: false },
];

fuzz_target!(|text: &str| {
    let given = FetchText::new(text);
    let parsed = parse_text(&given, &Default::default());
    for style in &STYLES {
        let printed = print(&parsed.fetch, style);
        let again = parse_recovering(&printed, &Default::default());
        assert_eq!(print(&again.fetch, style), printed, "{text:?}");
    }
    let options = CheckOptions::default();
    let checked = check_fetchxml(store(), text, &options).expect("the snapshot is readable");
    for d in &checked.diagnostics {
        assert!(text.get(d.span.range()).is_some(), "{d:?}");
        for s in &d.suggestions {
            assert!(dvkit_diagnostic::apply(text, &s.edits).is_ok(), "{s:?}");
        }
        let _ = d.display(text).to_string();
    }
    if let Some(rewritten) = &checked.rewritten {
        let again = check_fetchxml(store(), rewritten, &options).expect("the snapshot is readable");
        assert!(again.is_ok(), "{text:?} {rewritten:?} {:?}", again.diagnostics);
        assert_eq!(again.rewritten.as_ref(), Some(rewritten), "{text:?}");
    }
    let Some(query) = checked.query.as_ref().filter(|_| checked.is_ok()) else { return };
    if let Ok(written) = to_fetchxml(query, store()) {
        let again = check_fetchxml(store(), &written.text, &options).expect("the snapshot is readable");
        assert!(again.is_ok(), "{text:?} {} {:?}", written.text, again.diagnostics);
    }
    if let Ok(odata) = to_odata(query, store()) {
        // Values of FetchXML may be placeholders of a template; in OData placeholders are an option.
        let templates = CheckOptions { placeholders: true, ..CheckOptions::default() };
        let there = check_request(store(), None, &odata.text, &templates).expect("the snapshot is readable");
        assert!(there.is_ok(), "{text:?} {} {:?}", odata.text, there.diagnostics);
        if let Some(back) = there.query.and_then(|q| to_fetchxml(&q, store()).ok()) {
            let back_again = check_fetchxml(store(), &back.text, &options).expect("the snapshot is readable");
            assert!(back_again.is_ok(), "{text:?} {} {:?}", back.text, back_again.diagnostics);
        }
    }
});
