//! Tests the parser of requests: printed results, and mistakes with their messages.

use crate::{ParseOptions, RequestText, parse_request, parse_request_recovering};

/// Checks that `text` has no mistake and prints as `expected`.
fn prints(text: &str, expected: &str) {
    let source = RequestText::new(text);
    let request =
        parse_request(&source, &ParseOptions::default()).unwrap_or_else(|d| panic!("{}", d.display(text)));
    assert_eq!(request.to_string(), expected, "{text}");
    // What is printed is decoded: an `&` that was escaped has to be escaped again.
    let again = expected.replace("b&c", "b%26c");
    let again = RequestText::new(&again);
    assert_eq!(parse_request(&again, &ParseOptions::default()).unwrap().to_string(), expected);
}

fn same(text: &str) {
    prints(text, text);
}

/// Parses a text with mistakes. Returns the messages, and the text with every certain fix applied.
fn mended(text: &str) -> (Vec<String>, String) {
    let source = RequestText::new(text);
    let parsed = parse_request_recovering(&source, &ParseOptions::default());
    let edits: Vec<_> =
        parsed.diagnostics.iter().filter_map(|d| d.fix()).flat_map(|s| s.edits.clone()).collect();
    let messages = parsed.diagnostics.iter().map(|d| d.message.clone()).collect();
    (messages, dvkit_diagnostic::apply(text, &edits).unwrap())
}

#[test]
fn options_print_as_they_were_written() {
    same("accounts?$select=name,revenue&$top=3&$count=true");
    same("accounts?$expand=primarycontactid($select=fullname;$expand=createdby),Account_Tasks/$ref");
    same("accounts?$expand=*,*/$ref,*($levels=2),a/Ns.b($levels=max;$filter=x eq 1)");
    same("accounts?$select=*,Ns.*,Ns.F(a,b),address($select=city),@Ns.Term($top=5)");
    same("accounts?$orderby=name desc,revenue asc,length(name)&$filter=a eq ';'");
    same("accounts?$compute=a mul 2 as b&$orderby=b&tag=x=y&!flag&@p1='a'");
    same("accounts(11111111-2222-3333-4444-555555555555)/contact_customer_accounts/$count");
    same("contacts(emailaddress1='a')?$select=fullname");
    same("https://o.crm.dynamics.com/api/data/v9.2/$metadata#Customers(A,B)");
    same("?$filter=a eq 1&$expand=b($select=c,d;$orderby=e desc,f;$top=1)");
    prints(
        "  accounts\n ? $select = name ,\n revenue\n & $orderby= name  desc , x ",
        "accounts?$select=name,revenue&$orderby=name desc,x",
    );
    prints("&$top=3&", "?$top=3");
    prints("accounts?%24filter=a%20eq%20%27b%26c%27", "accounts?$filter=a eq 'b&c'");
}

#[test]
fn mistakes_are_told_and_mended() {
    let cases = [
        ("a?$select=b,,c,", "a?$select=b,c", 2),
        ("a?$selct=b", "a?$select=b", 1),
        ("a?$expand=b()", "a?$expand=b", 1),
        ("a?$expand=b($select=c,$filter=d eq 1)", "a?$expand=b($select=c;$filter=d eq 1)", 1),
        ("a?$expand=b($filter=d eq 1,$select=c)", "a?$expand=b($filter=d eq 1;$select=c)", 1),
        ("a?$expand=b($select=c&$filter=d eq 1)&$top=1", "a?$expand=b($select=c;$filter=d eq 1)&$top=1", 1),
        ("a?$filter=b eq 'R & D'&$top=1", "a?$filter=b eq 'R %26 D'&$top=1", 1),
        ("a?$orderby=b DESCENDING,", "a?$orderby=b desc", 2),
        ("a?$select='b'", "a?$select=b", 1),
        ("a?$filter=b%20==%201", "a?$filter=b%20eq%201", 1),
        ("a?$count=True", "a?$count=true", 1),
        ("a?$orderby=desc b", "a?$orderby=b desc", 1),
        ("a?$orderby=asc b,desc c/d,e", "a?$orderby=b asc,c/d desc,e", 2),
        ("a?$orderby=desc b desc", "a?$orderby=b desc", 1),
        ("a?$expand=b($orderby=desc c;$top=1)", "a?$expand=b($orderby=c desc;$top=1)", 1),
        ("a?$orderby=desc%20b", "a?$orderby=b%20desc", 1),
        ("a?$filter=b eq 0 && c eq 'x'&$top=1", "a?$filter=b eq 0 and c eq 'x'&$top=1", 1),
        ("a?$filter=b eq 0 & c eq 'x'", "a?$filter=b eq 0 and c eq 'x'", 1),
        ("a?$filter=b eq 0&&not (c eq 'x')", "a?$filter=b eq 0 and not (c eq 'x')", 1),
        ("a?$filter=b eq 0&contains(c,'x')", "a?$filter=b eq 0 and contains(c,'x')", 1),
        ("a?$filter=(b eq 0 && c/d ne 1) or e eq 2", "a?$filter=(b eq 0 and c/d ne 1) or e eq 2", 1),
        ("a?$filter=b%20eq%200%20&&%20c%20eq%201", "a?$filter=b%20eq%200%20and%20c%20eq%201", 1),
        ("a?$expand=b($filter=c eq 0 && d eq 1)&$top=1", "a?$expand=b($filter=c eq 0 and d eq 1)&$top=1", 1),
    ];
    for (wrong, right, count) in cases {
        let (messages, text) = mended(wrong);
        assert_eq!((text.as_str(), messages.len()), (right, count), "{wrong}: {messages:?}");
    }
    for wrong in [
        "a?$filter=b eq 1)",
        "a?$orderby=b)",
        "a?$select=",
        "a?$select=b c",
        "a?$top=x",
        "a?$count",
        "a?$expand=b/$ref($select=c)",
        "a?$expand=b(c)",
        "a?$expand=b($levels=0)",
        "a?$frobnicate=1",
        "a//b",
        "a/$ref/b",
        "a?$expand=b($select=c",
        "a?$orderby=b c",
        "a?$orderby=desc b asc",
    ] {
        let (messages, _) = mended(wrong);
        assert_eq!(messages.len(), 1, "{wrong}: {messages:?}");
    }
    // A column may have such a name, and options of the caller may have any.
    for right in [
        "a?$orderby=desc",
        "a?$orderby=desc desc,asc",
        "a?$orderby=desc mul 2",
        "a?$filter=b eq 1&c=d eq e",
        "a?$filter=b eq 1&tag=x",
        "a?$filter=b eq 1&&tag=x",
        "a?$filter=b eq 'a'&c",
    ] {
        assert_eq!(mended(right), (Vec::new(), right.to_owned()), "{right}");
    }
}

