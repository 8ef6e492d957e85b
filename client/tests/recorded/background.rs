//! Operations that run in the background: their start, their states, and the waits between requests for these.

use std::time::Duration;

use dvkit_client::{BackgroundState, ErrorKind, Request};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::fake::{client, json as ok, reply};

const ADDRESS: &str = "http://127.0.0.1:1/api/backgroundoperation/7";

#[tokio::test]
async fn an_action_starts_in_the_background_at_an_address() {
    let (client, log) = client(|number, _| match number {
        0 => reply(202, &[("location", ADDRESS)], ""),
        _ => reply(200, &[("x-ms-service-request-id", "q-1")], "{}"),
    });
    let action = || Request::post("Do").json(&json!({}));
    let operation = client.start_in_background(action()).await.unwrap();
    assert_eq!(operation.address(), ADDRESS);
    assert_eq!(client.background_operation(ADDRESS).address(), ADDRESS);
    let sent = log.take();
    assert_eq!((sent[0].line.as_str(), sent[0].header("prefer")), ("POST Do", "respond-async"));
    operation.cancel().await.unwrap();
    assert_eq!(log.lines(), ["DELETE /api/backgroundoperation/7"]);
    // Without an address it has run at once.
    let error = client.start_in_background(action()).await.unwrap_err();
    assert_eq!((error.kind(), error.request_id()), (ErrorKind::Unexpected, Some("q-1")));
    assert!(error.to_string().contains("did not run the action in the background, but at once"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_waits_for_the_end_grow_to_half_a_minute() {
    for (unfinished, waited) in
        [(0, 0), (1, 500), (2, 1_500), (3, 3_500), (6, 31_500), (7, 61_500), (9, 121_500)]
    {
        let (client, log) = client(move |number, _| {
            let state = if number < unfinished { [0, 2][number % 2] } else { 3 };
            ok(
                json!({"backgroundOperationStateCode": state, "backgroundOperationStatusCode": 30, "Total": 5}),
            )
        });
        let start = Instant::now();
        let values = client.background_operation(ADDRESS).wait().await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_millis(waited), "{unfinished}");
        assert_eq!(Value::from(values), json!({"Total": 5}));
        assert_eq!(log.lines(), vec!["GET /api/backgroundoperation/7"; unfinished + 1]);
    }
}

#[tokio::test]
async fn an_operation_that_ended_badly_is_an_error_with_what_the_service_says() {
    for (status, error, message, code) in [
        (31, json!({}), "the background operation has failed", None),
        (32, json!({}), "the background operation was cancelled", None),
        (22, json!({}), "the background operation has failed", None),
        (
            31,
            json!({"backgroundOperationErrorCode": "0x80040217", "backgroundOperationErrorMessage": "no row"}),
            "no row",
            Some("0x80040217"),
        ),
        (
            32,
            json!({"backgroundOperationErrorCode": -5, "backgroundOperationErrorMessage": "stopped by Ann"}),
            "stopped by Ann",
            Some("-5"),
        ),
    ] {
        let mut state = error.clone();
        state["backgroundOperationStateCode"] = json!(3);
        state["backgroundOperationStatusCode"] = json!(status);
        let (client, _) = client(move |_, _| ok(state.clone()));
        let failure = client.background_operation(ADDRESS).wait_for_response().await.unwrap_err();
        assert_eq!((failure.kind(), failure.code()), (ErrorKind::Service, code), "{status}: {error}");
        assert!(failure.to_string().starts_with(message), "{status}: {failure}");
        assert!(client.background_operation(ADDRESS).wait().await.is_err(), "{status}: {error}");
    }
}

#[tokio::test]
async fn a_state_has_everything_else_of_the_response_as_values() {
    for (body, state, status, ended) in [
        (json!({}), 0, 0, false),
        (json!({"backgroundOperationStateCode": 2, "backgroundOperationStatusCode": 20}), 2, 20, false),
        (json!({"backgroundOperationStateCode": 3, "backgroundOperationStatusCode": 30}), 3, 30, true),
        (json!({"backgroundOperationStateCode": 4}), 4, 0, false),
    ] {
        let mut with_value = body.clone();
        with_value["A"] = json!([1]);
        let (client, _) = client(move |_, _| ok(with_value.clone()));
        let found: BackgroundState = client.background_operation(ADDRESS).state().await.unwrap();
        assert_eq!((found.state, found.status, found.has_ended()), (state, status, ended), "{body}");
        assert_eq!(found.values["A"], json!([1]), "{body}");
        assert_eq!((found.values.len(), found.error_code, found.error_message), (1, None, None), "{body}");
    }
}
