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
