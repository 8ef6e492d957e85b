//! Rows that are changed if they exist, and created if they do not.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::create::assert_refused;
use super::{Answer, Api};

async fn patch_with(api: &Api, path: &str, header: (&str, &str), body: Value) -> Answer {
    Api::send(api.request(Method::PATCH, path).header(header.0, header.1).json(&body)).await
}

// covers: upsert / by id
// covers: upsert / create only (If-None-Match: *)
// covers: upsert / update only (If-Match: *)
#[tokio::test]
async fn a_row_is_upserted_by_its_id() {
    let api = Api::start().await;
    let path = "accounts(11111111-0000-4000-8000-000000000001)";
    let refused = patch_with(&api, path, ("if-match", "*"), json!({"name": "a"})).await;
    assert_refused(&refused, StatusCode::NOT_FOUND, "0x80040217", "Does Not Exist");
    let created = patch_with(&api, path, ("prefer", "return=representation"), json!({"name": "a"})).await;
    assert_eq!(
        (created.status, &created.json["name"]),
        (StatusCode::CREATED, &json!("a")),
        "{}",
        created.text
    );
    let changed = api.patch(path, json!({"telephone1": "1"})).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text);
    assert_eq!(changed.id(), "11111111-0000-4000-8000-000000000001");
    let refused = patch_with(&api, path, ("if-none-match", "*"), json!({"name": "b"})).await;
    assert_refused(
        &refused,
        StatusCode::PRECONDITION_FAILED,
        "0x80040237",
        "matching key values already exists",
    );
    let row = api.get(path).await;
    assert_eq!((&row.json["name"], &row.json["telephone1"]), (&json!("a"), &json!("1")));
    let created =
        patch_with(&api, "accounts(11111111-0000-4000-8000-000000000002)", ("if-none-match", "*"), json!({}))
            .await;
    assert_eq!(created.status, StatusCode::NO_CONTENT, "{}", created.text);
}

// covers: upsert / by alternate key
// covers: upsert / alternate key with reserved and unencoded characters
#[tokio::test]
async fn a_row_is_upserted_by_an_alternate_key() {
    let api = Api::start().await;
    for key in ["a''b/c", "50%25%20off", "x?y", "ü&+#", "(1)", "a,b=c"] {
        let shown = key.replace("%20", " ").replace("%25", "%").replace("''", "'");
        let path = format!("accounts(accountnumber='{}')", key.replace('?', "%3F").replace('#', "%23"));
        let created = api.patch(&path, json!({"name": "a", "accountnumber": "ignored"})).await;
        assert_eq!(created.status, StatusCode::NO_CONTENT, "{path} {}", created.text);
        let changed = api.patch(&path, json!({"telephone1": "1"})).await;
        assert_eq!(changed.id(), created.id());
        let row = api.get(&format!("accounts({})?$select=accountnumber,name,telephone1", created.id())).await;
        assert_eq!(row.json["accountnumber"], shown.as_str(), "{}", row.text);
        assert_eq!((&row.json["name"], &row.json["telephone1"]), (&json!("a"), &json!("1")));
        assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
        let gone = api.delete(&path).await;
        assert_refused(
            &gone,
            StatusCode::NOT_FOUND,
            "0x80060891",
            "A record with the specified key values does not exist in account entity",
        );
    }
    let other = api.patch("new_projects(new_ref='x')", json!({})).await;
    assert_refused(&other, StatusCode::BAD_REQUEST, "0x80060888", "do not match an alternate key");
    let pair = "new_projects(new_code='C1',new_type=100000001)";
    let created = api.patch(pair, json!({"new_name": "p"})).await;
    assert_eq!(created.status, StatusCode::NO_CONTENT, "{}", created.text);
    let row = api.get(&format!("new_projects({})?$select=new_code,new_type", created.id())).await;
    assert_eq!((&row.json["new_code"], &row.json["new_type"]), (&json!("C1"), &json!(100_000_001)));
}
