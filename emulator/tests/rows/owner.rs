//! The owner of rows, and the rows of the organisation itself.

use dvkit_schema::{Cascade, CascadeAction};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Api;
use super::create::assert_refused;
use super::delete::set_cascade;

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

// covers: update / rows that are assigned with the row
#[tokio::test]
async fn relationships_say_which_rows_are_assigned_with_a_row() {
    let api = Api::start().await;
    let me = api.get("WhoAmI").await.json["UserId"].as_str().unwrap().to_owned();
    let body = json!({
        "name": "a",
        "contact_customer_accounts": [{"lastname": "Ann", "Contact_Tasks": [{"subject": "inner"}]}],
        "Account_Tasks": [{"subject": "active"}, {"subject": "done"}],
        "opportunity_parent_account": [{"name": "deal"}],
    });
    let account = api.create("accounts", body).await;
    let done = api.get("tasks?$filter=subject eq 'done'").await.json["value"][0]["activityid"]
        .as_str()
        .unwrap()
        .to_owned();
    api.patch(&format!("tasks({done})"), json!({"statecode": 1})).await;
    let assign = |assign| Cascade { assign: Some(assign), ..Cascade::default() };
    set_cascade(&api, "account", "contact_customer_accounts", assign(CascadeAction::Cascade));
    set_cascade(&api, "contact", "Contact_Tasks", assign(CascadeAction::UserOwned));
    set_cascade(&api, "account", "Account_Tasks", assign(CascadeAction::Active));
    set_cascade(&api, "account", "opportunity_parent_account", assign(CascadeAction::NoCascade));
    let team = api
        .create("teams", json!({"name": "t", "administratorid@odata.bind": format!("systemusers({me})")}))
        .await;
    let assigned = api
        .patch(&format!("accounts({account})"), json!({"ownerid@odata.bind": format!("teams({team})")}))
        .await;
    assert_eq!(assigned.status, StatusCode::NO_CONTENT, "{}", assigned.text);
    assert_eq!(api.get("contacts").await.all("_ownerid_value"), [team.as_str()]);
    let tasks = api.get("tasks?$orderby=subject&$select=_ownerid_value,_owningteam_value").await;
    assert_eq!(tasks.all("_ownerid_value"), [team.as_str(), me.as_str(), team.as_str()]);
    let base = api.get("activitypointers?$orderby=subject&$select=_ownerid_value").await;
    assert_eq!(base.all("_ownerid_value"), [team.as_str(), me.as_str(), team.as_str()]);
    assert_eq!(api.get("opportunities").await.all("_ownerid_value"), [me.as_str()]);
}

// covers: system rows / language and time zone of the caller
#[tokio::test]
async fn the_settings_of_the_caller_have_a_language_and_a_time_zone() {
    let api = Api::start().await;
    let me = api.get("WhoAmI").await.json["UserId"].as_str().unwrap().to_owned();
    let path = format!("usersettingscollection({me})?$select=uilanguageid,timezonecode");
    let settings = api.get(&path).await;
    assert_eq!(
        (&settings.json["uilanguageid"], &settings.json["timezonecode"]),
        (&json!(1033), &json!(92)),
        "{}",
        settings.text
    );
    let id = api.create("accounts", json!({"name": "a"})).await;
    let today = "accounts?$filter=Microsoft.Dynamics.CRM.Today(PropertyName='createdon')&$select=accountid";
    assert_eq!(api.get(today).await.all("accountid"), [id.as_str()]);
    // At 12:00 in UTC, the day after next midnight in Auckland has begun when 12 hours have passed there.
    let changed = api.patch(&path, json!({"timezonecode": 290, "uilanguageid": 1031})).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text);
    let shown = api
        .get_preferring(&format!("accounts({id})?$select=createdon"), "odata.include-annotations=\"*\"")
        .await;
    let text = shown.json["createdon@OData.Community.Display.V1.FormattedValue"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(text.contains("30"), "{}", shown.text);
}
