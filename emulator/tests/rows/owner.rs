//! The owner of rows, and the rows of the organisation itself.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Api;
use super::create::assert_refused;

// covers: system rows / caller, business unit, team and currency
#[tokio::test]
async fn the_caller_is_a_user_of_the_organisation() {
    let api = Api::start().await;
    let me = api.get("WhoAmI").await.json;
    let (user, unit) = (me["UserId"].as_str().unwrap(), me["BusinessUnitId"].as_str().unwrap());
    let path = format!(
        "systemusers({user})?$select=fullname,_businessunitid_value,isdisabled&$expand=teammembership_association($select=name,isdefault)"
    );
    let row = api.get(&path).await;
    assert_eq!(row.json["fullname"], "ann", "{}", row.text);
    assert_eq!(row.json["_businessunitid_value"], unit);
    assert_eq!(row.json["teammembership_association"][0]["isdefault"], true);
    let filtered = api.get("systemusers?$filter=Microsoft.Dynamics.CRM.EqualUserId(PropertyName='systemuserid')&$select=fullname").await;
    assert_eq!(filtered.all("fullname"), ["ann"], "{}", filtered.text);
    let request =
        api.client.get(api.running.web_api() + "systemusers/$count").bearer_auth(api.running.token("bob"));
    assert_eq!(Api::send(request).await.text.trim_start_matches('\u{feff}'), "2");
    assert_eq!(api.get("businessunits?$select=businessunitid").await.all("businessunitid"), [unit]);
}

// covers: create / owner
// covers: update / owner
#[tokio::test]
async fn a_row_belongs_to_its_creator_until_it_is_assigned() {
    let api = Api::start().await;
    let me = api.get("WhoAmI").await.json;
    let (user, unit) = (me["UserId"].as_str().unwrap(), me["BusinessUnitId"].as_str().unwrap());
    let id = api.create("accounts", json!({"name": "a"})).await;
    let path = format!("accounts({id})");
    let select = format!(
        "{path}?$select=_ownerid_value,_owninguser_value,_owningteam_value,_owningbusinessunit_value,_createdby_value,_modifiedby_value"
    );
    let prefer = "odata.include-annotations=\"Microsoft.Dynamics.CRM.lookuplogicalname\"";
    let kind = "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname";
    let row = api.get_preferring(&select, prefer).await;
    for column in ["_ownerid_value", "_owninguser_value", "_createdby_value", "_modifiedby_value"] {
        assert_eq!(row.json[column], user, "{column} {}", row.text);
    }
    assert_eq!(
        (&row.json[kind], &row.json["_owningbusinessunit_value"]),
        (&json!("systemuser"), &json!(unit))
    );
    assert_eq!(row.json["_owningteam_value"], Value::Null);

    let team = api
        .create("teams", json!({"name": "t", "administratorid@odata.bind": format!("systemusers({user})")}))
        .await;
    let assigned = api.patch(&path, json!({"ownerid@odata.bind": format!("teams({team})")})).await;
    assert_eq!(assigned.status, StatusCode::NO_CONTENT, "{}", assigned.text);
    let row = api.get_preferring(&select, prefer).await;
    assert_eq!((&row.json["_ownerid_value"], &row.json["_owningteam_value"]), (&json!(team), &json!(team)));
    assert_eq!((&row.json[kind], &row.json["_owninguser_value"]), (&json!("team"), &Value::Null));
    let expanded = api.get(&format!("{path}?$select=name&$expand=ownerid")).await;
    assert_eq!(expanded.json["ownerid"]["ownerid"], team.as_str(), "{}", expanded.text);
    let wrong = api.patch(&path, json!({"ownerid@odata.bind": format!("accounts({id})")})).await;
    assert_refused(&wrong, StatusCode::BAD_REQUEST, "0x80048d19", "Microsoft.Dynamics.CRM.account");
    let cleared = api.patch(&path, json!({"ownerid@odata.bind": null})).await;
    assert_refused(&cleared, StatusCode::BAD_REQUEST, "0x80040203", "ownerid");
}
