//! `$batch`: several requests in one.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{Answer, Api, builder};

/// Returns one part of a batch with this request.
fn part(id: Option<usize>, request: &str, body: &str) -> String {
    part_with(id, request, "", body)
}

/// Returns one part of a batch with a request that has further headers, each of which ends its line.
pub(crate) fn part_with(id: Option<usize>, request: &str, headers: &str, body: &str) -> String {
    let id = id.map_or_else(String::new, |id| format!("Content-ID: {id}\r\n"));
    format!(
        "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{id}\r\n{request} HTTP/1.1\r\nContent-Type: application/json; type=entry\r\n{headers}\r\n{body}\r\n"
    )
}

/// Returns a multipart message with these parts.
pub(crate) fn message(boundary: &str, parts: &[String]) -> String {
    let parts: String = parts.iter().map(|part| format!("--{boundary}\r\n{part}")).collect();
    format!("{parts}--{boundary}--\r\n")
}

/// Returns a part with a change set.
pub(crate) fn change_set(parts: &[String]) -> String {
    format!("Content-Type: multipart/mixed; boundary=\"set\"\r\n\r\n{}", message("set", parts))
}

impl Api {
    async fn batch_as(&self, ty: &str, prefer: &str, body: impl Into<String>) -> Answer {
        let request =
            self.request(Method::POST, "$batch").header("content-type", ty).header("prefer", prefer);
        Self::send(request.body(body.into())).await
    }

    async fn batch(&self, parts: &[String]) -> Answer {
        self.batch_as("multipart/mixed; boundary=\"b\"", "x", message("b", parts)).await
    }
}

/// Returns the status lines in the text of a batch.
pub(crate) fn statuses(text: &str) -> Vec<u16> {
    text.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()).collect()
}

// covers: batch / operations with headers and bodies
// covers: batch / URLs that are not encoded
// covers: batch / GET
#[tokio::test]
async fn operations_have_bodies_headers_and_urls_that_are_not_encoded() {
    let api = Api::start().await;
    let base = api.running.web_api();
    let answer = api
        .batch(&[
            part(None, "POST /api/data/v9.2/accounts", "{\"name\": \"a b\", \"accountnumber\": \"1\"}"),
            part(
                None,
                &format!("GET {base}accounts?$select=name&$filter=name eq 'a b' and accountnumber ne 'é'"),
                "",
            ),
            part(None, "DELETE accounts(accountnumber='1')", "null"),
            part(None, "GET accounts/$count", "null"),
        ])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(statuses(&answer.text), [204, 200, 204, 200], "{}", answer.text);
    assert!(answer.text.contains("\"name\":\"a b\""), "{}", answer.text);
    assert!(answer.text.starts_with("--batchresponse_"));
    assert!(answer.header("content-type").starts_with("multipart/mixed; boundary=batchresponse_"));
    assert!(answer.text.contains("\r\nContent-Type: text/plain\r\n"), "{}", answer.text);
    assert!(answer.text.contains("HTTP/1.1 204 No Content\r\n"));
    let line = answer.text.lines().find(|l| l.starts_with("OData-EntityId: ")).unwrap();
    assert!(line.ends_with(')') && line.contains("accounts("), "{line}");
}

