//! The rows of system tables that follow from the metadata.

use dvkit_emulator::Emulator;
use dvkit_schema::{Column, ColumnType, Key, RequiredLevel, Table};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Api, builder, sample};

// covers: system rows / solutions, publishers and components
#[tokio::test]
async fn solutions_have_the_tables_of_their_publisher() {
    let api = Api::of(builder().generated_ids()).await;
    let publisher = api.get("publishers?$select=customizationprefix&$filter=uniquename eq 'new'&$expand=publisher_solution($select=uniquename)").await;
    assert_eq!(publisher.all("customizationprefix"), ["new"], "{}", publisher.text);
    assert_eq!(publisher.json["value"][0]["publisher_solution"][0]["uniquename"], "new");
    let solutions = api.get("solutions?$select=uniquename,version,ismanaged&$orderby=uniquename").await;
    assert_eq!(solutions.all("uniquename"), ["cr1f2", "Default", "new"], "{}", solutions.text);
    let id = solutions.json["value"][2]["solutionid"].as_str().unwrap();
    let path = format!(
        "solutioncomponents?$select=objectid&$filter=_solutionid_value eq {id} and componenttype eq 1"
    );
    let own = sample().tables.values().filter(|t| t.logical_name.starts_with("new_")).count();
    assert_eq!(api.get(&path).await.all("objectid").len(), own);
}

// covers: system rows / messages
#[tokio::test]
async fn bulk_messages_are_listed_for_each_table() {
    let api = Api::start().await;
    let path = "sdkmessagefilters?$select=sdkmessagefilterid&$expand=sdkmessageid($select=name)&$filter=(sdkmessageid/name eq 'CreateMultiple' \
                or sdkmessageid/name eq 'UpdateMultiple' or sdkmessageid/name eq 'DeleteMultiple') and primaryobjecttypecode eq 'account'";
    let answer = api.get(path).await;
    let mut names: Vec<String> =
        answer.all("sdkmessageid").iter().map(|m| m["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["CreateMultiple", "UpdateMultiple"], "{}", answer.text);
}

// covers: system rows / after a change of the metadata
#[tokio::test]
async fn derived_rows_follow_the_metadata_and_own_rows_stay() {
    let api = Api::of(builder().generated_ids()).await;
    let own = api
        .create(
            "publishers",
            json!({"uniquename": "own", "friendlyname": "Own", "customizationprefix": "own"}),
        )
        .await;
    let names = async || api.get("publishers?$select=uniquename&$orderby=uniquename").await.all("uniquename");
    assert_eq!(names().await, ["cr1f2", "new", "own"]);
    api.running.change(|schema| {
        schema.tables.retain(|name, _| !name.starts_with("cr1f2"));
        let table = Table { logical_name: "abc_thing".into(), custom: Some(true), ..Table::default() };
        schema.tables.insert(table.logical_name.clone(), table);
    });
    assert_eq!(names().await, ["abc", "new", "own"]);
    assert_eq!(api.get(&format!("publishers({own})?$select=friendlyname")).await.json["friendlyname"], "Own");
}

// covers: system rows / organization
#[tokio::test]
async fn the_organisation_has_a_row_and_its_tables_are_not_in_the_metadata() {
    let api = Api::start().await;
    let answer = api.get("organizations?$select=name,languagecode").await;
    let who = api.get("WhoAmI").await;
    assert_eq!(answer.all("organizationid"), [who.json["OrganizationId"].clone()], "{}", answer.text);
    let metadata =
        api.get("EntityDefinitions?$select=LogicalName&$filter=LogicalName eq 'sdkmessagefilter'").await;
    assert_eq!(metadata.json["value"], Value::Array(Vec::new()), "{}", metadata.text);
    for set in
        ["roles", "savedqueries", "userqueries", "usersettingscollection", "languagelocale", "sdkmessages"]
    {
        assert_eq!(api.get(set).await.status, 200, "{set}");
    }
}

// covers: system rows / users whose table requires more values
#[tokio::test]
async fn a_caller_has_a_row_although_its_table_requires_more_values() {
    let mut schema = sample();
    let users = schema.tables.get_mut("systemuser").unwrap();
    let ty = ColumnType::String { max_length: None, format: None };
    let required = Some(RequiredLevel::System);
    users.columns.push(Column { odata: Some(true), required, ..Column::new("new_badge", ty) });
    for strict in [false, true] {
        let api = Api::of(Emulator::builder(schema.clone()).strict(strict)).await;
        let found = api.get("systemusers?$select=fullname,new_badge").await;
        assert_eq!(found.all("fullname"), ["ann"], "{}", found.text);
        assert_eq!(found.all("new_badge"), [Value::Null]);
    }
}

// covers: system rows / a caller without a row
#[tokio::test]
async fn a_caller_whose_row_cannot_be_created_learns_why() {
    let mut schema = sample();
    let users = schema.tables.get_mut("systemuser").unwrap();
    users.keys.push(Key {
        name: "new_domainkey".into(),
        schema_name: None,
        columns: vec!["domainname".into()],
        status: Some("Active".into()),
    });
    let api = Api::of(Emulator::builder(schema)).await;
    let as_bob = |method, path: &str| {
        api.client.request(method, api.running.web_api() + path).bearer_auth(api.running.token("bob"))
    };
    let unit = Api::send(as_bob(Method::GET, "businessunits?$select=businessunitid")).await;
    let unit = unit.json["value"][0]["businessunitid"].as_str().unwrap().to_owned();
    let body = json!({
        "fullname": "x", "lastname": "x", "domainname": "ann", "businessunitid@odata.bind": format!("/businessunits({unit})"),
    });
    let made = Api::send(as_bob(Method::POST, "systemusers").json(&body)).await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text);
    let refused = api.get("accounts").await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "{}", refused.text);
    let message = refused.json["error"]["message"].as_str().unwrap();
    assert!(message.contains("user 'ann' cannot be created"), "{message}");
}
