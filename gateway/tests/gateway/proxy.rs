//! The proxy: requests, links, errors, limits.
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use dvkit_gateway::store::Scope;

use crate::bench::{Bench, emulator};

#[tokio::test]
async fn next_links_lead_through_the_gateway_to_the_last_row() {
    let (bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    let mut link = format!("/proxy/{id}/contacts?$select=fullname");
    let (mut rows, mut pages) = (0, 0);
    loop {
        let response =
            caller.request("GET", &link).header("prefer", "odata.maxpagesize=3").send().await.unwrap();
        assert_eq!(response.status(), 200);
        let page: Value = response.json().await.unwrap();
        rows += page["value"].as_array().unwrap().len();
        pages += 1;
        let context = page["@odata.context"].as_str().unwrap();
        assert!(context.starts_with(&format!("{}/proxy/{id}/api/data/v9.2/", bench.url)), "{context}");
        assert!(!page.to_string().contains(emulator.url()), "{page}");
        match page["@odata.nextLink"].as_str() {
            Some(next) => link = next.to_owned(),
            None => break,
        }
    }
    let (_, count) = caller.get(&format!("/proxy/{id}/contacts/$count")).await;
    assert_eq!(json!(rows), count);
    assert!(pages > 1);
}

#[tokio::test]
async fn a_row_is_created_read_and_deleted_by_the_links_of_responses() {
    let (bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    let created = caller
        .request("POST", &format!("/proxy/{id}/api/data/v9.2/accounts"))
        .json(&json!({ "name": "New" }))
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), 204);
    let link = created.headers()["odata-entityid"].to_str().unwrap().to_owned();
    assert!(link.starts_with(&format!("{}/proxy/{id}/api/data/v9.2/accounts(", bench.url)), "{link}");
    // A link of the gateway in a body is one of the organisation.
    let contact = json!({ "lastname": "Smith", "parentcustomerid_account@odata.bind": link });
    let (status, error) = caller.send("POST", &format!("/proxy/{id}/contacts"), Some(contact)).await;
    assert_eq!(status, 204, "{error}");
    let (status, row) = caller.get(&format!("{link}?$select=name")).await;
    assert_eq!((status, &row["name"]), (200, &json!("New")));
    assert_eq!(caller.send("DELETE", &link, None).await.0, 204);
    let (status, error) = caller.get(&link).await;
    assert_eq!(status, 404);
    assert_eq!(error["error"]["code"], "0x80040217", "the organisation's own error: {error}");
}

#[tokio::test]
async fn what_the_service_refuses_for_a_while_is_absorbed_until_the_deadline() {
    let (bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    emulator.faults("1..2 on contacts: 429 after 1".parse().unwrap());
    let (status, page) = caller.get(&format!("/proxy/{id}/contacts?$top=1&$select=fullname")).await;
    assert_eq!(status, 200, "{page}");
    emulator.faults("always on contacts: 429 after 40".parse().unwrap());
    let begun = std::time::Instant::now();
    let response = caller
        .request("GET", &format!("/proxy/{id}/contacts?$top=1"))
        .header("prefer", "wait=2")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 503);
    let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=40).contains(&wait), "{wait}");
    let error: Value = response.json().await.unwrap();
    assert_eq!(error["error"]["code"], "throttled", "{error}");
    assert_eq!(error["error"]["may_have_run"], false, "{error}");
    // It is said at once that the wait would be too long.
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn the_preferences_of_the_caller_reach_the_organisation_without_the_deadline() {
    let (bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    emulator.clear_requests();
    let response = caller
        .request("GET", &format!("/proxy/{id}/contacts?$select=fullname"))
        .header("prefer", "wait=20, odata.maxpagesize=2")
        .header("x-forwarded-host", "evil.example")
        .header("cookie", "a=b")
        .send()
        .await
        .unwrap();
    let applied: Vec<&str> = response
        .headers()
        .get_all("preference-applied")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    assert!(applied.iter().any(|value| value.contains("wait=20")), "{applied:?}");
    assert!(response.headers().get("set-cookie").is_none());
    let requests = emulator.requests();
    let sent: Vec<_> = requests.iter().filter(|request| request.url.contains("contacts")).collect();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].header("prefer"), Some("odata.maxpagesize=2"));
}

