//! Rows that are created: values, rules, rows within rows, and references.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Answer, Api, builder};

/// Asserts that a request was refused with this status, code, and words in its message.
pub(crate) fn assert_refused(answer: &Answer, status: StatusCode, code: &str, words: &str) {
    let error = &answer.json["error"];
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(error["code"], code, "{}", answer.text);
    assert!(error["message"].as_str().unwrap().contains(words), "{words}: {}", answer.text);
}

// covers: create / 204 with OData-EntityId
// covers: create / Prefer: return=representation
#[tokio::test]
async fn a_created_row_is_answered_with_its_address_or_with_itself() {
    let api = Api::start().await;
    let created = api.post("accounts", json!({"name": "Contoso"})).await;
    assert_eq!(created.status, StatusCode::NO_CONTENT, "{}", created.text);
    assert_eq!(created.header("odata-version"), "4.0");
    let address = created.header("odata-entityid");
    assert!(address.starts_with(&format!("{}accounts(", api.running.web_api())), "{address}");
    assert_eq!(created.header("location"), address);

    let contact = api.create("contacts", json!({"lastname": "Ann"})).await;
    let body = json!({"name": "Fabrikam", "primarycontactid@odata.bind": format!("contacts({contact})")});
    let path = "accounts?$select=name&$expand=primarycontactid($select=lastname)";
    let request = api.request(Method::POST, path).header("prefer", "return=representation").json(&body);
    let created = Api::send(request).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    assert_eq!(created.json["name"], "Fabrikam");
    assert_eq!(created.json["primarycontactid"]["lastname"], "Ann");
    assert!(created.json.get("revenue").is_none(), "{}", created.text);
    assert_eq!(created.header("preference-applied"), "return=representation");
    assert!(created.header("odata-entityid").contains(created.json["accountid"].as_str().unwrap()));
}

// covers: create / id given by the client
// covers: create / duplicate id
#[tokio::test]
async fn an_id_is_given_once() {
    let api = Api::start().await;
    let id = "11111111-0000-4000-8000-000000000001";
    assert_eq!(api.create("accounts", json!({"accountid": id, "name": "a"})).await, id);
    let again = api.post("accounts", json!({"accountid": id, "name": "b"})).await;
    assert_refused(&again, StatusCode::PRECONDITION_FAILED, "0x80040237", "duplicate key");
    assert_eq!(api.get("accounts?$select=name").await.all("name"), ["a"]);
}

// covers: create / duplicate alternate key
#[tokio::test]
async fn values_of_an_alternate_key_occur_once() {
    let api = Api::start().await;
    let first = api.create("accounts", json!({"accountnumber": "A-1"})).await;
    let words =
        "The entity key new_accountnumberkey requires that this set of attributes contains unique values";
    let again = api.post("accounts", json!({"accountnumber": "a-1"})).await;
    assert_refused(&again, StatusCode::PRECONDITION_FAILED, "0x80060892", words);
    let other = api.create("accounts", json!({"accountnumber": "A-2"})).await;
    let moved = api.patch(&format!("accounts({other})"), json!({"accountnumber": "A-1"})).await;
    assert_refused(&moved, StatusCode::PRECONDITION_FAILED, "0x80060892", words);
    // Rows without a value do not collide, and neither do values of a key that is not active.
    api.create("accounts", json!({})).await;
    api.create("accounts", json!({})).await;
    api.create("new_projects", json!({"new_ref": "r"})).await;
    api.create("new_projects", json!({"new_ref": "r"})).await;
    let key = api.get("accounts(accountnumber='A-1')?$select=accountid").await;
    assert_eq!(key.json["accountid"], first.as_str(), "{}", key.text);
}

