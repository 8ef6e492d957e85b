//! Tests of how a request is split into its parts.

use super::*;

/// Returns the root of the service, the path and the options of a request, separated by bars.
fn shown(text: &str) -> String {
    let text = RequestText::new(text);
    let of = |r: &Range<usize>| text.decoded()[r.clone()].to_owned();
    let mut all = vec![of(&text.parts.service), of(&text.parts.path)];
    all.extend(
        text.parts
            .options
            .iter()
            .map(|o| if o.has_value { format!("{}={}", of(&o.name), of(&o.value)) } else { of(&o.name) }),
    );
    all.extend(text.diagnostics.iter().map(|d| format!("!{}", d.message)));
    all.join(" | ")
}

#[test]
fn requests_are_split_into_their_parts() {
    assert_eq!(shown("accounts?$select=a&$top=3"), " | accounts | $select=a | $top=3");
    assert_eq!(
        shown("https://o.crm.dynamics.com/api/data/v9.2/accounts(1)?%24filter=a%20eq%20'%26'"),
        "https://o.crm.dynamics.com/api/data/v9.2/ | accounts(1) | $filter=a eq '&'"
    );
    assert_eq!(shown("/accounts\n  ?$select=a,\n b\n  &$top=3 \n"), "/ | accounts | $select=a,\n b | $top=3");
    assert_eq!(shown("&$top=3"), " |  | $top=3");
    assert_eq!(shown("$select=a"), " |  | $select=a");
    assert_eq!(shown("fetchXml=<a b='c'/>"), " |  | fetchXml=<a b='c'/>");
    assert_eq!(shown("$metadata#Customers"), " | $metadata");
    assert_eq!(shown("accounts(name='a')/$count"), " | accounts(name='a')/$count");
    assert_eq!(shown("accounts?"), " | accounts");
    assert_eq!(shown(""), " | ");
    assert_eq!(
        shown("${base}/api/data/v9.2/contacts?$top={n}"),
        "${base}/api/data/v9.2/ | contacts | $top={n}"
    );
    assert_eq!(
        shown("accounts(@{triggerBody()?['id']})?$top=1"),
        " | accounts(@{triggerBody()?['id']}) | $top=1"
    );
}

#[test]
fn the_root_of_a_service_is_not_in_a_key() {
    for (text, expected) in [
        ("api/data/v9.2/accounts?$top=1", "api/data/v9.2/ | accounts | $top=1"),
        ("API/DATA/v9.2", "API/DATA/v9.2 | "),
        ("accounts(name='api/data/v9.2/x')?$top=1", " | accounts(name='api/data/v9.2/x') | $top=1"),
        ("${f(x)}/api/data/v9.2/accounts", "${f(x)}/api/data/v9.2/ | accounts"),
        ("@{f(x)}/api/data/v9.2/accounts", "@{f(x)}/api/data/v9.2/ | accounts"),
        ("https://o.crm.dynamics.com/accounts", "https://o.crm.dynamics.com/ | accounts"),
        ("HTTP://o.crm.dynamics.com/accounts", "HTTP://o.crm.dynamics.com/ | accounts"),
    ] {
        let shown = shown(text);
        // What else is wrong with the key is told behind.
        assert_eq!(shown.split(" | !").next(), Some(expected), "{text}");
    }
}

#[test]
fn an_item_of_a_list_begins_behind_a_bracket_or_a_comma() {
    for (text, begins) in [
        ("[", true),
        ("x,", true),
        ("%5B", true),
        ("%5b", true),
        ("x%2C", true),
        ("%2c", true),
        ("", false),
        ("5B", false),
        ("%5D", false),
        ("ä", false),
        ("[x", false),
    ] {
        assert_eq!(begins_item(text), begins, "{text}");
    }
}

#[test]
fn unescaped_separators_are_reported() {
    assert!(shown("a?$filter=b eq 'R & D'&$top=1").contains("R & D' | $top=1 | !an `&` ends"));
    assert!(shown("a?$filter=b eq 'R&$top=1").starts_with(" | a | $filter=b eq 'R | $top=1"));
    assert!(
        shown("a?$expand=b($select=c&$filter=d eq 1)&$top=1")
            .contains("$expand=b($select=c&$filter=d eq 1) | $top=1")
    );
    assert!(shown("a?$filter=b eq '#1'").contains("!a `#` ends the URL"));
    assert!(shown("a(n='b/c')").contains("!a `/` ends a segment"));
    assert_eq!(shown("People/O'Neil/a(n='b')/c"), " | People/O'Neil/a(n='b')/c");
}

