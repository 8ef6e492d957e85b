//! The state and the status reason of rows.

use dvkit_schema::{ChoiceRef, ColumnType};
use reqwest::StatusCode;
use serde_json::json;

use super::Api;
use super::create::assert_refused;

// covers: create / state and status reason
// covers: update / state and status reason
#[tokio::test]
async fn a_status_reason_belongs_to_the_state_of_the_row() {
    let api = Api::start().await;
    let refused = api.post("accounts", json!({"statecode": 1, "statuscode": 2})).await;
    let words = "2 is not a valid status code for state code AccountState.Active on account with Id";
    assert_refused(&refused, StatusCode::BAD_REQUEST, "0x80048408", words);
    let id = api.create("opportunities", json!({"statuscode": 2})).await;
    let path = format!("opportunities({id})");
    let pair = || async {
        let row = api.get(&format!("{path}?$select=statecode,statuscode")).await;
        (row.json["statecode"].as_i64().unwrap(), row.json["statuscode"].as_i64().unwrap())
    };
    assert_eq!(pair().await, (0, 2));
    // A new state without a status reason gets the default one.
    assert_eq!(api.patch(&path, json!({"statecode": 1})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(pair().await, (1, 3));
    assert_eq!(
        api.patch(&path, json!({"statecode": 0, "statuscode": 2})).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(pair().await, (0, 2));
    // The state of the row does not change its status reason.
    assert_eq!(api.patch(&path, json!({"statecode": 0})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(pair().await, (0, 2));
    assert_eq!(api.patch(&path, json!({"statuscode": 1})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(pair().await, (0, 1));
    for body in [
        json!({"statuscode": 3}),
        json!({"statuscode": 77}),
        json!({"statecode": 1, "statuscode": 1}),
        json!({"statecode": 9}),
    ] {
        assert_refused(
            &api.patch(&path, body).await,
            StatusCode::BAD_REQUEST,
            "0x80048408",
            "is not a valid",
        );
    }
    for body in [json!({"statuscode": null}), json!({"statecode": null})] {
        assert_refused(
            &api.patch(&path, body).await,
            StatusCode::BAD_REQUEST,
            "0x80040203",
            "cannot be set to NULL",
        );
    }
    assert_eq!(pair().await, (0, 1));
}

// covers: update / status transitions
#[tokio::test]
async fn transitions_of_status_reasons_are_enforced_where_the_table_says_so() {
    let api = Api::start().await;
    let id = api.create("new_projects", json!({})).await;
    let path = format!("new_projects({id})");
    let enforce = |enforced: bool| {
        api.running.change(|schema| {
            let table = schema.tables.get_mut("new_project").unwrap();
            table.enforce_state_transitions = Some(enforced);
            let column = table.columns.iter_mut().find(|c| c.logical_name == "statuscode").unwrap();
            let ColumnType::Status { choice: Some(ChoiceRef::Local(choice)), .. } = &mut column.ty else {
                panic!()
            };
            for (option, next) in choice.options.iter_mut().zip([vec![100_000_000], vec![], vec![2]]) {
                option.transitions = Some(next);
            }
        });
    };
    enforce(true);
    for (body, code) in
        [(json!({"statecode": 1}), "0x8004F858"), (json!({"statecode": 1, "statuscode": 2}), "0x8004F858")]
    {
        assert_refused(
            &api.patch(&path, body).await,
            StatusCode::BAD_REQUEST,
            code,
            "because of the status transition rules",
        );
    }
    assert_eq!(api.patch(&path, json!({"statuscode": 100_000_000})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.patch(&path, json!({"statecode": 1})).await.status, StatusCode::NO_CONTENT);
    let back = api.patch(&path, json!({"statecode": 0})).await;
    assert_refused(&back, StatusCode::BAD_REQUEST, "0x8004F857", "You can't activate this record");
    enforce(false);
    assert_eq!(api.patch(&path, json!({"statecode": 0})).await.status, StatusCode::NO_CONTENT);
}
