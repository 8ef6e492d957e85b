//! The options of a client and of a request, as they are sent.

use std::collections::BTreeMap;

use dvkit_client::{BypassLogic, ErrorKind, Expect, Prefer, Request, RequestOptions};
use uuid::Uuid;

use super::{good, serve};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// The headers of a request that the options change, and its target.
async fn headers_of(change: impl FnOnce(RequestOptions) -> RequestOptions, request: Request) -> Vec<String> {
    let (client, record) = serve(false, |_| (200, "{}".to_owned())).await;
    client.with(change).send(request).await.unwrap();
    let seen = record.lock().unwrap().remove(0);
    let usual = ["accept", "accept-encoding", "authorization", "content-length", "host", "odata-maxversion"];
    let usual = |name: &str| {
        usual.contains(&name)
            || ["odata-version", "user-agent", "content-type", "x-ms-client-request-id"].contains(&name)
    };
    let headers: BTreeMap<&str, &str> =
        seen.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let own = headers
        .into_iter()
        .filter(|(name, value)| !usual(name) && (*name, *value) != ("if-none-match", "null"));
    let mut all: Vec<String> = own.map(|(name, value)| format!("{name}: {value}")).collect();
    all.insert(0, seen.line);
    all
}

#[tokio::test]
async fn every_option_has_its_header_or_its_query_option() {
    type Change = fn(RequestOptions) -> RequestOptions;
    let rows: [(Change, &[&str]); 17] = [
        (|o| o, &["GET accounts"]),
        (|o| o.header("X-Own", "1").header("x-own", "2"), &["GET accounts", "x-own: 2"]),
        (|o| o.as_user(id(1)), &["GET accounts", "mscrmcallerid: 00000000-0000-0000-0000-000000000001"]),
        (
            |o| o.as_entra_user(id(1)),
            &["GET accounts", "callerobjectid: 00000000-0000-0000-0000-000000000001"],
        ),
        (
            |o| o.as_user(id(1)).as_entra_user(id(2)),
            &["GET accounts", "callerobjectid: 00000000-0000-0000-0000-000000000002"],
        ),
        (
            |o| o.as_entra_user(id(1)).as_user(id(2)),
            &["GET accounts", "mscrmcallerid: 00000000-0000-0000-0000-000000000002"],
        ),
        (
            |o| o.bypass_custom_logic(BypassLogic::Synchronous),
            &["GET accounts", "mscrm.bypassbusinesslogicexecution: CustomSync"],
        ),
        (
            |o| o.bypass_custom_logic(BypassLogic::Asynchronous),
            &["GET accounts", "mscrm.bypassbusinesslogicexecution: CustomAsync"],
        ),
        (
            |o| o.bypass_custom_logic(BypassLogic::All),
            &["GET accounts", "mscrm.bypassbusinesslogicexecution: CustomSync,CustomAsync"],
        ),
        (
            |o| o.bypass_steps([id(1), id(2)]),
            &[
                "GET accounts",
                "mscrm.bypassbusinesslogicexecutionstepids: \
                 00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002",
            ],
        ),
        (
            RequestOptions::bypass_flows,
            &["GET accounts", "mscrm.suppresscallbackregistrationexpanderjob: true"],
        ),
        (RequestOptions::detect_duplicates, &["GET accounts", "mscrm.suppressduplicatedetection: false"]),
        (|o| o.solution("Own"), &["GET accounts", "mscrm.solutionuniquename: Own"]),
        (RequestOptions::strong_consistency, &["GET accounts", "consistency: Strong"]),
        (|o| o.session_token("s:1"), &["GET accounts", "mscrm.sessiontoken: s:1"]),
        (
            |o| o.tag("a").tag("b & c").partition("p").partition("q"),
            &["GET accounts?tag=b+%26+c&partitionId=q"],
        ),
        (
            |o| {
                o.prefer(Prefer::new().annotations("a.*"))
                    .prefer(Prefer::new().max_page_size(2).annotations("b"))
            },
            &["GET accounts", "prefer: odata.include-annotations=\"a.*,b\",odata.maxpagesize=2"],
        ),
    ];
    for (change, headers) in rows {
        assert_eq!(headers_of(change, Request::get("accounts")).await, headers);
    }
    // What a request says itself counts more than what the client says.
    let request = Request::get("accounts?$top=1").header("Consistency", "Weak").query("tag", "own");
    assert_eq!(
        headers_of(|o| o.strong_consistency().header("x-own", "1"), request).await,
        ["GET accounts?$top=1&tag=own", "consistency: Weak", "x-own: 1"]
    );
}

#[tokio::test]
async fn every_condition_and_body_of_a_request_is_sent_as_it_was_set() {
    for (request, headers) in [
        (Request::get("a").if_none_match("W/\"1\""), &["GET a", "if-none-match: W/\"1\""][..]),
        (Request::patch("a").json(&1).if_match("W/\"1\""), &["PATCH a", "if-match: W/\"1\""]),
        (Request::patch("a").json(&1).only_update(), &["PATCH a", "if-match: *"]),
        (Request::patch("a").json(&1).only_create(), &["PATCH a", "if-none-match: *"]),
        (Request::put("a").bytes("text/plain", "x"), &["PUT a"]),
        (Request::delete("a"), &["DELETE a"]),
        (Request::get("a").query("b", "c d").query("e", "f"), &["GET a?b=c%20d&e=f"]),
        (Request::get("a?").query("b", "1"), &["GET a?b=1"]),
        (Request::get("a?x=1&").query("b", "1"), &["GET a?x=1&b=1"]),
        (
            Request::get("a").query("b", "\"#%&+<>`{}|\\^"),
            &["GET a?b=%22%23%25%26%2B%3C%3E%60%7B%7D%7C%5C%5E"],
        ),
        (Request::get("a").query("b", "$(,;:@!*)='/?"), &["GET a?b=$(,;:@!*)=%27/?"]),
    ] {
        let request = request.expect(Expect::Anything);
        assert_eq!(headers_of(|options| options, request).await, headers);
    }
    let (client, record) = serve(false, |_| good()).await;
    for (mistake, text) in [
        (Request::get("a").header("a b", "1"), "the header `a b` has a name or value that cannot be sent"),
        (Request::get("a").header("a", "1\n2"), "the header `a` has a name or value that cannot be sent"),
        (Request::get("a").refuse("first").refuse("second"), "first"),
        (Request::get("a").refuse("first").header("a b", ""), "first"),
        (
            Request::post("a").json(&BTreeMap::from([((1, 2), 3)])),
            "the body cannot be written as JSON: key must be a string",
        ),
    ] {
        let error = client.send(mistake).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{text}");
        assert!(error.to_string().contains(text), "{text}: {error}");
    }
    assert!(record.lock().unwrap().is_empty());
}
