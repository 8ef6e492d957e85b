//! Operations in the background.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

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
    let row = api.get(&format!("backgroundoperations({id})")).await;
    assert_eq!(
        (&row.json["name"], &row.json["backgroundoperationstatuscode"], &row.json["outputparameters"]),
        (&json!("new_RecalculateBudgets"), &json!(30), &json!(r#"[{"Key":"Count","Value":3}]"#)),
        "{}",
        row.text
    );
    let cancelled = api.delete(&location).await;
    assert_eq!(cancelled.status, StatusCode::BAD_REQUEST, "{}", cancelled.text);
    assert_eq!(
        cancelled.json["error"]["message"],
        "Canceling background operation is not allowed after it is in terminal state."
    );

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

// covers: background / callback to this machine
#[tokio::test]
async fn a_receiver_on_this_machine_is_told() {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let prefer =
        format!("respond-async,odata.callback;url=\"http://{}/done?x=1\"", receiver.local_addr().unwrap());
    let told = std::thread::spawn(move || {
        let (mut socket, _) = receiver.accept().unwrap();
        let mut text = String::new();
        while !text.ends_with('}') {
            let mut part = [0; 1024];
            let read = socket.read(&mut part).unwrap();
            text += std::str::from_utf8(&part[..read]).unwrap();
        }
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        text
    });
    let api = started().await;
    let accepted = send(&api, prefer.leak(), "2026-01-01").await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED, "{}", accepted.text);
    let told = tokio::task::spawn_blocking(|| told.join().unwrap()).await.unwrap();
    let (head, body) = told.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /done?x=1 HTTP/1.1\r\n"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["backgroundOperationId"], accepted.header("x-ms-dyn-backgroundoperationid"));
    assert_eq!(body["location"], accepted.header("location"));
    assert_eq!(
        (&body["backgroundOperationStateCode"], &body["backgroundOperationStatusCode"], &body["Count"]),
        (&json!(3), &json!(30), &Value::Null)
    );
}

// refuses: background / callback to another machine
#[tokio::test]
async fn callbacks_are_not_sent_to_other_machines() {
    let api = started().await;
    for url in [
        "https://localhost/done",
        "http://192.0.2.1/done",
        "http://example.com/done",
        // A name of another machine may have an address of this one; no name is looked up.
        "http://localhost.example.com/done",
        "http://127.0.0.1@192.0.2.1/done",
        "file:///etc/passwd",
    ] {
        let prefer = format!("respond-async,odata.callback;url=\"{url}\"");
        let refused = send(&api, &prefer, "2026-01-01").await;
        assert_eq!(refused.status, StatusCode::NOT_IMPLEMENTED, "{url}: {}", refused.text);
        assert_ne!(refused.json, Value::Null, "{url}");
    }
}
