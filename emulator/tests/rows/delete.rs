//! Rows that are deleted, and those that are related to them.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Api;
use super::create::assert_refused;

// covers: delete / 204, then 404
// covers: delete / rows that refer to the row
#[tokio::test]
async fn lookups_to_a_deleted_row_become_null() {
    let api = Api::start().await;
    let contact = api.create("contacts", json!({"lastname": "Ann"})).await;
    let account = json!({"name": "a", "primarycontactid@odata.bind": format!("contacts({contact})")});
    let account = api.create("accounts", account).await;
    let path = format!("accounts({account})?$select=_primarycontactid_value");
    let before = api.get(&path).await;
    assert_eq!(api.delete(&format!("contacts({contact})")).await.status, StatusCode::NO_CONTENT);
    let after = api.get(&path).await;
    assert_eq!(after.json["_primarycontactid_value"], Value::Null);
    assert_ne!(after.json["@odata.etag"], before.json["@odata.etag"]);
    let again = api.delete(&format!("contacts({contact})")).await;
    assert_refused(&again, StatusCode::NOT_FOUND, "0x80040217", "Entity 'contact' With Id =");
}

// covers: delete / pairs of N:N relationships
#[tokio::test]
async fn pairs_of_a_deleted_row_are_deleted() {
    let api = Api::start().await;
    let me = api.get("WhoAmI").await.json["UserId"].as_str().unwrap().to_owned();
    let bind = json!({"new_project_systemuser@odata.bind": [format!("systemusers({me})")]});
    let project = api.create("new_projects", bind).await;
    let pairs = || api.get("new_project_systemuserset");
    assert_eq!(pairs().await.all("new_projectid"), [project.as_str()]);
    assert_eq!(api.delete(&format!("new_projects({project})")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(pairs().await.all("new_projectid"), Vec::<Value>::new());
}

// covers: delete / rows that the organisation needs
#[tokio::test]
async fn rows_that_the_organisation_needs_are_not_deleted() {
    let api = Api::start().await;
    let id =
        |answer: super::Answer, column: &str| answer.json["value"][0][column].as_str().unwrap().to_owned();
    let unit = id(api.get("businessunits").await, "businessunitid");
    let team = id(api.get("teams").await, "teamid");
    let user = id(api.get("systemusers").await, "systemuserid");
    let currency = id(api.get("transactioncurrencies").await, "transactioncurrencyid");
    let cases = [
        (format!("businessunits({unit})"), "0x80040227", "associated with another object"),
        (format!("teams({team})"), "0x80048307", "default business unit team can't be deleted"),
        (format!("systemusers({user})"), "0x80040800", "'systemuser'"),
        (format!("transactioncurrencies({currency})"), "0x80040227", "associated with another object"),
    ];
    for (path, code, words) in cases {
        assert_refused(&api.delete(&path).await, StatusCode::BAD_REQUEST, code, words);
    }
    let mine = api
        .create("teams", json!({"name": "t", "administratorid@odata.bind": format!("systemusers({user})")}))
        .await;
    let bind = json!({"ownerid@odata.bind": format!("teams({mine})")});
    let account = api.create("accounts", bind).await;
    let refused = api.delete(&format!("teams({mine})")).await;
    assert_refused(&refused, StatusCode::BAD_REQUEST, "0x8004830e", "Can't delete a team which owns records");
    api.delete(&format!("accounts({account})")).await;
    assert_eq!(api.delete(&format!("teams({mine})")).await.status, StatusCode::NO_CONTENT);
}
