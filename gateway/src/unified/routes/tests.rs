//! Tests of the requests about records, with a model that tells what it was asked.
use std::sync::{Arc, Mutex};

use dvkit_client::auth::BoxFuture;
use dvkit_client::jiff::Timestamp;
use pretty_assertions::assert_eq;
use serde_json::{json, value::to_raw_value};

use super::super::{
    ChangePage, ResourceDescription, Unified, UnifiedAccount, UnifiedModel, UnifiedResult, WrittenRecord,
    associations,
};
use super::*;
use crate::store::{AuthKind, Snapshot, SnapshotFiles};
use crate::testing;

/// A model whose records are what was asked. The record `gone` cannot be read, and other names are errors.
#[derive(Clone, Default)]
struct Echo(Arc<Mutex<Vec<String>>>);

impl Echo {
    fn told<T: Clone + Send + 'static>(&self, what: String, name: &str, value: T) -> UnifiedResult<T> {
        self.0.lock().unwrap().push(what);
        match name {
            "unknown" => Err(UnifiedError::UnknownResource("no such resource".to_owned())),
            "invalid" => {
                Err(UnifiedError::Invalid { field: Some("f".to_owned()), message: "wrong".to_owned() })
            }
            "useless" => Err(UnifiedError::Invalid { field: None, message: "wrong".to_owned() }),
            "cursor" => Err(UnifiedError::Cursor("old".to_owned())),
            "missing" => Err(UnifiedError::NotFound),
            "unfit" => Err(UnifiedError::Organisation("unfit".to_owned())),
            "down" => Err(dvkit_client::Error::new(dvkit_client::ErrorKind::Network, "down").into()),
            _ => Ok(value),
        }
    }

    /// Takes what was asked since.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl UnifiedModel for Echo {
    fn resources(&self) -> Vec<ResourceDescription> {
        Vec::new()
    }

    fn open(&self, account: UnifiedAccount) -> Result<Arc<dyn Unified>, UnifiedError> {
        self.told(format!("open {} {}", account.name, account.cursor_keys.len()), "", ())?;
        Ok(Arc::new(self.clone()))
    }
}

fn raw(value: &Value) -> Box<RawValue> {
    to_raw_value(value).unwrap()
}

impl Unified for Echo {
    fn resources(&self) -> Vec<String> {
        vec!["contacts".to_owned(), "leads".to_owned()]
    }

    fn tables(&self, _: &str) -> Option<Vec<String>> {
        None
    }

