//! Tests of the rewriter of links.
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn rewriter(kind: BodyKind) -> LinkRewriter {
    LinkRewriter::new(kind, |link| link.strip_prefix("https://org/").map(|path| format!("https://gw/{path}")))
}

/// Passes a body through in pieces of these sizes, again and again.
fn passed(kind: BodyKind, body: &[u8], sizes: &[usize]) -> String {
    let (mut rewriter, mut out, mut at) = (rewriter(kind), Vec::new(), 0);
    for size in sizes.iter().cycle() {
        if at >= body.len() {
            break;
        }
        let end = (at + size.max(&1)).min(body.len());
        out.extend_from_slice(&rewriter.push(Bytes::copy_from_slice(&body[at..end])));
        at = end;
    }
    out.extend_from_slice(&rewriter.finish());
    String::from_utf8(out).unwrap()
}

#[test]
fn only_links_are_rewritten_and_every_other_byte_stays() {
    let body = r#"{ "@odata.context" : "https:\/\/org\/m#x" , "value":[{"url":"https://org/x","a@odata.nextLink":"https://org/n?a=\"b\"","b":"\\"},
 {"note":"\"@odata.nextLink\":\"https://org/x\"","@odata.nextLink":null,"n":1.50}],"@odata.nextLink":"https://other/x","@odata.deltaLink":"https://org/d"}"#;
    let expected = r#"{ "@odata.context" : "https://gw/m#x" , "value":[{"url":"https://org/x","a@odata.nextLink":"https://gw/n?a=\"b\"","b":"\\"},
 {"note":"\"@odata.nextLink\":\"https://org/x\"","@odata.nextLink":null,"n":1.50}],"@odata.nextLink":"https://other/x","@odata.deltaLink":"https://gw/d"}"#;
    for size in 1..80 {
        assert_eq!(passed(BodyKind::Json, body.as_bytes(), &[size]), expected, "{size}");
    }
    assert_eq!(passed(BodyKind::Opaque, body.as_bytes(), &[7]), body);
}

#[test]
fn the_parts_of_a_batch_are_rewritten() {
    let body = "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nLocation: https://org/a(1)\r\nOData-EntityId:https://org/a(1)\r\nETag: W/\"1\"\r\n\r\n\r\n--b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{\"@odata.nextLink\":\"https://org/n\",\"t\":\"x\\nLocation: https://org/y\"}\r\n--b--\r\n";
    let expected = body
        .replace("Location: https://org/a(1)", "Location: https://gw/a(1)")
        .replace("OData-EntityId:https://org/a(1)", "OData-EntityId: https://gw/a(1)")
        .replace("\"https://org/n\"", "\"https://gw/n\"");
    for size in 1..60 {
        assert_eq!(passed(BodyKind::Batch, body.as_bytes(), &[size]), expected, "{size}");
    }
    let requests = "--b\r\n\r\nGET https://org/a?$x=1 HTTP/1.1\r\nAccept: x\r\n\r\nPOST relative HTTP/1.1\r\n\r\n{\"a@odata.bind\":\"https://org/c(1)\"}\r\n";
    let expected = requests.replace("https://org/", "https://gw/");
    assert_eq!(passed(BodyKind::Batch, requests.as_bytes(), &[5]), expected);
}

#[test]
fn a_text_that_never_ends_is_not_kept_in_memory() {
    let mut rewriter = rewriter(BodyKind::Json);
    let mut passed = rewriter.push(Bytes::from_static(b"{\"@odata.nextLink\":\"")).len();
    for _ in 0..100 {
        passed += rewriter.push(Bytes::from(vec![b'x'; 64 << 10])).len();
        assert!(rewriter.held.len() <= MAX_LINK + (64 << 10));
    }
    assert_eq!(passed + rewriter.finish().len(), 20 + 100 * (64 << 10));
}

fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        Just("@odata.nextLink".to_owned()),
        Just("x@odata.nextLink".to_owned()),
        Just("@odata.nextLin".to_owned()),
        ".{0,6}",
    ];
    let text = prop_oneof![
        "https://org/.{0,5}",
        Just("https://org/".to_owned()),
        Just("\"@odata.nextLink\":\"https://org/\"".to_owned()),
        ".{0,10}",
        "[\"\\\\/]{0,6}",
    ];
    let leaf = prop_oneof![Just(Value::Null), any::<i32>().prop_map(Value::from), text.prop_map(Value::from)];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn is_link_member(name: &str) -> bool {
    name.rsplit_once('@').is_some_and(|(_, name)| LINK_MEMBERS.contains(&name))
}

#[test]
fn the_longest_member_is_known() {
    assert_eq!(LINK_MEMBERS.iter().map(|member| member.len()).max(), Some(MAX_MEMBER));
}

#[test]
fn every_member_with_a_link_is_rewritten_and_no_other_one() {
    let members = LINK_MEMBERS.iter().flat_map(|member| {
        [format!("@{member}"), format!("contacts@{member}"), format!("a@b@{member}"), format!("@@{member}")]
    });
    let others = LINK_MEMBERS.iter().flat_map(|member| {
        [format!("@x{member}"), format!("@{member}x"), (*member).to_owned(), format!("@{member}@")]
    });
    let all = members.map(|name| (name, true)).chain(others.map(|name| (name, false)));
    for (name, is_link) in all {
        for between in ["", " ", "\n\t "] {
            let body = format!("{{\"{name}\"{between}:{between}\"https://org/x\"}}");
            let rewritten = body.replace("https://org/", "https://gw/");
            for size in [1, 3, 1_000] {
                let expected = if is_link { &rewritten } else { &body };
                assert_eq!(&passed(BodyKind::Json, body.as_bytes(), &[size]), expected, "{name} {size}");
            }
        }
    }
    // The same text as a value is no name.
    let body = r#"["@odata.nextLink","https://org/x",{"a":"@odata.nextLink"},"https://org/y"]"#;
    assert_eq!(passed(BodyKind::Json, body.as_bytes(), &[2]), body);
}

#[test]
fn a_piece_without_a_link_is_not_copied() {
    let piece = Bytes::from_static(b"{\"value\":[{\"@odata.etag\":\"W/1\",\"a@b.c\":\"x@y\"}");
    let mut rewriter = rewriter(BodyKind::Json);
    assert_eq!(rewriter.push(piece.clone()).as_ptr(), piece.as_ptr());
}

/// Rewrites the links of a document that was read as a whole.
fn rewritten(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(rewritten).collect(),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| match value {
                Value::String(link) if is_link_member(name) && link.starts_with("https://org/") => {
                    (name.clone(), json!(link.replacen("https://org/", "https://gw/", 1)))
                }
                other => (name.clone(), rewritten(other)),
            });
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn a_body_in_pieces_is_rewritten_like_the_whole(value in any_json(), sizes in prop::collection::vec(1usize..9, 1..5)) {
        let body = value.to_string();
        let found: Value = serde_json::from_str(&passed(BodyKind::Json, body.as_bytes(), &sizes)).unwrap();
        prop_assert_eq!(found, rewritten(&value));
    }

    #[test]
    fn bytes_that_are_not_json_pass_unchanged(body in prop::collection::vec(any::<u8>(), 0..200), size in 1usize..20) {
        for kind in [BodyKind::Json, BodyKind::Batch, BodyKind::Opaque] {
            let mut rewriter = LinkRewriter::new(kind, |_| None);
            let mut out = Vec::new();
            for piece in body.chunks(size) {
                out.extend_from_slice(&rewriter.push(Bytes::copy_from_slice(piece)));
            }
            out.extend_from_slice(&rewriter.finish());
            prop_assert_eq!(&out, &body);
        }
    }
}

#[test]
fn the_kind_of_a_body_is_that_of_its_media_type() {
    for (media_type, kind) in [
        (None, BodyKind::Opaque),
        (Some(""), BodyKind::Opaque),
        (Some("application/json"), BodyKind::Json),
        (Some(" Application/JSON ; charset=utf-8"), BodyKind::Json),
        (Some("application/problem+json"), BodyKind::Json),
        (Some("application/vnd.x+JSON;v=1"), BodyKind::Json),
        (Some("application/jsonx"), BodyKind::Opaque),
        (Some("text/plain; application/json"), BodyKind::Opaque),
        (Some("text/json"), BodyKind::Opaque),
        (Some("multipart/mixed"), BodyKind::Batch),
        (Some("Multipart/Mixed; boundary=b"), BodyKind::Batch),
        (Some("multipart/form-data"), BodyKind::Opaque),
    ] {
        assert_eq!(BodyKind::of(media_type), kind, "{media_type:?}");
    }
}

