//! Batches: the parts that are refused, the references to created rows, and the responses in order.

use bytes::Bytes;
use dvkit_emulator::InProcessEmulator;
use http::{Request, Response};

use super::{builder, send};

/// Sends a batch with the given content type and body.
fn post(emulator: &InProcessEmulator, content_type: &str, prefer: &str, body: &str) -> Response<Bytes> {
    let request = Request::post("/api/data/v9.2/$batch").header("content-type", content_type);
    let request = request.header("prefer", prefer).body(Bytes::from(body.replace('\n', "\r\n")));
    emulator.respond("ann", request.unwrap())
}

/// Returns the status of a batch, and the status and the content id of each of its responses in order.
fn outline(response: &Response<Bytes>) -> String {
    let text = String::from_utf8_lossy(response.body()).into_owned();
    let mut parts = vec![response.status().as_u16().to_string()];
    let mut id = String::new();
    for line in text.lines() {
        if let Some(value) = line.strip_prefix("Content-ID: ") {
            id = format!("{value}:");
        }
        if let Some(status) = line.strip_prefix("HTTP/1.1 ") {
            parts.push(format!("{id}{}", status.split(' ').next().unwrap()));
            id.clear();
        }
    }
    parts.join(" ")
}

/// Returns a part with this request.
fn part(boundary: &str, head: &str, request: &str) -> String {
    format!("--{boundary}\nContent-Type: application/http\n{head}\n{request}\n\n\n")
}

/// Returns a batch with one change set of these requests, with the content ids 1, 2 and so on.
fn change_set(requests: &[&str]) -> String {
    let parts: String = requests
        .iter()
        .enumerate()
        .map(|(n, request)| part("c", &format!("Content-ID: {}\n", n + 1), request))
        .collect();
    format!("--b\nContent-Type: multipart/mixed; boundary=c\n\n{parts}--c--\n--b--\n")
}

const TYPE: &str = "multipart/mixed; boundary=b";

#[test]
fn a_batch_that_cannot_be_read_is_refused_as_a_whole() {
    let emulator = builder().in_process().unwrap();
    let get = part("b", "", "GET accounts HTTP/1.1");
    let whole = format!("{get}--b--\n");
    for (content_type, body, why) in [
        ("", whole.clone(), "multipart/mixed with a boundary"),
        ("application/json", whole.clone(), "multipart/mixed with a boundary"),
        ("multipart/mixed", whole.clone(), "multipart/mixed with a boundary"),
        ("multipart/mixed; boundary=", whole.clone(), "multipart/mixed with a boundary"),
        ("multipart/mixed; boundary=\"\"", whole.clone(), "multipart/mixed with a boundary"),
        ("multipart/mixed; boundary=other", whole.clone(), "no line `--other`"),
        (TYPE, String::new(), "no line `--b`"),
        (TYPE, get.clone(), "no line `--b--`"),
        (TYPE, "--b\nno header\n\n--b--\n".into(), "invalid header: `no header`"),
        (TYPE, "--b\n: empty\n\n--b--\n".into(), "invalid header"),
        (TYPE, "--b\n\nGET accounts HTTP/1.1\n\n--b--\n".into(), "content type application/http"),
        (TYPE, "--b\nContent-Type: text/plain\n\nGET accounts HTTP/1.1\n\n--b--\n".into(), "content type application/http"),
        (TYPE, part("b", "", "") + "--b--\n", "incomplete HTTP request"),
        (TYPE, part("b", "", "GET") + "--b--\n", "not an HTTP request: `GET`"),
        (TYPE, part("b", "", "G{T accounts HTTP/1.1") + "--b--\n", "invalid method"),
        (TYPE, part("b", "", "GET accounts HTTP/1.1\nno header") + "--b--\n", "invalid header"),
        (TYPE, part("b", "", "GET /elsewhere HTTP/1.1") + "--b--\n", "not below /api/data/"),
        (TYPE, part("b", "", "GET http://host HTTP/1.1") + "--b--\n", "has no path"),
        (TYPE, part("b", "", "GET /api/data/v9.2 HTTP/1.1") + "--b--\n", "has no version"),
        (TYPE, change_set(&["GET accounts HTTP/1.1"]), "invalid HTTP method 'GET'"),
        (
            TYPE,
            "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: multipart/mixed; boundary=d\n\n--d--\n--c--\n--b--\n".into(),
            "cannot contain another change set",
        ),
    ] {
        let response = post(&emulator, content_type, "", &body);
        let text = String::from_utf8_lossy(response.body()).into_owned();
        assert_eq!(response.status(), 400, "{content_type}, {body}: {text}");
        assert!(text.contains(why) && text.contains("0x80060888"), "{content_type}, {body}: {text}");
    }
}