    fn list<'a>(
        &'a self,
        resource: &'a str,
        request: &'a ListParameters,
    ) -> BoxFuture<'a, UnifiedResult<Vec<Vec<u8>>>> {
        let what = format!("list {resource} {:?} {}", request.limit, request.filters.len());
        let parts = vec![b"{\"result\":".to_vec(), b"[]}".to_vec()];
        Box::pin(async move { self.told(what, resource, parts) })
    }

    fn get<'a>(
        &'a self,
        resource: &'a str,
        id: &'a str,
        remote_data: bool,
    ) -> BoxFuture<'a, UnifiedResult<Box<RawValue>>> {
        let name = if id == "gone" { "missing" } else { resource };
        let record = json!({ "record": id });
        Box::pin(async move {
            self.told(format!("get {resource} {id} {remote_data}"), name, record).map(|record| raw(&record))
        })
    }

    fn create<'a>(
        &'a self,
        resource: &'a str,
        fields: &'a Map<String, Value>,
        row_id: Option<Uuid>,
    ) -> BoxFuture<'a, UnifiedResult<WrittenRecord>> {
        let id = fields.get("id").and_then(Value::as_str).unwrap_or("new").to_owned();
        let what = format!("create {resource} {} {}", fields.len(), row_id.is_some());
        Box::pin(async move { self.told(what, resource, WrittenRecord { id, created: true }) })
    }

    fn update<'a>(
        &'a self,
        resource: &'a str,
        id: &'a str,
        fields: &'a Map<String, Value>,
    ) -> BoxFuture<'a, UnifiedResult<()>> {
        Box::pin(async move { self.told(format!("update {resource} {id} {}", fields.len()), resource, ()) })
    }

    fn upsert<'a>(
        &'a self,
        resource: &'a str,
        external_id: &'a str,
        fields: &'a Map<String, Value>,
    ) -> BoxFuture<'a, UnifiedResult<WrittenRecord>> {
        let written = WrittenRecord { id: "known".to_owned(), created: external_id == "fresh" };
        Box::pin(async move {
            self.told(format!("upsert {resource} {external_id} {}", fields.len()), resource, written)
        })
    }

    fn delete<'a>(&'a self, resource: &'a str, id: &'a str) -> BoxFuture<'a, UnifiedResult<()>> {
        Box::pin(async move { self.told(format!("delete {resource} {id}"), resource, ()) })
    }

    fn associate<'a>(
        &'a self,
        from: RecordAddress<'a>,
        to: RecordAddress<'a>,
        relationship: Option<&'a str>,
    ) -> BoxFuture<'a, UnifiedResult<()>> {
        let what =
            format!("associate {} {} {} {} {relationship:?}", from.resource, from.id, to.resource, to.id);
        Box::pin(async move { self.told(what, from.resource, ()) })
    }

    fn disassociate<'a>(
        &'a self,
        from: RecordAddress<'a>,
        to: RecordAddress<'a>,
        relationship: Option<&'a str>,
    ) -> BoxFuture<'a, UnifiedResult<()>> {
        let what =
            format!("disassociate {} {} {} {} {relationship:?}", from.resource, from.id, to.resource, to.id);
        Box::pin(async move { self.told(what, from.resource, ()) })
    }

    fn associated<'a>(
        &'a self,
        from: RecordAddress<'a>,
        resource: &'a str,
        relationship: Option<&'a str>,
    ) -> BoxFuture<'a, UnifiedResult<Box<RawValue>>> {
        let what = format!("associated {} {} {resource} {relationship:?}", from.resource, from.id);
        Box::pin(async move { self.told(what, from.resource, ()).map(|()| raw(&json!([1]))) })
    }

    fn fields(&self, resource: &str) -> UnifiedResult<Box<RawValue>> {
        self.told(format!("fields {resource}"), resource, ()).map(|()| raw(&json!([resource])))
    }

    fn changes<'a>(
        &'a self,
        _: &'a str,
        _: Option<&'a str>,
        _: Timestamp,
    ) -> BoxFuture<'a, UnifiedResult<ChangePage>> {
        Box::pin(async { Ok(ChangePage::default()) })
    }
}

const ORG: &str = r#"{"dvkit_snapshot":1,"org":{"url":"https://contoso.example","languages":[1033],"base_language":1033},"tables":[]}"#;