#[test]
fn each_line_of_a_batch_is_rewritten_if_it_has_a_link_and_stays_otherwise() {
    for (line, expected) in [
        ("Location: https://org/a", "Location: https://gw/a"),
        ("location:https://org/a", "location: https://gw/a"),
        ("LOCATION:   https://org/a  ", "LOCATION: https://gw/a"),
        ("OData-EntityId: https://org/a", "OData-EntityId: https://gw/a"),
        ("odata-entityid:https://org/a", "odata-entityid: https://gw/a"),
        ("Content-Location: https://org/a", "Content-Location: https://gw/a"),
        ("Location: https://other/a", "Location: https://other/a"),
        ("Location:", "Location:"),
        ("Locations: https://org/a", "Locations: https://org/a"),
        ("x-location: https://org/a", "x-location: https://org/a"),
        ("GET https://org/a HTTP/1.1", "GET https://gw/a HTTP/1.1"),
        ("get https://org/a HTTP/2", "get https://gw/a HTTP/2"),
        ("POST https://org/a HTTP/1.1", "POST https://gw/a HTTP/1.1"),
        ("PATCH https://org/a HTTP/1.1", "PATCH https://gw/a HTTP/1.1"),
        ("PUT https://org/a HTTP/1.1", "PUT https://gw/a HTTP/1.1"),
        ("DELETE https://org/a HTTP/1.1", "DELETE https://gw/a HTTP/1.1"),
        ("DELETE   https://org/a  HTTP/1.1", "DELETE https://gw/a HTTP/1.1"),
        ("GET https://org/a?b= HTTP/0 HTTP/1.1", "GET https://gw/a?b= HTTP/0 HTTP/1.1"),
        ("GET relative HTTP/1.1", "GET relative HTTP/1.1"),
        ("GET https://org/a", "GET https://org/a"),
        ("GET\thttps://org/a HTTP/1.1", "GET\thttps://org/a HTTP/1.1"),
        ("HEAD https://org/a HTTP/1.1", "HEAD https://org/a HTTP/1.1"),
        ("OPTIONS https://org/a HTTP/1.1", "OPTIONS https://org/a HTTP/1.1"),
        ("CONNECT https://org/a HTTP/1.1", "CONNECT https://org/a HTTP/1.1"),
        ("Pragma https://org/a HTTP/1.1", "Pragma https://org/a HTTP/1.1"),
        ("Date https://org/a HTTP/1.1", "Date https://org/a HTTP/1.1"),
        ("get", "get"),
        ("o", "o"),
        ("", ""),
        ("ö: https://org/a", "ö: https://org/a"),
        ("location: ä https://org/a", "location: ä https://org/a"),
        ("Content-Location:öööööööööö", "Content-Location:öööööööööö"),
        ("{\"@odata.id\":\"https://org/a\"}", "{\"@odata.id\":\"https://gw/a\"}"),
    ] {
        for end in ["", "\n", "\r\n", "\n\n", "\r\n--b--\r\n"] {
            // A line of a request that has no carriage return ends in its version.
            let body = format!("--b\n{line}{end}");
            let expected = format!("--b\n{expected}{end}");
            for size in [1, 4, 1_000] {
                let found = passed(BodyKind::Batch, body.as_bytes(), &[size]);
                assert_eq!(found, expected, "{line:?} {end:?} {size}");
            }
        }
        // In JSON a line is nothing.
        if !line.starts_with('{') {
            assert_eq!(passed(BodyKind::Json, line.as_bytes(), &[3]), line);
        }
    }
}

