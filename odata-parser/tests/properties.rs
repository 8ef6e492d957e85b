//! Laws: printing is undone by parsing, recovery agrees with strictness, spans survive decoding.

use dvkit_diagnostic::{Span, apply};
use odata_parser::ast::*;
use odata_parser::{ParseOptions, parse_filter, parse_filter_recovering, parse_filter_with, url};
use proptest::prelude::*;

/// Trees are compared by their debug text without spans: the printed text has other offsets than a made-up tree.
fn shape(e: &Expr<'_>) -> String {
    let text = format!("{e:?}");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("Span { ") {
        out.push_str(&rest[..at]);
        rest = &rest[at + rest[at..].find('}').unwrap_or(0) + 1..];
    }
    out + rest
}

const AT: Span = Span { start: 0, end: 0 };

fn expr(kind: ExprKind<'static>) -> Expr<'static> {
    Expr { span: AT, kind }
}

fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "name",
        "_x_value",
        "statecode",
        "größe",
        "order",
        "notes",
        "any1",
        "x",
        "Null1",
        "date",
    ])
}

fn literals() -> impl Strategy<Value = Expr<'static>> {
    use LiteralKind::*;
    let all = vec![
        (Null, "null"),
        (Boolean, "true"),
        (Integer, "42"),
        (Integer, "-1"),
        (Decimal, "1.50"),
        (Double, "-1e-3"),
        (Double, "INF"),
        (String, "'O''Brien'"),
        (String, "''"),
        (String, "'a and (b'"),
        (Guid, "78914942-34cb-ed11-b596-0022481d68cd"),
        (Guid, "a8914942-34cb-ed11-b596-0022481d68cd"),
        (Date, "2025-01-31"),
        (DateTimeOffset, "2025-01-31T10:00:00+01:00"),
        (TimeOfDay, "10:00:00.5"),
        (Duration, "duration'P1DT2H'"),
        (Binary, "binary'AQI='"),
        (Enum, "Ns.Choice'A,B'"),
        (Geo, "geography'SRID=0;Point(1 2)'"),
    ];
    prop::sample::select(all).prop_map(|(kind, text)| expr(ExprKind::Literal(Literal { kind, text })))
}

