//! Annotations: formatted values, and what lookups point to.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Api;

const FORMATTED: &str = "OData.Community.Display.V1.FormattedValue";

fn formatted<'v>(row: &'v Value, member: &str) -> &'v Value {
    &row[format!("{member}@{FORMATTED}")]
}

// covers: read row / formatted values
// covers: read row / lookup annotations
#[tokio::test]
async fn values_are_formatted_by_their_type() {
    let api = Api::start().await;
    let currency = json!({"currencyname": "Euro", "currencysymbol": "€", "currencyprecision": 2, "isocurrencycode": "EUR", "exchangerate": 1});
    let euro = api.create("transactioncurrencies", currency).await;
    let ann = api.create("contacts", json!({"firstname": "Ann", "lastname": "Able"})).await;
    let body = json!({
        "name": "Contoso", "revenue": 12345.6, "numberofemployees": 4321, "creditonhold": true, "industrycode": 1,
        "address1_latitude": 12.5,
        "primarycontactid@odata.bind": format!("/contacts({ann})"),
        "transactioncurrencyid@odata.bind": format!("/transactioncurrencies({euro})"),
    });
    let id = api.create("accounts", body).await;
    // The column is not valid for creation.
    let campaign = json!({"lastusedincampaign": "2026-03-09T15:04:05Z"});
    assert_eq!(api.patch(&format!("accounts({id})"), campaign).await.status, StatusCode::NO_CONTENT);
    let changed =
        api.patch(&format!("accounts({id})"), json!({"lastusedincampaign": "2026-03-09T15:04:05Z"})).await;
    assert_eq!(changed.status, 204, "{}", changed.text);
    let path = format!(
        "accounts({id})?$select=name,revenue,numberofemployees,creditonhold,industrycode,address1_latitude,lastusedincampaign,_primarycontactid_value"
    );
    let row = api.get_preferring(&path, "odata.include-annotations=\"*\"").await;
    let json = &row.json;
    assert_eq!(formatted(json, "revenue"), "€12,345.60", "{}", row.text);
    assert_eq!(formatted(json, "numberofemployees"), "4,321");
    assert_eq!(formatted(json, "creditonhold"), "Yes");
    assert_eq!(formatted(json, "industrycode"), "Accounting");
    assert_eq!(formatted(json, "address1_latitude"), "12.50000");
    assert_eq!(formatted(json, "lastusedincampaign"), "3/9/2026");
    assert_eq!(formatted(json, "name"), &Value::Null);
    let lookup = |name: &str| &json[format!("_primarycontactid_value@Microsoft.Dynamics.CRM.{name}")];
    assert_eq!(lookup("lookuplogicalname"), "contact");
    assert_eq!(lookup("associatednavigationproperty"), "primarycontactid");
    assert!(json.get("_transactioncurrencyid_value").is_none(), "it was not selected: {}", row.text);
    assert_eq!(row.header("preference-applied"), "odata.include-annotations=\"*\"");

    let plain = api.get(&path).await;
    assert!(plain.json.as_object().unwrap().keys().all(|name| !name.contains(FORMATTED)), "{}", plain.text);
    let some = api.get_preferring(&path, &format!("odata.include-annotations={FORMATTED}")).await;
    assert_eq!(formatted(&some.json, "industrycode"), "Accounting");
    assert!(!some.text.contains("lookuplogicalname"));
}

// covers: read row / formatted dates and choices
#[tokio::test]
async fn dates_and_choices_follow_their_columns() {
    let api = Api::start().await;
    let body = json!({
        "new_name": "P", "new_duedate": "2026-12-24", "new_kickoff": "2026-03-09T15:04:05Z",
        "new_shiftstart": "2026-03-09T06:30:00Z", "new_regions": "9,1", "new_completion": 12.5,
    });
    let id = api.create("new_projects", body).await;
    let path = format!(
        "new_projects({id})?$select=new_duedate,new_kickoff,new_shiftstart,new_regions,new_completion"
    );
    let row = api.get_preferring(&path, "odata.include-annotations=\"*\"").await;
    let json = &row.json;
    assert_eq!(json["new_duedate"], "2026-12-24");
    assert_eq!(formatted(json, "new_duedate"), "12/24/2026");
    assert_eq!(formatted(json, "new_kickoff"), "3/9/2026 3:04 PM");
    assert_eq!(formatted(json, "new_shiftstart"), "3/9/2026 6:30 AM");
    assert_eq!(json["new_regions"], "1,9");
    assert_eq!(formatted(json, "new_regions"), "North; Overseas");
    assert_eq!(formatted(json, "new_completion"), "12.50");
}

// covers: read collection / annotations of polymorphic lookups
// covers: FetchXML / annotations of linked columns
#[tokio::test]
async fn polymorphic_lookups_name_their_table_in_rows_and_links() {
    let api = Api::start().await;
    let account = api.create("accounts", json!({"name": "Contoso"})).await;
    let boss = api.create("contacts", json!({"lastname": "Boss"})).await;
    let at = |set: &str, id: &str| format!("/{set}({id})");
    api.create(
        "contacts",
        json!({"lastname": "c1", "parentcustomerid_account@odata.bind": at("accounts", &account)}),
    )
    .await;
    api.create(
        "contacts",
        json!({"lastname": "c2", "parentcustomerid_contact@odata.bind": at("contacts", &boss)}),
    )
    .await;
    let path = "contacts?$select=lastname,_parentcustomerid_value&$filter=startswith(lastname,'c')&$orderby=lastname";
    let answer = api.get_preferring(path, "odata.include-annotations=\"*\"").await;
    let table = "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname";
    assert_eq!(answer.all(table), ["account", "contact"], "{}", answer.text);
    let navigation = "_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty";
    assert_eq!(answer.all(navigation), ["parentcustomerid_account", "parentcustomerid_contact"]);
    assert_eq!(answer.all(&format!("_parentcustomerid_value@{FORMATTED}"))[0], "Contoso");
    let fetch = "<fetch><entity name='account'><attribute name='name' alias='title'/><link-entity name='contact' \
                 from='parentcustomerid' to='accountid' alias='c'><attribute name='parentcustomerid'/>\
                 <attribute name='createdon'/></link-entity></entity></fetch>";
    let answer =
        api.get_preferring(&format!("accounts?fetchXml={fetch}"), "odata.include-annotations=\"*\"").await;
    assert_eq!(answer.all("c.parentcustomerid"), [account.as_str()], "{}", answer.text);
    assert_eq!(answer.all(&format!("c.parentcustomerid@{FORMATTED}")), ["Contoso"]);
    assert_eq!(answer.all("c.parentcustomerid@Microsoft.Dynamics.CRM.lookuplogicalname"), ["account"]);
    assert_eq!(answer.all("title@OData.Community.Display.V1.AttributeName"), ["name"]);
}