// covers: create / unknown property
// covers: create / value of a wrong type
// covers: create / maximum length
// covers: create / minimum and maximum
// covers: create / option that a choice does not have
// covers: create / lookup property instead of its navigation property
// covers: create / @odata.bind to a row that does not exist
// covers: create / @odata.bind to a row of another table
// covers: create / required column
#[tokio::test]
async fn values_that_break_a_rule_are_refused_with_the_codes_of_the_service() {
    let api = Api::start().await;
    let contact = api.create("contacts", json!({"lastname": "Ann"})).await;
    let bad = StatusCode::BAD_REQUEST;
    let missing = "00000000-0000-4000-8000-000000000009";
    let cases: Vec<(&str, Value, StatusCode, &str, &str)> = vec![
        (
            "accounts",
            json!({"Name": "x"}),
            bad,
            "0x0",
            "Invalid property 'Name' was found in entity 'Microsoft.Dynamics.CRM.account'",
        ),
        (
            "accounts",
            json!({"name": 5}),
            bad,
            "0x80048d19",
            "Cannot convert the literal '5' to the expected type 'Edm.String'",
        ),
        ("accounts", json!({"numberofemployees": "5"}), bad, "0x80048d19", "'Edm.Int32'"),
        ("accounts", json!({"numberofemployees": 5_000_000_000_i64}), bad, "0x80048d19", "'Edm.Int32'"),
        ("accounts", json!({"creditonhold": 1}), bad, "0x80048d19", "'Edm.Boolean'"),
        ("accounts", json!({"revenue": "many"}), bad, "0x80048d19", "'Edm.Decimal'"),
        (
            "accounts",
            json!({"name": "x".repeat(161)}),
            bad,
            "0x80044331",
            "The length of the 'name' attribute of the 'account' entity exceeded the maximum allowed length of '160'",
        ),
        (
            "accounts",
            json!({"numberofemployees": -1}),
            bad,
            "0x8004432f",
            "A validation error occurred for account.numberofemployees. The value -1 of type System.Int32 is outside the valid range(0 to 1000000000).",
        ),
        (
            "accounts",
            json!({"revenue": -0.01}),
            bad,
            "0x80044330",
            "account.revenue. The value -0.01 of type Microsoft.Xrm.Sdk.Money is outside the valid range(0 to ",
        ),
        (
            "accounts",
            json!({"address1_latitude": 90.5}),
            bad,
            "0x80044330",
            "account.address1_latitude. The value 90.5 of type System.Double is outside the valid range(-90 to 90).",
        ),
        (
            "accounts",
            json!({"accountcategorycode": 3}),
            bad,
            "0x8004431a",
            "The value 3 of 'accountcategorycode' on record of type 'account' is outside the valid range. Accepted Values: 1,2",
        ),
        (
            "accounts",
            json!({"_primarycontactid_value": contact}),
            bad,
            "0x80060888",
            "CRM do not support direct update of Entity Reference properties",
        ),
        (
            "accounts",
            json!({"primarycontactid@odata.bind": format!("/contacts({missing})")}),
            StatusCode::NOT_FOUND,
            "0x80040217",
            "Entity 'contact' With Id = 00000000-0000-4000-8000-000000000009 Does Not Exist",
        ),
        (
            "contacts",
            json!({"parentcustomerid@odata.bind": format!("/contacts({contact})")}),
            bad,
            "0x80048d19",
            "An undeclared property 'parentcustomerid' which only has property annotations",
        ),
        (
            "contacts",
            json!({"parentcustomerid_account@odata.bind": format!("/contacts({contact})")}),
            bad,
            "0x80048d19",
            "expected type 'Microsoft.Dynamics.CRM.account'",
        ),
        ("incidents", json!({"title": "no customer"}), bad, "0x80040203", "customerid"),
        (
            "accounts",
            json!({"@odata.type": "Microsoft.Dynamics.CRM.contact"}),
            bad,
            "0x80048d19",
            "Microsoft.Dynamics.CRM.contact",
        ),
        (
            "accounts",
            json!({"primarycontactid": [1]}),
            bad,
            "0x80048d19",
            "navigation property 'primarycontactid'",
        ),
        ("new_projects", json!({"new_regions": "1,99"}), bad, "0x8004431a", "'new_regions'"),
        ("principals", json!({}), StatusCode::NOT_FOUND, "0x8006088a", "principals"),
        (
            "activitypointers",
            json!({}),
            bad,
            "0x80040800",
            "The 'Create' method does not support entities of type 'activitypointer'",
        ),
        ("activityparties", json!({}), bad, "0x80040800", "'activityparty'"),
        ("teammemberships", json!({}), bad, "0x80040800", "'teammembership'"),
    ];
    for (set, body, status, code, words) in cases {
        let answer = api.post(set, body.clone()).await;
        assert_refused(&answer, status, code, words);
    }
    let text = Api::send(
        api.request(Method::POST, "accounts").body("{\"name\":").header("content-type", "application/json"),
    )
    .await;
    assert_refused(&text, bad, "0x80060888", "JSON");
    assert_eq!(api.get("accounts/$count").await.text.trim_start_matches('\u{feff}'), "0");
}

