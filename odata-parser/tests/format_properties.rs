//! Laws of formatting: it is read back to the same tree, a second time changes nothing, and small is never larger.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use odata_parser::ast::*;
use odata_parser::{ParseOptions, RequestText, format, parse_filter_with, parse_request, url};
use proptest::prelude::*;

/// A tree's debug text without spans.
fn shape(tree: &impl std::fmt::Debug) -> String {
    let text = format!("{tree:?}");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("Span { ") {
        out.push_str(&rest[..at]);
        rest = &rest[at + rest[at..].find('}').unwrap_or(0) + 1..];
    }
    out + rest
}

/// What an expression means, every operand in brackets: without parentheses, with numbers for variables, and chains of
/// one `and` or `or` as a list.
fn meaning(e: &Expr<'_>, scope: &mut Vec<String>) -> String {
    let several = |items: Vec<&Expr<'_>>, scope: &mut Vec<String>| {
        items.into_iter().map(|e| meaning(e, scope)).collect::<Vec<_>>().join(",")
    };
    match &e.kind {
        ExprKind::Paren(inner) => meaning(inner, scope),
        ExprKind::Binary(b) if matches!(b.op, BinaryOp::And | BinaryOp::Or) => {
            let mut operands = Vec::new();
            chain(e, b.op, &mut operands);
            format!("{}[{}]", b.op, several(operands, scope))
        }
        ExprKind::Binary(b) => {
            format!("{}[{}|{}]", b.op, meaning(&b.left, scope), meaning(&b.right, scope))
        }
        ExprKind::Unary(u) => format!("{:?}[{}]", u.op, meaning(&u.operand, scope)),
        ExprKind::List(items) | ExprKind::Array(items) => {
            format!("[{}]", several(items.iter().collect(), scope))
        }
        ExprKind::Call(call) => {
            format!("{}[{}]", call.name, several(call.args.iter().map(|a| &a.value).collect(), scope))
        }
        ExprKind::Path(path) => path_meaning(path, scope),
        _ => e.to_string(),
    }
}

fn chain<'e, 's>(e: &'e Expr<'s>, op: BinaryOp, operands: &mut Vec<&'e Expr<'s>>) {
    match &e.kind {
        ExprKind::Paren(inner) => chain(inner, op, operands),
        ExprKind::Binary(b) if b.op == op => {
            chain(&b.left, op, operands);
            chain(&b.right, op, operands);
        }
        _ => operands.push(e),
    }
}

fn path_meaning(path: &Path<'_>, scope: &mut Vec<String>) -> String {
    let mut out = String::new();
    for (n, segment) in path.segments.iter().enumerate() {
        out += "/";
        out += &match &segment.kind {
            SegmentKind::Name(name) if n == 0 => match scope.iter().rposition(|v| v == name) {
                Some(depth) => format!("#{depth}"),
                None => (*name).to_owned(),
            },
            SegmentKind::Any(Some(lambda)) | SegmentKind::All(lambda) => {
                scope.push(lambda.variable.to_owned());
                let body = meaning(&lambda.body, scope);
                scope.pop();
                format!("lambda[{body}]")
            }
            SegmentKind::Call(Call { args, name, .. }) => {
                let args: Vec<_> = args.iter().map(|a| meaning(&a.value, scope)).collect();
                format!("{name}[{}]", args.join(","))
            }
            _ => segment.to_string(),
        };
    }
    out
}

