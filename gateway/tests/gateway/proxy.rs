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