// covers: create / empty text
// covers: create / rounding to the precision
// covers: create / several options
#[tokio::test]
async fn values_are_stored_as_the_service_stores_them() {
    let api = Api::start().await;
    let account = json!({"name": "", "telephone1": "x", "address1_latitude": 12.345_678_9});
    let id = api.create("accounts", account).await;
    let row = api.get(&format!("accounts({id})?$select=name,telephone1,address1_latitude")).await;
    assert_eq!(row.json["name"], Value::Null);
    assert_eq!(row.json["address1_latitude"], 12.34568);
    let options = api.get("new_projects?$select=new_regions").await;
    assert_eq!(options.status, StatusCode::OK, "{}", options.text);
    let project =
        api.create("new_projects", json!({"new_completion": 1.005, "new_duedate": "2026-02-03"})).await;
    let row = api.get(&format!("new_projects({project})?$select=new_completion,new_duedate")).await;
    assert_eq!(row.json["new_completion"], 1.01, "{}", row.text);
}

// covers: create / read-only columns
// refuses: create / read-only columns in strict mode
#[tokio::test]
async fn values_of_read_only_columns_are_not_taken() {
    let api = Api::start().await;
    let body =
        json!({"name": "a", "createdon": "2001-01-01T00:00:00Z", "versionnumber": 5, "revenue_base": 7});
    let id = api.create("accounts", body.clone()).await;
    let row = api.get(&format!("accounts({id})?$select=createdon,versionnumber,revenue_base")).await;
    assert_eq!(row.json["createdon"], "2026-11-29T12:00:00Z");
    assert_ne!(row.json["versionnumber"], 5);
    assert_eq!(row.json["revenue_base"], Value::Null);
    let project = api.create("new_projects", json!({"new_daysleft": 4, "new_taskcount": 3})).await;
    let row = api.get(&format!("new_projects({project})?$select=new_daysleft,new_taskcount")).await;
    assert_eq!((&row.json["new_daysleft"], &row.json["new_taskcount"]), (&Value::Null, &Value::Null));

    let strict = Api::of(builder().strict(true)).await;
    let refused = strict.post("accounts", body).await;
    assert_refused(&refused, StatusCode::NOT_IMPLEMENTED, "DVKIT_NOT_EMULATED", "read-only columns");
}

// covers: create / overriddencreatedon
#[tokio::test]
async fn the_time_of_creation_can_be_overridden_on_creation() {
    let api = Api::start().await;
    let id = api.create("accounts", json!({"overriddencreatedon": "2001-02-03T04:05:06Z"})).await;
    let row = api.get(&format!("accounts({id})?$select=createdon,overriddencreatedon,modifiedon")).await;
    assert_eq!(row.json["createdon"], "2001-02-03T04:05:06Z");
    assert_eq!(row.json["overriddencreatedon"], "2026-11-29T12:00:00Z");
    assert_eq!(row.json["modifiedon"], "2026-11-29T12:00:00Z");
}

