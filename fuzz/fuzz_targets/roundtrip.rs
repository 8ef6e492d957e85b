//! Prints every filter that parses, and checks that the result parses to the same tree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use odata_parser::{ParseOptions, parse_filter_recovering, parse_filter_with};

/// Returns the debug text of a tree without its spans.
fn shape(tree: &odata_parser::ast::Expr<'_>) -> String {
    let text = format!("{tree:?}");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("Span { ") {
        out.push_str(&rest[..at]);
        rest = rest[at..].split_once('}').map_or("", |(_, rest)| rest);
    }
    out + rest
}

fuzz_target!(|text: &str| {
    for holes in [false, true] {
        let options = ParseOptions { placeholders: holes, ..ParseOptions::default() };
        let parsed = parse_filter_recovering(text, &options);
        if !parsed.is_ok() {
            continue;
        }
        let strict = parse_filter_with(text, &options).expect("both entries agree");
        assert_eq!(strict, parsed.expr);
        let printed = strict.to_string();
        match parse_filter_with(&printed, &options) {
            Ok(again) => assert_eq!(shape(&again), shape(&strict), "{text:?} {printed:?}"),
            Err(e) => panic!("{text:?} {printed:?} {e}"),
        }
    }
});
