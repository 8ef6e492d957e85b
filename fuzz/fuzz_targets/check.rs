//! Checks any text as a filter on the sample organisation: no panic, spans and edits fit the text, and a
//! rewritten filter checks clean.
#![no_main]

use std::sync::OnceLock;

use dvkit_query::{CheckOptions, check_filter};
use dvkit_schema::Store;
use libfuzzer_sys::fuzz_target;

fn store() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        let snapshot = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
        Store::open(snapshot).expect("the sample's snapshot")
    })
}

fuzz_target!(|text: &str| {
    for table in ["contact", "new_project"] {
        for placeholders in [false, true] {
            let options = CheckOptions { placeholders, ..CheckOptions::default() };
            let checked = check_filter(store(), table, text, &options).expect("the snapshot is readable");
            for d in &checked.diagnostics {
                assert!(text.get(d.span.range()).is_some(), "{d:?}");
                for s in &d.suggestions {
                    assert!(dvkit_diagnostic::apply(text, &s.edits).is_ok(), "{s:?}");
                }
                let _ = d.display(text).to_string();
            }
            if let Some(rewritten) = &checked.rewritten {
                let again = check_filter(store(), table, rewritten, &options).expect("the snapshot is readable");
                assert!(again.is_ok(), "{text:?} {rewritten:?} {:?}", again.diagnostics);
                assert_eq!(again.rewritten.as_ref(), Some(rewritten), "{text:?}");
            }
        }
    }
});