#[tokio::test]
async fn a_batch_that_is_too_large_to_be_kept_is_passed_on_while_it_arrives() {
    let (bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    let mut body = String::new();
    let note = "x".repeat(2_000);
    for number in 0..600 {
        let row = json!({ "name": format!("Batch {number}"), "description": note });
        body.push_str(&format!(
            "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nPOST {}/proxy/{id}/accounts HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{row}\r\n",
            bench.url
        ));
    }
    body.push_str("--b--\r\n");
    assert!(body.len() > 1 << 20);
    let response = caller
        .request("POST", &format!("/proxy/{id}/$batch"))
        .header("content-type", "multipart/mixed; boundary=b")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    assert_eq!(text.matches("HTTP/1.1 204").count(), 600);
    assert_eq!(
        text.matches(&format!("OData-EntityId: {}/proxy/{id}/api/data/v9.2/accounts(", bench.url)).count(),
        600
    );
    assert!(!text.contains(emulator.url()));
    let (_, count) =
        caller.get(&format!("/proxy/{id}/accounts/$count?$filter=startswith(name,'Batch')")).await;
    assert_eq!(count, json!(600));
}

#[tokio::test]
async fn a_write_with_an_idempotency_key_takes_place_once() {
    let (bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    let path = format!("/proxy/{id}/accounts");
    let send = async |key: &str, name: &str| {
        let request = caller.request("POST", &path).header("idempotency-key", key);
        let response = request.json(&json!({ "name": name })).send().await.unwrap();
        let link = response.headers().get("odata-entityid").map(|link| link.to_str().unwrap().to_owned());
        (response.status().as_u16(), link, response.headers().contains_key("idempotency-replayed"))
    };
    let (status, link, is_replayed) = send("k1", "Once").await;
    assert_eq!((status, is_replayed), (204, false));
    assert_eq!(send("k1", "Once").await, (204, link.clone(), true));
    assert_eq!(send("k1", "Other").await.0, 422);
    assert_ne!(send("k2", "Once").await.1, link);
    // Of many at the same time one is executed; the others get its response, or are told to ask again.
    let all = futures_util::future::join_all((0..8).map(|_| send("k3", "Many"))).await;
    assert!(all.iter().all(|(status, ..)| matches!(status, 204 | 409)), "{all:?}");
    let (_, count) = caller.get(&format!("{path}/$count?$filter=name eq 'Many'")).await;
    assert_eq!(count, json!(1));
    // What was not executed can be sent again with the same key.
    emulator.faults("always on accounts: 429 after 100".parse().unwrap());
    let request = caller.request("POST", &path).header("idempotency-key", "k4").header("prefer", "wait=1");
    assert_eq!(request.json(&json!({ "name": "Later" })).send().await.unwrap().status(), 503);
}

#[tokio::test]
async fn an_account_with_many_slow_requests_leaves_room_for_others() {
    let mut settings = crate::bench::settings();
    (settings.limits.concurrent, settings.limits.waiting, settings.limits.concurrent_total) = (2, 2, 3);
    let bench = Bench::with(crate::bench::store().await, settings, |builder| builder).await;
    let (slow, quick) = (emulator().start().await.unwrap(), emulator().start().await.unwrap());
    let caller = bench.caller("a", Scope::ALL).await;
    let (slow_id, quick_id) = (caller.connect(&slow).await, caller.connect(&quick).await);
    slow.faults("always on accounts: delay 1500".parse().unwrap());
    let many = (0..8).map(|_| {
        let (caller, path) = (caller.clone(), format!("/proxy/{slow_id}/accounts?$top=1"));
        tokio::spawn(async move { caller.get(&path).await.0 })
    });
    let many: Vec<_> = many.collect();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    // There is a place left, although more of the slow account wait.
    let path = format!("/proxy/{quick_id}/accounts?$top=1");
    let answered = tokio::time::timeout(std::time::Duration::from_millis(1_000), caller.get(&path));
    assert_eq!(answered.await.expect("another account does not wait for the slow one").0, 200);
    let statuses: Vec<u16> =
        futures_util::future::join_all(many).await.into_iter().map(Result::unwrap).collect();
    let served = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!((served, statuses.iter().filter(|status| **status == 503).count()), (4, 4), "{statuses:?}");
}

#[tokio::test]
async fn a_request_without_the_scope_is_refused() {
    let (bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let owner = bench.caller("a", Scope::ALL).await;
    let id = owner.connect(&emulator).await;
    let reader = bench.caller("a", &[Scope::ProxyRead]).await;
    assert_eq!(reader.get(&format!("/proxy/{id}/WhoAmI()")).await.0, 200);
    for (method, path) in [
        ("POST", format!("/proxy/{id}/accounts")),
        ("DELETE", format!("/proxy/{id}/accounts(00000000-0000-0000-0000-000000000001)")),
        ("GET", "/accounts".to_owned()),
        ("DELETE", format!("/accounts/{id}")),
        ("POST", format!("/accounts/{id}/sign-in")),
        ("GET", format!("/accounts/{id}/schema")),
        ("GET", "/webhooks".to_owned()),
    ] {
        let (status, error) = reader.send(method, &path, None).await;
        assert!(
            status == 403 && error["error"]["code"] == "missing_scope",
            "{method} {path}: {status} {error}"
        );
    }
    let limited = bench.limited_caller("a", Scope::ALL, Some(vec!["acc_other".to_owned()])).await;
    assert_eq!(limited.get(&format!("/proxy/{id}/WhoAmI()")).await.0, 404);
    assert_eq!(limited.get("/accounts").await.1["accounts"], json!([]));
    let mut nobody = owner.clone();
    nobody.key.push('x');
    assert_eq!(nobody.get(&format!("/proxy/{id}/WhoAmI()")).await.0, 401);
}