#[test]
fn transformations_print_as_they_were_written() {
    for apply in [
        "aggregate(revenue with sum as total,$count as rows)",
        "groupby((a,b/c),aggregate(d mul 2 with average as e))",
        "filter(a eq ')')/groupby((b))/orderby(b desc,c)/top(3)/skip(1)/identity",
        "compute(a mul b as c,day(d) as e)/concat(identity,topcount(2,a)/filter(true))",
        "aggregate(a with sum from b,c/d with average from e with max as f,g from h as i,j)",
        "aggregate(Ns.Type with Ns.method as a,Ns.Type/b/$count as c,f(x=y) with countdistinct as d)",
        "nest(groupby((a)) as b,identity as c)/addnested(d/Ns.Type,filter(e) as f)",
        "join(a as b)/outerjoin(c/Ns.Type as d,filter(e)/top(1))",
        "groupby((rollup(a,b),rollup(H),rolluprecursive($root/N,Q,a/ID,descendants($root/N,Q,ID,filter(b)))))",
        "ancestors($root/N('a')/M,Q,ID,search(East)/top(3),2,keep start)",
        "traverse($root/N,Q,ID,preorder,filter(a),b desc,c)",
        "traverse($root/N,Q,ID,postorder,b)/Ns.Custom(a=1,b='x')/Ns.F()",
        "compute(a div $these/aggregate(b with sum) as c)/filter($these/aggregate($count) gt d/$count($filter=e))",
        "search(')/top(1')/search(a b)",
        "aggregate(with with sum as from)",
    ] {
        same(&format!("a?$apply={apply}"));
        same(&format!("a?$expand=b($apply={apply};$top=1)&$top=2"));
    }
    prints(
        "a?$apply = filter( a eq 1 ) / groupby( ( b , c ) , aggregate( d  with sum  as e ) )",
        "a?$apply=filter(a eq 1)/groupby((b,c),aggregate(d with sum as e))",
    );
}

#[test]
fn searches_print_as_they_were_written() {
    use crate::ast::{OptionKind, SearchKind};
    for search in [
        "blue",
        "blue green",
        "blue AND NOT green OR \"dark red\"",
        "(a OR b) AND (c OR d)",
        "NOT (a b)",
        r#""a \"b\" c" d"#,
        "AND",
        "NOT NOT",
        "AND OR NOT",
        "OR AND",
        "Daniel's 9,81 08/15 $search",
        "'\"blue\" (green'",
    ] {
        same(&format!("a?$search={search}"));
        same(&format!("a?$expand=b($search={search};$top=1)"));
    }
    let text = RequestText::new("a?$search=a OR b c AND NOT d");
    let request = parse_request(&text, &ParseOptions::default()).unwrap();
    let OptionKind::Search(search) = &request.options[0].kind else { panic!() };
    let SearchKind::Or(_, right) = &search.kind else { panic!("{search:?}") };
    assert!(matches!(&right.kind, SearchKind::And(_, d, true) if matches!(d.kind, SearchKind::Not(_))));
    for wrong in ["\"a", "a(b", "\"a\"b", "'a' b", "()", "(a", "a)"] {
        let text = format!("a?$search={wrong}");
        assert!(parse_request(&RequestText::new(&text), &ParseOptions::default()).is_err(), "{wrong}");
        let (messages, _) = mended(&text);
        assert_eq!(messages.len(), 1, "{wrong}: {messages:?}");
    }
}

