//! Rows that are deleted, and those that are related to them.

use dvkit_schema::{Cascade, CascadeAction};
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

/// Sets what the relationship `name` of accounts says about its rows.
pub(crate) fn set_cascade(api: &Api, table: &str, name: &str, cascade: Cascade) {
    api.running.change(|schema| {
        let table = schema.tables.get_mut(table).unwrap();
        let relationship = table.relationships.iter_mut().find(|r| r.navigation.as_deref() == Some(name));
        relationship.unwrap().cascade = Some(cascade);
    });
}

// covers: delete / Cascade and Restrict of relationships
#[tokio::test]
async fn relationships_say_what_becomes_of_the_rows_of_a_deleted_row() {
    let api = Api::start().await;
    let delete = |delete| Cascade { delete: Some(delete), ..Cascade::default() };
    let body = json!({
        "name": "a",
        "contact_customer_accounts": [{"lastname": "Ann"}],
        "Account_Tasks": [{"subject": "t"}],
    });
    let account = api.create("accounts", body).await;
    set_cascade(&api, "account", "contact_customer_accounts", delete(CascadeAction::Restrict));
    set_cascade(&api, "account", "Account_Tasks", delete(CascadeAction::Cascade));
    let refused = api.delete(&format!("accounts({account})")).await;
    assert_refused(&refused, StatusCode::BAD_REQUEST, "0x80040227", "associated with another object");
    assert_eq!(api.get("tasks").await.all("subject"), ["t"]);
    set_cascade(&api, "account", "contact_customer_accounts", delete(CascadeAction::RemoveLink));
    assert_eq!(api.delete(&format!("accounts({account})")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.get("tasks").await.all("subject"), Vec::<Value>::new());
    assert_eq!(api.get("activitypointers").await.all("subject"), Vec::<Value>::new());
    assert_eq!(api.get("contacts").await.all("_parentcustomerid_value"), [Value::Null]);
}

// covers: delete / hierarchies with loops
#[tokio::test]
async fn a_loop_of_rows_is_deleted() {
    let api = Api::start().await;
    let all = Cascade { delete: Some(CascadeAction::Cascade), ..Cascade::default() };
    set_cascade(&api, "account", "account_parent_account", all);
    let first = api.create("accounts", json!({"name": "0"})).await;
    let mut last = first.clone();
    for n in 1..50 {
        last = api
            .create(
                "accounts",
                json!({"name": n.to_string(), "parentaccountid@odata.bind": format!("accounts({last})")}),
            )
            .await;
    }
    let close = json!({"parentaccountid@odata.bind": format!("accounts({last})")});
    api.patch(&format!("accounts({first})"), close).await;
    assert_eq!(api.delete(&format!("accounts({last})")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.get("accounts").await.all("name"), Vec::<Value>::new());
}