// covers: batch / change sets as one transaction
// covers: batch / content ids in URLs and bindings
#[tokio::test]
async fn requests_of_a_change_set_refer_to_rows_that_earlier_ones_created() {
    let api = Api::start().await;
    let set = change_set(&[
        part(Some(1), "POST accounts", "{\"name\": \"Contoso\"}"),
        part(
            Some(2),
            "POST contacts",
            "{\"lastname\": \"Lee\", \"parentcustomerid_account@odata.bind\": \"$1\"}",
        ),
        part(Some(3), "PATCH $1", "{\"primarycontactid@odata.bind\": \"$2\", \"name\": \"$1\"}"),
        part(Some(4), "PUT $1/name", "{\"value\": \"Fabrikam\"}"),
    ]);
    let answer = api.batch(&[set]).await;
    assert_eq!(statuses(&answer.text), [204, 204, 204, 204], "{}", answer.text);
    assert!(answer.text.contains("--changesetresponse_") && answer.text.contains("\r\nContent-ID: 2\r\n"));
    let found = api.get("accounts?$select=name&$expand=primarycontactid($select=lastname)").await;
    assert_eq!(found.all("name"), ["Fabrikam"], "{}", found.text);
    assert_eq!(found.json["value"][0]["primarycontactid"]["lastname"], "Lee");
    let unknown = api.batch(&[change_set(&[part(Some(1), "PATCH $7", "{}")])]).await;
    assert!(
        unknown.text.contains("Content-ID Reference: '$7' does not exist in the batch context."),
        "{}",
        unknown.text
    );
}

// covers: batch / change sets are all or nothing
// covers: batch / odata.continue-on-error
#[tokio::test]
async fn a_failed_change_set_changes_nothing_and_has_one_response() {
    let api = Api::start().await;
    let id = api.create("accounts", json!({"name": "old"})).await;
    let set = || {
        change_set(&[
            part(Some(1), &format!("PATCH accounts({id})"), "{\"name\": \"new\"}"),
            part(Some(2), "POST contacts", "{\"lastname\": \"Lee\"}"),
            part(Some(3), "POST contacts", "{\"nosuchcolumn\": 1}"),
            part(Some(4), "POST contacts", "{\"lastname\": \"Kim\"}"),
        ])
    };
    let get = || part(None, "GET accounts?$select=name", "");
    let stopped = api.batch(&[set(), get()]).await;
    assert_eq!(
        (stopped.status, statuses(&stopped.text)),
        (StatusCode::BAD_REQUEST, vec![400]),
        "{}",
        stopped.text
    );
    assert!(
        stopped.text.contains("Content-ID: 3") && !stopped.text.contains("changesetresponse"),
        "{}",
        stopped.text
    );
    let parts = [set(), get(), part(None, "POST contacts", "{\"lastname\": \"Mo\"}")];
    let continued =
        api.batch_as("multipart/mixed;boundary=b", "odata.continue-on-error", message("b", &parts)).await;
    assert_eq!((continued.status, statuses(&continued.text)), (StatusCode::OK, vec![400, 200, 204]));
    assert_eq!(api.get("accounts?$select=name").await.all("name"), ["old"]);
    assert_eq!(api.get("contacts?$select=lastname").await.all("lastname"), ["Mo"]);
}

// covers: batch / operations before a failed one are kept
#[tokio::test]
async fn a_failed_operation_does_not_undo_the_earlier_ones() {
    let api = Api::start().await;
    let parts = [
        part(None, "POST contacts", "{\"lastname\": \"A\"}"),
        part(None, "POST contacts", "{\"nosuchcolumn\": 1}"),
        part(None, "POST contacts", "{\"lastname\": \"B\"}"),
    ];
    let stopped = api.batch(&parts).await;
    assert_eq!((stopped.status, statuses(&stopped.text)), (StatusCode::BAD_REQUEST, vec![204, 400]));
    assert_eq!(api.get("contacts?$select=lastname").await.all("lastname"), ["A"]);
}

// covers: batch / lines with LF, empty lines with spaces, text before the first delimiter
#[tokio::test]
async fn the_layout_of_other_clients_is_accepted() {
    let api = Api::start().await;
    let text = "\n--dwa \nContent-Type: application/http\nContent-Transfer-Encoding: binary\n   \nPOST contacts HTTP/1.1\nContent-Type: application/json\n \n{\"lastname\": \"A\"}\n\n--dwa\nContent-Type: application/http\n\nGET contacts?$select=lastname HTTP/1.1\n \nnull\n--dwa--";
    let answer = api.batch_as("multipart/mixed;boundary=dwa", "x", text).await;
    assert_eq!((answer.status, statuses(&answer.text)), (StatusCode::OK, vec![204, 200]), "{}", answer.text);
    assert!(answer.text.contains("\"lastname\":\"A\""));
}

