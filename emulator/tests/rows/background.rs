//! Operations in the background.

use dvkit_emulator::OperationError;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Answer, Api, builder};

async fn send(api: &Api, prefer: &str, day: &str) -> Answer {
    let request = api.request(Method::POST, "new_RecalculateBudgets").header("prefer", prefer);
    Api::send(request.json(&json!({ "AsOf": format!("{day}T00:00:00Z") }))).await
}

async fn started() -> Api {
    let answer = |call: &dvkit_emulator::OperationCall| match call.parameters["AsOf"].as_str() {
        Some("2026-01-01T00:00:00Z") => Ok(json!({ "Count": 3 })),
        _ => Err(OperationError::refused("Not yet.")),
    };
    Api::of(builder().operation("new_RecalculateBudgets", answer)).await
}

// covers: background / respond-async
// covers: background / status and cancellation
#[tokio::test]
async fn the_result_of_an_operation_is_read_later() {
    let api = started().await;
    let accepted = send(&api, "respond-async", "2026-01-01").await;
    assert_eq!((accepted.status, accepted.text.as_str()), (StatusCode::ACCEPTED, ""));
    let (id, location) = (
        accepted.header("x-ms-dyn-backgroundoperationid").to_owned(),
        accepted.header("location").to_owned(),
    );
    assert_eq!(location, format!("{}/api/backgroundoperation/{id}", api.running.url()));
    let result = api.get(&location).await;
    assert_eq!(result.status, StatusCode::OK, "{}", result.text);
    assert_eq!(
        (
            &result.json["Count"],
            &result.json["backgroundOperationStateCode"],
            &result.json["backgroundOperationStatusCode"]
        ),
        (&json!(3), &json!(3), &json!(30))
    );
    let cancelled = api.delete(&location).await;
    assert_eq!(cancelled.status, StatusCode::BAD_REQUEST, "{}", cancelled.text);
    let row = api.get(&format!("backgroundoperations({id})?$select=backgroundoperationstatuscode")).await;
    assert_eq!(row.json["backgroundoperationstatuscode"], 30, "{}", row.text);

    let failed = send(&api, "respond-async", "2027-01-01").await;
    let result = api.get(failed.header("location")).await;
    assert_eq!(
        (&result.json["backgroundOperationStatusCode"], &result.json["backgroundOperationErrorMessage"]),
        (&json!(31), &json!("Not yet."))
    );
    assert_eq!(result.json["backgroundOperationErrorCode"], -2_147_220_891, "{}", result.text);

    let unknown = api.get(&location.replace(&id, "00000000-0000-0000-0000-000000000001")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.text);
    assert_eq!(send(&api, "return=minimal", "2026-01-01").await.json["Count"], 3);
}

// refuses: background / callback to another machine
// covers: background / callback
#[tokio::test]
async fn callbacks_are_sent_to_this_machine_only() {
    let api = started().await;
    let receiver = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("respond-async,odata.callback;url=\"http://{}/done?x=1\"", receiver.local_addr().unwrap());
    let accepted = send(&api, &url, "2026-01-01").await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED, "{}", accepted.text);
    let called = tokio::task::spawn_blocking(move || {
        let mut text = vec![0; 4096];
        let read = std::io::Read::read(&mut receiver.accept().unwrap().0, &mut text).unwrap();
        String::from_utf8_lossy(&text[..read]).into_owned()
    });
    let called = called.await.unwrap();
    assert!(called.starts_with("POST /done?x=1 HTTP/1.1"), "{called}");
    assert!(called.contains("\"backgroundOperationStatusCode\":30"), "{called}");
    let refused = send(&api, "respond-async,odata.callback;url=\"https://example.com\"", "2026-01-01").await;
    assert_eq!(refused.status, StatusCode::NOT_IMPLEMENTED, "{}", refused.text);
    assert_ne!(refused.json, Value::Null);
}
