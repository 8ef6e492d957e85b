use crate::{Options, RequestText, parse_request, parse_request_recovering};

/// Parses strictly and prints.
fn prints(text: &str, expected: &str) {
    let source = RequestText::new(text);
    let request =
        parse_request(&source, &Options::default()).unwrap_or_else(|d| panic!("{}", d.display(text)));
    assert_eq!(request.to_string(), expected, "{text}");
    let again = RequestText::new(expected);
    assert_eq!(parse_request(&again, &Options::default()).unwrap().to_string(), expected);
}

fn same(text: &str) {
    prints(text, text);
}

/// The messages of a recovering parse, and the text with every certain fix applied.
fn mended(text: &str) -> (Vec<String>, String) {
    let source = RequestText::new(text);
    let parsed = parse_request_recovering(&source, &Options::default());
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
        ("a?$filter=b eq 1)", "a?$filter=b eq 1", 1),
        ("a?$orderby=b)", "a?$orderby=b", 1),
        ("a?$select='b'", "a?$select=b", 1),
        ("a?$filter=b%20==%201", "a?$filter=b%20eq%201", 1),
        ("a?$count=True", "a?$count=true", 1),
    ];
    for (wrong, right, count) in cases {
        let (messages, text) = mended(wrong);
        assert_eq!((text.as_str(), messages.len()), (right, count), "{wrong}: {messages:?}");
    }
    for wrong in [
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
    ] {
        let (messages, _) = mended(wrong);
        assert_eq!(messages.len(), 1, "{wrong}: {messages:?}");
    }
}