// covers: batch / limits: 1,000 requests, no batch in a batch, no GET in a change set
// refuses: batch / changes of definitions in a change set
#[tokio::test]
async fn batches_that_the_service_refuses_are_refused() {
    let api = Api::start().await;
    let get = part(None, "GET accounts/$count", "");
    let most = api.batch(&vec![get.clone(); 1000]).await;
    assert_eq!(statuses(&most.text).len(), 1000, "{}", most.status);
    for (parts, words) in [
        (vec![get.clone(); 1001], "at most 1000"),
        (vec![change_set(std::slice::from_ref(&get))], "An invalid HTTP method 'GET' was detected"),
        (vec![part(None, "POST $batch", "")], "cannot contain a batch"),
        (vec![change_set(&[change_set(&[get])])], "another change set"),
        (vec!["Content-Type: text/plain\r\n\r\nx\r\n".to_owned()], "application/http"),
        (vec![part(None, "PATCH $1", "{}")], "does not exist in the batch context"),
    ] {
        let answer = api.batch(&parts).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{words}");
        assert!(answer.text.contains(words), "{words}: {}", answer.text);
    }
    let body = "{\"@odata.type\": \"Microsoft.Dynamics.CRM.EntityMetadata\"}";
    let definition = api.batch(&[change_set(&[part(Some(1), "POST EntityDefinitions", body)])]).await;
    assert_eq!(statuses(&definition.text), [501], "{}", definition.text);
}

// covers: batch / malformed batches
#[tokio::test]
async fn two_thousand_mutated_batches_never_make_the_emulator_fail() {
    let api = Api::of(builder().seed(json!({"accounts": [{"name": "A"}]}))).await;
    let whole = message(
        "b",
        &[
            part(None, "GET accounts?$select=name&$filter=name eq 'a'", ""),
            change_set(&[
                part(
                    Some(1),
                    "POST accounts",
                    "{\"name\": \"Contoso\", \"primarycontactid\": {\"lastname\": \"x\"}}",
                ),
                part(Some(2), "PATCH $1", "{\"parentaccountid@odata.bind\": \"$1\"}"),
            ]),
            part(None, "DELETE accounts(accountnumber='1')", ""),
        ],
    );
    let mut state = 1_u64;
    let mut random = move |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit.max(1)
    };
    let texts = [
        "\r\n",
        "\n",
        "--b",
        "--b--",
        "--set",
        "$1",
        "$",
        "%",
        "(",
        "'",
        "\u{0}",
        "ä",
        "{",
        "\"",
        ": ",
        "HTTP/1.1",
        "multipart/mixed; boundary=",
    ];
    for round in 0..2_000 {
        let mut body: Vec<char> = whole.chars().collect();
        for _ in 0..=random(4) {
            let at = random(body.len());
            match random(4) {
                0 => body.truncate(at),
                1 => {
                    let end = (at + random(40)).min(body.len());
                    body.drain(at..end);
                }
                2 => body.splice(at..at, texts[random(texts.len())].chars()).for_each(drop),
                _ => {
                    if let Some(c) = body.get_mut(at) {
                        *c = char::from(u8::try_from(random(128)).unwrap());
                    }
                }
            }
        }
        let ty =
            if round % 20 == 0 { "multipart/mixed; boundary=set" } else { "multipart/mixed; boundary=b" };
        let text: String = body.into_iter().collect();
        let answer = api.batch_as(ty, "odata.continue-on-error", text.clone()).await;
        let worst =
            statuses(&answer.text).into_iter().chain([answer.status.as_u16()]).filter(|s| *s != 501).max();
        assert!(worst.is_some_and(|status| status < 500), "{text}\n{}", answer.text);
    }
}