#[test]
fn a_json_text_is_skipped_whether_it_is_encoded_or_not() {
    let plain =
        r#"a?$expand=b($filter=C.In(PropertyName='d',PropertyValues=["(","say \"x) hi"]);$top=3)&$top=1"#;
    let encoded = plain.replace('"', "%22").replace('\\', "%5C").replace('[', "%5b");
    let expected = format!(" | {}", plain.replacen('?', " | ", 1).replace("&$top=1", " | $top=1"));
    assert_eq!(shown(plain), expected);
    assert_eq!(shown(&encoded), expected);
}

#[test]
fn a_plus_is_decoded_to_a_space_except_where_it_is_typed() {
    assert_eq!(shown("a?$orderby=b+desc&$search=c+d"), " | a | $orderby=b desc | $search=c d");
    assert_eq!(shown("a?fetchXml=<fetch+top='1'/>"), " | a | fetchXml=<fetch top='1'/>");
    assert_eq!(shown("a?fetchXml=<fetch top='1+1'/>"), " | a | fetchXml=<fetch top='1+1'/>");
    assert_eq!(shown("a?$filter=not+b+and+c"), " | a | $filter=not b and c");
    assert_eq!(shown("a?$filter=b+eq+'@{c(1+2)}+d'"), " | a | $filter=b eq '@{c(1+2)} d'");
    assert_eq!(shown("a?$filter=contains(b,'+49')"), " | a | $filter=contains(b,'+49')");
}

#[test]
fn a_replacement_is_encoded_as_what_it_replaces() {
    let text = RequestText::new("a?$filter=b%20eq%201&$orderby=c d");
    let at = |t: &str| {
        let start = text.decoded().find(t).unwrap();
        Span::new(start, start + t.len())
    };
    assert_eq!(text.encode(at("1"), "'x y'".to_owned()), "'x%20y'");
    assert_eq!(text.encode(at("c d"), "'x & y'".to_owned()), "'x %26 y'");
    assert_eq!(text.encode(at("&$orderby=c d"), "&$top=1".to_owned()), "&$top=1");
    assert_eq!(text.to_original(at("1")).of(text.original_text()), "1");
}

#[test]
fn a_replacement_is_encoded_like_the_option_that_it_stands_in() {
    let request = "acc?$filter=a%20eq%201&$top=2&$select=b c&x";
    let text = RequestText::new(request);
    assert_eq!(text.decoded(), "acc?$filter=a eq 1&$top=2&$select=b c&x");
    let (plain, encoded, escaped) = ("é &", "%C3%A9%20%26", "é %26");
    for (from, to, expected) in [
        (0, 3, plain),
        (3, 4, plain),
        // The name of an option.
        (4, 11, plain),
        (11, 12, plain),
        // Its value, from its first byte to its last.
        (12, 12, encoded),
        (12, 18, encoded),
        (14, 16, encoded),
        (18, 18, encoded),
        (17, 19, plain),
        (18, 19, plain),
        (19, 23, plain),
        (24, 25, escaped),
        (25, 25, escaped),
        (12, 25, plain),
        (34, 34, escaped),
        (34, 37, escaped),
        (37, 37, escaped),
        (38, 39, plain),
        (39, 39, escaped),
    ] {
        assert_eq!(text.encode(Span::new(from, to), plain.to_owned()), expected, "{from}..{to}");
    }
    for option in ["&$top=é &", "?$top=é &"] {
        assert_eq!(text.encode(Span::new(12, 12), option.to_owned()), option);
    }
    assert_eq!(text.to_original(Span::new(12, 18)), Span::new(12, 22));
    assert_eq!(RequestText::new("acc?$top=1").to_original(Span::new(2, 5)), Span::new(2, 5));
}

