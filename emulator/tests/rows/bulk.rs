//! Bulk messages.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Api;

const CREATE: &str = "accounts/Microsoft.Dynamics.CRM.CreateMultiple";
const UPDATE: &str = "accounts/Microsoft.Dynamics.CRM.UpdateMultiple";
const UPSERT: &str = "accounts/Microsoft.Dynamics.CRM.UpsertMultiple";

/// Returns a row of `account` for a bulk message.
fn account(mut row: Value) -> Value {
    row["@odata.type"] = "Microsoft.Dynamics.CRM.account".into();
    row
}

// covers: bulk messages / CreateMultiple
// covers: bulk messages / UpdateMultiple
#[tokio::test]
async fn rows_are_created_and_changed_by_one_message() {
    let api = Api::start().await;
    let targets = json!({"Targets": [account(json!({"name": "A", "accountnumber": "1"})), {"@odata.type": "#Microsoft.Dynamics.CRM.account", "name": "B"}]});
    let created = api.post(CREATE, targets).await;
    assert_eq!(created.status, StatusCode::OK, "{}", created.text);
    let ids: Vec<String> =
        created.json["Ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 2);
    let targets = json!({"Targets": [
        account(json!({"accountid": ids[1], "name": "B2"})),
        account(json!({"@odata.id": "accounts(accountnumber='1')", "name": "A2"})),
    ]});
    let changed = api.post(UPDATE, targets).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text);
    assert_eq!(api.get("accounts?$select=name&$orderby=name").await.all("name"), ["A2", "B2"]);
}

// covers: bulk messages / UpsertMultiple
#[tokio::test]
async fn an_upsert_finds_rows_by_key_columns_and_reference() {
    let api = Api::start().await;
    api.create("accounts", json!({"name": "A", "accountnumber": "1"})).await;
    let row = |number: &str, name: &str| {
        account(
            json!({"accountnumber": number, "name": name, "@odata.id": format!("accounts(accountnumber='{number}')")}),
        )
    };
    let targets = json!({"Targets": [row("1", "A2"), row("2", "B"), account(json!({"accountnumber": "3", "name": "C"}))]});
    let answer = api.post(UPSERT, targets).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
    let found = api.get("accounts?$select=name,accountnumber&$orderby=accountnumber").await;
    assert_eq!(found.all("name"), ["A2", "B", "C"]);
    assert_eq!(found.all("accountnumber"), ["1", "2", "3"]);
}

// covers: bulk messages / all or nothing
// covers: bulk messages / errors
#[tokio::test]
async fn a_message_with_a_refused_row_changes_nothing() {
    let api = Api::start().await;
    let id = "11111111-0000-4000-8000-000000000001";
    for (path, body, status) in [
        (CREATE, json!({"Targets": [account(json!({"name": "A"})), account(json!({"nosuch": 1}))]}), 400),
        (CREATE, json!({"Targets": [{"name": "A"}]}), 400),
        (
            CREATE,
            json!({"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.contact", "lastname": "A"}]}),
            400,
        ),
        (CREATE, json!({"Targets": []}), 400),
        (CREATE, json!({"targets": [1]}), 400),
        (CREATE, json!({"Targets": [account(json!({"name": "A"}))], "Other": 1}), 400),
        (UPDATE, json!({"Targets": [account(json!({"name": "A"}))]}), 400),
        (UPDATE, json!({"Targets": [account(json!({"accountid": id, "name": "A"}))]}), 404),
        (UPDATE, json!({"Targets": [account(json!({"@odata.id": "contacts(1)", "name": "A"}))]}), 400),
        ("nosuchset/Microsoft.Dynamics.CRM.CreateMultiple", json!({"Targets": []}), 404),
        // Only elastic tables support it.
        (
            "accounts/Microsoft.Dynamics.CRM.DeleteMultiple",
            json!({"Targets": [account(json!({"accountid": id}))]}),
            400,
        ),
    ] {
        let answer = api.post(path, body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text);
    }
    assert_eq!(api.get("accounts?$select=name").await.all("name"), Vec::<Value>::new());
}

// covers: bulk messages / BulkDelete with conditions
#[tokio::test]
async fn a_bulk_deletion_deletes_the_selected_rows() {
    let api = Api::start().await;
    let mut ids = Vec::new();
    for name in ["A", "B", "C"] {
        ids.push(api.create("accounts", json!({"name": name})).await);
    }
    let value = |id: &String| json!({"Value": id, "Type": "System.Guid"});
    let body = json!({
        "JobName": "Bulk delete", "SendEmailNotification": false, "ToRecipients": [], "CCRecipients": [],
        "RecurrencePattern": "", "StartDateTime": "2026-11-29T12:00:00Z",
        "QuerySet": [{
            "@odata.type": "Microsoft.Dynamics.CRM.QueryExpression",
            "EntityName": "account",
            "ColumnSet": {"@odata.type": "Microsoft.Dynamics.CRM.ColumnSet", "AllColumns": false, "Columns": []},
            "Criteria": {
                "@odata.type": "Microsoft.Dynamics.CRM.FilterExpression", "FilterOperator": "And", "Filters": [],
                "Conditions": [{"AttributeName": "accountid", "Operator": "In", "Values": [value(&ids[0]), value(&ids[2])]}],
            },
        }],
    });
    let answer = api.post("BulkDelete", body.clone()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(answer.json["JobId"].is_string());
    assert_eq!(api.get("accounts?$select=name").await.all("name"), ["B"]);
    let mut other = body;
    other["QuerySet"][0]["Criteria"]["Conditions"][0]["Operator"] = "Between".into();
    assert_eq!(api.post("BulkDelete", other).await.status, StatusCode::NOT_IMPLEMENTED);
}
