//! Texts that are made to hurt: they are refused at once, and nothing overflows a stack of 2 MiB.

use dvkit_diagnostic::{Code, code};
use odata_parser::ast::{Expr, Literal};
use odata_parser::visit::Visit;
use odata_parser::{
    ParseLimits, ParseOptions, RequestText, parse_filter_recovering, parse_request_recovering,
};

struct Count(usize);

impl<'s> Visit<'s> for Count {
    fn visit_literal(&mut self, _: &Literal<'s>) {
        self.0 += 1;
    }
}

/// Everything that walks a tree, on a small stack.
fn survives(text: String, options: ParseOptions) -> Option<Code> {
    let walk = move || {
        let parsed = parse_filter_recovering(&text, &options);
        let _ = parsed.expr.to_string();
        Count(0).visit_expr(&parsed.expr);
        let copy: Expr<'_> = parsed.expr.clone();
        assert_eq!(copy, parsed.expr);
        drop(copy);
        parsed.diagnostics.iter().rfind(|d| d.is_error()).map(|d| d.code)
    };
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    thread.spawn(walk).expect("a thread can be made").join().expect("no panic")
}

#[test]
fn a_million_parentheses_are_refused() {
    let endless = ParseOptions {
        limits: ParseLimits { length: usize::MAX, ..ParseLimits::default() },
        ..ParseOptions::default()
    };
    assert_eq!(survives("(".repeat(1_000_000), ParseOptions::default()), Some(code::TOO_LONG));
    for piece in
        ["(", "not ", "-", "- ", "a(", "x/any(d:", "[", "{\"a\":", "case(", "1 in (", "!", "a/$filter("]
    {
        assert_eq!(survives(piece.repeat(1_000_000 / piece.len()), endless), Some(code::TOO_DEEP), "{piece}");
    }
}

#[test]
fn what_is_allowed_fits_the_stack() {
    let deep = |open: &str, n: usize| format!("{}1{}", open.repeat(n), ")".repeat(n));
    let every_level = "1 or 1 and 1 eq 1 gt 1 add 1 mul ";
    for text in [
        deep("(", 99),
        deep(&format!("{every_level}("), 33),
        deep(&format!("{every_level}a/any(x:"), 33),
        deep("a eq 1 and (", 99),
        deep("a eq 1 or a eq 2 and (", 70),
        deep("x/any(d:d/a eq 1 and ", 99),
        format!("1{}", " or 1".repeat(1000)),
        format!("{}1{}", "(1 or ".repeat(99), " or 1)".repeat(99)),
    ] {
        assert_eq!(survives(text.clone(), ParseOptions::default()), None, "{text}");
    }
    assert_eq!(survives(format!("1{}", " or 1".repeat(1200)), ParseOptions::default()), Some(code::TOO_DEEP));
    assert_eq!(survives(deep(&format!("{every_level}("), 34), ParseOptions::default()), Some(code::TOO_DEEP));
    assert_eq!(survives(deep("(", 101), ParseOptions::default()), Some(code::TOO_DEEP));
}

#[test]
fn repetition_does_not_take_long() {
    let placeholders = ParseOptions { placeholders: true, ..ParseOptions::default() };
    for piece in [
        "{",
        "'{",
        "${",
        "a-",
        "'a'b ",
        "a between 1 and 2 ",
        "a like 'x' ",
        "& ",
        "\"",
        "‘",
        "a eq 'x ",
        ") ",
        "a/any(x:a ",
        "%20",
        "1:",
        "'",
        "@{'",
        "f(",
        ",",
        "and ",
        "a.b ",
        "guid'{0}' ",
        "not ",
    ] {
        let text = piece.repeat(32 * 1024 / piece.len());
        survives(text.clone(), ParseOptions::default());
        survives(text, placeholders);
    }
    survives(format!("'{}}}'", "{".repeat(32 * 1024 - 3)), placeholders);
}

/// The same for requests.
fn request_survives(text: String, options: ParseOptions) -> Option<Code> {
    let walk = move || {
        let source = RequestText::new(&text);
        let parsed = parse_request_recovering(&source, &options);
        let _ = parsed.request.to_string();
        Count(0).visit_request(&parsed.request);
        let copy = parsed.request.clone();
        assert_eq!(copy, parsed.request);
        drop(copy);
        parsed.diagnostics.iter().rfind(|d| d.is_error()).map(|d| d.code)
    };
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    thread.spawn(walk).expect("a thread can be made").join().expect("no panic")
}

