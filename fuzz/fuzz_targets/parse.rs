//! Parses any text: no panic, the strict and the recovering parser agree, spans and edits fit the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use odata_parser::{ParseOptions, parse_filter_recovering, parse_filter_with, url};

fuzz_target!(|text: &str| {
    for holes in [false, true] {
        let options = ParseOptions { placeholders: holes, ..ParseOptions::default() };
        let parsed = parse_filter_recovering(text, &options);
        let strict = parse_filter_with(text, &options);
        assert_eq!(strict.is_ok(), parsed.is_ok());
        if let Err(e) = &strict {
            assert_eq!(Some(e), parsed.diagnostics.iter().find(|d| d.is_error()));
        }
        for d in &parsed.diagnostics {
            assert!(text.get(d.span.range()).is_some());
            for s in &d.suggestions {
                assert!(dvkit_diagnostic::apply(text, &s.edits).is_ok());
            }
        }
        let _ = parsed.expr.to_string();
    }
    let decoded = url::decode(text);
    let whole = odata_parser::Span::new(0, decoded.text.len());
    assert_eq!(decoded.to_encoded(whole), odata_parser::Span::new(0, text.len()));
    assert_eq!(url::decode(&url::encode(text)).text, text);
});
