//! The control interface: baselines, clock, trace, export.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::{Answer, Api, builder};

impl Api {
    fn control(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/_emulator/{path}", self.running.url());
        self.client.request(method, url).header("X-Dvkit-Emulator", "1")
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Answer {
        Self::send(self.control(method, path).json(&body)).await
    }

    async fn names(&self) -> Vec<Value> {
        self.get("accounts?$select=name&$orderby=name").await.all("name")
    }
}

// covers: control / reset and named baselines
#[tokio::test]
async fn baselines_restore_rows_and_definitions() {
    let api = Api::of(builder().seed(json!({"accounts": [{"name": "A"}]}))).await;
    api.create("accounts", json!({"name": "B"})).await;
    assert_eq!(api.ask(Method::PUT, "baselines/two", Value::Null).await.status, StatusCode::NO_CONTENT);
    api.create("accounts", json!({"name": "C"})).await;
    api.running.change(|schema| {
        schema.tables.remove("task");
    });
    assert_eq!(api.ask(Method::POST, "reset", Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.names().await, ["A"]);
    assert_eq!(api.get("tasks?$select=subject").await.status, StatusCode::OK);
    // ETags are not used again.
    let etag = |answer: &Answer| answer.json["value"][0]["@odata.etag"].clone();
    let before = etag(&api.get("accounts?$select=name").await);
    let id = api.create("accounts", json!({"name": "B"})).await;
    api.delete(&format!("accounts({id})")).await;
    assert_eq!(etag(&api.get("accounts?$select=name").await), before);
    assert_eq!(api.ask(Method::GET, "baselines", Value::Null).await.json["baselines"], json!(["two"]));
    assert_eq!(api.ask(Method::POST, "baselines/two", Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.names().await, ["A", "B"]);
    assert_eq!(api.ask(Method::DELETE, "baselines/two", Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.ask(Method::POST, "baselines/two", Value::Null).await.status, StatusCode::NOT_FOUND);
    api.running.reset().unwrap();
    assert_eq!(api.names().await, ["A"]);
}

// covers: control / baselines of rows in a file
#[tokio::test]
async fn baselines_restore_rows_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.db");
    let api = Api::of(builder().data(&path).seed(json!({"accounts": [{"name": "A"}]}))).await;
    api.create("accounts", json!({"name": "B"})).await;
    api.running.reset().unwrap();
    api.create("accounts", json!({"name": "C"})).await;
    assert_eq!(api.names().await, ["A", "C"]);
    let Api { running, .. } = api;
    running.stop().await;
    let api = Api::of(builder().data(&path)).await;
    assert_eq!(api.names().await, ["A", "C"]);
}

// covers: control / clock
#[tokio::test]
async fn the_clock_is_set_and_moved() {
    let api = Api::start().await;
    let now = api.ask(Method::PUT, "clock", json!({"now": "2030-01-01T00:00:00Z"})).await;
    assert_eq!(now.json, json!({"now": "2030-01-01T00:00:00Z", "stopped": true}));
    let now = api.ask(Method::POST, "clock", json!({"advance": 90.5})).await;
    assert_eq!(now.json["now"], "2030-01-01T00:01:30.5Z");
    for wrong in [json!({"advance": -1}), json!({}), json!({"advance": 1e300})] {
        assert_eq!(api.ask(Method::POST, "clock", wrong).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(api.ask(Method::PUT, "clock", json!({"now": "soon"})).await.status, StatusCode::BAD_REQUEST);
}

// covers: control / trace of requests, also within batches
#[tokio::test]
async fn the_trace_has_callers_headers_bodies_and_operations() {
    let api = Api::start().await;
    let id = api.create("accounts", json!({"name": "A"})).await;
    let request = api.request(Method::PATCH, &format!("accounts({id})")).header("if-match", "*");
    Api::send(request.header("prefer", "return=representation").json(&json!({"name": "B"}))).await;
    let body = "--b\r\nContent-Type: application/http\r\n\r\nPOST contacts HTTP/1.1\r\nPrefer: x\r\n\r\n{\"lastname\":\"L\"}\r\n--b--\r\n";
    Api::send(
        api.request(Method::POST, "$batch").header("content-type", "multipart/mixed; boundary=b").body(body),
    )
    .await;
    let requests = api.running.requests();
    let [create, update, batch] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((create.method.as_str(), create.status, create.caller.as_deref()), ("POST", 204, Some("ann")));
    assert_eq!(create.body, "{\"name\":\"A\"}");
    assert_eq!(
        (update.header("if-match"), update.header("prefer")),
        (Some("*"), Some("return=representation"))
    );
    assert_eq!(update.header("authorization"), None);
    let [inner] = batch.operations.as_slice() else { panic!("{batch:?}") };
    assert_eq!(
        (inner.url.as_str(), inner.status, inner.body.trim()),
        ("contacts", 204, "{\"lastname\":\"L\"}")
    );
    assert_eq!((inner.header("prefer"), batch.body.as_str()), (Some("x"), ""));
    let json = api.ask(Method::GET, "requests", Value::Null).await.json;
    assert_eq!(json["requests"][2]["operations"][0]["url"], "contacts", "{json}");
    api.ask(Method::DELETE, "requests", Value::Null).await;
    assert_eq!(api.running.requests(), []);
}

// covers: control / script of faults
#[tokio::test]
async fn a_script_of_faults_can_be_replaced() {
    let api = Api::start().await;
    let answer = Api::send(api.control(Method::PUT, "faults").body("1 on accounts: 503")).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(api.get("accounts").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(api.get("accounts").await.status, StatusCode::OK);
    let answer = Api::send(api.control(Method::PUT, "faults").body("explode")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("line 1"), "{}", answer.text);
}

// covers: control / the header that web pages cannot send
#[tokio::test]
async fn requests_without_the_header_are_refused() {
    let api = Api::start().await;
    for path in ["reset", "requests", "nowhere"] {
        let url = format!("{}/_emulator/{path}", api.running.url());
        let answer = Api::send(api.client.post(&url)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let preflight = api.client.request(Method::OPTIONS, &url).header("origin", "http://evil.example");
        let preflight = Api::send(preflight).await;
        assert!(!preflight.status.is_success() && preflight.header("access-control-allow-origin").is_empty());
    }
    assert_eq!(api.ask(Method::POST, "nowhere", Value::Null).await.status, StatusCode::NOT_FOUND);
}

// covers: control / export of rows
// covers: seeds / exported rows
#[tokio::test]
async fn exported_rows_are_seeds_with_the_same_export() {
    let api = Api::of(builder().seed_sample().seed(json!({
        "new_projects": [{"new_name": "N", "new_regions": "1", "new_project_systemuser": []}],
        "tasks": [{"subject": "T", "regardingobjectid": {"@odata.type": "account", "accountnumber": "A-1002"}}],
    }))).await;
    let first = api.running.export().unwrap();
    assert_eq!(api.ask(Method::GET, "export", Value::Null).await.text, first);
    let rows: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(rows["accounts"].as_array().unwrap().len(), 12);
    let again = Api::of(builder().seed(rows)).await;
    let second = again.running.export().unwrap();
    let difference = first.lines().zip(second.lines()).find(|(a, b)| a != b);
    assert_eq!(difference, None);
    assert_eq!(first.len(), second.len());
}