/// What requests nest: what opens, what stands in the middle, what closes.
const NESTS: &[(&str, &str, &str)] = &[
    ("?$expand=", "a($expand=", "b)"),
    ("?$select=", "a($select=", "b)"),
    ("?$search=", "(", "b)"),
    ("?$apply=", "groupby((a),", "identity)"),
    ("?$apply=", "concat(top(1),", "identity)"),
    ("?$apply=", "nest(identity as a,", "identity as b)"),
    ("?$apply=", "addnested(a,", "identity as b)"),
    ("?$apply=", "join(a as b,", "identity)"),
    ("?$apply=", "ancestors($root/N,Q,ID,", "identity)"),
    ("?$apply=groupby((rolluprecursive($root/N,Q,ID,", "descendants($root/N,Q,ID,", "Ns.F())"),
    ("?$apply=", "filter(a/$count($filter=b eq 1) gt $these/aggregate(", "c with sum))"),
    ("?$filter=", "a/$count($filter=", "b)"),
    ("?$filter=", "$these/aggregate(", "b with sum)"),
    ("?$orderby=", "a/$count($search=x;$filter=", "b)"),
];

#[test]
fn requests_nested_without_end_are_refused() {
    let endless = ParseOptions {
        limits: ParseLimits { length: usize::MAX, request_length: usize::MAX, ..ParseLimits::default() },
        ..ParseOptions::default()
    };
    assert_eq!(request_survives("a(".repeat(50_000), ParseOptions::default()), Some(code::TOO_LONG));
    for (option, piece, _) in NESTS.iter().filter(|(_, piece, _)| !piece.starts_with("filter")) {
        let text = format!("{option}{}", piece.repeat(300_000 / piece.len()));
        assert_eq!(request_survives(text, endless), Some(code::TOO_DEEP), "{piece}");
    }
}

#[test]
fn requests_that_are_allowed_fit_the_stack() {
    for (option, piece, end) in NESTS {
        let (middle, close) = match end.split_once(')') {
            Some((middle, rest)) => (middle, format!("){rest}")),
            None => (*end, String::new()),
        };
        // As deep as it is taken.
        let deepest = (1..100).rev().find(|n| {
            let text = format!("{option}{}{middle}{}", piece.repeat(*n), close.repeat(*n));
            request_survives(text, ParseOptions::default()) != Some(code::TOO_DEEP)
        });
        assert!(deepest.is_some_and(|n| n > 20), "{piece}: {deepest:?}");
    }
    for piece in ["identity/", "a b ", "a OR ", "NOT a ", "top(1)/"] {
        let text = format!("?$apply={0}&$search={0}&$top=1", piece.repeat(400));
        request_survives(text, ParseOptions::default());
    }
}

#[test]
fn repetition_in_requests_does_not_take_long() {
    let placeholders = ParseOptions { placeholders: true, ..ParseOptions::default() };
    for piece in [
        "?",
        "&",
        "=",
        "&$a=",
        "'&",
        "a(",
        "/",
        "//",
        ",",
        ";",
        "$expand=a(",
        "($select=a&$",
        "%26",
        "%",
        "#",
        "{",
        "${",
        "aggregate(",
        "count(",
        "sum(",
        "filter(a)",
        "filter(a),",
        "groupby(a,",
        "as ",
        "with ",
        "a from b ",
        "(a,",
        "\"",
        "a;",
        "NOT ",
        "AND ",
        "'a' ",
        "a' ",
        "@",
        "$count(",
        "*/",
        "a=b&",
    ] {
        for option in [
            "",
            "a?$select=",
            "a?$expand=b(",
            "a?$apply=",
            "a?$apply=aggregate(",
            "a?$search=",
            "a?$orderby=",
        ] {
            let text = format!("{option}{}", piece.repeat(16 * 1024 / piece.len()));
            request_survives(
                text,
                if piece.contains(['{', '$']) { placeholders } else { ParseOptions::default() },
            );
        }
    }
}