/// Returns a gateway with the model, and an account with a snapshot.
async fn echoing() -> (Gateway, Account, Echo) {
    let echo = Echo::default();
    let gateway = testing::builder(testing::settings()).await.model(echo.clone()).build().unwrap();
    let account = testing::connected(&gateway).await;
    let files = SnapshotFiles::from([("org.json".to_owned(), ORG.to_owned())]);
    let snapshot = Snapshot::new("d".to_owned(), files, None, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    gateway.store().put_snapshot(&account.id, &snapshot).await.unwrap();
    gateway.unified(&account).await.unwrap();
    gateway.unified(&account).await.unwrap();
    assert_eq!(echo.asked(), ["open Contoso client_credentials 1"], "it is opened once");
    (gateway, account, echo)
}

/// The status, the headers `Content-Type` and `Location`, and the body of a response.
async fn sent(response: Result<Response, ApiError>) -> (u16, Option<String>, Option<String>, String) {
    let response = response.unwrap_or_else(axum::response::IntoResponse::into_response);
    let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (status, kind, location) = (response.status().as_u16(), header(CONTENT_TYPE), header(LOCATION));
    let length = header(CONTENT_LENGTH);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    if let Some(length) = length {
        assert_eq!(length, body.len().to_string());
    }
    (status, kind, location, String::from_utf8(body.to_vec()).unwrap())
}

/// Sends a request to its handler.
async fn send(
    gateway: &Gateway,
    scopes: &[Scope],
    method: &str,
    path: &str,
    query: &str,
    body: &str,
) -> (u16, Option<String>, Option<String>, String) {
    let (state, caller) = (State(gateway.clone()), testing::caller(scopes));
    let request = http::Request::builder().method(method).uri(format!("/unified/crm/{path}?{query}"));
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let (raw, headers) = (RawQuery(Some(query.to_owned())), HeaderMap::new());
    let owned = |text: &str| text.to_owned();
    let record = |resource: &str, id: &str| Path(RecordPath { resource: owned(resource), id: owned(id) });
    let parts: Vec<&str> = path.split('/').collect();
    sent(match (method, parts.as_slice()) {
        ("GET", ["fields"]) => associations::fields(state, caller, raw, headers).await,
        ("GET", [resource]) => {
            list(state, caller, Path(ResourcePath { resource: owned(resource) }), raw, headers).await
        }
        ("POST", [resource]) => {
            create(state, caller, Path(ResourcePath { resource: owned(resource) }), request).await
        }
        ("GET", [resource, id]) => read(state, caller, record(resource, id), raw, headers).await,
        ("PATCH", [resource, id]) => update(state, caller, record(resource, id), request).await,
        ("PUT", [resource, id]) => upsert(state, caller, record(resource, id), request).await,
        ("DELETE", [resource, id]) => delete(state, caller, record(resource, id), request).await,
        ("POST", [resource, id, "associations"]) => {
            associations::associate(state, caller, record(resource, id), request).await
        }
        ("GET", [resource, id, "associations", other]) => {
            let path = Path((owned(resource), owned(id), owned(other)));
            associations::associated(state, caller, path, raw, headers).await
        }
        ("DELETE", [resource, id, "associations", other, other_id]) => {
            let path = Path((owned(resource), owned(id), owned(other), owned(other_id)));
            associations::disassociate(state, caller, path, request).await
        }
        other => panic!("{other:?}"),
    })
    .await
}

#[tokio::test]
async fn each_request_asks_the_model_what_it_says_and_answers_with_the_record() {
    let (gateway, account, echo) = echoing().await;
    let base = format!("account_id={}", account.id);
    let other = r#"{"resource":"leads","id":"9","relationship":"r"}"#;
    for (method, path, query, body, asked, status, answer) in [
        ("GET", "contacts", "limit=5&name=x", "", &["list contacts Some(5) 1"][..], 200, r#"{"result":[]}"#),
        ("GET", "contacts/1", "", "", &["get contacts 1 true"], 200, r#"{"record":"1"}"#),
        ("GET", "contacts/1", "remote_data=false", "", &["get contacts 1 false"], 200, r#"{"record":"1"}"#),
        (
            "POST",
            "contacts",
            "",
            r#"{"a":1}"#,
            &["create contacts 1 false", "get contacts new true"],
            201,
            r#"{"record":"new"}"#,
        ),
        (
            "POST",
            "contacts",
            "remote_data=false",
            r#"{"id":"gone"}"#,
            &["create contacts 1 false", "get contacts gone false"],
            201,
            r#"{"id":"gone"}"#,
        ),
        (
            "PATCH",
            "contacts/1",
            "",
            "{}",
            &["update contacts 1 0", "get contacts 1 true"],
            200,
            r#"{"record":"1"}"#,
        ),
        (
            "PUT",
            "contacts/x",
            "",
            "{}",
            &["upsert contacts x 0", "get contacts known true"],
            200,
            r#"{"record":"known"}"#,
        ),
        (
            "PUT",
            "contacts/fresh",
            "",
            "{}",
            &["upsert contacts fresh 0", "get contacts known true"],
            201,
            r#"{"record":"known"}"#,
        ),
        ("DELETE", "contacts/1", "", "", &["delete contacts 1"], 204, ""),
        (
            "POST",
            "contacts/1/associations",
            "",
            other,
            &[r#"associate contacts 1 leads 9 Some("r")"#],
            204,
            "",
        ),
        (
            "GET",
            "contacts/1/associations/leads",
            "relationship=r",
            "",
            &[r#"associated contacts 1 leads Some("r")"#],
            200,
            r#"{"result":[1]}"#,
        ),
        (
            "GET",
            "contacts/1/associations/leads",
            "relationship=",
            "",
            &["associated contacts 1 leads None"],
            200,
            r#"{"result":[1]}"#,
        ),
        (
            "DELETE",
            "contacts/1/associations/leads/9",
            "relationship=r",
            "",
            &[r#"disassociate contacts 1 leads 9 Some("r")"#],
            204,
            "",
        ),
        (
            "GET",
            "fields",
            "",
            "",
            &["fields contacts", "fields leads"],
            200,
            r#"{"result":[{"resource":"contacts","fields":["contacts"]},{"resource":"leads","fields":["leads"]}]}"#,
        ),
        (
            "GET",
            "fields",
            "resource=leads",
            "",
            &["fields leads"],
            200,
            r#"{"result":[{"resource":"leads","fields":["leads"]}]}"#,
        ),
    ] {
        let query = format!("{base}&{query}");
        let scope = if method == "GET" { Scope::UnifiedRead } else { Scope::UnifiedWrite };
        let (found, kind, location, text) = send(&gateway, &[scope], method, path, &query, body).await;
        assert_eq!((found, text.as_str()), (status, answer), "{method} {path} {query}");
        assert_eq!(echo.asked(), asked, "{method} {path} {query}");
        assert_eq!(kind.as_deref(), (status != 204).then_some("application/json"), "{method} {path}");
        let id = match path {
            "contacts" => {
                if body.contains("gone") {
                    "gone"
                } else {
                    "new"
                }
            }
            _ => "known",
        };
        let expected = format!("https://gw.contoso.com/unified/crm/contacts/{id}?account_id={}", account.id);
        assert_eq!(location, (status == 201).then_some(expected), "{method} {path}");
        // A key with the other scope does not reach it.
        let other = if method == "GET" { &[Scope::ProxyRead][..] } else { &[Scope::UnifiedRead] };
        let (refused, ..) = send(&gateway, other, method, path, &query, body).await;
        assert_eq!((refused, echo.asked()), (403, Vec::new()), "{method} {path}");
    }
}

#[tokio::test]
async fn each_error_of_the_model_has_its_status_and_code() {
    let (gateway, account, _) = echoing().await;
    let query = format!("account_id={}", account.id);
    let all = [Scope::UnifiedRead, Scope::UnifiedWrite];
    for (name, status, expected) in [
        ("unknown", 404, json!({ "code": "unknown_resource", "message": "no such resource" })),
        ("invalid", 400, json!({ "code": "invalid", "message": "wrong", "field": "f" })),
        ("useless", 400, json!({ "code": "invalid", "message": "wrong" })),
        ("cursor", 400, json!({ "code": "cursor", "message": "old" })),
        ("missing", 404, json!({ "code": "not_found", "message": "there is no such record" })),
        ("unfit", 422, json!({ "code": "mapping", "message": "unfit" })),
        ("down", 502, json!({ "code": "unreachable", "message": "down", "may_have_run": true })),
    ] {
        for (method, path) in [
            ("GET", name.to_owned()),
            ("GET", format!("{name}/1")),
            ("POST", name.to_owned()),
            ("PATCH", format!("{name}/1")),
            ("PUT", format!("{name}/1")),
            ("DELETE", format!("{name}/1")),
            ("GET", format!("{name}/1/associations/leads")),
            ("DELETE", format!("{name}/1/associations/leads/9")),
        ] {
            let (found, _, _, text) = send(&gateway, &all, method, &path, &query, "{}").await;
            let body: Value = serde_json::from_str(&text).unwrap();
            assert_eq!((found, &body["error"]), (status, &expected), "{method} {path}");
        }
    }
    for (method, path, more, body, message) in [
        ("POST", "contacts", "", "[]", "the body is not a JSON object: "),
        ("PATCH", "contacts/1", "", "", "the body is not a JSON object: "),
        ("POST", "contacts/1/associations", "", "{}", "the body is not an association: "),
        ("POST", "contacts", "&name=x", "{}", "`name` is no parameter of a write; fields are in the body"),
        ("PUT", "contacts/1", "&remote_data=x", "{}", "`remote_data` is `true` or `false`"),
        ("GET", "contacts", "&limit=x", "", "`limit` is a number"),
        ("GET", "contacts/1", "&limit=x", "", "`limit` is a number"),
        ("GET", "fields", "&resource=a&resource=b", "", "`resource` is given twice"),
        (
            "DELETE",
            "a/1/associations/b/2",
            "&relationship=a&relationship=b",
            "",
            "`relationship` is given twice",
        ),
    ] {
        let (found, _, _, text) = send(&gateway, &all, method, path, &format!("{query}{more}"), body).await;
        let body: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(found, 400, "{method} {path}: {text}");
        let told = body["error"]["message"].as_str().unwrap();
        assert!(told.starts_with(message), "{method} {path}: {told}");
    }
}

#[tokio::test]
async fn a_request_names_its_account_once() {
    let gateway = testing::gateway().await;
    let account = testing::connected(&gateway).await;
    let id = account.id.as_str();
    let caller = testing::caller(&[]);
    for (query, headers, expected) in [
        (format!("account_id={id}"), &[][..], Some("account_id")),
        (String::new(), &[id], Some("account_id")),
        (format!("account={id}"), &[], Some("account")),
        ("account_id=Contoso+client_credentials".to_owned(), &[], Some("account_id")),
        (format!("account_id={id}&account=x"), &[], Some("account_id")),
        ("account=x".to_owned(), &[id], Some("account_id")),
        (String::new(), &[], None),
        (format!("account_id={id}"), &[id], None),
        (format!("account_id={id}&account_id={id}"), &[], None),
        (format!("account={id}&account={id}"), &[], None),
        (String::new(), &[id, id], None),
    ] {
        let mut map = HeaderMap::new();
        for value in headers {
            map.append("x-account-id", HeaderValue::try_from(*value).unwrap());
        }
        match account_of(&gateway, &caller, &query, &map).await {
            Ok(found) => {
                assert_eq!(Some(found.named_by), expected, "{query} {headers:?}");
                assert_eq!(found.account, account);
            }
            Err(error) => {
                assert_eq!(expected, None, "{query} {headers:?}");
                let message =
                    "name the account once: with `account_id` in the query, or the header `X-Account-Id`";
                assert_eq!((error.status().as_u16(), error.message()), (400, message));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_ends_at_the_deadline_of_its_caller() {
    let gateway = testing::gateway().await;
    let account = testing::connected(&gateway).await;
    // The client is made before, so that nothing but the request takes time.
    gateway.connections().client(&gateway, &account).await.unwrap();
    for (wait, seconds) in [(Some("wait=7"), 7), (None, 60)] {
        for writes in [false, true] {
            let mut headers = HeaderMap::new();
            if let Some(wait) = wait {
                headers.insert("prefer", HeaderValue::from_static(wait));
            }
            let begun = Instant::now();
            let never = std::future::pending::<Result<(), ApiError>>();
            let error = within_limits(&gateway, &account, &headers, writes, never).await.unwrap_err();
            assert_eq!((error.status().as_u16(), error.code()), (504, "timeout"));
            assert_eq!(error.message(), "the request was not finished within its time");
            assert_eq!((error.may_have_run(), begun.elapsed().as_secs()), (writes, seconds), "{wait:?}");
            let done = within_limits(&gateway, &account, &headers, writes, async { Ok(5) }).await;
            assert_eq!(done.unwrap(), 5);
        }
    }
    let pending = testing::account(&gateway, AuthKind::DeviceCode).await;
    let refused = within_limits(&gateway, &pending, &HeaderMap::new(), false, async { Ok(5) }).await;
    assert_eq!(refused.unwrap_err().code(), "account_needs_sign_in");
    let error = throttled(&gateway, Duration::from_secs(9), true);
    assert_eq!((error.status().as_u16(), error.code()), (503, "throttled"));
    assert_eq!((error.wait(), error.may_have_run()), (Some(Duration::from_secs(9)), true));
    assert!(gateway.metrics_text().await.unwrap().contains("\ndvkit_gateway_throttled_total 1\n"));
}

#[tokio::test]
async fn a_write_with_an_idempotency_key_is_answered_twice_and_asked_once() {
    let (gateway, account, echo) = echoing().await;
    let write = async |key: &str, body: &str| {
        let request = http::Request::post(format!("/unified/crm/contacts?account_id={}", account.id));
        let request = request.header("idempotency-key", key).body(Body::from(body.to_owned())).unwrap();
        let caller = testing::caller(&[Scope::UnifiedWrite]);
        let path = Path(ResourcePath { resource: "contacts".to_owned() });
        sent(create(State(gateway.clone()), caller, path, request).await).await.0
    };
    assert_eq!(write("a", "{}").await, 201);
    assert_eq!(echo.asked(), ["create contacts 0 true", "get contacts new true"]);
    assert_eq!((write("a", "{}").await, echo.asked()), (201, Vec::new()));
    assert_eq!((write("a", "{ }").await, echo.asked()), (422, Vec::new()));
    assert_eq!((write("", "{}").await, echo.asked()), (400, Vec::new()));
    assert_eq!(write("b", "{}").await, 201);
}

#[tokio::test]
async fn a_record_that_is_too_large_is_refused() {
    let (gateway, account, _) = echoing().await;
    let query = format!("account_id={}", account.id);
    for (length, status) in [(MAX_RECORD_BYTES, 201), (MAX_RECORD_BYTES + 1, 413)] {
        let body = format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
        let (found, _, _, text) =
            send(&gateway, &[Scope::UnifiedWrite], "POST", "contacts", &query, &body).await;
        assert_eq!(found, status, "{length}");
        assert_eq!(text.contains("a record has at most 4 MiB, and arrives in time"), status == 413, "{text}");
    }
}

#[tokio::test]
async fn a_gateway_without_a_model_or_with_one_that_does_not_fit_says_so() {
    let gateway = testing::gateway().await;
    let account = testing::connected(&gateway).await;
    let error = gateway.unified(&account).await.err().unwrap();
    assert_eq!((error.status().as_u16(), error.code()), (404, "no_model"));
    assert_eq!(error.message(), "this gateway has no model: use `/proxy/<account>/…`");
    let builder = testing::builder(testing::settings()).await;
    let gateway = builder.model(testing::NoModel(&[])).build().unwrap();
    let account = testing::connected(&gateway).await;
    let files = SnapshotFiles::from([("org.json".to_owned(), ORG.to_owned())]);
    let snapshot = Snapshot::new("d".to_owned(), files, None, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    gateway.store().put_snapshot(&account.id, &snapshot).await.unwrap();
    for _ in 0..2 {
        let error = gateway.unified(&account).await.err().unwrap();
        assert_eq!((error.status().as_u16(), error.code()), (422, "mapping"));
        assert_eq!(error.message(), "the model fits nothing");
    }
    assert_eq!(format!("{:?}", gateway.compiled()), "Compiled { accounts: 1 }");
    gateway.compiled().forget(&account.id);
    assert_eq!(format!("{:?}", gateway.compiled()), "Compiled { accounts: 0 }");
}
