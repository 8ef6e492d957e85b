//! Tests how deep each construct may nest, and that what stands side by side does not nest.

use dvkit_diagnostic::code;
use odata_parser::{
    ParseLimits, ParseOptions, RequestText, parse_filter_recovering, parse_request_recovering,
};

fn options(depth: usize) -> ParseOptions {
    ParseOptions { limits: ParseLimits { depth, ..ParseLimits::default() }, ..ParseOptions::default() }
}

/// Returns whether the filter or the request is nested too deeply, and the messages of its other errors.
fn found(text: &str, is_request: bool, depth: usize) -> (bool, Vec<String>) {
    let diagnostics = if is_request {
        parse_request_recovering(&RequestText::new(text), &options(depth)).diagnostics
    } else {
        parse_filter_recovering(text, &options(depth)).diagnostics
    };
    let is_deep = diagnostics.iter().any(|d| d.code == code::TOO_DEEP);
    let others = diagnostics.iter().filter(|d| d.is_error() && d.code != code::TOO_DEEP);
    (is_deep, others.map(|d| d.message.clone()).collect())
}

/// Constructs that nest: what opens one, what closes it, and how many fit into a depth of 20.
const NESTED: &[(&str, &str, usize)] = &[
    ("(", ")", 20),
    ("not ", "", 20),
    ("not(", ")", 10),
    ("-", "", 20),
    ("f(", ")", 20),
    ("Ns.f(x=", ")", 20),
    ("f(x=[", "])", 10),
    ("f(x={\"a\":", "})", 10),
    ("b/any(x:", ")", 20),
    ("b/$filter(", ")/c", 20),
    ("b/$count($filter=", ")", 20),
    ("a in (", ")", 20),
    ("case(", ":1,true:1)", 20),
];

fn nested(open: &str, close: &str, levels: usize) -> String {
    format!("{}a{}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn each_construct_nests_to_the_limit() {
    let most = |open: &str, close: &str| {
        let fits = |levels: &usize| found(&nested(open, close, *levels), false, 20) == (false, Vec::new());
        (1..100).take_while(fits).last().unwrap_or(0)
    };
    let found: Vec<(&str, usize)> =
        NESTED.iter().map(|(open, close, _)| (*open, most(open, close))).collect();
    let expected: Vec<(&str, usize)> = NESTED.iter().map(|(open, _, levels)| (*open, *levels)).collect();
    assert_eq!(found, expected);
}

#[test]
fn what_stands_side_by_side_does_not_nest() {
    for (open, close, _) in NESTED {
        let one = nested(open, close, 2);
        for between in [" and ", " or "] {
            let text = vec![one.as_str(); 30].join(between);
            assert_eq!(found(&text, false, 12), (false, Vec::new()), "{text}");
        }
        let list = format!("f({})", vec![one.as_str(); 30].join(","));
        assert_eq!(found(&list, false, 12), (false, Vec::new()), "{list}");
    }
}

/// Constructs of requests that nest, and how many fit into a depth of 20.
const NESTED_IN_REQUESTS: &[(&str, &str, usize)] = &[
    ("$expand=b(", ")", 20),
    ("$search=(", ")", 20),
    ("$apply=filter(", ")", 20),
    ("$apply=concat(", ",identity)", 20),
];

#[test]
fn each_construct_of_a_request_nests_to_the_limit() {
    let text = |open: &str, close: &str, levels: usize| {
        let (option, open_again) = open.split_once('=').expect("an option has a value");
        let again = if option == "$expand" { open } else { open_again };
        let inner = match option {
            "$expand" => "$select=c",
            "$search" => "c",
            _ if open_again == "filter(" => "c",
            _ => "identity",
        };
        let again = if open_again == "filter(" { "(" } else { again };
        format!("a?{open}{}{inner}{}{close}", again.repeat(levels - 1), close.repeat(levels - 1))
    };
    let most = |open: &str, close: &str| {
        let fits = |levels: &usize| found(&text(open, close, *levels), true, 20) == (false, Vec::new());
        (1..100).take_while(fits).last().unwrap_or(0)
    };
    let found: Vec<(&str, usize)> =
        NESTED_IN_REQUESTS.iter().map(|(open, close, _)| (*open, most(open, close))).collect();
    let expected: Vec<(&str, usize)> =
        NESTED_IN_REQUESTS.iter().map(|(open, _, levels)| (*open, *levels)).collect();
    assert_eq!(found, expected);
}

#[test]
fn what_stands_side_by_side_in_a_request_does_not_nest() {
    for text in [
        format!("a?$expand={}", vec!["b($expand=c($select=d))"; 30].join(",")),
        format!("a?$search={}", vec!["((b))"; 30].join(" OR ")),
        format!("a?$search={}", vec!["NOT b"; 30].join(" AND ")),
        format!("a?$apply={}", vec!["filter((b))"; 30].join("/")),
        format!("a?$apply=concat({})", vec!["filter((b))"; 30].join(",")),
        format!("a?$orderby={}", vec!["f((b)) desc"; 30].join(",")),
        format!("a?$compute={}", vec!["f((b)) as c"; 30].join(",")),
    ] {
        assert_eq!(found(&text, true, 12), (false, Vec::new()), "{text}");
    }
}
