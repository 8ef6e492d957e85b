//! The state and the status reason of rows.

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
    let id = api.create("new_projects", json!({"statuscode": 100_000_000})).await;
    let path = format!("new_projects({id})");
    let pair = || async {
        let row = api.get(&format!("{path}?$select=statecode,statuscode")).await;
        (row.json["statecode"].as_i64().unwrap(), row.json["statuscode"].as_i64().unwrap())
    };
    assert_eq!(pair().await, (0, 100_000_000));
    // A new state without a status reason gets the default one.
    assert_eq!(api.patch(&path, json!({"statecode": 1})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(pair().await, (1, 2));
    assert_eq!(
        api.patch(&path, json!({"statecode": 0, "statuscode": 100_000_000})).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(pair().await, (0, 100_000_000));
    assert_eq!(api.patch(&path, json!({"statuscode": 1})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(pair().await, (0, 1));
    for body in [
        json!({"statuscode": 2}),
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