/// What a request means.
fn request_meaning(request: &Request<'_>) -> String {
    fn all(options: &[QueryOption<'_>]) -> String {
        let kept = options.iter().filter(|o| o.kind.to_string() != "false").map(|o| {
            let value = match &o.kind {
                OptionKind::Filter(e) | OptionKind::Alias(e) => meaning(e, &mut Vec::new()),
                OptionKind::OrderBy(items) => {
                    let desc = |i: &OrderItem<'_>| i.direction.is_some_and(|(desc, _)| desc);
                    items
                        .iter()
                        .map(|i| format!("{} {},", meaning(&i.expr, &mut Vec::new()), desc(i)))
                        .collect()
                }
                OptionKind::Expand(items) => items
                    .iter()
                    .map(|i| {
                        let nested = i.nested.as_ref().map_or(String::new(), |n| all(&n.options));
                        format!("{}({nested}),", path_meaning(&i.path, &mut Vec::new()))
                    })
                    .collect(),
                OptionKind::Apply(apply) => apply
                    .iter()
                    .map(|t| match &t.kind {
                        TransformationKind::Filter(e) => meaning(e, &mut Vec::new()),
                        _ => t.to_string(),
                    })
                    .collect(),
                other => other.to_string(),
            };
            format!("{}={value}&", o.name)
        });
        kept.collect()
    }
    format!("{:?}{:?}?{}", request.service.map(|s| s.0), request.path.to_string(), all(&request.options))
}

/// What makes trouble within a text: everything that a URL, a placeholder or the grammar has a use for.
fn texts() -> impl Strategy<Value = String> {
    let pieces = vec![
        "''", "&", "+", "%41", "%", "%C3%A9", "%2B", "#", "é", "🙂", "\n", ";", ",", "(", ")", " ", "a", "=",
        "?", "/", "{", "}", "${", "@{", "\"", "[", "&$top=1", " and ", "$filter=", "\\", "%27",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..6).prop_map(|v| format!("'{}'", v.concat()))
}

fn leaves(placeholders: bool) -> BoxedStrategy<String> {
    let plain = prop_oneof![
        4 => prop::sample::select(vec!["name", "statecode", "a", "b", "not", "order", "order/a", "order/name/x", "a/b"])
            .prop_map(str::to_owned),
        4 => texts(),
        2 => prop::sample::select(vec![
            "1", "-1", "1.50", "null", "2025-01-31T10:00:00%2B01:00", "@p", "$it/a", "a/$count", "[\"it's\",1]",
            "duration'P1D'", "a/$count($filter=b eq 1)", "Ns.F(p='x')",
        ])
        .prop_map(|s| s.replace("%2B", "+")),
    ];
    if placeholders {
        let all = vec!["{id}", "'%{x}%'", "@{f('a')}", "'@{g(1+2)} & +'", "{x+%41&y}", "new_{z}/c"];
        prop_oneof![4 => plain, 1 => prop::sample::select(all).prop_map(str::to_owned)].boxed()
    } else {
        plain.boxed()
    }
}

/// Texts of expressions, most of them right.
fn filters(placeholders: bool) -> BoxedStrategy<String> {
    leaves(placeholders)
        .prop_recursive(5, 30, 3, |inner| {
            let two = (inner.clone(), inner.clone());
            let ops = prop::sample::select(vec![
                "and", "and", "or", "or", "eq", "ne", "gt", "add", "mul", "sub", "has",
            ]);
            prop_oneof![
                5 => (two, ops).prop_map(|((a, b), op)| format!("{a} {op} {b}")),
                3 => inner.clone().prop_map(|a| format!("({a})")),
                1 => inner.clone().prop_map(|a| format!("not ({a})")),
                1 => inner.clone().prop_map(|a| format!("not {a}")),
                1 => inner.clone().prop_map(|a| format!("-({a})")),
                1 => inner.clone().prop_map(|a| format!("- {a}")),
                1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("contains( {a},{b} )")),
                1 => inner.clone().prop_map(|a| format!("f({a})")),
                1 => inner.clone().prop_map(|a| format!("({a}) in ('x',2)")),
                1 => inner.clone().prop_map(|a| format!("a in [{a}]")),
                1 => inner.clone().prop_map(|a| format!("case({a}:1,true:0)")),
                2 => (prop::sample::select(vec!["order", "x", "a", "item"]), inner.clone())
                    .prop_map(|(v, a)| format!("items/any({v}: {a})")),
                1 => inner.prop_map(|a| format!("order/items/all(item:item/x eq 1 and ({a}))")),
            ]
        })
        .boxed()
}

/// Name and value of options, decoded.
fn options(placeholders: bool) -> BoxedStrategy<Vec<(&'static str, String)>> {
    let filter = filters(placeholders);
    let order = (filter.clone(), prop::sample::select(vec!["", " asc", " desc"])).prop_map(|(e, d)| e + d);
    let raw = texts().prop_map(|t| format!(" {}", &t[1..]));
    let select = prop::collection::vec(prop::sample::select(vec!["name", "revenue", "Ns.*", "*"]), 1..30)
        .prop_map(|v| v.join(" , "));
    let nested = (filter.clone(), order.clone(), any::<bool>()).prop_map(|(f, o, c)| {
        format!("nav( $filter = {f} ; $orderby={o};$count={c}),x/$ref,y($count=false)")
    });
    let option = prop_oneof![
        4 => filter.clone().prop_map(|v| ("$filter", v)),
        2 => order.prop_map(|v| ("$orderby", v)),
        1 => select.prop_map(|v| ("$select", v)),
        2 => nested.prop_map(|v| ("$expand", v)),
        1 => filter.clone().prop_map(|v| ("@p", v)),
        1 => any::<bool>().prop_map(|v| ("$count", v.to_string())),
        1 => filter.prop_map(|v| ("$apply", format!("filter({v}) / groupby((a,b),aggregate(c with sum as d))"))),
        2 => raw.prop_map(|v| ("tag", v)),
        1 => Just(("$format", "application/json;odata.metadata=full".to_owned())),
    ];
    prop::collection::vec(option, 0..4).boxed()
}

