//! Rows that are changed: conditions, properties, and what cannot be changed.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::create::assert_refused;
use super::{Answer, Api};

async fn patch_with(api: &Api, path: &str, header: (&str, &str), body: Value) -> Answer {
    Api::send(api.request(Method::PATCH, path).header(header.0, header.1).json(&body)).await
}

// covers: update / 204 and 200 with a representation
// covers: update / version number
// covers: update / modifiedon and modifiedby
#[tokio::test]
async fn a_change_gives_the_row_a_new_version() {
    let api = Api::start().await;
    let id = api.create("accounts", json!({"name": "a", "telephone1": "1"})).await;
    let path = format!("accounts({id})");
    let before = api.get(&path).await.json["versionnumber"].as_i64().unwrap();
    api.running.clock().advance(std::time::Duration::from_secs(60));
    let changed = patch_with(&api, &path, ("prefer", "return=representation"), json!({"name": "b"})).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    assert_eq!((&changed.json["name"], &changed.json["telephone1"]), (&json!("b"), &json!("1")));
    assert!(changed.json["versionnumber"].as_i64().unwrap() > before);
    assert_eq!(changed.json["@odata.etag"], format!("W/\"{}\"", changed.json["versionnumber"]));
    assert_eq!(changed.json["modifiedon"], "2026-11-29T12:01:00Z");
    assert_eq!(changed.json["createdon"], "2026-11-29T12:00:00Z");
}

// covers: update / If-Match with a version
// covers: update / If-Match: *
// covers: delete / If-Match with a version
#[tokio::test]
async fn a_change_of_another_version_is_refused() {
    let api = Api::start().await;
    let id = api.create("accounts", json!({"name": "a"})).await;
    let path = format!("accounts({id})");
    let tag = api.get(&path).await.header("etag").to_owned();
    let changed = patch_with(&api, &path, ("if-match", &tag), json!({"name": "b"})).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text);
    let words = "The version of the existing record doesn't match the RowVersion property provided.";
    let refused = patch_with(&api, &path, ("if-match", &tag), json!({"name": "c"})).await;
    assert_refused(&refused, StatusCode::PRECONDITION_FAILED, "0x80060882", words);
    let refused = Api::send(api.request(Method::DELETE, &path).header("if-match", &tag)).await;
    assert_refused(&refused, StatusCode::PRECONDITION_FAILED, "0x80060882", words);
    assert_eq!(api.get(&path).await.json["name"], "b");
    let changed = patch_with(&api, &path, ("if-match", "*"), json!({"name": "d"})).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT);
    let missing = "accounts(00000000-0000-4000-8000-000000000009)";
    let refused = patch_with(&api, missing, ("if-match", "*"), json!({"name": "d"})).await;
    assert_refused(&refused, StatusCode::NOT_FOUND, "0x80040217", "Does Not Exist");
}

// covers: update / PUT of a property
// covers: update / DELETE of a property
#[tokio::test]
async fn one_property_is_replaced_and_removed() {
    let api = Api::start().await;
    let id = api.create("accounts", json!({"name": "a"})).await;
    let path = format!("accounts({id})/name");
    let put = Api::send(api.request(Method::PUT, &path).json(&json!({"value": "b"}))).await;
    assert_eq!(put.status, StatusCode::NO_CONTENT, "{}", put.text);
    assert_eq!(api.get(&path).await.json["value"], "b");
    let long = Api::send(api.request(Method::PUT, &path).json(&json!({"value": "x".repeat(161)}))).await;
    assert_refused(&long, StatusCode::BAD_REQUEST, "0x80044331", "'160'");
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.get(&path).await.status, StatusCode::NO_CONTENT);
    let none = Api::send(api.request(Method::PUT, &path).json(&json!({"name": "b"}))).await;
    assert_refused(&none, StatusCode::BAD_REQUEST, "0x80060888", "'value'");
}

// covers: update / clearing a lookup by null
// covers: update / polymorphic lookup
#[tokio::test]
async fn a_lookup_is_bound_again_and_cleared() {
    let api = Api::start().await;
    let account = api.create("accounts", json!({"accountnumber": "a'b/c"})).await;
    let other = api.create("contacts", json!({"lastname": "Bob"})).await;
    let key = "/accounts(accountnumber='a''b/c')";
    let contact =
        api.create("contacts", json!({"lastname": "Ann", "parentcustomerid_account@odata.bind": key})).await;
    let path = format!("contacts({contact})");
    let select = format!("{path}?$select=_parentcustomerid_value");
    let prefer = "odata.include-annotations=\"*\"";
    let row = api.get_preferring(&select, prefer).await;
    assert_eq!(row.json["_parentcustomerid_value"], account.as_str(), "{}", row.text);
    assert_eq!(row.json["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"], "account");
    let absolute = format!("{}contacts({other})", api.running.web_api());
    let moved = api.patch(&path, json!({"parentcustomerid_contact@odata.bind": absolute})).await;
    assert_eq!(moved.status, StatusCode::NO_CONTENT, "{}", moved.text);
    let row = api.get_preferring(&select, prefer).await;
    assert_eq!(row.json["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"], "contact");
    for null in
        [json!({"parentcustomerid_contact@odata.bind": null}), json!({"parentcustomerid_account": null})]
    {
        let cleared = api.patch(&path, null).await;
        assert_eq!(cleared.status, StatusCode::NO_CONTENT, "{}", cleared.text);
        assert_eq!(api.get(&select).await.json["_parentcustomerid_value"], Value::Null);
    }
}

// covers: update / rows within the row
// covers: update / primary key
// covers: update / required column cleared
#[tokio::test]
async fn what_an_update_cannot_do_is_refused() {
    let api = Api::start().await;
    let contact = api.create("contacts", json!({"lastname": "Ann"})).await;
    let bind = format!("contacts({contact})");
    let incident =
        api.create("incidents", json!({"title": "t", "customerid_contact@odata.bind": bind})).await;
    let id = api.create("accounts", json!({"name": "a"})).await;
    let path = format!("accounts({id})");
    let bad = StatusCode::BAD_REQUEST;
    let nested = api.patch(&path, json!({"name": "b", "primarycontactid": {"lastname": "x"}})).await;
    assert_refused(&nested, bad, "0x80060888", "primarycontactid");
    let nested =
        api.patch(&path, json!({"name": "b", "contact_customer_accounts": [{"lastname": "x"}]})).await;
    assert_refused(&nested, bad, "0x80060888", "contact_customer_accounts");
    let moved = api.patch(&path, json!({"accountid": contact})).await;
    assert_refused(&moved, bad, "0x80060888", "cannot be changed");
    let same = api.patch(&path, json!({"accountid": id, "name": "a"})).await;
    assert_eq!(same.status, StatusCode::NO_CONTENT, "{}", same.text);
    let path = format!("incidents({incident})");
    let cleared = api.patch(&path, json!({"customerid_contact@odata.bind": null})).await;
    assert_refused(&cleared, bad, "0x80040203", "customerid");
    assert_eq!(api.get("accounts?$select=name").await.all("name"), ["a"]);
    let put =
        Api::send(api.request(Method::PUT, &format!("accounts({id})")).json(&json!({"name": "x"}))).await;
    assert_eq!(put.status, StatusCode::METHOD_NOT_ALLOWED, "{}", put.text);
}
