//! Tests the formatted and the minified form of requests and filters.

use super::*;
use crate::{ParseOptions, parse_filter, parse_request};

fn with<T>(text: &str, f: impl Fn(&Request<'_>) -> T) -> T {
    let text = RequestText::new(text);
    let options =
        ParseOptions { placeholders: text.original_text().contains(['{']), ..ParseOptions::default() };
    f(&parse_request(&text, &options).unwrap_or_else(|d| panic!("{}", d.display(text.original_text()))))
}

/// Checks that `text` is formatted for people as `expected`, and that formatting the result again changes
/// nothing.
#[track_caller]
fn prettied(text: &str, expected: &str) {
    assert_eq!(with(text, pretty), expected, "{text}");
    assert_eq!(with(expected, pretty), expected);
    assert_eq!(with(expected, |r| r.to_string()), with(text, |r| r.to_string()));
}

/// Checks that `text` is minified to `expected`, and that minifying the result again changes nothing.
#[track_caller]
fn minified(text: &str, expected: &str) {
    assert_eq!(with(text, minify), expected, "{text}");
    assert_eq!(with(expected, minify), expected);
    // The pretty form and the minified form have the same meaning.
    assert_eq!(with(&with(text, pretty), minify), expected);
}

#[track_caller]
fn small(text: &str, expected: &str) {
    assert_eq!(minify_filter(&parse_filter(text).unwrap()), expected, "{text}");
    assert_eq!(minify_filter(&parse_filter(expected).unwrap()), expected);
}

#[test]
fn pretty_puts_each_clause_on_a_line() {
    prettied("accounts", "accounts");
    prettied("/accounts?$top=3", "/accounts\n  ?$top=3");
    prettied("&$select=a , b&$top=3", "?$select=a,b\n&$top=3");
    prettied(
        "accounts?$expand=primarycontactid( $select = fullname ; $top = 1 ),x/$ref&$orderby=name desc, b asc",
        "accounts\n  ?$expand=primarycontactid($select=fullname;$top=1),x/$ref\n  &$orderby=name desc,b asc",
    );
}

#[test]
fn pretty_breaks_long_clauses() {
    prettied(
        "accounts?$select=accountid,name,revenue,telephone1,emailaddress1,address1_city,address1_country,statecode,statuscode\
         &$filter=statecode eq 0 and (contains(name,'Contoso') or contains(name,'Fabrikam') or contains(name,'Adventure Works')) and revenue gt 1000000\
         &$expand=primarycontactid($select=fullname,emailaddress1;$expand=createdby($select=fullname,internalemailaddress)),Account_Tasks($top=5;$orderby=createdon desc)",
        "accounts\n\
        \x20 ?$select=accountid,\n\
        \x20          name,\n\
        \x20          revenue,\n\
        \x20          telephone1,\n\
        \x20          emailaddress1,\n\
        \x20          address1_city,\n\
        \x20          address1_country,\n\
        \x20          statecode,\n\
        \x20          statuscode\n\
        \x20 &$filter=statecode eq 0\n\
        \x20          and (contains(name,'Contoso')\n\
        \x20               or contains(name,'Fabrikam')\n\
        \x20               or contains(name,'Adventure Works'))\n\
        \x20          and revenue gt 1000000\n\
        \x20 &$expand=primarycontactid(\n\
        \x20            $select=fullname,emailaddress1;\n\
        \x20            $expand=createdby($select=fullname,internalemailaddress)),\n\
        \x20          Account_Tasks($top=5;$orderby=createdon desc)",
    );
    let filter = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa eq 1 and bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb eq 2 and cccccccccccccccccccccccc eq 3 or \
                  contacts/any(c:c/firstname eq 'Ann' and c/lastname eq 'Bergstrom' and c/emailaddress1 eq 'ann@contoso.com')";
    assert_eq!(
        pretty_filter(&parse_filter(filter).unwrap()),
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaa eq 1\n\
        \x20 and bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb eq 2\n\
        \x20 and cccccccccccccccccccccccc eq 3\n\
         or contacts/any(c:\n\
        \x20   c/firstname eq 'Ann' and c/lastname eq 'Bergstrom' and c/emailaddress1 eq 'ann@contoso.com')"
    );
}

#[test]
fn formatting_never_changes_values() {
    prettied("a?$filter=b eq 'R%26D %2B %2523'", "a\n  ?$filter=b eq 'R%26D %2B %2523'");
    prettied("a?$filter=b%20eq%20'%2541+c'", "a\n  ?$filter=b eq '%2541 c'");
    prettied("a?$filter=contains(b,'+49')", "a\n  ?$filter=contains(b,'%2B49')");
    prettied("a?$filter=b eq 'two\nlines'", "a\n  ?$filter=b eq 'two\nlines'");
    prettied("a?tag=%20x+y%20", "a\n  ?tag=%20x y%20");
    prettied("a?tag=it%27s&tag2=it%27s", "a\n  ?tag=it%27s\n  &tag2=it%27s");
    prettied(
        "a?$filter=b eq '$%7B'&$orderby=c&d='}'",
        "a\n  ?$filter=b eq %27$%7B%27\n  &$orderby=c\n  &d=%27%7D%27",
    );
    // A quote that would begin a JSON text, which contains unrelated parentheses.
    prettied(
        "a?$expand=n($filter=(c/all(i:i/x eq 1 and ('%2C%22$%7B'))) in ('x');$orderby=- '%22}')&$apply=filter(b)",
        "a\n  ?$expand=n($filter=(c/all(i:i/x eq 1 and (%27,%22$%7B%27))) in (%27x%27);$orderby=- %27%22%7D%27)\n  \
         &$apply=filter(b)",
    );
    // Where the quotes are escaped, what stands between them must not look like an option.
    prettied(
        "a?$filter=not '%3F$filter=$%7B' and b&$orderby=f('}')",
        "a\n  ?$filter=not %27%3F$filter=$%7B%27 and b\n  &$orderby=f(%27%7D%27)",
    );
    minified(
        "a?$filter=b eq '%3B$top=1$%7B'&$orderby=f('}')",
        "a?$filter=b%20eq%20';$top=1$%7B'&$orderby=f('%7D')",
    );
    prettied("a(b='c%2Fd%3Fe%23%2541')/f", "a(b='c%2Fd%3Fe%23%2541')/f");
    prettied("a?$top={n}&$filter=b eq '@{x('+&')}+'", "a\n  ?$top={n}\n  &$filter=b eq '@{x('+&')}%2B'");
    minified("a?$filter=b eq 'R%26D %2B %2523é\n'", "a?$filter=b%20eq%20'R%26D%20%2B%20%2523%C3%A9%0A'");
    minified("a(b='c%2Fd e')?tag=it%27s&tag2=it%27s&x&y=", "a(b='c%2Fd%20e')?tag=it%27s&tag2=it%27s&x&y=");
    minified(
        "a?$filter=b in [\"c\"]",
        "a?$filter=b%20in%20[%22c%22]".replace('[', "%5B").replace(']', "%5D").as_str(),
    );
    minified("a?$top={n}&$filter=b eq '{x}%25'", "a?$top={n}&$filter=b%20eq%20'{x}%25'");
}

#[test]
fn minify_removes_redundant_parts() {
    minified("accounts/?$count=false&$orderby=(name) asc,b desc", "accounts?$orderby=name,b%20desc");
    minified("accounts?$count=false", "accounts");
    minified("a?$expand=b($count=false),c($count=true)&$skip=0", "a?$expand=b,c($count=true)&$skip=0");
    minified(
        "a?$apply=filter((b eq 1))/groupby((c),aggregate(d with sum as e))",
        "a?$apply=filter(b%20eq%201)/groupby((c),aggregate(d%20with%20sum%20as%20e))",
    );
    small("((a eq 1)) and (b eq 2 and (c eq 3 and d))", "a eq 1 and b eq 2 and c eq 3 and d");
    small("(a or b) and c or (d and e)", "(a or b) and c or d and e");
    small("a sub (b sub c) eq (d sub e) sub f", "a sub (b sub c) eq d sub e sub f");
    small("not (a eq 1) and not (b)", "not (a eq 1) and not b");
    small("-(1) eq - 1 and -(a) eq 1", "-(1) eq - 1 and -a eq 1");
    small("(a in (1)) eq (not b)", "a in (1) eq not b");
    small("(and) eq 1 and (not) eq (a)", "(and) eq 1 and (not) eq a");
    small("f((1)) eq length(('a'))", "f((1)) eq length('a')");
}

#[test]
fn minify_shortens_lambda_variables() {
    small("x/any(order:order/a eq b)", "x/any(a:a/a eq b)");
    small("x/any(order:a eq order/b)", "x/any(b:a eq b/b)");
    small("x/any(order:order/a/any(item:item/b eq order/c))", "x/any(a:a/a/any(b:b/b eq a/c))");
    small("x/any(order:order/a/any(order:order/b) and order/c)", "x/any(a:a/a/any(b:b/b) and a/c)");
    small("x/any(order:order/y/any(a:order/z))", "x/any(b:b/y/any(a:b/z))");
    small("x/any(order:order/F(PropertyName='order/y'))", "x/any(order:order/F(PropertyName='order/y'))");
    small("x/any(c:c/y)", "x/any(c:c/y)");
}

#[test]
fn formatting_the_deepest_allowed_tree_fits_the_stack() {
    let chain = |op: &str| vec!["a"; 900].join(op);
    for text in [chain(" add "), chain(" or "), format!("{}a{}", "(".repeat(95), ")".repeat(95))] {
        let filter = parse_filter(&text).unwrap();
        assert!(minify_filter(&filter).len() <= text.len());
        assert!(pretty_filter(&filter).len() >= text.len());
    }
    let lambdas = format!("{}a{}", "x/any(order:".repeat(60), ")".repeat(60));
    assert!(minify_filter(&parse_filter(&lambdas).unwrap()).len() < lambdas.len());
}

/// Operators of each precedence.
const OPERATORS: [&str; 9] = ["or", "and", "eq", "gt", "add", "sub", "mul", "has", "in"];

fn name(name: &'static str) -> Expr<'static> {
    parse_filter(name).expect("a name is a filter")
}

fn binary(op: &str, left: Expr<'static>, right: Expr<'static>) -> Expr<'static> {
    let op = crate::lexical::binary_operator(op).expect("it is an operator");
    let span = dvkit_diagnostic::Span::default();
    let kind = crate::ast::ExprKind::Binary(Box::new(crate::ast::Binary { op, op_span: span, left, right }));
    Expr { span, kind }
}

fn unary(op: crate::ast::UnaryOp, operand: Expr<'static>) -> Expr<'static> {
    let span = dvkit_diagnostic::Span::default();
    Expr {
        span,
        kind: crate::ast::ExprKind::Unary(Box::new(crate::ast::Unary { op, op_span: span, operand })),
    }
}

#[test]
fn a_tree_that_was_not_parsed_gets_the_parentheses_that_it_needs() {
    use crate::ast::UnaryOp::{Neg, Not};
    for (tree, expected) in [
        (binary("or", binary("or", name("a"), name("b")), name("c")), "a or b or c"),
        (binary("or", name("a"), binary("or", name("b"), name("c"))), "a or (b or c)"),
        (binary("and", binary("or", name("a"), name("b")), name("c")), "(a or b) and c"),
        (binary("or", binary("and", name("a"), name("b")), name("c")), "a and b or c"),
        (binary("or", name("a"), binary("and", name("b"), name("c"))), "a or b and c"),
        (binary("sub", name("a"), binary("sub", name("b"), name("c"))), "a sub (b sub c)"),
        (binary("sub", binary("sub", name("a"), name("b")), name("c")), "a sub b sub c"),
        (binary("sub", name("a"), binary("mul", name("b"), name("c"))), "a sub b mul c"),
        (binary("mul", binary("sub", name("a"), name("b")), name("c")), "(a sub b) mul c"),
        (binary("eq", binary("eq", name("a"), name("b")), name("c")), "a eq b eq c"),
        (binary("eq", name("a"), binary("gt", name("b"), name("c"))), "a eq b gt c"),
        (binary("gt", name("a"), binary("eq", name("b"), name("c"))), "a gt (b eq c)"),
        (binary("in", name("a"), unary(Neg, name("b"))), "a in -b"),
        (binary("in", unary(Neg, name("a")), name("b")), "(-a) in b"),
        (unary(Not, binary("and", name("a"), name("b"))), "not (a and b)"),
        (unary(Not, binary("in", name("a"), name("b"))), "not a in b"),
        (unary(Not, binary("mul", name("a"), name("b"))), "not (a mul b)"),
        (unary(Neg, unary(Neg, name("a"))), "--a"),
        (binary("and", unary(Not, name("a")), unary(Not, name("b"))), "not a and not b"),
    ] {
        assert_eq!((tree.to_string().as_str(), pretty_filter(&tree).as_str()), (expected, expected));
    }
}

#[test]
fn a_small_tree_is_formatted_as_it_is_printed() {
    use crate::ast::UnaryOp::{Neg, Not};
    let leaves = |n: usize| name(["a", "b", "c"][n]);
    for outer in OPERATORS {
        for inner in OPERATORS {
            let trees = [
                binary(outer, binary(inner, leaves(0), leaves(1)), leaves(2)),
                binary(outer, leaves(0), binary(inner, leaves(1), leaves(2))),
                binary(outer, unary(Not, leaves(0)), binary(inner, leaves(1), unary(Neg, leaves(2)))),
                binary(outer, unary(Neg, binary(inner, leaves(0), leaves(1))), unary(Not, leaves(2))),
                unary(Not, binary(outer, leaves(0), binary(inner, leaves(1), leaves(2)))),
                unary(Neg, unary(Not, binary(outer, binary(inner, leaves(0), leaves(1)), leaves(2)))),
            ];
            for tree in trees {
                let printed = tree.to_string();
                assert_eq!(pretty_filter(&tree), printed);
                let again = parse_filter(&printed).unwrap_or_else(|d| panic!("{printed}: {d}"));
                assert_eq!(again.to_string(), printed);
            }
        }
    }
}

#[test]
fn a_line_is_broken_where_it_would_have_more_than_a_hundred_columns() {
    for (length, lines) in [(99, 1), (100, 1), (101, 2), (150, 2)] {
        let before = "a\n  ?$select=";
        let first = "b".repeat(40);
        let second = "é".repeat(length - "  ?$select=".len() - first.len() - 1);
        let text = with(&format!("a?$select={first},{second}"), pretty);
        let expected = match lines {
            1 => format!("{before}{first},{second}"),
            _ => format!("{before}{first},\n{}{second}", " ".repeat("  ?$select=".len())),
        };
        assert_eq!(text, expected, "{length}");
    }
    for (length, is_broken) in [(100, false), (101, true)] {
        let left = "b".repeat(50);
        let right = "c".repeat(length - left.len() - " and ".len());
        let filter = format!("{left} and {right}");
        let expected = if is_broken { format!("{left}\nand {right}") } else { filter.clone() };
        assert_eq!(pretty_filter(&parse_filter(&filter).unwrap()), expected, "{length}");
    }
}

#[test]
fn each_part_of_a_long_path_is_broken_in_its_own_way() {
    let long = |letter: &str| letter.repeat(60);
    let (b, c) = (long("b"), long("c"));
    for (filter, expected) in [
        (format!("a/$filter({b} and {c})/d"), format!("a/$filter({b}\n          and {c})/d")),
        (format!("a/any(x:{b} and {c})"), format!("a/any(x:\n  {b}\n  and {c})")),
        (format!("a/all(x:{b})/d eq {c}"), format!("a/all(x:\n  {b})/d eq {c}")),
        (
            format!("a/$count($filter={b};$search={c}) eq 1"),
            format!("a/$count(\n  $filter={b};\n  $search={c}) eq 1"),
        ),
        (format!("f({b},{c})"), format!("f(\n  {b},\n  {c})")),
        (format!("a({b},{c})/d"), format!("a(\n  {b},\n  {c})/d")),
        (format!("N.f(x={b},y={c})"), format!("N.f(\n  x={b},\n  y={c})")),
        (format!("case({b} : {c},true:1)"), format!("case(\n  {b} : {c},\n  true : 1)")),
        (format!("f(x=[{b},{c}])"), format!("f(\n  x=[\n    {b},\n    {c}])")),
        (format!("f(x={{\"y\":{b},\"z\":{c}}})"), format!("f(\n  x={{\n    \"y\":{b},\n    \"z\":{c}}})")),
        (format!("d in ('{b}','{c}')"), format!("d in (\n  '{b}',\n  '{c}')")),
        (format!("({b} or {c}) and d"), format!("({b}\n or {c})\nand d")),
        (format!("not ({b} or {c})"), format!("not ({b}\n     or {c})")),
        (format!("{b} add {c} eq 1"), format!("{b} add {c} eq 1")),
    ] {
        assert_eq!(
            pretty_filter(&parse_filter(&filter).unwrap_or_else(|d| panic!("{filter}: {d}"))),
            expected
        );
    }
}