/// Every character that is not a letter escaped: what nobody can misread.
fn armoured(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// Whole requests, each option encoded in one of the ways that are found.
fn requests(placeholders: bool) -> impl Strategy<Value = String> {
    let path = prop_oneof![
        3 => prop::sample::select(vec!["accounts", "/accounts/", "https://o.x/api/data/v9.2/a(1)/b/$count", ""])
            .prop_map(str::to_owned),
        1 => texts().prop_map(|t| format!("accounts(name={})/x", armoured(&t))),
    ];
    (path, options(placeholders), prop::collection::vec(0..3_u8, 4)).prop_map(|(path, options, ways)| {
        let mut text = path;
        for (n, (name, value)) in options.iter().enumerate() {
            let value = match ways[n] {
                0 => armoured(value),
                1 => url::encode(value).into_owned(),
                _ => url::escape_delimiters(value).into_owned(),
            };
            text += &format!("{}{name}={value}", if n == 0 { "?" } else { "&" });
        }
        text
    })
}

fn lawful_request(text: &str, options: &ParseOptions) -> Result<(), TestCaseError> {
    let source = RequestText::new(text);
    let Ok(request) = parse_request(&source, options) else { return Ok(()) };
    let (pretty, small) = (format::pretty(&request), format::minify(&request));

    let source = RequestText::new(&pretty);
    match parse_request(&source, options) {
        Ok(again) => {
            prop_assert_eq!(shape(&again), shape(&request), "{}", pretty);
            prop_assert_eq!(again.to_string(), request.to_string());
            prop_assert_eq!(format::pretty(&again), pretty.clone());
            prop_assert_eq!(format::minify(&again), small.clone());
        }
        Err(e) => prop_assert!(false, "{}\n{}", pretty, e.display(&pretty)),
    }

    let source = RequestText::new(&small);
    match parse_request(&source, options) {
        Ok(again) => {
            prop_assert_eq!(request_meaning(&again), request_meaning(&request), "{}", small);
            prop_assert_eq!(format::minify(&again), small.clone());
        }
        Err(e) => prop_assert!(false, "{}\n{}", small, e.display(&small)),
    }
    if !options.placeholders {
        prop_assert!(
            small.is_ascii() && !small.contains([' ', '\n', '"', '{', '}', '[', ']', '\\']),
            "{}",
            small
        );
    }
    Ok(())
}

fn lawful_filter(text: &str, options: &ParseOptions) -> Result<(), TestCaseError> {
    let Ok(filter) = parse_filter_with(text, options) else { return Ok(()) };
    let (pretty, small) = (format::pretty_filter(&filter), format::minify_filter(&filter));
    match parse_filter_with(&pretty, options) {
        Ok(again) => {
            prop_assert_eq!(shape(&again), shape(&filter), "{}", pretty);
            prop_assert_eq!(format::pretty_filter(&again), pretty);
        }
        Err(e) => prop_assert!(false, "{}\n{}", pretty, e.display(&pretty)),
    }
    match parse_filter_with(&small, options) {
        Ok(again) => {
            prop_assert_eq!(meaning(&again, &mut Vec::new()), meaning(&filter, &mut Vec::new()), "{}", small);
            prop_assert_eq!(format::minify_filter(&again), small.clone());
        }
        Err(e) => prop_assert!(false, "{}\n{}", small, e.display(&small)),
    }
    // Encoded, too: it is what counts.
    let encoded = |text: &str| url::encode(text).len();
    prop_assert!(encoded(&small) <= encoded(&filter.to_string()), "{} {}", small, filter);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn filters_are_formatted_by_law(text in filters(false)) {
        lawful_filter(&text, &ParseOptions::default())?;
    }

    #[test]
    fn requests_are_formatted_by_law(text in requests(false)) {
        lawful_request(&text, &ParseOptions::default())?;
    }

    #[test]
    fn templates_are_formatted_by_law(filter in filters(true), request in requests(true)) {
        let options = ParseOptions { placeholders: true, ..ParseOptions::default() };
        lawful_filter(&filter, &options)?;
        lawful_request(&request, &options)?;
    }

    #[test]
    fn small_requests_are_no_longer(options in options(false)) {
        let text: String = options.iter().map(|(n, v)| format!("&{n}={}", armoured(v))).collect();
        let source = RequestText::new(&text);
        if let Ok(request) = parse_request(&source, &ParseOptions::default()) {
            let encoded = |o: &QueryOption<'_>| 1 + url::encode(&o.to_string()).len();
            let plain: usize = request.options.iter().map(encoded).sum();
            let small = format::minify(&request);
            // Unless a quote or a brace that stands alone wants everything escaped.
            prop_assert!(small.len() <= plain || small.contains("%27") || small.contains("%28"), "{} {}", small, text);
        }
    }
}