#[test]
fn mistakes_in_transformations_are_told_and_mended() {
    let cases = [
        ("aggregate(sum(a) as b)", "aggregate(a with sum as b)"),
        ("aggregate(AVG(a mul 2) as b)", "aggregate(a mul 2 with average as b)"),
        ("aggregate(count(*) as b)", "aggregate($count as b)"),
        ("aggregate(a sum as b)", "aggregate(a with sum as b)"),
        ("aggregate(a mul 2 max as b)", "aggregate(a mul 2 with max as b)"),
        ("aggregate(a with sum b,$count c)", "aggregate(a with sum as b,$count as c)"),
        ("aggregate(a with avg as b)", "aggregate(a with average as b)"),
        ("aggregate(a with Sum as b)", "aggregate(a with sum as b)"),
        ("aggregate($count with sum as b)", "aggregate($count as b)"),
        ("aggregate(a with sum as b,)", "aggregate(a with sum as b)"),
        ("aggregte(a with sum as b)", "aggregate(a with sum as b)"),
        ("groupBy((a))", "groupby((a))"),
        ("groupby ((a))", "groupby((a))"),
        ("groupby(a,b/c,aggregate($count as d))", "groupby((a,b/c),aggregate($count as d))"),
        (
            "groupby((a),aggregate($count as b),filter(b gt 1))",
            "groupby((a),aggregate($count as b)/filter(b gt 1))",
        ),
        ("where(a eq 1)/having(b eq 2)", "filter(a eq 1)/filter(b eq 2)"),
        ("filter(a == 1),groupby((b))", "filter(a eq 1)/groupby((b))"),
        ("filter(a eq 1)groupby((b))", "filter(a eq 1)/groupby((b))"),
    ];
    for (wrong, right) in cases {
        let (messages, text) = mended(&format!("x?$apply={wrong}&$top=1"));
        assert_eq!(text, format!("x?$apply={right}&$top=1"), "{messages:?}");
        assert!(!messages.is_empty() && messages.len() <= 2, "{wrong}: {messages:?}");
        let encoded = crate::url::encode(wrong);
        let (_, text) = mended(&format!("x?$apply={encoded}&$top=1"));
        assert_eq!(crate::url::decode(&text).text, format!("x?$apply={right}&$top=1"));
    }
    for wrong in [
        "filter(a eq 1",
        "filter(a eq 1))",
        "aggregate()",
        "aggregate(a with sum)",
        "aggregate($count)",
        "aggregate(a mul 2 as b)",
        "aggregate(with sum as b)",
        "aggregate(a with count as b)",
        "aggregate(a with median as b)",
        "aggregate(a with average from b as c)",
        "groupby(())",
        "groupby((a/@Ns.Term))",
        "groupby((a/Ns.Type))",
        "ancestors(N,Q,ID,filter(a))",
        "ancestors($root/N,Q,ID,aggregate($count as a))",
        "ancestors($root/N,Q,M(1)/ID,identity)",
        "traverse($root/N,Q,ID,inorder)",
        "groupby((rolluprecursive($root/N,Q,ID,filter(a))))",
        "groupby((year(a)),aggregate($count as b))",
        "frobnicate(a,b)",
        "identity/",
        "top(x)",
        "concat(identity)",
        "nest(identity)",
        "topcount(2)",
        "groupby",
    ] {
        let (messages, _) = mended(&format!("x?$apply={wrong}"));
        assert_eq!(messages.len(), 1, "{wrong}: {messages:?}");
    }
}

#[test]
fn placeholders_stand_for_values_names_and_options() {
    let options = ParseOptions { placeholders: true, ..ParseOptions::default() };
    for text in [
        "accounts(${id})?$filter=name eq '${name}'&$top={0}",
        "${set}?${options}&$select=a,${b},c_{d}",
        "accounts?$expand=contacts(${nested}),tasks($select=${columns};$top=1)",
        "accounts?$apply=groupby((${key}),aggregate(${what}))/${more}",
        "accounts?$search=${words} AND b",
    ] {
        let source = RequestText::new(text);
        let request = parse_request(&source, &options).unwrap_or_else(|d| panic!("{}", d.display(text)));
        assert_eq!(request.to_string(), text);
        assert!(parse_request(&source, &ParseOptions::default()).is_err(), "{text}");
    }
}

#[test]
fn texts_of_json_arrays_hide_parentheses() {
    same("a?$expand=b($filter=Ns.In(P='c',Vs=[\"(\",\"O'Brien\",\"say \\\"hi\\\"\"]))&$filter=d eq 1");
}