// covers: create / deep insert of a lookup
// covers: create / deep insert of a collection
// covers: create / @odata.bind of a collection
// covers: create / levels of rows within rows
#[tokio::test]
async fn rows_within_a_row_are_created_with_it() {
    let api = Api::start().await;
    let existing = api.create("contacts", json!({"lastname": "Zoe"})).await;
    let body = json!({
        "name": "Contoso",
        "primarycontactid": {"lastname": "Ann", "parentcustomerid_account@odata.bind": null},
        "contact_customer_accounts": [
            {"lastname": "Bob", "contact_customer_contacts": [{"lastname": "Cyd"}]},
        ],
        "contact_customer_accounts@odata.bind": [format!("contacts({existing})")],
        "opportunity_parent_account": [{"name": "Deal"}],
    });
    let id = api.create("accounts", body).await;
    let path = format!(
        "accounts({id})?$select=name&$expand=primarycontactid($select=lastname),contact_customer_accounts($select=lastname;$orderby=lastname),opportunity_parent_account($select=name)"
    );
    let row = api.get(&path).await;
    assert_eq!(row.json["primarycontactid"]["lastname"], "Ann", "{}", row.text);
    let names: Vec<&Value> =
        row.json["contact_customer_accounts"].as_array().unwrap().iter().map(|c| &c["lastname"]).collect();
    assert_eq!(names, ["Bob", "Zoe"]);
    assert_eq!(row.json["opportunity_parent_account"][0]["name"], "Deal");
    let inner = api
        .get("contacts?$filter=lastname eq 'Cyd'&$expand=parentcustomerid_contact($select=lastname)")
        .await;
    assert_eq!(inner.json["value"][0]["parentcustomerid_contact"]["lastname"], "Bob", "{}", inner.text);

    // A row that is refused takes those around it along.
    let before = api.get("contacts/$count").await.text;
    let refused = api.post("accounts", json!({"name": "x", "primarycontactid": {"lastname": "y"}, "contact_customer_accounts": [{"gendercode": 9}]})).await;
    assert_refused(&refused, StatusCode::BAD_REQUEST, "0x8004431a", "gendercode");
    assert_eq!(api.get("contacts/$count").await.text, before);

    let mut deep = json!({"lastname": "end"});
    for _ in 0..20 {
        deep = json!({"lastname": "x", "contact_customer_contacts": [deep]});
    }
    assert_refused(&api.post("contacts", deep).await, StatusCode::BAD_REQUEST, "0x80060888", "10 levels");
}

// covers: create / through a collection navigation property
#[tokio::test]
async fn a_row_is_created_in_a_collection() {
    let api = Api::start().await;
    let account = api.create("accounts", json!({"name": "Contoso"})).await;
    let path = format!("accounts({account})/contact_customer_accounts");
    let contact = api.post(&path, json!({"lastname": "Ann"})).await;
    assert_eq!(contact.status, StatusCode::NO_CONTENT, "{}", contact.text);
    assert!(contact.header("odata-entityid").contains("/contacts("), "{}", contact.header("odata-entityid"));
    let row = api.get(&format!("contacts({})?$select=_parentcustomerid_value", contact.id())).await;
    assert_eq!(row.json["_parentcustomerid_value"], account.as_str());
    let missing = "accounts(00000000-0000-4000-8000-000000000009)/contact_customer_accounts";
    assert_refused(
        &api.post(missing, json!({})).await,
        StatusCode::NOT_FOUND,
        "0x80040217",
        "Does Not Exist",
    );
}

// covers: create / automatic numbers
// covers: create / default values
// covers: create / composite columns
#[tokio::test]
async fn the_service_sets_numbers_defaults_and_composite_texts() {
    let api = Api::start().await;
    let first = api.create("new_projects", json!({"new_type": 100_000_000})).await;
    let second = api.create("new_projects", json!({})).await;
    let select = "$select=new_code,new_phase,new_type,new_isclosed";
    let first = api.get(&format!("new_projects({first})?{select}")).await;
    assert_eq!(first.json["new_code"], "PRJ-01000-2026", "{}", first.text);
    assert_eq!(
        (&first.json["new_phase"], &first.json["new_type"]),
        (&json!(100_000_000), &json!(100_000_000))
    );
    assert_eq!(first.json["new_isclosed"], false);
    let second = api.get(&format!("new_projects({second})?{select}")).await;
    assert_eq!(
        (&second.json["new_code"], &second.json["new_type"]),
        (&json!("PRJ-01001-2026"), &json!(100_000_001))
    );

    let body = json!({"firstname": "Ann", "lastname": "Lee", "address1_line1": "1 Main St", "address1_city": "Oslo", "address1_postalcode": "0150"});
    let contact = api.create("contacts", body).await;
    let path = format!("contacts({contact})");
    let row = api.get(&format!("{path}?$select=fullname,address1_composite,address1_addressid")).await;
    assert_eq!(row.json["fullname"], "Ann Lee");
    assert_eq!(row.json["address1_composite"], "1 Main St\r\nOslo, 0150");
    assert!(row.json["address1_addressid"].is_string());
    api.patch(&path, json!({"lastname": "Moe"})).await;
    assert_eq!(api.get(&format!("{path}?$select=fullname")).await.json["fullname"], "Ann Moe");
}