/// The limits of a batch: one part less is answered, one part more is refused.
#[test]
fn the_limits_of_a_batch_are_inclusive() {
    let emulator = builder().in_process().unwrap();
    let many = |count: usize| {
        let parts: String = (0..count).map(|_| part("b", "", "GET RetrieveVersion() HTTP/1.1")).collect();
        outline(&post(&emulator, TYPE, "", &format!("{parts}--b--\n")))
    };
    assert_eq!(many(1_000).split(' ').count(), 1_001);
    assert_eq!(many(1_001), "400");
    let url = |length: usize| {
        let start = "RetrieveVersion()?a=";
        let url = format!("{start}{}", "x".repeat(length - start.len()));
        outline(&post(&emulator, TYPE, "", &(part("b", "", &format!("GET {url} HTTP/1.1")) + "--b--\n")))
    };
    assert_eq!(url(65_536), "200 200");
    assert_eq!(url(65_537), "400");
    let boundary = |length: usize| {
        let boundary = "x".repeat(length);
        let body = part(&boundary, "", "GET RetrieveVersion() HTTP/1.1") + &format!("--{boundary}--\n");
        outline(&post(&emulator, &format!("multipart/mixed; boundary={boundary}"), "", &body))
    };
    assert_eq!(boundary(70), "200 200");
}

#[test]
fn the_parts_of_a_batch_are_read_in_all_the_forms_that_clients_write() {
    let emulator = builder().in_process().unwrap();
    for (content_type, body) in [
        (TYPE, part("b", "", "GET accounts HTTP/1.1") + "--b--\n"),
        (TYPE, part("b", "", "GET accounts") + "--b--\n"),
        (TYPE, part("b", "", "GET /api/data/v9.2/accounts HTTP/1.1") + "--b--\n"),
        (TYPE, part("b", "", "GET http://127.0.0.1:9/api/data/v9.2/accounts HTTP/1.1") + "--b--\n"),
        (
            TYPE,
            part("b", "", "GET HTTPS://contoso.crm.dynamics.com/api/data/v9.0/accounts HTTP/1.1") + "--b--\n",
        ),
        (TYPE, part("b", "", "GET accounts?$filter=name eq 'a b' HTTP/1.1") + "--b--\n"),
        (TYPE, part("b", "", "GET accounts?$filter=name eq 'HTTP/' HTTP/1.1") + "--b--\n"),
        (TYPE, part("b", "", "\n\nGET accounts HTTP/1.1\nAccept: application/json") + "--b--\n"),
        (TYPE, format!("a preamble\n{}--b--  \nan epilogue\n", part("b", "", "GET accounts HTTP/1.1"))),
        ("multipart/mixed;boundary=\"b\"", part("b", "", "GET accounts HTTP/1.1") + "--b--"),
        ("Multipart/Mixed; charset=utf-8; Boundary=b", part("b", "", "GET accounts HTTP/1.1") + "--b--\n"),
    ] {
        let response = post(&emulator, content_type, "", &body);
        assert_eq!(outline(&response), "200 200", "{content_type} {body}: {response:?}");
    }
}

#[test]
fn a_batch_stops_at_the_first_failure_unless_it_goes_on() {
    let emulator = builder().in_process().unwrap();
    let body = [
        part("b", "Content-ID: x\n", "GET accounts HTTP/1.1"),
        part("b", "", "GET nosuchset HTTP/1.1\nContent-ID: y"),
        part("b", "", "GET contacts HTTP/1.1"),
        part("b", "", "GET $batch HTTP/1.1"),
        part("b", "", "POST $batch HTTP/1.1"),
    ]
    .concat()
        + "--b--\n";
    let stopped = post(&emulator, TYPE, "", &body);
    assert_eq!(outline(&stopped), "400 x:200 y:404");
    assert!(!stopped.headers().contains_key("preference-applied"));
    let whole = post(&emulator, TYPE, "odata.continue-on-error", &body);
    assert_eq!(outline(&whole), "200 x:200 y:404 200 400 400");
    assert_eq!(whole.headers()["preference-applied"], "odata.continue-on-error");
    assert_eq!(outline(&post(&emulator, TYPE, "odata.continue-on-error=false", &body)), "400 x:200 y:404");
}