fn segment(kind: SegmentKind<'static>) -> Segment<'static> {
    Segment { span: AT, kind }
}

fn path(segments: Vec<Segment<'static>>) -> Expr<'static> {
    expr(ExprKind::Path(Path { segments }))
}

fn call(name: &'static str, args: Vec<Expr<'static>>) -> Call<'static> {
    let args = args.into_iter().map(|value| Argument { name: None, value }).collect();
    Call { name, name_span: AT, args }
}

fn lambda(body: Expr<'static>) -> Box<Lambda<'static>> {
    Box::new(Lambda { variable: "x", variable_span: AT, body })
}

/// `($filter=…)` behind `$count`.
fn nested(condition: Expr<'static>) -> NestedOptions<'static> {
    let kind = OptionKind::Filter(condition);
    let option = QueryOption { span: AT, name: "$filter", name_span: AT, value_span: AT, kind };
    NestedOptions { span: AT, options: vec![option] }
}

/// `… with sum` within `aggregate`.
fn aggregation(expr: Expr<'static>) -> Aggregation<'static> {
    Aggregation { span: AT, expr, method: Some(("sum", AT)), from: Vec::new(), alias: None }
}

/// What stands alone: no parentheses are ever needed around it.
fn primary(inner: BoxedStrategy<Expr<'static>>) -> BoxedStrategy<Expr<'static>> {
    let named = |(name, value)| Argument { name: Some((name, AT)), value };
    let list = prop::collection::vec(inner.clone(), 0..3);
    let tail = prop_oneof![
        names().prop_map(|n| vec![segment(SegmentKind::Name(n))]),
        Just(vec![segment(SegmentKind::Qualified("Ns.Type")), segment(SegmentKind::Name("a"))]),
        Just(vec![segment(SegmentKind::Count(None))]),
        inner.clone().prop_map(|e| vec![segment(SegmentKind::Count(Some(nested(e))))]),
        Just(vec![segment(SegmentKind::Any(None))]),
        Just(vec![segment(SegmentKind::Annotation("Ns.Term#Q"))]),
        inner.clone().prop_map(|e| vec![segment(SegmentKind::Aggregate(vec![aggregation(e)]))]),
        inner.clone().prop_map(|e| vec![segment(SegmentKind::Any(Some(lambda(e))))]),
        inner.clone().prop_map(|e| vec![segment(SegmentKind::All(lambda(e)))]),
        inner.clone().prop_map(|e| vec![segment(SegmentKind::Filter(Box::new(e)))]),
        (names(), inner.clone()).prop_map(move |a| {
            let call = Call { name: "Ns.On", name_span: AT, args: vec![named(a)] };
            vec![segment(SegmentKind::Call(call))]
        }),
    ];
    let head = prop_oneof![
        names().prop_map(|n| vec![segment(SegmentKind::Name(n))]),
        Just(vec![segment(SegmentKind::It)]),
        Just(vec![segment(SegmentKind::Root), segment(SegmentKind::Name("Items"))]),
        literals().prop_map(|value| {
            vec![
                segment(SegmentKind::Name("Items")),
                segment(SegmentKind::Key(vec![Argument { name: None, value }])),
            ]
        }),
    ];
    prop_oneof![
        literals(),
        names().prop_map(|n| path(vec![segment(SegmentKind::Name(n))])),
        Just(expr(ExprKind::Alias("p1"))),
        (head, tail).prop_map(|(mut head, tail)| {
            head.extend(tail);
            path(head)
        }),
        (inner.clone(), inner.clone()).prop_map(|(a, b)| expr(ExprKind::Call(call("contains", vec![a, b])))),
        (inner.clone(), inner.clone()).prop_map(|(a, b)| expr(ExprKind::Call(call("case", vec![a, b])))),
        inner.clone().prop_map(|e| {
            let of = expr(ExprKind::Type("Edm.String"));
            expr(ExprKind::Call(call("cast", vec![e, of])))
        }),
        (names(), inner.clone()).prop_map(move |a| {
            expr(ExprKind::Call(Call {
                name: "Microsoft.Dynamics.CRM.In",
                name_span: AT,
                args: vec![named(a)],
            }))
        }),
        inner.clone().prop_map(|e| expr(ExprKind::Paren(Box::new(e)))),
        list.clone().prop_map(|mut items| {
            items.push(expr(ExprKind::JsonString("\"a\\\"b\"")));
            expr(ExprKind::Array(items))
        }),
        list.prop_map(|items| {
            let member = |value| Member { name: "\"k\"", name_span: AT, value };
            expr(ExprKind::Object(items.into_iter().map(member).collect()))
        }),
    ]
    .boxed()
}

fn binary(op: BinaryOp, left: Expr<'static>, right: Expr<'static>) -> Expr<'static> {
    expr(ExprKind::Binary(Box::new(Binary { op, op_span: AT, left, right })))
}

/// Well-formed trees: each operand is at least as tight as the grammar wants.
fn trees() -> BoxedStrategy<Expr<'static>> {
    let leaf =
        prop_oneof![literals(), names().prop_map(|n| path(vec![segment(SegmentKind::Name(n))]))].boxed();
    leaf.prop_recursive(4, 24, 3, |inner| {
        let tight = primary(inner);
        let lists = prop::collection::vec(literals(), 0..3).prop_map(|items| expr(ExprKind::List(items)));
        let member = (tight.clone(), lists).prop_map(|(l, r)| binary(BinaryOp::In, l, r));
        let flags = (tight.clone(), tight.clone()).prop_map(|(l, r)| binary(BinaryOp::Has, l, r));
        let mut level = prop_oneof![4 => tight, 1 => member, 1 => flags].boxed();
        let prefix = (prop::bool::ANY, level.clone()).prop_map(|(not, operand)| {
            let op = if not { UnaryOp::Not } else { UnaryOp::Neg };
            expr(ExprKind::Unary(Box::new(Unary { op, op_span: AT, operand })))
        });
        level = prop_oneof![4 => level, 1 => prefix].boxed();
        for ops in [
            vec![BinaryOp::Mul, BinaryOp::Div, BinaryOp::DivBy, BinaryOp::Mod],
            vec![BinaryOp::Add, BinaryOp::Sub],
            vec![BinaryOp::Gt, BinaryOp::Ge, BinaryOp::Lt, BinaryOp::Le],
            vec![BinaryOp::Eq, BinaryOp::Ne],
            vec![BinaryOp::And],
            vec![BinaryOp::Or],
        ] {
            let chain =
                (level.clone(), prop::collection::vec((prop::sample::select(ops), level.clone()), 1..3))
                    .prop_map(|(first, rest)| {
                        rest.into_iter().fold(first, |left, (op, right)| binary(op, left, right))
                    });
            level = prop_oneof![3 => level, 1 => chain].boxed();
        }
        level
    })
    .boxed()
}

/// A failure shows the text, not a thousand lines of tree.
struct Printed(Expr<'static>);

impl std::fmt::Debug for Printed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Pieces from which texts are made that look like filters.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        " ",
        "eq",
        "and ",
        " or ",
        "not ",
        "(",
        ")",
        "'",
        "''",
        "'x'",
        "\"",
        "1",
        "-",
        ".",
        "/",
        ",",
        "{",
        "}",
        "[",
        "]",
        "@",
        "$",
        "$it",
        "any(",
        "x:",
        ":",
        "=",
        "!",
        "<",
        "%",
        "%20",
        "+",
        "in ",
        "null",
        "is ",
        "like ",
        "between ",
        "contains(",
        "guid'",
        "${x}",
        "{0}",
        "@{a('b')}",
        "‘",
        "”",
        "é",
        "\n",
        "\t",
        "2025-01-01",
        "10:00",
        "T",
        "Z",
        "78914942-34cb-ed11-b596-0022481d68cd",
        "&",
        "|",
        "*",
        "case(",
        "cast(",
        "Edm.String",
        "#",
        "$filter=",
        "$count",
        "\\",
        ";",
        "🙂",
        "1.5M",
        "binary'",
        "geography'SRID=0;",
        "Point(1 2)'",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|v| v.concat())
}

/// A right filter with a few characters changed.
fn mutations() -> impl Strategy<Value = String> {
    let seed = prop::sample::select(vec![
        "statecode eq 0 and contains(fullname,'O''Brien') or not (revenue gt 1.5 and x in (1,2))",
        "Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=['1','2']) and createdon ge 2025-01-31T10:00:00Z",
        "contact_customer_accounts/any(c:c/firstname eq 'Ann' and c/x/$count gt 3)",
        "_ownerid_value eq 78914942-34cb-ed11-b596-0022481d68cd and [1,\"a\",{\"b\":null}] eq @p",
        "case(a gt 0:1,true:0) eq -x mul 2 and cast(a,Edm.String) has Ns.Choice'A'",
    ]);
    let edit = (
        any::<prop::sample::Index>(),
        0..3_u8,
        prop::sample::select("'\"()[]{},=<>&|! /:.-+@$%\\a1é‘\n".chars().collect::<Vec<_>>()),
    );
    (seed, prop::collection::vec(edit, 1..5)).prop_map(|(seed, edits)| {
        let mut chars: Vec<char> = seed.chars().collect();
        for (at, what, c) in edits {
            let at = at.index(chars.len().max(1));
            match what {
                0 if at < chars.len() => drop(chars.remove(at)),
                1 if at < chars.len() => chars[at] = c,
                _ => chars.insert(at.min(chars.len()), c),
            }
        }
        chars.into_iter().collect()
    })
}

/// Both entries on any text: no panic, agreement, spans and edits that fit.
fn sound(text: &str) -> Result<(), TestCaseError> {
    for placeholders in [false, true] {
        let options = ParseOptions { placeholders, ..ParseOptions::default() };
        let parsed = parse_filter_recovering(text, &options);
        let strict = parse_filter_with(text, &options);
        prop_assert_eq!(strict.is_ok(), parsed.is_ok(), "{:?} {:?}", strict.err(), parsed.diagnostics);
        for d in &parsed.diagnostics {
            prop_assert!(text.get(d.span.range()).is_some(), "{:?}", d);
            for s in &d.suggestions {
                prop_assert!(apply(text, &s.edits).is_ok(), "{:?}", s);
            }
        }
        match strict {
            // What is right prints to something right that prints the same.
            Ok(tree) => {
                prop_assert_eq!(shape(&tree), shape(&parsed.expr));
                let printed = tree.to_string();
                match parse_filter_with(&printed, &options) {
                    Ok(again) => prop_assert_eq!(shape(&again), shape(&tree), "{}", printed),
                    Err(e) => prop_assert!(false, "{} {}", printed, e),
                }
            }
            Err(e) => prop_assert_eq!(Some(&e), parsed.diagnostics.iter().find(|d| d.is_error())),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printing_is_undone_by_parsing(tree in trees().prop_map(Printed)) {
        let tree = tree.0;
        let text = tree.to_string();
        match parse_filter(&text) {
            Ok(parsed) => prop_assert_eq!(shape(&parsed), shape(&tree), "{}", text),
            Err(e) => prop_assert!(false, "{}", e.display(&text)),
        }
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,60}") {
        sound(&text)?;
    }

    #[test]
    fn anything_like_a_filter_is_survived(text in pieces()) {
        sound(&text)?;
    }

    #[test]
    fn changed_filters_are_survived(text in mutations()) {
        sound(&text)?;
    }

    #[test]
    fn decoding_undoes_encoding_and_spans_lead_back(text in "(\\PC|[%+ &é🙂'a]){0,30}") {
        let encoded = url::encode(&text);
        let decoded = url::decode(&encoded);
        prop_assert_eq!(&decoded.text, &text);
        for (start, c) in text.char_indices() {
            let back = decoded.to_encoded(Span::new(start, start + c.len_utf8()));
            let piece = encoded.get(back.range());
            prop_assert!(piece.is_some(), "{:?}", back);
            prop_assert_eq!(url::decode(piece.unwrap()).text, c.to_string());
        }
    }

    #[test]
    fn decoding_anything_is_sound(text in "[%0-9a-fA-F+ é]{0,40}") {
        let decoded = url::decode(&text);
        let whole = decoded.to_encoded(Span::new(0, decoded.text.len()));
        prop_assert_eq!(whole, Span::new(0, text.len()));
        for (start, c) in decoded.text.char_indices() {
            let back = decoded.to_encoded(Span::new(start, start + c.len_utf8()));
            prop_assert!(text.get(back.range()).is_some_and(|piece| !piece.is_empty()));
        }
    }
}