#[test]
fn a_finding_is_moved_to_the_original_with_its_labels_and_its_edits() {
    let text = RequestText::new("a%20b?$filter=c%20eq%20d");
    let finding = Diagnostic::error(code::UNEXPECTED, Span::new(12, 13), "message")
        .label(Span::new(14, 16), "label")
        .suggest(Suggestion::fix("fix", Span::new(17, 18), "x y").and_edit(Span::new(4, 4), "&$top=1 2"));
    let expected = Diagnostic::error(code::UNEXPECTED, Span::new(14, 15), "message")
        .label(Span::new(18, 20), "label")
        .suggest(Suggestion::fix("fix", Span::new(23, 24), "x%20y").and_edit(Span::new(6, 6), "&$top=1 2"));
    assert_eq!(text.diagnostic_to_original(finding), expected);
}

#[test]
fn texts_in_a_json_array_are_found_with_what_is_escaped_in_them() {
    for (text, length) in [
        ("\"a\"b", Some(3)),
        ("\"\"", Some(2)),
        ("\"a", None),
        ("\"", None),
        ("", None),
        ("a\"", None),
        ("\"a\\\"b\"c", Some(6)),
        ("\"a\\\\\"c", Some(5)),
        ("\"a\\", None),
        ("\"a&b\"", None),
        ("\"a#b\"", None),
        ("\"a%26b%23\"", Some(10)),
        ("%22a%22b", Some(7)),
        ("%22a\"", Some(5)),
        ("\"a%5C%22b\"c", Some(10)),
        ("\"a%2\"", Some(5)),
        ("\"a%zz\"", Some(6)),
        ("\"é\"", Some(4)),
    ] {
        assert_eq!(json_text_len(text), length, "{text}");
    }
    for (text, is_item) in [
        ("[", true),
        ("a,", true),
        ("%5B", true),
        ("a%5b", true),
        ("%2C", true),
        ("%2c", true),
        ("", false),
        ("5B", false),
        ("a", false),
        ("é5B", false),
        ("[ ", false),
    ] {
        assert_eq!(begins_item(text), is_item, "{text}");
    }
    for (text, sign) in [
        ("[a", Some('[')),
        ("%5Ba", Some('[')),
        ("%5b", Some('[')),
        ("]", Some(']')),
        ("%5D", Some(']')),
        ("%5d", Some(']')),
        ("%5", None),
        ("a[", None),
        ("", None),
    ] {
        assert_eq!(bracket(text), sign, "{text}");
    }
}

#[test]
fn the_root_of_a_service_ends_behind_its_version_or_its_host() {
    for (path, root) in [
        ("api/data/v9.2/a", "api/data/v9.2/"),
        ("x/API/Data/V9.2/a", "x/API/Data/V9.2/"),
        ("api/data/v9.2", "api/data/v9.2"),
        ("api/data/x/a", ""),
        ("f(api/data/v9.2/a", ""),
        ("${f(x)}/api/data/v9.2/a", "${f(x)}/api/data/v9.2/"),
        ("@{f(x)}/api/data/v9.2/a", "@{f(x)}/api/data/v9.2/"),
        ("https://h/a/b", "https://h/"),
        ("HTTP://h/a", "HTTP://h/"),
        ("https://h", "https://h"),
        ("ftp://h/a", ""),
        ("/a/b", "/"),
        ("/", "/"),
        ("a", ""),
        ("", ""),
    ] {
        assert_eq!(&path[..service_len(path)], root, "{path}");
    }
}

#[test]
fn a_plus_is_a_space_in_the_options_that_forms_send() {
    for (text, expected) in [
        ("a?x=b+c", " | a | x=b c"),
        ("a?x=b+c d", " | a | x=b+c d"),
        ("a?$search=b+c", " | a | $search=b c"),
        ("a?%24search=b+c", " | a | $search=b c"),
        ("a?$filter=b+c", " | a | $filter=b+c"),
        ("a?$FILTER=b+c", " | a | $FILTER=b+c"),
        ("a?filter=b+c", " | a | filter=b+c"),
        (
            "a?$orderby=b+c&$select=b+c&$expand=b+c&$compute=b+c&$apply=b+c&$format=b+c",
            " | a | $orderby=b+c | $select=b+c | $expand=b+c | $compute=b+c | $apply=b+c | $format=b+c",
        ),
        ("a?@p=b+c", " | a | @p=b+c"),
        ("a?$orderby=b+desc", " | a | $orderby=b desc"),
        ("a?$filter=b+eq+{x+y}", " | a | $filter=b eq {x+y}"),
        ("a+b?x=1", " | a+b | x=1"),
        ("a?x+y=1", " | a | x+y=1"),
        ("a#b+c?x=%31", " | a | x=1"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}
