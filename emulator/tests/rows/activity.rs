//! Activities: their base rows and their parties.

use dvkit_schema::{Cascade, CascadeAction};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Api;
use super::create::assert_refused;
use super::delete::set_cascade;

// covers: create / base rows of activities
// covers: update / base rows of activities
// covers: delete / base rows of activities
#[tokio::test]
async fn an_activity_has_a_row_in_its_base_table() {
    let api = Api::start().await;
    let account = api.create("accounts", json!({"name": "a"})).await;
    let body = json!({"subject": "call", "regardingobjectid_account_task@odata.bind": format!("accounts({account})")});
    let task = api.create("tasks", body).await;
    let base = || {
        api.get(
            "activitypointers?$select=subject,activitytypecode,statecode,_regardingobjectid_value,activityid",
        )
    };
    let rows = base().await;
    assert_eq!(rows.all("activityid"), [task.as_str()], "{}", rows.text);
    assert_eq!(rows.all("subject"), ["call"]);
    assert_eq!(rows.all("activitytypecode"), ["task"]);
    assert_eq!(rows.all("_regardingobjectid_value"), [account.as_str()]);
    let activities = api.get(&format!("accounts({account})/Account_ActivityPointers?$select=subject")).await;
    assert_eq!(activities.all("subject"), ["call"]);
    let tag = |answer: &super::Answer| answer.json["value"][0]["@odata.etag"].clone();
    api.patch(&format!("tasks({task})"), json!({"subject": "visit", "statecode": 1})).await;
    let changed = base().await;
    assert_eq!(changed.all("subject"), ["visit"]);
    assert_eq!(changed.all("statecode"), [1]);
    assert_ne!(tag(&changed), tag(&rows));
    assert_eq!(tag(&changed), api.get(&format!("tasks({task})")).await.json["@odata.etag"]);

    // The link is removed in both rows.
    let keep = Cascade { delete: Some(CascadeAction::RemoveLink), ..Cascade::default() };
    set_cascade(&api, "account", "Account_Tasks", keep);
    api.delete(&format!("accounts({account})")).await;
    assert_eq!(base().await.all("_regardingobjectid_value"), [Value::Null]);
    let row = api.get(&format!("tasks({task})?$select=_regardingobjectid_value")).await;
    assert_eq!(row.json["_regardingobjectid_value"], Value::Null);

    let refused = api.patch(&format!("activitypointers({task})"), json!({"subject": "x"})).await;
    assert_refused(&refused, StatusCode::BAD_REQUEST, "0x80040800", "'Update'");
    assert_eq!(api.delete(&format!("tasks({task})")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(base().await.all("subject"), Vec::<Value>::new());
}

// covers: create / parties of an activity
// covers: update / parties of an activity
// covers: delete / parties of an activity
#[tokio::test]
async fn the_parties_of_an_activity_are_written_with_it() {
    let api = Api::start().await;
    let contact =
        api.create("contacts", json!({"lastname": "Ann", "emailaddress1": "ann@example.com"})).await;
    let account = api.create("accounts", json!({"name": "a"})).await;
    let body = json!({
        "subject": "hello",
        "email_activity_parties": [
            {"partyid_account@odata.bind": format!("/accounts({account})"), "participationtypemask": 1},
            {"partyid_contact@odata.bind": format!("/contacts({contact})"), "participationtypemask": 2},
        ],
    });
    let email = api.create("emails", body).await;
    let path = format!(
        "emails({email})?$select=subject&$expand=email_activity_parties($select=participationtypemask,_partyid_value,addressused;$orderby=participationtypemask)"
    );
    let parties = || async {
        let row = api.get(&path).await;
        row.json["email_activity_parties"].as_array().unwrap_or_else(|| panic!("{}", row.text)).clone()
    };
    let found = parties().await;
    let kinds: Vec<&Value> = found.iter().map(|p| &p["participationtypemask"]).collect();
    assert_eq!(kinds, [1, 2]);
    assert_eq!(found[1]["_partyid_value"], contact.as_str());
    assert_eq!(found[1]["addressused"], "ann@example.com");
    let replaced = json!({"email_activity_parties": [
        {"partyid_contact@odata.bind": format!("/contacts({contact})"), "participationtypemask": 3},
    ]});
    let changed = api.patch(&format!("emails({email})"), replaced).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text);
    let found = parties().await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["participationtypemask"], 3);
    api.delete(&format!("contacts({contact})")).await;
    assert_eq!(parties().await[0]["_partyid_value"], contact.as_str());
    assert_eq!(api.get("activityparties?$select=ispartydeleted").await.all("ispartydeleted"), [true]);
    api.delete(&format!("emails({email})")).await;
    assert_eq!(api.get("activityparties").await.all("activitypartyid"), Vec::<Value>::new());
}