#[test]
fn a_change_set_succeeds_or_fails_as_a_whole() {
    let emulator = builder().in_process().unwrap();
    let count = |set: &str| {
        String::from_utf8_lossy(send(&emulator, &format!("GET {set}/$count")).body()).into_owned()
    };
    let account = "POST accounts HTTP/1.1\nContent-Type: application/json\n\n{\"name\": \"Contoso\"}";
    let contact = |reference: &str| {
        format!(
            "POST contacts HTTP/1.1\nContent-Type: application/json\n\n{{\"lastname\": \"Ann\", \"parentcustomerid_account@odata.bind\": \"{reference}\"}}"
        )
    };
    let failing = "POST accounts HTTP/1.1\nContent-Type: application/json\n\n{\"nothing\": 1}";
    assert_eq!(
        outline(&post(&emulator, TYPE, "", &change_set(&[account, &contact("$1")]))),
        "200 1:204 2:204"
    );
    assert_eq!((count("accounts"), count("contacts")), ("1".into(), "1".into()));
    assert_eq!(
        outline(&post(&emulator, TYPE, "", &change_set(&[]))),
        "200",
        "an empty change set does nothing"
    );
    assert_eq!(outline(&post(&emulator, TYPE, "", &change_set(&[account, failing, account]))), "400 2:400");
    assert_eq!(count("accounts"), "1", "the account before the failing one is not kept");
    for (reference, status) in [
        ("$2", "400 2:400"),
        ("$9", "400 2:400"),
        ("/accounts(00000000-0000-0000-0000-000000000001)", "400 2:404"),
    ] {
        let outline = outline(&post(&emulator, TYPE, "", &change_set(&[account, &contact(reference)])));
        assert_eq!(outline, status, "{reference}");
    }
    assert_eq!(count("accounts"), "1");
    // A row of the set is also the target of a later change.
    let changed = "PATCH $1 HTTP/1.1\nContent-Type: application/json\n\n{\"name\": \"Changed\"}";
    assert_eq!(outline(&post(&emulator, TYPE, "", &change_set(&[account, changed]))), "200 1:204 2:204");
    let names = send(&emulator, "GET accounts?$select=name&$filter=name eq 'Changed'");
    assert!(String::from_utf8_lossy(names.body()).contains("\"Changed\""), "{names:?}");
    // Definitions do not belong to the transaction.
    for path in [
        "EntityDefinitions",
        "RelationshipDefinitions",
        "GlobalOptionSetDefinitions",
        "CreateEntities",
        "InsertOptionValue",
        "InsertStatusValue",
        "UpdateOptionValue",
        "UpdateStateValue",
        "DeleteOptionValue",
        "OrderOption",
        "PublishXml",
        "PublishAllXml",
        "$batch",
    ] {
        let outline =
            outline(&post(&emulator, TYPE, "", &change_set(&[&format!("POST {path} HTTP/1.1\n\n{{}}")])));
        assert_eq!(outline, "400 1:501", "{path}");
    }
}

/// The headers of a batch that concern every operation are those of its parts, too.
#[test]
fn the_parts_of_a_batch_inherit_who_calls() {
    let emulator = builder().in_process().unwrap();
    let user = r#"PATCH systemusers(§c) | {"domainname": "eve", "firstname": "Eve", "lastname": "Ek"}"#;
    assert_eq!(send(&emulator, &user.replace("§c", &super::id("c"))).status(), 204);
    let body = part("b", "", "GET WhoAmI HTTP/1.1") + "--b--\n";
    for (name, value, own, found) in [
        ("mscrmcallerid", super::id("c"), String::new(), true),
        ("mscrmcallerid", super::id("d"), format!("\nMSCRMCallerID: {}", super::id("c")), true),
        ("x-caller", super::id("c"), String::new(), false),
    ] {
        let request = Request::post("/api/data/v9.2/$batch").header("content-type", TYPE).header(name, value);
        let body = body.replace(" HTTP/1.1", &format!(" HTTP/1.1{own}")).replace('\n', "\r\n");
        let response = emulator.respond("ann", request.body(Bytes::from(body)).unwrap());
        let text = String::from_utf8_lossy(response.body()).into_owned();
        assert_eq!(text.contains(&super::id("c")), found, "{name}: {text}");
    }
}