#[test]
fn a_batch_that_breaks_off_after_an_at_sign_has_its_next_line_rewritten() {
    for begun in ["@", "@odata.nextLink", "@odata.nextLin", "a@b@", "@@"] {
        let body = format!("x{begun}\nLocation: https://org/a\n");
        let expected = body.replace("https://org/", "https://gw/");
        for size in [1, 2, 100] {
            assert_eq!(passed(BodyKind::Batch, body.as_bytes(), &[size]), expected, "{begun} {size}");
        }
        assert_eq!(passed(BodyKind::Json, body.as_bytes(), &[3]), body, "{begun}");
    }
}

#[test]
fn a_link_or_line_is_held_up_to_its_limit() {
    for (kind, begin, end) in [
        (BodyKind::Json, "{\"@odata.nextLink\":\"", "\",\"@odata.deltaLink\":\"https://org/d\"}"),
        (BodyKind::Batch, "x\nLocation: ", "\nLocation: https://org/d\n"),
    ] {
        for (length, is_rewritten) in [(MAX_LINK - 1, true), (MAX_LINK, true), (MAX_LINK + 1, false)] {
            // What is held of a line has the name of the header.
            let name = if kind == BodyKind::Batch { "Location: ".len() } else { 0 };
            let link = format!("https://org/{}", "x".repeat(length - name - "https://org/".len()));
            let mut rewriter = rewriter(kind);
            let mut out = rewriter.push(Bytes::from(format!("{begin}{link}"))).to_vec();
            assert_eq!(rewriter.held.len(), if is_rewritten { length } else { 0 }, "{kind:?} {length}");
            out.extend_from_slice(&rewriter.push(Bytes::from(end)));
            out.extend_from_slice(&rewriter.finish());
            let expected =
                if is_rewritten { link.replace("https://org/", "https://gw/") } else { link.clone() };
            // What follows is rewritten in any case.
            let expected = format!("{begin}{expected}{}", end.replace("https://org/", "https://gw/"));
            assert!(String::from_utf8(out).unwrap() == expected, "{kind:?} {length}");
        }
    }
}

#[test]
fn what_is_held_at_the_end_of_a_body_is_passed_on() {
    for (kind, body, expected) in [
        (BodyKind::Json, "{\"@odata.nextLink\":\"https://org/a", "{\"@odata.nextLink\":\"https://org/a"),
        (BodyKind::Json, "{\"@odata.nextLink\":\"a\\", "{\"@odata.nextLink\":\"a\\"),
        (BodyKind::Json, "{\"@odata.nextLink\" ", "{\"@odata.nextLink\" "),
        (BodyKind::Json, "{\"@odata.nex", "{\"@odata.nex"),
        (BodyKind::Batch, "Location: https://org/a", "Location: https://gw/a"),
        (BodyKind::Batch, "Locatio", "Locatio"),
        (BodyKind::Opaque, "Location: https://org/a", "Location: https://org/a"),
    ] {
        for size in [1, 100] {
            assert_eq!(passed(kind, body.as_bytes(), &[size]), expected, "{body} {size}");
        }
    }
}

#[test]
fn a_link_is_rewritten_whatever_it_is_written_with() {
    for (written, expected) in [
        (r#""https://org/a""#, r#""https://gw/a""#),
        (r#""https:\/\/org\/a""#, r#""https://gw/a""#),
        (r#""\u0068ttps://org/a""#, r#""https://gw/a""#),
        (r#""https://org/\"\\""#, r#""https://gw/\"\\""#),
        (r#""https://org/\\""#, r#""https://gw/\\""#),
        (r#""https://org/ä""#, r#""https://gw/ä""#),
        (r#""https://org/""#, r#""https://gw/""#),
        (r#""""#, r#""""#),
        (r#""\x""#, r#""\x""#),
        (r#"["https://org/a"]"#, r#"["https://org/a"]"#),
        ("1", "1"),
        ("null", "null"),
        ("", ""),
    ] {
        let body = |value: &str| format!(r#"{{"@odata.id":{value},"@odata.id" : "https://org/b"}}"#);
        let expected = body(expected).replace("https://org/b", "https://gw/b");
        for size in [1, 2, 3, 5, 100] {
            let found = passed(BodyKind::Json, body(written).as_bytes(), &[size]);
            assert_eq!(found, expected, "{written} {size}");
        }
    }
}
